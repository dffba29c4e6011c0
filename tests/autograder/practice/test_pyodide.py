"""Do checks run in the browser's Python? ``COURSENN_PYODIDE`` names a folder with npm's Pyodide and numpy's wheel for it."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.manifest import Course
from autograder.practice.site import practice_files
from autograder.publish.serve import serving
from tests.autograder.practice.conftest import INDEX, lay
from tests.autograder.practice.visitor import answers, check, finished, wrong_functions
from tests.tabs import Visit

FOLDER = os.environ.get("COURSENN_PYODIDE")
# Skipped even where missing tools are an error: no package index has numpy for Pyodide.
pytestmark = [
    pytest.mark.xdist_group("practice"),
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not FOLDER, reason="COURSENN_PYODIDE names no folder with Pyodide"),
    pytest.mark.timeout(1800),
]
WRONG = 20
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
ENGINE = """async (requests) => {
  const [{ Engine }, data] = [await import("./engine.js"), await (await fetch("course.json")).json()];
  const absolute = (a) => new URL(a, location.href).href;
  const files = data.runtime.files.map((f) => ({ ...f, address: absolute(f.address) }));
  const courseFiles = [data.package, "in_browser.py"].map((name) => ({ name, address: absolute(name) }));
  const settings = { runtime: { ...data.runtime, files }, courseFiles };
  const engine = new Engine(() => new Worker("worker.js"), settings, () => {}, data.deadlines);
  const start = performance.now();
  await engine.start();
  const found = { start: performance.now() - start, answers: [], times: [] };
  for (const request of requests) {
    const before = performance.now();
    found.answers.push(await engine.ask(request));
    found.times.push(performance.now() - before);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def tab(course: Course, tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Iterator[Visit]:
    """A browser tab with a site that holds Python itself."""
    folder = tmp_path_factory.mktemp("pyodide")
    lay(practice_files(course, Path(str(FOLDER))), folder)
    with serving(folder) as address:
        found = Visit(chromium, address)
        found.page.set_default_timeout(600_000)
        yield found
        found.close()


def test_a_visitor_gets_an_answer(tab: Visit) -> None:
    """Is a correct function passed and a wrong one failed, without a request to another host?"""
    page = tab.open(f"{INDEX}#relu-forward")
    for code, says in (("return np.maximum(x, 0), x", "passed"), ("return np.maximum(x, 1), x", "WRONG")):
        page.locator(".cm-content").focus()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(f"def relu_forward(x):\n    {code}")
        page.click("#run")
        page.locator("#run:enabled").wait_for()
        assert says in page.locator("#result").inner_text()
    assert not tab.outside
    assert not tab.errors


def test_every_function_passes_its_check(tab: Visit, course: Course, record_property: Any) -> None:
    """Does the reference pass every check in the browser, including its trained networks?"""
    right = finished(course)
    tasks = [task.id for task in course.tasks if task.functions]
    models = {name: base64.b64encode((course.root / "solutions" / name).read_bytes()).decode() for name in course.models}
    trained = [{**check(task.id, right), "models": models} for task in course.tasks if task.model]
    page = tab.open(INDEX)
    found = page.evaluate(ENGINE, [check(task, right) for task in tasks] + trained)
    assert len(tasks) >= 34
    record_property("milliseconds", {a["task"]: round(t) for a, t in zip(found["answers"], found["times"], strict=True)})
    assert {a["task"]: a["text"] for a in found["answers"] if a["state"] != "passed"} == {}


def test_messages_are_those_of_the_command(tab: Visit, course: Course, tmp_path: Path) -> None:
    """Do 20 wrong functions get the same messages as outside the browser, apart from numbers?"""
    wrong = [check(task, files) for task, files in wrong_functions(course, WRONG)]
    assert len(wrong) == WRONG
    here = answers(course.root / "src" / "coursenn", tmp_path, wrong)
    there = tab.open(INDEX).evaluate(ENGINE, wrong)["answers"]
    plain = [[(a["task"], a["state"], NUMBER.sub("#", a["text"]), a["uses"]) for a in found] for found in (here, there)]
    assert plain[1] == plain[0]
    assert sum(a["state"] == "failed" for a in there) > WRONG // 2


def test_the_microscope_works_in_the_browser(tab: Visit, course: Course) -> None:
    """Does it report on a backward pass?"""
    request = {"call": "microscope", "task": "batchnorm-backward", "files": finished(course)}
    (answer,) = tab.open(INDEX).evaluate(ENGINE, [request])["answers"]
    assert "<table" in answer["html"]


def test_python_starts_again_after_an_endless_loop(tab: Visit) -> None:
    """Does Stop end the loop, and does the next run give a result?"""
    page = tab.open(f"{INDEX}#relu-forward")
    for code in ("while True: pass", "return np.maximum(x, 0), x"):
        page.locator(".cm-content").focus()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(f"def relu_forward(x):\n    {code}")
        page.click("#run")
        if "while" in code:
            page.wait_for_function("document.getElementById('says').textContent === 'running' || document.getElementById('before').hidden")
            page.click("#stop")
        page.locator("#run:enabled").wait_for()
    assert "passed" in page.locator("#result").inner_text()
