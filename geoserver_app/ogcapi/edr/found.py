"""What a query found, and how it is written: CoverageJSON, GeoJSON or CSV."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from geoserver_app.ogcapi import coveragejson
from geoserver_app.ogcapi.fields import Field
from layers import crs
from layers.errors import TooLarge
from layers.spec import Bounds

MEDIA: Mapping[str, str] = {"CoverageJSON": coveragejson.MEDIA, "GeoJSON": "application/geo+json", "CSV": "text/csv; charset=utf-8"}
ALIASES: Mapping[str, str] = {"CoverageJSON": "CoverageJSON", "GeoJSON": "GeoJSON", "CSV": "CSV", "covjson": "CoverageJSON",
                              "json": "CoverageJSON", "geojson": "GeoJSON", "csv": "CSV"}  # fmt: skip
_MOST_ROWS = 100_000
type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place with values: `x`, `y` in the CRS asked (east first), lon/lat, times (RFC 3339) and values by field."""

    x: float
    y: float
    lonlat: tuple[float, float]
    values: Mapping[str, Sequence[Any]]
    times: Sequence[str] = ()
    id: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Cells:
    """A grid with values (fields, height, width), masked outside the shape asked."""

    bounds: Bounds
    values: Any


@dataclass(frozen=True, slots=True)
class Found:
    """What was found; `is_line` tells spots along a line from single ones, `is_many` a list from one."""

    fields: tuple[Field, ...]
    offered: crs.Offered
    language: str
    spots: Sequence[Spot] = ()
    cells: Cells | None = None
    is_line: bool = False
    is_many: bool = False


def written(found: Found, format: str) -> bytes:
    """Write in one of MEDIA; raises TooLarge for a grid of more rows than GeoJSON and CSV should hold."""
    if format == "CSV":
        return _csv(found)
    body = _geojson(found) if format == "GeoJSON" else _coveragejson(found)
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _coveragejson(found: Found) -> Json:
    has_time = any(spot.times for spot in found.spots)
    if found.cells is not None:
        return _grid(found, found.cells)
    if found.is_line:
        return _trajectory(found)
    kind = "PointSeries" if any(len(spot.times) > 1 for spot in found.spots) else "Point"
    made = [_point(found, spot, kind) for spot in found.spots]
    if len(made) == 1 and not found.is_many:
        return made[0]
    return coveragejson.collection(kind, made, found.fields, found.offered, found.language, has_time=has_time)


def _grid(found: Found, cells: Cells) -> Json:
    domain = {
        "type": "Domain",
        "domainType": "Grid",
        "axes": coveragejson.axes(cells.bounds, cells.values.shape[1:]),
        "referencing": coveragejson.referencing(found.offered),
    }
    ranges = {each.name: coveragejson.array(band, ("y", "x")) for each, band in zip(found.fields, cells.values, strict=True)}
    return coveragejson.coverage(domain, found.fields, ranges, found.language)


def _trajectory(found: Found) -> Json:
    has_time = all(spot.times for spot in found.spots)
    names = ["t", "x", "y"] if has_time else ["x", "y"]
    tuples = [[*spot.times[:1], spot.x, spot.y] if has_time else [spot.x, spot.y] for spot in found.spots]
    domain = {
        "type": "Domain",
        "domainType": "Trajectory" if has_time else "MultiPoint",
        "axes": {"composite": {"dataType": "tuple", "coordinates": names, "values": tuples}},
        "referencing": coveragejson.referencing(found.offered, has_time=has_time),
    }
    ranges = {each.name: coveragejson.column([spot.values[each.name][0] for spot in found.spots], "composite") for each in found.fields}
    return coveragejson.coverage(domain, found.fields, ranges, found.language)


def _point(found: Found, spot: Spot, kind: str) -> Json:
    axes: Json = {"x": {"values": [spot.x]}, "y": {"values": [spot.y]}}
    if spot.times:
        axes["t"] = {"values": list(spot.times)}
    domain = {"type": "Domain", "domainType": kind, "axes": axes, "referencing": coveragejson.referencing(found.offered, has_time=bool(spot.times))}
    ranges = {each.name: _range(spot.values[each.name], has_time=bool(spot.times)) for each in found.fields}
    body = coveragejson.coverage(domain, found.fields, ranges, found.language)
    return {**body, "id": spot.id, "title": {found.language: spot.label}} if spot.id else body


def _range(values: Sequence[Any], *, has_time: bool) -> Json:
    if has_time:
        return coveragejson.column(values)
    return {"type": "NdArray", "dataType": "string" if isinstance(values[0], str) else "float", "values": list(values)}


def _geojson(found: Found) -> Json:
    """Write one feature a place and time (OGC 19-086r6 §11.2); coordinates are lon/lat whatever the CRS asked."""
    names = [each.name for each in found.fields]
    features = [
        {
            "type": "Feature",
            **({"id": identifier} if identifier else {}),
            "geometry": {"type": "Point", "coordinates": [round(lonlat[0], 9), round(lonlat[1], 9)]},
            "properties": {**({"label": label} if label else {}), "datetime": time or None, "parameter-name": names, **values},
        }
        for identifier, label, lonlat, time, values in _rows(found)
    ]
    return {"type": "FeatureCollection", "parameters": coveragejson.parameters(found.fields, found.language), "features": features}


def _csv(found: Found) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["id", "label", "lon", "lat", "time", *(f"{each.name} [{each.unit}]" if each.unit else each.name for each in found.fields)])
    for identifier, label, lonlat, time, values in _rows(found):
        row = [identifier, label, round(lonlat[0], 9), round(lonlat[1], 9), time, *(values[each.name] for each in found.fields)]
        writer.writerow([_safe(each) for each in row])
    return text.getvalue().encode()


def _safe(value: Any) -> Any:
    """Keep a spreadsheet from taking text for a formula (security.md §3, 102)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


def _rows(found: Found) -> Iterator[tuple[str, str, tuple[float, float], str, Json]]:
    if found.cells is not None:
        yield from _cells(found, found.cells)
        return
    for spot in found.spots:
        for place, time in enumerate(spot.times or ("",)):
            yield spot.id, spot.label, spot.lonlat, time, {each.name: spot.values[each.name][place] for each in found.fields}


def _cells(found: Found, cells: Cells) -> Iterator[tuple[str, str, tuple[float, float], str, Json]]:
    """Walk the cells that hold a value."""
    height, width = cells.values.shape[1:]
    west, south, east, north = cells.bounds
    rows, columns = np.nonzero(~np.ma.getmaskarray(cells.values).all(axis=0))
    if len(rows) > _MOST_ROWS:
        raise TooLarge(f"{len(rows)} 个格点超过上限 {_MOST_ROWS}，请用 CoverageJSON / take CoverageJSON for more than {_MOST_ROWS} cells", parameter="f")
    x = west + (columns + 0.5) * (east - west) / width
    y = north - (rows + 0.5) * (north - south) / height
    if not crs.is_degrees(found.offered.srid):
        x, y = crs.transformer(found.offered.srid, crs.STORAGE).transform(x, y)
    lists = [coveragejson.plain(band[rows, columns]) for band in cells.values]
    for place, values in enumerate(zip(*lists, strict=True)):
        yield "", "", (float(x[place]), float(y[place])), "", dict(zip((each.name for each in found.fields), values, strict=True))
