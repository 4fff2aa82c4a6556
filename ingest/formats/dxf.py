"""Drawings (DXF R12 to 2018, ASCII and binary) become tables: one for each layer and kind of figure.

A closed outline is an area, except on layers of contours; texts and blocks are points with their words. A drawing of CASS
is sorted into DLG feature classes by its SOUTH codes (cass). Model space only; the whole drawing is held in memory.
"""

import math
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import ezdxf.path
import shapely
from ezdxf import filemanagement, recover
from ezdxf.lldxf.const import DXFError

from ingest import encoding as encodings
from ingest.findings import refuse
from ingest.formats import cass
from ingest.formats.tables import NUMBER, TEXT, Converted, Table

FIELDS = (
    ("图层", TEXT), ("编码", TEXT), ("名称", TEXT), ("GB", TEXT), ("文字", TEXT), ("块", TEXT), ("属性", TEXT), ("高程", NUMBER),
    ("角度", NUMBER), ("字高", NUMBER), ("颜色", NUMBER), ("线型", TEXT), ("句柄", TEXT),
)  # fmt: skip
_SUFFIX = {"Point": "P", "LineString": "L", "Polygon": "A", "Text": "T"}
_LINES_ONLY = ("DGX", "DSX", "TERL")
_MOST_ENTITIES = 3_000_000
_DEEPEST = 6
_SAG_M = 0.005
_SAMPLE_BYTES = 8 << 20
_LINES = ("LINE", "LWPOLYLINE", "ARC", "CIRCLE", "ELLIPSE", "SPLINE")
_TEXTS = ("TEXT", "MTEXT", "ATTRIB", "ATTDEF")


def convert(path: Path, converted: Converted, _encoding: str) -> None:
    """Read a drawing into tables; raises Refused when it holds no drawing."""
    drawing = _open(path, converted)
    sort(drawing, converted)


def sort(drawing: Any, converted: Converted) -> None:
    """Sort a drawing's entities into tables by feature class or layer, and by kind of figure."""
    sorter = _Sorter(converted, cass.is_cass({layer.dxf.name for layer in drawing.layers}))
    for entity in islice(drawing.modelspace(), _MOST_ENTITIES):
        sorter.take(entity, 0)
    if not sorter.tables:
        raise refuse("dxf-empty", "图形文件的模型空间中没有图形", "there is nothing in the drawing's model space")
    sorter.report()


def _open(path: Path, converted: Converted) -> Any:
    declared, texts = _sample(path)
    encoding, evidence, certain = encodings.choose(texts, declared) if texts else (declared or "utf-8", "", True)
    if texts and encoding != declared:
        converted.say("encoding-detected", "info" if certain else "warning",
                      f"图中文字编码判定为 {encoding}（声明为 {declared or '未声明'}；{evidence}）",
                      f"texts are read as {encoding} (declared: {declared or 'nothing'}; {evidence})")  # fmt: skip
    try:
        return filemanagement.readfile(path, encoding=encoding)
    except (DXFError, UnicodeDecodeError, ValueError, KeyError, AttributeError, TypeError):
        pass  # not as the standard has it: the tolerant reader is next
    try:
        drawing, auditor = recover.readfile(path)
    except (DXFError, OSError, ValueError, KeyError, IndexError, AttributeError, TypeError, RecursionError) as error:
        raise refuse("dxf-unreadable", f"DXF 损坏或不完整，无法读取（{_reason(error)}）",
                     f"the DXF is damaged or cut short ({_reason(error)})") from None  # fmt: skip
    converted.say("dxf-repaired", "warning", f"DXF 不规范，已按可读内容接收（修正 {len(auditor.fixes)} 处）",
                  f"the DXF is irregular; taken as far as it can be read ({len(auditor.fixes)} repairs)")  # fmt: skip
    return drawing


def _reason(error: Exception) -> str:
    return str(error).rpartition(": ")[2][:80] or type(error).__name__


def _sample(path: Path) -> tuple[str, list[bytes]]:
    """Return the declared encoding ("" = none) and the lines that are not ASCII."""
    with path.open("rb") as file:
        raw = file.read(_SAMPLE_BYTES)
    lines = [line.strip() for line in raw.replace(b"\r", b"\n").replace(b"\0", b"\n").split(b"\n")]
    lines = [line for line in lines if line]
    version = next((lines[place + 2] for place, line in enumerate(lines[:400]) if line == b"$ACADVER" and place + 2 < len(lines)), b"")
    page = next((lines[place + 2] for place, line in enumerate(lines[:400]) if line == b"$DWGCODEPAGE" and place + 2 < len(lines)), b"")
    if raw.startswith(b"AutoCAD Binary DXF"):
        return "utf-8" if version >= b"AC1021" else encodings.of_code_page(page.decode("ascii", "ignore")), []
    declared = "utf-8" if version >= b"AC1021" else encodings.of_code_page(page.decode("ascii", "ignore"))
    return declared, [line for line in lines if not line.isascii()][:20_000]


class _Sorter:
    """Puts entities into the tables they belong to."""

    def __init__(self, converted: Converted, is_cass: bool) -> None:
        self.converted = converted
        self.is_cass = is_cass
        self.tables: dict[str, Table] = {}
        self.left_out: Counter[str] = Counter()
        self.taken = 0

    def take(self, entity: Any, depth: int) -> None:
        """Add one entity, or the parts of a block that holds a drawing of its own."""
        self.taken += 1
        if self.taken > _MOST_ENTITIES:
            raise refuse("dxf-entities", f"图元超过 {_MOST_ENTITIES:,} 个；请分幅", f"more than {_MOST_ENTITIES:,} entities; cut it into sheets")
        kind = entity.dxftype()
        if kind == "INSERT" and _is_drawing(entity):
            if depth >= _DEEPEST:
                self.left_out["INSERT"] += 1
                return
            for part in entity.virtual_entities():
                self.take(part, depth + 1)
            return
        try:
            shapes = list(_shapes(entity))
        except (DXFError, ValueError, ZeroDivisionError, AttributeError, TypeError, OverflowError):
            shapes = []
        if not shapes:
            self.left_out[kind if kind not in _LINES else f"{kind}（零长度）"] += 1
        for shape in shapes:
            self._add(entity, "Text" if kind in _TEXTS else shape.geom_type, shape)

    def _add(self, entity: Any, kind: str, shape: Any) -> None:
        layer, code = entity.dxf.layer, _south(entity)
        means = cass.meaning(layer, code) if self.is_cass and not cass.is_sheet_layer(layer) else cass.Meaning()
        if kind == "Polygon" and (means.is_line or layer.upper().startswith(_LINES_ONLY)):
            kind, shape = "LineString", shapely.LineString(shape.exterior.coords)
        is_classed = bool(means.theme) and kind != "Text"
        name = f"{means.theme}{_SUFFIX[kind]}" if is_classed else f"{layer}_{_SUFFIX[kind]}"
        table = self.tables.get(name)
        if table is None:
            table = self.tables[name] = self.converted.table(name, FIELDS)
        table.add(
            (layer, code or None, means.name or None, means.gb or None, *_words(entity), _number(entity, "rotation"), _height(entity),
             _number(entity, "color"), entity.dxf.get("linetype") or None, entity.dxf.handle),
            shape,
        )  # fmt: skip

    def report(self) -> None:
        """Say what was left out, and how a CASS drawing was sorted."""
        if self.is_cass:
            self.converted.say("cass-drawing", "info", "按 CASS 图层与 SOUTH 编码归入 DLG 要素层",
                               "a CASS drawing, sorted into DLG classes by layer and SOUTH code")  # fmt: skip
        if self.left_out:
            listed = "、".join(f"{kind} {count}" for kind, count in sorted(self.left_out.items()))
            self.converted.say("dxf-left-out", "warning", f"未转换的图元：{listed}", f"entities that were left out: {listed}")


def _is_drawing(insert: Any) -> bool:
    """Whether a block is a piece of the drawing, not a symbol: it holds many figures, and no attributes."""
    block = insert.block()
    return block is not None and not insert.attribs and len(block) > 20


def _shapes(entity: Any) -> Iterator[Any]:
    """Give an entity's figures in world coordinates; nothing for kinds that draw none on a map."""
    kind = entity.dxftype()
    if kind in (*_TEXTS, "INSERT", "POINT"):
        yield from _finite(shapely.Point(_place(entity)))
    elif kind in ("HATCH", "MPOLYGON"):
        for found in _areas(entity):
            yield from _finite(found)
    elif kind in ("SOLID", "TRACE", "3DFACE"):
        ring = [(x, y) for x, y, *_ in entity.wcs_vertices()]
        if len(set(ring)) > 2:
            yield from _finite(shapely.Polygon(ring))
    elif kind in _LINES or kind == "POLYLINE":
        yield from _line(entity)


def _line(entity: Any) -> Iterator[Any]:
    if entity.dxftype() == "POLYLINE" and (entity.is_polygon_mesh or entity.is_poly_face_mesh):
        return
    points = [(point.x, point.y) for point in ezdxf.path.make_path(entity).flattening(_SAG_M)]
    points = [point for place, point in enumerate(points) if place == 0 or point != points[place - 1]]
    if len(points) < 2:
        return
    is_closed = getattr(entity, "is_closed", getattr(entity, "closed", False)) or points[0] == points[-1]
    is_area = is_closed and len(set(points)) > 2
    yield from _finite(shapely.Polygon(points) if is_area else shapely.LineString(points))


def _areas(hatch: Any) -> Iterator[Any]:
    """Give a hatch's areas: the inside of an odd number of its outlines."""
    rings = [[(point.x, point.y) for point in each.flattening(_SAG_M)] for each in ezdxf.path.from_hatch(hatch)]
    area: Any = shapely.Polygon()
    for ring in rings:
        if len(ring) > 3:
            area = area.symmetric_difference(shapely.make_valid(shapely.Polygon(ring)))
    yield from (part for part in shapely.get_parts(area) if part.geom_type == "Polygon" and part.area > 0)


def _finite(shape: Any) -> Iterator[Any]:
    if all(math.isfinite(value) for value in shape.bounds):
        yield shape


def _place(entity: Any) -> tuple[float, float]:
    if entity.dxftype() == "POINT":
        return entity.dxf.location.x, entity.dxf.location.y
    if entity.dxftype() == "MTEXT":
        return entity.dxf.insert.x, entity.dxf.insert.y
    at = entity.ocs().to_wcs(entity.dxf.insert)
    return at.x, at.y


def _words(entity: Any) -> tuple[str | None, str | None, str | None, float | None]:
    """Return text, block, attributes and height above the ground."""
    kind = entity.dxftype()
    text = entity.plain_text() if kind in _TEXTS else None
    block = entity.dxf.name if kind == "INSERT" else None
    attributes = "；".join(f"{each.dxf.tag}={each.dxf.text}" for each in entity.attribs) if kind == "INSERT" and entity.attribs else None
    return text, block, attributes, _elevation(entity)


def _elevation(entity: Any) -> float | None:
    """Return the height a figure lies at: that of its first point."""
    if entity.dxftype() == "POLYLINE":
        return float(entity.vertices[0].dxf.location.z) if entity.vertices else None
    if entity.dxftype() == "LWPOLYLINE":
        return _number(entity, "elevation")
    place = next((entity.dxf.get(name) for name in ("insert", "location", "start", "center") if entity.dxf.hasattr(name)), None)
    return float(place.z) if place is not None else None


def _height(entity: Any) -> float | None:
    return _number(entity, "char_height" if entity.dxftype() == "MTEXT" else "height") if entity.dxftype() in _TEXTS else None


def _number(entity: Any, name: str) -> float | None:
    return float(entity.dxf.get(name)) if entity.dxf.hasattr(name) else None


def _south(entity: Any) -> str:
    """Return the CASS code kept in the extended data of application SOUTH, "" when there is none."""
    if not entity.has_xdata("SOUTH"):
        return ""
    return next((str(tag.value).strip() for tag in entity.get_xdata("SOUTH") if tag.code == 1000), "")
