"""Pages for graders: each question with its model answer, its rubric and the common wrong answers."""

from __future__ import annotations

from autograder.generate.notebooks import asked_questions
from autograder.manifest import Assignment, Course
from autograder.pages.render import render
from autograder.pages.text_html import text_html
from autograder.paths import write_atomically
from autograder.workspace.workspace import Workspace


def write_rubrics(workspace: Workspace, course: Course, assignment: Assignment) -> None:
    """Write rubrics and model answers for graders, one page for each notebook, readable only by the owner."""
    for notebook in course.notebooks:
        if notebook.name not in assignment.notebooks or not notebook.source.is_file():
            continue
        questions = asked_questions(course, notebook).values()
        page = render(
            "rubrics.html.j2",
            title=f"{notebook.title}: how to grade the questions",
            questions=[(q, text_html(q.prompt, levels=2), text_html(q.answer, levels=3)) for q in questions],
            set_line=lambda text: text_html(text).strip().removeprefix("<p>").removesuffix("</p>"),
        )
        write_atomically(workspace.rubrics / f"{notebook.name}.html", page, mode=0o600)
        # A file from a release by an earlier version, which would be read instead.
        (workspace.rubrics / f"{notebook.name}.md").unlink(missing_ok=True)
