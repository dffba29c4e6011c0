"""Notebooks: from the percent source to what students get, and to the solved edition that our tests execute."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode, v4

from autograder.generate.cells import Edition, cell_text, find_notebook, notebook_templates
from autograder.generate.errors import GeneratorError
from autograder.generate.leaks import Kind, Secrets, secret_lines
from autograder.generate.package import package_digest, package_files
from autograder.generate.percent import SourceCell, read_notebook
from autograder.generate.recorded import exact_records, read_results, refuse_typed
from autograder.generate.regions import squeeze
from autograder.generate.rubric import AskedQuestion, read_rubric
from autograder.generate.stubs import display
from autograder.generate.tasks import number
from autograder.manifest import Course, Notebook

SCHEMA_VERSION = 3
IN_NOTEBOOKS: tuple[Kind, ...] = ("solution", "answer")
"""The secrets with which a student's notebook is compared."""
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def build_notebook(
    course: Course,
    notebook: Notebook | str,
    edition: Edition = "student",
    results: Mapping[str, str] | None = None,
    digest: Callable[[], str] | None = None,
    secrets: Callable[[], Secrets] | None = None,
) -> NotebookNode:
    """Make a notebook from its source.

    Parameters
    ----------
    course : the manifest.
    notebook : one of its notebooks, or the name of one.
    edition : ``"student"`` has holes and empty answers, ``"solution"`` the model code and the model answers.
    results : what the recorded cells printed; by default what `autograder record` wrote beside the sources.
    digest : returns the digest of the package that the set-up cell may fetch; by default it is computed.
    secrets : returns the lines that no student's notebook may hold; by default they are collected.

    Returns
    -------
    A valid notebook node (nbformat 4.5) without outputs, with fixed cell ids and nbgrader metadata.

    Raises
    ------
    GeneratorError
        When the source does not fit the manifest, or a student edition would hold a line of a solution.
    """
    chosen = find_notebook(course, notebook)
    source = read_notebook(course, chosen)
    printed = read_results(course, chosen, source) if results is None else results
    package = digest or (lambda: package_digest(package_files(course)))
    templates = notebook_templates(course, chosen, printed, package, exact_records(source))
    nodes: list[NotebookNode] = []
    ids: set[str] = set()
    for cell in source:
        if cell.kind != "instructor":
            text = cell_text(course, chosen, cell, edition, templates)
            nodes.append(_node(course, chosen, cell, text, ids))
    metadata = {
        "coursenn": {"edition": edition, "notebook": chosen.name},
        "kernelspec": KERNEL,
        "language_info": {"name": "python"},
    }
    node: NotebookNode = v4.new_notebook(cells=nodes, metadata=metadata)  # type: ignore[no-untyped-call]
    node.nbformat_minor = 5
    nbformat.validate(node)
    if edition == "student":
        asked_questions(course, chosen)  # a rubric that cannot be read is an error of the notebook
        refuse_typed(source, printed)
        _refuse_secrets(source, node, secrets() if secrets else secret_lines(course, IN_NOTEBOOKS))
    return node


def notebook_text(node: NotebookNode) -> str:
    """The bytes of a notebook file: sorted keys, one space of indentation, a line end at the end."""
    return f"{nbformat.writes(node, version=nbformat.NO_CONVERT)}".rstrip("\n") + "\n"  # type: ignore[no-untyped-call]


def build_notebooks(course: Course) -> dict[Path, str]:
    """Every student notebook of the manifest: where it goes -> its text."""
    missing = [display(course, n.source) for n in course.notebooks if not n.source.is_file()]
    if missing:
        raise GeneratorError(", ".join(missing), "no such notebook source", "write it, or take the notebook out of the manifest")
    digest = functools.cache(lambda: package_digest(package_files(course)))
    secrets = functools.cache(lambda: secret_lines(course, IN_NOTEBOOKS))

    def text(notebook: Notebook) -> str:
        return notebook_text(build_notebook(course, notebook, digest=digest, secrets=secrets))

    return {n.root / "notebooks" / f"{n.name}.ipynb": text(n) for n in course.notebooks}


def asked_questions(course: Course, notebook: Notebook | str) -> dict[str, AskedQuestion]:
    """Question id -> what is asked, the model answer and the rubric, in the order of the notebook."""
    chosen = find_notebook(course, notebook)
    cells = read_notebook(course, chosen)
    templates = notebook_templates(course, chosen, read_results(course, chosen, cells), exact=exact_records(cells))
    filled = {(c.kind, c.id): (templates.expand(c.source, c.where), c.where) for c in cells if c.kind in ("question", "instructor")}
    points = {q.id: q.points for q in course.questions}
    found = {}
    for place, cell in enumerate(cells):
        if cell.kind == "question":
            title, prompt = _asked([templates.expand(c.source, c.where) for c in cells[:place] if c.kind == "text"])
            rubric = read_rubric(*filled["instructor", cell.id], points[cell.id])
            answer = filled["question", cell.id][0].strip()
            found[cell.id] = AskedQuestion(cell.id, chosen.name, points[cell.id], answer, rubric, title, prompt)
    return found


def _asked(texts: Sequence[str]) -> tuple[str, str]:
    """The last section of some texts: its heading and its text, without code in between."""
    text = "\n\n".join(texts)
    _, mark, section = f"\n{text}".rpartition("\n#")
    if not mark:
        return "", text.strip()
    title, _, prompt = section.lstrip("#").partition("\n")
    return title.strip(), prompt.strip()


def _node(course: Course, notebook: Notebook, cell: SourceCell, text: str, ids: set[str]) -> NotebookNode:
    metadata: dict[str, Any] = {}
    if cell.tags:
        metadata["tags"] = list(cell.tags)
    if cell.kind == "check":
        # Folded, since a student runs it and need not read it.
        metadata["jupyter"] = {"source_hidden": True}
    if grading := _grading(course, cell):
        metadata["nbgrader"] = grading
    identity = {"id": _cell_id(notebook, cell, text, ids), "metadata": metadata, "source": text}
    make = v4.new_code_cell if cell.cell_type == "code" else v4.new_markdown_cell
    node: NotebookNode = make(**identity)  # type: ignore[no-untyped-call]
    return node


def _grading(course: Course, cell: SourceCell) -> dict[str, Any] | None:
    """The nbgrader metadata of a cell: checks are locked and scored, answers graded by hand, solution cells only marked."""
    if cell.kind not in ("check", "question", "solution"):
        return None
    metadata: dict[str, Any] = {
        "cell_type": cell.cell_type,
        "grade": cell.kind != "solution",
        "grade_id": cell.id,
        "locked": cell.kind == "check",
        "schema_version": SCHEMA_VERSION,
        "solution": cell.kind != "check",
        "task": False,
    }
    if cell.kind == "check":
        metadata["points"] = number(course.task(cell.id).points)
    elif cell.kind == "question":
        metadata["points"] = number(next(q.points for q in course.questions if q.id == cell.id))
    return metadata


def _cell_id(notebook: Notebook, cell: SourceCell, text: str, taken: set[str]) -> str:
    """The grade id, or a hash of the content; repeated content gets the next hash.

    An id must not depend on other cells, so that an edit elsewhere does not change it.
    """
    if cell.kind in ("check", "question", "solution"):
        chosen = cell.id if len(cell.id) <= 64 else hashlib.sha256(cell.id.encode()).hexdigest()[:16]
    else:
        repeat = 0
        while True:
            chosen = hashlib.sha256(f"{notebook.name}\0{cell.kind}\0{text}\0{repeat}".encode()).hexdigest()[:16]
            if chosen not in taken:
                break
            repeat += 1
    taken.add(chosen)
    return chosen


def _refuse_secrets(source: list[SourceCell], node: NotebookNode, secrets: Secrets) -> None:
    """Refuse a student notebook that holds a line of a solution, a model answer or a rubric."""
    shown = [cell for cell in source if cell.kind != "instructor"]
    found = [(cell, secret) for cell, made in zip(shown, node.cells, strict=True) for secret in secrets.inside(squeeze(made.source))]
    if found:
        more = [f"\n  {cell.where} shows {secret.text!r} of {secret.where}" for cell, secret in found[1:]]
        cell, secret = found[0]
        raise GeneratorError(
            cell.where,
            f"the student notebook would show {secret.text!r} of {secret.where}{''.join(more)}",
            "take it out of the cell, or word one of the two differently",
        )
