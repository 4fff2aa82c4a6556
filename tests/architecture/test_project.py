"""What holds for the tree as a whole: dependencies, sizes, pages, contracts."""

import ast
import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import environment, reference

ROOT = environment.CHECKOUT
FOLDERS = ("config", "layers", "tiles", "ingest", "geoserver_app", "tests")


def _modules() -> Iterator[Path]:
    yield ROOT / "manage.py"
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            if "node_modules" not in path.parts and "migrations" not in path.parts:
                yield path


def _documents() -> str:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return "\n".join(page.read_text() for page in pages)


def test_psycopg_3_is_not_installed_because_django_would_prefer_it() -> None:
    assert importlib.util.find_spec("psycopg") is None
    assert importlib.util.find_spec("psycopg2") is not None


def test_a_module_over_300_lines_says_why_at_its_top() -> None:
    long = [
        str(path.relative_to(ROOT))
        for path in _modules()
        if len((text := path.read_text()).splitlines()) > 300
        and "Why over 300 lines:" not in (ast.get_docstring(ast.parse(text)) or "")
    ]
    assert long == []


def test_every_module_says_what_it_answers() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in _modules()
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_hashed_and_name_no_host(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    pins = re.findall(r"^[a-z0-9][^\s;]*==", text, re.MULTILINE | re.IGNORECASE)
    assert len(pins) > 20
    assert text.count("--hash=sha256:") >= len(pins)


def test_the_web_maps_lock_file_names_no_host() -> None:
    lock = ROOT / "geoserver_app" / "webmap" / "package-lock.json"
    assert '"resolved": "http' not in lock.read_text()


def test_the_page_of_settings_is_up_to_date() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == reference.page(), "run make docs"


def test_every_command_of_the_makefile_is_documented() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None
    documents = _documents()
    for name in phony[1].split():
        assert re.search(rf"^{name}:.*## ", makefile, re.MULTILINE), f"{name} has no ## words"
        assert f"make {name}" in documents, f"make {name} is in no document"


def test_every_management_command_is_documented() -> None:
    documents = _documents()
    for folder in ("layers", "tiles", "ingest", "geoserver_app"):
        for path in (ROOT / folder).glob("management/commands/[a-z]*.py"):
            assert f"manage.py {path.stem}" in documents, f"{path.stem} is in no document"


def test_the_import_contracts_hold() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_web_processes_never_load_the_readers_of_deliveries_nor_the_writers_of_reports() -> None:
    asked = (
        "import config.wsgi, sys; from django.urls import get_resolver; get_resolver().url_patterns;"
        "print(*[m for m in sys.modules if m in ('pyogrio', 'fpdf', 'openpyxl') or m in"
        " ('ingest.read', 'ingest.detect', 'ingest.load') or m.startswith('ingest.formats')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split() == []
