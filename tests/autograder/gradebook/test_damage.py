"""Does everybody get only their own verdict in a class in which nearly all work is damaged?"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.manifest import Course
from autograder.outgoing.feedback import feedback
from autograder.runs.grade import grade
from autograder.runs.grade_report import GradeReport
from autograder.workspace import nbgrader_api
from autograder.workspace.opening import open_workspace
from autograder.workspace.workspace import Workspace
from tests.autograder.gradebook.odd_class import PNG
from tests.autograder.small_course import RIGHT_LAYERS, hand_in, notebook, released_files

ANSWER = "It follows from the chain rule, as I show here."
EVIL = "<script>alert('evil')</script>"
Files = dict[str, Any]


def cells(files: Files, name: str = "Alpha.ipynb") -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a notebook of a submission as plain data, and its cells."""
    document: dict[str, Any] = notebook(files[name])
    return document, document["cells"]


def cell_of(found: list[dict[str, Any]], grade_id: str) -> dict[str, Any]:
    """Return the cell with that nbgrader id."""
    return next(c for c in found if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def changed(change: Callable[[list[dict[str, Any]]], None]) -> Callable[[Files], Files]:
    """Damage the cells of the first notebook."""

    def damage(files: Files) -> Files:
        document, found = cells(files)
        change(found)
        return {"Alpha.ipynb": json.dumps(document)}

    return damage


def duplicate(found: list[dict[str, Any]]) -> None:
    found.append(json.loads(json.dumps(cell_of(found, "relu-forward"))))
    empty = json.loads(json.dumps(cell_of(found, "alpha-why")))
    found.insert(0, {**empty, "source": "YOUR ANSWER HERE"})


def delete(found: list[dict[str, Any]]) -> None:
    found[:] = [c for c in found if c["metadata"].get("nbgrader", {}).get("grade_id") != "relu-backward"]


def rename(found: list[dict[str, Any]]) -> None:
    for cell in found:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"]["grade_id"] += "-mine"


def strip(found: list[dict[str, Any]]) -> None:
    for cell in found:
        cell["metadata"] = {}


def retype(found: list[dict[str, Any]]) -> None:
    answer = cell_of(found, "alpha-why")
    answer["cell_type"] = "code"
    answer |= {"outputs": [], "execution_count": 3}
    check = cell_of(found, "relu-forward")
    check["cell_type"] = "markdown"
    del check["outputs"], check["execution_count"]


def cheat(found: list[dict[str, Any]]) -> None:
    for cell in found:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "2"}, "metadata": {}, "execution_count": 1}]
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"]["points"] = 1000


def nonsense(found: list[dict[str, Any]]) -> None:
    found[0]["metadata"] = {"nbgrader": "yes"}
    found.insert(0, {"cell_type": "markdown", "metadata": [], "source": None})  # type: ignore[dict-item]
    found.insert(0, 17)  # type: ignore[arg-type]
    cell_of([c for c in found[3:] if isinstance(c, dict)], "relu-forward")["metadata"]["nbgrader"]["points"] = "NaN"


def active(found: list[dict[str, Any]]) -> None:
    answer = cell_of(found, "alpha-why")
    answer["source"] = (
        f"{EVIL} <img src=x onerror=alert(1)> <a href='javascript:alert(2)'>here</a> <iframe src='https://example.org'></iframe> a < b"
    )
    answer["attachments"] = {"x.png": {"image/png": f'"><script>{EVIL}</script>'}}
    found.append({"cell_type": "raw", "metadata": {"raw_mimetype": "text/html"}, "source": EVIL, "id": '"><script>'})
    html = {
        "text/html": EVIL,
        "image/svg+xml": f"<svg>{EVIL}</svg>",
        "application/javascript": "alert(3)",
        "text/plain": EVIL,
        "image/png": PNG,
    }
    found.append(
        {
            "cell_type": "code",
            "metadata": {"tags": ['"><script>alert(4)</script>']},
            "execution_count": 1,
            "source": "show()",
            "outputs": [
                {"output_type": "display_data", "data": html, "metadata": {"image/png": {"width": '1"><script>alert(5)</script>'}}},
                {"output_type": "stream", "name": "stderr", "text": f"\x1b[31m{EVIL}\x1b[0m\x1b]0;title\x07"},
                {"output_type": "error", "ename": EVIL, "evalue": EVIL, "traceback": [EVIL]},
                {"output_type": "display_data", "data": {"image/png": '"><script>alert(6)</script>'}, "metadata": {}},
            ],
        }
    )
    found.append(
        {"cell_type": "markdown", "metadata": {}, "source": "[x](files/javascript:alert(7)) [y](evil.html) ![p](https://example.org/p.png)"}
    )


DAMAGES: dict[str, Callable[[Files], Files]] = {
    "a-duplicate": changed(duplicate),  # alphabetically first: it once ended a batch
    "b-deleted": changed(delete),
    "c-renamed": changed(rename),
    "d-stripped": changed(strip),
    "e-retyped": changed(retype),
    "f-nonsense": changed(nonsense),
    "g-active": changed(active),
    "h-truncated": lambda files: {"Alpha.ipynb": bytes(files["Alpha.ipynb"], "utf-8")[:-400]},
    "i-conflict": lambda files: {"Alpha.ipynb": "<<<<<<< HEAD\n" + files["Alpha.ipynb"] + ">>>>>>> theirs\n"},
    "j-no-json": lambda _files: {"Alpha.ipynb": b"\xff\xfe\x00 not a notebook"},
    "k-missing": lambda _files: {"Alpha.ipynb": None},
    "l-no-notebook": lambda _files: {"Alpha.ipynb": None, "Beta.ipynb": None},
    "m-extra": lambda files: {
        "Other.ipynb": files["Alpha.ipynb"],
        "numpy.py": "raise SystemExit\n",
        "notes.txt": "hello",
        "evil.html": EVIL,
        "e.SVG": EVIL,
        ".e.html": EVIL,
    },
    "n-list": lambda _files: {"Alpha.ipynb": "[]"},
    "o-deep": lambda _files: {"Alpha.ipynb": "[" * 100_000},
    "p-bom": lambda files: {"Alpha.ipynb": b"\xef\xbb\xbf" + bytes(files["Alpha.ipynb"], "utf-8").replace(b"\n", b"\r\n")},
    "q-surrogate": lambda files: {"Alpha.ipynb": files["Alpha.ipynb"].replace("chain rule", "chain \\ud800\\u0000 rule")},
}
ANSWER_LOST = {"j-no-json", "k-missing", "l-no-notebook", "n-list", "o-deep"}
NO_NOTE = {"g-active", "f-nonsense", "m-extra", "p-bom", "q-surrogate"}


@pytest.fixture(scope="module")
def graded(small: Course, released_once: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, GradeReport]:
    """Everybody's work, graded in one run."""
    root = tmp_path_factory.mktemp("damage") / "class"
    shutil.copytree(released_once, root)
    workspace = open_workspace(root, small)
    answered = released_files(workspace, answers={"alpha-why": ANSWER})
    right = {"coursenn/layers.py": RIGHT_LAYERS}
    for name, damage in DAMAGES.items():
        hand_in(workspace, name, {**right, **damage(dict(answered))}, answers={"alpha-why": ANSWER})
    hand_in(workspace, "r-cheat", changed(cheat)(dict(answered)))
    hand_in(workspace, "s-stub", {"coursenn/optim.py": None})
    hand_in(workspace, "t-given", {**right, "coursenn/given.py": "VALUE = 2\n", "coursenn/__init__.py": "raise SystemExit(3)\n"})
    warns = "import sys, warnings\nprint('on stderr', file=sys.stderr)\nwarnings.warn('careful')\n"
    hand_in(workspace, "u-warns", {"coursenn/layers.py": warns + RIGHT_LAYERS})
    hand_in(
        workspace,
        "v-exits",
        {"coursenn/layers.py": RIGHT_LAYERS.replace("import numpy as np", "import os\nimport numpy as np\nos._exit(0)", 1)},
    )
    hand_in(
        workspace,
        "w-zeros",
        {"coursenn/layers.py": "def relu_forward(x):\n    return 0 * x, x\n\n\ndef relu_backward(dout, cache):\n    return 0 * dout\n"},
    )
    hand_in(workspace, "x-empty", {**dict.fromkeys(answered), "notes.txt": "sorry"})
    hand_in(workspace, "z-sound", right, answers={"alpha-why": ANSWER})
    return workspace, grade(workspace, small, "first", unsafe=True)


def test_everybody_gets_a_verdict(graded: tuple[Workspace, GradeReport]) -> None:
    """Does every student have a mark, although many submissions are damaged?"""
    workspace, report = graded
    assert [(r.student, r.failure) for r in report.rows if r.failure] == []
    assert {r.student for r in report.rows if r.fresh} == set(workspace.students("first")) >= set(DAMAGES)


def gradebook_scores(workspace: Workspace, student: str) -> dict[str, tuple[float | None, bool]]:
    """Return cell -> automatic score and whether a person must look, from nbgrader's database."""
    with nbgrader_api.gradebook(workspace) as book:
        submission = book.find_submission("first", student)
        return {g.name: (g.auto_score, g.needs_manual_grade) for n in submission.notebooks for g in n.grades}


@pytest.mark.parametrize("name", [*DAMAGES, "t-given", "u-warns", "z-sound"])
def test_damage_to_a_notebook_costs_no_points_of_the_package(graded: tuple[Workspace, GradeReport], name: str) -> None:
    """Are tasks of the package scored even if their notebook is damaged?"""
    scores = gradebook_scores(graded[0], name)
    assert scores["relu-forward"] == (2.0, False)
    assert scores["relu-backward"] == (3.0, False)
    assert scores["sgd-momentum"] == (0.0, False)


@pytest.mark.parametrize("name", [*DAMAGES, "z-sound"])
def test_answers_are_kept_if_they_can_be_found(graded: tuple[Workspace, GradeReport], name: str) -> None:
    """Does an answer that a person grades survive the damage, and does a lost one get 0 instead of staying open?"""
    workspace, _ = graded
    page = nbformat.read(workspace.autograded(name, "first") / "Alpha.ipynb", as_version=4)
    answer = next(c for c in page.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "alpha-why")
    if name in ANSWER_LOST:
        assert gradebook_scores(workspace, name)["alpha-why"] == (0.0, False)
    else:
        assert gradebook_scores(workspace, name)["alpha-why"] == (None, True)
        assert answer.source.replace("??", "").replace("�", "").replace("?", "").split()[0] in (
            *ANSWER.split(),
            "<script>alert('evil')</script>",
        )
        assert answer.cell_type == "markdown"


@pytest.mark.parametrize("name", sorted(set(DAMAGES) - NO_NOTE))
def test_every_repair_is_noted(graded: tuple[Workspace, GradeReport], name: str) -> None:
    """Does the graded copy say what was done to a damaged notebook?"""
    page = nbformat.read(graded[0].autograded(name, "first") / "Alpha.ipynb", as_version=4)
    assert page.cells[0].id == "grader-notes"
    assert "\n- " in page.cells[0].source


def test_sound_submission_has_no_notes(graded: tuple[Workspace, GradeReport]) -> None:
    """Is nothing said about a notebook that needed no repair?"""
    page = nbformat.read(graded[0].autograded("z-sound", "first") / "Alpha.ipynb", as_version=4)
    assert "\n- " not in page.cells[0].source


def test_stale_or_forged_outputs_earn_nothing(graded: tuple[Workspace, GradeReport]) -> None:
    """Does an untouched package with outputs that claim full marks get 0, and no more points than there are?"""
    scores = gradebook_scores(graded[0], "r-cheat")
    assert {name: scores[name][0] for name in ("relu-forward", "relu-backward", "sgd-momentum")} == dict.fromkeys(
        ("relu-forward", "relu-backward", "sgd-momentum"), 0.0
    )


def test_student_modules_stay_and_given_modules_are_ours(graded: tuple[Workspace, GradeReport], small: Course) -> None:
    """Is a student's layers.py never overwritten by ours, and a changed given module never used or shown?"""
    workspace, _ = graded
    ours = workspace.autograded("t-given", "first") / "coursenn"
    assert (ours / "layers.py").read_text() == RIGHT_LAYERS
    assert (ours / "given.py").read_text() == small.given["given.py"].read_text()
    assert (ours / "__init__.py").read_text() == small.given["__init__.py"].read_text()
    zeros = gradebook_scores(workspace, "w-zeros")
    assert zeros["relu-forward"][0] < 2.0
    assert zeros["relu-backward"][0] < 3.0


def test_file_that_was_not_handed_in_is_a_stub_in_the_graded_copy(graded: tuple[Workspace, GradeReport], small: Course) -> None:
    """Is the graded copy a whole package even if the student deleted a file of it?"""
    copy = graded[0].autograded("s-stub", "first") / "coursenn" / "optim.py"
    assert copy.read_bytes() == small.stub("optim.py").read_bytes()


def test_files_that_a_browser_would_run_are_not_served(graded: tuple[Workspace, GradeReport]) -> None:
    """Are pages and scripts that a student hands in kept out of the folder that the formgrader serves?"""
    copy = {p.name for p in graded[0].autograded("m-extra", "first").rglob("*")}
    assert "notes.txt" in copy
    assert not copy & {"evil.html", "e.SVG", ".e.html"}
    assert (graded[0].submitted("m-extra", "first") / "evil.html").is_file()


def test_code_that_ends_the_process_has_a_verdict(graded: tuple[Workspace, GradeReport]) -> None:
    """Does os._exit cost only the tasks of its own submission?"""
    row = next(r for r in graded[1].rows if r.student == "v-exits")
    assert row.document is not None
    verdicts = {t["id"]: t["verdict"] for t in row.document["tasks"]}
    assert verdicts["relu-forward"] in {"killed", "error"}
    assert gradebook_scores(graded[0], "v-exits")["relu-forward"] == (0.0, False)


def test_empty_submission_is_not_gradable_and_recorded(graded: tuple[Workspace, GradeReport]) -> None:
    """Do students who handed in nothing usable get zero points with the reason?"""
    row = next(r for r in graded[1].rows if r.student == "x-empty")
    assert row.document is not None
    assert row.document["status"] == "not_gradable"
    page = nbformat.read(graded[0].autograded("x-empty", "first") / "Alpha.ipynb", as_version=4)
    assert "could not be graded" in page.cells[0].source


@pytest.fixture(scope="module")
def pages(graded: tuple[Workspace, GradeReport], small: Course) -> dict[str, str]:
    """Feedback and formgrader pages of the student who tried active content."""
    from nbconvert.exporters import HTMLExporter
    from nbgrader.server_extensions.formgrader import handlers

    workspace, _ = graded
    done = feedback(workspace, small, "first", only=["g-active"])
    assert done.written == ["g-active"]
    config = nbgrader_api.config(workspace)
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    resources = {
        "assignment_id": "first",
        "notebook_id": "Alpha",
        "submission_id": "1",
        "index": 0,
        "total": 1,
        "base_url": "",
        "student": "g",
    }
    resources |= {"last_name": "", "first_name": "", "notebook_path": ""}
    shown, _ = HTMLExporter(config=config).from_filename(
        str(workspace.autograded("g-active", "first") / "Alpha.ipynb"), resources=resources
    )
    return {"feedback": (workspace.feedback("g-active", "first") / "Alpha.html").read_text(), "formgrader": shown}


@pytest.mark.parametrize("page", ["feedback", "formgrader"])
def test_active_content_is_disarmed(pages: dict[str, str], page: str) -> None:
    """Are a student's scripts, handlers, frames and foreign pictures kept from an instructor's browser?"""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(pages[page], "html.parser")
    body = soup.find("main") if page == "feedback" else soup.find("div", id="notebook-container")
    assert body is not None
    assert not body.find_all(["script", "iframe", "object", "embed", "form", "svg"])
    for element in body.find_all(True):
        assert not [a for a in element.attrs if a.startswith("on") and a != "on"], element
        assert str(element.get("href", "#")).startswith(("http://", "https://", "mailto:", "#"))
    sources = [str(i["src"]) for i in body.find_all("img")]
    assert sources == [f"data:image/png;base64,{PNG}"]
    assert "not verified by the grader" in body.get_text()
    assert "alert('evil')" in body.get_text()  # shown as text, so that a grader sees the attempt
    assert "a < b" in body.get_text()
