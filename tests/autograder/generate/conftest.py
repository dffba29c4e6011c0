"""A course of one module and one notebook, which tests break in many ways."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.manifest import Course, load_course

MANIFEST = """
[course]
name = "coursenn"
title = "A small course"
version = "0.1"
public_address = "https://github.com/example/small"
public_branch = "main"
book_address = "https://example.org/small"

[[assignment]]
name = "one"
title = "The one"
notebooks = ["Small"]

[files]
editable = ["layers.py"]

[[notebook]]
name = "Small"
title = "A small notebook"

[[task]]
id = "double"
functions = ["layers.double"]
notebook = "Small"
points = 2
checks = "double"
book = "small#double"

[[task]]
id = "counter"
functions = ["layers.Counter"]
notebook = "Small"
points = 1.5
checks = "counter"

[[question]]
id = "why"
notebook = "Small"
points = 3
"""

LAYERS = '''"""Small layers."""

import numpy as np


def double(x):
    """Twice the input."""
    ### BEGIN SOLUTION
    scale_of_the_solution = 2.0
    return scale_of_the_solution * np.asarray(x)
    ### END SOLUTION


class Counter:
    """Counts."""

    def __init__(self, start=0):
        self.start = start
        ### BEGIN SOLUTION
        self.secret_number_of_calls = start
        ### END SOLUTION

    def count(self):
        """One more."""
        ### BEGIN SOLUTION
        self.secret_number_of_calls += 1
        return self.secret_number_of_calls
        ### END SOLUTION
'''

NOTEBOOK = """# ---
# jupyter:
#   kernelspec:
#     display_name: Another kernel
#     name: somebody-elses-kernel
# ---

# %% [markdown]
# # {{notebook:title}}
# Write {{task:double}}, see [the book]({{book:small#double}}).

# %% setup=true
pass

# %%
# %matplotlib inline
print("given")

# %%
print("given twice")

# %%
print("given twice")

# %% check="double"
expected = {{expected:double}}
print(layers.double([1, 2]), expected)

# %% check="counter"
print(layers.Counter().count())

# %% solution="try-it"
start = 1
### BEGIN SOLUTION
total_of_the_solution_cell = start + 1
### END SOLUTION
print("below the hole")

# %% [markdown]
# Why is each entry doubled?

# %% [markdown] question="why"
# Because every entry is multiplied by two, which gives {{expected:double}}.

# %% [markdown] instructor="why"
# [item.all]
# points = 3
# text = 'Names the factor and what it is multiplied by.'
# asks = 'What is each entry multiplied by?'

# %% submit=true
pass
"""

EXPECTED = """import numpy as np
from autograder.generate.evaluate import expected


@expected("double")
def double():
    from coursenn.layers import double

    return double([[1.0, 1 / 3], [1e-17, 4.0]])
"""

GIVEN = '''"""A given module."""


def a_given_function_of_some_length(argument):
    return argument
'''


CONFIG = "title: Small\nonly_build_toc_files: true\n"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The folder of the small course."""
    root = tmp_path / "small" / "course"
    files = {
        "course.toml": MANIFEST,
        "solutions/coursenn/layers.py": LAYERS,
        "solutions/expected.py": EXPECTED,
        "solutions/notebooks/Small.py": NOTEBOOK,
        "solutions/notebooks/_setup_cell.py": "address, sha256 = '{{package:archive}}', '{{package:sha256}}'\nprint('set up')\n",
        "solutions/notebooks/_submit_cell.py": "print('submit {{notebook:name}}')\n",
        "src/coursenn/__init__.py": "",
        "pyproject.toml": '[project]\nname = "coursenn"\ndependencies = ["numpy>=1.26"]\n',
        "setup.py": "from setuptools import setup\n\nsetup()\n",
        "README.md": "How to use the package.\n",
        "../LICENSE": "BSD\n",
        "../_config.yml": CONFIG,
        "../_toc.yml": "format: jb-book\nroot: book/small\nchapters:\n  - file: course/notebooks/Small\n",
        "../book/small.md": "# Small\n",
        "../book/references.bib": "",
        "../book/figures/figure.svg": "<svg/>\n",
        "../book/figures/figure.py": "print('draws the figure')\n",
        "../book/private.md": "# For instructors\n",
        "src/coursenn/given.py": GIVEN,
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def without_address(edit: Callable[[str, str, str], None]) -> None:
    """Remove the addresses of the small course; this repository has none either until an instructor sets them."""
    edit("course.toml", '"https://github.com/example/small"', '""')
    edit("course.toml", '"https://example.org/small"', '""')


@pytest.fixture
def load(small: Path) -> Callable[[], Course]:
    """Return a function that reads the manifest of the small course as it is now."""
    return lambda: load_course(small / "course.toml")


@pytest.fixture
def edit(small: Path) -> Callable[[str, str, str], None]:
    """Return a function that replaces a text in a file of the small course; the text must be in it."""

    def replace(name: str, old: str, new: str) -> None:
        path = small / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} does not hold {old!r}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    return replace
