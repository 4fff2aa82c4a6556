"""Heights for terrain processes: a grid in the city's Gauss–Krüger plane, read through the pixels door."""

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import rasterio
from django.conf import settings
from numpy.typing import NDArray
from rasterio.transform import from_origin

from geoserver_app.processes import inputs as kinds
from geoserver_app.processes.process import InvalidInput, Run
from layers import access, pixels
from layers.access import LayerView
from layers.pixels import Picture
from layers.spec import Bounds

MOST_SIDE_PX = 4000


@dataclass(frozen=True, slots=True)
class Heights:
    """A grid of heights (metres, NaN = none), row 0 in the north; `bounds` x first in EPSG:`srid`, square cells."""

    values: NDArray[np.float64]
    bounds: Bounds
    srid: int
    cell_m: float

    @property
    def transform(self) -> Any:
        """The affine transform of the grid."""
        return from_origin(self.bounds[0], self.bounds[3], self.cell_m, self.cell_m)


def elevation(run: Run, slug: str | None) -> LayerView:
    """Return the elevation layer asked, else the first the caller has."""
    if slug is not None:
        view = run.view(slug, "query")
    else:
        views = [each for each in access.views(run.principal, "query") if each.spec.kind == "elevation" and each.version]
        if not views:
            raise InvalidInput("没有可用的高程图层 / there is no elevation layer", parameter="inputs.collection")
        view = views[0]
    if view.spec.kind != "elevation":
        raise InvalidInput("须为高程图层 / must be an elevation layer", parameter="inputs.collection")
    return view


def read(view: LayerView, area: Any, cell_m: float | None, margin_m: float = 0.0) -> Heights:
    """Read the heights round an area (EPSG:4490) with a margin; raises InvalidInput where the grid grows too large."""
    srid = settings.GEOBASE.gauss_crs
    west, south, east, north = kinds.to_plane(area, srid).buffer(margin_m).bounds if margin_m else kinds.to_plane(area, srid).bounds
    cell = cell_m or (view.spec.raster.pixel_size_m if view.spec.raster else 5.0)
    west, south = np.floor(west / cell) * cell, np.floor(south / cell) * cell
    width, height = max(2, ceil((east - west) / cell)), max(2, ceil((north - south) / cell))
    if max(width, height) > MOST_SIDE_PX:
        raise InvalidInput(f"格网 {width} × {height} 超过 {MOST_SIDE_PX}，请缩小范围或加大格距 / the grid is too large: a smaller area or a wider cell",
                           parameter="inputs.area")  # fmt: skip
    bounds = (float(west), float(south), float(west + width * cell), float(south + height * cell))
    found = pixels.read(view, Picture(bounds, srid, width, height, bands=(1,), resampling="bilinear"))
    values = found[0].astype(float).filled(np.nan)
    if np.isnan(values).all():
        raise InvalidInput("范围内没有高程 / there are no heights in the area", parameter="inputs.area")
    return Heights(values, bounds, srid, float(cell))


def write(heights: Heights, values: NDArray[Any], path: Any, nodata: float) -> None:
    """Write values on the same grid as a tiled, deflated GeoTIFF."""
    profile = {
        "driver": "GTiff", "count": 1, "dtype": values.dtype, "height": values.shape[0], "width": values.shape[1],
        "crs": f"EPSG:{heights.srid}", "transform": heights.transform, "nodata": nodata, "compress": "deflate", "tiled": True,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as file:
        file.write(values, 1)
