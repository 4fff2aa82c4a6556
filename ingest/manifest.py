"""What a delivery says of itself: delivery.toml (docs/deliveries.md); everything in it may be missing."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ingest.findings import Refused, refuse

SHIFTS = ("gcj02", "bd09")
_MODES = ("replace", "area", "patch")


@dataclass(frozen=True, slots=True)
class AreaTold:
    """The area a delivery replaces, as it was told: sheet numbers, a county's code, or a polygon (WKT, lon lat)."""

    sheets: tuple[str, ...] = ()
    county: str = ""
    polygon: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The contents of delivery.toml; `layers` maps names of files or layers to slugs, `remove` slugs to identities.

    `transformation` names a registered local transformation, `shift` the web map's shift that is to be undone.
    """

    title: str = ""
    contractor: str = ""
    survey_date: date | None = None
    scale: int | None = None
    is_sample: bool = False
    mode: str = ""
    area: AreaTold | None = None
    layers: Mapping[str, str] = field(default_factory=dict)
    remove: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    transformation: str = ""
    shift: str = ""


def manifest(folder: Path) -> Manifest:
    """Read the delivery.toml nearest the top of a folder, if there is one; raises Refused for one that is wrong."""
    found = sorted(folder.rglob("delivery.toml"), key=lambda path: len(path.parts))
    if not found:
        return Manifest()
    try:
        values: dict[str, Any] = tomllib.loads(found[0].read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise refuse("manifest-broken", "delivery.toml 不是合法的 TOML", "delivery.toml is not TOML", found[0].name) from None
    told = Manifest(
        title=_of(values, "title", str, ""),
        contractor=_of(values, "contractor", str, ""),
        survey_date=_of(values, "survey_date", date, None),
        scale=_of(values, "scale", int, None),
        is_sample=_of(values, "sample", bool, False),
        mode=_of(values, "mode", str, ""),
        area=_area(_of(values, "area", dict, {})),
        layers={str(key).lower(): str(value) for key, value in _of(values, "layers", dict, {}).items()},
        remove={str(key): tuple(map(str, value)) for key, value in _of(values, "remove", dict, {}).items()},
        transformation=_of(values, "transformation", str, ""),
        shift=_of(values, "shift", str, ""),
    )
    _agree(told)
    return told


def _of(values: Mapping[str, Any], name: str, kind: type, default: Any) -> Any:
    value = values.get(name)
    if value is None:
        return default
    if not isinstance(value, kind):
        raise _wrong(name)
    return value


def _area(values: Mapping[str, Any]) -> AreaTold | None:
    if not values:
        return None
    sheets = _of(values, "sheets", list, [])
    told = AreaTold(tuple(map(str, sheets)), str(values.get("county", "")), _of(values, "polygon", str, ""))
    if sum(map(bool, (told.sheets, told.county, told.polygon))) != 1 or values.keys() - {"sheets", "county", "polygon"}:
        raise _wrong("area")
    return told


def _agree(told: Manifest) -> None:
    """Refuse what contradicts itself: an area is told with mode "area", removals with mode "patch"."""
    if told.mode and told.mode not in _MODES:
        raise _wrong("mode")
    if (told.mode == "area") != (told.area is not None):
        raise _wrong("area")
    if told.remove and told.mode != "patch":
        raise _wrong("remove")
    if told.shift and told.shift not in SHIFTS:
        raise _wrong("shift")
    if told.scale is not None and told.scale <= 0:
        raise _wrong("scale")


def _wrong(name: str) -> Refused:
    return refuse("manifest-wrong", f"delivery.toml 的 {name} 有误（见 docs/deliveries.md）",
                  f"{name} in delivery.toml is wrong (see docs/deliveries.md)", "delivery.toml")  # fmt: skip
