"""Can a visitor work on the practice page: write, run, stop, come back, with a keyboard, on a phone? The worker is a stand-in."""

from __future__ import annotations

import importlib.resources
import json
from pathlib import Path
from typing import Any

import pytest

from autograder.manifest import load_course
from autograder.practice.site import DATA
from autograder.publish.serve import serving
from tests.autograder.practice.conftest import INDEX, lay
from tests.book.test_browser import TAGS, UNREACHABLE
from tests.tabs import Visit

pytestmark = [pytest.mark.xdist_group("practice"), pytest.mark.browser]
RIGHT = "def relu_forward(x):\n    return np.maximum(x, 0), x"
WRONG = "def relu_forward(x):\n    return 7"
ENDLESS = "def relu_forward(x):\n    while True: pass"
TASKS = [task.id for task in load_course().tasks if task.functions]
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def write(page: Any, code: str) -> None:
    """Replace what the editor holds, as a visitor who pastes."""
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)


def open_task(tab: Visit, task: str = "relu-forward") -> Any:
    """The page of a task, ready to be used."""
    page = tab.open(f"{INDEX}#{task}")
    page.locator("#task").wait_for()
    return page


def outcome(page: Any) -> str:
    """What the last run came to."""
    page.locator("#result p").first.wait_for()
    text: str = page.locator("#result").inner_text()
    return text


def test_a_visitor_writes_a_function_and_its_check_answers(visit: Visit) -> None:
    """Does the check of what was typed answer, is the task marked, and is all of it there after a reload?"""
    page = open_task(visit)
    assert "relu_forward" in page.locator(".cm-content").inner_text()
    write(page, WRONG)
    page.click("#run")
    assert "relu-forward: failed" in outcome(page)
    assert "<b>out</b> is a number" in outcome(page), "text stays text"
    write(page, RIGHT)
    page.keyboard.press("Control+Enter")
    page.locator("#result .passed").wait_for()
    assert "(passed)" in page.locator("nav a[data-task=relu-forward]").inner_text()
    page.reload()
    page.locator("#task").wait_for()
    assert "np.maximum" in page.locator(".cm-content").inner_text()
    assert page.locator("#progress").inner_text() == f"1 of {len(TASKS)} tasks pass their check"
    write(page, WRONG)
    assert "(changed since its check)" in page.locator("nav a[data-task=relu-forward]").inner_text()
    assert not visit.errors
    assert not visit.outside


def test_nothing_of_python_is_asked_for_before_a_run(chromium: Any, real_address: str) -> None:
    """Does the page with the real worker ask for Python at the first run only, and say clearly when it does not come?"""
    tab = Visit(chromium, real_address)
    asked: list[str] = []
    tab.context.on("request", lambda request: asked.append(request.url))
    page = open_task(tab)
    assert not [url for url in asked if "worker" in url or "pyodide" in url or url.endswith(".zip")]
    page.click("#run")
    text = outcome(page)
    assert "Python could not be loaded" in text
    assert "Are you online" in text
    assert page.locator("#run").is_enabled()
    tab.close()


def test_an_endless_loop_can_be_stopped(visit: Visit) -> None:
    """Does Stop end a check that never ends, and does the next run work?"""
    page = open_task(visit)
    write(page, ENDLESS)
    page.click("#run")
    page.locator("#stop:enabled").click()
    assert "Stopped" in outcome(page)
    write(page, RIGHT)
    page.click("#run")
    page.locator("#result .passed").wait_for()


def test_a_lack_of_memory_is_called_that(visit: Visit) -> None:
    """Does a visitor on a small phone read what happened, and that the code is kept?"""
    page = open_task(visit)
    write(page, "def relu_forward(x):\n    import os; os.abort()")
    page.click("#run")
    assert "ran out of memory. Your code is kept" in outcome(page)


def test_tasks_that_build_on_others_say_what_is_missing(visit: Visit) -> None:
    """Is a function that the check also runs, and that has not passed, named with a link?"""
    page = open_task(visit)
    write(page, WRONG)
    page.click("#run")
    outcome(page)
    link = page.locator("#result .missing a")
    assert link.inner_text() == "affine_forward"
    link.click()
    page.wait_for_function("document.querySelector('h1').textContent.startsWith('Affine layer')")
    assert page.evaluate("document.activeElement.tagName") == "H1", "a reader of the screen is told of the new task"


def test_hints_come_one_at_a_time(visit: Visit) -> None:
    """Are there three hints, each after a click of its own?"""
    page = open_task(visit)
    for count in (1, 2, 3):
        page.click("#hint")
        assert page.locator("#hints p").count() == count
    assert page.locator("#hint").is_disabled()


def test_the_microscope_is_shown_and_can_do_nothing(visit: Visit) -> None:
    """Is the report of a backward pass shown where no script of it runs?"""
    page = open_task(visit, "relu-backward")
    title = page.title()
    page.click("#microscope")
    frame = page.frame_locator("iframe")
    assert frame.locator("p").inner_text() == "dx is wrong"
    assert page.title() == title
    assert page.locator("iframe").get_attribute("sandbox") == ""


def test_a_trained_network_leads_to_its_notebook(visit: Visit) -> None:
    """Does a task without a function have a link to its notebook and no editor?"""
    page = open_task(visit, "best-basic")
    assert not page.locator("#exercise").is_visible()
    assert page.locator("#facts a[href$='FullyConnectedNets.html']").is_visible()


def test_two_tabs_show_the_same_code(visit: Visit) -> None:
    """Does an edit in one tab reach the other, which can have its own text back?"""
    page = open_task(visit)
    write(page, WRONG)
    other = visit.context.new_page()
    other.goto(f"{visit.address}/{INDEX}#relu-forward")
    other.locator(".cm-content").wait_for()
    write(other, RIGHT)
    page.locator("#notices .notice").wait_for()
    assert "np.maximum" in page.locator(".cm-content").inner_text()
    page.click("#notices button >> nth=0")
    assert "return 7" in page.locator(".cm-content").inner_text()


def test_a_browser_that_keeps_nothing_says_so(chromium: Any, address: str) -> None:
    """Is a visitor whose browser has no room left told to download, and does the check run all the same?"""
    tab = Visit(chromium, address)
    tab.context.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }")
    page = open_task(tab)
    write(page, RIGHT)
    assert "no room left" in page.locator("#kept").inner_text()
    page.click("#run")
    page.locator("#result .passed").wait_for()
    tab.close()


def test_files_are_downloaded_and_loaded(visit: Visit, tmp_path: Path) -> None:
    """Does a downloaded file hold what was written, and does loading it in an empty browser bring it back, and undo take it away?"""
    page = open_task(visit)
    write(page, RIGHT)
    with page.expect_download() as download:
        page.click("#download")
    file = tmp_path / "layers (1).py"
    download.value.save_as(file)
    assert RIGHT in file.read_text()
    assert download.value.suggested_filename == "layers.py"
    page.click("#reset")
    assert "np.maximum" not in page.locator(".cm-content").inner_text()
    page.set_input_files("#files", file)
    page.locator("#notices", has_text="is loaded as layers.py").wait_for()
    assert "np.maximum" in page.locator(".cm-content").inner_text()
    page.get_by_role("button", name="Undo").click()
    assert "np.maximum" not in page.locator(".cm-content").inner_text()


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("layers.py", "def relu_forward(x:\n  return (", "is not Python near line"),
        ("mine.py", "print('<img src=x onerror=alert(1)>')", "holds no function of the course"),
        ("layers.py", "", "is empty"),
    ],
)
def test_a_file_that_is_none_of_the_course_changes_nothing(visit: Visit, name: str, text: str, says: str) -> None:
    """Is a damaged, strange or empty file refused, with the reason?"""
    page = open_task(visit)
    before = page.locator(".cm-content").inner_text()
    page.set_input_files("#files", {"name": name, "mimeType": "text/x-python", "buffer": text.encode()})
    page.locator("#notices", has_text=says).wait_for()
    assert page.locator(".cm-content").inner_text() == before


def test_work_of_an_earlier_version_is_brought(chromium: Any, files: dict[str, bytes], tmp_path: Path) -> None:
    """Does a visitor find the functions of last year's version again, on request?"""
    data = {**json.loads(files[DATA]), "version": "next"}
    lay(files, tmp_path)
    lay(files, tmp_path / "next", **{DATA: json.dumps(data).encode()})
    with serving(tmp_path) as address:
        tab = Visit(chromium, address)
        write(open_task(tab), RIGHT)
        page = tab.page
        page.goto(f"{address}/next/{INDEX}#relu-forward")
        page.get_by_role("button", name="Bring them here").click()
        assert "np.maximum" in page.locator(".cm-content").inner_text()
        tab.close()


def test_a_page_from_a_file_says_what_to_do(chromium: Any, practice_folder: Path) -> None:
    """Does a page that was opened from a file say that Python needs a server, and list the tasks all the same?"""
    page = chromium.new_page()
    page.goto((practice_folder / INDEX).as_uri())
    assert "python -m http.server" in page.locator("#from-file").inner_text()
    assert page.locator("nav li").count() == 36
    page.close()


def test_a_browser_without_webassembly_is_told(chromium: Any, address: str) -> None:
    """Does a visitor whose browser has no WebAssembly read that?"""
    tab = Visit(chromium, address)
    tab.context.add_init_script("delete globalThis.WebAssembly")
    page = open_task(tab)
    page.click("#run")
    assert "no WebAssembly" in outcome(page)
    tab.close()


def test_the_keyboard_leaves_the_editor(visit: Visit) -> None:
    """Does Escape, then Tab lead on from the editor, and is everything else in reach?"""
    page = open_task(visit)
    page.locator(".cm-content").focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "run"
    assert not page.evaluate(UNREACHABLE)


@pytest.mark.parametrize("width", ["visit", "phone"])
def test_everybody_can_read_it(request: pytest.FixtureRequest, width: str) -> None:
    """Does axe find nothing and does nothing make the page wider, on a desk and on a phone, by day and by night, before and after a run?"""
    tab = request.getfixturevalue(width)
    page = open_task(tab, "relu-backward")
    page.evaluate(importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    found = []
    for ran in (False, True):
        if ran:
            page.click("#microscope")
            page.locator("iframe").wait_for()
            page.click("#hint")
            page.click("#run")
            page.locator("#result pre").wait_for()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function("scheme => document.documentElement.dataset.theme === scheme", arg=scheme)
            result = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", TAGS)
            found += [f"{scheme}: {v['id']}: {v['nodes'][0]['html'][:160]}" for v in result["violations"]]
        assert not page.evaluate(WIDER)
    assert not found, "\n".join(found)
    # The stand-in for the microscope holds a script, which must not run.
    assert not [error for error in tab.errors if "about:srcdoc" not in error]
