"""The settings: typed, checked at start, all faults told at once."""

from pathlib import Path

import pytest

from config import environment


def test_defaults_alone_make_a_server(tmp_path: Path) -> None:
    settings = environment.read({}, checkout=tmp_path)
    assert settings.var == tmp_path / "var"
    assert settings.store == tmp_path / "var" / "store"
    assert settings.zone == "intranet"
    assert settings.city_bounds == (115.699, 37.470, 117.941, 38.947)


def test_the_folders_follow_var(tmp_path: Path) -> None:
    settings = environment.read({"GEOBASE_VAR": str(tmp_path / "x")}, checkout=tmp_path)
    assert settings.cache == tmp_path / "x" / "tiles"


def test_all_faults_are_listed_together() -> None:
    wrong = {
        "GEOBASE_PORT": "99999",
        "GEOBASE_ZONE": "moon",
        "GEOBASE_CITY_BOUNDS": "118,38,115,37",
        "GEOBASE_TYPO": "1",
        "DATABASE_URL": "mysql://x/y",
    }
    with pytest.raises(environment.SettingsFault) as raised:
        environment.read(wrong)
    assert len(raised.value.faults) == len(wrong)
    for name in wrong:
        assert name in str(raised.value)


def test_each_fault_is_told_in_both_languages() -> None:
    with pytest.raises(environment.SettingsFault) as raised:
        environment.read({"GEOBASE_WORKERS": "many"})
    assert "整数" in raised.value.faults[0]
    assert "whole number" in raised.value.faults[0]


def test_debug_is_refused_on_the_internet() -> None:
    with pytest.raises(environment.SettingsFault, match="GEOBASE_DEBUG"):
        environment.read({"GEOBASE_ZONE": "internet", "GEOBASE_DEBUG": "yes",
                          "GEOBASE_BASE_URL": "https://gis.example"})  # fmt: skip


@pytest.mark.parametrize(
    "value", ["gis.example", "ftp://gis.example", "https://u@gis.example", "https://gis.example/x"]
)
def test_a_base_url_that_is_no_origin_is_refused(value: str) -> None:
    with pytest.raises(environment.SettingsFault, match="GEOBASE_BASE_URL"):
        environment.read({"GEOBASE_BASE_URL": value})


def test_an_empty_variable_means_its_default() -> None:
    assert environment.read({"GEOBASE_PORT": ""}).port == 8000
