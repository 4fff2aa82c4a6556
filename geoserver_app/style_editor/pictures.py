"""Where and how large the editor's picture of a draft is, and what lies below it."""

from math import log, radians, tan
from typing import Any

from django.http import HttpRequest

from geoserver_app.caller import caller
from layers import access
from layers.access import LayerView
from layers.errors import InvalidValue
from layers.spec import Bounds
from layers.style.model import Style
from tiles import render

_PIXEL_M = 0.00028
_METRES_PER_DEGREE = 111319.49079327358
_LARGEST = 1600


def picture(request: HttpRequest, view: LayerView, draft: Style, asked: dict[str, Any]) -> bytes:
    """Draw the draft over the base asked for, for the caller who edits; raises InvalidValue, RenderFailed."""
    width, height = (int(_number(asked, name, 64, _LARGEST, 640)) for name in ("width", "height"))
    layers = [render.Drawn(base) for base in _base(request, asked)]
    layers.append(render.Drawn(view, draft=draft))
    query = render.MapQuery(_bounds(asked, width, height), 3857, width, height, tuple(layers), transparent=False, background=(250, 250, 248))
    return render.draw(query)


def _base(request: HttpRequest, asked: dict[str, Any]) -> list[LayerView]:
    slug = asked.get("base")
    found = access.decide(caller(request), slug, "view") if isinstance(slug, str) and slug else None
    return [found] if found is not None and found.spec.is_base else []


def _bounds(asked: dict[str, Any], width: int, height: int) -> Bounds:
    """Return the box in EPSG:3857 whose scale, as the map counts it (0.28 mm at the equator), is the one asked."""
    lon, lat = _number(asked, "lon", -180, 180, 0), _number(asked, "lat", -85, 85, 0)
    scale = _number(asked, "scale", 50, 600_000_000, 10_000)
    x = lon * _METRES_PER_DEGREE
    y = _mercator(lat)
    half = scale * _PIXEL_M / 2
    return x - width * half, y - height * half, x + width * half, y + height * half


def _mercator(lat: float) -> float:
    return 6378137.0 * log(tan(radians(45 + lat / 2)))


def _number(asked: dict[str, Any], name: str, low: float, high: float, default: float) -> float:
    value = asked.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InvalidValue(f"{name}: {low:g}–{high:g}", parameter=name)
    return float(value)
