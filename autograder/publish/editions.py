"""What each edition of the book contains in addition to the public pages.

Pages of answers are made from the notebooks' sources while an edition is staged. They are never in ``book/``, so an
edition without them has them neither on its pages nor in its page sources or its search index.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Literal, get_args

from autograder.checking import Check
from autograder.engine.catalogue import checks_module, checks_of
from autograder.generate.notebooks import asked_questions
from autograder.generate.rubric import AskedQuestion, rubric_markdown
from autograder.manifest import Assignment, Course, Task
from autograder.plural import counted

Edition = Literal["public", "instructor", "after-deadline"]
EDITIONS: tuple[Edition, ...] = get_args(Edition)
Pages = dict[str, str]


def extra_pages(course: Course, edition: Edition, assignments: Collection[str] = ()) -> tuple[list[dict[str, Any]], Pages]:
    """The parts that an edition adds to the table of contents, and its pages: path without suffix -> MyST text.

    Parameters
    ----------
    assignments : for ``after-deadline``, the assignments whose deadline has passed; all of them by default. ``KeyError`` for another name.
    """
    chosen = [course.assignment(name) for name in assignments] or list(course.assignments)
    if edition == "public":
        return [], {}
    if edition == "after-deadline":
        pages = {f"answers/{_slug(a.name)}": _answers_page(course, a) for a in chosen}
        return [_part("Answers", pages)], pages
    pages = {f"instructor/questions-{_slug(a.name)}": _grading_page(course, a) for a in chosen}
    pages["instructor/hidden-checks"] = _checks_page(course)
    return [_part("For instructors", pages)], pages


def _part(caption: str, pages: Pages) -> dict[str, Any]:
    return {"caption": caption, "chapters": [{"file": name} for name in pages]}


def _slug(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name.lower())


def _questions(course: Course, assignment: Assignment) -> Iterator[tuple[str, dict[str, AskedQuestion]]]:
    """The title of each notebook of an assignment, and its questions."""
    for notebook in course.notebooks:
        if notebook.name in assignment.notebooks:
            found = asked_questions(course, notebook)
            if found:
                yield notebook.title, found


def _answers_page(course: Course, assignment: Assignment) -> str:
    lines = [
        f"# Answers: {assignment.title}",
        "",
        "Model answers to the questions of the notebooks. An answer in other words is just as good: compare what the two say.",
    ]
    for title, found in _questions(course, assignment):
        lines += ["", f"## {title}"]
        for name, question in found.items():
            lines += ["", f"### {question.title or _words(name)}", "", question.prompt, "", *_folded("Answer", question.answer)]
    return "\n".join(lines) + "\n"


def _grading_page(course: Course, assignment: Assignment) -> str:
    lines = [f"# Questions and rubrics: {assignment.title}", "", "Not for students before the deadline, and the rubrics not at all."]
    for title, found in _questions(course, assignment):
        lines += ["", f"## {title}"]
        for name, question in found.items():
            lines += ["", f"### {question.title or _words(name)} ({counted(question.points, 'point')})", "", question.prompt]
            lines += ["", "Model answer:", "", question.answer, "", "What earns points:", "", rubric_markdown(question)]
    return "\n".join(lines) + "\n"


def _folded(title: str, text: str) -> list[str]:
    """An admonition that a reader opens; colons, since the text may hold fenced code."""
    return [f"::::{{admonition}} {title}", ":class: dropdown", "", text.strip(), "", "::::"]


def _words(name: str) -> str:
    return name.replace("-", " ").capitalize()


def _checks_page(course: Course) -> str:
    lines = [
        "# What the hidden checks ask",
        "",
        "Each hidden check tests one behaviour, quotes the sentence that asks for it, and earns its share of the task's points.",
        "Inputs are drawn from the workspace's secret seed, so a class cannot pass them on.",
    ]
    seen: set[str] = set()
    for task in course.tasks:
        if task.model:
            continue
        module = checks_module(course.checks_file(task.checks))[0]
        if task.checks not in seen:
            seen.add(task.checks)
            lines += ["", f"## {_words(task.checks.replace('_', '-'))}", "", inspect.cleandoc(module.__doc__ or "")]
        lines += ["", *_task_table(course, task)]
    return "\n".join(lines) + "\n"


def _task_table(course: Course, task: Task) -> list[str]:
    checks = checks_of(course, task)
    total = sum(c.weight for c in checks)
    lines = [f"### {task.id}: {counted(task.points, 'point')}", "", f"`{'`, `'.join(task.functions)}`", ""]
    if task.absent:
        lines += [f"Not available while it is graded: `{'`, `'.join(task.absent)}`.", ""]
    lines += ["| check | points | asked for by |", "|---|---|---|"]
    return lines + [_row(check, task.points * check.weight / total) for check in checks]


def _row(check: Check, points: float) -> str:
    return f"| {check.name} | {points:.2f} | {_cell(check.asks)} |"


def _cell(text: str) -> str:
    """Text in a cell of a table, shown unchanged, whatever characters it contains."""
    return "".join("\\" + c if c in "\\|*_$<[{" else c for c in " ".join(text.split()))


def is_private(page: str | Path) -> bool:
    """Whether a page of a built site belongs to an edition that is not public."""
    return Path(page).parts[:1] in (("answers",), ("instructor",))
