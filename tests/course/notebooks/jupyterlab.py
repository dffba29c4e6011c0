"""A real JupyterLab in a browser, for tests: cells are run with the keyboard, next to an editor in which files are typed."""

from __future__ import annotations

import ast
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

LOOKS = 4000
"""How often a step is checked before it counts as failed. It is not a time, since a busy machine may pause the test."""
LOOK_EVERY = 0.3
"""Seconds between two checks."""
TRIES, LOOKS_FOR_A_TAB = 5, 40
"""How often the keys for the next tab are pressed, and how often each time it is checked that the notebook is open."""
FIRST_EDITOR = "[...jupyterapp.shell.widgets('main')].find(w => w.content?.node.classList.contains('jp-FileEditor'))?.id ?? null"
"""The id of an open file's tab; null if none is open."""
SETTINGS = {
    "@jupyterlab/apputils-extension/themes": {"theme": "JupyterLab Dark"},
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # On a busy machine it may coincide with a save by hand, and JupyterLab then asks which version to keep.
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}
# What the tests ask the page. A cell has been run once its number is set, even if the number is the same as before.
BENCH = """() => {
    const panel = () => [...jupyterapp.shell.widgets('main')].find(w => w.context && w.context.path.endsWith('.ipynb'));
    const bench = window.bench = {
        panel, ran: {},
        cells: () => panel().content.widgets,
        kernel: () => panel().sessionContext.session && panel().sessionContext.session.kernel,
        isIdle: () => bench.kernel() && bench.kernel().status === 'idle',
        isReady: () => panel() && panel().content.widgets.length > 0 && bench.isIdle(),
        shown: i => [...bench.cells()[i].node.querySelectorAll('.jp-OutputArea-output')].map(node => node.textContent).join('\\n'),
        path: () => jupyterapp.shell.currentWidget.context.path,
        editor: () => jupyterapp.shell.currentWidget.content.editor,
    };
    return true;
}"""
WATCH = """() => bench.cells().forEach((cell, i) => cell.model.type === 'code' && cell.model.stateChanged.connect((_, change) => {
    if (change.name === 'executionCount' && change.newValue) bench.ran[i] = (bench.ran[i] || 0) + 1;
}))"""


@dataclass(frozen=True)
class Server:
    """A running JupyterLab."""

    address: str
    token: str
    root: Path


@contextmanager
def jupyterlab(root: Path, home: Path, **environment: str) -> Iterator[Server]:
    """Run JupyterLab on a folder, without extensions, in the dark theme.

    Parameters
    ----------
    root : the folder that it shows.
    home : an empty folder for its own files.
    environment : variables for its kernels.
    """
    for name, values in SETTINGS.items():
        path = home / "settings" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")
    (home / "tmp").mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(f"http://127.0.0.1:{port}", secrets.token_hex(8), root)
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.root_dir": root,
        "IdentityProvider.token": server.token,
        "LabApp.expose_app_in_browser": True,
        "LabApp.labextensions_path": home / "none",
    }
    places = {"JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces", "IPYTHONDIR": "ipython", "TMPDIR": "tmp"}
    own = {name: str(home / place) for name, place in places.items()} | {"HOME": str(home), "JUPYTER_NO_CONFIG": "1"}
    left_out = ("PYTHONPATH", "MPLBACKEND", "JUPYTER_CONFIG_DIR")
    with (home / "lab.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", *(f"--{name}={value}" for name, value in options.items())],
            env={k: v for k, v in os.environ.items() if k not in left_out} | own | environment,
            cwd=root, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            wait_for(lambda: _answers(server) or process.poll() is not None, "JupyterLab")
            if process.poll() is not None:
                pytest.fail((home / "lab.log").read_text(errors="replace"))
            yield server
        finally:
            process.terminate()
            process.wait(timeout=600)


def _answers(server: Server) -> bool:
    try:
        with urllib.request.urlopen(f"{server.address}/api/status?token={server.token}", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    """Return the value of a condition once it is true."""
    for _ in range(LOOKS):
        if found := condition():
            return found
        time.sleep(LOOK_EVERY)
    pytest.fail(f"waited in vain for {what}")


class Lab:
    """A tab of the browser with a notebook of a folder; files are opened to its right.

    Parameters
    ----------
    chromium : the browser.
    server : a JupyterLab.
    folder : the folder of the notebook, below the root of the server.
    notebook : its name.
    """

    def __init__(self, chromium: Any, server: Server, folder: Path, notebook: str) -> None:
        self.folder, self.inside = folder, folder.relative_to(server.root)
        self.notebook = (self.inside / f"{notebook}.ipynb").as_posix()
        self.context = chromium.new_context(viewport={"width": 1280, "height": 900})
        self.page = self.context.new_page()
        self.page.set_default_timeout(0)  # only the time of the whole test is limited
        self.page.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda route: route.abort())
        self.page.goto(f"{server.address}/lab/workspaces/{notebook}/tree/{self.notebook}?token={server.token}")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.page.wait_for_function("window.jupyterapp")
        self.page.evaluate(BENCH)
        self.wait("bench.isReady()", "a kernel")
        self.page.evaluate(WATCH)
        self.command("docmanager:open", path=self.notebook)

    def close(self) -> None:
        """Close the tab."""
        self.context.close()

    def command(self, name: str, **arguments: Any) -> None:
        """Run a command of JupyterLab's menus."""
        self.page.evaluate("([name, args]) => { jupyterapp.commands.execute(name, args); }", [name, arguments])

    def wait(self, condition: str, what: str, argument: Any = None) -> None:
        """Wait until a condition is true in the page, and fail with the text of a dialog if one is open."""

        def holds() -> bool:
            if self.page.evaluate(f"argument => Boolean({condition})", argument):
                return True
            dialogs = self.page.locator(".jp-Dialog-content")
            if dialogs.count():
                pytest.fail(f"JupyterLab asks: {dialogs.first.inner_text()}")
            return False

        wait_for(holds, what)

    def press(self, *keys: str) -> None:
        """Press keys in turn."""
        for key in keys:
            self.page.keyboard.press(key)

    def go_to_notebook(self) -> None:
        """Go from an editor to the notebook at its left, by keyboard."""
        for _ in range(TRIES):
            if self.page.evaluate("bench.path()") != self.notebook:
                self.press("Control+Shift+Period")
            for _ in range(LOOKS_FOR_A_TAB):
                if self.page.evaluate(
                    "path => bench.path() === path && bench.panel().node.contains(document.activeElement)", self.notebook
                ):
                    self.press("Escape")
                    return
                time.sleep(LOOK_EVERY)
        where = self.page.evaluate("[bench.path(), document.activeElement.outerHTML.slice(0, 200)]")
        pytest.fail(f"the keys do not lead to the notebook, but to {where}")

    def select(self, number: int) -> None:
        """Go to a cell with the arrow keys, or to a folded one, which they skip, by running the text above it."""
        self.go_to_notebook()
        is_folded = self.page.evaluate("i => bench.cells()[i].inputHidden", number)
        for _ in range(200):
            at = self.page.evaluate("bench.panel().content.activeCellIndex")
            if at == number:
                return
            self.press("Shift+Enter" if is_folded and at == number - 1 else "ArrowDown" if at < number else "ArrowUp")
        pytest.fail(f"cell {number} cannot be reached with the arrow keys")

    def run(self, number: int) -> str:
        """Run a cell with Shift-Enter, and return what is then shown below it."""
        self.select(number)
        before = self.page.evaluate("i => bench.ran[i] || 0", number)
        is_code = self.page.evaluate("i => bench.cells()[i].model.type === 'code'", number)
        self.press("Shift+Enter")
        if not is_code:
            return ""
        self.wait("bench.ran[argument[0]] > argument[1] && bench.isIdle()", f"cell {number}", [number, before])
        return self.shown(number)

    def shown(self, number: int) -> str:
        """Return what is shown below a cell."""
        return str(self.page.evaluate("i => bench.shown(i)", number))

    def restart(self) -> None:
        """Restart the kernel by pressing 0 twice, and Enter in the dialog."""
        self.go_to_notebook()
        self.press("0", "0")
        self.page.wait_for_selector(".jp-Dialog-content")
        self.press("Enter")
        self.page.wait_for_selector(".jp-Dialog-content", state="detached")
        self.wait("bench.isIdle()", "the restarted kernel")

    def open(self, name: str) -> None:
        """Open a file to the right of the notebook, or go to it if it is open."""
        editor = self.page.evaluate(FIRST_EDITOR)
        # Without a place, a second file would open in front of the notebook, and the keys for the next tab would lead to the file.
        beside = {"mode": "tab-after", "ref": editor} if editor else {"mode": "split-right"}
        path = (self.inside / name).as_posix()
        self.command("docmanager:open", path=path, factory="Editor", options=beside)
        self.wait("jupyterapp.shell.currentWidget.context && bench.path() === argument && bench.editor()", name, path)
        self.wait("jupyterapp.shell.currentWidget.context.isReady && bench.editor().hasFocus()", f"the cursor in {name}")

    def write(self, name: str, function: str, code: str, given: int) -> None:
        """Replace the body of a function by typed code, and save the file.

        Parameters
        ----------
        name : the file, relative to the folder.
        function : such as ``f`` or ``Class.method``.
        code : the new lines, with their indentation.
        given : how many statements at the beginning of the function are kept, including the docstring.
        """
        text = (self.folder / name).read_text("utf-8")
        statements = definition(text, function).body[given:]
        self.replace(name, statements[0].lineno, statements[-1].end_lineno or 0, code)

    def replace(self, name: str, first: int, last: int, code: str) -> None:
        """Replace lines of a file by typed code, and save it."""
        path = self.folder / name
        lines, new = path.read_text("utf-8").split("\n"), code.rstrip("\n").split("\n")
        wanted = "\n".join([*lines[: first - 1], *new, *lines[last:]])
        self.open(name)
        start, end = {"line": first - 1, "column": 0}, {"line": last - 1, "column": len(lines[last - 1])}
        self.page.evaluate("([start, end]) => bench.editor().setSelection({start, end})", [start, end])
        for number, line in enumerate(new):
            if number:
                self.press("Enter", "Shift+Home")  # the typed line replaces the editor's own indentation
            self.page.keyboard.type(line)
        self.press("Control+s")
        wait_for(lambda: path.read_text("utf-8") == wanted, f"{name} to be saved as typed")
        self.wait("!jupyterapp.shell.currentWidget.context.model.dirty", f"JupyterLab to know that {name} is saved")


def definition(text: str, name: str) -> Any:
    """Return the definition of a function, class or method in a module."""
    found: Any = ast.parse(text)
    for part in name.split("."):
        found = next(node for node in found.body if getattr(node, "name", "") == part)
    return found


def lines_of(text: str, nodes: list[ast.stmt]) -> str:
    """Return the lines of neighbouring statements without empty ones, which an editor would indent."""
    return "\n".join(line for line in text.splitlines()[nodes[0].lineno - 1 : nodes[-1].end_lineno] if line.strip())
