"""How much faster the fast layers are than the naive ones, and the compiled part than numpy alone.

Run `make bench`. Every number is the median CPU time of several calls in this process; the ratios are what to compare, because times belong
to a machine.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any
from unittest import mock

import numpy as np

from autograder.course import load_course
from autograder.reference import reference_path

sys.path.insert(0, str(reference_path(load_course())))

from coursenn import fast_layers, im2col, layers
from coursenn.experiments import print_table

ROUNDS = 7


def cpu_time(call: Callable[[], Any]) -> float:
    """Median CPU time of a call, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        call()
        times.append(1e3 * (time.process_time() - start))
    return median(times)


def row(name: str, naive: Callable[[], Any], fast: Callable[[], Any]) -> list[Any]:
    """Naive, fast without the extension, fast, and the two ratios."""
    slow, compiled = cpu_time(naive), cpu_time(fast)
    without = {"return_value": None}
    with mock.patch.object(im2col, "extension", **without), mock.patch.object(fast_layers, "extension", **without):
        plain = cpu_time(fast)
    return [name, slow, plain, compiled, slow / compiled, plain / compiled]


def convolution(dtype: Any) -> list[list[Any]]:
    """The convolution of the notebook: 100 images of 31 x 31, 25 filters of 3 x 3, stride 2."""
    rng = np.random.default_rng(0)
    x, w, b = (rng.standard_normal(s).astype(dtype) for s in ((100, 3, 31, 31), (25, 3, 3, 3), (25,)))
    dout, param = rng.standard_normal((100, 25, 16, 16)).astype(dtype), {"stride": 2, "pad": 1}
    slow, fast = layers.conv_forward_naive(x, w, b, param)[1], fast_layers.conv_forward_fast(x, w, b, param)[1]
    name = np.dtype(dtype).name
    return [
        row(
            f"conv forward {name}", lambda: layers.conv_forward_naive(x, w, b, param), lambda: fast_layers.conv_forward_fast(x, w, b, param)
        ),
        row(f"conv backward {name}", lambda: layers.conv_backward_naive(dout, slow), lambda: fast_layers.conv_backward_fast(dout, fast)),
    ]


def pooling(dtype: Any) -> list[list[Any]]:
    """The pooling of the notebook: 100 images of 32 x 32, windows of 2 x 2."""
    rng = np.random.default_rng(0)
    x, dout = rng.standard_normal((100, 3, 32, 32)).astype(dtype), rng.standard_normal((100, 3, 16, 16)).astype(dtype)
    param = {"pool_height": 2, "pool_width": 2, "stride": 2}
    slow, fast = layers.max_pool_forward_naive(x, param)[1], fast_layers.max_pool_forward_fast(x, param)[1]
    name = np.dtype(dtype).name
    return [
        row(f"pool forward {name}", lambda: layers.max_pool_forward_naive(x, param), lambda: fast_layers.max_pool_forward_fast(x, param)),
        row(
            f"pool backward {name}",
            lambda: layers.max_pool_backward_naive(dout, slow),
            lambda: fast_layers.max_pool_backward_fast(dout, fast),
        ),
    ]


if __name__ == "__main__":
    rows = [r for dtype in (np.float32, np.float64) for r in (*convolution(dtype), *pooling(dtype))]
    print_table(["layer", "naive, ms", "numpy, ms", "fast, ms", "naive / fast", "numpy / fast"], rows, "CPU time of a call, one thread")
