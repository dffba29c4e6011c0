"""A course of two notebooks and four tasks, small enough for a whole term in one test."""

from __future__ import annotations

import io
import json
import textwrap
import zipfile
from pathlib import Path

import nbformat

from autograder.generate.everything import build
from autograder.generate.tree import write
from autograder.manifest import Course, load_course
from autograder.workspace.workspace import Workspace

Files = dict[str, "str | bytes | None"]

MANIFEST = """
[course]
name = "small"
title = "A small course"
version = "1"
public_address = "https://example.org/small"
public_branch = "main"
book_address = "https://example.org/book"
extras = []

[[assignment]]
name = "first"
title = "First"
notebooks = ["Alpha", "Beta"]

[files]
editable = ["layers.py", "optim.py"]
models = []

[[notebook]]
name = "Alpha"
title = "Alpha"

[[notebook]]
name = "Beta"
title = "Beta"

[[task]]
id = "relu-forward"
functions = ["layers.relu_forward"]
notebook = "Alpha"
points = 2
checks = "relu"
book = "affine-relu-losses#relu"

[[task]]
id = "relu-backward"
functions = ["layers.relu_backward"]
notebook = "Alpha"
points = 3
checks = "relu"
book = "affine-relu-losses#relu"

[[task]]
id = "sgd-momentum"
functions = ["optim.sgd_momentum"]
notebook = "Beta"
points = 2
checks = "optim"
book = "optimisers#momentum"

[[question]]
id = "alpha-why"
notebook = "Alpha"
points = 4

[[question]]
id = "beta-why"
notebook = "Beta"
points = 2
"""

LAYERS = '''
"""Layers."""

import numpy as np


def relu_forward(x):
    """Rectify.

    Negative entries become zero and all others stay as they are. The input is not written into.

    x : inputs of any shape.
    """
    ### BEGIN SOLUTION
    rectified_inputs_of_any_shape = np.maximum(x, 0)
    return rectified_inputs_of_any_shape, x
    ### END SOLUTION


def relu_backward(dout, cache):
    """The gradient passes where x is positive and is zero elsewhere. The upstream gradient is not written into.

    dout : upstream gradient, of any shape.
    """
    ### BEGIN SOLUTION
    passes_where_it_was_positive = np.where(cache > 0, dout, 0.0)
    return passes_where_it_was_positive
    ### END SOLUTION
'''

NOTEBOOK = """
# %% setup=true

# %% [markdown]
# # {name}
# Complete the functions.

# %% check="{first}"
from coursenn import {module}
assert callable({module}.{function})
{second}
# %% solution="{low}-cell"
### BEGIN SOLUTION
answer_of_the_solution_cell_{low} = sum(range(10))
### END SOLUTION

# %% [markdown]
# Why is that so?

# %% [markdown] question="{low}-why"
# Because the model answer of {name} says so at great length.

# %% [markdown] instructor="{low}-why"
# [item.reason]
# points = {half}
# text = 'Full marks for {name} when the reasoning is complete and correct.'
# asks = 'What is the reason in {name}?'
#
# [item.example]
# points = {half}
# text = 'An example of {name} that shows it to be so.'
# asks = 'Which example of {name} shows it?'
#
# [wrong.chance]
# answer = 'By chance.'
# why = 'It is so in {name} for every draw.'
# says = 'Would another seed of {name} change it?'

# %% submit=true
"""
SECOND = """
# %% check="relu-backward"
assert callable(layers.relu_backward)
"""


def write_small_course(root: Path) -> Course:
    """Write the course below a folder, generated files included."""
    course = root / "course"
    files = {
        "course.toml": MANIFEST,
        "solutions/coursenn/layers.py": LAYERS.lstrip(),
        "solutions/coursenn/optim.py": OPTIM.lstrip(),
        "solutions/notebooks/_setup_cell.py": 'print("ready")\n',
        "solutions/notebooks/_submit_cell.py": 'print("hand in")\n',
        "solutions/notebooks/Alpha.py": NOTEBOOK.format(
            name="Alpha", low="alpha", first="relu-forward", module="layers", function="relu_forward", second=SECOND, half=2
        ),
        "solutions/notebooks/Beta.py": NOTEBOOK.format(
            name="Beta", low="beta", first="sgd-momentum", module="optim", function="sgd_momentum", second="", half=1
        ),
        "src/coursenn/__init__.py": '"""The package."""\n',
        "src/coursenn/given.py": '"""A given module."""\n\nVALUE = 1\n',
        "README.md": "# Small\n",
    }
    for name, text in files.items():
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_text(text, encoding="utf-8")
    return generate(load_course(course / "course.toml"))


def generate(course: Course) -> Course:
    """Write the generated files of a course."""
    for plan in build(course):
        write(plan)
    return load_course(course.path)


OPTIM = '''
"""Update rules."""

import numpy as np


def sgd_momentum(w, dw, config=None):
    """Momentum: ``v = momentum * v - learning_rate * dw``, ``w + v``."""
    ### BEGIN SOLUTION
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    velocity_of_this_update = config["momentum"] * config.get("velocity", np.zeros_like(w)) - config["learning_rate"] * dw
    config["velocity"] = velocity_of_this_update
    return w + velocity_of_this_update, config
    ### END SOLUTION
'''

RIGHT_LAYERS = """
import numpy as np


def relu_forward(x):
    return np.where(x > 0, x, 0 * x), x


def relu_backward(dout, cache):
    return dout * (cache > 0)
"""

WRONG_BACKWARD = RIGHT_LAYERS.replace("dout * (cache > 0)", "dout * (cache < 0)")


def hand_in(
    workspace: Workspace,
    student: str,
    files: Files | None = None,
    *,
    assignment: str = "first",
    answers: dict[str, str] | None = None,
) -> Path:
    """Write a changed release to ``submitted/``. A file given as None is deleted; ``answers`` are written into their cells."""
    folder = workspace.submitted(student, assignment)
    write_files(folder, {**released_files(workspace, assignment, answers), **(files or {})})
    return folder


def released_files(workspace: Workspace, assignment: str = "first", answers: dict[str, str] | None = None) -> Files:
    """The files of the release, with answers filled in."""
    release = workspace.released(assignment)
    files: Files = {p.relative_to(release).as_posix(): p.read_bytes() for p in release.rglob("*") if p.is_file()}
    for name in [n for n in files if n.endswith(".ipynb")]:
        notebook = nbformat.read(release / name, as_version=4)
        for cell in notebook.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if answers and grade_id in answers:
                cell.source = answers[grade_id]
        files[name] = nbformat.writes(notebook)
    return files


def write_files(folder: Path, files: Files) -> None:
    """Write files below a folder."""
    for name, content in files.items():
        if content is None:
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(textwrap.dedent(content).encode() if isinstance(content, str) else content)


def zipped(files: Files, prefix: str = "") -> bytes:
    """The files as a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            if content is not None:
                archive.writestr(prefix + name, content)
    return buffer.getvalue()


def notebook(content: str | bytes | None) -> dict[str, object]:
    """A notebook as plain data, to be damaged."""
    assert content is not None
    found: dict[str, object] = json.loads(content)
    return found
