"""A digest of the code that the reference runs, the key of everything that is made by running it.

The package also holds JSON files with words, points and addresses. No layer computes with them, so setting an address
leaves figures, equations and expected values up to date.
"""

from __future__ import annotations

import hashlib
import platform

import numpy as np

from autograder.intake.assemble import extensions
from autograder.manifest import Course
from autograder.paths import content_digest


def code_digest(course: Course) -> str:
    """A digest of the complete package without its JSON files, of Python and of numpy."""
    files = {**course.given, **extensions(course), **{name: course.reference(name) for name in course.editable}}
    digest = hashlib.sha256(f"{platform.python_version()} {np.__version__}\n".encode())
    for name, path in sorted(files.items()):
        if path.suffix != ".json" and path.is_file():
            digest.update(f"{name}\0{content_digest(path)}\n".encode())
    return digest.hexdigest()[:20]
