"""How much of students' work is taken in, and what is passed over as clutter.

There are two places, each with numbers of its own: `collect` keeps what a student handed in (`autograder.intake.incoming`), and
grading copies the files of the manifest out of that (`autograder.intake.submission`). They are kept side by side here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePosixPath

MAX_COLLECTED_FILES = 1_000
MAX_COLLECTED_FILE_BYTES = 50_000_000
MAX_COLLECTED_BYTES = 100_000_000
MAX_COLLECTED_ARCHIVE_ENTRIES = 5 * MAX_COLLECTED_FILES
"""Clutter included, which is not counted afterwards."""
MAX_NAME_BYTES = 255
"""Of one file or folder: what common file systems allow."""
MAX_NAME_DEPTH = 10

MAX_STAGED_ENTRIES = 5000
MAX_STAGED_BYTES = 200 << 20
MAX_STAGED_FILE_BYTES = {".py": 1 << 20, ".ipynb": 32 << 20, ".npz": 48 << 20}
MAX_REFUSALS_LISTED = 50

MAX_NOTEBOOK_BYTES = 25_000_000
"""Of a notebook that is shown in the gradebook."""


@dataclass(frozen=True)
class Clutter:
    """What systems and tools leave behind and nobody means to hand in. ``name in clutter`` asks about a path inside a submission."""

    folders: frozenset[str]
    files: frozenset[str]
    suffixes: frozenset[str]
    prefixes: tuple[str, ...] = ()

    def __contains__(self, name: str) -> bool:
        path = PurePosixPath(name)
        return (
            not self.folders.isdisjoint(path.parts)
            or path.name in self.files
            or path.suffix in self.suffixes
            or path.name.startswith(self.prefixes)
        )


COLLECTED_CLUTTER = Clutter(
    folders=frozenset({"__pycache__", ".ipynb_checkpoints", "__MACOSX", ".git", ".venv"}),
    files=frozenset({".DS_Store", "Thumbs.db", "desktop.ini"}),
    suffixes=frozenset({".pyc", ".so", ".pyd"}),
)
STAGED_CLUTTER = replace(
    COLLECTED_CLUTTER,
    folders=COLLECTED_CLUTTER.folders | {".idea", ".vscode"},
    suffixes=COLLECTED_CLUTTER.suffixes | {".pyo"},
    prefixes=("._",),
)
