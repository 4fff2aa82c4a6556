"""What a raster layer's bands, and a station layer's values, are called: name, title, unit, type."""

from dataclasses import dataclass
from typing import Any

from geoserver_app.http_errors import RequestFault
from layers import files
from layers.access import LayerView
from layers.spec import Title

_ELEVATION = "http://vocab.nerc.ac.uk/standard_name/surface_altitude/"
_BANDS = (("red", "红"), ("green", "绿"), ("blue", "蓝"), ("near infrared", "近红外"))


@dataclass(frozen=True, slots=True)
class Field:
    """A field of values; `band` is its number in rasters (from 1), `unit` UCUM, `dtype` numpy's name of the type."""

    name: str
    title: Title
    unit: str = ""
    dtype: str = "float64"
    band: int = 0
    definition: str = ""


def of_raster(view: LayerView) -> tuple[Field, ...]:
    """Return the fields of a raster layer, in the order of its bands: `elevation`, else band1, band2 …"""
    numbers, dtype = files.bands(view), str(files.dtype(view))
    if view.spec.kind == "elevation":
        return (Field("elevation", Title("高程（1985 国家高程基准）", "Elevation"), "m", dtype, 1, _ELEVATION),)
    colours = _BANDS if dtype == "uint8" and len(numbers) in (3, 4) else ()
    return tuple(Field(f"band{number}", _title(number, colours), "", dtype, number) for number in numbers)


def _title(number: int, colours: tuple[tuple[str, str], ...]) -> Title:
    if number <= len(colours):
        english, chinese = colours[number - 1]
        return Title(f"波段 {number}（{chinese}）", f"Band {number} ({english})")
    return Title(f"波段 {number}", f"Band {number}")


def chosen(text: str | None, known: tuple[Field, ...], parameter: str) -> tuple[Field, ...]:
    """Return the fields that a comma-separated list names, by name or by number from 1; all where nothing is asked."""
    if text is None:
        return known
    by_name: dict[str, Field] = {each.name: each for each in known} | {str(n): each for n, each in enumerate(known, 1)}
    names = [name.strip() for name in text.split(",")]
    if len(names) > len(by_name) or any(name not in by_name for name in names):
        raise RequestFault("InvalidParameterValue", "没有这个字段（波段） / There is no such field (band)", parameter=parameter)
    return tuple(dict.fromkeys(by_name[name] for name in names))


def json_type(field: Field) -> dict[str, Any]:
    """Return a field's JSON Schema type."""
    is_whole = field.dtype.startswith(("int", "uint"))
    return {"type": "integer"} if is_whole else {"type": "number"}
