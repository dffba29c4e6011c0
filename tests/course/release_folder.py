"""A small release for the tests of `coursenn.submit` and `coursenn.merge`: two editable files, one notebook, one model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from coursenn._definitions import fingerprints

PLACEHOLDER = "*Write your answer here, in place of this line.*"

LAYERS = '''"""Layers."""

import numpy as np


def check_mode(mode):
    """Given."""
    if mode not in ("train", "test"):
        raise ValueError(mode)


def forward(x):
    """Double x."""
    raise NotImplementedError("Task forward (notebook Book): complete forward in coursenn/layers.py")


def backward(dout):
    """Gradient of forward."""
    scale = 2.0
    raise NotImplementedError("Task backward (notebook Book): complete backward in coursenn/layers.py")
'''

NETS = '''"""Networks."""

import numpy as np

from ..layers import forward


class Net:
    """A network."""

    def __init__(self, size):
        """Draw weights."""
        self.size = size
        raise NotImplementedError("Tasks net, net-again (notebook Book): complete Net.__init__ in coursenn/classifiers/nets.py")

    def loss(self, x):
        """Loss and gradients."""
        raise NotImplementedError("Tasks net, net-again (notebook Book): complete Net.loss in coursenn/classifiers/nets.py")


NetImproved = Net
'''

GIVEN = '"""Given."""\n\nVALUE = 1\n'
DONE_FORWARD = '''def forward(x):
    """Double x."""
    return 2 * x
'''


def tasks(layers: str = LAYERS, nets: str = NETS, **extra: Any) -> dict[str, Any]:
    """Return the content of tasks.json, with the fingerprints of these stubs."""
    return {
        "course": "coursenn",
        "version": "1",
        "answer_placeholder": PLACEHOLDER,
        "assignments": [{"name": "all", "notebooks": ["Book"]}],
        "editable": ["layers.py", "classifiers/nets.py"],
        "models": ["models/best.npz"],
        "given": ["__init__.py", "classifiers/__init__.py", "given.py", "tasks.json"],
        "stubs": {
            "layers.py": fingerprints(layers.encode(), "layers.py"),
            "classifiers/nets.py": fingerprints(nets.encode(), "nets.py"),
        },
        "tasks": [
            {"id": "forward", "functions": ["layers.forward"], "model": None, "notebook": "Book", "points": 1, "book": ""},
            {"id": "backward", "functions": ["layers.backward"], "model": None, "notebook": "Book", "points": 1, "book": ""},
            {"id": "net", "functions": ["classifiers.nets.Net"], "model": None, "notebook": "Book", "points": 1, "book": ""},
            {"id": "best", "functions": [], "model": "models/best.npz", "notebook": "Book", "points": 1, "book": ""},
        ],
        "questions": [{"id": "why", "notebook": "Book", "points": 1}],
        **extra,
    }


def cell(kind: str, source: str, **nbgrader: Any) -> dict[str, Any]:
    """Return a notebook cell."""
    metadata = {"nbgrader": nbgrader} if nbgrader else {}
    outputs = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"id": f"c{abs(hash(source)) % 10**8}", "cell_type": kind, "metadata": metadata, "source": source, **outputs}


def notebook(answer: str = PLACEHOLDER, code: str = "print(1)") -> str:
    """Return the text of a notebook with one question."""
    cells = [cell("code", code), cell("markdown", answer, grade_id="why", grade=True, solution=True, locked=False, points=1)]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def make(folder: Path, layers: str = LAYERS, nets: str = NETS, given: str = GIVEN, **extra: Any) -> Path:
    """Write a release into a folder."""
    files = {
        "coursenn/__init__.py": "",
        "coursenn/classifiers/__init__.py": "",
        "coursenn/given.py": given,
        "coursenn/layers.py": layers,
        "coursenn/classifiers/nets.py": nets,
        "coursenn/tasks.json": json.dumps(tasks(layers, nets, **extra)),
        "Book.ipynb": notebook(),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return folder


def finish(folder: Path) -> Path:
    """Finish every task and question of a release."""
    layers = DONE_FORWARD.join(LAYERS.split(STUB_FORWARD)).replace(
        LAYERS[LAYERS.index('    raise NotImplementedError("Task backward') :], "    return scale * dout\n"
    )
    nets = "\n".join(
        f"{line[: len(line) - len(line.lstrip())]}pass" if "NotImplementedError" in line else line for line in NETS.split("\n")
    )
    (folder / "coursenn/layers.py").write_text(layers, encoding="utf-8")
    (folder / "coursenn/classifiers/nets.py").write_text(nets, encoding="utf-8")
    (folder / "models").mkdir(exist_ok=True)
    (folder / "models/best.npz").write_bytes(b"weights")
    (folder / "Book.ipynb").write_text(notebook("Because."), encoding="utf-8")
    return folder


STUB_FORWARD = LAYERS[LAYERS.index("def forward") : LAYERS.index("\n\ndef backward")]
