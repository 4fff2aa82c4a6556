"""The demo's steps: each is done once, and a start after a kill goes on where the first one was."""

import subprocess
from pathlib import Path

import pytest

from config import demo, environment


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Record the management commands instead of running them; the survey has three deliveries."""
    done: list[tuple[str, ...]] = []

    def run(bar: object, *arguments: str) -> str:
        if "broken" in arguments[-1] and ("repaired",) not in done:
            raise subprocess.CalledProcessError(1, arguments)
        done.append(arguments)
        if arguments[0] == "demo_survey":
            Path(arguments[1]).mkdir(parents=True)
            for name in ("1-base", "2-broken", "3-land"):
                Path(arguments[1], name).write_text("x")
        return "  steward: …" if arguments[0] == "demo_accounts" else ""

    monkeypatch.setattr(demo, "_run", run)
    return done


def _settings(var: Path, **more: str) -> environment.Settings:
    return environment.read({"GEOBASE_VAR": str(var), **more})


def test_the_deliveries_are_taken_in_the_order_of_their_names_and_only_once(
    tmp_path: Path, steps: list[tuple[str, ...]]
) -> None:
    steps.append(("repaired",))
    demo.prepare(_settings(tmp_path))
    verbs = [step[0] for step in steps]
    assert verbs == ["repaired", "demo_survey", "ingest", "ingest", "ingest", "demo_accounts"]
    assert demo.sign_ins(_settings(tmp_path)) == "  steward: …"
    demo.prepare(_settings(tmp_path))
    assert len(steps) == len(verbs)


def test_a_start_after_a_failure_goes_on_where_it_stopped(
    tmp_path: Path, steps: list[tuple[str, ...]]
) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        demo.prepare(_settings(tmp_path))
    before = len(steps)
    steps.append(("repaired",))
    demo.prepare(_settings(tmp_path))
    again = [Path(step[-1]).name for step in steps[before + 1 :]]
    assert again == ["2-broken", "3-land", "demo_accounts"]


def test_another_database_gets_the_demo_anew(tmp_path: Path, steps: list[tuple[str, ...]]) -> None:
    steps.append(("repaired",))
    demo.prepare(_settings(tmp_path))
    steps.clear()
    steps.append(("repaired",))
    (tmp_path / "demo-survey").rename(tmp_path / "old")
    demo.prepare(_settings(tmp_path, DATABASE_URL="postgis://a@b/c"))
    assert [step[0] for step in steps].count("ingest") == 3


def test_the_passwords_are_kept_from_others(tmp_path: Path, steps: list[tuple[str, ...]]) -> None:
    steps.append(("repaired",))
    demo.prepare(_settings(tmp_path))
    assert (tmp_path / "demo.json").stat().st_mode & 0o077 == 0
