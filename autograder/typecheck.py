"""`mypy` over everything that is typed: the autograder, and the student package completed with the reference, as on Windows too."""

from __future__ import annotations

import sys

from mypy import api

from autograder.intake.reference import reference_path
from autograder.manifest import load_course
from autograder.paths import REPOSITORY


def main() -> int:
    """Check both trees; the package exists whole only once it is assembled.

    Students use it on any system: what only this one has, such as `os.fork`, is an error there.
    """
    config = ["--config-file", str(REPOSITORY / "pyproject.toml")]
    package = str(reference_path(load_course()) / "coursenn")
    # A cache of its own: with one for both systems, each would begin anew. Code for the other system cannot be reached.
    windows = ["--platform", "win32", "--no-warn-unreachable", "--cache-dir", str(REPOSITORY / "build" / "mypy-windows")]
    status = 0
    for arguments in ([str(REPOSITORY / "autograder")], [package], [*windows, package]):
        report, errors, code = api.run([*config, *arguments])
        print(report.replace(str(REPOSITORY) + "/", ""), errors, sep="", end="")
        status = max(status, code)
    return status


if __name__ == "__main__":
    sys.exit(main())
