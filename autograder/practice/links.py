"""Which pages of the book link to which exercises: below the section that explains a function, and below the heading of its notebook."""

from __future__ import annotations

from autograder.book_sections import anchor_of
from autograder.generate.addresses import notebook_path
from autograder.manifest import Course, Task
from autograder.practice.lite import lite_address
from autograder.practice.site import practice_address
from autograder.titles import task_title

FIRST_PAGE = "book/index"
Links = dict[str, dict[str, list[list[str]]]]


def practice_links(course: Course) -> Links:
    """Page -> anchor -> the exercises of that section, as address (relative to the top of the site) and name.

    The first page has one without an anchor: the first exercise of the course.
    A network that is trained has no exercise, since that is done in its notebook.
    """
    links: Links = {FIRST_PAGE: {"": [_link(next(task for task in course.tasks if task.functions))]}}
    for task in course.tasks:
        if task.model:
            continue
        page, _, anchor = task.book.partition("#")
        notebook = notebook_path(task.notebook).removesuffix(".ipynb")
        for where, place in ((f"book/{page}", anchor), (notebook, anchor_of(task_title(course, task)))):
            links.setdefault(where, {}).setdefault(place, []).append(_link(task))
    return links


def lite_links(course: Course) -> dict[str, str]:
    """Page of a notebook -> where JupyterLite opens it, relative to the top of the site."""
    return {notebook_path(n.name).removesuffix(".ipynb"): lite_address(n.name) for n in course.notebooks}


def _link(task: Task) -> list[str]:
    return [practice_address(task.id), task.functions[0].rpartition(".")[2]]
