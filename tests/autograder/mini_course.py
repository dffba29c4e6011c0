"""The files of a miniature course, and helpers for its results."""

from __future__ import annotations

import textwrap
from pathlib import Path

from autograder.engine.result import Result, TaskResult

HEAD = """
[course]
name = "mini"
title = "Miniature"
version = "1"
public_address = "https://example.org"
public_branch = "main"
book_address = "https://example.org/book"
extras = ["extra"]
[[assignment]]
name = "mini"
title = "Miniature"
notebooks = ["Mini"]
"""
EXTRA = """
[files]
editable = ["layers.py", "layer_utils.py", "classifiers/net.py"]
models = ["models/best.npz"]
[[notebook]]
name = "Mini"
title = "Mini"
[[task]]
id = "cube-forward"
functions = ["layers.cube_forward"]
notebook = "Mini"
points = 4
checks = "mini"
absent = ["fast_layers"]
book = "page#cube"
[[task]]
id = "cube-backward"
functions = ["layers.cube_backward"]
notebook = "Mini"
points = 2
checks = "mini"
absent = ["layers.cube_backward_alt"]
[[task]]
id = "cube-backward-alt"
functions = ["layers.cube_backward_alt"]
notebook = "Mini"
points = 1
checks = "mini"
[[task]]
id = "cube-twice"
functions = ["layer_utils.cube_twice"]
notebook = "Mini"
points = 2
checks = "mini"
[[task]]
id = "net"
functions = ["classifiers.net.Net"]
notebook = "Mini"
points = 3
checks = "mini"
[[task]]
id = "best"
model = "models/best.npz"
notebook = "Mini"
points = 2
checks = "mini"
"""
LAYERS = """
import numpy as np


def cube_forward(x, mode="train"):
    if mode not in ("train", "test"):
        raise ValueError("mode must be 'train' or 'test'")
    return x**3, x


def cube_backward(dout, cache):
    return 3 * cache**2 * dout


def cube_backward_alt(dout, cache):
    return dout * cache * cache * 3
"""
REFERENCE_ONLY = "\n\n# only the reference has this line\n"
LAYER_UTILS = """
from .layers import cube_forward


def cube_twice(x):
    return cube_forward(cube_forward(x)[0])[0]
"""
NET = """
import numpy as np

from ..layer_utils import *
from ..layers import *


class Net:
    def __init__(self, size, dtype=np.float32):
        self.params = {"W1": (1e-2 * np.random.randn(size, size)).astype(dtype)}
        self.dtype = dtype

    def loss(self, x, y=None):
        out, cache = cube_forward(x.astype(self.dtype) @ self.params["W1"])
        if y is None:
            return out
        diff = out - y
        grads = {"W1": x.astype(self.dtype).T @ cube_backward(diff, cache)}
        return 0.5 * float((diff**2).sum()), grads
"""
STUBS = {
    "layers.py": "".join(
        f'def {name}(*args, **kwargs):\n    """Do it."""\n    raise NotImplementedError("Task {task}: complete it in Mini")\n\n\n'
        for name, task in (("cube_forward", "cube-forward"), ("cube_backward", "cube-backward"), ("cube_backward_alt", "cube-backward-alt"))
    ),
    "layer_utils.py": 'def cube_twice(x):\n    raise NotImplementedError("Task cube-twice: complete it in Mini")\n',
    "classifiers/net.py": 'class Net:\n    def __init__(self, size, dtype=None):\n        raise NotImplementedError("Task net")\n',
}
CHECKS = '''
"""Hidden checks of the miniature course."""
import numpy as np
from autograder.checking import check

@check("cube-forward", asks="cubes")
def cubes_each_entry(s):
    out, _ = s.call("layers.cube_forward", s.draw.normal((3, 4))).unpack(2)
    s.compare("out", out)

@check("cube-forward", asks="leaves", weight=0.5)
def leaves_its_argument_alone(s):
    x = s.draw.normal((3,))
    ref = s.put(x)
    s.compare("out", s.call("layers.cube_forward", ref)[0])
    s.unchanged("x", ref, x)

@check("cube-forward", asks="modes", weight=0.5)
def refuses_unknown_modes(s):
    s.raises("ValueError", "layers.cube_forward", s.draw.normal((3,)), mode="other", mentions=["train", "test"])

@check("cube-backward", asks="gradient")
def gradient(s):
    _, cache = s.call("layers.cube_forward", s.draw.normal((3, 4))).unpack(2)
    s.compare("dx", s.call("layers.cube_backward", s.draw.normal((3, 4)), cache))

@check("cube-backward", asks="gradient of a row")
def gradient_of_a_vector(s):
    _, cache = s.call("layers.cube_forward", s.draw.normal((5,))).unpack(2)
    s.compare("dx", s.call("layers.cube_backward", s.draw.normal((5,)), cache))

@check("cube-backward-alt", asks="gradient")
def gradient_again(s):
    _, cache = s.call("layers.cube_forward", s.draw.normal((3, 4))).unpack(2)
    s.compare("dx", s.call("layers.cube_backward_alt", s.draw.normal((3, 4)), cache))

@check("cube-twice", asks="twice")
def cubes_twice(s):
    s.compare("out", s.call("layer_utils.cube_twice", s.draw.normal((3, 4))))

@check("net", asks="loss")
def loss_and_gradient(s):
    net = s.call("classifiers.net.Net", 4, dtype=np.float64)
    s.set(net.attr("params")["W1"], s.draw.normal((4, 4)))
    loss, grads = s.call(net.attr("loss"), s.draw.normal((2, 4)), s.draw.normal((2, 4))).unpack(2)
    s.compare("loss", loss)
    present, others = s.keys(grads, ["W1", "b1"])
    s.require(present == ["W1"] and others == 0, "grads must have the keys of params")
    s.compare("gradient of W1", grads["W1"])

@check("net", asks="dtype")
def scores_have_the_dtype_of_the_network(s):
    net = s.call("classifiers.net.Net", 4)
    s.compare("scores", s.call(net.attr("loss"), s.draw.normal((2, 4))), dtype=True, rtol=1e-3)

def draw_images(seed):
    return ()

def grade_model(task, arrays, drawn):
    sizes = arrays["param_W1"].shape
    return [("it has weights", sizes == (4, 4), "" if sizes == (4, 4) else "the weights must be (4, 4)", 1.0)]
'''
GIVEN = {
    "__init__.py": "",
    "classifiers/__init__.py": "",
    "fast_layers.py": "def cube_fast(x):\n    return x * x * x, x\n",
}


def write(root: Path, files: dict[str, str]) -> None:
    """Write text files below a folder."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(textwrap.dedent(text))


def by_id(result: Result) -> dict[str, TaskResult]:
    """Return the tasks of a result by id."""
    return {t.id: t for t in result.tasks}
