"""An elevation model of sixteen sheets, published as any is, for what reads values: EDR and coverages."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

from tests.bench.world import World

SLUG = "bench-dem"
SHEETS, SIDE = 4, 1000
CELL = 2e-5
WEST, NORTH = 116.8, 38.3


@dataclass(frozen=True, slots=True)
class Relief:
    """The sheets' COGs and a VRT over them, for peers that know no mosaics; degrees of EPSG:4326."""

    vrt: Path
    sheets: tuple[Path, ...]

    @staticmethod
    def centre(column: int, row: int) -> tuple[float, float]:
        """Return lon/lat of a cell's centre, counted from the north-west."""
        return WEST + (column + 0.5) * CELL, NORTH - (row + 0.5) * CELL


def relief(world: World) -> Relief:
    """Write and publish the sheets once for a run."""
    from django.conf import settings  # noqa: PLC0415

    from layers import models  # noqa: PLC0415

    if not models.Layer.objects.filter(slug=SLUG).exists():
        _publish(world.folder)
    sheets = tuple(settings.GEOBASE.store / row.path for row in models.RasterFile.objects.filter(layer__slug=SLUG))
    vrt = world.folder / "relief.vrt"
    _vrt(vrt, sheets)
    return Relief(vrt, sheets)


def _publish(folder: Path) -> None:
    from ingest.raster import sheets  # noqa: PLC0415
    from layers import models, services  # noqa: PLC0415
    from layers.spec import Title  # noqa: PLC0415

    models.Theme.objects.get_or_create(slug="terrain", defaults={"title_zh": "地形"})
    services.make_layer("bench", services.LayerDraft(SLUG, Title("高程"), "terrain", kind="elevation", level=0, public=True))
    staged = []
    for number in range(SHEETS * SHEETS):
        path = folder / f"dem_{number}.tif"
        _write(path, number % SHEETS, number // SHEETS)
        sheet, _ = sheets.examine(path)
        staged.append(sheets.stage(sheet, SLUG, None))
    services.publish("bench", None, files=staged)


def _write(path: Path, across: int, down: int) -> None:
    columns, rows = np.meshgrid(np.arange(SIDE) + across * SIDE, np.arange(SIDE) + down * SIDE)
    heights = (10 + 3 * np.sin(columns / 97) * np.cos(rows / 61) + columns / 900).astype("float32")
    corner = from_origin(WEST + across * SIDE * CELL, NORTH - down * SIDE * CELL, CELL, CELL)
    with rasterio.open(path, "w", driver="GTiff", width=SIDE, height=SIDE, count=1, dtype="float32", crs="EPSG:4326", transform=corner, nodata=-9999.0) as file:
        file.write(heights, 1)


def _vrt(path: Path, sheets: tuple[Path, ...]) -> None:
    """Write a GDAL VRT by hand: gdalbuildvrt need not be there."""
    side = SHEETS * SIDE
    parts = []
    for sheet in sheets:
        with rasterio.open(sheet) as file:
            x, y = round((file.transform.c - WEST) / CELL), round((NORTH - file.transform.f) / CELL)
        parts.append(
            f'<ComplexSource><SourceFilename>{sheet}</SourceFilename><SourceBand>1</SourceBand><SrcRect xOff="0" yOff="0" xSize="{SIDE}" ySize="{SIDE}"/>'
            f'<DstRect xOff="{x}" yOff="{y}" xSize="{SIDE}" ySize="{SIDE}"/><NODATA>-9999</NODATA></ComplexSource>'
        )
    path.write_text(
        f'<VRTDataset rasterXSize="{side}" rasterYSize="{side}"><SRS>EPSG:4326</SRS><GeoTransform>{WEST},{CELL},0,{NORTH},0,{-CELL}</GeoTransform>'
        f'<VRTRasterBand dataType="Float32" band="1"><NoDataValue>-9999</NoDataValue>{"".join(parts)}</VRTRasterBand></VRTDataset>'
    )
