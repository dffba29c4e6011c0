"""The version, read from its home: `version` in ``course/course.toml``.

Setuptools reads it from here when the autograder is installed, so this imports nothing else of the package.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

MANIFEST = Path(__file__).resolve().parent.parent / "course" / "course.toml"
VERSION = str(tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["course"]["version"])
"""The version of this repository's course, and so also of the autograder."""
