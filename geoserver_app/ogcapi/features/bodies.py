"""What a client sends to be written: GeoJSON features read as changes, in the CRS its header names."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import numpy as np
import shapely
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from shapely.geometry.base import BaseGeometry

from geoserver_app.http_errors import RequestFault
from geoserver_app.ogcapi.call import Call, invalid
from layers import crs
from layers.editing import Change
from layers.errors import InvalidContent, TooLarge, UnknownCrs

MEDIA = ("application/geo+json", "application/json", "application/merge-patch+json", "application/fg+json")
_STATE = re.compile(r'"(\d{1,9})-[0-9a-f]+"')


def document(request: HttpRequest) -> dict[str, Any]:
    """Read the body as a JSON object; raises 415 for another media type, 400 for what is no JSON object.

    The media type is also what keeps other sites' forms out: none of these can be sent without a preflight.
    """
    if (request.content_type or "").lower() not in MEDIA:
        words = ", ".join(MEDIA)
        raise RequestFault("UnsupportedMediaType", f"须为 {words} / One of {words}", parameter="Content-Type", status=415)
    try:
        body = json.loads(request.body, parse_constant=_refuse)
    except RequestDataTooBig:
        raise TooLarge("请求正文超过 4 MB / The body is larger than 4 MB", parameter="body") from None
    except (ValueError, RecursionError):
        raise RequestFault("InvalidBody", "不是合法的 JSON / The body is not JSON", parameter="body") from None
    if not isinstance(body, dict):
        raise RequestFault("InvalidBody", "应为 JSON 对象 / The body must be a JSON object", parameter="body")
    return body


def content_crs(request: HttpRequest) -> crs.Offered:
    """Read Content-Crs: `<uri>`, CRS84 by default (OGC 20-002 §6)."""
    text = request.headers.get("Content-Crs", "").strip().strip("<>[]")
    try:
        return crs.offered(text or "CRS:84")
    except UnknownCrs:
        raise invalid("Content-Crs", "不提供此坐标系", "this CRS is not offered") from None


def values(feature: Mapping[str, Any]) -> dict[str, Any]:
    """Return a feature's properties."""
    if feature.get("type", "Feature") != "Feature":
        raise InvalidContent("应为一个要素 / a Feature is expected", parameter="type")
    found = feature.get("properties")
    if found is not None and not isinstance(found, dict):
        raise InvalidContent("应为对象 / an object is expected", parameter="properties")
    return found or {}


def geometry(feature: Mapping[str, Any], offered: crs.Offered) -> BaseGeometry | None:
    """Return a feature's geometry in EPSG:4490, x first; raises InvalidContent."""
    found = feature.get("geometry")
    if found is None:
        return None
    try:
        shape = shapely.from_geojson(json.dumps(found))
    except (shapely.GEOSException, RecursionError):
        raise InvalidContent("不是合法的 GeoJSON 图形 / not a GeoJSON geometry", parameter="geometry") from None
    if not isinstance(found, dict) or found.get("type") in ("Feature", "FeatureCollection"):
        raise InvalidContent("不是合法的 GeoJSON 图形 / not a GeoJSON geometry", parameter="geometry")
    return _stored(shape, offered)


def _stored(shape: BaseGeometry, offered: crs.Offered) -> BaseGeometry:
    flat = shapely.force_2d(shape)
    if offered.is_swapped:
        flat = shapely.transform(flat, lambda xy: xy[:, ::-1])
    if not crs.is_degrees(offered.srid):
        path = crs.transformer(offered.srid, crs.STORAGE)
        flat = shapely.transform(flat, lambda xy: np.column_stack(path.transform(xy[:, 0], xy[:, 1])))
    if not np.isfinite(shapely.get_coordinates(flat)).all():
        raise InvalidContent("坐标超出坐标系的范围 / coordinates outside the CRS", parameter="geometry")
    return flat


def change(call: Call, action: Any, feature: Mapping[str, Any], fid: int = 0, **conditions: Any) -> Change:
    """Make a change of a feature sent with `Content-Crs`."""
    return Change(
        action,
        fid,
        values(feature),
        geometry(feature, content_crs(call.request)),
        has_geometry=action != "update" or "geometry" in feature,
        **conditions,
    )


def conditions(request: HttpRequest) -> dict[str, Any]:
    """Read If-Match and If-Unmodified-Since (RFC 9110 §13.1): the states a change may start from."""
    found: dict[str, Any] = {}
    if (tags := request.headers.get("If-Match")) is not None and tags.strip() != "*":
        found["states"] = states(tags)
    elif moment := request.headers.get("If-Unmodified-Since"):
        found["unmodified_since"] = _moment(moment)
    return found


def states(tags: str) -> frozenset[int]:
    """Return the versions that strong ETags of ours name; weak ones never match (RFC 9110 §8.8.3.2)."""
    found = (_STATE.fullmatch(tag.strip()) for tag in tags.split(","))
    return frozenset(int(match[1]) for match in found if match)


def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, TypeError):
        return None  # RFC 9110 §13.1.4: a date that is none is no condition


def _refuse(word: str) -> None:
    raise ValueError(word)
