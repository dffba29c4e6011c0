"""Column maps, which describe the files from which other systems import marks: one TOML file for each, in ``lms/`` or an instructor's own.

A map says how a file that the system exported is filled in (``[fill]``), how a new file is written (``[write]``), or both.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from autograder.checked_data import DataError, Table, nearest, read_toml
from autograder.workspace.workspace import WorkspaceError

SHIPPED = Path(__file__).resolve().parent / "lms"
FIELDS = ("id", "lms_user_id", "email", "first_name", "last_name", "points", "max", "percent", "title", "assignment", "column")
"""The names that ``{...}`` in a value of ``[write]`` may contain; headers may contain the last three."""

NonEmpty = Annotated[str, Meta(min_length=1, description="a text that is not empty")]
Identity = Literal["id", "lms_user_id", "email", "name", "participant"]
"""What a column says about a person; ``participant`` is Moodle's number of a person in one assignment, after a word."""


class PersonColumn(Table, frozen=True, rename={"means": "is"}):
    """A column of an exported file that says whose row it is."""

    header: NonEmpty
    means: Identity


class Fill(Table, frozen=True):
    """How a file that the system exported is filled in."""

    people: Annotated[tuple[PersonColumn, ...], Meta(min_length=1)]
    column: NonEmpty
    """Pattern for the header of the marks; ``{title}`` is the title or the name of the assignment."""
    keep: tuple[NonEmpty, ...] = ()
    """Headers of the columns that are kept in addition to the marks; all of them if none is named."""
    maximum_row: str = ""
    """What the first cell of the row with the maximum contains."""
    maximum_header: str = ""
    """The header of the column with the maximum."""
    maximum_in_header: str = ""
    """Pattern that finds the maximum in the header of the marks."""
    leave: tuple[str, ...] = ()
    """Cells that are not changed: what the system writes for somebody who is excused."""
    excused: str = ""
    """What the system reads as excused; if it has no such word, this is empty and the cell of an excused student is not changed."""


class Written(Table, frozen=True):
    """A column of a new file."""

    header: NonEmpty
    value: str


class Write(Table, frozen=True):
    """How a new file is written: one line for each student."""

    columns: Annotated[tuple[Written, ...], Meta(min_length=1)]
    delimiter: Literal[",", ";", "\t"] = ","
    quote_all: bool = False
    needs_column: str = ""
    """Why the header of the marks must be given with ``--column``; empty if it need not."""


class SystemMap(Table, frozen=True):
    """One system."""

    title: NonEmpty
    sources: Annotated[tuple[NonEmpty, ...], Meta(min_length=1)]
    """Where the format is documented."""
    unverified: tuple[NonEmpty, ...] = ()
    """What could not be checked against a real system."""
    import_by: str = ""
    """How to import the file, in one sentence."""
    decimals: Annotated[int, Meta(ge=0, le=6)] = 2
    fill: Fill | None = None
    write: Write | None = None

    def __post_init__(self) -> None:
        if self.fill is None and self.write is None:
            raise ValueError("needs [fill] or [write]")
        for column in self.write.columns if self.write else ():
            for name in re.findall(r"{(.*?)}", column.header + column.value):
                if name not in FIELDS:
                    raise ValueError(f"[write] names {{{name}}}; {nearest(name, FIELDS, 'the names')}")


def shipped_systems() -> list[str]:
    """The names of the maps that come with the autograder."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def find_system(name: str) -> SystemMap:
    """The map of a system, by the name of one that comes with the autograder, or by the path of a file.

    Raises
    ------
    WorkspaceError
        When there is none, or it does not fit its types.
    """
    path = SHIPPED / f"{name}.toml" if re.fullmatch(r"[a-z]+", name) else Path(name)
    if not path.is_file():
        raise WorkspaceError(f"there is no system {name!r} and no such file; {nearest(name, shipped_systems(), 'the systems')}")
    try:
        return read_toml(path, SystemMap)
    except DataError as error:
        raise WorkspaceError(str(error)) from error


def pattern(text: str, titles: tuple[str, ...], where: SystemMap) -> re.Pattern[str]:
    """A pattern of a map with the titles of an assignment filled in."""
    any_title = "(?:" + "|".join(map(re.escape, titles)) + ")"
    try:
        return re.compile(text.replace("{title}", any_title), re.IGNORECASE)
    except re.error as error:
        raise WorkspaceError(f"the map of {where.title}: {text!r} is not a regular expression ({error})") from error
