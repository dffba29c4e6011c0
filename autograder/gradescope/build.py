"""Makes the zip for Gradescope: set-up, run script, engine, hidden checks and reference. It is as private as this repository."""

from __future__ import annotations

import io
import json
import os
import re
import secrets
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

from autograder.engine.early import Tell
from autograder.gradescope.settings import SETTINGS
from autograder.manifest import Course
from autograder.paths import REPOSITORY, write_atomically
from autograder.titles import full_titles

NEEDED = ("numpy", "msgspec", "pyseccomp", "tzdata")
"""Distributions that the engine needs; their versions are those of ``constraints.txt``."""
ENGINE = ("checking", "checks", "engine", "gradescope", "intake", "mistakes", "sandbox")
"""Folders of the autograder that are needed to grade one submission."""
KINDS = (".py", ".toml", ".json", ".npz")
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_LEFT_OUT = {"__pycache__", "notebooks", "build"}
SETUP = """\
#!/usr/bin/env bash
# Run once, as root, when Gradescope builds the image.
set -e
apt-get update
apt-get install -y --no-install-recommends python3 python3-venv bubblewrap libseccomp2
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "choose a base image with Python 3.11 or later"; exit 1; }
python3 -m venv /autograder/venv
/autograder/venv/bin/python -m pip install --no-cache-dir -r /autograder/source/requirements.txt
# Other accounts of the container must not read these files.
chmod -R go= /autograder/source
"""
RUN = """\
#!/usr/bin/env bash
# Run for each submission. Student code runs in bubblewrap; if that does not work, nothing is graded, and the result says so.
root="${AUTOGRADER_ROOT:-/autograder}"
python="$root/venv/bin/python"
[ -x "$python" ] || python="${AUTOGRADER_PYTHON:-python3}"
mkdir -p "$root/results"
cd "$root/source" && exec "$python" -m autograder.gradescope.run "$root"
"""


def build_zip(course: Course, assignment: str, to: Path, *, tell: Tell = Tell.POINTS, attempts: int = 0, seed: str | None = None) -> int:
    """Write the zip, readable only by its owner; return how many files are in it.

    Parameters
    ----------
    tell : what students are told before the deadline.
    attempts : how many submissions of a student are graded; 0 for all.
    seed : of the hidden checks' inputs; a new one by default, so that a workspace's seed does not leave it.
    """
    chosen = course.assignment(assignment)
    files: dict[str, tuple[bytes, int]] = {"setup.sh": (SETUP.encode(), 0o755), "run_autograder": (RUN.encode(), 0o755)}
    base = _common_folder(course)
    for path in _files(course):
        files[_place(path, base)] = (path.read_bytes(), 0o644)
    names = full_titles(course)
    settings = {
        "assignment": chosen.name,
        "manifest": _place(course.path, base),
        "seed": seed or str(secrets.randbits(62)),
        "titles": {task.id: names[task.id] for task in course.tasks_of(chosen)},
        "tell": tell.value,
        "attempts": attempts,
    }
    files[SETTINGS] = (json.dumps(settings, indent=1).encode(), 0o600)
    files["requirements.txt"] = (_requirements().encode(), 0o644)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            content, mode = files[name]
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, (stat.S_IFREG | mode) << 16
            archive.writestr(entry, content)
    write_atomically(to.absolute(), buffer.getvalue(), mode=0o600)
    return len(files)


def _files(course: Course) -> Iterator[Path]:
    """The files needed to grade one submission: the engine, the student package that it reads hand-ins with, and the course."""
    engine = REPOSITORY / "autograder"
    yield from (p for p in sorted(engine.glob("*.py")) if p.is_file())
    folders = [engine / name for name in ENGINE] + [REPOSITORY / "course" / "src" / "coursenn"]
    for root in course.roots:
        yield root / "course.toml" if root != course.root else course.path
        folders += [root / part for part in ("src", "solutions/coursenn", "solutions/models", "checks", "mistakes")]
    seen: set[Path] = set()
    for folder in folders:
        for where, below, names in os.walk(folder):
            below[:] = sorted(n for n in below if n not in _LEFT_OUT and not n.startswith(".") and not n.endswith(".egg-info"))
            for path in (Path(where) / n for n in sorted(names) if n.endswith(KINDS)):
                if path not in seen and path.is_file() and not path.is_symlink():
                    seen.add(path)
                    yield path


def _common_folder(course: Course) -> Path:
    """The folder that holds the course and its extras, so that their relative places stay the same."""
    return Path(os.path.commonpath([root.resolve() for root in course.roots]))


def _place(path: Path, base: Path) -> str:
    """Where a file is in the zip."""
    if path.is_relative_to(REPOSITORY):
        return path.relative_to(REPOSITORY).as_posix()
    return f"given/{path.resolve().relative_to(base).as_posix()}"


def _requirements() -> str:
    """The pinned versions of what is needed, for any Python."""
    lines = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return "".join(f"{line}\n" for line in lines if re.match(rf"({'|'.join(NEEDED)})==", line))
