"""Can a notebook be worked through in a real JupyterLab, with the keyboard alone: a stub, a wrong edit, the right one, for each task?"""

from __future__ import annotations

import ast
import importlib.resources
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.generate.notebooks import build_notebook, notebook_text
from autograder.generate.stubs import build_stubs
from autograder.manifest import Course

NAME = "Dropout"
SETTINGS = {
    # Every cell is in the page, so that all of them can be looked at.
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension/themes": {"theme": "JupyterLab Dark"},
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
WRONG = {"dropout_forward": "return 2 * x, (dropout_param, None)", "dropout_backward": "return 2 * dout"}
PATIENCE = 300
"""Seconds for one step; a machine may be busy."""
RULES = ["image-alt", "link-name", "button-name", "empty-heading", "duplicate-id-aria", "color-contrast"]
ACTIVE = "[...document.querySelectorAll('.jp-Notebook .jp-Cell')].findIndex(cell => cell.classList.contains('jp-mod-active'))"
pytestmark = [pytest.mark.timeout(1800), pytest.mark.slow, pytest.mark.notebook, pytest.mark.browser]


def definition(text: str, name: str) -> str:
    """The lines of a function or class of a module."""
    node = next(n for n in ast.parse(text).body if getattr(n, "name", "") == name)
    return "".join(text.splitlines(keepends=True)[node.lineno - 1 : node.end_lineno])


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    """The value of a condition once it holds."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.3)
    pytest.fail(f"waited in vain for {what}")


class Lab:
    """A JupyterLab on a folder, with a notebook in one tab of the browser and files in others."""

    def __init__(self, browser: Any, folder: Path, address: str, token: str) -> None:
        self.folder, self.address, self.token = folder, address, token
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.notebook = self.context.new_page()
        self.notebook.goto(f"{address}/lab/workspaces/book/tree/{NAME}.ipynb?token={token}")
        self.notebook.wait_for_selector(".jp-Notebook .jp-Cell", timeout=1000 * PATIENCE)
        wait_for(self._idle, "a kernel")
        self.notebook.locator(".jp-Notebook .jp-Cell").first.click()
        self.notebook.keyboard.press("Escape")
        self.files: dict[str, Any] = {}

    def _idle(self) -> bool:
        request = urllib.request.Request(f"{self.address}/api/kernels", headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            states = [kernel["execution_state"] for kernel in json.load(answer)]
        return states == ["idle"]

    def cells(self) -> list[Any]:
        """The cells as they are saved."""

        def read() -> Any:
            try:
                return nbformat.read(self.folder / f"{NAME}.ipynb", as_version=4)
            except nbformat.reader.NotJSONError:  # it is being written
                return None

        return list(wait_for(read, "a whole notebook").cells)

    def refuse_dialogs(self) -> None:
        """No question of JupyterLab's may be in the way: fail with its words."""
        dialogs = self.notebook.locator(".jp-Dialog-content")
        if dialogs.count():
            pytest.fail(f"JupyterLab asks: {dialogs.first.inner_text()}")

    def select(self, number: int) -> None:
        """Go to a cell with the arrow keys."""
        self.notebook.bring_to_front()
        self.notebook.locator(".jp-Notebook .jp-Cell.jp-mod-active").focus()
        for _ in range(100):
            if (at := self.notebook.evaluate(ACTIVE)) == number:
                return
            self.refuse_dialogs()
            self.notebook.keyboard.press("ArrowDown" if at < number else "ArrowUp")
        pytest.fail(f"cell {number} cannot be reached: the arrow keys stay at {self.notebook.evaluate(ACTIVE)}")

    def run(self, number: int) -> str:
        """Run a cell; what a code cell shows."""
        self.select(number)
        before = self.cells()[number].get("execution_count")
        self.notebook.keyboard.press("Shift+Enter")
        if self.cells()[number].cell_type != "code":
            return ""

        def done() -> bool:
            if not self._idle():
                return False
            self.refuse_dialogs()
            self.notebook.keyboard.press("Control+s")
            time.sleep(1)
            return self.cells()[number].execution_count not in (None, before)

        wait_for(done, f"cell {number}")
        outputs = self.cells()[number].outputs
        return "\n".join("\n".join(o["traceback"]) if o.output_type == "error" else str(o.get("text", "")) for o in outputs)

    def write(self, name: str, text: str) -> None:
        """Replace the text of a file in JupyterLab's editor and save it."""
        if name not in self.files:
            page = self.files[name] = self.context.new_page()
            page.goto(f"{self.address}/lab/workspaces/{Path(name).stem}/tree/{name}?token={self.token}")
            page.wait_for_selector(".jp-FileEditor .cm-content", timeout=1000 * PATIENCE)
        page = self.files[name]
        page.bring_to_front()
        page.locator(".jp-FileEditor .cm-content").click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(text)

        def saved() -> bool:
            page.keyboard.press("Control+s")
            return (self.folder / name).read_text("utf-8").rstrip() == text.rstrip()

        wait_for(saved, f"{name} to be saved")


@pytest.fixture
def work(tmp_path: Path, course: Course, reference: Path) -> Path:
    """A release folder in which everything is finished but the tasks of the notebook."""
    folder = tmp_path / "Meine \u00dcbung"
    shutil.copytree(reference / "coursenn", folder / "coursenn", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    stubs = build_stubs(course)
    for file, names in open_definitions(course).items():
        path = folder / "coursenn" / file
        text = path.read_text("utf-8")
        for name in names:
            text = text.replace(definition(text, name), definition(stubs[file], name))
        path.write_text(text, encoding="utf-8")
    (folder / f"{NAME}.ipynb").write_text(notebook_text(build_notebook(course, NAME)), encoding="utf-8")
    return folder


def open_definitions(course: Course) -> dict[str, list[str]]:
    """Editable file -> the functions and classes that the notebook asks for, in its order."""
    found: dict[str, list[str]] = {}
    for task in (t for t in course.tasks if t.notebook == NAME):
        for function in task.functions:
            file = next(f for f in course.editable if function.startswith(f.removesuffix(".py").replace("/", ".") + "."))
            name = function.removeprefix(file.removesuffix(".py").replace("/", ".") + ".").partition(".")[0]
            found.setdefault(file, []).append(name)
    return found


@pytest.fixture
def lab(work: Path, chromium: Any, tmp_path: Path) -> Iterator[Lab]:
    """JupyterLab on the release folder, in the dark theme, with settings of its own."""
    home = tmp_path / "home"
    for name, values in SETTINGS.items():
        path = home / "settings" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    names = {"JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces", "JUPYTER_CONFIG_DIR": "config", "HOME": "."}
    own = {name: str(home / place) for name, place in names.items()} | {"COURSENN_QUICK": "1", "COURSENN_DATA": "embedded"}
    options = ["--no-browser", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", f"--IdentityProvider.token={token}", "--allow-root"]
    with (tmp_path / "lab.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options, f"--ServerApp.root_dir={work}"],
            env={k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "MPLBACKEND")} | own,
            cwd=work, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(lambda: answers(address, token), "JupyterLab")
            yield Lab(chromium, work, address, token)
        finally:
            server.terminate()
            server.wait(timeout=60)


def answers(address: str, token: str) -> bool:
    """Whether the server is there."""
    try:
        with urllib.request.urlopen(f"{address}/api/status?token={token}", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_can_a_notebook_be_worked_through_with_the_keyboard(lab: Lab, course: Course, reference: Path) -> None:
    """Stub, wrong edit, right edit for each task, without a restart: does each check judge what is saved, and does every other cell run?"""
    waiting = [(file, name) for file, names in open_definitions(course).items() for name in names]
    for number, cell in enumerate(lab.cells()):
        graded = cell.metadata.get("nbgrader", {})
        shown = lab.run(number)
        if graded.get("locked"):
            assert "Not finished" in shown, graded.grade_id
            file, name = waiting.pop(0)
            path = lab.folder / "coursenn" / file
            right = definition((reference / "coursenn" / file).read_text("utf-8"), name)
            if name in WRONG:
                wrong, found = re.subn(r"(\) -> [^\n]*:\n)", rf"\1    {WRONG[name]}\n", right, count=1)
                assert found
                lab.write(f"coursenn/{file}", path.read_text("utf-8").replace(definition(path.read_text("utf-8"), name), wrong))
                assert "checks failed" in lab.run(number)
            lab.write(f"coursenn/{file}", path.read_text("utf-8").replace(definition(path.read_text("utf-8"), name), right))
            assert "checks passed" in lab.run(number)
        elif cell.cell_type == "code":
            assert "Traceback" not in shown, cell.source
    assert not waiting
    assert (lab.folder / "coursenn-submission.zip").is_file()
    printed = [o.text for c in lab.cells() if c.cell_type == "code" for o in c.outputs if o.output_type == "stream" and o.name == "stderr"]
    bars = [line for text in printed for line in text.splitlines() if "%|" in line]
    assert bars
    assert all("100%" in bar for bar in bars)  # one line of each bar is left
    look_at_the_page(lab)


def look_at_the_page(lab: Lab) -> None:
    """Axe over what the notebook shows, every figure with its words, and nothing wider than the page at 200 % zoom."""
    page = lab.notebook
    page.evaluate(importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    context = {"include": [[".jp-Notebook .jp-RenderedMarkdown"], [".jp-Notebook .jp-OutputArea-output"]]}
    options = {"runOnly": {"type": "rule", "values": RULES}, "resultTypes": ["violations"]}
    found = page.evaluate("([context, options]) => axe.run(context, options)", [context, options])
    problems = [(v["id"], node["target"], node["html"][:200]) for v in found["violations"] for node in v["nodes"]]
    assert not problems
    pictures = page.locator(".jp-Notebook .jp-OutputArea-output img")
    texts = [pictures.nth(i).get_attribute("alt") or "" for i in range(pictures.count())]
    assert len(texts) >= 3
    assert all(text.startswith("Figure") for text in texts)
    page.set_viewport_size({"width": 640, "height": 450})
    wide = "images => images.filter(i => i.getBoundingClientRect().right > window.innerWidth).length"
    assert pictures.evaluate_all(wide) == 0
