"""What the practice page knows about the course: its tasks, with text, hints and places in the book, and the editable files.

All of it comes from what students have: the generated notebooks, and the package of the public tree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from autograder.generate.addresses import notebook_path
from autograder.generate.package import PACKAGE
from autograder.generate.task_hints import TASK_HINTS
from autograder.manifest import Course, Task
from autograder.pages.layout import lay_out
from autograder.pages.mathematics import with_mathematics
from autograder.titles import task_title

TOP = "../"
"""The top of the site, relative to the practice page."""
BACKWARD = re.compile(r"_backward(_|$)")
HEADING = re.compile(r"^#+ ", re.MULTILINE)
CODE_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def course_data(course: Course, package: Mapping[str, bytes]) -> dict[str, Any]:
    """The course as plain data for the page.

    Parameters
    ----------
    package : the files of the student package, as the public tree holds them.
    """
    hints = json.loads(package.get(f"{PACKAGE}/{TASK_HINTS}", b"{}"))
    texts = {name: text for notebook in course.notebooks for name, text in _texts(course, notebook.name).items()}
    titles = {notebook.name: notebook.title for notebook in course.notebooks}
    return {
        "course": course.name,
        "version": course.version,
        "title": course.title,
        "files": {name: package[f"{PACKAGE}/{name}"].decode() for name in course.editable},
        "notebooks": [{"name": name, "title": title, "address": _page_of(name)} for name, title in titles.items()],
        "tasks": [_task(course, task, texts.get(task.id, ""), hints.get(task.id, [])) for task in course.tasks],
    }


def _task(course: Course, task: Task, text: str, hints: list[str]) -> dict[str, Any]:
    place, _, anchor = task.book.partition("#")
    names = [_in_file(course, function) for function in task.functions]
    return {
        "id": task.id,
        "title": task_title(course, task),
        "function": ", ".join(name for _, name in names) or task.function,
        "functions": list(task.functions),
        "notebook": task.notebook,
        "points": task.points,
        "file": names[0][0] if names else None,
        "names": [name for _, name in names],
        "book": f"{TOP}book/{place}.html#{anchor}" if place else None,
        "text": _html(text),
        "hints": hints,
        "microscope": any(BACKWARD.search(name) for _, name in names),
    }


def _in_file(course: Course, function: str) -> tuple[str, str]:
    """The editable file of a function of the manifest, and what is defined there: the class of a method."""
    for name in course.editable:
        module = name.removesuffix(".py").replace("/", ".") + "."
        if function.startswith(module):
            return name, function.removeprefix(module).partition(".")[0]
    raise ValueError(f"{function} is not in an editable file")


def _html(text: str) -> str:
    """A text of the course as HTML. It is ours, so it gets unlimited time, and the page is the same each time."""
    return with_mathematics(lay_out("markdown", text, {})).replace("<pre>", '<pre tabindex="0">')


def _page_of(notebook: str) -> str:
    return f"{TOP}{notebook_path(notebook).removesuffix('.ipynb')}.html"


def _texts(course: Course, notebook: str) -> dict[str, str]:
    """Task -> the text above its check, without the heading, since the page has one."""
    path = course.root.parent / notebook_path(notebook)
    found: dict[str, str] = {}
    text = ""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            source = "".join(cell["source"])
            text = _without_heading(source) if HEADING.search(source) else f"{text}\n\n{source}"
            continue
        task = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
        if task:
            found[task] = text
    return found


def _without_heading(source: str) -> str:
    """The text after the last heading of a cell; a line of a listing may look like a heading."""
    plain = CODE_FENCE.sub(lambda m: " " * len(m.group()), source)
    last = [*HEADING.finditer(plain)][-1]
    _, _, rest = source[last.start() :].partition("\n")
    return rest.strip()
