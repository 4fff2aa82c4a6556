"""SLD raster symbolizers read into ours."""

from itertools import pairwise
from typing import Any, get_args

from layers.style.model import Raster, Resampling
from layers.style.sld.notes import Notes
from layers.xml import child, children, local, text_of

type Stops = tuple[tuple[float, str], ...]
_STEP = 1e-6
"""A class of values is a ramp of one colour: its ends lie this share of the range beside the next class's."""


def raster(element: Any, notes: Notes) -> Raster:
    """Read channels, stretch, colours and relief; what else there is gets noted."""
    options = {each.get("name", ""): (each.text or "").strip() for each in children(element, "VendorOption")}
    resampling = options.get("resampling", "bilinear")
    for name in ("ContrastEnhancement", "ImageOutline", "OverlapBehavior"):
        if (found := child(element, name)) is not None and (children(found) or (found.text or "").strip()):
            notes.add(found, "未读入", "left out")
    bands, stretch = _channels(element, notes)
    return Raster(
        bands=bands,
        stretch=stretch,
        ramp=_ramp(element, notes),
        hillshade=child(element, "ShadedRelief") is not None,
        multiply=options.get("composite", "").startswith("multiply"),
        opacity=notes.number(element, _opacity(element, notes), "opacity", 1.0),
        resampling=resampling if resampling in get_args(Resampling) else "bilinear",  # type: ignore[arg-type]
    )


def _opacity(element: Any, notes: Notes) -> str | None:
    found = child(element, "Opacity")
    return notes.plain(found) if found is not None else None


def _channels(element: Any, notes: Notes) -> tuple[tuple[int, ...], tuple[float, float] | None]:
    selection = child(element, "ChannelSelection")
    channels = children(selection, "RedChannel", "GreenChannel", "BlueChannel", "GrayChannel") if selection is not None else []
    bands, stretch = [], None
    for channel in channels:
        name = text_of(channel, "SourceChannelName")
        if not (name.isascii() and name.isdigit() and 0 < int(name) <= 999):
            notes.add(channel, f"波段须为编号：{name[:20]}", f"a band is a number: {name[:20]}")
            return (), None
        bands.append(int(name))
        stretch = stretch or _stretch(channel, notes)
    return tuple(bands), stretch


def _stretch(channel: Any, notes: Notes) -> tuple[float, float] | None:
    enhancement = child(channel, "ContrastEnhancement")
    normal = child(enhancement, "Normalize")
    found = {each.get("name", ""): (each.text or "").strip() for each in children(normal, "VendorOption")} if normal is not None else {}
    try:
        low, high = float(found["minValue"]), float(found["maxValue"])
    except (KeyError, ValueError):
        low = high = 0.0
    if low < high:
        return low, high
    if enhancement is not None:
        notes.add(enhancement, "反差增强未读入", "the contrast enhancement is left out")
    return None


def _ramp(element: Any, notes: Notes) -> Stops:
    colors = child(element, "ColorMap")
    if colors is None:
        return ()
    points, kind = _entries(colors, notes), colors.get("type", "ramp")
    if (steps := child(colors, "Categorize")) is not None:
        points, kind = _categories(steps, notes), "steps"
    stops = _ascending(points, colors, notes)
    return stops if kind == "ramp" else _classes(stops, kind)


def _entries(colors: Any, notes: Notes) -> list[tuple[float, str]]:
    found = []
    between = child(colors, "Interpolate")
    entries = children(colors, "ColorMapEntry") if between is None else children(between, "InterpolationPoint")
    for entry in entries:
        is_plain = local(entry) == "ColorMapEntry"
        value = entry.get("quantity") if is_plain else text_of(entry, "Data")
        color = entry.get("color") if is_plain else text_of(entry, "Value")
        if entry.get("opacity", "1") not in ("1", "1.0"):
            notes.add(entry, "单个颜色的透明度未读入", "the opacity of a single colour is left out")
        try:
            found.append((float(value or ""), notes.color(entry, color, "#808080")))
        except ValueError:
            notes.add(entry, "数值读不懂", "the value is not understood")
    return found


def _categories(steps: Any, notes: Notes) -> list[tuple[float, str]]:
    """Read Categorize: Value, then Threshold and Value by turns; a class begins at its threshold."""
    parts = children(steps, "Value", "Threshold")
    values = [notes.color(each, (each.text or "").strip(), "#808080") for each in parts if local(each) == "Value"]
    limits = []
    for each in parts:
        if local(each) == "Threshold":
            try:
                limits.append(float(each.text or ""))
            except ValueError:
                notes.add(each, "数值读不懂", "the value is not understood")
    return list(zip(limits, values[1:], strict=False))


def _ascending(points: list[tuple[float, str]], colors: Any, notes: Notes) -> Stops:
    made: list[tuple[float, str]] = []
    for value, color in sorted(points, key=lambda each: each[0])[:256]:
        if abs(value) > 1e9 or (made and value <= made[-1][0]):
            notes.add(colors, f"数值 {value:g} 未读入", f"the value {value:g} is left out")
            continue
        made.append((value, color))
    return tuple(made)


def _classes(stops: Stops, kind: str) -> Stops:
    """Make steps of stops: "intervals" end at their quantity, "values" are single whole numbers, "steps" begin at it."""
    if not stops:
        return ()
    if kind == "values":
        pairs = [((value - 0.5, color), (value + 0.4999, color)) for value, color in stops]
        return tuple(each for pair in pairs for each in pair)[:256]
    size = (stops[-1][0] - stops[0][0] or 1.0) * _STEP
    made = [stops[0]]
    for (low, below), (high, above) in pairwise(stops):
        if kind == "steps":
            made += [(high - size, below), (high, above)]
        else:
            made += [(low + size, above), (high, above)]
    return tuple(made)[:256]
