"""A file, or the bytes of it that a client asks for (RFC 9110 §14), as readers of cloud-optimised GeoTIFFs do."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from geoserver_app.ogcapi.answers import not_modified

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_CHUNK = 1 << 18


def answer(request: HttpRequest, path: Path, media: str, tag: str) -> HttpResponseBase:
    """Answer a file: whole, the part that Range names, 304 or 416; several ranges get the whole."""
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    size = path.stat().st_size
    wanted = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if wanted is None or wanted[0] == "bytes=-" or request.headers.get("If-Range", tag) != tag:
        found: HttpResponseBase = FileResponse(path.open("rb"), content_type=media)
    else:
        found = _part(path, media, size, _ends(wanted[1], wanted[2], size))
    found["Accept-Ranges"] = "bytes"
    found["ETag"] = tag
    return found


def _ends(first: str, last: str, size: int) -> tuple[int, int]:
    """Return first byte and the one after the last; of a suffix range the last so many."""
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(int(last) + 1, size) if last else size


def _part(path: Path, media: str, size: int, ends: tuple[int, int]) -> HttpResponseBase:
    start, stop = ends
    if start >= size or start >= stop:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    answer = StreamingHttpResponse(_read(path, start, stop), status=206, content_type=media)
    answer["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    answer["Content-Length"] = str(stop - start)
    return answer


def _read(path: Path, start: int, stop: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while start < stop and (chunk := file.read(min(_CHUNK, stop - start))):
            start += len(chunk)
            yield chunk
