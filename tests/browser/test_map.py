"""The web map in a real Chromium: what a planner does in her first minute."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HIDDEN, click_at, ready

# Without a mark of this kind pytest-django makes no test database for the run.
pytestmark = pytest.mark.django_db


def row(page: Page, slug: str):
    return page.locator(f"#left [data-slug='{slug}']")


def test_it_opens_with_imagery_and_the_four_overlays(page: Page):
    for slug in ("ortho", "ydyh", "yjjbnt", "env-unit", "heritage-protect"):
        expect(row(page, slug).locator("input[type=checkbox]")).to_be_checked()
        expect(page.locator(f".gb-tiles-{slug} canvas")).to_have_count(1)
    expect(page.locator("[data-base=imagery]")).to_have_attribute("aria-checked", "true")
    expect(page).to_have_title("地图 · 沧州市地理空间基础库")


def test_the_pictures_have_colour_and_lie_in_their_place(page: Page):
    seen = page.evaluate(
        """() => [...document.querySelectorAll('.gb-tiles canvas')].map((canvas) => {
            const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            let painted = 0;
            for (let i = 3; i < data.length; i += 4) painted += data[i] > 8 ? 1 : 0;
            return [canvas.parentElement.className.match(/gb-tiles-([\\w-]+)/)[1], painted / (canvas.width * canvas.height)];
        })"""
    )
    painted = dict(seen)
    assert painted["ortho"] > 0.3
    assert all(painted[slug] > 0.001 for slug in ("ydyh", "yjjbnt", "env-unit", "heritage-protect")), painted


def test_a_box_hides_its_layer_and_the_group_counts(page: Page):
    group = page.locator("[data-group=planning]")
    expect(group.locator(".gr-n")).to_have_text("2/2")
    row(page, "ydyh").locator("input[type=checkbox]").uncheck(force=True)
    expect(group.locator(".gr-n")).to_have_text("1/2")
    assert group.locator(".gr input").evaluate("box => box.indeterminate")
    group.locator(".gr input").check(force=True)
    expect(group.locator(".gr-n")).to_have_text("2/2")
    page.keyboard.press("Control+z")
    expect(group.locator(".gr-n")).to_have_text("1/2")


def test_opacity_and_blend_reach_the_picture(page: Page):
    row(page, "ydyh").locator(".nm").click()
    row(page, "ydyh").locator("input[type=range]").fill("30")
    expect(row(page, "ydyh").locator(".lr .mt")).to_have_text("30%")
    row(page, "ydyh").locator("select").select_option("screen")
    expect(page.locator(".gb-tiles-ydyh")).to_have_class(re.compile("gb-blend-screen"))
    assert page.locator(".gb-tiles-ydyh").evaluate("each => getComputedStyle(each).mixBlendMode") == "screen"


def test_a_layer_moves_by_key_and_by_drag(page: Page):
    def order() -> list[str]:
        return page.locator("[data-group=planning] li[data-slug]").evaluate_all("all => all.map(each => each.dataset.slug)")

    before = order()
    row(page, before[0]).locator(".nm").focus()
    page.keyboard.press("Alt+ArrowDown")
    assert order() == before[::-1]
    row(page, before[0]).locator(".lr").drag_to(row(page, before[1]).locator(".lr"), target_position={"x": 80, "y": 4})
    assert order() == before


def test_a_click_tells_what_lies_there_layer_by_layer(page: Page):
    click_at(page, 116.867, 38.214)
    right = page.locator("#right")
    expect(right.locator(".ph")).to_contain_text("此处 4 个图层")
    right.locator(".hr", has_text="用地用海规划").click()
    expect(right.locator("h3")).to_have_text(re.compile("城镇住宅用地"))
    expect(right.locator(".kv")).to_contain_text("CX-JD-03-17")
    expect(right.locator(".kv")).to_contain_text(re.compile(r"椭球面积\s*972[\s\u2009]091\.88 m²"))
    expect(right.locator(".kv")).to_contain_text("亩")
    expect(right.locator(".vline")).to_contain_text("版本 1")
    page.keyboard.press("Escape")
    expect(right).to_be_hidden()


def test_an_empty_place_says_so(page: Page):
    for slug in ("ortho", "env-unit"):
        row(page, slug).locator("input[type=checkbox]").uncheck(force=True)
    click_at(page, 116.885, 38.203)
    expect(page.locator("#right")).to_contain_text("此处无要素")


def test_a_place_is_found_by_name_and_shown(page: Page):
    page.keyboard.press("/")
    page.keyboard.type("捷地")
    option = page.locator("#found [role=option]").first
    expect(option).to_contain_text("捷地回族乡")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"at=116\.8801\d*,38\.2203"))


def test_coordinates_and_sheets_are_found_without_the_server(page: Page):
    page.route("**/map/search*", lambda route: route.abort())
    search = page.locator("#search")
    search.fill("4231925.69 488615.97")
    expect(page.locator("#found")).to_contain_text("CGCS2000 3° 117°E")
    search.press("Enter")
    page.wait_for_url(re.compile(r"at=116\.8700\d*,38\.2200"))
    search.fill("J50G043046")
    expect(page.locator("#found [role=group]", has_text="图幅")).to_be_visible()


def test_a_layer_the_caller_may_not_see_is_nowhere(page: Page):
    answers: list[str] = []
    page.on("response", lambda answer: "/map/" in answer.url and "json" in answer.headers.get("content-type", "") and answers.append(answer.text()))
    page.reload()
    ready(page)
    page.locator("#search").fill("捷地")
    expect(page.locator("#found [role=option]").first).to_be_visible()
    page.keyboard.press("Escape")
    click_at(page, 116.867, 38.214)
    page.locator("#right h3").wait_for()
    page.locator("#tab-catalogue").click()
    told = "".join([page.content(), *answers])
    assert len(answers) >= 3
    assert "捷地回族乡" in told
    assert HIDDEN not in told
    assert "秘密" not in told


def test_the_address_brings_everything_back(page: Page):
    row(page, "yjjbnt").locator("input[type=checkbox]").uncheck(force=True)
    row(page, "ydyh").locator(".nm").click()
    row(page, "ydyh").locator("input[type=range]").fill("40")
    click_at(page, 116.867, 38.214)
    page.locator("#right .hr", has_text="用地用海规划").click()
    expect(page).to_have_url(re.compile(r"sel=ydyh"))
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    ready(page)
    expect(row(page, "yjjbnt").locator("input[type=checkbox]")).not_to_be_checked()
    expect(row(page, "ydyh").locator(".mt")).to_have_text("40%")
    expect(page.locator("#right h3")).to_have_text(re.compile("城镇住宅用地"))
    assert page.url == address


def test_english_and_back(page: Page):
    page.locator("#top button", has_text="EN").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("[data-group=planning] .gr b")).to_have_text("Planning")
    assert not re.search(r"[\u4e00-\u9fff]", page.locator("#left").inner_text())
    page.locator("#top button", has_text="EN").click()
    expect(page.locator("[data-group=planning] .gr b")).to_have_text("规划")


def test_a_typed_scale_is_the_true_one(page: Page):
    field = page.locator("#scale")
    field.fill("1:7500")
    field.press("Enter")
    expect(field).to_have_value("1:7\u2009500")
    bar = page.locator(".sbar").get_attribute("aria-label") or ""
    pixels = float(page.locator(".sbar text").get_attribute("x") or 0) * 2 - 2
    metres = float(bar.rsplit(" ", 2)[1])
    # Pixels are 0.28 mm: 1:7500 is 2.1 m a pixel.
    assert metres / pixels == pytest.approx(2.1, rel=0.002)


def test_the_status_line_tells_the_place_under_the_pointer(page: Page):
    page.locator("#scale").fill("1:10000")
    page.locator("#scale").press("Enter")
    page.wait_for_timeout(400)
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    lon, lat = map(float, page.url.split("#at=")[1].split(",")[:2])
    shown = page.locator(".st-dd")
    page.wait_for_timeout(100)
    here = [float(each) for each in shown.inner_text().split(",")]
    assert here == pytest.approx([lon, lat], abs=2e-5)
    expect(page.locator("#st")).to_contain_text("图幅 J50G")


def test_a_distance_is_measured_on_the_ellipsoid(page: Page):
    page.keyboard.press("m")
    click_at(page, 116.85, 38.21)
    click_at(page, 116.87, 38.21)
    page.keyboard.press("Enter")
    shown = page.locator(".fig").inner_text().replace("\u2009", "")
    # 0.02° of the parallel at 38.21° N is 1751.1 m on GRS80; a pixel is some 15 m.
    assert float(shown.split()[0]) == pytest.approx(1751, abs=40)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#right")).to_be_hidden()


def test_the_right_button_copies_coordinates(page: Page):
    click_at(page, 116.87, 38.22, button="right")
    page.locator("#menu button", has_text="复制经纬度").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert [float(each) for each in copied.split(",")] == pytest.approx([116.87, 38.22], abs=5e-4)


def test_a_layer_that_fails_keeps_its_row_and_can_be_tried_again(browser, city):
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    page = context.new_page()
    page.route("**/tiles/yjjbnt/**", lambda route: route.abort())
    page.goto(city)
    failed = row(page, "yjjbnt").locator("button", has_text="重试")
    expect(failed).to_be_visible()
    expect(page.locator(".st-load")).to_contain_text("1 层未能加载")
    page.unroute("**/tiles/yjjbnt/**")
    failed.click()
    expect(failed).to_be_hidden()
    context.close()


def test_no_rule_of_accessibility_is_broken_in_either_language_and_theme(page: Page, axe: str):
    click_at(page, 116.867, 38.214)
    page.locator("#right h3").wait_for()
    row(page, "ydyh").locator(".nm").click()
    page.evaluate(axe)
    for _ in range(2):
        for _ in range(2):
            found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
            assert [(each["id"], each["nodes"][0]["target"]) for each in found["violations"]] == []
            page.locator("#top button.t").nth(1).click()
        page.locator("#top button.t").nth(0).click()


def test_the_docks_leave_the_map_more_than_half_of_the_width(page: Page):
    click_at(page, 116.867, 38.214)
    page.locator("#right h3").wait_for()
    box = page.locator("#map").bounding_box()
    assert box is not None
    assert box["width"] / 1366 >= 0.52
    page.keyboard.press("\\")
    expect(page.locator("#left")).to_be_hidden()
    expect(page.locator("#right")).to_be_hidden()
    page.keyboard.press("\\")
    expect(page.locator("#left")).to_be_visible()
    expect(page.locator("#right")).to_be_visible()
