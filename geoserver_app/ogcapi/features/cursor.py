"""Where the next page begins: a signed word that pins the version, so a chain of pages never mixes two."""

from dataclasses import dataclass

from django.core.signing import BadSignature, Signer

from geoserver_app.ogcapi.call import invalid

_SALT = "geobase.ogcapi.cursor"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in one layer's version: after feature `after`, or past `offset` rows of a sorted answer."""

    slug: str
    version: int
    after: int = 0
    offset: int = 0


def write(cursor: Cursor) -> str:
    """Return the cursor as a word for URLs that only this server can make."""
    return _signer(cursor.slug).sign(f"{cursor.version}.{cursor.after}.{cursor.offset}")


def read(word: str, slug: str) -> Cursor:
    """Read a cursor of this layer; raises the fault of the parameter when it is forged or another layer's."""
    try:
        version, after, offset = (int(part) for part in _signer(slug).unsign(word).split("."))
    except (BadSignature, ValueError):
        raise invalid("cursor", "翻页标记无效", "the page token is not valid") from None
    return Cursor(slug, version, after, offset)


def _signer(slug: str) -> Signer:
    # The layer is in the salt: a token of one layer says nothing in another.
    return Signer(salt=f"{_SALT}.{slug}", sep="~")
