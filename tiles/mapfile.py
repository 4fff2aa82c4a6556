"""What mapserv is given to draw: a MAP with one LAYER for each part, written for one band of scales.

It holds numbers, colours and names of drawing functions only: no title, no client text, no literal of
a rule, no password. Versions and dates come as validated integers at run time. Only
what is drawn at the scale is written, so the file is short and MapServer decides nothing by scale.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf, nextafter
from pathlib import Path

from django.conf import settings

from layers import narrowing
from layers.access import LayerView
from layers.spec import GeneralisedTable
from layers.style import mapfile_classes
from layers.style.mapfile_classes import ClassParts
from layers.style.model import Icon, Raster, Style, Symbolizer, Text
from layers.style.reading import ICONS
from tiles import drawing, engine, fonts

KEPT_FILES = 3000
RESOLUTION = 90.714
"""Dots per inch of the OGC's pixel of 0.28 mm."""


@dataclass(frozen=True, slots=True)
class Part:
    """One view in one style, as a step of the picture; `opacity` multiplies the style's own."""

    view: LayerView
    style: Style
    opacity: float = 1.0
    blend: str = "normal"


@dataclass(frozen=True, slots=True)
class Mapfile:
    """A written mapfile and its layers, bottom first; empty when nothing is drawn at the scale."""

    path: str
    layers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """What is drawn of one part at one scale: the classes with their symbolizers, and the table."""

    rules: tuple[ClassParts, ...]
    table: GeneralisedTable | None


def band(part: Part, scale: float) -> Band:
    """Choose what of a part is drawn at 1:`scale`; the layer's own scale range comes first."""
    spec = part.view.spec
    if scale < spec.max_scale or (spec.min_scale and scale > spec.min_scale):
        return Band((), None)
    rules = []
    for number, rule in enumerate(part.style.rules):
        drawn = tuple(each for each in rule.symbolizers if each.is_drawn_at(scale))
        if drawn and rule.is_drawn_at(scale):
            rules.append((number, drawn))
    return Band(tuple(rules), narrowing.generalised(part.view, scale))


def breaks(part: Part) -> tuple[float, ...]:
    """Return the denominators at which what is drawn of a part changes, ascending."""
    spec = part.view.spec
    return _breaks(part.style, spec.min_scale, spec.max_scale, spec.generalised)


@lru_cache(maxsize=4096)
def _breaks(
    style: Style, min_scale: float, max_scale: float, tables: tuple[GeneralisedTable, ...]
) -> tuple[float, ...]:
    scaled = [*style.rules, *(each for rule in style.rules for each in rule.symbolizers)]
    found = {each.min_scale for each in scaled} | {each.max_scale for each in scaled}
    # The layer's own smallest scale is still drawn, so the band ends just behind it.
    found |= {max_scale, nextafter(min_scale, inf) if min_scale else 0.0}
    return tuple(sorted(found | {each.min_scale for each in tables}))


def build(parts: Sequence[Part], bands: Sequence[Band], *, edge_px: int = 0) -> Mapfile:
    """Write the mapfile of some parts; labels keep `edge_px` away from the picture's rim (tiles)."""
    layers: list[str] = []
    text: list[str] = []
    for number, (part, chosen) in enumerate(zip(parts, bands, strict=True)):
        if chosen.rules:
            is_vector = part.view.spec.kind == "vector"
            writer = _vector_layers if is_vector else _raster_layers
            for suffix, body in writer(part, chosen, number):
                text.append(body)
                if suffix is not None:
                    layers.append(f"p{number}{suffix}")
    if not layers:
        return Mapfile("", ())
    symbols = {each for chosen in bands for _, drawn in chosen.rules for each in drawn}
    whole = f"{_head(edge_px)}{_symbols(symbols)}{''.join(text)}END\n"
    return Mapfile(_kept(whole), tuple(layers))


def sheet(layers: str, icons: Iterable[Symbolizer]) -> str:
    """Write a mapfile of given layers with features of their own (legends); return its path."""
    return _kept(f"{_head(0)}{_symbols(set(icons))}{layers}END\n")


def _vector_layers(part: Part, chosen: Band, number: int) -> Iterable[tuple[str | None, str]]:
    for place, dimension in enumerate(drawing.dimensions(part.view)):
        source = drawing.vector(part.view, part.style, chosen.table, dimension)
        classes = mapfile_classes.classes(chosen.rules, dimension, source.texts)
        data = (
            f"geom from (select * from {source.name}(%v{number}%) {_drawn(part.style, chosen)}"  # noqa: S608
            "order by cls desc, fid) as q using unique fid using srid=4490"
        )
        yield (
            str(place),
            _layer(
                f"p{number}{place}",
                dimension.upper(),
                f'{_postgis(data)}CLASSITEM "cls"\nPROCESSING "LABEL_NO_CLIP=TRUE"\n'
                f"{_validation(number)}{_composite(part, 1.0)}{classes}",
            ),
        )


def _drawn(style: Style, chosen: Band) -> str:
    """Write which classes are fetched: nothing where every feature has one that is drawn."""
    if len(chosen.rules) == len(style.rules):
        return "" if style.rules[-1].filter is None else "where cls >= 0 "
    return f"where cls in ({','.join(str(rule) for rule, _ in chosen.rules)}) "


def _raster_layers(part: Part, chosen: Band, number: int) -> Iterable[tuple[str | None, str]]:
    pixels = [each for _, drawn in chosen.rules for each in drawn if isinstance(each, Raster)]
    bands = part.view.spec.raster.bands if part.view.spec.raster else 1
    for place, pixel in enumerate(pixels):
        source = drawing.raster(part.view, shade=pixel.hillshade)
        data = (
            f"geom from (select * from {source.name}(%v{number}%, %d{number}%)) as q "  # noqa: S608
            "using unique fid using srid=4490"
        )
        index = f"i{number}{place}"
        yield None, _layer(index, "POLYGON", f"{_postgis(data)}{_validation(number)}", status="OFF")
        yield (
            str(place),
            _layer(
                f"p{number}{place}",
                "RASTER",
                f'TILEINDEX "{index}"\nTILEITEM "location"\nTILESRS "srs"\n'
                f"{_validation(number)}{_composite(part, pixel.opacity, multiply=pixel.multiply)}"
                f"{mapfile_classes.raster(pixel, bands)}",
            ),
        )


def _layer(name: str, kind: str, body: str, status: str = "ON") -> str:
    return (
        f'LAYER NAME "{name}" TYPE {kind} STATUS {status}\n'
        f'PROJECTION "init=epsg:4490" END\nMETADATA "wms_title" "{name}" END\n{body}END\n'
    )


def _postgis(data: str) -> str:
    return (
        f'CONNECTIONTYPE POSTGIS\nCONNECTION "{engine.connection_string()}"\n'
        f'PROCESSING "CLOSE_CONNECTION=DEFER"\nDATA "{data}"\n'
    )


def _validation(number: int) -> str:
    return f"VALIDATION \"v{number}\" '^[0-9]{{1,9}}$' \"d{number}\" '^[0-9]{{1,8}}$' END\n"


def _composite(part: Part, opacity: float, *, multiply: bool = False) -> str:
    share = round(part.opacity * opacity * 100)
    blend = (
        "multiply" if multiply else {"multiply": "multiply", "screen": "screen"}.get(part.blend, "")
    )
    if share >= 100 and not blend:
        return ""
    return f'COMPOSITE OPACITY {share} COMPOP "{blend or "src-over"}" END\n'


def _head(edge_px: int) -> str:
    edge = f'  "labelcache_map_edge_buffer" "-{edge_px}"\n' if edge_px else ""
    shapes = _quoted(str(settings.GEOBASE.store))
    return (
        f'MAP NAME "geobase" UNITS DD MAXSIZE {settings.GEOBASE.max_pixels * 2}\n'
        f'FONTSET "{_fontset()}" SHAPEPATH {shapes}\n'
        f"RESOLUTION {RESOLUTION} DEFRESOLUTION {RESOLUTION}\n"
        'EXTENT -180 -90 180 90 PROJECTION "init=epsg:4490" END\n'
        f"{_FORMATS}WEB METADATA\n"
        '  "ows_enable_request" "!* GetMap" "wms_title" "geobase" "wms_onlineresource" "http://localhost/"\n'
        '  "wms_srs" "EPSG:4490 EPSG:4326 EPSG:3857 EPSG:4548 EPSG:4527"\n'
        f'{edge}  "wms_getmap_formatlist" "png,png8,jpeg,rgb,raw"\n'
        "END END\n"
        f"{_SHAPES}"
    )


def _symbols(symbolizers: set[Symbolizer]) -> str:
    names = sorted({each.name for each in symbolizers if isinstance(each, Icon)})
    return "".join(
        f'SYMBOL NAME "icon-{name}" TYPE SVG IMAGE {_quoted(str(ICONS / f"{name}.svg"))} END\n'
        for name in names
    )


def has_labels(chosen: Band) -> bool:
    """Whether labels are drawn, which reach beyond their feature."""
    return any(isinstance(each, Text) for _, drawn in chosen.rules for each in drawn)


def _quoted(text: str) -> str:
    """Quote a path of ours for a mapfile, which knows no escape for its own quotes."""
    if '"' in text or "\\" in text or "\n" in text:
        raise ValueError(
            f"路径中有引号或反斜杠，MapServer 不能用 / quote or backslash in a path: {text}"
        )
    return f'"{text}"'


def _fontset() -> str:
    name = f"fonts-{fonts.fonts().digest}.txt"
    if not (engine.folder() / name).exists():
        _replace(engine.folder() / name, fonts.fontset())
    return name


def _kept(text: str) -> str:
    """Write the text under its digest, once; forget the files unused for longest."""
    path = engine.folder() / f"{hashlib.sha256(text.encode()).hexdigest()}.map"
    if not path.exists():
        files = sorted(engine.folder().glob("*.map"), key=lambda each: each.stat().st_mtime)
        for old in files[:-KEPT_FILES]:
            old.unlink(missing_ok=True)
        _replace(path, text)
    return str(path)


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


_FORMATS = """\
OUTPUTFORMAT NAME "png" DRIVER "AGG/PNG" MIMETYPE "image/png" IMAGEMODE RGBA TRANSPARENT ON FORMATOPTION "COMPRESSION=3" END
OUTPUTFORMAT NAME "rgb" DRIVER "AGG/PNG" MIMETYPE "image/png; mode=24bit" IMAGEMODE RGB FORMATOPTION "COMPRESSION=3" END
OUTPUTFORMAT NAME "raw" DRIVER "AGG/PNG" MIMETYPE "image/png; mode=raw" IMAGEMODE RGBA TRANSPARENT ON FORMATOPTION "COMPRESSION=0" END
OUTPUTFORMAT NAME "png8" DRIVER "AGG/PNG" MIMETYPE "image/png; mode=8bit" IMAGEMODE RGBA TRANSPARENT ON FORMATOPTION "QUANTIZE_FORCE=ON" FORMATOPTION "QUANTIZE_COLORS=256" FORMATOPTION "COMPRESSION=3" END
OUTPUTFORMAT NAME "jpeg" DRIVER "AGG/JPEG" MIMETYPE "image/jpeg" IMAGEMODE RGB FORMATOPTION "QUALITY=85" END
"""
_SHAPES = """\
SYMBOL NAME "hatch" TYPE HATCH END
SYMBOL NAME "circle" TYPE ELLIPSE FILLED TRUE POINTS 1 1 END END
SYMBOL NAME "square" TYPE VECTOR FILLED TRUE POINTS 0 0 1 0 1 1 0 1 0 0 END END
SYMBOL NAME "triangle" TYPE VECTOR FILLED TRUE POINTS 0 1 0.55 0 1.1 1 0 1 END END
SYMBOL NAME "diamond" TYPE VECTOR FILLED TRUE POINTS 0.5 0 1 0.5 0.5 1 0 0.5 0.5 0 END END
SYMBOL NAME "cross" TYPE VECTOR FILLED TRUE POINTS 0.35 0 0.65 0 0.65 0.35 1 0.35 1 0.65 0.65 0.65 0.65 1 0.35 1 0.35 0.65 0 0.65 0 0.35 0.35 0.35 0.35 0 END END
SYMBOL NAME "pentagon" TYPE VECTOR FILLED TRUE POINTS 0.5 0 1 0.38 0.81 1 0.19 1 0 0.38 0.5 0 END END
SYMBOL NAME "star" TYPE VECTOR FILLED TRUE POINTS 0.5 0 0.62 0.36 1 0.38 0.7 0.61 0.81 0.98 0.5 0.77 0.19 0.98 0.3 0.61 0 0.38 0.38 0.36 0.5 0 END END
SYMBOL NAME "pin" TYPE VECTOR FILLED TRUE ANCHORPOINT 0.5 1 POINTS 0.5 1.4 0.05 0.65 0 0.45 0.15 0.13 0.5 0 0.85 0.13 1 0.45 0.95 0.65 0.5 1.4 END END
"""
