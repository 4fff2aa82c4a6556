"""What `datetime` asks of features (RFC 3339 instant or interval, OGC 17-069r4 §7.15.4)."""

from datetime import UTC, date, datetime, time

from geoserver_app.ogcapi.call import Call, invalid
from layers import history, times
from layers.access import LayerView
from layers.errors import InvalidFilter
from layers.filters import Node
from layers.filters.ast import Interval, IsNull, Logical, Property, Temporal, Value
from layers.filters.moments import instant

type Span = tuple[datetime | None, datetime | None]


def asked(call: Call) -> Span | None:
    """Read `datetime`: first and last moment, None for an open end; None when it is not given."""
    text = call.parameters.get("datetime")
    if text is None:
        return None
    start, slash, end = text.partition("/")
    first, last = _bound(start, is_open=bool(slash)), _bound(end if slash else start, is_open=bool(slash), ends=True)
    if first is not None and last is not None and first > last:
        raise invalid("datetime", "起点晚于终点", "it ends before it begins")
    if slash and first is None and last is None and text not in ("../..", "/", "../", "/.."):
        raise invalid("datetime", "时间格式有误", "not a time")
    return first, last


def condition(call: Call, view: LayerView) -> Node | None:
    """Return the condition on the layer's field of moments; features without a moment are always in time."""
    span, field = asked(call), times.time_field(view)
    if span is None or field is None:
        return None
    first, last = (Value(each) if each else None for each in span)
    observed = Property(field.name)
    return Logical("or", (Temporal("t_intersects", observed, Interval(first, last)), IsNull(observed)))


def is_surveyed_then(call: Call, view: LayerView) -> bool:
    """Tell whether the survey date of a layer without such a field lies in `datetime`."""
    span = asked(call)
    day = history.survey_date(view)
    if span is None or day is None or times.time_field(view) is not None:
        return True
    first, last = span
    return (first is None or _moment(day, ends=True) >= first) and (last is None or _moment(day) <= last)


def _bound(text: str, *, is_open: bool, ends: bool = False) -> datetime | None:
    if is_open and text in ("", ".."):
        return None
    try:
        return _moment(instant(text), ends=ends)
    except InvalidFilter:
        raise invalid("datetime", "时间格式有误", "not a time (RFC 3339)") from None


def _moment(value: date, *, ends: bool = False) -> datetime:
    if isinstance(value, datetime):
        return value
    return datetime.combine(value, time.max if ends else time.min, UTC)
