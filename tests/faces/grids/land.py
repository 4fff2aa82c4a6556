"""A small land of known numbers: an elevation model, an orthophoto of two days, their like cut to an area, a hidden one.

EPSG:4548, the north-west corner at (485 000, 4 231 000). The DEM has 2 m cells and the height 10 + x / 100 + y / 50 with
x, y metres from the corner to a cell's centre; the orthophoto has 1 m cells, red = column, green = row (modulo 200).
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import rasterio
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.db import connection
from psycopg2 import sql
from rasterio.transform import from_origin

from ingest.raster import sheets
from layers import changes, crs, models, registry, services, versions
from layers.mosaics import StagedFile
from layers.spec import FieldSpec, Title

WEST, NORTH = 485_000, 4_231_000
WIDE, HIGH = 400, 300
DEM_CELL = 2
OLD, NEW = date(2024, 5, 12), date(2026, 5, 18)


def lonlat(x: float, y: float) -> tuple[float, float]:
    """Return lon/lat of a place so many metres east and south of the corner."""
    found = crs.transformer(4548, 4490).transform(WEST + x, NORTH - y)
    return float(found[0]), float(found[1])


def height(x: float, y: float) -> float:
    """Return the height of the cell that a place lies in."""
    column, row = int(x // DEM_CELL), int(y // DEM_CELL)
    return 10 + (column + 0.5) * DEM_CELL / 100 + (row + 0.5) * DEM_CELL / 50


def _write(path: Path, data: np.ndarray, cell: float, **more: object) -> Path:
    profile = {"driver": "GTiff", "count": len(data), "height": data.shape[1], "width": data.shape[2], "dtype": data.dtype,
               "crs": "EPSG:4548", "transform": from_origin(WEST, NORTH, cell, cell)}  # fmt: skip
    with rasterio.open(path, "w", **profile | more) as file:
        file.write(data)
    return path


def staged(folder: Path) -> list[StagedFile]:
    """Make the files and convert them into the store, once for all tests."""
    x, y = (np.arange(n // DEM_CELL) * DEM_CELL + DEM_CELL / 2 for n in (WIDE, HIGH))
    dem = (10 + x[None, :] / 100 + y[:, None] / 50).astype("float32")[None]
    columns, rows = np.meshgrid(np.arange(WIDE), np.arange(HIGH))
    old = np.stack([columns % 200, rows % 200, np.full_like(rows, 50)]).astype("uint8")
    new = old.copy()
    new[2] = 220
    files = [
        ("dem", _write(folder / "dem.tif", dem, DEM_CELL, nodata=-9999.0), OLD),
        ("ortho", _write(folder / "ortho_2024.tif", old, 1), OLD),
        ("ortho", _write(folder / "ortho_2026.tif", new[:, :, : WIDE // 2], 1), NEW),
    ]
    made = []
    for slug, path, day in files:
        sheet, _ = sheets.examine(path)
        made.append(sheets.stage(sheet, slug, day))
    return made


def area(x0: float, y0: float, x1: float, y1: float) -> MultiPolygon:
    """Return a rectangle of the land in EPSG:4490."""
    corners = [lonlat(*each) for each in ((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0))]
    return MultiPolygon(Polygon(corners, srid=4490), srid=4490)


def build(files: list[StagedFile]) -> None:
    """Publish: `dem` and `ortho` for everyone, `dem-part` and `ortho-part` in the western half only, `dem-secret` for nobody."""
    changes.forget()
    registry.reset()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO layers_revision VALUES (1, 1, 1) ON CONFLICT DO NOTHING")
        cursor.execute(
            "INSERT INTO layers_theme (slug, title_zh, title_en, \"order\") SELECT s, s, s, 0 FROM "
            "unnest(ARRAY['land', 'imagery', 'terrain']) AS s ON CONFLICT DO NOTHING"
        )
    half = area(0, 0, WIDE / 2, HIGH)
    for slug, public in (("", True), ("-part", False), ("-secret", False)):
        for kind, theme in (("dem", "terrain"), ("ortho", "imagery")):
            name = kind + slug
            services.make_layer("tester", services.LayerDraft(
                name, Title(f"{name}图层", f"Layer {name}"), theme, kind="elevation" if kind == "dem" else "imagery", public=public, level=0))  # fmt: skip
            for day in (OLD, NEW):
                own = [replace(each, slug=name) for each in files if each.slug == kind and each.survey_date == day]
                if own:
                    services.publish("tester", None, files=own)
            if slug == "-part":
                layer = models.Layer.objects.get(slug=name)
                every = ["discover", "view", "query", "download"]
                services.save("tester", models.Grant(subject="everyone", layer=layer, operations=every, area=half))
    publish_levels()


LEVELS = (
    FieldSpec("站名", "c1", "string", Title("站名", "Station")),
    FieldSpec("SW", "c2", "number", Title("水位", "Water level"), unit="m"),
    FieldSpec("SJ", "c3", "datetime", Title("时间", "Time")),
    FieldSpec("DM", "c4", "integer", Title("代码", "Code"), codes="GB"),
)
STATIONS = {"甲站": (100, 100), "乙站/二": (300, 200)}
HOURS = 4


def level(station: int, hour: int) -> float:
    """Return the water level that a station (0, 1) measured at an hour."""
    return 5 + station + hour / 10


def publish_levels() -> None:
    """Publish `levels`: two stations, four hours each; `warnings`: the same places, no time; `notes`: no numbers."""
    for slug, fields in (("levels", LEVELS), ("warnings", LEVELS[:2]), ("notes", LEVELS[:1])):
        services.make_layer("tester", services.LayerDraft(
            slug, Title(f"{slug}图层", f"Layer {slug}"), "land", geometry="Point", fields=fields, title_field="站名", public=True, level=0))  # fmt: skip
        table = versions.create_table(0, fields, f"s_{slug}")
        rows = [
            (name, level(n, hour), f"2026-05-18T{hour:02}:00:00+08:00", 7, *lonlat(*place))
            for n, (name, place) in enumerate(STATIONS.items())
            for hour in range(HOURS if slug == "levels" else 1)
        ]
        columns = [each.column for each in fields]
        with connection.cursor() as cursor:
            for number, row in enumerate(rows, 1):
                cursor.execute(
                    sql.SQL("INSERT INTO {} (fid, since, {}, geom, hash) VALUES (%s, 1, {}, ST_SetSRID(ST_MakePoint(%s, %s), 4490), %s)").format(
                        table, sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", ").join([sql.Placeholder()] * len(columns))
                    ),
                    [number, *row[: len(columns)], *row[4:], repr(row).encode()],
                )
        services.publish("tester", None, [services.StagedRows(slug, table, NEW)])
