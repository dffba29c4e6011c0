"""Measure each command of ``python -m coursenn`` in a released folder with everything finished and nothing compiled.

    .venv/bin/python -m benchmarks.student_commands [--repeat 3] [--no-build]

The table shows the median wall time and processor time of the whole command, including its child processes.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from autograder.intake.reference import reference_path
from autograder.manifest import Course, load_course

LIMITS = {"check, one task": 3.0, "check, all tasks": 30.0}
"""The longest wall time promised, in seconds, on a slow laptop."""


class Times(NamedTuple):
    """The times of one run of a command, in seconds."""

    wall: float
    processor: float


def main() -> int:
    """Measure and print a table; return 1 if a promise is not kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="runs of each command (default: 3)")
    parser.add_argument("--no-build", action="store_true", help="leave out the build, which takes half a minute")
    options = parser.parse_args()
    course = load_course()
    with tempfile.TemporaryDirectory() as place:
        untouched, work, newer = (_release(course, Path(place, name)) for name in ("untouched", "work", "newer"))
        shutil.copytree(reference_path(course) / "coursenn", work / "coursenn", dirs_exist_ok=True, ignore=_compiled)
        newer.joinpath("coursenn", "notebook.py").write_bytes(b"# newer\n" + newer.joinpath("coursenn", "notebook.py").read_bytes())
        found = _measure(work, untouched, newer, options.repeat)
        if not options.no_build:
            found["build"] = [_run(work, "build")]
    print(f"{'command':34} {'wall (s)':>9} {'processor (s)':>14}")
    for name, runs in found.items():
        wall, processor = (statistics.median(values) for values in zip(*runs, strict=True))
        limit = LIMITS.get(name.partition(" (")[0], 0.0)
        print(f"{name:34} {wall:9.2f} {processor:14.2f}" + (f"  at most {limit:g}" if limit else ""))
    return int(any(min(t.wall for t in found[name]) > limit for key, limit in LIMITS.items() for name in found if name.startswith(key)))


def _measure(work: Path, untouched: Path, newer: Path, repeat: int) -> dict[str, list[Times]]:
    """Return command -> its runs. The slowest single task is found in a run of all tasks."""
    every = subprocess.run(_command("check"), cwd=work, env=_environment(), capture_output=True, text=True, check=False).stdout
    seconds = {line.split()[0]: float(line.split()[2]) for line in every.splitlines() if "  passed  " in line}
    quick, slow = min(seconds, key=seconds.__getitem__), max(seconds, key=seconds.__getitem__)
    commands = {
        "status, nothing finished": (untouched, [""]),
        "status, everything finished": (work, [""]),
        f"check, one task ({quick})": (work, ["check", quick]),
        f"check, one task ({slow})": (work, ["check", slow]),
        "check, all tasks": (work, ["check"]),
        "check --hint": (work, ["check", slow, "--hint"]),
        "submit": (work, ["submit"]),
        "submit --no-checks": (work, ["submit", "--no-checks"]),
        "update --dry-run": (work, ["update", str(newer), "--dry-run"]),
        "carry --dry-run": (untouched, ["carry", str(work), "--dry-run"]),
    }
    return {name: [_run(folder, *arguments) for _ in range(repeat)] for name, (folder, arguments) in commands.items()}


def _run(folder: Path, *arguments: str) -> Times:
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(_command(*arguments), cwd=folder, env=_environment(), capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")
    return Times(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "coursenn", *filter(None, arguments)]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "COURSENN_DATA")}


def _release(course: Course, folder: Path) -> Path:
    """Write what students get: stubs, given files and notebooks."""
    shutil.copytree(course.root / "src" / "coursenn", folder / "coursenn", ignore=_compiled)
    for path in (course.root / "notebooks").glob("*.ipynb"):
        shutil.copy(path, folder)
    return folder


def _compiled(_: str, names: list[str]) -> set[str]:
    return {name for name in names if name == "__pycache__" or name.endswith((".so", ".pyd"))}


if __name__ == "__main__":
    sys.exit(main())
