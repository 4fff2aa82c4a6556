"""What one request to /ogc/ asks: caller, language, format and parameters, checked before anything runs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from geoserver_app.caller import caller
from geoserver_app.http_errors import RequestFault
from layers.access import Principal

JSON = "application/json"
HTML = "text/html"
GEOJSON = "application/geo+json"
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
LANGUAGES = {"zh": "zh-CN", "en": "en"}
_COMMON = frozenset({"f", "lang", "key"})
_LONGEST_NAME = 64
_REPEATABLE = frozenset({"subset"})
"""Given more than once, these are read as one list (OGC 20-058 /req/spatial-subsetting/subset-definition)."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request understood; `base` is the absolute address of /ogc without a slash at its end."""

    request: HttpRequest
    principal: Principal
    base: str
    language: str
    format: str
    parameters: Mapping[str, str]

    def url(self, path: str = "/", **query: str) -> str:
        """Return the absolute address of a page of ours; the key and language asked by follow along."""
        kept = {name: self.parameters[name] for name in ("lang", "key") if name in self.parameters}
        words = urlencode({**query, **kept}, safe=":/{},")
        return f"{self.base}{path}" + (f"?{words}" if words else "")

    def link(self, rel: str, path: str, media: str, title: str = "", **query: str) -> dict[str, str]:
        """Return a link object (RFC 8288, OGC 17-069r4 §7.1)."""
        found = {"rel": rel, "type": media, "href": self.url(path, **query)}
        return {**found, "title": title} if title else found

    def say(self, zh: str, en: str) -> str:
        """Choose the words of the request's language."""
        return en if self.language == "en" else zh

    def flag(self) -> str:
        """Return the language as a tag for Content-Language and hreflang."""
        return LANGUAGES[self.language]


def understand(request: HttpRequest, formats: tuple[str, ...], parameters: Iterable[str] | None) -> Call:
    """Read a request; `parameters` None leaves the check of names to the handler (queryables are names)."""
    values = _values(request)
    if parameters is not None:
        check_names(values, parameters)
    return Call(request, caller(request), address(request), _language(values), _format(request, values, formats), values)


def check_names(values: Mapping[str, str], known: Iterable[str]) -> None:
    """Refuse a parameter that is not defined here (OGC 17-069r4 §7.10.2 /req/core/query-param-unknown)."""
    allowed = _COMMON.union(known)
    for name in values:
        if name not in allowed:
            raise RequestFault(
                "InvalidParameterName", "没有此参数 / There is no such parameter", parameter=name[:_LONGEST_NAME]
            )


def invalid(parameter: str, zh: str, en: str) -> RequestFault:
    """Make the fault of a parameter's value."""
    return RequestFault("InvalidParameterValue", f"{zh} / {en}", parameter=parameter)


def address(request: HttpRequest) -> str:
    """Return the face's address: of the settings where given, with the key's path kept."""
    host = urlsplit("//" + request.get_host()).netloc
    base = settings.GEOBASE.base_url or f"{request.scheme}://{host}"
    return f"{base}{request.META.get('SCRIPT_NAME', '')}/ogc"


def _values(request: HttpRequest) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, given in request.GET.lists():
        found = [",".join(given)] if name in _REPEATABLE else given
        if len(found) > 1 or "\x00" in found[0]:
            raise invalid(name[:_LONGEST_NAME], "参数只能给一次，不含空字符", "given once and without NUL")
        values[name] = found[0]
    return values


def _language(values: Mapping[str, str]) -> str:
    asked = values.get("lang")
    if asked is None:
        return "en" if (get_language() or "zh").startswith("en") else "zh"
    short = asked.lower().partition("-")[0]
    if short not in LANGUAGES:
        raise invalid("lang", "语言可选 zh、en", "zh or en")
    return short


def _format(request: HttpRequest, values: Mapping[str, str], formats: tuple[str, ...]) -> str:
    asked = values.get("f")
    if asked is None:
        return _accepted(request.headers.get("Accept", ""), formats)
    if asked not in formats:
        raise RequestFault(
            "NotAcceptable", f"格式可选 {'、'.join(formats)} / f is one of {', '.join(formats)}", parameter="f", status=406
        )
    return asked


def _accepted(header: str, formats: tuple[str, ...]) -> str:
    """Choose HTML when it is liked better than JSON; whatever is not understood gets the first format."""
    if "html" not in formats:
        return formats[0]
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        kind = "html" if media in (HTML, "application/xhtml+xml") else "json" if media.endswith("json") else ""
        if kind:
            weights[kind] = max(weights.get(kind, 0.0), _quality(parameters))
    return "html" if weights.get("html", 0.0) > weights.get("json", 0.0) else formats[0]


def _quality(parameters: list[str]) -> float:
    for each in parameters:
        if each.startswith("q="):
            try:
                return float(each[2:])
            except ValueError:
                return 0.0
    return 1.0
