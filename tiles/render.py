"""The pictures door: LayerViews drawn as one picture, each in its style, cut to what its caller may see.

Neighbouring layers without a mask go to the engine in one call, and where one call is the whole
picture its bytes are the answer. Layers cut to an area are drawn alone, masked and laid on top of
each other here. No text of a request reaches the engine: its query is built from these values.
"""

import hashlib
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from django.conf import settings

from layers.access import LayerView
from layers.errors import InvalidValue, NotFound, RenderFailed, TooLarge, UnknownCrs
from layers.spec import Bounds, StyleSpec
from layers.style.defaults import default_style
from layers.style.legend import LegendClass, classes
from layers.style.mapfile_classes import WRITER_VERSION, Dimension
from layers.style.model import Style
from layers.style.reading import read
from tiles import compose, drawing, engine, fonts, mapfile, mask, pool
from tiles import legend as legends
from tiles.compose import Format
from tiles.mapfile import Band, Mapfile, Part

SRIDS = frozenset({4490, 4326, 3857, 4548, 4527})
_METRES_PER_DEGREE = 111319.49079327358
_SCENES_KEPT = 1024


@dataclass(frozen=True, slots=True)
class Drawn:
    """A view as a step of a picture; `date` (YYYYMMDD, 0 = latest) leaves later surveys' files out.

    `draft` is drawn instead of a style of the registry (the style editor).
    """

    view: LayerView
    style: str = ""
    opacity: float = 1.0
    date: int = 0
    draft: Style | None = None


@dataclass(frozen=True, slots=True)
class MapQuery:
    """A picture asked for: `layers` bottom first, `bounds` x = east first in EPSG:`srid`.

    `dpi` enlarges symbols and text for pixels smaller than 0.28 mm. Tiles are drawn with a rim:
    `bounds`, `width` and `height` include it, and no label touches the outer `buffer_px` pixels.
    """

    bounds: Bounds
    srid: int
    width: int
    height: int
    layers: tuple[Drawn, ...]
    transparent: bool = True
    background: tuple[int, int, int] = (255, 255, 255)
    format: Format = "png"
    dpi: float = mapfile.RESOLUTION
    buffer_px: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the picture, what of it is drawn at the scale, and how it is cut."""

    part: Part
    style_name: str
    date: int
    alpha: mask.Alpha | None


def draw(query: MapQuery) -> bytes:
    """Draw a picture; raises InvalidValue, TooLarge, UnknownCrs, NotFound (style) or RenderFailed."""
    _check(query)
    runs = list(_runs(_steps(query)))
    if not runs:
        return compose.blank(query)
    if len(runs) == 1 and runs[0][0].alpha is None and query.format in ("png", "png8", "jpeg"):
        answer = _ask(query, runs[0], transparent=query.transparent, format=query.format)
        return answer if answer is not None else compose.blank(query)
    return compose.encode(query, _layers(query, runs))


def _layers(query: MapQuery, runs: list[list[Step]]) -> Iterator[compose.Layer]:
    for run in runs:
        picture = _ask(query, run, transparent=True, format="raw")
        if picture is not None:
            blend = run[0].part.blend if len(run) == 1 else "normal"
            yield compose.Layer(picture, run[0].alpha, blend)


def _check(query: MapQuery) -> None:
    largest = settings.GEOBASE.max_pixels + 2 * query.buffer_px
    if not (0 < query.width <= largest and 0 < query.height <= largest):
        raise TooLarge(f"图像宽高为 1–{settings.GEOBASE.max_pixels} / 1–{settings.GEOBASE.max_pixels} pixels")
    if query.srid not in SRIDS:
        raise UnknownCrs(f"EPSG:{query.srid}")
    west, south, east, north = query.bounds
    if not (west < east and south < north):
        raise InvalidValue("范围为空 / the bounds are empty", parameter="BBOX")


def scale(query: MapQuery) -> float:
    """Return the scale denominator for pixels of 0.28 mm (OGC 17-083r4 §6.1), at the picture's dpi."""
    metres = (query.bounds[3] - query.bounds[1]) / query.height
    if query.srid in (4490, 4326):
        metres *= _METRES_PER_DEGREE
    return metres / (0.0254 / query.dpi)


def _steps(query: MapQuery) -> Iterator[Step]:
    """Expand composed maps, and leave out what lies outside its caller's area."""
    for drawn in query.layers:
        for member, part in _parts(drawn):
            given = mask.areas(member)
            alpha: mask.Alpha | bool = True
            if given is not None:
                alpha = mask.alpha(given, query.bounds, query.srid, (query.width, query.height))
            if alpha is not False:
                cut = None if alpha is True else alpha
                yield Step(part, drawn.style, drawn.date, cut)


def _parts(drawn: Drawn) -> Iterator[tuple[LayerView, Part]]:
    view = drawn.view
    if view.spec.kind == "map":
        for member, spec in view.members:
            # A member without a style of its own has the one called after the map, if there is one.
            name = spec.style or (view.spec.slug if member.spec.style(view.spec.slug) else "")
            inner = Drawn(member, name, drawn.opacity * spec.opacity, drawn.date)
            yield from _parts(inner)
    elif view.spec.kind == "cascaded":
        raise InvalidValue(f"{view.spec.slug}: 级联图层不由绘图引擎绘制 / cascaded layers are not drawn here")
    elif view.version > 0:
        yield view, Part(view, drawn.draft or style_of(view, drawn.style), drawn.opacity, view.spec.blend)


def styles_of(view: LayerView) -> tuple[StyleSpec, ...]:
    """Return a layer's styles, the default first: those of the registry, else what is made up for it."""
    spec = view.spec
    if spec.styles or spec.kind in ("map", "cascaded"):
        return spec.styles
    values = drawing.values(view) if spec.kind in ("imagery", "elevation") else None
    return _made_up(spec.slug, spec.fields, spec.geometry or spec.kind, spec.title_field, values)


def style_of(view: LayerView, name: str = "") -> Style:
    """Return a layer's style by name; "" and "default" are its first."""
    known = styles_of(view)
    found = next((each for each in known if name in ("", "default", each.name)), None)
    if found is None:
        raise NotFound(f"没有样式 / no style {name}", parameter="STYLES")
    return read(found.body)


_made_up = lru_cache(maxsize=512)(default_style)


def _runs(steps: Iterator[Step]) -> Iterator[list[Step]]:
    """Put neighbours that need no mask together; a masked step stays alone."""
    run: list[Step] = []
    for step in steps:
        if run and (step.alpha is not None or run[0].alpha is not None):
            yield run
            run = []
        run.append(step)
    if run:
        yield run


def _ask(
    query: MapQuery, run: list[Step], *, transparent: bool, format: Literal["png", "png8", "jpeg", "raw"]
) -> bytes | None:
    """Have the engine draw one run; None when nothing of it is drawn at the scale."""
    for is_last in (False, True):
        scene = _scene(query, run)
        if not scene.layers:
            return None
        answer = pool.ask(_parameters(query, run, scene, transparent=transparent, format=format))
        if answer.media_type.startswith("image/"):
            return answer.body
        if not is_last:
            # A pruned mapfile or function is made again; anything else fails the same way once more.
            drawing.forget()
            with _scenes_lock:
                _scenes.clear()
    engine.report(answer.body)
    raise RenderFailed


def _parameters(
    query: MapQuery, run: list[Step], scene: Mapfile, *, transparent: bool, format: str
) -> dict[str, str]:
    versions = "".join(f"&v{n}={step.part.view.version}&d{n}={step.date}" for n, step in enumerate(run))
    background = "0x{:02x}{:02x}{:02x}".format(*query.background)
    opaque = "rgb" if format == "png" and not transparent else format
    resolution = "" if query.dpi == mapfile.RESOLUTION else f"&MAP_RESOLUTION={query.dpi:g}"
    text = (
        f"map={scene.path}&SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&STYLES=&LAYERS={','.join(scene.layers)}"
        f"&SRS=EPSG:{query.srid}&BBOX={','.join(map(repr, query.bounds))}"
        f"&WIDTH={query.width}&HEIGHT={query.height}&FORMAT={opaque}"
        f"&TRANSPARENT={str(transparent).upper()}&BGCOLOR={background}{resolution}{versions}"
    )
    return {"REQUEST_METHOD": "GET", "QUERY_STRING": text}


_scenes: OrderedDict[tuple[Any, ...], tuple[list[Part], Mapfile]] = OrderedDict()
_scenes_lock = threading.Lock()


def _scene(query: MapQuery, run: list[Step]) -> Mapfile:
    """Return the run's mapfile for the query's band of scales, from an LRU."""
    denominator = scale(query)
    parts = [step.part for step in run]
    # The parts kept in the value keep their specs alive, so an id() is never another spec's.
    key = (query.buffer_px, *(_part_key(part, denominator) for part in parts))
    with _scenes_lock:
        if found := _scenes.get(key):
            _scenes.move_to_end(key)
            return found[1]
    bands: list[Band] = [mapfile.band(part, denominator) for part in parts]
    # The lowest has nothing to blend with.
    blended = [Part(each.view, each.style, each.opacity, each.blend if n else "normal") for n, each in enumerate(parts)]
    built = mapfile.build(blended, bands, edge_px=query.buffer_px)
    with _scenes_lock:
        _scenes[key] = (parts, built)
        while len(_scenes) > _SCENES_KEPT:
            _scenes.popitem(last=False)
    return built


def _part_key(part: Part, denominator: float) -> tuple[Any, ...]:
    band = bisect_right(mapfile.breaks(part), denominator)
    tables = sum(each.since <= part.view.version for each in part.view.spec.generalised)
    return id(part.view.spec), part.view.policy, id(part.style), part.opacity, part.blend, band, tables


def legend_classes(view: LayerView, style: str = "") -> tuple[LegendClass, ...]:
    """Return the classes of a view's style with a small SVG of each; a composed map's are its members'."""
    return tuple(entry for entry, _ in _entries(view, style))


def legend_shown(view: LayerView, bounds: Bounds, style: str = "") -> tuple[int, ...]:
    """Return which of `legend_classes` (places from 0) a vector view has features of within lon/lat bounds."""
    shown = style_of(view, style)
    within = drawing.classes_within(view, shown, bounds)
    drawn = {id(rule) for number, rule in enumerate(shown.rules) if number in within}
    return tuple(place for place, entry in enumerate(legend_classes(view, style)) if id(entry.rule) in drawn)


def legend(view: LayerView, style: str = "", *, language: str = "zh", scale: float = 0.0) -> bytes:
    """Return a PNG of the legend in `language`; with `scale` only the rules drawn at 1:`scale`."""
    entries = [
        (each, kind)
        for each, kind in _entries(view, style)
        if not scale or each.rule is None or each.rule.is_drawn_at(scale)
    ]
    return legends.picture(entries, language, str(settings.GEOBASE.font))


def _entries(view: LayerView, style: str) -> Iterator[tuple[LegendClass, Dimension | None]]:
    for member, part in _parts(Drawn(view, style)):
        is_vector = member.spec.kind == "vector"
        kind = drawing.dimensions(member)[0] if is_vector else None
        for each in classes(part.style, kind or "raster", member.spec.title):
            yield each, kind


def drawing_hash(view: LayerView, style: str = "") -> str:
    """Name all that decides how a view looks except its rows: part of every tile's cache key."""
    parts = [fonts.fonts().digest, str(WRITER_VERSION), engine.version()]
    for member, part in _parts(Drawn(view, style)):
        spec = member.spec
        parts += [spec.slug, part.style.text, part.blend, f"{part.opacity} {spec.min_scale} {spec.max_scale}"]
        parts += [f"{each.table} {each.min_scale} {each.tolerance_m}" for each in spec.generalised]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
