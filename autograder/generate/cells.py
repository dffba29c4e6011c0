"""The text of a notebook's cells, and which lines of them are secret."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from autograder.generate.errors import GeneratorError
from autograder.generate.percent import TIMED, SourceCell, read_notebook
from autograder.generate.recorded import read_seconds, recorded_markdown, spread_over_seeds, time_markdown
from autograder.generate.regions import Region, find_regions, replace_regions, secret_parts
from autograder.generate.rubric import private_texts
from autograder.generate.stubs import read_text
from autograder.generate.tasks import ANSWER_PLACEHOLDER
from autograder.generate.templates import Templates
from autograder.generate.values import expected_values, literal
from autograder.manifest import Course, Notebook

Edition = Literal["student", "solution"]
COMMON_CELLS = {"setup": "_setup_cell.py", "submit": "_submit_cell.py"}
FETCH = re.compile(r"^ *### BEGIN FETCH\n(?P<fetch>.*?)^ *### OR ELSE\n(?P<not_published>.*?)^ *### END FETCH\n", re.MULTILINE | re.DOTALL)
"""What a set-up cell does if the package is missing, in a course with a public address and in one without."""
EMPTY_LINES = re.compile(r"\n{3,}")
WORD = re.compile(r"[A-Za-z]{3}")


def find_notebook(course: Course, notebook: Notebook | str) -> Notebook:
    """A notebook of the manifest, by its name; ``KeyError`` names the known ones."""
    if isinstance(notebook, Notebook):
        return notebook
    for candidate in course.notebooks:
        if candidate.name == notebook:
            return candidate
    raise KeyError(f"no notebook {notebook!r}; the notebooks are {', '.join(n.name for n in course.notebooks)}")


def notebook_templates(
    course: Course,
    notebook: Notebook,
    results: Mapping[str, str] | None = None,
    digest: Callable[[], str] | None = None,
    exact: Mapping[str, str] | None = None,
) -> Templates:
    """The values for the templates of a notebook.

    Parameters
    ----------
    results : what its recorded cells printed.
    digest : gives the digest of the package; only set-up cells ask for it.
    exact : the recorded cells that print the same in each run, as `exact_records` returns them.
    """
    spread, seconds = spread_over_seeds(course), read_seconds(course, notebook)
    values = functools.cache(lambda: expected_values(course))

    def recorded(name: str) -> str:
        return recorded_markdown((results or {})[name], exact=(exact or {}).get(name, ""), spread=spread)

    return Templates(
        course,
        notebook,
        expected=lambda name, column: _expected(notebook, values(), name, column),
        recorded=None if results is None else recorded,
        time=lambda name: time_markdown(seconds.get(name)),
        package_digest=digest,
    )


def cell_text(course: Course, notebook: Notebook, cell: SourceCell, edition: Edition, templates: Templates) -> str:
    """The text of one cell in an edition.

    Raises
    ------
    GeneratorError
        When a template is unknown, or the cell is not Python once its markers are gone.
    """
    if cell.kind in COMMON_CELLS:
        text = FETCH.sub(r"\g<fetch>" if course.public_address else r"\g<not_published>", _common_cell(course, notebook, cell.kind))
        return templates.expand(text, COMMON_CELLS[cell.kind])
    if cell.kind == "question" and edition == "student":
        return ANSWER_PLACEHOLDER
    text = templates.expand(cell.source, cell.where)
    if cell.kind == "text" and TIMED.search(cell.source):
        text = EMPTY_LINES.sub("\n\n", text).strip("\n")  # for times that are not known yet
    if cell.kind != "solution":
        return text
    regions = find_regions(text, cell.where)
    hole = [f'raise NotImplementedError("Cell {cell.id} of notebook {notebook.name}: complete it")']
    whole = replace_regions(text, regions, (lambda r: hole) if edition == "student" else _dedented)
    _must_compile(whole, cell.where)
    return whole


def notebook_secrets(course: Course, notebook: Notebook | str) -> tuple[dict[str, str], dict[str, str]]:
    """The squeezed lines of solution cells, and those of model answers and rubrics, each -> its place."""
    solutions: dict[str, str] = {}
    answers: dict[str, str] = {}
    chosen = find_notebook(course, notebook)
    templates = notebook_templates(course, chosen)
    for cell in read_notebook(course, chosen):
        if cell.kind == "solution":
            lines = [line for region in find_regions(cell.source, cell.where) for line in region.lines]
            solutions |= dict.fromkeys(secret_parts(lines), cell.where)
        elif cell.kind in ("question", "instructor"):
            # Both as written and as filled in, since either would give it away; but a bare number is also in the checks.
            filled = templates.expand(cell.source, cell.where)
            lines = [*_private_lines(cell, cell.source), *(line for line in _private_lines(cell, filled) if WORD.search(line))]
            answers |= dict.fromkeys(secret_parts(lines), cell.where)
    return solutions, answers


def _private_lines(cell: SourceCell, text: str) -> list[str]:
    """The lines of a model answer, or those of a rubric that are only for graders."""
    texts = private_texts(text) if cell.kind == "instructor" else [text]
    return [line for each in texts for line in each.split("\n")]


def _expected(notebook: Notebook, values: Mapping[str, Any], name: str, column: int) -> str:
    if name not in values:
        known = ", ".join(sorted(values)) or "none yet"
        raise GeneratorError(
            notebook.name, f"{{{{expected:{name}}}}} is registered nowhere", f"add it to course/solutions/expected.py; registered: {known}"
        )
    return literal(values[name], column)


def _dedented(region: Region) -> list[str]:
    return [line.removeprefix(region.indent) for line in region.lines]


def _must_compile(text: str, where: str) -> None:
    plain = re.sub(r"^(\s*)[%!].*$", r"\1pass", text, flags=re.MULTILINE)
    try:
        compile(plain, where, "exec")
    except SyntaxError as error:
        raise GeneratorError(
            where, f"the cell does not compile: line {error.lineno}, {error.msg}", "put whole statements between the markers"
        ) from error


def _common_cell(course: Course, notebook: Notebook, kind: str) -> str:
    """The text of a cell that all notebooks share; an extra folder may have its own."""
    paths = [root / "solutions" / "notebooks" / COMMON_CELLS[kind] for root in dict.fromkeys((notebook.root, course.root))]
    path = next((p for p in paths if p.is_file()), paths[-1])
    return read_text(course, path, f"write the common {kind} cell of all notebooks there").strip("\n")
