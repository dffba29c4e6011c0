"""`mypy` over everything that is typed: the autograder, and the student package completed with the reference."""

from __future__ import annotations

import sys

from mypy import api

from autograder.intake.reference import reference_path
from autograder.manifest import load_course
from autograder.paths import REPOSITORY


def main() -> int:
    """Check both trees; the package exists whole only once it is assembled."""
    config = ["--config-file", str(REPOSITORY / "pyproject.toml")]
    status = 0
    for target in (REPOSITORY / "autograder", reference_path(load_course()) / "coursenn"):
        report, errors, code = api.run([*config, str(target)])
        print(report.replace(str(REPOSITORY) + "/", ""), errors, sep="", end="")
        status = max(status, code)
    return status


if __name__ == "__main__":
    sys.exit(main())
