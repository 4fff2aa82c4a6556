"""In which encoding a table is written, from the bytes of its values."""

from ingest import encoding


def test_single_characters_of_gbk_are_not_taken_for_utf_8() -> None:
    texts = [word.encode("gbk") for word in ["建", "房", "厂", "棚"]] * 50
    assert encoding.choose(texts, "")[0] == "gb18030"


def test_utf_8_cut_by_the_fields_width_is_still_utf_8() -> None:
    texts = ["大运河与京沪铁路之间的居民地".encode()[:20]] * 10
    assert encoding.choose(texts, "")[0] == "utf-8"
