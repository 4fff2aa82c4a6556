"""A style of a layer in the languages we give: its text, and what each language is called."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from geoserver_app.ogcapi.call import Call
from geoserver_app.ogcapi.visible import bounds_of
from layers.access import LayerView
from layers.errors import NotFound
from layers.spec import StyleSpec
from layers.style import maplibre, sld
from layers.style.dropped import Dropped
from layers.style.importing import narrowed
from layers.style.maplibre.images import image_of
from layers.style.model import Rule
from layers.style.reading import read, write
from tiles import render

MEDIA: Mapping[str, str] = {
    "maplibre": "application/vnd.mapbox.style+json",
    "sld10": "application/vnd.ogc.sld+xml;version=1.0",
    "sld11": "application/vnd.ogc.sld+xml;version=1.1",
    "native": "application/vnd.geobase.style+json",
}
SPECIFICATIONS: Mapping[str, tuple[str, str, str]] = {
    "maplibre": ("MapLibre Style", "8", "https://maplibre.org/maplibre-style-spec/"),
    "sld10": ("OGC SLD", "1.0", "https://portal.ogc.org/files/?artifact_id=1188"),
    "sld11": ("OGC SLD/SE", "1.1", "https://portal.ogc.org/files/?artifact_id=22364"),
    "native": ("Geobase", "1", "docs/styles.md"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A style with the layer it is of, as its caller sees both."""

    view: LayerView
    spec: StyleSpec

    @property
    def id(self) -> str:
        """The style's id in the whole service: layer and name, neither of which holds a dot."""
        return f"{self.view.spec.slug}.{self.spec.name}"

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules without what speaks of attributes the caller may not read."""
        rules = read(self.spec.body).rules
        names = {each.name for each in self.view.fields}
        return rules if self.view.spec.kind != "vector" else narrowed(rules, names)


def all_of(view: LayerView) -> list[Found]:
    """Return a layer's styles, the default first."""
    return [Found(view, each) for each in render.styles_of(view)]


def one_of(view: LayerView, name: str) -> Found:
    """Return one style; raises NotFound."""
    found = next((each for each in all_of(view) if each.spec.name == name), None)
    if found is None:
        raise NotFound
    return found


def text(call: Call, found: Found, language: str) -> tuple[bytes, tuple[Dropped, ...]]:
    """Write a style in one of `MEDIA`, and what the language has no words for."""
    spec = found.view.spec
    if language == "native":
        return (found.spec.body if found.rules == read(found.spec.body).rules else write(found.rules)).encode(), ()
    if language == "maplibre":
        tiles = f"{_home(call)}/tiles/{spec.slug}/WebMercatorQuad/tilejson.json"
        if spec.kind != "vector":
            tiles += f"?style={found.spec.name}&f=png"
        title = found.spec.title(call.language) or found.spec.name
        sprite = call.url(f"/resources/{found.id}").partition("?")[0] if images(found) else ""
        sources = maplibre.Sources(spec.slug, title, spec.geometry, tiles, sprite, bounds_of(found.view))
        document, dropped = maplibre.write(found.rules, sources)
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(), dropped
    named = sld.Named(spec.slug, found.spec.name, found.spec.title, spec.geometry, f"{_home(call)}/ogc/resources")
    return sld.write(found.rules, named, "1.0.0" if language == "sld10" else "1.1.0")


def images(found: Found) -> tuple[str, ...]:
    """Return the names of the pictures that a style's MapLibre document asks of its sprite."""
    document, _ = maplibre.write(found.rules, maplibre.Sources("", "", found.view.spec.geometry, "", ""))
    asked = (value for layer in document["layers"] for part in ("layout", "paint") for key, value in layer.get(part, {}).items()
             if key in ("icon-image", "fill-pattern"))  # fmt: skip
    return tuple(dict.fromkeys(each for each in asked if image_of(each)))


def _home(call: Call) -> str:
    return call.base.removesuffix("/ogc") if not settings.GEOBASE.base_url else settings.GEOBASE.base_url
