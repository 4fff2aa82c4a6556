"""The legend as one picture: swatches drawn by the engine as the map is, titles written beside them."""

import io
from collections.abc import Sequence
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from layers.errors import RenderFailed
from layers.style import mapfile_classes
from layers.style.legend import LegendClass
from layers.style.mapfile_classes import Dimension
from layers.style.model import Icon, Rule, Text
from tiles import engine, mapfile, pool

ROW, SWATCH, GAP, SIZE = 24, 34, 8, 14
_INK = (22, 33, 43)
_PAPER = (255, 255, 255)


def picture(entries: Sequence[tuple[LegendClass, Dimension | None]], language: str, font: str) -> bytes:
    """Draw the classes under each other; None as dimension = take the class's colour from its SVG."""
    titles = [each.title(language) for each, _ in entries]
    face = ImageFont.truetype(font, SIZE, index=0)
    wide = max((face.getlength(title) for title in titles), default=0)
    size = (round(SWATCH + GAP * 2 + wide), max(ROW * len(entries), 1))
    whole = Image.new("RGB", size, _PAPER)
    rules = tuple((place, entry.rule, kind) for place, (entry, kind) in enumerate(entries) if kind and entry.rule)
    if rules:
        drawn = Image.open(io.BytesIO(_swatches(rules, len(entries)))).convert("RGBA")
        whole.paste(drawn, (0, 0), drawn)
    pen = ImageDraw.Draw(whole)
    for place, (title, (entry, kind)) in enumerate(zip(titles, entries, strict=True)):
        if kind is None:
            _colour(pen, place, entry)
        pen.text((SWATCH + GAP, place * ROW + ROW / 2), title, fill=_INK, font=face, anchor="lm")
    file = io.BytesIO()
    whole.save(file, "PNG", compress_level=6)
    return file.getvalue()


def _colour(pen: ImageDraw.ImageDraw, place: int, entry: LegendClass) -> None:
    start = entry.swatch.find('fill="#')
    if start >= 0:
        top = place * ROW
        pen.rectangle((4, top + 4, SWATCH - 2, top + ROW - 5), fill=entry.swatch[start + 6 : start + 13])


@lru_cache(maxsize=256)
def _swatches(rules: tuple[tuple[int, Rule, Dimension], ...], rows: int) -> bytes:
    """Have the engine draw one shape for each rule, on a sheet whose unit is the pixel."""
    height = rows * ROW
    layers = [_layer(place, rule, kind, height - place * ROW) for place, rule, kind in rules]
    symbolizers = {each for _, rule, _ in rules for each in rule.symbolizers if isinstance(each, Icon)}
    path = mapfile.sheet("".join(layers), symbolizers)
    names = ",".join(f"c{place}" for place, _, _ in rules)
    text = (
        f"map={path}&SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&STYLES=&LAYERS={names}&SRS=EPSG:4548"
        f"&BBOX=0,0,{SWATCH},{height}&WIDTH={SWATCH}&HEIGHT={height}&FORMAT=raw&TRANSPARENT=TRUE"
    )
    answer = pool.ask({"REQUEST_METHOD": "GET", "QUERY_STRING": text})
    if not answer.media_type.startswith("image/"):
        engine.report(answer.body)
        raise RenderFailed
    return answer.body


def _layer(place: int, rule: Rule, kind: Dimension, top: int) -> str:
    largest = min((each.max_scale for each in rule.symbolizers if not isinstance(each, Text)), default=0.0)
    parts = tuple(
        each for each in rule.symbolizers if not isinstance(each, Text) and each.max_scale <= largest
    )
    left, right, low, high = 4, SWATCH - 2, top - ROW + 4, top - 4
    middle = (low + high) / 2
    shapes = {
        "point": f"{(left + right) / 2} {middle}",
        "line": f"{left} {middle} {right} {middle}",
        "polygon": f"{left} {low} {right} {low} {right} {high} {left} {high} {left} {low}",
    }
    return (
        f'LAYER NAME "c{place}" TYPE {kind.upper()} STATUS ON PROJECTION "init=epsg:4548" END\n'
        f'METADATA "wms_title" "c" END\nFEATURE POINTS {shapes[kind]} END END\n'
        f"{mapfile_classes.classes([(0, parts)], kind, {}).replace(' EXPRESSION "0"', '', 1)}END\n"
    )
