"""Names as an instructor describes them, with a regular expression."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from autograder.collect.people import Named
from autograder.collect.systems.shape import Reading, System, by_name
from autograder.workspace.workspace import WorkspaceError


def system_of_pattern(pattern: str) -> System:
    """A system whose names fit a regular expression.

    Parameters
    ----------
    pattern : it has a group ``student_id`` or ``student_name`` and, if the names hold them, ``lms_id``, ``timestamp`` and ``file``.

    Raises
    ------
    WorkspaceError
        When it is not a regular expression, or has neither group.
    """
    try:
        form = re.compile(pattern)
    except re.error as error:
        raise WorkspaceError(f"--pattern is not a regular expression: {error}") from error
    if not {"student_id", "student_name"} & set(form.groupindex):
        raise WorkspaceError("--pattern needs a group (?P<student_id>...) or (?P<student_name>...)")

    def read(name: str) -> Reading | None:
        if not (match := form.fullmatch(name)):
            return None
        said = {key: value or "" for key, value in match.groupdict().items()}
        who = (said.get("student_id") or said.get("student_name") or "").strip()
        time = said.get("timestamp", "")
        named = Named(who, said.get("lms_id", ""), number_decides=True)
        return Reading((named,), said.get("file") or PurePosixPath(name).name, submission=time, time=time) if who else None

    return System("your pattern", by_name(read), is_lms=False)
