"""Which way a CRS's axes run, how to get from one to another, and when that must be refused.

Everything here takes and gives x = east (or longitude) first unless a name says `swapped`. Storage is EPSG:4490.
CGCS2000 and WGS 84 are taken as one datum *explicitly* (they agree within centimetres; PROJ knows only a
"ballpark" between them). Every other pair of datums needs an operation that PROJ publishes; where it would
only pretend ("ballpark"), `DatumRefused` is raised. `docs/adr` has the reasons.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians
from warnings import filterwarnings

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.enums import WktVersion
from pyproj.exceptions import CRSError
from pyproj.network import set_network_enabled  # type: ignore[attr-defined]
from pyproj.transformer import TransformerGroup

from layers.errors import DatumRefused, UnknownCrs
from layers.spec import Bounds

set_network_enabled(False)
# PROJ regrets the grids it lacks; the best of what is here is taken. For good: `catch_warnings` is not safe among threads.
filterwarnings("ignore", "Best transformation is not available", UserWarning)

STORAGE = 4490
ELLIPSOID = Geod(a=6378137.0, rf=298.257222101)
"""The ellipsoid of CGCS2000, for areas and lengths in metres."""

_CGCS2000 = {"china2000", "cgcs2000", "china20003d", "chinageodeticcoordinatesystem2000"}
_WGS84 = {"worldgeodeticsystem1984", "wgs84", "wgs1984", "worldgeodeticsystem1984ensemble"}
# PROJ lists a few operations for these, none of which covers the city; official parameters are restricted.
_LOCAL_ONLY = {"beijing1954", "newbeijing", "xian1980", "xian80", "beijing54", "newbeijing1954"}


@dataclass(frozen=True, slots=True)
class Offered:
    """A CRS the faces offer: its OGC name, SRID for PostGIS, and whether EPSG puts north first."""

    name: str
    srid: int
    is_swapped: bool

    @property
    def urn(self) -> str:
        """OGC URN, as in urn:ogc:def:crs:EPSG::4490."""
        if self.name == "CRS:84":
            return "urn:ogc:def:crs:OGC:1.3:CRS84"
        return f"urn:ogc:def:crs:EPSG::{self.srid}"

    @property
    def uri(self) -> str:
        """OGC URI, as in http://www.opengis.net/def/crs/EPSG/0/4490."""
        if self.name == "CRS:84":
            return "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
        return f"http://www.opengis.net/def/crs/EPSG/0/{self.srid}"


OFFERED: tuple[Offered, ...] = (
    Offered("EPSG:4490", 4490, True),
    Offered("EPSG:4548", 4548, True),
    Offered("EPSG:4527", 4527, True),
    Offered("EPSG:4326", 4326, True),
    Offered("EPSG:3857", 3857, False),
    Offered("CRS:84", 4326, False),
)
_BY_NAME = {each.name: each for each in OFFERED}
_EPSG = re.compile(
    r"(?i)(?:epsg:|urn:(?:x-)?ogc:def:crs:epsg:[\d.]*:|https?://www\.opengis\.net/def/crs/epsg/[\d.]+/)(\d{4,6})"
)
_CRS84 = re.compile(
    r"(?i)(?:crs:84|ogc:crs84|urn:ogc:def:crs:ogc:[\d.]*:crs84|https?://www\.opengis\.net/def/crs/ogc/[\d.]+/crs84)"
)


def offered(name: str) -> Offered:
    """Find an offered CRS by EPSG:n, CRS:84, OGC URN or OGC URI; raises UnknownCrs."""
    text = name.strip()
    if _CRS84.fullmatch(text):
        return _BY_NAME["CRS:84"]
    match = _EPSG.fullmatch(text)
    found = _BY_NAME.get(f"EPSG:{match[1]}") if match else None
    if found is None:
        raise UnknownCrs("不提供该坐标系 / this coordinate reference system is not offered")
    return found


@lru_cache(64)
def is_swapped(srid: int) -> bool:
    """Tell whether EPSG puts north (or latitude) first in this CRS, as WMS 1.3.0 and the OGC APIs then do."""
    return CRS.from_epsg(srid).axis_info[0].direction.lower() == "north"


@lru_cache(64)
def is_degrees(srid: int) -> bool:
    """Tell whether the CRS's unit is the degree."""
    return CRS.from_epsg(srid).is_geographic


@lru_cache(256)
def transformer(source: int, target: int) -> Transformer:
    """Return the transformer between two EPSG codes, x = east first both ways; raises DatumRefused, UnknownCrs."""
    from_crs, to_crs = read(f"EPSG:{source}"), read(f"EPSG:{target}")
    if _is_same_datum(from_crs, to_crs):
        return Transformer.from_crs(from_crs, to_crs, always_xy=True)
    return _best(from_crs, to_crs, None)


def bounds(box: Bounds, source: int, target: int) -> Bounds:
    """Transform a box, its edges densified (21 points a side), so that bulging edges stay inside."""
    if source == target:
        return box
    west, south, east, north = transformer(source, target).transform_bounds(*box, densify_pts=21)
    return west, south, east, north


def read(text: str) -> CRS:
    """Read an EPSG code or WKT as a two-dimensional CRS; raises UnknownCrs."""
    try:
        crs = CRS.from_user_input(text)
        if crs.is_compound:
            crs = crs.sub_crs_list[0]
        return crs.to_2d()
    except CRSError as error:
        raise UnknownCrs("坐标系定义无法识别 / the CRS definition cannot be read") from error


def code(crs: CRS) -> int | None:
    """Return the EPSG code a CRS stands for (also of an ESRI .prj), or None."""
    found = crs.to_epsg(min_confidence=70)
    return int(found) if found is not None else None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", re.sub(r"^(D|GCS)_", "", name).lower())


def datum_names(crs: CRS) -> set[str]:
    """Return the plain names by which a CRS's datum is called, its geographic CRS's among them."""
    geodetic = crs.geodetic_crs
    names = {_plain(geodetic.name)} if geodetic else set()
    if geodetic and geodetic.datum:
        names.add(_plain(geodetic.datum.name))
    return names


def datum(crs: CRS) -> str:
    """Name the datum: "cgcs2000", "wgs84", "local" (Chinese, no public parameters), "unknown" or "other"."""
    names = datum_names(crs)
    for kind, known in (("cgcs2000", _CGCS2000), ("wgs84", _WGS84), ("local", _LOCAL_ONLY)):
        if names & known:
            return kind
    # A datum no one named: "unknown", "Not specified (based on …)", or no geodetic base at all.
    vague = crs.geodetic_crs is None or any(
        re.match("unknown|notspecified|unnamed", each) for each in names
    )
    return "unknown" if vague and not crs.is_bound else "other"


def _is_same_datum(first: CRS, second: CRS) -> bool:
    same = {"cgcs2000", "wgs84"}
    if first.is_bound or second.is_bound:
        return False
    if datum(first) in same and datum(second) in same:
        return True
    return first.geodetic_crs is not None and first.geodetic_crs == second.geodetic_crs


def _best(source: CRS, target: CRS, area: AreaOfInterest | None) -> Transformer:
    if {datum(source), datum(target)} & {"local", "unknown"}:
        raise DatumRefused(f"{source.name} → {target.name}")
    if datum(target) == "cgcs2000" and not target.is_projected:
        target = CRS.from_epsg(4326)
    group = TransformerGroup(
        source,
        target,
        always_xy=True,
        allow_ballpark=False,
        area_of_interest=area,  # type: ignore[arg-type]  # pyproj's stub names a private twin
    )
    if not group.transformers:
        raise DatumRefused(f"{source.name} → {target.name}")
    return group.transformers[0]


type Step = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Takes and gives an (n, 2) array x, y."""


@dataclass(frozen=True, slots=True)
class Path:
    """The way from a source CRS into storage; `transformer` is None where the numbers stay as they are.

    `accuracy_m` is PROJ's (-1 = unknown), `note` the operation's name; `assumed` tells that the datum had no
    name and was taken for WGS 84 because its ellipsoid is. `then` are steps after the transformer, on longitude
    and latitude or whatever it left (a local datum's parameters, a shift undone).
    """

    transformer: Transformer | None
    note: str
    accuracy_m: float
    assumed: bool = False
    then: tuple[Step, ...] = ()

    def transform(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Transform an (n, 2) array x, y to longitude, latitude in EPSG:4490; failures become inf."""
        if not len(xy):
            return xy
        if self.transformer is not None:
            x, y = self.transformer.transform(xy[:, 0], xy[:, 1])
            xy = np.column_stack((x, y))
        for step in self.then:
            xy = step(xy)
        return xy


def to_storage(source: CRS, area: Bounds | None = None) -> Path:
    """Find the way from a delivered CRS to EPSG:4490 for data within `area` (in the source's own numbers).

    Raises DatumRefused where PROJ has only a ballpark, and for Beijing 1954, Xian 1980 and unnamed datums.
    """
    if source.geodetic_crs is None:
        raise DatumRefused(f"{source.name}: 没有大地基准 / no geodetic datum")
    kind = datum(source)
    if kind in ("cgcs2000", "wgs84") and not source.is_bound:
        return _unproject(source, assumed=False)
    if kind == "unknown" and not _is_refusable(source):
        # An unnamed datum has no parameters: its numbers are taken as they are, as GDAL does, and that is said.
        return _unproject(source, assumed=True)
    best = _best(source, CRS.from_epsg(4326), _interest(source, area))
    return Path(best, best.description, float(best.accuracy))


def _unproject(source: CRS, *, assumed: bool) -> Path:
    """Undo the projection only: the datum is CGCS2000's, or WGS 84's which we take for the same."""
    base = source.geodetic_crs
    if not source.is_projected and not _needs_normalising(source):
        return Path(None, source.name, 0.0, assumed)
    unprojecting = Transformer.from_crs(source, base, always_xy=True)
    return Path(unprojecting, source.name, 0.0, assumed)


def _needs_normalising(source: CRS) -> bool:
    """Tell degrees at Greenwich from grads, radians or another prime meridian."""
    meridian = source.prime_meridian
    units = {axis.unit_name.lower() for axis in source.axis_info}
    return bool(meridian and meridian.longitude) or units != {"degree"} or source.is_derived


def _is_refusable(source: CRS) -> bool:
    """Tell the ellipsoids of Beijing 1954 and Xian 1980, whose unnamed datum is one of those, or no earth at all."""
    axis = source.ellipsoid.semi_major_metre if source.ellipsoid else 0.0
    return not 6_370_000 < axis < 6_380_000 or abs(axis - 6_378_245) < 1 or abs(axis - 6_378_140) < 1


def _interest(source: CRS, area: Bounds | None) -> AreaOfInterest | None:
    if area is None or source.geodetic_crs is None:
        return None
    if not source.is_projected:
        box: Sequence[float] = area
    else:
        plain = Transformer.from_crs(source, source.geodetic_crs, always_xy=True)
        box = plain.transform_bounds(*area, densify_pts=5)
    if not np.all(np.isfinite(box)) or box[2] < box[0]:
        return None
    west, south, east, north = np.clip(box, [-180, -90, -180, -90], [180, 90, 180, 90])
    return AreaOfInterest(west, south, east, north)


def wkt(crs: CRS) -> str:
    """Return WKT1 as GDAL writes it, for messages and side files."""
    return str(crs.to_wkt(WktVersion.WKT1_GDAL))


def gauss_kruger(longitude: float, *, degrees: int = 3, prefixed: bool = False) -> int | None:
    """Return the EPSG code of the CGCS2000 Gauss-Krüger zone (3° or 6°) over a longitude, None outside China.

    >>> gauss_kruger(116.83), gauss_kruger(116.83, prefixed=True), gauss_kruger(116.83, degrees=6)
    (4548, 4527, 4509)
    """
    if degrees == 3:
        step = round(longitude / 3) - 25
        return (4513 if prefixed else 4534) + step if 0 <= step <= 20 else None
    step = int(longitude // 6) - 12
    return (4491 if prefixed else 4502) + step if 0 <= step <= 10 else None


def degree_m(latitude: float) -> tuple[float, float]:
    """Return the metres of one degree of longitude and of latitude (sphere of equal radius, within 0.6 %)."""
    meridian = 111_194.9
    return meridian * max(cos(radians(latitude)), 1e-6), meridian
