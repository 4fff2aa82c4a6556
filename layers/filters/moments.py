"""How days and moments are written in filters (RFC 3339, CQL2 §6.4)."""

import re
from datetime import UTC, date, datetime

from layers.filters.faults import fault

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)


def day(text: str, position: int = -1) -> date:
    """Read a day such as 2024-05-01; raises InvalidFilter."""
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise fault("不是日期", "not a date (YYYY-MM-DD)", position)


def moment(text: str, position: int = -1) -> datetime:
    """Read a moment such as 2024-05-01T08:00:00Z, returned in UTC; raises InvalidFilter."""
    if _MOMENT.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise fault("不是时刻", "not a timestamp (YYYY-MM-DDThh:mm:ssZ)", position)


def instant(text: str, position: int = -1) -> date | datetime:
    """Read a day or a moment, whichever the text is."""
    return day(text, position) if len(text) == 10 else moment(text, position)


def write(value: date | datetime) -> str:
    """Write a day or a moment (in UTC, with Z)."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat()
