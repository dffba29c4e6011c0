"""Measure how fast the practice page answers, with Python in Chromium.

    python -m benchmarks.practice FOLDER           # npm's pyodide of the pinned version with numpy's wheel for it: about a minute
    python -m benchmarks.practice FOLDER --runs 9  # a steadier median

Everything is served from this machine, so the time to download is not included; the number of bytes is printed instead.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from autograder.intake.reference import reference_path
from autograder.manifest import Course, load_course
from autograder.practice.site import PRACTICE, practice_files
from autograder.publish.browser import CHROMIUM_FLAGS, browser_path
from autograder.publish.serve import serving

INDEX = f"{PRACTICE}/index.html"
TASK = "relu-forward"
RIGHT = "def relu_forward(x):\n    return np.maximum(x, 0), x"
ENDLESS = "def relu_forward(x):\n    while True: pass"
MOST_MS = {"first result": 10_000, "a check, median": 1_000, "the slowest check": 5_000}
"""The longest that a visitor should wait, in milliseconds."""
CHECKS = """async (requests) => {
  const [{ Engine }, data] = [await import("./engine.js"), await (await fetch("course.json")).json()];
  const absolute = (a) => new URL(a, location.href).href;
  const files = data.runtime.files.map((f) => ({ ...f, address: absolute(f.address) }));
  const courseFiles = [data.package, "in_browser.py"].map((name) => ({ name, address: absolute(name) }));
  const engine = new Engine(() => new Worker("worker.js"), { runtime: { ...data.runtime, files }, courseFiles }, () => {}, data.deadlines);
  await engine.start();
  const found = {};
  for (const request of requests) {
    const before = performance.now();
    const { state } = await engine.ask(request);
    found[request.task] = [state, performance.now() - before];
  }
  engine.end();
  return found;
}"""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--runs", type=click.IntRange(1), default=3, show_default=True, help="Runs of each start; the median counts.")
def main(folder: Path, runs: int) -> None:
    """Measure the practice page with Pyodide and numpy from FOLDER."""
    from playwright.sync_api import sync_playwright

    course = load_course()
    files = practice_files(course, folder)
    with tempfile.TemporaryDirectory() as name:
        for path, content in files.items():
            (Path(name) / PRACTICE / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(name) / PRACTICE / path).write_bytes(content)
        with sync_playwright() as play, serving(Path(name)) as address:
            browser = play.chromium.launch(executable_path=browser_path(), args=list(CHROMIUM_FLAGS))
            starts = [_starts(browser, f"{address}/{INDEX}#{TASK}") for _ in range(runs)]
            page = browser.new_context().new_page()
            page.set_default_timeout(0)
            page.goto(f"{address}/{INDEX}")
            checks = page.evaluate(CHECKS, _requests(course))
            browser.close()
    _print(starts, checks, sum(len(content) for path, content in files.items() if path.startswith("pyodide/")))


def _starts(browser: Any, address: str) -> dict[str, float]:
    """Return a new visitor's milliseconds to the first answer, to a stop and the next answer, and to the first one of a later visit."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(0)
    page.goto(address)
    found = {"first result": _answered(page, RIGHT), "the same again": _answered(page, RIGHT)}
    _write(page, ENDLESS)
    page.click("#run")
    page.wait_for_function("document.getElementById('says').textContent === 'running'")
    page.click("#stop")
    page.locator("#run:enabled").wait_for()
    found["first result after a stop"] = _answered(page, RIGHT)
    page.goto("about:blank")
    page.goto(address)
    found["first result of a later visit"] = _answered(page, RIGHT)
    context.close()
    return found


def _answered(page: Any, code: str) -> float:
    _write(page, code)
    return _milliseconds(lambda: (page.click("#run"), page.locator("#result .passed").wait_for()))


def _write(page: Any, code: str) -> None:
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)


def _milliseconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - start)


def _requests(course: Course) -> list[dict[str, Any]]:
    package = reference_path(course) / "coursenn"
    files = {name: (package / name).read_text(encoding="utf-8") for name in course.editable}
    return [{"call": "check", "task": task.id, "files": files} for task in course.tasks if task.functions]


def _print(starts: list[dict[str, float]], checks: dict[str, tuple[str, float]], size: int) -> None:
    times = {task: took for task, (_, took) in checks.items()}
    slowest = max(times, key=lambda task: times[task])
    rows = {name: median(one[name] for one in starts) for name in starts[0]}
    rows |= {"a check, median": median(times.values()), "the slowest check": times[slowest], "all checks": sum(times.values())}
    table = Table("", "ms", "at most", title="Practice page with Python in Chromium")
    for name, took in rows.items():
        table.add_row(name, f"{took:.0f}", str(MOST_MS.get(name, "")))
    console = Console()
    console.print(table)
    slow = sorted((task for task, took in times.items() if took > MOST_MS["a check, median"]), key=lambda task: -times[task])
    console.print(f"{len(times)} checks; over a second: {', '.join(f'{task} {times[task]:.0f}' for task in slow) or 'none'}")
    console.print(f"Python and numpy: {size / 1e6:.1f} MB before compression")
    if failed := [task for task, (state, _) in checks.items() if state != "passed"]:
        console.print(f"These checks did not pass: {', '.join(failed)}")
    console.print(json.dumps({name: round(took) for name, took in rows.items()}))


if __name__ == "__main__":
    main()
