"""The TypeScript part under its own tests: words in pairs, sheets, scales, permalinks (node's test runner)."""

import subprocess
from pathlib import Path

from django.conf import settings

FOLDER = Path(settings.BASE_DIR) / "geoserver_app" / "webmap"


def test_the_tests_of_the_typescript_part_pass() -> None:
    # The Node that set-up found or brought, as `make types` asks for it.
    command = [Path(settings.BASE_DIR) / "config/deploy/setup.sh", "npm", "test", "--silent"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "# fail 0" in done.stdout


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (FOLDER / "package-lock.json").read_text()
