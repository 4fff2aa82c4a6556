"""WMTS capabilities, made of the layers the caller may see (OGC 07-057r7 §7)."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language
from lxml import etree

from layers.access import LayerView
from layers.spec import Bounds, LayerSpec
from tiles.grids import Grid, grids
from tiles.plan import MEDIA_TYPES, extent, formats

WMTS = "http://www.opengis.net/wmts/1.0"
OWS = "http://www.opengis.net/ows/1.1"
XLINK = "http://www.w3.org/1999/xlink"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMA = f"{WMTS} http://schemas.opengis.net/wmts/1.0/wmtsGetCapabilities_response.xsd"
_PIXEL_96_DPI_M = 0.0254 / 96
_TIANDITU = ("c", "w")


def capabilities(views: Sequence[LayerView], request: HttpRequest, *, is_tianditu: bool = False) -> bytes:
    """Write the document; for TianDiTu's clients with its two grids only and scales for pixels of 96 dpi."""
    language = get_language() or "zh"
    address = request.build_absolute_uri(f"{request.META.get('SCRIPT_NAME', '').rstrip('/')}/wmts")
    root = etree.Element(
        f"{{{WMTS}}}Capabilities",
        {"version": "1.0.0", f"{{{XSI}}}schemaLocation": _SCHEMA},
        nsmap={None: WMTS, "ows": OWS, "xlink": XLINK, "xsi": XSI},
    )
    key = request.GET.get("key", "")
    _service(root, language)
    _operations(root, address, key)
    offered = [each for each in grids().values() if not is_tianditu or each.id in _TIANDITU]
    contents = _add(root, WMTS, "Contents")
    for view in views:
        if view.spec.kind != "cascaded" and (view.spec.current or view.members):
            _layer(contents, view, language, (address, key), offered)
    for each in offered:
        _matrix_set(contents, each, is_tianditu=is_tianditu)
    document = _add(root, WMTS, "ServiceMetadataURL")
    document.set(f"{{{XLINK}}}href", f"{address}/1.0.0/WMTSCapabilities.xml{_query(key)}")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _add(parent: Any, space: str, name: str, text: str = "", /, **attributes: str) -> Any:
    child = etree.SubElement(parent, f"{{{space}}}{name}", attributes)
    if text:
        child.text = text
    return child


def _query(key: str) -> str:
    return "?" + urlencode({"key": key}) if key else ""


def _service(root: Any, language: str) -> None:
    service = _add(root, OWS, "ServiceIdentification")
    zh, en = settings.GEOBASE.city_zh, settings.GEOBASE.city_en
    title = f"{en} geographic base database" if language.startswith("en") else f"{zh}地理空间基础库"
    _add(service, OWS, "Title", title)
    _add(service, OWS, "ServiceType", "OGC WMTS")
    _add(service, OWS, "ServiceTypeVersion", "1.0.0")
    _add(service, OWS, "Fees", "none")
    _add(service, OWS, "AccessConstraints", "none")


def _operations(root: Any, address: str, key: str) -> None:
    metadata = _add(root, OWS, "OperationsMetadata")
    for name in ("GetCapabilities", "GetTile"):
        http = _add(_add(_add(metadata, OWS, "Operation", name=name), OWS, "DCP"), OWS, "HTTP")
        # A question mark at the end: clients add their parameters behind it.
        link = f"{address}?{urlencode({'key': key})}&" if key else f"{address}?"
        get = _add(http, OWS, "Get", **{f"{{{XLINK}}}href": link})
        encoding = _add(get, OWS, "Constraint", name="GetEncoding")
        _add(_add(encoding, OWS, "AllowedValues"), OWS, "Value", "KVP")


def _layer(
    contents: Any, view: LayerView, language: str, link: tuple[str, str], offered: Sequence[Grid]
) -> None:
    spec, box = view.spec, extent(view)
    layer = _add(contents, WMTS, "Layer")
    _description(layer, spec, box, language)
    _styles(layer, view, language)
    extensions = formats(view)
    for extension in extensions:
        _add(layer, WMTS, "Format", MEDIA_TYPES[extension])
    for each in offered:
        if box is None or each.span(each.matrices[-1], box):
            _add(_add(layer, WMTS, "TileMatrixSetLink"), WMTS, "TileMatrixSet", each.id)
    address, key = link
    place = "{Style}/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}"
    for extension in extensions:
        template = f"{address}/1.0.0/{spec.slug}/{place}.{extension}{_query(key)}"
        _add(layer, WMTS, "ResourceURL", format=MEDIA_TYPES[extension], resourceType="tile", template=template)


def _description(layer: Any, spec: LayerSpec, box: Bounds | None, language: str) -> None:
    _add(layer, OWS, "Title", spec.title(language))
    if abstract := spec.abstract(language):
        _add(layer, OWS, "Abstract", abstract)
    if spec.keywords:
        words = _add(layer, OWS, "Keywords")
        for word in spec.keywords:
            _add(words, OWS, "Keyword", word)
    if box:
        corners = _add(layer, OWS, "WGS84BoundingBox")
        _add(corners, OWS, "LowerCorner", f"{box[0]:.9f} {box[1]:.9f}")
        _add(corners, OWS, "UpperCorner", f"{box[2]:.9f} {box[3]:.9f}")
    _add(layer, OWS, "Identifier", spec.slug)


def _styles(layer: Any, view: LayerView, language: str) -> None:
    named = [(each.name, each.title(language)) for each in view.spec.styles] or [("default", "")]
    for number, (name, title) in enumerate(named):
        style = _add(layer, WMTS, "Style", isDefault="true" if number == 0 else "false")
        if title:
            _add(style, OWS, "Title", title)
        _add(style, OWS, "Identifier", name)


def _matrix_set(contents: Any, grid: Grid, *, is_tianditu: bool) -> None:
    matrix_set = _add(contents, WMTS, "TileMatrixSet")
    _add(matrix_set, OWS, "Title", grid.title)
    _add(matrix_set, OWS, "Identifier", grid.id)
    _add(matrix_set, OWS, "SupportedCRS", f"urn:ogc:def:crs:EPSG::{grid.srid}")
    if grid.well_known_scale_set and not is_tianditu:
        _add(matrix_set, WMTS, "WellKnownScaleSet", "urn:ogc:def:wkss:OGC:1.0:GoogleMapsCompatible")
    for each in grid.matrices:
        matrix = _add(matrix_set, WMTS, "TileMatrix")
        _add(matrix, OWS, "Identifier", each.id)
        scale = each.scale * 0.00028 / _PIXEL_96_DPI_M if is_tianditu else each.scale
        _add(matrix, WMTS, "ScaleDenominator", repr(scale))
        # In the CRS's own axis order: latitude or northing first for EPSG:4490 and 4548.
        _add(matrix, WMTS, "TopLeftCorner", "{!r} {!r}".format(*each.point_of_origin))
        for name, number in (
            ("TileWidth", each.size_px), ("TileHeight", each.size_px),
            ("MatrixWidth", each.columns), ("MatrixHeight", each.rows),
        ):  # fmt: skip
            _add(matrix, WMTS, name, str(number))
