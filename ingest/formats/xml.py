"""Is an XML file harmless? One with a document type is not: its entities read files, and swell without end."""

from pathlib import Path
from xml.parsers import expat

from ingest.findings import refuse

_CHUNK = 1 << 16
_PROLOGUE_BYTES = 1 << 20
_SCHEMAS = (".xsd", ".gfs")


def check(path: Path) -> None:
    """Refuse an XML file, or the schema beside it, that declares a document type before its first element."""
    for each in (path, *(path.with_suffix(suffix) for suffix in _SCHEMAS)):
        if each.is_file() and _has_doctype(each):
            raise refuse("xml-doctype", "XML 含 DOCTYPE（实体声明），不接收", "XML with a DOCTYPE (entities) is not taken", each.name)


class _Begun(Exception):
    """The first element has begun: no document type can follow."""


def _has_doctype(path: Path) -> bool:
    seen = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: seen.append(True)

    def begin(*_: object) -> None:
        raise _Begun

    parser.StartElementHandler = begin
    read = 0
    try:
        with path.open("rb") as file:
            while not seen and read < _PROLOGUE_BYTES and (chunk := file.read(_CHUNK)):
                parser.Parse(chunk)
                read += len(chunk)
    except _Begun:
        return bool(seen)
    except expat.ExpatError:
        return bool(seen)  # broken XML is for the reader to refuse
    return bool(seen) or read >= _PROLOGUE_BYTES
