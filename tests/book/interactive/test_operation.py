"""Can the interactive pages be used by touch, keyboard and screen reader, on paper, without scripts and from a file?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.axe import WCAG_AA, violations
from tests.book.interactive.conftest import EACH, FOLDER, NAMES, PHONE, READOUT
from tests.book.test_browser import UNREACHABLE
from tests.tabs import Visit

pytestmark = [pytest.mark.xdist_group("book"), pytest.mark.browser]
MAX_BYTES = 150_000
# Targets that are too small for a finger.
SMALL_TARGETS = """[...document.querySelectorAll('button, select, input')].filter(e => e.checkVisibility())
    .filter(e => { const box = e.getBoundingClientRect(); return box.width < 24 || box.height < 24; })
    .map(e => e.outerHTML.slice(0, 120))"""
# The width of a frame in a chapter, in pixels.
CHAPTER_ON_A_PHONE, CHAPTER_ON_A_DESK = 340, 672
CUT_NUMBERS = """[...document.querySelectorAll('td, [role=gridcell], .segments')]
    .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1)
    .map(e => `${e.textContent} (${e.scrollWidth} > ${e.clientWidth})`).slice(0, 5)"""
VISIBLE = "e => e.checkVisibility({visibilityProperty: true}) && !e.disabled"
# The height from the first control to the end of the result.
VIEW = """(() => {
    const parts = [...document.querySelectorAll('.controls, .stage, .readout')].filter(e => e.checkVisibility());
    const boxes = parts.map(e => e.getBoundingClientRect());
    return Math.max(...boxes.map(b => b.bottom)) - Math.min(...boxes.map(b => b.top));
})()"""
DRAWN = "document.querySelectorAll('svg.stage, .stage svg, .stage table, .stage [role=grid]').length"


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_one_file_in_one_chapter(made: Path, name: str) -> None:
    """Is each page one small file with a picture for print, and in exactly one chapter, besides the first page?"""
    assert (made / f"{name}.html").stat().st_size < MAX_BYTES
    assert (made / f"{name}.svg").stat().st_size < 2 * MAX_BYTES
    chapters = [
        path
        for path in FOLDER.parent.glob("*.md")
        if path.name != "index.md" and f"interactive/{name}.svg" in path.read_text(encoding="utf-8")
    ]
    assert len(chapters) == 1


@pytest.mark.parametrize("name", EACH)
def test_it_can_be_used_with_the_keyboard(tab: Visit, name: str) -> None:
    """On a phone, light and dark, does each control react to the keyboard, without errors, requests or axe violations?"""
    page = tab.open(f"{name}.html")
    start = page.evaluate(READOUT)
    assert len(start) > 40, "the readout must describe what is shown"
    assert page.evaluate(DRAWN)
    dead = []
    for control in page.locator("button, select, input").all():
        # A control that one choice hides can be reached with another choice.
        if not control.evaluate(VISIBLE):
            continue
        kind = control.evaluate("e => e.type")
        keys = ["Enter"] if kind == "submit" or kind == "button" else ["Space"] if kind == "checkbox" else []
        before = page.evaluate(READOUT)
        control.focus()
        for key in keys or ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"]:
            page.keyboard.press(key)
            if page.evaluate(READOUT) != before:
                break
        else:
            dead.append(control.get_attribute("id"))
    assert not dead
    for grid in page.locator("[role=grid]").all():
        said = {page.evaluate(READOUT)}
        grid.locator("[tabindex='0']").focus()
        for key in ("ArrowRight", "ArrowDown"):
            page.keyboard.press(key)
            said.add(page.evaluate(READOUT))
        assert len(said) > 1, "the cells of a grid cannot be chosen with the keyboard"
    assert page.evaluate(UNREACHABLE) == []
    assert page.evaluate(SMALL_TARGETS) == []
    for width in (PHONE["width"], CHAPTER_ON_A_PHONE, CHAPTER_ON_A_DESK):
        page.set_viewport_size({"width": width, "height": PHONE["height"]})
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"the page scrolls sideways at {width}"
        assert page.evaluate(CUT_NUMBERS) == [], f"numbers are cut off at {width}"
        assert page.evaluate(VIEW) <= PHONE["height"], f"controls and result do not fit on one screen at {width}"
    page.set_viewport_size(PHONE)
    for theme in ("light", "dark"):
        page.evaluate("name => theme(name)", theme)
        assert violations(page, WCAG_AA) == [], theme
    assert not tab.errors
    assert not tab.outside


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_there_without_scripts(chromium: Any, alone: str, name: str) -> None:
    """Without scripts, is the still picture shown, and no control that does nothing?"""
    tab = Visit(chromium, alone, viewport=PHONE, java_script_enabled=False)
    tab.page.goto(f"{alone}/{name}.html")
    assert tab.page.locator("main > noscript svg, noscript svg").first.is_visible()
    assert not [c for c in tab.page.locator("button, select, input").all() if c.is_visible()]
    tab.close()


@pytest.mark.parametrize("name", NAMES)
def test_paper_shows_the_drawings_and_the_result(desk: Visit, name: str) -> None:
    """Is a page on paper light, even if the screen is dark, with its drawings and its result, and without buttons?"""
    desk.page.emulate_media(color_scheme="dark")
    page = desk.open(f"{name}.html")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("#readout").is_visible()
    assert page.evaluate("getComputedStyle(document.getElementById('readout')).color") == "rgb(0, 0, 0)"
    assert page.evaluate(DRAWN)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert not [button for button in page.locator(".controls button").all() if button.is_visible()]


def test_frames_work_from_a_file(chromium: Any, made: Path, tmp_path: Path) -> None:
    """If pages are opened as files, is each frame as high as its page at each width, and does it follow light and dark?"""
    (tmp_path / "interactive").mkdir()
    pages = [(f"{name}.html", f"{name}.html") for name in NAMES]
    for name, target in (*pages, ("_embed.js", "embed.js"), ("_embed.css", "embed.css")):
        (tmp_path / "interactive" / target).write_text((made / name).read_text(encoding="utf-8"), encoding="utf-8")
    figures = "".join(f'<figure class="interactive"><img src="_images/{name}.svg" alt="a picture"></figure>' for name in NAMES)
    (tmp_path / "chapter.html").write_text(
        '<html lang="en" data-theme="dark" data-content_root="./"><link rel="stylesheet" href="interactive/embed.css">'
        f'{figures}<script src="interactive/embed.js"></script></html>',
        encoding="utf-8",
    )
    context = chromium.new_context(viewport={"width": 760, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "chapter.html").as_uri())
    for k, name in enumerate(NAMES):
        # A frame is made only when it is nearly in view.
        frame = page.locator("iframe").nth(k)
        frame.scroll_into_view_if_needed()
        height = f"parseInt(document.querySelectorAll('iframe')[{k}].style.height)"
        page.wait_for_function(f"{height} > 300")
        inside = frame.element_handle().content_frame()
        inside.wait_for_function("document.documentElement.dataset.theme === 'dark'")
        assert page.evaluate(height) == inside.evaluate("document.body.offsetHeight") + 2, name
        page.evaluate("document.documentElement.dataset.theme = 'light'")
        inside.wait_for_function("document.documentElement.dataset.theme === 'light'")
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        wide = page.evaluate(height)
        page.set_viewport_size(PHONE)
        page.wait_for_function(f"{height} !== {wide}")
        page.set_viewport_size({"width": 760, "height": 900})
    assert not errors
    context.close()


@pytest.mark.parametrize("name", EACH)
def test_every_control_reacts_to_touch(chromium: Any, alone: str, name: str) -> None:
    """Does each button, slider, choice and grid react to touch?"""
    tab = Visit(chromium, alone, viewport=PHONE, has_touch=True, is_mobile=True)
    page = tab.open(f"{name}.html")

    def reacts(*spots: tuple[Any, float]) -> bool:
        before = page.evaluate(READOUT)
        for target, share in spots:
            target.scroll_into_view_if_needed()
            box = target.bounding_box()
            page.touchscreen.tap(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
            if page.evaluate(READOUT) != before:
                return True
        return False

    def alive(selector: str) -> list[Any]:
        return [e for e in page.locator(selector).all() if e.evaluate(VISIBLE)]

    dead = [c.get_attribute("id") for c in alive("button:not([disabled])") if c.evaluate(VISIBLE) and not reacts((c, 0.5), (c, 0.5))]
    dead += [c.get_attribute("id") for c in alive("input[type=range]") if not reacts((c, 0.15), (c, 0.85))]
    for group in alive("[role=radiogroup]"):
        others = [(radio, 0.5) for radio in group.locator("input:not(:checked)").all() if radio.evaluate(VISIBLE)]
        if not reacts(*others):
            dead.append(group.get_attribute("aria-label"))
    for grid in alive("[role=grid]"):
        cells = grid.locator("[role=gridcell]")
        if not reacts((cells.first, 0.5), (cells.last, 0.5)):
            dead.append(grid.get_attribute("aria-label"))
    assert not dead
    assert not tab.errors
    tab.close()


def test_a_finger_drags_the_start_and_the_gradient(chromium: Any, alone: str) -> None:
    """Can the start in the valley and the gradient in space be dragged with a finger?"""
    tab = Visit(chromium, alone, viewport=PHONE, has_touch=True, is_mobile=True)
    session = tab.context.new_cdp_session(tab.page)
    for name, state in (("optimiser-valley", "now.start"), ("batchnorm-projection", "now.upstream")):
        page = tab.open(f"{name}.html")
        before = page.evaluate(state)
        handle = page.locator(".handle circle").nth(1)
        handle.scroll_into_view_if_needed()
        box = handle.bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        for kind, points in (("Start", [(x, y)]), ("Move", [(x + 12, y + 4)]), ("Move", [(x + 24, y + 8)]), ("End", [])):
            touches = [{"x": a, "y": b} for a, b in points]
            session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": touches})
        assert page.evaluate(state) != before, name
        there = page.locator(".handle circle").nth(1).bounding_box()
        assert there
        assert there["x"] - box["x"] == pytest.approx(24, abs=6), name
    tab.close()


def test_a_number_may_be_typed(desk: Visit) -> None:
    """Does a box keep a typed number, and does an unfinished one change nothing?"""
    page = desk.open("batchnorm-graph.html")
    before = page.evaluate(READOUT)
    box = page.locator("#x-2")
    box.fill("")
    assert page.evaluate(READOUT) == before
    box.press_sequentially("-2.25")
    assert box.input_value() == "-2.25"
    assert page.evaluate("now.x") == [1, 3, -2.25]
    assert not desk.errors


def test_dragging_draws_a_filter(chromium: Any, alone: str) -> None:
    """Does dragging over the filter set its cells?"""
    tab = Visit(chromium, alone, viewport=PHONE, has_touch=True, is_mobile=True)
    page = tab.open("convolution-stepper.html")
    page.evaluate("hand('3'); draw()")
    middle = [page.locator("#planes [role=grid] > div:nth-child(2) > div").nth(k).bounding_box() for k in range(3)]
    spot = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in middle]
    page.mouse.move(*spot[0])
    page.mouse.down()
    for place in spot[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()
    assert page.evaluate("now.filter[0][1]") == [3, 3, 3]
    assert page.locator("#filters").input_value() == "own"
    tab.close()
