"""A task across the class: one student's function at a time, with a grader's comments on its lines."""

from __future__ import annotations

from typing import Any

from autograder.intake.submission import submitted_files
from autograder.manifest import Course, Task
from autograder.pages.faults import place_of
from autograder.pages.source_lines import SourceText, shown
from autograder.questions.desk import Desk
from autograder.questions.line_comments import LineComment, comment_line, comments_on, places_now
from autograder.titles import full_titles

MOST_LINES = 400


class CodeDesk:
    """The code of the class.

    Parameters
    ----------
    desk : of the assignment.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._course: Course = desk.course
        self._titles = full_titles(desk.course)

    def tasks(self) -> list[dict[str, Any]]:
        """The tasks whose code a student writes."""
        counts = {row["task"]: row["n"] for row in self._desk.state.rows("SELECT task, count(*) AS n FROM line_comment GROUP BY task")}
        return [{"id": t.id, "title": self._titles[t.id], "comments": counts.get(t.id, 0)} for t in self._tasks().values()]

    def page(self, task: str, pseudonym: str = "") -> dict[str, Any] | None:
        """The code of one student, by default the first, with links to the previous and the next; None if it does not exist."""
        chosen = self._tasks().get(task)
        students = self._students()
        if chosen is None or not students or (pseudonym and pseudonym not in students):
            return None
        names = list(students)
        pseudonym = pseudonym or names[0]
        place = names.index(pseudonym)
        return {
            "task": task,
            "title": self._titles[task],
            "student": pseudonym,
            "number": place + 1,
            "count": len(names),
            "before": names[place - 1] if place else "",
            "after": names[place + 1] if place + 1 < len(names) else "",
            "functions": self._functions(chosen, students[pseudonym]),
        }

    def comment(self, task: str, pseudonym: str, line: int, name: str, comment: str, grader: str) -> bool:
        """Save a comment on a line; False if there is no such line."""
        student = self._students().get(pseudonym)
        chosen = self._tasks().get(task)
        if student is None or chosen is None:
            return False
        own = next((c for c in comments_on(self._desk.state, student, task) if c.id == name), None)
        if name and own is None:
            return False
        for function in self._functions(chosen, student):
            if own is not None or function["first"] <= line <= function["last"]:
                text = next((row["text"] for row in function["rows"] if row["number"] == line), "")
                made = LineComment(name, student, task, function["file"], function["name"], line, text, comment, grader, 0.0)
                if own is not None:
                    made = LineComment(own.id, student, task, own.file, own.function, own.line, own.source, comment, grader, 0.0)
                comment_line(self._desk.state, made)
                return True
        return False

    def _tasks(self) -> dict[str, Task]:
        return {t.id: t for t in self._course.tasks_of(self._desk.assignment) if not t.model}

    def _students(self) -> dict[str, str]:
        """Pseudonym -> student, in the order of pseudonyms."""
        students = self._desk.workspace.students(self._desk.assignment)
        return dict(sorted((self._desk.answers.pseudonym("student", s), s) for s in students))

    def _functions(self, task: Task, student: str) -> list[dict[str, Any]]:
        files = submitted_files(self._desk.workspace.submitted(student, self._desk.assignment), self._course, self._desk.assignment)
        sources = {name: SourceText(files[f"coursenn/{name}"]) for name in self._course.editable if f"coursenn/{name}" in files}
        comments = comments_on(self._desk.state, student, task.id)
        places = places_now(comments, sources)
        found = []
        for function in task.functions:
            file, name = place_of(self._course, function)
            source = sources.get(file)
            definition = source.definition(name) if source else None
            if source is None or definition is None:
                found.append({"file": file, "name": name, "first": 0, "last": -1, "rows": [], "lost": []})
                continue
            last = min(definition.last, definition.first + MOST_LINES, len(source.lines))
            mine = [c for c in comments if c.file == file and c.function == name]
            rows = [
                {"number": n, "text": shown(source.lines[n - 1]), "comments": [c for c in mine if places[c.id] == n]}
                for n in range(definition.first, last + 1)
            ]
            lost = [c for c in mine if places[c.id] is None]
            found.append({"file": file, "name": name, "first": definition.first, "last": last, "rows": rows, "lost": lost})
        return found
