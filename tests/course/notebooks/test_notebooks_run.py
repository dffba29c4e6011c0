"""Do the notebooks run with finished code, and stop at the first task with the stubs?"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from pathlib import Path
from typing import Any

import nbclient
import pytest

from autograder.generate.notebooks import build_notebook
from autograder.intake.assemble import assemble
from autograder.manifest import Course, load_course

NAMES = [n.name for n in load_course().notebooks]
FIVE_MINUTES = 300
pytestmark = pytest.mark.notebook


def execute(course: Course, name: str, edition: str, package: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, **env: str) -> Any:
    """Run a notebook next to a package, as in a release folder, and return it with its outputs.

    A student's notebook stops at its first error, as "Run All" does.
    """
    source = next(n for n in course.notebooks if n.name == name)
    assemble(package, folder, course)
    models = course.root / "solutions" / "models"
    if edition == "solution" and models.is_dir():
        shutil.copytree(models, folder / "models")
    for key in ("PYTHONPATH", "COURSENN_QUICK"):
        monkeypatch.delenv(key, raising=False)
    for key, value in env.items():
        monkeypatch.setenv(key, value)
    notebook = build_notebook(course, source, edition)
    client = nbclient.NotebookClient(notebook, timeout=1200, resources={"metadata": {"path": str(folder)}}, kernel_name="python3")
    with contextlib.suppress(*([nbclient.exceptions.CellExecutionError] if edition == "student" else [])):
        client.execute()
    return notebook


def warnings_of(notebook: Any) -> list[str]:
    """Return the outputs on stderr that contain a warning or a traceback."""
    streams = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs if o.output_type == "stream" and o.name == "stderr"]
    return [o.text for o in streams if "Warning" in o.text or "Traceback" in o.text]


@pytest.mark.whole
@pytest.mark.parametrize("name", NAMES)
def test_the_reference_runs_it_quickly_on_embedded_data(name: str, course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does every cell run with finished code, at reduced sizes, without an error or a warning?"""
    folder = tmp_path / "work"
    notebook = execute(
        course, name, "solution", course.root / "solutions", folder, monkeypatch, COURSENN_DATA="embedded", COURSENN_QUICK="1"
    )
    assert not warnings_of(notebook)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_reference_runs_it_in_five_minutes(name: str, course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does every cell run at full size on the embedded data within five minutes?"""
    start = time.monotonic()
    notebook = execute(course, name, "solution", course.root / "solutions", tmp_path / "work", monkeypatch, COURSENN_DATA="embedded")
    assert not warnings_of(notebook)
    assert time.monotonic() - start < FIVE_MINUTES * (2 if "PYTEST_XDIST_WORKER" in os.environ else 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_reference_runs_it_on_real_images(
    name: str, course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real_images: Path
) -> None:
    """Does every cell run with real CIFAR-10 images?"""
    notebook = execute(course, name, "solution", course.root / "solutions", tmp_path / "work", monkeypatch, COURSENN_DATA=str(real_images))
    assert not warnings_of(notebook)


@pytest.mark.whole
@pytest.mark.parametrize("name", NAMES)
def test_an_untouched_notebook_names_its_first_task(name: str, course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the stubs, does every cell before the first task run, and does the first task say what to do?"""
    stubs = tmp_path / "stubs"
    for file in course.editable:
        target = stubs / "coursenn" / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(course.stub(file), target)
    notebook = execute(course, name, "student", stubs, tmp_path / "work", monkeypatch, COURSENN_DATA="embedded", COURSENN_QUICK="1")
    tasks = [t.id for t in course.tasks if t.notebook == name]
    errors = [(c, o) for c in notebook.cells if c.cell_type == "code" for o in c.outputs if o.output_type == "error"]
    [(cell, error)] = errors
    first_check = next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") in tasks)
    assert cell.id == first_check.id
    assert error.ename == "NotImplementedError"
    assert any(task in error.evalue for task in tasks)
    # "Run All" ends here, so this is where a student reads what is left to do.
    assert len(error.traceback) == 2
    assert error.traceback[1] == f"Not finished in this notebook: {', '.join(tasks)}."
