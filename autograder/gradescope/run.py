"""Grades the submission in a container of Gradescope: ``python -m autograder.gradescope.run /autograder``."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.checked_data import read_json
from autograder.engine.early import Tell, early_lines, full_lines, points_of, receipt
from autograder.engine.grade import grade_submission
from autograder.gradescope.settings import SETTINGS, ZipSettings
from autograder.manifest import Course, load_course
from autograder.paths import write_atomically
from autograder.plural import counted
from autograder.sandbox.bubblewrap import SandboxUnavailable

HIDDEN, AFTER = "hidden", "after_due_date"


def run(root: Path) -> dict[str, Any]:
    """Grade the submission below a folder laid out like Gradescope's ``/autograder``; return the content of ``results.json``.

    A machine that cannot sandbox student code grades nothing, since the container holds the hidden checks.
    """
    settings = read_json(root / "source" / SETTINGS, ZipSettings)
    metadata = _metadata(root / "submission_metadata.json")
    before = _previous(metadata)
    if settings.attempts and len(before) >= settings.attempts:
        return _used_up(settings.attempts, before)
    course = load_course(root / "source" / settings.manifest)
    try:
        graded = grade_submission(root / "submission", course, settings.assignment, settings.seed, name="submission")
    except SandboxUnavailable as error:
        return {"score": 0, "visibility": HIDDEN, "stdout_visibility": HIDDEN, "output": f"Nothing was graded. {error}"}
    return results(course, settings, graded.document(), closed=_is_closed(metadata), attempt=len(before) + 1)


def results(course: Course, settings: ZipSettings, document: dict[str, Any], *, closed: bool, attempt: int) -> dict[str, Any]:
    """A result document in Gradescope's form.

    Parameters
    ----------
    closed : whether the deadline had passed when it was submitted, so that the whole feedback may be shown.
    attempt : which submission of this student it is.
    """
    lines = receipt(document)
    if settings.attempts:
        lines.append(f"This is attempt {attempt} of {settings.attempts}.")
    if not closed:
        lines.append("Final grading may use new inputs, and people grade the answers to questions: this is not yet your mark.")
    tests: list[dict[str, Any]] = []
    for number, task in enumerate(document["tasks"], start=1):
        title = settings.titles.get(task["id"], task["function"])
        said = full_lines(course, task) if closed else early_lines(course, task, settings.tell)
        shown = closed or settings.tell is not Tell.RECEIVED
        tests.append(_test(str(number), title, said, task, visibility="visible" if shown else AFTER))
        if not closed and (details := full_lines(course, task)):
            tests.append({"name": f"{title}: details", "number": f"{number}.1", "output": "\n".join(details), "visibility": AFTER})
            tests[-1]["output_format"] = "text"
    return {
        "score": document["score"],
        "execution_time": round(document["elapsed_s"]),
        "output": "\n".join(lines or [points_of(document)]),
        "output_format": "text",
        "stdout_visibility": HIDDEN,
        "tests": tests,
        "extra_data": {"course": document["course"], "assignment": document["assignment"], "notes": document["notes"]},
    }


def _test(number: str, title: str, lines: list[str], task: dict[str, Any], visibility: str) -> dict[str, Any]:
    return {
        "number": number,
        "name": title,
        "score": task["score"],
        "max_score": task["max_score"],
        "status": "passed" if task["score"] >= task["max_score"] else "failed",
        "output": "\n".join(lines),
        "output_format": "text",
        "visibility": visibility,
    }


def _used_up(attempts: int, before: list[tuple[str, float]]) -> dict[str, Any]:
    """The result of a submission that is not graded: the last score."""
    return {
        "score": before[attempts - 1][1],
        "output": f"You have used {counted(attempts, 'attempt')}: this one was not graded, and the score is that of the last one graded.",
        "output_format": "text",
        "stdout_visibility": HIDDEN,
        "tests": [],
    }


def _metadata(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _previous(metadata: dict[str, Any]) -> list[tuple[str, float]]:
    """Time and score of each earlier submission, oldest first."""
    entries = metadata.get("previous_submissions")
    found = []
    for entry in entries if isinstance(entries, list) else []:
        score = entry.get("score") if isinstance(entry, dict) else None
        try:
            found.append((str(entry.get("submission_time", "")), float(score or 0.0)))
        except (AttributeError, TypeError, ValueError):
            continue
    return sorted(found)


def _is_closed(metadata: dict[str, Any]) -> bool:
    """Whether it came after the last moment at which anybody may submit; never without a deadline."""
    assignment = metadata.get("assignment")
    due = assignment.get("late_due_date") or assignment.get("due_date") if isinstance(assignment, dict) else None
    try:
        return datetime.fromisoformat(str(metadata.get("created_at"))) > datetime.fromisoformat(str(due))
    except (ValueError, TypeError):
        return False


def main() -> None:
    """Write ``results/results.json`` in any case: without it Gradescope shows students our error."""
    root = Path(sys.argv[1])
    try:
        found = run(root)
    except Exception as error:
        text = f"Nothing was graded: {type(error).__name__}: {error}"
        found = {"score": 0, "visibility": HIDDEN, "stdout_visibility": HIDDEN, "output": text}
        write_atomically(root / "results" / "results.json", json.dumps(found, indent=1) + "\n")
        raise
    write_atomically(root / "results" / "results.json", json.dumps(found, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
