"""What one part of OGC API says of itself; every document of /ogc/ is put together from the parts (see parts.py)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from geoserver_app.ogcapi.call import Call
from layers.access import LayerView

type Say = Callable[[str, str], str]
"""Chooses the Chinese or the English words."""
type Links = Sequence[Mapping[str, Any]]
type Paths = Mapping[str, Mapping[str, Any]]
type Components = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Claim:
    """A conformance class, met or not, and why; `uri` is given without http://www.opengis.net/spec/.

    A class is met only when a test carries `@pytest.mark.conformance("<uri>")` (tests/architecture sees to it).
    `engine` tells whose handler answers.
    """

    uri: str
    zh: str
    en: str
    is_met: bool = True
    engine: Literal["Geobase", "pygeoapi"] = "Geobase"

    @property
    def address(self) -> str:
        """The class's whole URI."""
        return self.uri if self.uri.startswith("http") else f"http://www.opengis.net/spec/{self.uri}"


def _no_links(_call: Call) -> Links:
    return ()


def _no_collections(_call: Call) -> Sequence[Mapping[str, Any]]:
    return ()


def _no_links_of(_call: Call, _view: LayerView) -> Links:
    return ()


def _no_members(_call: Call, _view: LayerView) -> Mapping[str, Any]:
    return {}


def _no_paths(_say: Say) -> Paths:
    return {}


def _no_paths_of(_view: LayerView, _say: Say) -> Paths:
    return {}


@dataclass(frozen=True, slots=True)
class Part:
    """A part: its claims, its links and members in the documents, its paths and components in the API definition.

    `landing` gives links of the landing page, `links` and `members` those of one collection's document; `paths`
    and `collection_paths` OpenAPI path items below /ogc (written with `openapi_writing`); `components` its own
    schemas, parameters and responses by name; `collections` gives documents of collections that are no
    layers. A layer comes as the caller's view for "view": ask
    `view.operations` before you name an address that wants more.
    """

    title: str
    document: str
    claims: tuple[Claim, ...] = ()
    landing: Callable[[Call], Links] = _no_links
    collections: Callable[[Call], Sequence[Mapping[str, Any]]] = _no_collections
    links: Callable[[Call, LayerView], Links] = _no_links_of
    members: Callable[[Call, LayerView], Mapping[str, Any]] = _no_members
    paths: Callable[[Say], Paths] = _no_paths
    collection_paths: Callable[[LayerView, Say], Paths] = _no_paths_of
    components: Callable[[Say], Components] = _no_paths
