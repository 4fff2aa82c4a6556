"""At which addresses do programs get a layer? Ready to paste, one for each protocol the caller may use."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest

from layers.access import LayerView
from layers.spec import Title

type Protocol = str
"""How catalogues name a service: OGC:WMS, OGC:WMTS, OGC API-Features … (OGC and IANA names)."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address of a layer; `rel` is its link relation, `media` its media type, `name` the layer's name there."""

    id: str
    protocol: Protocol
    url: str
    media: str
    rel: str
    title: Title
    name: str = ""


def home(request: HttpRequest) -> str:
    """Return the server's own address, of the settings where given, with the key's path kept; no slash at its end."""
    base = settings.GEOBASE.base_url or f"{request.scheme}://{request.get_host()}"
    return f"{base}{request.META.get('SCRIPT_NAME', '')}"


def addresses(view: LayerView, at: str) -> Iterator[Address]:
    """List a layer's addresses below `at` that the caller's rights make usable."""
    if "view" in view.operations:
        yield from _pictures(view.spec.slug, at)
    if view.spec.kind == "vector":
        yield from _features(view, at)
    if view.spec.kind in ("imagery", "elevation") and "query" in view.operations:
        yield from _coverages(view, at)


def _pictures(slug: str, at: str) -> Iterator[Address]:
    picture = {"SERVICE": "WMS", "VERSION": "1.3.0", "REQUEST": "GetCapabilities", "layers": slug}
    tiles = {"SERVICE": "WMTS", "VERSION": "1.0.0", "REQUEST": "GetCapabilities", "layer": slug}
    yield Address("wmts", "OGC:WMTS", f"{at}/wmts?{urlencode(tiles)}", "application/xml", "service-desc",
                  Title("WMTS 瓦片", "WMTS tiles"), slug)  # fmt: skip
    yield Address("wms", "OGC:WMS", f"{at}/wms?{urlencode(picture)}", "text/xml", "service-desc",
                  Title("WMS 地图", "WMS map"), slug)  # fmt: skip
    yield Address("xyz", "XYZ", f"{at}/tiles/{slug}/WebMercatorQuad/{{z}}/{{x}}/{{y}}.png", "image/png", "tiles",
                  Title("XYZ 瓦片", "XYZ tiles"), slug)  # fmt: skip
    yield Address("tianditu", "OGC:WMTS", f"{at}/wmts/1.0.0/{slug}/default/c/{{z}}/{{y}}/{{x}}.png", "image/png", "tiles",
                  Title("天地图 c 网格瓦片", "Tiles in TianDiTu's c grid"), slug)  # fmt: skip


def _features(view: LayerView, at: str) -> Iterator[Address]:
    slug = view.spec.slug
    if "query" in view.operations:
        yield Address("features", "OGC API-Features", f"{at}/ogc/collections/{slug}/items", "application/geo+json", "items",
                      Title("OGC API 要素", "OGC API Features"), slug)  # fmt: skip
    if "view" in view.operations:
        yield Address("mvt", "MVT", f"{at}/tiles/{slug}/WebMercatorQuad/tilejson.json", "application/json", "tiles",
                      Title("矢量瓦片（TileJSON）", "Vector tiles (TileJSON)"), slug)  # fmt: skip


def _coverages(view: LayerView, at: str) -> Iterator[Address]:
    slug = view.spec.slug
    yield Address("coverage", "OGC API-Coverages", f"{at}/ogc/collections/{slug}/coverage", "image/tiff; application=geotiff",
                  "http://www.opengis.net/def/rel/ogc/1.0/coverage", Title("OGC API 覆盖", "OGC API Coverages"), slug)  # fmt: skip
