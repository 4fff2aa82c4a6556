"""Drawing functions in the database: made once, whoever comes first."""

import threading

from django.db import connection, connections

from layers.style.reading import read
from tests.integration.tiles.conftest import FILL, body
from tiles import drawing


def test_two_that_draw_a_new_style_at_once_both_get_it(town, squares, monkeypatch):
    town.make().publish(squares)
    view, style = town.view, read(body({**FILL, "color": "#123456"}))
    drawing.forget()
    both_looked = threading.Barrier(2)
    looks = drawing._is_there
    names, faults = [], []

    def look_together(name: str) -> bool:
        found = looks(name)
        both_looked.wait(10)
        return found

    def draw() -> None:
        try:
            names.append(drawing.vector(view, style, None, "polygon").name)
        except Exception as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    monkeypatch.setattr(drawing, "_is_there", look_together)
    threads = [threading.Thread(target=draw) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert faults == []
    assert len(set(names)) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_proc WHERE proname = %s", [names[0].split(".")[1]])
        assert cursor.fetchone()[0] == 1
