"""`mypy` over everything that is typed: the autograder, and the student package completed with the reference, also as on Windows."""

from __future__ import annotations

import sys

from mypy import api

from autograder.intake.reference import reference_path
from autograder.manifest import load_course
from autograder.paths import REPOSITORY


def main() -> int:
    """Check both trees; the package is complete only after it is assembled.

    Students use it on any system, so something that only this system has, such as `os.fork`, is an error.
    """
    config = ["--config-file", str(REPOSITORY / "pyproject.toml")]
    package = str(reference_path(load_course()) / "coursenn")
    # A separate cache: with one for both systems, each run would start from nothing. Code for the other system is unreachable.
    windows = ["--platform", "win32", "--no-warn-unreachable", "--cache-dir", str(REPOSITORY / "build" / "mypy-windows")]
    status = 0
    for arguments in ([str(REPOSITORY / "autograder")], [package], [*windows, package]):
        report, errors, code = api.run([*config, *arguments])
        print(report.replace(str(REPOSITORY) + "/", ""), errors, sep="", end="")
        status = max(status, code)
    return status


if __name__ == "__main__":
    sys.exit(main())
