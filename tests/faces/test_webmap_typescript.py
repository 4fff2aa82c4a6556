"""The TypeScript part under its own tests: words in pairs, sheets, scales, permalinks (node's test runner)."""

import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

FOLDER = Path(settings.BASE_DIR) / "geoserver_app" / "webmap"


def test_the_tests_of_the_typescript_part_pass() -> None:
    npm = shutil.which("npm")
    if npm is None or not (FOLDER / "node_modules").is_dir():
        pytest.skip("npm or geoserver_app/webmap/node_modules is not here: make setup brings them")
    done = subprocess.run([npm, "test", "--silent"], cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "# fail 0" in done.stdout


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (FOLDER / "package-lock.json").read_text()
