"""How one question is put to a FastCGI process: the client's half of the protocol, no keep-alive."""

import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from layers.errors import RenderFailed

ANSWER_WITHIN_S = 60.0
_BEGIN, _END, _PARAMS, _STDIN, _STDOUT = 1, 3, 4, 5, 6


@dataclass(frozen=True, slots=True)
class Answer:
    """What mapserv said: media type without parameters, and the body."""

    media_type: str
    body: bytes


def exchange(path: str, parameters: Mapping[str, str]) -> Answer:
    """Ask the process behind a unix socket; `parameters` are CGI variables.

    Raises ConnectionError or FileNotFoundError where nobody answers, RenderFailed after
    `ANSWER_WITHIN_S`.
    """
    pairs = b"".join(_pair(key.encode(), value.encode()) for key, value in parameters.items())
    begin = struct.pack(">BBHHBxHB5x", 1, _BEGIN, 1, 8, 0, 1, 0)
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(ANSWER_WITHIN_S)
        client.connect(path)
        client.sendall(
            begin + _record(_PARAMS, pairs) + _record(_PARAMS, b"") + _record(_STDIN, b"")
        )
        try:
            with client.makefile("rb") as stream:
                return _parse(_stdout(stream))
        except TimeoutError:
            raise RenderFailed("绘图超时 / drawing took too long") from None


def _stdout(stream: IO[bytes]) -> bytes:
    parts: list[bytes] = []
    while len(header := stream.read(8)) == 8:
        _, kind, _, length, padding = struct.unpack(">BBHHBx", header)
        data = stream.read(length + padding)
        if kind == _STDOUT:
            parts.append(data[:length])
        elif kind == _END:
            return b"".join(parts)
    raise ConnectionResetError("mapserv hung up")


def _record(kind: int, data: bytes) -> bytes:
    if len(data) > 0xFFFF:
        raise RenderFailed("请求过长 / the query is too long")
    return struct.pack(">BBHHBx", 1, kind, 1, len(data), 0) + data


def _pair(key: bytes, value: bytes) -> bytes:
    sizes = (len(each) for each in (key, value))
    return (
        b"".join(bytes([n]) if n < 128 else struct.pack(">I", n | 1 << 31) for n in sizes)
        + key
        + value
    )


def _parse(raw: bytes) -> Answer:
    head, separator, body = raw.partition(b"\r\n\r\n")
    if not separator:
        raise ConnectionResetError("mapserv said nothing")
    lines = dict(line.split(b": ", 1) for line in head.split(b"\r\n") if b": " in line)
    kind = lines.get(b"Content-Type", b"").split(b";")[0]
    return Answer(kind.decode("ascii", "replace"), body)
