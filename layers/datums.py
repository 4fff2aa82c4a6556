"""How numbers of an old datum get into CGCS2000: by a registered local transformation of 4 or 7 parameters, never by accident.

PROJ publishes no operation that covers the city for Beijing 1954 and Xian 1980. A surveying office has its own
parameters, estimated from common points; they are restricted, so they lie in the registry (models.LocalTransformation) and
are used by name only. What is built here is a PROJ pipeline; its parameters are never written into findings or lineage.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from layers import crs
from layers.errors import DatumRefused

PARAMETERS = {7: ("dx", "dy", "dz", "rx", "ry", "rz", "scale_ppm"), 4: ("dx", "dy", "rz", "scale_ppm")}
"""Names of the parameters of each kind: metres, seconds of arc, parts per million."""


@dataclass(frozen=True, slots=True)
class Local:
    """A local transformation: from a datum's CRS into CGCS2000, with what its estimation left over.

    `kind` 7: geocentric (EPSG method 9606 position vector, or 9607 coordinate frame); `source` names any CRS of the datum.
    `kind` 4: in the plane, E' = dx + k (E cos r − N sin r), N' = dy + k (E sin r + N cos r), k = 1 + ppm/10⁶, r = rz counter-clockwise;
    `source` and `target` are then the two planes.
    """

    name: str
    title: str
    kind: int
    source: str
    target: str
    values: Sequence[float]
    is_coordinate_frame: bool = False
    rms_m: float = 0.0
    points: int = 0


def is_for(source: CRS, local: Local) -> bool:
    """Whether a CRS is of the datum that a local transformation starts from."""
    known = crs.read(local.source)
    if source.geodetic_crs is None or known.geodetic_crs is None or source.ellipsoid is None or known.ellipsoid is None:
        return False
    is_same = crs.datum_names(source) & crs.datum_names(known)
    has_its_figure = abs(source.ellipsoid.semi_major_metre - known.ellipsoid.semi_major_metre) < 1
    return bool(is_same) or (crs.datum(source) == "unknown" and has_its_figure)


def to_storage(source: CRS, local: Local) -> crs.Path:
    """Return the way from a CRS of the local datum to EPSG:4490; raises DatumRefused when it is of another datum."""
    if not is_for(source, local):
        raise DatumRefused(f"{source.name}: {local.name}")
    steps = _seven(source, local) if local.kind == 7 else _four(source, local)
    return crs.Path(steps[0], local.name, local.rms_m, then=tuple(_applied(each) for each in steps[1:]))


def pipeline(local: Local, source: CRS) -> str:
    """Return the PROJ pipeline of the transformation itself: degrees to degrees (7), or plane to plane (4)."""
    values = dict(zip(PARAMETERS[local.kind], local.values, strict=True))
    if local.kind == 4:
        # PROJ turns clockwise (its manual, "Helmert transform", 2D case).
        scale = 1 + values["scale_ppm"] * 1e-6
        return f"+proj=helmert +x={values['dx']!r} +y={values['dy']!r} +s={scale!r} +theta={-values['rz']!r}"
    figure = source.ellipsoid
    assert figure is not None  # noqa: S101 - is_for has looked
    convention = "coordinate_frame" if local.is_coordinate_frame else "position_vector"
    return (
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
        f"+step +proj=cart +a={figure.semi_major_metre!r} +rf={figure.inverse_flattening!r} "
        f"+step +proj=helmert +x={values['dx']!r} +y={values['dy']!r} +z={values['dz']!r} +rx={values['rx']!r} +ry={values['ry']!r} "
        f"+rz={values['rz']!r} +s={values['scale_ppm']!r} +convention={convention} "
        "+step +inv +proj=cart +a=6378137 +rf=298.257222101 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )


def _seven(source: CRS, local: Local) -> list[Transformer]:
    base = source.geodetic_crs
    plain = [] if source.is_geographic else [Transformer.from_crs(source, base, always_xy=True)]
    return [*plain, Transformer.from_pipeline(pipeline(local, source))]


def _four(source: CRS, local: Local) -> list[Transformer]:
    """Through the plane the parameters were estimated in: the same datum, so getting there is exact."""
    plane, target = crs.read(local.source), crs.read(local.target)
    return [
        Transformer.from_crs(source, plane, always_xy=True),
        Transformer.from_pipeline(pipeline(local, source)),
        Transformer.from_crs(target, target.geodetic_crs, always_xy=True),
    ]


def _applied(transformer: Transformer) -> crs.Step:
    def apply(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = transformer.transform(xy[:, 0], xy[:, 1])
        return np.column_stack((x, y))

    return apply
