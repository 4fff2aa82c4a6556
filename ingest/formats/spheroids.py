"""Which CRS do the national exchange formats' headers name? Spheroid and Gauss–Krüger parameters into WKT."""

import re
from collections.abc import Mapping

from pyproj import CRS

_DATUMS: tuple[tuple[str, str, int], ...] = (
    (r"cgcs2000|2000国家|国家2000|6378137(\.0*)?,298\.2572221", "CGCS2000", 4490),
    (r"西安|xian|1980|6378140|6378\.140|iag", "Xian 1980", 4610),
    (r"北京|beijing|1954|克拉索夫斯基|krasovsky|6378245|6378\.245", "Beijing 1954", 4214),
    (r"wgs", "WGS 84", 4326),
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def crs_of(words: Mapping[str, str]) -> str:
    """Return WKT of the CRS a header names ("Spheroid", "Projection", "Parameters"); "" when it does not name one.

    `words` are the header's lines by their lower-case names. The central meridian is the one number of the parameters
    between 70 and 140; the false easting the one beyond 100,000.
    """
    spheroid = words.get("spheroid", "").lower()
    geographic = next((code for pattern, _, code in _DATUMS if re.search(pattern, spheroid)), 0)
    if not geographic:
        return ""
    projection = words.get("projection", "") + words.get("projectiontype", "")
    kind = words.get("coordinatesystemtype", words.get("coordinate", "")).strip().upper()
    if "地理" in projection or kind in ("D", "G") or words.get("xyunit", words.get("unit", "M")).strip().upper() in ("D", "S"):
        return str(CRS.from_epsg(geographic).to_wkt())
    numbers = [float(each) for each in _NUMBER.findall(words.get("parameters", "") + "," + words.get("meridian", ""))]
    meridian = next((each for each in numbers if 70 <= each <= 140), None)
    easting = next((each for each in numbers if each >= 100_000), None)
    if meridian is None or easting is None:
        return ""
    return _transverse(geographic, meridian, easting)


def _transverse(geographic: int, meridian: float, easting: float) -> str:
    base = CRS.from_epsg(geographic)
    projected = CRS.from_dict({"proj": "tmerc", "lat_0": 0, "lon_0": meridian, "k": 1, "x_0": easting, "y_0": 0, "ellps": "GRS80"})
    described = projected.to_json_dict()
    described["base_crs"] = {key: value for key, value in base.to_json_dict().items() if key not in ("$schema", "scope", "area", "bbox", "id", "usages")}
    described["name"] = f"{base.name} / Gauss-Kruger {meridian:g}E"
    return str(CRS.from_json_dict(described).to_wkt())
