"""Archives that are broken in their bytes, and a disk that is full while a good one is unpacked."""

import bz2
import errno
import gzip
import io
import lzma
import os
import resource
import tarfile
import zipfile
from collections.abc import Callable

import pytest

from ingest.archive import unpack


def packed(pack: Callable[[bytes], bytes], name: str, content: bytes) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return pack(held.getvalue())


def zipped(name: str, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        archive.writestr(name, content)
    return held.getvalue()


NOISE = os.urandom(100_000)
ARCHIVES = {
    "deflate.zip": zipped("a.geojson", NOISE), "lzma.zip": zipped("a.geojson", NOISE, zipfile.ZIP_LZMA),
    "bzip2.zip": zipped("a.geojson", NOISE, zipfile.ZIP_BZIP2), "plain.tar": packed(bytes, "a.geojson", NOISE),
    "gzip.tar.gz": packed(gzip.compress, "a.geojson", NOISE), "bzip2.tar": packed(bz2.compress, "a.geojson", NOISE),
    "xz.tar": packed(lzma.compress, "a.geojson", NOISE), "one.gz": gzip.compress(NOISE),
}  # fmt: skip


@pytest.mark.parametrize("name", ARCHIVES)
@pytest.mark.parametrize("damage", ["cut", "zeroed", "turned"])
def test_a_damaged_archive_is_a_finding_that_names_it(tmp_path, name, damage):
    whole = bytearray(ARCHIVES[name])
    match damage:
        case "cut":
            whole = whole[: len(whole) // 2]
        case "zeroed":
            whole[2000:3000] = bytes(1000)
        case "turned":
            whole[60:90] = bytes(255 - each for each in whole[60:90])
    (tmp_path / name).write_bytes(whole)
    (tmp_path / "out").mkdir()
    found = [each.finding for each in unpack(tmp_path / name, tmp_path / "out", 1 << 30)]
    if name == "plain.tar" and damage != "cut":  # tar keeps no checksum of contents: what it holds is judged as a file
        assert all(each.id == "zip-broken" for each in found)
        return
    assert [(each.id, each.file) for each in found] == [("zip-broken", name)]
    assert list((tmp_path / "out").iterdir()) == []


def test_a_spoilt_header_between_two_entries_loses_none_in_silence(tmp_path):
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name in ("a.geojson", "b.geojson"):
            entry = tarfile.TarInfo(name)
            entry.size = 600
            archive.addfile(entry, io.BytesIO(NOISE[:600]))
    whole = bytearray(held.getvalue())
    whole[1540:1550] = b"0123456789"  # in the second header
    (tmp_path / "two.tar").write_bytes(whole)
    (tmp_path / "out").mkdir()
    assert [each.finding.id for each in unpack(tmp_path / "two.tar", tmp_path / "out", 1 << 30)] == ["zip-broken"]


def test_no_room_while_unpacking_is_no_fault_of_the_archive(tmp_path):
    (tmp_path / "good.zip").write_bytes(zipped("a.geojson", NOISE * 20))
    (tmp_path / "out").mkdir()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, hard))
    try:
        with pytest.raises(OSError, match="too large") as fault:
            list(unpack(tmp_path / "good.zip", tmp_path / "out", 1 << 30))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert fault.value.errno == errno.EFBIG
    assert [each.finding.id for each in unpack(tmp_path / "good.zip", tmp_path / "out", 1 << 30)] == []
