"""In which encoding a table is written, from the bytes of its values."""

from ingest import encoding


def test_single_characters_of_gbk_are_not_taken_for_utf_8() -> None:
    texts = [word.encode("gbk") for word in ["建", "房", "厂", "棚"]] * 50
    assert encoding.choose(texts, "")[0] == "gb18030"


def test_utf_8_cut_by_the_fields_width_is_still_utf_8() -> None:
    texts = ["大运河与京沪铁路之间的居民地".encode()[:20]] * 10
    assert encoding.choose(texts, "")[0] == "utf-8"


def test_one_word_of_gbk_that_is_valid_utf_8_stays_chinese_however_often_it_comes() -> None:
    brick, words = "砖".encode("gbk"), ["捷地分洪闸".encode("gbk"), "混".encode("gbk")]
    assert encoding.choose([brick] * 1000, "")[0] == "gb18030"
    assert encoding.choose([brick] * 1000 + words, "")[0] == "gb18030"


def test_latin_and_cyrillic_words_in_utf_8_are_no_chinese() -> None:
    assert encoding.choose([b"Caf\xc3\xa9", b"Z\xc3\xbcrich"], "")[0] == "utf-8"
    assert encoding.choose(["Москва".encode(), "Киев".encode()], "")[0] == "utf-8"
