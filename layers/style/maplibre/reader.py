"""A MapLibre style document read into rules of ours, with a list of what had to be left out."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from layers.errors import InvalidFilter
from layers.filters import Node
from layers.filters.ast import Logical
from layers.filters.fes import Types
from layers.spec import Title
from layers.style.dropped import Dropped, Imported
from layers.style.exclusion import exclusive
from layers.style.maplibre import values
from layers.style.maplibre.expression_reader import Reader
from layers.style.maplibre.symbols import Look, symbolizers
from layers.style.maplibre.writer import MAX_ZOOM, ZOOM_0
from layers.style.model import Fill, Line, Raster, Rule
from layers.style.painting import Paint, rules
from layers.style.reading import InvalidStyle, read_symbolizer

_DRAWN = ("fill", "line", "circle", "symbol", "fill-extrusion")
MAX_LAYERS = 2000
MAX_PAINTS = 5000


def read(document: str | bytes | dict[str, Any], types: Types | None = None) -> Imported:
    """Read a document; of several source layers the one with most layers. Raises InvalidStyle."""
    body = document if isinstance(document, dict) else _json(document)
    listed = body.get("layers")
    if body.get("version") != 8 or not isinstance(listed, list):
        raise InvalidStyle('不是 MapLibre 样式："version": 8 与 layers / not a MapLibre style: "version": 8 and layers')
    if len(listed) > MAX_LAYERS:
        raise InvalidStyle(f"超过 {MAX_LAYERS} 个图层 / more than {MAX_LAYERS} layers")
    title = str(body.get("name") or "")[:120]
    for layer in listed:
        if isinstance(layer, dict) and isinstance(own := _metadata(layer).get("geobase:raster"), list):
            return Imported(_rasters(own), (), title)
    reading = _Reading(types)
    paints: list[Paint] = []
    for place, layer in enumerate(listed):
        found = reading.layer(layer, place)
        paints[-1:], found = _outlined(paints[-1:], found, layer)
        paints += found
    if not paints:
        what = "; ".join(f"{each.path}: {each.zh} / {each.en}" for each in reading.dropped[:3])
        raise InvalidStyle(f"没有可绘制的图层 / no layer that can be drawn. {what}".strip())
    made, overlaps = rules(paints)
    return Imported(made, (*reading.dropped, *overlaps), title)


class _Reading:
    """One document being read: what was dropped, and which layers may refer to which."""

    def __init__(self, types: Types | None) -> None:
        self.types = types
        self.dropped: list[Dropped] = []
        self.count = 0

    def note(self, place: str, zh: str, en: str) -> None:
        """Note what is dropped, once."""
        found = Dropped(place, zh, en)
        if found not in self.dropped:
            self.dropped.append(found)

    def layer(self, layer: Any, place: int) -> list[Paint]:
        """Read one layer into paints."""
        kind = layer.get("type") if isinstance(layer, dict) else None
        where = f"layers[{place}]"
        if kind not in _DRAWN:
            self.note(where, f"{str(kind)[:40]} 图层未读入", f"a layer of type {str(kind)[:40]} is left out")
            return []
        if _dict(layer, "layout").get("visibility") == "none":
            self.note(where, "隐藏的图层未读入", "a layer that is not visible is left out")
            return []
        try:
            return list(self.paints(layer, place, where))
        except InvalidFilter as fault:
            self.note(where, f"整个图层未读入：{fault.detail}", f"the whole layer is left out: {fault.detail}")
            return []

    def paints(self, layer: dict[str, Any], place: int, where: str) -> Iterator[Paint]:
        """Cut a layer into bands of zoom and branches of attributes."""
        reader = Reader(self.types, lambda: self.note(f"{where}.filter", "几何类型的条件未读入", "a condition on the geometry's type is left out"))
        condition = reader.condition(layer["filter"]) if layer.get("filter") is not None else None
        metadata = _metadata(layer)
        titles = metadata.get("geobase:title")
        title = Title(str(titles.get("zh", "")), str(titles.get("en", ""))) if isinstance(titles, dict) else Title(str(layer.get("id", ""))[:120])
        level = metadata.get("geobase:pass", place)
        properties = {**_dict(layer, "layout"), **_dict(layer, "paint")}
        for low, high in _bands(layer, properties):
            middle = _middle(low, high)
            flat = {key: values.at_zoom(value, middle) for key, value in properties.items()}
            for branch, chosen in self.branches(flat, reader, where):
                look = Look(str(layer["type"]), chosen, metadata, lambda key, zh, en: self.note(f"{where}.{key}", zh, en))
                for part in symbolizers(look, reader):
                    self.count += 1
                    if self.count > MAX_PAINTS:
                        raise InvalidStyle(f"超过 {MAX_PAINTS} 个符号 / more than {MAX_PAINTS} symbolizers")
                    yield Paint(
                        symbolizer=part, condition=_both(condition, branch), level=level if isinstance(level, int) else place,
                        name=str(metadata.get("geobase:rule") or layer.get("id") or where)[:60], title=title,
                        min_scale=_scale(low) if low > 0 else 0.0, max_scale=_scale(high) if high < MAX_ZOOM else 0.0,
                    )  # fmt: skip

    def branches(self, flat: dict[str, Any], reader: Reader, where: str) -> Iterator[tuple[Node | None, dict[str, Any]]]:
        """Give each combination of values by attribute; the first value that branches decides how."""
        read = {
            key: values.branches(value, reader, lambda zh, en, key=key: self.note(f"{where}.{key}", zh, en))  # type: ignore[misc]
            for key, value in flat.items() if key not in ("text-field", "icon-image")
        }  # fmt: skip
        if isinstance(flat.get("icon-image"), list):
            read["icon-image"] = values.branches(flat["icon-image"], reader, lambda zh, en: None)
        leading = next((found for found in read.values() if len(found) > 1), [(None, None)])
        conditions = exclusive([test for test, _ in leading])
        # What comes first has the say, so it is painted last.
        for (test, _), condition in reversed([*zip(leading, conditions, strict=True)]):
            chosen = dict(flat)
            for key, found in read.items():
                match = [output for each, output in found if each == test]
                if not match:
                    self.note(f"{where}.{key}", "与另一属性的分级不一致，用了缺省值", "its classes differ from another value's; the default is used")
                chosen[key] = match[0] if match else found[-1][1]
            yield condition, chosen


def _bands(layer: dict[str, Any], properties: dict[str, Any]) -> Iterator[tuple[float, float]]:
    low, high = _zoom(layer, "minzoom", 0.0), _zoom(layer, "maxzoom", MAX_ZOOM)
    breaks = {each for value in properties.values() for each in values.zooms(value) if low < each < high}
    edges = [low, *sorted(breaks), high]
    yield from ((first, second) for first, second in pairwise(edges) if first < second)


def _zoom(layer: dict[str, Any], key: str, default: float) -> float:
    value = layer.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_ZOOM:
        return default
    return float(value)


def _middle(low: float, high: float) -> float:
    """Return the zoom whose value stands for a band: a whole one where the band has one."""
    whole = round((max(low, 0) + min(high, MAX_ZOOM)) / 2)
    return float(whole) if low <= whole <= high else (low + high) / 2


def _scale(zoom: float) -> float:
    """Return the denominator at a zoom, rounded so that a scale written as zoom comes back as it was."""
    return float(f"{ZOOM_0 / 2**zoom:.10g}")


def _both(one: Node | None, other: Node | None) -> Node | None:
    parts = [each for part in (one, other) if part is not None for each in (part.operands if isinstance(part, Logical) and part.operator == "and" else (part,))]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Logical("and", tuple(parts))


def _rasters(own: list[Any]) -> tuple[Rule, ...]:
    parts: dict[tuple[str, str, str], list[Raster]] = {}
    for each in own:
        if not isinstance(each, dict):
            raise InvalidStyle("geobase:raster")
        titles = each.get("title") if isinstance(each.get("title"), dict) else {}
        key = (str(each.get("rule", "")), str((titles or {}).get("zh", "")), str((titles or {}).get("en", "")))
        part = read_symbolizer({name: value for name, value in each.items() if name not in ("rule", "title")})
        if isinstance(part, Raster):
            parts.setdefault(key, []).append(part)
    if not parts:
        raise InvalidStyle("没有可绘制的图层 / no layer that can be drawn")
    return tuple(Rule(name=name, title=Title(zh, en), symbolizers=tuple(found)) for (name, zh, en), found in parts.items())


def _json(document: str | bytes) -> dict[str, Any]:
    try:
        body = json.loads(document)
    except (ValueError, RecursionError):
        raise InvalidStyle("不是 JSON / not JSON") from None
    if not isinstance(body, dict):
        raise InvalidStyle("须为对象 / must be an object")
    return body


def _dict(layer: dict[str, Any], key: str) -> dict[str, Any]:
    found = layer.get(key)
    return found if isinstance(found, dict) else {}


def _metadata(layer: dict[str, Any]) -> dict[str, Any]:
    return _dict(layer, "metadata")


def _outlined(last: list[Paint], found: list[Paint], layer: Any) -> tuple[list[Paint], list[Paint]]:
    """Put the outline that our writer made a line of back to its fill."""
    if not (last and found and isinstance(layer, dict) and _metadata(layer).get("geobase:role") == "outline"):
        return last, found
    area, edge = last[0].symbolizer, found[0].symbolizer
    if not (isinstance(area, Fill) and isinstance(edge, Line)):
        return last, found
    return [replace(last[0], symbolizer=replace(area, outline=edge.color, outline_width=edge.width))], found[1:]
