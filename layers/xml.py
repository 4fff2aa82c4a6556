"""XML from outside, read in the one safe way: no DOCTYPE, no entity, no network, bounded in size and depth.

Every face that takes XML (SLD, filter encoding, CSW, WFS) parses with `safe_xml`; nothing else calls lxml's parsers.
"""

import io
from typing import Any

from lxml import etree

from layers.errors import InvalidValue

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64
MAX_ELEMENTS = 100_000


class InvalidXml(InvalidValue):
    """The document is not XML that is taken here."""


def safe_xml(
    text: str | bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH, max_elements: int = MAX_ELEMENTS
) -> Any:
    """Return the root element (lxml); comments and processing instructions are left out.

    Raises InvalidXml for what is not well-formed, has a DOCTYPE, or exceeds a limit; it names the line.
    """
    data = text.encode() if isinstance(text, str) else text
    if len(data) > max_bytes:
        raise InvalidXml(f"XML 超过 {max_bytes} 字节 / XML of more than {max_bytes} bytes")
    # A text that is already decoded has no encoding left to declare: lxml would believe the declaration.
    encoding = "utf-8" if isinstance(text, str) else None
    events = etree.iterparse(
        io.BytesIO(data), events=("start", "end"), encoding=encoding, resolve_entities=False, no_network=True,
        load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        _walk(events, max_depth, max_elements)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise InvalidXml(f"不是良构的 XML（第 {line} 行）/ not well-formed XML (line {line})") from None
    return events.root


def _walk(events: Any, max_depth: int, max_elements: int) -> None:
    depth = count = 0
    for event, element in events:
        if event == "end":
            depth -= 1
            continue
        if count == 0 and element.getroottree().docinfo.internalDTD is not None:
            raise InvalidXml("不接受 DOCTYPE / a DOCTYPE is not taken")
        depth, count = depth + 1, count + 1
        if depth > max_depth:
            raise InvalidXml(f"嵌套超过 {max_depth} 层 / nested deeper than {max_depth}")
        if count > max_elements:
            raise InvalidXml(f"超过 {max_elements} 个元素 / more than {max_elements} elements")


def local(element: Any) -> str:
    """Return an element's name without its namespace; "" for what is no element (an entity reference)."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def children(element: Any, *names: str) -> list[Any]:
    """Return the child elements, of those local names where any are given, whatever their namespace."""
    return [each for each in element if local(each) and (not names or local(each) in names)]


def child(element: Any, *path: str) -> Any:
    """Return the first element along a path of local names, or None."""
    for name in path:
        element = next(iter(children(element, name)), None) if element is not None else None
    return element


def text_of(element: Any, *path: str) -> str:
    """Return the text of an element along a path, stripped; "" where there is none."""
    found = child(element, *path) if path else element
    return (found.text or "").strip() if found is not None else ""
