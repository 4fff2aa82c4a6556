"""The page of formats says what the catalogue does."""

import re
from pathlib import Path

from django.conf import settings

from ingest.formats import FORMATS

PAGE = (Path(settings.BASE_DIR) / "docs" / "formats.md").read_text("utf-8")


def test_every_format_has_its_row_and_its_limit():
    rows = {line.split("|")[1].strip(): line for line in PAGE.splitlines() if re.match(r"\| [A-Za-z]", line)}
    assert set(rows) - {"Format"} == {each.title for each in FORMATS.values()}
    for each in FORMATS.values():
        if each.kind == "vector":
            limit = f"{each.limit_mb} MB" if each.limit_mb else "—"
            assert rows[each.title].rstrip("| ").endswith(limit), each.title
