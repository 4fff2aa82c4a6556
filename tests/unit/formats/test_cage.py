"""The cage holds: no network, no other folders, no endless memory; references in files are not followed."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.findings import Refused
from ingest.read import environment, layers


def caged(code: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run Python in the cage with one writable folder."""
    program = f"from pathlib import Path\nfrom ingest.cage import cage\ncage([Path({str(folder)!r})])\n{code}"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, env=environment())


def has_landlock() -> bool:
    abi = "import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1))"
    done = subprocess.run([sys.executable, "-c", abi], capture_output=True, check=True)
    return int(done.stdout) >= 4


@pytest.mark.skipif(not has_landlock(), reason="this kernel has no Landlock")
def test_only_the_own_folder_can_be_read_and_written(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("x")
    assert caged(f"open({str(inside / 'a')!r}, 'w').write('1')", inside).returncode == 0
    for reach in (f"open({str(outside / 'secret')!r})", f"open({str(outside / 'new')!r}, 'w')", "open('/etc/passwd')"):
        assert b"PermissionError" in caged(reach, inside).stderr, reach


def test_memory_has_an_end(tmp_path):
    assert b"MemoryError" in caged("bytearray(6 << 30)", tmp_path).stderr


REFERENCES = {
    "a.geojson": '{{"type":"FeatureCollection","crs":{{"type":"link","properties":{{"href":"{url}","type":"proj4"}}}},"features":[{{"type":"Feature","properties":{{}},'
                 '"geometry":{{"type":"Point","coordinates":[116.8,38.2]}}}}]}}',
    "b.gml": '<?xml version="1.0"?><gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
             'xmlns:xlink="http://www.w3.org/1999/xlink" xsi:schemaLocation="http://a {url}"><gml:featureMember><a><g><gml:Point srsName="{url}">'
             "<gml:coordinates>116.8,38.2</gml:coordinates></gml:Point></g><r xlink:href=\"{url}\"/></a></gml:featureMember></gml:FeatureCollection>",
    "c.kml": '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><NetworkLink><Link><href>{url}</href></Link></NetworkLink><Placemark>'
             "<styleUrl>{url}#a</styleUrl><Point><coordinates>116.8,38.2</coordinates></Point></Placemark></Document></kml>",
}  # fmt: skip


@pytest.mark.parametrize("name", REFERENCES)
def test_references_in_files_are_never_fetched(tmp_path, name):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        (tmp_path / name).write_text(REFERENCES[name].format(url=url))
        try:
            found, _ = layers(tmp_path / name)
            assert found[0].count == 1
        except Refused:
            pass
        with pytest.raises(TimeoutError):
            listener.accept()
