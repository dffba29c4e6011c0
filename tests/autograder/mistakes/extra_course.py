"""A course with one task and one mistake, in an extra folder."""

from __future__ import annotations

from pathlib import Path

MANIFEST = """
[course]
name = "small"
title = "Small"
version = "1"
public_address = "https://example.org"
public_branch = "main"
book_address = "https://example.org/book"
extras = ["extra"]
[[assignment]]
name = "small"
title = "Small"
notebooks = ["Small"]
"""
EXTRA = """
[files]
editable = ["cubes.py"]
[[notebook]]
name = "Small"
title = "Small"
[[task]]
id = "cube"
functions = ["cubes.cube"]
notebook = "Small"
points = 1
checks = "cubes"
book = "page#cube"
"""
SOLUTION = '''
def cube(x):
    """The third power of x."""
    ### BEGIN SOLUTION
    return x * x * x
    ### END SOLUTION
'''
STUB = '''
def cube(x):
    """The third power of x."""
    raise NotImplementedError("Task cube (notebook Small)")
'''
CHECKS = """
from autograder.checking import check

@check("cube", asks="The third power of x.")
def value(s):
    s.compare("value", s.call("cubes.cube", 2.0 + s.draw.normal((3,)) ** 2))

@check("cube", asks="{sentence}")
def sign(s):
    s.compare("value of a negative number", s.call("cubes.cube", -2.0 - s.draw.normal((3,)) ** 2))
"""
MISTAKE = """
[[mistake]]
id = "cube-squared"
task = "cube"
says = "One factor is missing."
asks = "How many factors does a cube have?"
spreads = "It is the whole task."
old = 'x * x * x'
new = 'x * x'
"""


def write_course(folder: Path, mistakes: str, sentence: str = "The third power of x.") -> Path:
    """Write the course and return the path of its manifest."""
    files = {
        "course.toml": MANIFEST,
        "extra/course.toml": EXTRA,
        "extra/solutions/coursenn/cubes.py": SOLUTION,
        "extra/src/coursenn/cubes.py": STUB,
        "extra/src/coursenn/__init__.py": "",
        "extra/checks/cubes.py": CHECKS.replace("{sentence}", sentence),
        "extra/mistakes/cubes.toml": mistakes,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "course.toml"
