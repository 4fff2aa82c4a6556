"""Every word of the administration pages has its Chinese twin."""

from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from django.conf import settings

FOLDERS = ("layers", "tiles", "ingest", "geoserver_app")


def test_every_word_marked_for_translation_is_translated() -> None:
    root = Path(settings.BASE_DIR)
    known = set()
    for path in root.glob("*/locale/zh_Hans/LC_MESSAGES/django.po"):
        with path.open() as words:
            known |= {message.id for message in read_po(words, locale="zh_Hans") if message.string}
    used = {
        (message, name)
        for folder in FOLDERS
        for name, _, message, _, _ in extract_from_dir(
            root / folder, [("**.py", "python")], keywords={"_": None, "gettext_lazy": None, "gettext": None},
            directory_filter=lambda at: Path(at).name not in {"node_modules", "migrations"},
        )
    }  # fmt: skip
    assert sorted(f"{name}: {message}" for message, name in used if message not in known) == []


def test_the_catalogue_is_compiled_by_the_set_up() -> None:
    for path in Path(settings.BASE_DIR).glob("*/locale/*/LC_MESSAGES/django.po"):
        assert path.with_suffix(".mo").stat().st_mtime >= path.stat().st_mtime, "run make setup"
