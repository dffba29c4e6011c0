"""Measure the gain of each trick of the compiled layers: the same computation without it and with it, in one run.

The book's chapter "Compiled layers" shows the figures that `python -m benchmarks.layers --tricks --record` keeps in
``recorded/fast-tricks.json``.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import platform
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from . import im2col_layer
from .machine import processor
from .measure import BUILD, Call, _extension, bandwidth, draw, measure, peak, setting
from .shapes import CONVOLUTIONS

from coursenn import fast_layers, fused, layers, optim  # isort: skip
from coursenn.experiments import print_table  # isort: skip

RECORDED = Path(__file__).resolve().parent / "recorded" / "fast-tricks.json"
LOOPS = Path(__file__).resolve().parent.parent / "course" / "src" / "coursenn" / "fast_kernels.h"

CONVOLUTION = "convolution, 32 filters of 7 x 7"
SANDWICH = "convolution, ReLU, pooling 2 x 2"
POOLING = "pooling 2 x 2"
PARAM, POOL = {"stride": 1, "pad": 3}, {"pool_height": 2, "pool_width": 2, "stride": 2}


def loops_key() -> str:
    """Return a digest of the compiled loops without comments and spaces. Figures with another digest are out of date."""
    code = re.sub(r"/\*.*?\*/", "", LOOPS.read_text(encoding="utf-8"), flags=re.DOTALL)
    return hashlib.sha256("".join(code.split()).encode()).hexdigest()


def with_instruction_set(module: Any, name: str, call: Call) -> Call:
    """Return the call with the loops of another instruction set."""

    def run() -> None:
        module.use(name)
        call()
        module.use(module.instruction_sets()[-1])

    return run


def convolution_calls(module: Any) -> dict[str, Call]:
    """Return forward and backward passes of 50 images of 32 x 32 with three channels."""
    x, w, b, dout = draw(np.float32, (50, 3, 32, 32), (32, 3, 7, 7), (32,), (50, 32, 32, 32))
    padded, out = np.pad(x, ((0, 0), (0, 0), (3, 3), (3, 3))), np.zeros_like(dout)
    cache = fast_layers.conv_forward_fast(x, w, b, PARAM)[1]
    return {
        "im2col": lambda: im2col_layer.conv_forward(x, w, b, PARAM),
        "direct": lambda: im2col_layer.loops().direct(padded, w, out),
        **{
            name: with_instruction_set(module, name, lambda: fast_layers.conv_forward_fast(x, w, b, PARAM))
            for name in module.instruction_sets()
        },
        "with dx": lambda: fast_layers.conv_backward_fast(dout, cache),
        "without dx": lambda: fast_layers.conv_backward_fast(dout, cache, ("dw", "db")),
    }


def sandwich_calls() -> dict[str, Call]:
    """Return convolution, ReLU and pooling, in parts and in one pass, and the pooling alone."""
    x, w, b, dout = draw(np.float32, (50, 3, 32, 32), (32, 3, 7, 7), (32,), (50, 32, 16, 16))
    features, cache = fast_layers.conv_forward_fast(x, w, b, PARAM)
    pool_cache = fast_layers.max_pool_forward_fast(np.maximum(features, 0), POOL)[1]
    compared = im2col_layer.pool_forward(np.maximum(features, 0))[1]
    fused_cache = fused.conv_relu_pool_forward(x, w, b, PARAM, POOL)[1]
    return {
        "reshape": lambda: im2col_layer.pool_forward(features),
        "side by side": lambda: fast_layers.max_pool_forward_fast(features, POOL),
        "compare again": lambda: im2col_layer.pool_backward(dout, compared),
        "winner kept": lambda: fast_layers.max_pool_backward_fast(dout, pool_cache),
        "forward parts": lambda: fast_layers.max_pool_forward_fast(np.maximum(fast_layers.conv_forward_fast(x, w, b, PARAM)[0], 0), POOL),
        "forward fused": lambda: fused.conv_relu_pool_forward(x, w, b, PARAM, POOL),
        "backward parts": lambda: fast_layers.conv_backward_fast(
            fast_layers.max_pool_backward_fast(dout, pool_cache) * (features > 0), cache, ("dw", "db")
        ),
        "backward fused": lambda: fused.conv_relu_pool_backward(dout, fused_cache, ("dw", "db")),
    }


def adam_calls() -> dict[str, Call]:
    """Return steps of Adam."""
    weights, gradient = draw(np.float32, (8192, 500), (8192, 500))
    states: dict[str, Any] = {"numpy": {}, "fused": {}}
    return {
        "adam": lambda: optim.adam(weights, gradient, states["numpy"]),
        "adam fused": lambda: fused.adam_fused(weights, gradient, states["fused"]),
    }


def tricks(module: Any, rounds: int) -> list[list[Any]]:
    """Return a row for each trick: its name, milliseconds without and with it, their ratio, and what was computed."""
    sets = module.instruction_sets()
    x, w, b = draw(np.float32, (50, 3, 32, 32), (32, 3, 7, 7), (32,))
    times = measure(convolution_calls(module) | sandwich_calls() | adam_calls(), rounds)
    times |= measure({"naive": lambda: layers.conv_forward_naive(x, w, b, PARAM)}, 2)  # most of a second each
    steps = [
        ("a matrix product over laid-out windows", CONVOLUTION, "naive", "im2col"),
        ("no laid-out windows: taps at offsets", CONVOLUTION, "im2col", "direct"),
        ("sums in registers: tiles", CONVOLUTION, "direct", sets[0]),
        *((f"wider vectors: {name}", CONVOLUTION, before, name) for before, name in pairwise(sets)),
        ("no gradient of the images", f"backward, {CONVOLUTION}", "with dx", "without dx"),
        ("windows side by side in vectors", f"forward, {POOLING}", "reshape", "side by side"),
        ("place of the maximum kept", f"backward, {POOLING}", "compare again", "winner kept"),
        ("one pass over each image", SANDWICH, "forward parts", "forward fused"),
        ("filters' gradient from winners alone", f"backward, {SANDWICH}", "backward parts", "backward fused"),
        ("one pass over the parameters", "Adam, 4 million parameters", "adam", "adam fused"),
    ]
    return [[trick, times[before], times[after], times[before] / times[after], what] for trick, what, before, after in steps]


def roofline(rounds: int) -> list[list[Any]]:
    """Return rows of the roofline in float32: the rates of copying and of numpy's product, and the measured forward convolutions."""
    rows: list[list[Any]] = [["copying, GB/s", None, bandwidth()], ["numpy's product of matrices", None, peak(np.float32)]]
    for name, images, filters, param, *_ in CONVOLUTIONS:
        x, w, b = draw(np.float32, images, filters, filters[:1])
        out = fast_layers.conv_forward_fast(x, w, b, param)[0]
        time = measure({name: lambda: fast_layers.conv_forward_fast(x, w, b, param)}, rounds)[name]  # noqa: B023
        flops = 2.0 * out.size * w[0].size
        rows.append([f"conv {name}", flops / (x.nbytes + w.nbytes + out.nbytes), flops / time / 1e6])
    return rows


def table_text(headers: list[str], rows: list[list[Any]]) -> str:
    """Return a table as text, below a line on the machine it was measured on."""
    with contextlib.redirect_stdout(io.StringIO()) as text:
        print_table(headers, rows, f"{processor()}, {platform.machine()}; {setting()}")
    return text.getvalue()


def show_tricks(rounds: int, record: bool = False) -> None:
    """Print both tables and write them to ``build/bench``; with ``record`` also for the book."""
    module = _extension.extension(np.dtype(np.float32))
    if module is None or not im2col_layer.loops():
        raise SystemExit("the tricks are part of the compiled loops, and this machine has no compiler or no Cython: run `make setup`")
    results = {
        "fast-tricks": table_text(["trick", "before, ms", "after, ms", "gain", "of"], tricks(module, rounds)),
        "fast-roofline": table_text(["what", "operations per byte", "GFLOP/s"], roofline(rounds)),
    }
    print(*results.values(), sep="\n")
    text = json.dumps({"key": loops_key(), "results": results}, indent=1) + "\n"
    for path in (BUILD / "tricks.json", *((RECORDED,) if record else ())):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if record:
        print(f"Recorded in benchmarks/recorded/{RECORDED.name}. Now run `autograder generate --only book`")
