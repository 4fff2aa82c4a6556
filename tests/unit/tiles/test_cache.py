"""The tile store: versions only go forward, damage is a miss."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from tiles import cache


@pytest.fixture
def store(tmp_path):
    yield cache.Store(str(tmp_path / "layer" / "web.png.abc.sqlite"))
    cache.close()


def put(store, versions, body, place=(3, 1, 2)):
    store.put([(*place, cache.stored(versions, body))])


def test_a_kept_tile_comes_back_with_versions_and_the_hash_of_its_bytes(store):
    put(store, "3", b"picture")
    found = store.get(3, 1, 2)
    assert (found.versions, found.body, found.etag) == ("3", b"picture", cache.etag(b"picture"))
    assert store.hot(3, 1, 2) == found
    assert store.get(3, 2, 1) is None


def test_a_drawing_of_an_older_version_never_replaces_a_newer_one(store):
    put(store, "3.17", b"new")
    put(store, "3.16", b"old")
    assert store.get(3, 1, 2).body == b"new"
    put(store, "4.17", b"newer")
    assert store.get(3, 1, 2).body == b"newer"


def test_many_threads_read_and_write_one_file_without_a_fault(store, caplog):
    def turn(number):
        put(store, "1", b"picture %d" % number, (9, number % 40, 0))
        return store.get(9, number % 40, 0).body.startswith(b"picture") and store.get(9, 99, 99) is None and store.count() > 0

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(turn, range(2000)))
    assert caplog.text == ""


def test_tiles_of_far_levels_do_not_share_a_number():
    places = {(z, x, y) for z in (0, 1, 22) for x in (0, 1, 2**22 - 1) for y in (0, 1, 2**22 - 1)}
    assert len({cache.key(*place) for place in places}) == len(places)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE tile SET body = X'00'",
        "UPDATE tile SET body = X''",
        "UPDATE tile SET body = CAST('pictura' AS BLOB)",
        "UPDATE tile SET etag = 'x'",
        "UPDATE tile SET versions = '9'",
    ],
)
def test_a_damaged_tile_is_a_miss_counted_and_deleted(store, damage):
    put(store, "1", b"picture")
    with sqlite3.connect(store.path) as other:
        other.execute(damage)
    other.close()
    before = cache.corrupt
    assert store.get(3, 1, 2) is None
    assert cache.corrupt == before + 1
    assert store.count() == 0


def test_a_file_of_garbage_is_thrown_away_and_made_anew(store):
    put(store, "1", b"picture")
    cache.close()
    with open(store.path, "r+b") as file:
        file.write(b"garbage" * 2000)
    assert store.get(3, 1, 2) is None
    put(store, "2", b"again")
    assert store.get(3, 1, 2).body == b"again"


def test_the_memory_holds_no_more_than_its_limit(store, monkeypatch):
    monkeypatch.setattr(cache, "HOT_BYTES", 5000)
    for row in range(20):
        put(store, "1", bytes(1000), (3, 1, row))
        store.get(3, 1, row)
    assert store.hot(3, 1, 19)
    assert store.hot(3, 1, 0) is None
