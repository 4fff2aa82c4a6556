"""The demo's steps: each is done once for a database, and one that failed is tried again."""

import subprocess
from pathlib import Path

import pytest

from config import demo, environment


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the management commands instead of running them; the first try of the city fails."""
    done: list[str] = []

    def run(*arguments: str) -> str:
        done.append(arguments[0])
        if done == ["demo_city"]:
            raise subprocess.CalledProcessError(1, arguments)
        return "  steward: …" if arguments[0] == "demo_accounts" else ""

    monkeypatch.setattr(demo, "_run", run)
    return done


def _settings(var: Path, **more: str) -> environment.Settings:
    return environment.read({"GEOBASE_VAR": str(var), **more})


def test_a_start_after_a_failure_does_the_rest_and_the_next_one_nothing(
    tmp_path: Path, steps: list[str]
) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        demo.prepare(_settings(tmp_path))
    demo.prepare(_settings(tmp_path))
    assert steps == ["demo_city", "demo_city", "demo_accounts"]
    assert demo.sign_ins(_settings(tmp_path)) == "  steward: …"
    demo.prepare(_settings(tmp_path))
    assert len(steps) == 3


def test_another_database_gets_the_demo_anew(tmp_path: Path, steps: list[str]) -> None:
    steps.append("tried")
    demo.prepare(_settings(tmp_path))
    demo.prepare(_settings(tmp_path, DATABASE_URL="postgis://a@b/c"))
    assert steps == ["tried", *["demo_city", "demo_accounts"] * 2]


def test_the_passwords_are_kept_from_others(tmp_path: Path, steps: list[str]) -> None:
    steps.append("tried")
    demo.prepare(_settings(tmp_path))
    assert (tmp_path / "demo.json").stat().st_mode & 0o077 == 0
