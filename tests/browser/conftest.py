"""A small city taken in by the real pipeline, served by the real server, seen by a real Chromium."""

import dataclasses
import json
import os
import shutil
from collections.abc import Iterator
from math import asinh, pi, radians, tan
from pathlib import Path

import numpy as np
import pytest
import rasterio
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer
from rasterio.transform import from_origin

from geoserver_app.webmap import built
from ingest.pipeline import Options, run
from layers import changes, registry

# Playwright's synchronous half runs an event loop in this thread; the ORM is used beside it, not in it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WEST, NORTH, SIDE = 485_000, 4_234_000, 8_000
HIDDEN = "hidden-works"
BOX = [116.835, 38.195, 116.905, 38.245]


def square(west: float, south: float, size: float = 0.01) -> dict:
    ring = [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def feature(geometry: dict, **properties) -> dict:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


VECTORS = {
    "ydyh": [
        feature(square(116.86, 38.21), DKBM="CX-JD-03-17", YDYHFLDM="0701", YDYHFLMC="城镇住宅用地", RJL=1.8),
        feature(square(116.87, 38.21), DKBM="CX-JD-03-18", YDYHFLDM="14", YDYHFLMC="绿地与开敞空间用地", RJL=0.1),
    ],
    "yjjbnt": [feature(square(116.84, 38.22, 0.02), YJJBNTBH="N1")],
    "heritage-protect": [feature(square(116.865, 38.212, 0.004), NAME="捷地分洪设施")],
    "env-unit": [feature(square(116.83, 38.2, 0.06), GKDYMC="重点管控单元")],
    "place": [
        feature({"type": "Point", "coordinates": [116.8801, 38.2203]}, NAME="捷地回族乡", CLASS="乡"),
        feature({"type": "Point", "coordinates": [116.8601, 38.2303]}, NAME="大龚堤口村", CLASS="村"),
    ],
}


def orthophoto(path: Path) -> None:
    rng = np.random.default_rng(7)
    data = rng.integers(70, 120, (3, 400, 400), dtype="uint8")
    profile = {"driver": "GTiff", "width": 400, "height": 400, "count": 3, "dtype": "uint8", "crs": "EPSG:4548"}
    with rasterio.open(path, "w", transform=from_origin(WEST, NORTH, 20, 20), **profile) as file:
        file.write(data)


def heights(path: Path) -> None:
    slope = np.linspace(5, 12, 200, dtype="float32")
    profile = {"driver": "GTiff", "width": 200, "height": 200, "count": 1, "dtype": "float32", "crs": "EPSG:4548"}
    with rasterio.open(path, "w", transform=from_origin(WEST, NORTH, 40, 40), **profile) as file:
        file.write(slope[None, None, :] + slope[None, :, None])


@pytest.fixture(scope="module")
def city(django_db_setup: None, django_db_blocker, tmp_path_factory) -> Iterator[str]:
    """Take the deliveries in once for all tests of a module, and give the server's address.

    The tests only look; what a test may write (a session) is emptied with everything else at the end.
    """
    if built.page() is None:
        pytest.fail("the web map is not built: make setup-dev")
    folder = tmp_path_factory.mktemp("city")
    was = settings.GEOBASE
    settings.GEOBASE = dataclasses.replace(
        was, store=folder / "store", cache=folder / "tiles", deliveries=folder / "deliveries"
    )
    name = connection.settings_dict["NAME"]
    assert name.startswith("test_"), f"not a test database: {name}"
    with django_db_blocker.unblock():
        _begin()
        _deliver(folder)
        server = LiveServer("127.0.0.1")
        yield server.url
        server.stop()
        call_command("flush", interactive=False, verbosity=0)
        _forget()
    settings.GEOBASE = was


def _begin() -> None:
    _forget()
    # Tests that empty all tables take the first rows with them that the migrations wrote.
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO layers_revision VALUES (1, 1, 1) ON CONFLICT DO NOTHING")
        cursor.execute(
            "INSERT INTO layers_theme (slug, title_zh, title_en, \"order\") VALUES ('base', '底图', 'Base map', 0),"
            "('imagery', '影像', 'Imagery', 1), ('terrain', '地形', 'Terrain', 2), ('planning', '规划', 'Planning', 3),"
            "('land', '土地', 'Land', 4), ('environment', '环保', 'Environment', 5), ('heritage', '文物', 'Heritage', 6)"
            " ON CONFLICT DO NOTHING"
        )


def _forget() -> None:
    changes.forget()
    registry.reset()


def _deliver(folder: Path) -> None:
    orthophoto(folder / "4230.0-485.0.tif")
    heights(folder / "dem.tif")
    for slug, features in VECTORS.items():
        path = folder / f"{slug}.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False))
    layers = {"ortho": "4230.0-485.0.tif", "dem": "dem.tif", **{slug: f"{slug}.geojson" for slug in VECTORS}}
    hidden = folder / f"{HIDDEN}.geojson"
    hidden.write_text(json.dumps({"type": "FeatureCollection", "features": [feature(square(116.86, 38.21), NAME="捷地秘密工程")]}))
    for slug, name in {**layers, HIDDEN: hidden.name}.items():
        report = run(folder / name, Options(as_layer=slug, level=1 if slug == HIDDEN else 0))
        assert not report.is_blocked, report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.fail("chromium is not installed: make setup-dev")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, city: str) -> Iterator[Page]:
    """Give a page of 1366 × 768 on the map; any error on its console fails the test."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN", base_url=city)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: _is_fault(message) and faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("/")
    page.locator(".st-load .i").first.wait_for()
    ready(page)
    yield page
    context.close()
    assert faults == []


def _is_fault(message: ConsoleMessage) -> bool:
    # ERR_FAILED is what a test's own `route.abort()` looks like; the server's faults have other names.
    return message.type in ("error", "warning") and "net::ERR_FAILED" not in message.text


def ready(page: Page) -> None:
    """Wait until every layer has loaded."""
    page.wait_for_function("() => /已就绪|ready/.test(document.querySelector('.st-load')?.textContent ?? '')", timeout=20_000)


def click_at(page: Page, lon: float, lat: float, **choices) -> None:
    """Click the map at a place: its pixel follows from the view that the address tells."""
    x, y = pixel(page, lon, lat)
    page.mouse.click(x, y, **choices)


def pixel(page: Page, lon: float, lat: float) -> tuple[float, float]:


    centre_lon, centre_lat, zoom = map(float, page.url.split("#at=")[1].split("&")[0].split(","))
    box = page.locator("#map").bounding_box()
    assert box is not None
    per_degree = 256 * 2**zoom / 360

    def north(degrees: float) -> float:
        return asinh(tan(radians(degrees))) * 180 / pi

    x = box["x"] + box["width"] / 2 + (lon - centre_lon) * per_degree
    y = box["y"] + box["height"] / 2 - (north(lat) - north(centre_lat)) * per_degree
    return x, y


@pytest.fixture(scope="session")
def axe() -> str:
    path = Path(settings.BASE_DIR, "geoserver_app/webmap/node_modules/axe-core/axe.min.js")
    if not path.is_file():
        pytest.fail("axe-core is not installed: make setup-dev")
    return path.read_text()
