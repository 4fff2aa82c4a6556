"""What shows where a map draws nothing: bgcolor, transparent, and their like outside the CRS (OGC 20-058 §9)."""

import io
import re
from dataclasses import dataclass
from math import pi

import numpy as np
from PIL import Image, ImageColor

from geoserver_app.ogcapi.call import Call, invalid
from geoserver_app.ogcapi.maps.frame import Frame
from layers import crs

PARAMETERS = ("bgcolor", "transparent", "void-color", "void-transparent")
type Colour = tuple[int, int, int]
_COLOUR = re.compile(r"0x[0-9A-Fa-f]{6}|[A-Za-z]{3,24}", re.ASCII)
_MERCATOR_M = 6378137.0 * pi


@dataclass(frozen=True, slots=True)
class Ground:
    """A colour, and whether nothing is there instead."""

    colour: Colour
    is_clear: bool


@dataclass(frozen=True, slots=True)
class Background:
    """The ground inside and outside the places that the CRS has."""

    inside: Ground
    void: Ground


def background(call: Call) -> Background:
    """Read the background: transparent unless a colour is given."""
    inside = _ground(call, "bgcolor", "transparent", Ground((255, 255, 255), is_clear="bgcolor" not in call.parameters))
    return Background(inside, _ground(call, "void-color", "void-transparent", inside))


def _ground(call: Call, colour: str, clear: str, default: Ground) -> Ground:
    return Ground(_colour(call, colour, default.colour), _flag(call, clear, default=default.is_clear))


def _colour(call: Call, name: str, default: Colour) -> Colour:
    text = call.parameters.get(name)
    if text is None:
        return default
    try:
        if not _COLOUR.fullmatch(text):
            raise ValueError
        red, green, blue = ImageColor.getrgb(f"#{text[2:]}" if text[:2] in ("0x", "0X") else text.lower())[:3]
    except ValueError:
        raise invalid(name, "形如 0xRRGGBB 或 CSS 颜色名", "0xRRGGBB or a CSS colour name") from None
    return red, green, blue


def _flag(call: Call, name: str, *, default: bool) -> bool:
    text = call.parameters.get(name)
    if text is None:
        return default
    if text.lower() not in ("true", "false"):
        raise invalid(name, "须为 true 或 false", "true or false")
    return text.lower() == "true"


def with_void(picture: bytes, frame: Frame, ground: Background) -> Image.Image:
    """Lay a PNG with alpha on the ground, whose void begins where the CRS ends."""
    drawn = Image.open(io.BytesIO(picture)).convert("RGBA")
    whole = np.empty((frame.height, frame.width, 4), dtype=np.uint8)
    whole[...] = _rgba(ground.inside)
    whole[~_on_earth(frame)] = _rgba(ground.void)
    return Image.alpha_composite(Image.fromarray(whole), drawn)


def _rgba(ground: Ground) -> tuple[int, int, int, int]:
    return (*ground.colour, 0 if ground.is_clear else 255)


def _on_earth(frame: Frame) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Tell which pixels have a place on earth."""
    west, south, east, north = frame.bounds
    x = west + (east - west) * (np.arange(frame.width) + 0.5) / frame.width
    y = north - (north - south) * (np.arange(frame.height) + 0.5) / frame.height
    if crs.is_degrees(frame.offered.srid):
        return np.outer(np.abs(y) <= 90, np.abs(x) <= 180)
    if frame.offered.srid == 3857:
        return np.outer(np.abs(y) <= _MERCATOR_M, np.abs(x) <= _MERCATOR_M)
    # A Gauss-Krüger zone has no edge of its own; beyond half the globe nothing is there.
    return np.outer(np.abs(y) <= _MERCATOR_M / 2, np.ones(len(x), dtype=bool))
