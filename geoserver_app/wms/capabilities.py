"""WMS capabilities, made of the layers the caller may see."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from lxml import etree

from geoserver_app.wms.parameters import Version
from layers import crs
from layers.access import LayerView
from layers.errors import DatumRefused
from layers.spec import Bounds
from tiles import render

WMS = "http://www.opengis.net/wms"
XLINK = "http://www.w3.org/1999/xlink"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SCHEMA = "http://schemas.opengis.net/wms/1.3.0/capabilities_1_3_0.xsd"
_DTD = '<!DOCTYPE WMT_MS_Capabilities SYSTEM "http://schemas.opengis.net/wms/1.1.1/capabilities_1_1_1.dtd">'
_PIXEL_M = 0.00028


class _Writer:
    """Builds elements in the version's namespace."""

    def __init__(self, version: Version, url: str, language: str) -> None:
        self.version = version
        self.url = url
        self.language = language
        self.is_13 = version == "1.3.0"

    def add(self, parent: Any, name: str, text: str = "", **attributes: str) -> Any:
        tag = f"{{{WMS}}}{name}" if self.is_13 else name
        child = etree.SubElement(parent, tag, attributes)
        if text:
            child.text = text
        return child

    def link(self, parent: Any, url: str, name: str = "OnlineResource") -> None:
        self.add(parent, name, **{f"{{{XLINK}}}type": "simple", f"{{{XLINK}}}href": url})


def capabilities(views: Sequence[LayerView], version: Version, url: str, language: str) -> bytes:
    """Write the document; `url` is the service's own address."""
    writer = _Writer(version, url, language)
    if writer.is_13:
        root = etree.Element(
            f"{{{WMS}}}WMS_Capabilities",
            {"version": version, f"{{{XSI}}}schemaLocation": f"{WMS} {SCHEMA}"},
            nsmap={None: WMS, "xlink": XLINK, "xsi": XSI},
        )
    else:
        root = etree.Element("WMT_MS_Capabilities", {"version": version}, nsmap={"xlink": XLINK})
    _service(writer, root)
    capability = writer.add(root, "Capability")
    _requests(writer, capability)
    writer.add(writer.add(capability, "Exception"), "Format", "XML" if writer.is_13 else "application/vnd.ogc.se_xml")
    _layers(writer, capability, views)
    doctype = None if writer.is_13 else _DTD
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", doctype=doctype))


def _service(writer: _Writer, root: Any) -> None:
    service = writer.add(root, "Service")
    writer.add(service, "Name", "WMS" if writer.is_13 else "OGC:WMS")
    writer.add(service, "Title", _city(writer.language))
    writer.link(service, writer.url)
    writer.add(service, "Fees", "none")
    writer.add(service, "AccessConstraints", "none")
    if writer.is_13:
        writer.add(service, "LayerLimit", str(settings.GEOBASE.max_layers))
        writer.add(service, "MaxWidth", str(settings.GEOBASE.max_pixels))
        writer.add(service, "MaxHeight", str(settings.GEOBASE.max_pixels))


def _city(language: str) -> str:
    zh, en = settings.GEOBASE.city_zh, settings.GEOBASE.city_en
    return f"{en} geographic base database" if language.startswith("en") else f"{zh}地理空间基础库"


def _requests(writer: _Writer, capability: Any) -> None:
    requests = writer.add(capability, "Request")
    document = "text/xml" if writer.is_13 else "application/vnd.ogc.wms_xml"
    pictures = ("image/png", "image/png; mode=8bit", "image/jpeg", "image/webp")
    offered = {
        "GetCapabilities": (document,),
        "GetMap": pictures,
        "GetFeatureInfo": ("application/json", "text/html", "text/plain"),
    }
    for name, formats in offered.items():
        _request(writer, requests, name, formats)
    if not writer.is_13:
        _request(writer, requests, "GetLegendGraphic", ("image/png",))
        _request(writer, requests, "GetStyles", ("application/vnd.ogc.sld+xml",))


def _request(writer: _Writer, parent: Any, name: str, formats: Sequence[str]) -> None:
    request = writer.add(parent, name)
    for each in formats:
        writer.add(request, "Format", each)
    get = writer.add(writer.add(writer.add(request, "DCPType"), "HTTP"), "Get")
    writer.link(get, writer.url + "?")


def _layers(writer: _Writer, capability: Any, views: Sequence[LayerView]) -> None:
    root = writer.add(capability, "Layer")
    writer.add(root, "Title", _city(writer.language))
    for offered in crs.OFFERED:
        if writer.is_13 or offered.name != "CRS:84":
            writer.add(root, "CRS" if writer.is_13 else "SRS", offered.name)
    extents = [view.spec.extent for view in views if view.spec.extent]
    if extents:
        _geographic(writer, root, _union(extents))
    for view in views:
        if view.spec.current or view.members:
            _layer(writer, root, view)


def _layer(writer: _Writer, parent: Any, view: LayerView) -> None:
    spec = view.spec
    queryable = "query" in view.operations and spec.kind in ("vector", "imagery", "elevation")
    layer = writer.add(parent, "Layer", queryable="1" if queryable else "0", opaque="0")
    writer.add(layer, "Name", spec.slug)
    writer.add(layer, "Title", spec.title(writer.language))
    if abstract := spec.abstract(writer.language):
        writer.add(layer, "Abstract", abstract)
    if spec.keywords:
        words = writer.add(layer, "KeywordList")
        for word in spec.keywords:
            writer.add(words, "Keyword", word)
    extent = spec.extent or (_union(found) if (found := [m.spec.extent for m, _ in view.members if m.spec.extent]) else None)
    if extent:
        _geographic(writer, layer, extent)
        _boxes(writer, layer, extent)
    if spec.attribution:
        writer.add(writer.add(layer, "Attribution"), "Title", spec.attribution)
    for style in render.styles_of(view):
        _style(writer, layer, spec.slug, style.name, style.title(writer.language))
    _scales(writer, layer, view)


def _geographic(writer: _Writer, layer: Any, box: Bounds) -> None:
    west, south, east, north = (repr(value) for value in box)
    if writer.is_13:
        bounding = writer.add(layer, "EX_GeographicBoundingBox")
        names = ("westBoundLongitude", "eastBoundLongitude", "southBoundLatitude", "northBoundLatitude")
        for name, value in zip(names, (west, east, south, north), strict=True):
            writer.add(bounding, name, value)
    else:
        writer.add(layer, "LatLonBoundingBox", minx=west, miny=south, maxx=east, maxy=north)


def _boxes(writer: _Writer, layer: Any, box: Bounds) -> None:
    for offered in crs.OFFERED:
        if offered.name == "CRS:84" and not writer.is_13:
            continue
        try:
            minx, miny, maxx, maxy = box if crs.is_degrees(offered.srid) else crs.bounds(box, crs.STORAGE, offered.srid)
        except DatumRefused:
            continue
        if max(abs(value) for value in (minx, miny, maxx, maxy)) == float("inf"):
            continue
        if writer.is_13 and offered.is_swapped:
            minx, miny, maxx, maxy = miny, minx, maxy, maxx
        numbers = {"minx": repr(minx), "miny": repr(miny), "maxx": repr(maxx), "maxy": repr(maxy)}
        writer.add(layer, "BoundingBox", **{"CRS" if writer.is_13 else "SRS": offered.name}, **numbers)


def _style(writer: _Writer, layer: Any, slug: str, name: str, title: str) -> None:
    style = writer.add(layer, "Style")
    writer.add(style, "Name", name)
    writer.add(style, "Title", title or name)
    legend = writer.add(style, "LegendURL", width="200", height="200")
    writer.add(legend, "Format", "image/png")
    query = f"SERVICE=WMS&VERSION={writer.version}&REQUEST=GetLegendGraphic&LAYER={slug}&STYLE={name}&FORMAT=image/png"
    writer.link(legend, f"{writer.url}?{query}")


def _scales(writer: _Writer, layer: Any, view: LayerView) -> None:
    largest, smallest = view.spec.max_scale, view.spec.min_scale
    if not (largest or smallest):
        return
    if writer.is_13:
        if largest:
            writer.add(layer, "MinScaleDenominator", repr(largest))
        if smallest:
            writer.add(layer, "MaxScaleDenominator", repr(smallest))
        return
    # ScaleHint is the diagonal of a pixel in metres (WMS 1.1.1 §7.1.4.5.8).
    hint = [value * _PIXEL_M * 2**0.5 for value in (largest, smallest or 1e12)]
    writer.add(layer, "ScaleHint", min=repr(hint[0]), max=repr(hint[1]))


def _union(boxes: Sequence[Bounds]) -> Bounds:
    west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
    return west, south, max(box[2] for box in boxes), max(box[3] for box in boxes)
