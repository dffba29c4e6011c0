"""The pictures of the README: what a student reads in a notebook and in the feedback. Both come from real runs; nothing is typed.

The mistakes are those of two members of the sample class. The first one was chosen because its message has no rounding errors: those of
most messages about gradients would make another picture on every machine.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from autograder.demo.sample_class import CLASS, Student, hand_written
from autograder.engine.grade import grade_submission
from autograder.generate.code_digest import code_digest
from autograder.generate.drawings import environment
from autograder.generate.errors import GeneratorError
from autograder.generate.svg import CHARACTER, MONOSPACE_COLUMNS, SANS_COLUMNS, Piece, draw, paragraph
from autograder.generate.tree import Plan
from autograder.generate.visible_checks import check_cells
from autograder.intake.assemble import assemble
from autograder.manifest import Course, Task
from autograder.mistakes import load_mistakes
from autograder.pages.student import feedback_page
from autograder.paths import REPOSITORY, cache_directory, write_atomically
from autograder.results.digests import checks_digest, engine_digest

FAILED_CHECK = "book/images/failed-check.svg"
FEEDBACK_CARD = "book/images/feedback-card.svg"
CHECKED, GRADED = "quin", "ines"
"""Members of the sample class: whose check in the notebook, and whose feedback is shown."""
SEED = 1
MARK_STYLE = {"WRONG": "bad", "hint": "link", "note": "soft", "right": "good"}
STYLE_OF_PART = {"h3": "bold", "task": "soft", "question": "bold", "says": "", "summary": "link", "h4": "bold", "li": "", "read": "link"}
"""Parts of a card that are drawn as text -> how."""
INDENT = len("  WRONG  ")
PROGRAM = """\
import numpy as np
from coursenn.checking import CheckFailed
{imports}
try:
    exec({check!r})
except CheckFailed as error:
    print("\\n".join(error._render_traceback_()))  # which is how IPython asks an exception for the text below a cell
else:
    raise SystemExit("it passes")
"""


def build_pictures(course: Course) -> Plan | None:
    """Plan the pictures; None for a course other than this repository's, and for one without the tasks that they show.

    Raises
    ------
    GeneratorError
        When a mistake is no longer noticed.
    """
    if course.root.resolve() != REPOSITORY / "course":
        return None
    tasks = {name: _task_with_mistake(course, _student(name)) for name in (CHECKED, GRADED)}
    checked, graded = tasks[CHECKED], tasks[GRADED]
    if checked is None or graded is None:
        return None
    plan = Plan(REPOSITORY)
    plan.add(FAILED_CHECK, draw_failed_check(checked, failed_check(course, checked, _student(CHECKED))))
    plan.add(FEEDBACK_CARD, draw_feedback_card(feedback_card(course, graded, _student(GRADED))))
    return plan


def _student(name: str) -> Student:
    return next(student for student in CLASS if student.id == name)


def _task_with_mistake(course: Course, student: Student) -> Task | None:
    """The task that a member of the class got wrong; None if the course does not have it."""
    wrong = next((m.task for m in load_mistakes(course) if m.id == student.mistakes[0]), None)
    given = {task.id: task for assignment in course.assignments for task in course.tasks_of(assignment.name)}
    return given.get(wrong) if wrong else None


def _write_submission(course: Course, student: Student, folder: Path) -> None:
    for name, text in hand_written(course, student).items():
        path = folder / "coursenn" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def failed_check(course: Course, task: Task, student: Student) -> list[str]:
    """Run the check cell of a task over a student's package, and return the lines that a notebook shows below it.

    Raises
    ------
    GeneratorError
        When the check passes, or ends in an error of another kind.
    """
    imports, check = check_cells(course)[task.id]
    with tempfile.TemporaryDirectory(prefix="coursenn-picture-") as folder:
        _write_submission(course, student, Path(folder) / "handed-in")
        package = assemble(Path(folder) / "handed-in", Path(folder) / "package", course).parent
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM.format(imports=imports, check=check)],
            env={**environment(course), "PYTHONPATH": str(package)},
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise GeneratorError(
            FAILED_CHECK, f"the check of {task.id} does not fail: {done.stderr}", "choose another student in demo/pictures.py"
        )
    return done.stdout.splitlines()


def draw_failed_check(task: Task, lines: list[str]) -> str:
    """Draw the output of a check: its verdict, and below it lines that begin with a mark or with the space of one."""
    verdict, *rest = lines
    drawn = paragraph(Piece(verdict, "code bold"), columns=MONOSPACE_COLUMNS, space=4)
    for line in rest:
        word = line[:INDENT].strip()
        mark = Piece(word, f"code bold {MARK_STYLE.get(word, '')}", 2 * CHARACTER) if word else None
        text = Piece(line[INDENT:], "code", INDENT * CHARACTER)
        drawn += paragraph(text, columns=MONOSPACE_COLUMNS - INDENT, mark=mark, space=3 if word else 0)
    return draw(f"In the notebook: the check below {task.functions[0].rpartition('.')[2]}", "\n".join(lines), drawn)


def feedback_card(course: Course, task: Task, student: Student) -> list[tuple[str, str]]:
    """Grade one task of a student's package, and return what the feedback page says about it, as pairs of an HTML tag and a text.

    Raises
    ------
    GeneratorError
        When the mistake is not named, or the page does not show it.
    """
    document = _graded(course, task, student)
    if not document["tasks"][0]["mistakes"]:
        raise GeneratorError(FEEDBACK_CARD, f"the mistake in {task.id} is not named", f"run `autograder audit --task {task.id}`")
    # Without the student's own lines: the picture is public, and all but one of the lines are from the solution.
    card = re.search(r"<article.*?</article>", feedback_page(course, student.id, document), re.DOTALL)
    if card is None:
        raise GeneratorError(FEEDBACK_CARD, f"the feedback page has no card about {task.id}", "look at templates/feedback.html.j2")
    elements = ElementTree.fromstring(card.group()).iter()
    parts = [(e.get("class", "") if e.tag == "p" else e.tag, " ".join("".join(e.itertext()).split())) for e in elements]
    return [(kind, text) for kind, text in parts if kind in STYLE_OF_PART]


def _graded(course: Course, task: Task, student: Student) -> dict[str, Any]:
    """The result of one task as a document; grading takes seconds, so the result is cached until something that decides marks changes."""
    depends_on = (engine_digest(), checks_digest(), code_digest(course), task, course.feedback, course.consistent_credit, SEED)
    key = hashlib.sha256(repr((*depends_on, sorted(hand_written(course, student).items()))).encode()).hexdigest()[:20]
    path = cache_directory() / f"picture-{key}.json"
    with contextlib.suppress(OSError, ValueError):
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return kept
    assignment = next(a for a in course.assignments if task.notebook in a.notebooks)
    with tempfile.TemporaryDirectory(prefix="coursenn-picture-") as folder:
        _write_submission(course, student, Path(folder))
        # The sample class is our own code, and a machine without a sandbox must draw the same picture.
        result = grade_submission(folder, course, assignment, SEED, unsafe_no_sandbox=True, tasks=[task.id])
    write_atomically(path, result.to_json())
    document: dict[str, Any] = json.loads(result.to_json())
    return document


def draw_feedback_card(parts: list[tuple[str, str]]) -> str:
    """Draw the card of a feedback page: the task, the question about it, what was checked, and where to read."""
    drawn = []
    for kind, text in parts:
        if kind == "li":
            symbol = Piece(text[0], "good" if text[0] == "✓" else "bad")
            drawn += paragraph(Piece(text[1:].strip(), x=18), columns=SANS_COLUMNS - 2, mark=symbol)
        else:
            drawn += paragraph(Piece(text, STYLE_OF_PART[kind]), columns=SANS_COLUMNS, space=6)
    return draw("In the feedback, after grading", "\n".join(text for _, text in parts), drawn)
