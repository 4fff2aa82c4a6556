"""What one layer of a delivery holds: geometries and columns, and how they are written to a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyogrio
import pyproj
import shapely

from ingest.survey.curves import Geometries
from ingest.survey.world import to_grid

_WRITE_DATE = "2026-05-18T00:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Table:
    """A layer by the contractor's stem, meant for a target layer; shapes in local metres unless srid says else."""

    stem: str
    slug: str
    shapes: Geometries
    columns: Mapping[str, Any]
    srid: int = 4548
    is_local: bool = True
    kind: str = field(default="")

    @property
    def geometry_type(self) -> str:
        """The simple-feature type all rows share."""
        if self.kind:
            return self.kind
        names = set(np.unique(shapely.get_type_id(self.shapes)).tolist())
        if names <= {3, 6}:
            return "MultiPolygon" if 6 in names else "Polygon"
        if names <= {1, 5}:
            return "MultiLineString" if 5 in names else "LineString"
        return "Point"

    def grid(self) -> Geometries:
        """Return the shapes in the coordinates of `srid`."""
        return to_grid(self.shapes) if self.is_local else self.shapes


def write_shapefile(table: Table, folder: Path, *, with_prj: bool = True) -> None:
    """Write a shapefile as the trade does: GBK text, no .cpg, language driver byte 0, .prj or none."""
    path = folder / f"{table.stem}.shp"
    _write(table, path, "ESRI Shapefile", encoding="GBK", layer_options={"RESIZE": "YES"})
    path.with_suffix(".cpg").unlink(missing_ok=True)
    prj = path.with_suffix(".prj")
    prj.unlink(missing_ok=True)
    if with_prj:
        prj.write_text(pyproj.CRS.from_epsg(table.srid).to_wkt("WKT1_ESRI"), encoding="ascii")
    with path.with_suffix(".dbf").open("r+b") as dbf:
        dbf.seek(1)
        dbf.write(bytes((126, 5, 18)))
        dbf.seek(29)
        dbf.write(b"\0")


def write_dataset(tables: Sequence[Table], path: Path, driver: str) -> None:
    """Write several layers into one FileGDB ("OpenFileGDB") or GeoPackage ("GPKG")."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _WRITE_DATE})
    for table in tables:
        _write(table, path, driver, append=path.exists())


def _write(table: Table, path: Path, driver: str, **options: Any) -> None:
    shapes, kind = table.grid(), table.geometry_type
    if driver == "OpenFileGDB" and "Polygon" in kind:
        shapes, kind = np.array([_multi(shape) for shape in shapes], dtype=object), "MultiPolygon"
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(shapes),
        field_data=[_column(values) for values in table.columns.values()],
        fields=np.array(list(table.columns), dtype=object),
        layer=table.stem,
        driver=driver,
        geometry_type=kind,
        crs=f"EPSG:{table.srid}",
        **options,
    )


def _multi(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.MultiPolygon([shape]) if isinstance(shape, shapely.Polygon) else shape


def _column(values: Sequence[object] | npt.NDArray[Any]) -> npt.NDArray[Any]:
    column = np.asarray(values)
    return column.astype(object) if column.dtype.kind in "UO" else column
