"""The sprite of a MapLibre style: one picture with all its hatches, marks, icons and plates, and where each lies.

Marks, icons and patterns are drawn by the engine that draws the map, so they are alike in both.
"""

import io
from collections.abc import Sequence
from functools import lru_cache
from math import ceil, cos, radians, sin
from typing import Any, Literal

from PIL import Image, ImageDraw

from layers.errors import RenderFailed
from layers.style import mapfile_classes
from layers.style.maplibre.images import Image as Named
from layers.style.maplibre.images import Plate, image_of
from layers.style.model import Hatch, Icon, Mark, Pattern
from tiles import engine, mapfile, pool

type Ratio = Literal[1, 2]
_FINER = 4
_PLATE_PX = 16
LARGEST_PX = 4096


@lru_cache(maxsize=128)
def sprite(names: tuple[str, ...], ratio: Ratio) -> tuple[bytes, dict[str, dict[str, Any]]]:
    """Return a PNG and the place of each name in it, for screens of `ratio` pixels a pixel; raises RenderFailed."""
    known = [(name, image) for name in names if (image := image_of(name)) is not None]
    sizes = [_size(image, ratio) for _, image in known]
    places, top = [], 0
    for width, height in sizes:
        if top + height > LARGEST_PX:
            break
        places.append((0, top, width, height))
        top += height
    whole = Image.new("RGBA", (max((each[2] for each in places), default=1), max(top, 1)))
    drawn = [(image, place) for (_, image), place in zip(known, places, strict=False)]
    if sheet := _sheet(drawn, whole.size, ratio):
        whole.alpha_composite(sheet)
    for image, (x, y, width, height) in drawn:
        if isinstance(image, Hatch):
            whole.alpha_composite(hatch(image, width, height, ratio), (x, y))
        elif isinstance(image, Plate):
            _plate(whole, image, (x, y, width, height), ratio)
    file = io.BytesIO()
    whole.save(file, "PNG")
    return file.getvalue(), {name: _entry(image, place, ratio) for (name, image), place in zip(known, places, strict=False)}


def _size(image: Named, ratio: Ratio) -> tuple[int, int]:
    match image:
        case Hatch():
            return _period(image, ratio)
        case Pattern():
            return (round(image.gap * ratio),) * 2
        case Mark():
            # A pin reaches below its size, and the outline goes half outside.
            return (ceil((image.size * 1.5 + image.outline_width + 2) * ratio),) * 2
        case Icon():
            return (ceil((image.size + 2) * ratio),) * 2
    return (_PLATE_PX * ratio,) * 2


def _entry(image: Named, place: tuple[int, int, int, int], ratio: Ratio) -> dict[str, Any]:
    x, y, width, height = place
    found: dict[str, Any] = {"x": x, "y": y, "width": width, "height": height, "pixelRatio": ratio}
    if isinstance(image, Plate):
        low, high = _PLATE_PX * ratio // 3, _PLATE_PX * ratio * 2 // 3
        found |= {"stretchX": [[low, high]], "stretchY": [[low, high]], "content": [2 * ratio, 2 * ratio, width - 2 * ratio, height - 2 * ratio]}
    return found


def _period(image: Hatch, ratio: Ratio) -> tuple[int, int]:
    """Return a tile at whose edges the lines meet again."""
    along, across = abs(sin(radians(image.angle))), abs(cos(radians(image.angle)))
    step = image.spacing * ratio
    width = step / along if along > 0.05 else 8 * ratio
    height = step / across if across > 0.05 else 8 * ratio
    return max(1, min(round(width), 1024)), max(1, min(round(height), 1024))


def hatch(image: Hatch, width: int, height: int, ratio: Ratio) -> Image.Image:
    """Draw one tile of parallel lines, which joins itself on every side."""
    wide, high = width * _FINER, height * _FINER
    mask = Image.new("L", (wide, high))
    pen = ImageDraw.Draw(mask)
    thick = max(1, round(image.width * ratio * _FINER))
    angle = image.angle % 180
    for shift in range(-2, 3):
        if min(angle, 180 - angle) < 3:
            line: tuple[float, float, float, float] = (-wide, high / 2 + shift * high, 2 * wide, high / 2 + shift * high)
        elif abs(angle - 90) < 3:
            line = (wide / 2 + shift * wide, -high, wide / 2 + shift * wide, 2 * high)
        else:
            rise = -1 if angle < 90 else 1
            middle = (wide / 2 + shift * wide, high / 2)
            line = (middle[0] - 2 * wide, middle[1] - rise * 2 * high, middle[0] + 2 * wide, middle[1] + rise * 2 * high)
        pen.line(line, fill=round(255 * image.opacity), width=thick)
    made = Image.new("RGBA", (width, height), image.color)
    made.putalpha(mask.resize((width, height), Image.Resampling.BOX))
    return made


def _plate(whole: Image.Image, image: Plate, place: tuple[int, int, int, int], ratio: Ratio) -> None:
    x, y, width, height = place
    large = Image.new("RGBA", (width * _FINER, height * _FINER))
    pen = ImageDraw.Draw(large)
    edge = ratio * _FINER
    pen.rounded_rectangle((0, 0, width * _FINER - 1, height * _FINER - 1), 3 * edge, "#ffffff")
    pen.rounded_rectangle((edge, edge, (width - ratio) * _FINER - 1, (height - ratio) * _FINER - 1), 2 * edge, image.color)
    whole.alpha_composite(large.resize((width, height), Image.Resampling.BOX), (x, y))


def _sheet(drawn: Sequence[tuple[Named, tuple[int, int, int, int]]], size: tuple[int, int], ratio: Ratio) -> Image.Image | None:
    """Have the engine draw the points, on a sheet whose unit is the pixel."""
    points = [(image, place) for image, place in drawn if isinstance(image, Mark | Icon | Pattern)]
    if not points:
        return None
    layers = [_layer(number, image, place, size[1], ratio) for number, (image, place) in enumerate(points)]
    path = mapfile.sheet("".join(layers), [image for image, _ in points if isinstance(image, Icon)])
    names = ",".join(f"s{number}" for number in range(len(points)))
    text = (
        f"map={path}&SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&STYLES=&LAYERS={names}&SRS=EPSG:4548"
        f"&BBOX=0,0,{size[0]},{size[1]}&WIDTH={size[0]}&HEIGHT={size[1]}&FORMAT=raw&TRANSPARENT=TRUE"
    )
    answer = pool.ask({"REQUEST_METHOD": "GET", "QUERY_STRING": text})
    if not answer.media_type.startswith("image/"):
        engine.report(answer.body)
        raise RenderFailed
    return Image.open(io.BytesIO(answer.body)).convert("RGBA")


def _layer(number: int, image: Mark | Icon | Pattern, place: tuple[int, int, int, int], height: int, ratio: Ratio) -> str:
    x, y, width, tall = place
    match image:
        case Icon():
            part: Mark | Icon = Icon(name=image.name, size=image.size * ratio)
        case Pattern():
            part = Mark(shape=image.shape, size=image.size * ratio, color=image.color, opacity=image.opacity)
        case Mark():
            part = Mark(shape=image.shape, size=image.size * ratio, color=image.color, opacity=image.opacity,
                        outline=image.outline, outline_width=image.outline_width * ratio)  # fmt: skip
    classes = mapfile_classes.classes([(0, (part,))], "point", {}).replace(' EXPRESSION "0"', "", 1)
    return (
        f'LAYER NAME "s{number}" TYPE POINT STATUS ON PROJECTION "init=epsg:4548" END\nMETADATA "wms_title" "s" END\n'
        f"FEATURE POINTS {x + width / 2} {height - y - tall / 2} END END\n{classes}END\n"
    )
