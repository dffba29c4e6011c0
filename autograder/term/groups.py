"""``groups.csv``: who works together. One member hands in, and it counts for all of them.

Columns: ``group``, ``student``, and optionally ``assignment`` (empty: all of them) and ``own`` (any text, such as ``yes``: this
member hands in alone).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from autograder.spreadsheets import NotATable, header_name, read_rows, table_text
from autograder.workspace.workspace import Workspace, WorkspaceError

GROUPS = "groups.csv"
COLUMNS = ("group", "student", "assignment", "own")
_NO = frozenset({"", "no", "0", "false", "n"})


@dataclass(frozen=True)
class Membership:
    """One line of the file."""

    group: str
    student: str
    assignment: str = ""
    """Empty for all of them."""
    own: bool = False
    """Whether this member hands in alone."""


@dataclass(frozen=True)
class Groups:
    """Who works together."""

    lines: tuple[Membership, ...] = ()

    def of(self, student: str, assignment: str) -> list[str]:
        """The groups of a student, including those in which the student hands in alone."""
        return list(dict.fromkeys(m.group for m in self.lines if m.student == student and m.assignment in ("", assignment)))

    def sharing(self, assignment: str) -> dict[str, list[str]]:
        """Group -> its members who share one hand-in."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        alone = {(m.group, m.student) for m in self.lines if m.own and m.assignment in ("", assignment)}
        for m in self.lines:
            if m.assignment in ("", assignment) and (m.group, m.student) not in alone and m.student not in found[m.group]:
                found[m.group].append(m.student)
        return {group: members for group, members in found.items() if len(members) > 1}

    def partners(self, student: str, assignment: str) -> list[str]:
        """Everybody whose hand-in counts for this student as well."""
        members = [m for members in self.sharing(assignment).values() if student in members for m in members]
        return [m for m in dict.fromkeys(members) if m != student]


def read_groups(workspace: Workspace) -> Groups:
    """The groups of a class; none if there is no file.

    Raises
    ------
    WorkspaceError
        When the file cannot be used; the message names the line.
    """
    path = workspace.root / GROUPS
    return _read(path) if path.is_file() else Groups()


def _read(path: Path) -> Groups:
    try:
        rows = read_rows(path, COLUMNS)
    except NotATable as error:
        raise WorkspaceError(f"{path} {error}") from error
    if not rows:
        return Groups()
    names = [header_name(cell) for cell in rows[0][1]]
    if not {"group", "student"} <= set(names):
        raise WorkspaceError(f"{path}, line {rows[0][0]}: needs the columns group and student; it may have assignment and own")
    lines: list[Membership] = []
    for number, values in rows[1:]:
        cells = dict(zip(names, values, strict=False))
        if not cells.get("group") or not cells.get("student"):
            raise WorkspaceError(f"{path}, line {number}: names no group or no student")
        # Several students of a group may be on one line.
        lines += [
            Membership(cells["group"], student, cells.get("assignment", ""), cells.get("own", "").casefold() not in _NO)
            for student in re.split(r"[;,\s]+", cells["student"])
            if student
        ]
    return Groups(tuple(lines))


def groups_text(groups: Groups) -> str:
    """The file, one line for each member."""
    return table_text(COLUMNS, [[m.group, m.student, m.assignment, "yes" if m.own else ""] for m in groups.lines])
