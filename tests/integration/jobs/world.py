"""Small deliveries to hand in, and what became of them."""

import json
import warnings
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from django.db import connection

from ingest import receive
from ingest.pipeline import Options, Report, run
from layers import access, models, rows, services, versions
from layers.spec import FieldSpec, Title

NOBODY = access.Principal(zone=2)


def square(n: float) -> shapely.Polygon:
    return shapely.box(116.8 + n * 0.001, 38.2, 116.801 + n * 0.001, 38.201)


def parcels(path: Path, rows: dict[str, str], shapes=None) -> Path:
    """Write parcels: identity BSM → class DLBM, side by side from west to east by the number in BSM."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shapes = shapes or [square(int(each)) for each in rows]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write(
            path, geometry=shapely.to_wkb(shapes), field_data=[np.array(list(each), dtype=object) for each in (rows, rows.values())],
            fields=["BSM", "DLBM"], geometry_type="Polygon", crs="EPSG:4326", driver="GeoJSON",
        )  # fmt: skip
    return path


def take(path: Path, **choices) -> Report:
    return run(path, Options(**{"as_layer": "", "level": 0, "actor": "tester", **choices}))


def published(rows: dict[str, str], level=0) -> None:
    """Publish parcels without reading a file: identity BSM → class DLBM, as `parcels` writes them."""
    fields = (FieldSpec("BSM", "c1", "string", Title("标识码")), FieldSpec("DLBM", "c2", "string", Title("地类"), codes="landuse_sandiao"))
    draft = services.LayerDraft(
        "parcels", Title("地块"), "land", geometry="Polygon", level=level, fields=fields, identity="BSM", public=level == 0
    )
    table = versions.create_table(0, fields, "s_1")
    with connection.cursor() as cursor:
        for place, (name, code) in enumerate(rows.items(), 1):
            cursor.execute(
                "INSERT INTO geodata.s_1 (fid, geom, c1, c2, hash) VALUES (%s, ST_GeomFromText(%s, 4490), %s, %s, %s)",
                [place, square(int(name)).wkt, name, code, f"{name}{code}".encode()],
            )
    services.publish("tester", None, [services.StagedRows("parcels", table, draft=draft)])


def received(path: Path, goal="published", **choices) -> models.Delivery:
    delivery = receive.take(path, "tester", {"as_layer": "", "level": 0, **choices})
    models.Delivery.objects.filter(pk=delivery.pk).update(goal=goal, submitted_by="tester", is_confirmed=True)
    return delivery


def of(report: Report) -> models.Delivery:
    return models.Delivery.objects.get(sha256=report.delivery)


def ids(report: Report) -> set[str]:
    return {each.id for each in report.findings}


def seen(slug="parcels", version: int | None = None) -> dict[str, str]:
    """What everybody sees: BSM → DLBM."""
    view = access.decide(NOBODY, slug, "query")
    assert view is not None
    body = rows.items(view.at(version) if version else view, rows.RowQuery(limit=1000)).body.decode()
    return {each["properties"]["BSM"]: each["properties"]["DLBM"] for each in json.loads(f"[{body}]")}


def stages() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'geodata' AND tablename ~ '^[sp]_'")
        return [row[0] for row in cursor.fetchall()]
