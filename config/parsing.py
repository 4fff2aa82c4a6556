"""How the text of an environment variable becomes a value; each parser raises ValueError in zh · en."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit


def text(value: str) -> str:
    """Take the text as it is, but not an empty one."""
    if not value:
        raise ValueError("不能为空 · must not be empty")
    return value


def path(value: str) -> Path:
    """Read a path; `~` is the home folder."""
    return Path(text(value)).expanduser()


def words(value: str) -> tuple[str, ...]:
    """Read a comma-separated list."""
    return tuple(word.strip() for word in value.split(",") if word.strip())


def whole(least: int, greatest: int) -> Callable[[str], int]:
    """Make a parser of whole numbers within [least, greatest]."""

    def parse(value: str) -> int:
        if not re.fullmatch(r"\d{1,9}", value) or not least <= int(value) <= greatest:
            raise ValueError(
                f"应为 {least} 到 {greatest} 的整数 · must be a whole number from {least} to {greatest}"
            )
        return int(value)

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    """Make a parser of one word out of a few."""

    def parse(value: str) -> str:
        if value not in choices:
            listed = ", ".join(choices)
            raise ValueError(f"应为其中之一：{listed} · must be one of {listed}")
        return value

    return parse


def yes_no(value: str) -> bool:
    """Read yes or no."""
    if value.lower() in {"yes", "true", "1", "on"}:
        return True
    if value.lower() in {"no", "false", "0", "off"}:
        return False
    raise ValueError("应为 yes 或 no · must be yes or no")


def secret(value: str) -> str:
    """Read the signing key: empty, or at least 32 characters."""
    if value and len(value) < 32:
        raise ValueError("少于 32 个字符 · shorter than 32 characters")
    return value


def origin(value: str) -> str:
    """Read a public origin `http(s)://host[:port]`, or nothing."""
    parts = urlsplit(value)
    is_origin = parts.scheme in {"http", "https"} and parts.hostname and parts.path in {"", "/"}
    if value and not (is_origin and not parts.query and not parts.fragment and not parts.username):
        raise ValueError("应为 http(s)://主机[:端口] · must be http(s)://host[:port]")
    return value.rstrip("/")


def database_url(value: str) -> str:
    """Read `postgis://user:password@host:port/name`, or nothing; a socket folder is `?host=/run/x`."""
    parts = urlsplit(value)
    is_database = parts.scheme in {"postgis", "postgres", "postgresql"} and unquote(parts.path)[1:]
    if value and not is_database:
        raise ValueError(
            "应为 postgis://用户:密码@主机:端口/库名 · must be postgis://user:password@host:port/name"
        )
    return value


def bounds(value: str) -> tuple[float, float, float, float]:
    """Read west,south,east,north in degrees."""
    try:
        west, south, east, north = (float(part) for part in value.split(","))
    except ValueError:
        raise ValueError("应为 西,南,东,北 · must be west,south,east,north") from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError("范围颠倒或超出经纬度 · is reversed or not in degrees")
    return west, south, east, north


def gauss_crs(value: str) -> int:
    """Read the EPSG code of a Gauss–Krüger CRS on CGCS2000 (4491–4554)."""
    return whole(4491, 4554)(value)
