"""Which colours the default styles use: data beside this module, read once."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from layers import codes
from layers.spec import Title


@dataclass(frozen=True, slots=True)
class Swatch:
    """One colour (#rrggbb) with its name, where it is from, and how sure that is (see layers/codes)."""

    color: str
    name: str
    source: str = ""
    confidence: str = ""


@dataclass(frozen=True, slots=True)
class Palette:
    """A group of colours to pick from."""

    title: Title
    swatches: tuple[Swatch, ...]


@lru_cache(maxsize=1)
def _city() -> dict[str, str | list[str]]:
    read: dict[str, str | list[str]] = json.loads(
        (Path(__file__).parent / "city.json").read_text("utf-8")
    )
    return read


def color(name: str) -> str:
    """Return the colour called `name`, #rrggbb."""
    found = _city()[name]
    if not isinstance(found, str):
        raise KeyError(name)
    return found


def colors(name: str) -> tuple[str, ...]:
    """Return a row of colours."""
    return tuple(_city()[name])


@lru_cache(maxsize=1)
def palettes() -> tuple[Palette, ...]:
    """Return every palette there is as data: the city's own, land classes, 用地用海, cartography, air quality."""
    named = tuple(Swatch(value, name, "city.json") for name, value in _city().items() if isinstance(value, str))
    rows = [(Title("色相", "Hues"), "hues"), (Title("分层设色", "Hypsometric tints"), "dem")]
    made = [Palette(title, tuple(Swatch(each, f"{name} {n}", "city.json") for n, each in enumerate(colors(name), 1))) for title, name in rows]
    made.append(Palette(Title("本市配色", "The city's own"), named))
    for title, table, kind in (
        (Title("三调地类", "Land survey classes"), "landuse_sandiao", ""),
        (Title("用地用海 2023", "Land and sea use 2023"), "yongdi_yonghai_2023", ""),
        (Title("空气质量指数", "Air quality index"), "env", "AQI"),
    ):
        found = tuple(
            Swatch(hexadecimal(code.rgb), f"{code.code} {code.name_zh}", code.extra.get("rgb_source") or code.source, code.extra.get("rgb_confidence") or code.confidence)
            for code in codes.table(table, kind) if code.rgb
        )  # fmt: skip
        made.append(Palette(title, found))
    by_style: dict[str, list[Swatch]] = {}
    for swatch, style in _cartography():
        by_style.setdefault(style, []).append(swatch)
    made += [Palette(Title(f"制图：{style}", f"Cartography: {style}"), tuple(found)) for style, found in by_style.items()]
    return tuple(made)


def _cartography() -> Iterator[tuple[Swatch, str]]:
    for row in codes.records("carto_colors"):
        for column, word in (("fill_rgb", "面"), ("line_rgb", "线"), ("label_rgb", "注记")):
            if row[column]:
                red, green, blue = (int(each) for each in row[column].split(","))
                yield Swatch(hexadecimal((red, green, blue)), f"{row['feature_class']} {word}", row["source"], row["confidence"]), row["style"]


def hexadecimal(rgb: codes.Rgb) -> str:
    """Write a colour as #rrggbb."""
    return "#{:02x}{:02x}{:02x}".format(*rgb)
