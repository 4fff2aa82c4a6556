"""The set-up script: what it says where it may not install, and how little a second run costs."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from config.environment import CHECKOUT

SCRIPT = CHECKOUT / "config" / "deploy" / "setup.sh"
PROGRAMS = "bash env dirname mkdir sed tr id tail cat cmp find cp touch rm head grep".split()  # noqa: SIM905


def test_without_apt_it_names_exactly_the_missing_packages(tmp_path: Path) -> None:
    for name in PROGRAMS:
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    nothing = {"PATH": str(tmp_path), "HOME": str(tmp_path), "GEOBASE_MAPSERV": "/nowhere/mapserv",
               "GEOBASE_FONT": "/nowhere/font.ttc"}  # fmt: skip
    done = subprocess.run(
        ["/bin/bash", str(SCRIPT), "run"], env=nothing, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "cgi-mapserver" in done.stderr
    assert "fonts-wqy-microhei" in done.stderr
    assert "postgresql-15-postgis-3" not in done.stderr, "it is installed here"


def test_a_run_with_nothing_to_do_is_quick_and_silent() -> None:
    subprocess.run([str(SCRIPT), "dev"], check=True, capture_output=True)
    began = time.monotonic()
    done = subprocess.run([str(SCRIPT), "dev"], check=True, capture_output=True, text=True)
    assert time.monotonic() - began < 3
    assert done.stdout == ""


def test_uv_run_uses_the_checkouts_environment() -> None:
    uv = shutil.which("uv")
    if uv is None:
        uv = str(CHECKOUT / "var" / "tools" / "bin" / "uv")
    clean = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    done = subprocess.run(
        [uv, "run", "manage.py", "version"],
        cwd=CHECKOUT, env=clean, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("6.1")
