"""The code tables are whole, consistent and say where each row comes from."""

import pytest

from layers import codes

TREES = ["landuse_gbt21010_2017", "landuse_sandiao", "yongdi_yonghai_2023"]


def test_irrigated_land_has_its_name_and_colour() -> None:
    sandiao = codes.table("landuse_sandiao")
    irrigated = sandiao.get("0102")
    assert irrigated is not None
    assert irrigated.name_zh == "水浇地"
    assert irrigated.rgb is not None
    assert irrigated.confidence in {"confirmed-2-sources", "confirmed-1-source", "memory"}
    assert sandiao.get("9999") is None


@pytest.mark.parametrize("name", TREES)
def test_every_parent_is_a_code_of_the_same_table(name: str) -> None:
    tree = codes.table(name)
    assert all(code.parent in tree for code in tree if code.parent)
    assert tree.children()


def test_gbt21010_has_twelve_classes_and_73_kinds() -> None:
    tree = codes.table("landuse_gbt21010_2017")
    assert len(tree.children()) == 12
    assert len(tree) == 85
    root = tree.root("0102")
    assert root is not None
    assert root.code == "01"


def test_a_file_of_several_lists_answers_for_one_of_them() -> None:
    assert codes.table("heritage", "zone").name_zh("JSKZDD") == "建设控制地带"
    good = codes.table("env", "AQI").get(1)
    assert good is not None
    assert good.rgb == (0, 228, 0)


@pytest.mark.parametrize("name", codes.names())
def test_every_row_of_every_table_names_source_and_confidence(name: str) -> None:
    rows = codes.records(name)
    assert rows
    assert all(row["source"] and row["confidence"] for row in rows)


def test_an_unknown_table_or_list_is_refused() -> None:
    with pytest.raises(codes.UnknownTable):
        codes.table("nonsense")
    with pytest.raises(codes.UnknownTable):
        codes.table("heritage", "nonsense")
