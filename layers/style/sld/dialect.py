"""What differs between SLD 1.0 and SLD 1.1 with SE 1.1 when one is written: namespaces and names of elements."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from lxml import etree

from layers.filters import Node
from layers.filters.fes_writer import OGC, to_element

type Version = Literal["1.0.0", "1.1.0"]
SLD = "http://www.opengis.net/sld"
SE = "http://www.opengis.net/se"
XLINK = "http://www.w3.org/1999/xlink"
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Dialect:
    """Makes the elements of one version."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self.space = SE if version == "1.1.0" else SLD

    def root(self) -> Any:
        """Make the document's root."""
        spaces = {None: SLD, "ogc": OGC, "xlink": XLINK} | ({"se": SE} if self.version == "1.1.0" else {})
        return etree.Element(f"{{{SLD}}}StyledLayerDescriptor", {"version": self.version}, nsmap=spaces)

    def sld(self, parent: Any, name: str) -> Any:
        """Add an element of the SLD namespace in both versions."""
        return etree.SubElement(parent, f"{{{SLD}}}{name}")

    def add(self, parent: Any, name: str, text: object = None, **attributes: str) -> Any:
        """Add an element of the symbology namespace; what XML cannot hold is left out of `text`."""
        element = etree.SubElement(parent, f"{{{self.space}}}{name}", attributes)
        if text is not None:
            element.text = clean(number(text) if isinstance(text, int | float) else str(text))
        return element

    def parameters(self, parent: Any, values: Mapping[str, object]) -> None:
        """Add CssParameter (1.0) or SvgParameter (1.1) elements."""
        name = "SvgParameter" if self.version == "1.1.0" else "CssParameter"
        for key, value in values.items():
            element = self.add(parent, name, value)
            element.set("name", key)

    def vendor(self, parent: Any, key: str, value: object) -> None:
        """Add a VendorOption, as GeoServer reads it."""
        self.add(parent, "VendorOption", value).set("name", key)

    def title(self, parent: Any, zh: str, en: str) -> None:
        """Add a title; its English stands inside as GeoServer's Localized."""
        if not (zh or en):
            return
        holder = self.add(parent, "Description") if self.version == "1.1.0" else parent
        element = self.add(holder, "Title", zh or en)
        if en and zh:
            self.add(element, "Localized", en, lang="en")

    def filter(self, parent: Any, node: Node) -> None:
        """Add an ogc:Filter; raises Unwritable."""
        parent.append(to_element(node, "1.1" if self.version == "1.1.0" else "1.0"))

    def property(self, parent: Any, name: str) -> None:
        """Add an ogc:PropertyName."""
        etree.SubElement(parent, f"{{{OGC}}}PropertyName").text = clean(name)

    def literal(self, parent: Any, text: str) -> None:
        """Add an ogc:Literal."""
        etree.SubElement(parent, f"{{{OGC}}}Literal").text = clean(text)


def clean(text: str) -> str:
    """Leave out the characters that XML 1.0 cannot hold."""
    return _UNWRITABLE.sub("", text)


def number(value: float) -> str:
    """Write a number shortly and without loss that matters to a drawing."""
    return f"{value:.10g}"
