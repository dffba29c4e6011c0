"""How far a student's work is: which tasks pass their visible check, what they are worth, and what comes next."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coursenn._check_process import run_checks
from coursenn._definitions import SourceError, SourceFile
from coursenn._outcome import FAILED, NOT_RUN, PASSED, UNFINISHED, Outcome
from coursenn._work_folder import PACKAGE, Work
from coursenn._work_review import unanswered_questions, unfinished_tasks

_PASSED = re.compile(r": ((?:all \d+ checks|the check) passed.*)")


@dataclass(frozen=True)
class Progress:
    """What was found in a folder of work.

    Parameters
    ----------
    work : the folder.
    outcomes : task -> what its check said, for every task of the assignment.
    unanswered : questions without an answer.
    """

    work: Work
    outcomes: dict[str, Outcome]
    unanswered: tuple[str, ...]

    def tasks(self, notebook: str = "") -> list[dict[str, Any]]:
        """The tasks of the assignment, or of one notebook of it."""
        return [t for t in assigned_tasks(self.work) if notebook in ("", t["notebook"])]

    def counts(self, notebook: str = "") -> str:
        """Tasks, points and questions in words, of all or of one notebook."""
        tasks = self.tasks(notebook)
        passed = [t for t in tasks if self.outcomes[t["id"]].state == PASSED]
        worth, of = (sum(t["points"] for t in some) for some in (passed, tasks))
        asked = [q["id"] for q in self.work.tasks.get("questions", []) if q["notebook"] in ([notebook] if notebook else self.work.assigned)]
        answered = len(asked) - len(set(asked) & set(self.unanswered))
        text = f"{len(passed)} of {len(tasks)} tasks pass their check, worth {worth:g} of {of:g} points"
        return text + (f"; {answered} of {len(asked)} questions answered" if asked else "")

    def minutes_left(self, notebook: str = "") -> int:
        """How long the tasks that do not pass and the questions without an answer take by the course's estimate."""
        names = [notebook] if notebook else self.work.assigned
        tasks = [t for t in self.tasks(notebook) if self.outcomes[t["id"]].state != PASSED]
        asked = [q for q in self.work.tasks.get("questions", []) if q["notebook"] in names and q["id"] in self.unanswered]
        return sum(entry.get("minutes", 0) for entry in (*tasks, *asked))

    def failing(self) -> list[Outcome]:
        """What was run and did not pass, unfinished tasks left out."""
        return [o for o in self.outcomes.values() if o.state not in (PASSED, UNFINISHED, NOT_RUN)]

    def not_run(self) -> list[str]:
        """Tasks whose check was not run for lack of time."""
        return [o.task for o in self.outcomes.values() if o.state == NOT_RUN]

    def next_task(self) -> dict[str, Any] | None:
        """The first task that does not pass."""
        return next((t for t in self.tasks() if self.outcomes[t["id"]].state != PASSED), None)


def assigned_tasks(work: Work) -> list[dict[str, Any]]:
    """The tasks of the notebooks that a folder is for, as ``tasks.json`` has them."""
    return [task for task in work.tasks.get("tasks", []) if task["notebook"] in work.assigned]


def look(work: Work, seconds: float | None = None) -> Progress:
    """Run the checks of all finished tasks.

    Parameters
    ----------
    work : the folder of work.
    seconds : for all checks together; what is left then is not run.

    Raises
    ------
    WorkError
        If no check can be run at all.
    """
    open_tasks = set(unfinished_tasks(work))
    finished = [task["id"] for task in assigned_tasks(work) if task["id"] not in open_tasks]
    found = {outcome.task: outcome for outcome in run_checks(work.package, work.folder, finished, seconds)}
    outcomes = {t["id"]: found.get(t["id"], Outcome(t["id"], UNFINISHED)) for t in assigned_tasks(work)}
    return Progress(work, outcomes, tuple(unanswered_questions(work)))


def status(work: Work) -> tuple[str, bool]:
    """What ``python -m coursenn`` prints, and whether everything is done."""
    start = time.perf_counter()
    progress = look(work)
    took = time.perf_counter() - start
    left = duration(progress.minutes_left())
    lines = [f"{progress.counts()}." + (f" The rest takes {left} by the course's estimate." if left else ""), ""]
    width = max((len(name) for name in work.assigned), default=0)
    for name in work.assigned:
        left = duration(progress.minutes_left(name))
        lines.append(f"  {name:{width}}  {progress.counts(name)}" + (f"; {left} left" if left else ""))
    failing = progress.failing()
    if failing:
        lines += ["", "Checks that fail:", *(f"  {line}" for line in grouped(failing))]
    lines += broken_files(work)
    if (task := progress.next_task()) is not None:
        lines += ["", *_what_is_next(work, task)]
    lines += deadlines(work)
    lines += ["", f"The checks took {took:.0f} seconds. Grading asks for more than these checks do."]
    return "\n".join(lines), progress.next_task() is None and not progress.unanswered


def duration(minutes: int) -> str:
    """An estimate in words, no finer than it can be: ``about 40 minutes``, ``about 7 hours``; empty for none."""
    if minutes < 1:
        return ""
    return f"about {minutes} minutes" if minutes < 90 else f"about {round(minutes / 60)} hours"


def deadlines(work: Work) -> list[str]:
    """A line for each assignment here whose release says when it is due, in the zone of this machine."""
    lines = []
    for entry in work.tasks.get("assignments", []):
        if entry.get("due") and set(entry["notebooks"]) & set(work.assigned):
            due = datetime.fromisoformat(entry["due"]).astimezone()
            lines += ["", f"{entry['title']} is due on {due:%A, %d %B %Y, %H:%M %Z} for the class; yours may differ."]
    return lines


def broken_files(work: Work) -> list[str]:
    """Lines about the editable files that are not Python."""
    problems = []
    for name in work.editable:
        try:
            SourceFile((work.package / name).read_bytes(), f"{PACKAGE}/{name}")
        except SourceError as error:
            problems.append(f"  {error}")
        except OSError as error:
            problems.append(f"  {PACKAGE}/{name} cannot be read ({error.strerror})")
    return ["", "Files that do not load:", *problems] if problems else []


def grouped(outcomes: Iterable[Outcome]) -> list[str]:
    """What is wrong, in one line each: the task and the first thing that its check says; one line for all that say the same."""
    tasks: dict[str, list[str]] = {}
    for outcome in outcomes:
        lines = [line.strip() for line in outcome.text.splitlines()]
        wrong = [line.removeprefix("WRONG").strip() for line in lines if line.startswith("WRONG")]
        tasks.setdefault((wrong or lines or [outcome.state])[0], []).append(outcome.task)
    return [f"{', '.join(names[:3])}{f' and {len(names) - 3} more' if len(names) > 3 else ''}: {text}" for text, names in tasks.items()]


def _what_is_next(work: Work, task: dict[str, Any]) -> Iterator[str]:
    points = f"{task['points']:g} point{'' if task['points'] == 1 else 's'}"
    facts = ", ".join(filter(None, [points, duration(task.get("minutes", 0))]))
    yield f"Next: {task['id']} ({facts}), in notebook {task['notebook']}"
    for place in places(work, task):
        yield f"  {place}"
    address = work.tasks.get("book")
    if address:
        page, _, anchor = task["book"].partition("#")
        yield f"  {address.rstrip('/')}/book/{page}.html#{anchor}"
    yield f"  python -m {PACKAGE} check {task['id']}"


def places(work: Work, task: dict[str, Any]) -> Iterator[str]:
    """Where the functions of a task are, as ``coursenn/layers.py:57 affine_forward``, or the file that a notebook saves."""
    if task.get("model"):
        yield str(task["model"])
        return
    for function in task["functions"]:
        for name in work.editable:
            module = name.removesuffix(".py").replace("/", ".") + "."
            if function.startswith(module):
                yield f"{PACKAGE}/{name}{_line(work, name, function.removeprefix(module))} {function.removeprefix(module)}"


def _line(work: Work, name: str, definition: str) -> str:
    try:
        return f":{SourceFile((work.package / name).read_bytes(), name).definitions[definition].first + 1}"
    except (OSError, SourceError, KeyError):
        return ""


def described(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Outcomes as ``check`` prints them, one after the other."""
    for outcome in outcomes:
        if outcome.state == PASSED:
            found = _PASSED.search(outcome.text)  # among what the student's code prints
            yield f"{outcome.task}  passed  {outcome.seconds:.1f} s  {found[1] if found else ''}".rstrip()
        elif outcome.state == FAILED:
            yield f"{outcome.task}  failed\n" + "\n".join(f"    {line}" for line in outcome.text.splitlines())
        else:
            yield f"{outcome.task}  {outcome.state}" + (f"  {outcome.text}" if outcome.text else "")
