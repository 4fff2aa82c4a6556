"""What a layer is, written down once as frozen values that every door and face reads."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

type Bounds = tuple[float, float, float, float]
"""(minx, miny, maxx, maxy), always x = east first; the CRS travels beside it."""

Kind = Literal["vector", "imagery", "elevation", "cascaded", "map"]
FieldType = Literal["string", "integer", "number", "boolean", "date", "datetime"]
GeometryType = Literal["", "Point", "LineString", "Polygon", "Geometry"]
Operation = Literal["discover", "view", "query", "download", "edit", "publish"]
OPERATIONS: tuple[Operation, ...] = ("discover", "view", "query", "download", "edit", "publish")


@dataclass(frozen=True, slots=True)
class Title:
    """A name in Chinese and English; English falls back on Chinese."""

    zh: str
    en: str = ""

    def __call__(self, language: str = "zh") -> str:
        """Return the text in `language` ("zh" or "en")."""
        return self.en if language.startswith("en") and self.en else self.zh


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """An attribute: `name` is public (as delivered, may be Chinese), `column` its SQL column."""

    name: str
    column: str
    type: FieldType
    title: Title
    codes: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class StyleSpec:
    """A named style; `body` is the style model's JSON text (layers/style), `revision` counts edits."""

    name: str
    title: Title
    body: str
    revision: int = 1


@dataclass(frozen=True, slots=True)
class GeneralisedTable:
    """A simplified copy of the rows for scales of 1:`min_scale` and smaller, from version `since` on."""

    table: str
    min_scale: float
    tolerance_m: float
    since: int = 1


@dataclass(frozen=True, slots=True)
class RasterSpec:
    """What all files of a raster layer's current version have in common; pixel size in metres."""

    bands: int
    dtype: str
    nodata: float | None
    pixel_size_m: float


@dataclass(frozen=True, slots=True)
class ThemeSpec:
    """A node of the theme tree; `parent` is "" at the top."""

    slug: str
    title: Title
    parent: str = ""
    order: int = 0


@dataclass(frozen=True, slots=True)
class VersionSpec:
    """One published version: `survey_date` is the content's date, `published` the publication's."""

    number: int
    published: datetime
    survey_date: date | None
    delivery: str
    count: int
    extent: Bounds | None


@dataclass(frozen=True, slots=True)
class MetadataSpec:
    """What people must be told of a layer beyond its data (GB/T 19710, ISO 19115).

    `scale` is the denominator of the survey's scale (0 = not told), `frequency` an ISO 19115 maintenance
    frequency code, `owner` the department that answers for the layer.
    """

    owner: Title = Title("")
    contact: str = ""
    scale: int = 0
    frequency: str = "unknown"
    license: str = ""
    use_limits: Title = Title("")
    quality: Title = Title("")


@dataclass(frozen=True, slots=True)
class MemberSpec:
    """One member of a composed map, bottom first."""

    slug: str
    style: str = ""
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """A layer of the registry: everything but its rows and pixels.

    `extent` is lon/lat (EPSG:4490). `table` is the schema-qualified table of a vector layer;
    for rasters the version's files are in the registry's `layers_rasterfile`.
    `min_scale`/`max_scale` are denominators: drawn while max_scale <= scale <= min_scale
    (0 = no bound), OGC 05-077r4 §10.
    """

    id: int
    slug: str
    title: Title
    abstract: Title
    keywords: tuple[str, ...]
    theme: str
    owner: str
    level: int
    zones: tuple[int, ...]
    kind: Kind
    geometry: GeometryType
    srid: int
    table: str
    fields: tuple[FieldSpec, ...]
    identity: str
    title_field: str
    extent: Bounds | None
    current: VersionSpec | None
    styles: tuple[StyleSpec, ...]
    members: tuple[MemberSpec, ...] = ()
    generalised: tuple[GeneralisedTable, ...] = ()
    raster: RasterSpec | None = None
    min_scale: float = 0.0
    max_scale: float = 0.0
    is_base: bool = False
    is_searchable: bool = False
    shown_at_start: bool = False
    opacity: float = 1.0
    blend: Literal["normal", "multiply", "screen"] = "normal"
    order: int = 0
    is_sample: bool = False
    attribution: str = ""
    metadata: MetadataSpec = MetadataSpec()

    @property
    def version(self) -> int:
        """The current version's number; 0 = nothing published yet."""
        return self.current.number if self.current else 0

    def field(self, name: str) -> FieldSpec | None:
        """Return the field called `name`, or None."""
        return next((field for field in self.fields if field.name == name), None)

    def style(self, name: str = "") -> StyleSpec | None:
        """Return the style called `name`; "" and "default" are the first one."""
        if name in ("", "default"):
            return self.styles[0] if self.styles else None
        return next((style for style in self.styles if style.name == name), None)
