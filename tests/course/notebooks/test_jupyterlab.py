"""Can a student work through a notebook in a real JupyterLab with the keyboard?"""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.manifest import Course
from tests.axe import WCAG_AA, violations
from tests.course.notebooks.jupyterlab import Lab, Server, definition, jupyterlab, lines_of

NAME = "Dropout"
LAYERS, NETS = "coursenn/layers.py", "coursenn/classifiers/fc_net.py"
PASSED = re.compile(r"all \d+ checks passed")
FAILED = re.compile(r"\d+ of \d+ checks failed")
RENDERED = [[".jp-Notebook .jp-RenderedMarkdown"], [".jp-Notebook .jp-OutputArea-output"]]
"""The notebook's own content; the rest of the page is JupyterLab's."""
WIDER = """selector => [...document.querySelectorAll(selector)].filter(e => e.scrollWidth > e.clientWidth + 1)
    .map(e => e.textContent.trim().slice(0, 80))"""
BARS = ("training:", "seeds:")
pytestmark = [pytest.mark.timeout(4 * 3600), pytest.mark.slow, pytest.mark.notebook, pytest.mark.browser]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """JupyterLab on an empty folder."""
    root = tmp_path_factory.mktemp("lab")
    for name in ("work", "home"):
        (root / name).mkdir()
    with jupyterlab(root / "work", root / "home", COURSENN_QUICK="1", COURSENN_DATA="embedded") as running:
        yield running


def release(course: Course, folder: Path) -> Path:
    """Copy what students get: stubs, given files and notebooks, without compiled files."""
    shutil.copytree(course.root / "src" / "coursenn", folder / "coursenn", ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.pyd"))
    for path in (course.root / "notebooks").glob("*.ipynb"):
        shutil.copy(path, folder)
    return folder


def open_functions(stubs: str, name: str) -> list[str]:
    """Return the unfinished functions of a definition: the function itself or the methods of a class."""
    node = definition(stubs, name)
    methods = [f"{name}.{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)]
    parts = methods if isinstance(node, ast.ClassDef) else [name]
    return [part for part in parts if isinstance(definition(stubs, part).body[-1], ast.Raise)]


@pytest.fixture
def lab(server: Server, course: Course, reference: Path, chromium: Any) -> Iterator[Lab]:
    """A release in which a student has finished everything but the tasks of this notebook, with the notebook open."""
    folder = release(course, server.root / "Meine \u00dcbung")
    tasks = [t for t in course.tasks if t.notebook == NAME]
    for name in course.editable:
        text, stubs = (reference / "coursenn" / name).read_text("utf-8"), (folder / "coursenn" / name).read_text("utf-8")
        module = name.removesuffix(".py").replace("/", ".") + "."
        for function in (f.removeprefix(module) for t in tasks for f in t.functions if f.startswith(module)):
            done, stub = definition(text, function), definition(stubs, function)
            lines, new = text.splitlines(), stubs.splitlines()[stub.lineno - 1 : stub.end_lineno]
            text = "\n".join([*lines[: done.lineno - 1], *new, *lines[done.end_lineno :], ""])
        (folder / "coursenn" / name).write_text(text, encoding="utf-8")
    found = Lab(chromium, server, folder, NAME)
    yield found
    found.close()


class Student:
    """A student who types the reference into the files of a folder.

    Parameters
    ----------
    lab : the tab to work in.
    reference : a folder with the finished package.
    """

    def __init__(self, lab: Lab, reference: Path) -> None:
        self.lab, self.reference = lab, reference
        self.given: dict[str, int] = {}

    def finish(self, file: str, name: str) -> None:
        """Replace stubs by the reference, method by method."""
        finished = (self.reference / file).read_text("utf-8")
        for function in open_functions((self.lab.folder / file).read_text("utf-8"), name):
            body = definition((self.lab.folder / file).read_text("utf-8"), function).body
            self.given[function] = len(body) - 1
            self.lab.write(file, function, lines_of(finished, definition(finished, function).body[len(body) - 1 :]), len(body) - 1)

    def again(self, file: str, function: str) -> None:
        """Replace other code by the reference again."""
        finished = (self.reference / file).read_text("utf-8")
        given = self.given[function]
        self.lab.write(file, function, lines_of(finished, definition(finished, function).body[given:]), given)

    def spoil(self, file: str, function: str, line: str) -> None:
        """Replace finished code by one line."""
        self.lab.write(file, function, f"    {line}", self.given[function])


def test_can_a_notebook_be_worked_through_with_the_keyboard(lab: Lab, reference: Path) -> None:
    """Does each check judge the saved file while its function is typed, broken and repaired, and is the work packed at the end?"""
    cells = nbformat.read(lab.folder / f"{NAME}.ipynb", as_version=4).cells
    student = Student(lab, reference)
    steps = {"dropout-forward": edit_and_edit_again, "dropout-backward": restart_between_edits, "fc-net-dropout": type_a_network}
    for number, cell in enumerate(cells):
        shown = lab.run(number)
        task = cell.metadata.get("nbgrader", {}).get("grade_id") if cell.metadata.get("nbgrader", {}).get("locked") else None
        if task in steps:
            assert f"Not finished: Task{'s' if task == 'fc-net-dropout' else ''} " in shown
            steps.pop(task)(lab, student, number)
        elif cell.cell_type == "code":
            assert "Error" not in shown, cell.source
    assert not steps
    assert (lab.folder / "coursenn-submission.zip").is_file()
    assert "Receipt: " in shown
    lab.press("Control+s")
    lab.wait("!bench.panel().context.model.dirty", "the notebook to be saved")
    one_line_of_each_bar(lab)
    accessible_in_the_dark_theme(lab)


def edit_and_edit_again(lab: Lab, student: Student, number: int) -> None:
    """Does each run judge the saved file after right, wrong and broken edits?"""
    student.finish(LAYERS, "dropout_forward")
    assert PASSED.search(lab.run(number))
    student.spoil(LAYERS, "dropout_forward", "return 2 * x, (dropout_param, None)")
    shown = lab.run(number)
    assert FAILED.search(shown)
    assert not PASSED.search(shown)
    student.again(LAYERS, "dropout_forward")
    assert PASSED.search(lab.run(number))
    student.spoil(LAYERS, "dropout_forward", "return x + 1, (dropout_param, None)")
    assert FAILED.search(lab.run(number))
    text = (lab.folder / LAYERS).read_text("utf-8")
    line = definition(text, "dropout_forward").body[-1].lineno
    lab.replace(LAYERS, line, line, "    return (")
    shown = lab.run(number)
    assert f"layers.py:{line} does not load" in shown
    assert not PASSED.search(shown)
    lab.replace(LAYERS, line, line, "    return x, (dropout_param, None)")
    student.again(LAYERS, "dropout_forward")
    assert PASSED.search(lab.run(number))


def restart_between_edits(lab: Lab, student: Student, number: int) -> None:
    """Is an edit judged after a restart, even if no other cell has run since the import?"""
    student.finish(LAYERS, "dropout_backward")
    student.spoil(LAYERS, "dropout_backward", "return 2 * dout")
    assert FAILED.search(lab.run(number))
    lab.restart()
    code = [i for i in range(number) if lab.page.evaluate("i => bench.cells()[i].model.type === 'code'", i)]
    for earlier in code[:2]:
        lab.run(earlier)
    assert lab.page.evaluate("i => bench.cells()[i].model.executionCount", code[0]) == 1
    student.again(LAYERS, "dropout_backward")
    assert PASSED.search(lab.run(number))
    student.spoil(LAYERS, "dropout_backward", "return 3 * dout")
    assert FAILED.search(lab.run(number))
    student.again(LAYERS, "dropout_backward")
    assert PASSED.search(lab.run(number))
    for earlier in code[2:]:
        assert "Error" not in lab.run(earlier)


def type_a_network(lab: Lab, student: Student, number: int) -> None:
    """Does the check pass for a class that is typed into a second file?"""
    student.finish(NETS, "FullyConnectedNet")
    assert PASSED.search(lab.run(number))


def one_line_of_each_bar(lab: Lab) -> None:
    """Does the saved notebook keep one line of each progress bar, and are the bars not in the printed output?"""
    cells = nbformat.read(lab.folder / f"{NAME}.ipynb", as_version=4).cells
    outputs = [output for cell in cells if cell.cell_type == "code" for output in cell.outputs]
    bars = [text for o in outputs if o.output_type == "display_data" and (text := o.data.get("text/plain", "")).startswith(BARS)]
    assert {text.partition(":")[0] for text in bars} == {"training", "seeds"}
    assert all("100%" in text and "\n" not in text for text in bars), bars
    streams = [o.text for o in outputs if o.output_type == "stream"]
    assert not [text for text in streams if "\r" in text or any(label in text for label in BARS)]


def accessible_in_the_dark_theme(lab: Lab) -> None:
    """In the dark theme, do figures have texts, does everything fit at 200 % zoom, and does axe find no problem?"""
    page = lab.page
    assert page.evaluate("document.body.dataset.jpThemeLight") == "false"
    pictures = page.locator(".jp-Notebook .jp-OutputArea-output img")
    texts = [pictures.nth(i).get_attribute("alt") or "" for i in range(pictures.count())]
    assert len(texts) >= 3
    assert all(text.startswith("Figure") for text in texts), texts
    lab.command("application:set-mode", mode="single-document")
    lab.command("docmanager:open", path=lab.notebook)
    page.set_viewport_size({"width": 640, "height": 450})
    lab.command("application:toggle-left-area")
    lab.wait("bench.panel().node.getBoundingClientRect().width > 500", "the notebook to fill the page")
    for selector in (".jp-Notebook .jp-RenderedMarkdown", ".jp-Notebook .jp-RenderedHTMLCommon"):
        assert not page.evaluate(WIDER, selector), selector
    edge = page.evaluate("bench.panel().node.getBoundingClientRect().right")
    assert pictures.evaluate_all("(all, edge) => all.filter(i => i.getBoundingClientRect().right > edge).length", edge) == 0
    problems = violations(page, WCAG_AA, within={"include": RENDERED})
    assert not problems, "\n".join(problems)


def test_does_a_run_of_all_cells_end_at_the_first_task(server: Server, course: Course, chromium: Any) -> None:
    """In a new release, does Run All scroll to the first unfinished task, with a link to it and the other unfinished tasks?"""
    folder = release(course, server.root)
    lab = Lab(chromium, server, folder, "FullyConnectedNets")
    cells = nbformat.read(folder / "FullyConnectedNets.ipynb", as_version=4).cells
    number = next(i for i, c in enumerate(cells) if c.metadata.get("nbgrader", {}).get("grade_id") == "affine-forward")
    in_view = """i => { const at = node => node.getBoundingClientRect();
        const text = at(bench.cells()[i].node.querySelector('.jp-OutputArea-output')), view = at(bench.panel().content.node);
        return text.height > 0 && text.top >= view.top && text.bottom <= view.bottom; }"""
    assert lab.page.evaluate("i => bench.cells()[i].node.getBoundingClientRect().top > innerHeight", number)
    lab.command("notebook:run-all-cells")
    lab.wait("bench.shown(argument).includes('Not finished in this notebook: ') && bench.isIdle()", "the first stub", number)
    assert "Not finished: Task affine-forward" in lab.shown(number)
    lab.wait(f"({in_view})(argument)", "the view at the first stub", number)
    lab.page.locator(".jp-Notebook .jp-OutputArea-output a[href*='layers.py']").first.click()
    lab.wait("bench.path() === 'coursenn/layers.py'", "the linked file")
    lab.close()
