"""Can a visitor work on the practice page, also with a keyboard and on a phone? `STAND_IN` replaces the worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autograder.manifest import load_course
from autograder.practice.site import DATA
from autograder.publish.serve import serving
from tests.autograder.practice.conftest import INDEX, lay
from tests.axe import WCAG_AA, violations
from tests.book.test_browser import UNREACHABLE
from tests.tabs import Visit

pytestmark = [pytest.mark.xdist_group("practice"), pytest.mark.browser]
RIGHT = "def relu_forward(x):\n    return np.maximum(x, 0), x"
WRONG = "def relu_forward(x):\n    return 7"
ENDLESS = "def relu_forward(x):\n    while True: pass"
TASKS = [task.id for task in load_course().tasks if task.functions]
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def write(page: Any, code: str) -> None:
    """Replace the text of the editor, as pasting does."""
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)


def open_task(tab: Visit, task: str = "relu-forward") -> Any:
    """The page of a task, ready for use."""
    page = tab.open(f"{INDEX}#{task}")
    page.locator("#task").wait_for()
    return page


def outcome(page: Any) -> str:
    """The result that the page shows."""
    page.locator("#result p").first.wait_for()
    text: str = page.locator("#result").inner_text()
    return text


def test_a_visitor_writes_and_checks_a_function(visit: Visit) -> None:
    """Is the result of the check shown, and are code and result kept when the page is loaded again?"""
    page = open_task(visit)
    assert "relu_forward" in page.locator(".cm-content").inner_text()
    write(page, WRONG)
    page.click("#run")
    assert "relu-forward: failed" in outcome(page)
    assert "<b>out</b> is a number" in outcome(page), "HTML in a message is escaped"
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


def test_python_is_not_loaded_before_the_first_run(chromium: Any, real_address: str) -> None:
    """Does the page load Python at the first run, and say so if it cannot be loaded?"""
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
    """Does Stop end the check, and does the next run work?"""
    page = open_task(visit)
    write(page, ENDLESS)
    page.click("#run")
    page.locator("#stop:enabled").click()
    assert "Stopped" in outcome(page)
    write(page, RIGHT)
    page.click("#run")
    page.locator("#result .passed").wait_for()


def test_a_lack_of_memory_is_reported(visit: Visit) -> None:
    """Does the page say that memory ran out, and that the code is kept?"""
    page = open_task(visit)
    write(page, "def relu_forward(x):\n    import os; os.abort()")
    page.click("#run")
    assert "ran out of memory. Your code is kept" in outcome(page)


def test_missing_functions_are_linked(visit: Visit) -> None:
    """Is there a link to a function that the check needs and that has not passed?"""
    page = open_task(visit)
    write(page, WRONG)
    page.click("#run")
    outcome(page)
    link = page.locator("#result .missing a")
    assert link.inner_text() == "affine_forward"
    link.click()
    page.wait_for_function("document.querySelector('h1').textContent.startsWith('Affine layer')")
    assert page.evaluate("document.activeElement.tagName") == "H1", "a screen reader announces the new task"


def test_hints_are_shown_one_at_a_time(visit: Visit) -> None:
    """Does each of three clicks show one more hint?"""
    page = open_task(visit)
    for count in (1, 2, 3):
        page.click("#hint")
        assert page.locator("#hints p").count() == count
    assert page.locator("#hint").is_disabled()


def test_scripts_in_the_microscopes_report_do_not_run(visit: Visit) -> None:
    """Is the report shown in a frame without permissions?"""
    page = open_task(visit, "relu-backward")
    title = page.title()
    page.click("#microscope")
    frame = page.frame_locator("iframe")
    assert frame.locator("p").inner_text() == "dx is wrong"
    assert page.title() == title
    assert page.locator("iframe").get_attribute("sandbox") == ""


def test_a_trained_network_links_to_its_notebook(visit: Visit) -> None:
    """Does a task without functions have a link to its notebook, and no editor?"""
    page = open_task(visit, "best-basic")
    assert not page.locator("#exercise").is_visible()
    assert page.locator("#facts a[href$='FullyConnectedNets.html']").is_visible()


def test_an_edit_reaches_other_tabs(visit: Visit) -> None:
    """Is an edit in one tab shown in the other, and can the earlier text be restored there?"""
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


def test_a_full_storage_is_reported(chromium: Any, address: str) -> None:
    """Does the page say that there is no room left, and does the check still run?"""
    tab = Visit(chromium, address)
    tab.context.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }")
    page = open_task(tab)
    write(page, RIGHT)
    assert "no room left" in page.locator("#kept").inner_text()
    page.click("#run")
    page.locator("#result .passed").wait_for()
    tab.close()


def test_files_are_downloaded_and_loaded(visit: Visit, tmp_path: Path) -> None:
    """Does a downloaded file hold the code, does loading it restore the code, and can that be undone?"""
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
def test_a_wrong_file_is_refused(visit: Visit, name: str, text: str, says: str) -> None:
    """Is a damaged, unrelated or empty file refused with a reason, and the code kept?"""
    page = open_task(visit)
    before = page.locator(".cm-content").inner_text()
    page.set_input_files("#files", {"name": name, "mimeType": "text/x-python", "buffer": text.encode()})
    page.locator("#notices", has_text=says).wait_for()
    assert page.locator(".cm-content").inner_text() == before


def test_code_of_an_earlier_version_is_kept(chromium: Any, files: dict[str, bytes], tmp_path: Path) -> None:
    """Can a visitor bring the code from an earlier version of the course?"""
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
    """Does the page say that Python needs a server, and still list the tasks?"""
    page = chromium.new_page()
    page.goto((practice_folder / INDEX).as_uri())
    assert "python -m http.server" in page.locator("#from-file").inner_text()
    assert page.locator("nav li").count() == 36
    page.close()


def test_a_browser_without_webassembly_is_told(chromium: Any, address: str) -> None:
    """Does the page say that the browser has no WebAssembly?"""
    tab = Visit(chromium, address)
    tab.context.add_init_script("delete globalThis.WebAssembly")
    page = open_task(tab)
    page.click("#run")
    assert "no WebAssembly" in outcome(page)
    tab.close()


def test_the_keyboard_leaves_the_editor(visit: Visit) -> None:
    """Do Escape and Tab lead out of the editor, and can the keyboard reach every control?"""
    page = open_task(visit)
    page.locator(".cm-content").focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "run"
    assert not page.evaluate(UNREACHABLE)


@pytest.mark.parametrize("width", ["visit", "phone"])
def test_the_page_is_accessible(request: pytest.FixtureRequest, width: str) -> None:
    """Does axe find nothing and does the page fit the screen, in light and dark mode, before and after a run?"""
    tab = request.getfixturevalue(width)
    page = open_task(tab, "relu-backward")
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
            found += [f"{scheme}: {broken}" for broken in violations(page, WCAG_AA)]
        assert not page.evaluate(WIDER)
    assert not found, "\n".join(found)
    # The report of the microscope holds a script, which the frame refuses to run with an error.
    assert not [error for error in tab.errors if "about:srcdoc" not in error]
