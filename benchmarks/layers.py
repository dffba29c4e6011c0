"""Measure the fast layers, as ratios to PyTorch, to numpy alone and to a plain compiled im2col.

Run `make bench`, or `python -m benchmarks.layers --help`. The tables are printed; figures and plots go to build/bench. A ratio below
1 means that the fast layer is faster. The column *again* measures the fast layer a second time: its distance from 1 is the noise.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from . import im2col_layer
from .machine import machine
from .measure import (
    BUILD,
    THREADS,
    Call,
    Target,
    about,
    bandwidth,
    draw,
    in_other_processes,
    measure,
    on_numpy,
    peak,
    show_targets,
    speed_ups,
    torch,
)
from .shapes import CONVOLUTION_IN_DOUBLE, CONVOLUTIONS, POOL_BACKWARD, POOL_FORWARD, POOLED_IMAGES, POOLINGS
from .tricks import show_tricks

from coursenn import fast_layers  # isort: skip
from coursenn.experiments import print_table  # isort: skip

ROUNDS = 41

SPEED_UP = 1.7
"""The required speed-up of a convolution with two threads over one."""
FALLBACK = 1.3
"""The largest allowed ratio of numpy alone to the plain compiled im2col, which similar courses provide."""


@dataclass
class Row:
    """One layer in one direction: milliseconds of each contender, and the least that it must compute and move."""

    name: str
    dtype: str
    times: dict[str, float]
    flops: float
    bytes: float
    must: float
    stretch: float
    speed_up: float | None = None
    threads: int = field(default=THREADS)

    @property
    def rate(self) -> float:
        """GFLOP/s of the fast layer."""
        return self.flops / self.times["fast"] / 1e6

    def ratio(self, other: str, of: str = "fast") -> float | None:
        """Return the time of ``of`` divided by that of another contender."""
        return self.times[of] / self.times[other] if {of, other} <= self.times.keys() else None


def add_torch(contenders: dict[str, Call], backward: dict[str, Call], function: Any, arrays: list[Any], dout: Any) -> None:
    """Add PyTorch's forward pass without the graph, and its backward pass with the graph."""
    if torch is None:
        return
    tensors = [torch.from_numpy(a).requires_grad_() for a in arrays]
    result, upstream = function(*tensors), torch.from_numpy(dout)

    def forward() -> None:
        with torch.no_grad():
            function(*tensors)

    def back() -> None:
        for t in tensors:
            t.grad = None
        result.backward(upstream, retain_graph=True)

    contenders["PyTorch"], backward["PyTorch"] = forward, back


def timed(contenders: dict[str, Call], rounds: int) -> dict[str, float]:
    """Return the times of all contenders, with the fast layer measured a second time to show the noise."""
    return measure(contenders | {"again": contenders["fast"]}, rounds)


def convolutions(dtype: Any, rounds: int) -> Iterator[tuple[Row, Call]]:
    """Yield rows for forward and backward, including the gradient of the images, and the calls of the fast layer."""
    for name, images, filters, param, forward_goal, backward_goal in CONVOLUTIONS:
        x, w, b = draw(dtype, images, filters, filters[:1])
        out, cache = fast_layers.conv_forward_fast(x, w, b, param)
        (dout,) = draw(dtype, out.shape)
        numpy_cache = on_numpy(lambda: fast_layers.conv_forward_fast(x, w, b, param))()[1]  # noqa: B023
        forward: dict[str, Call] = {
            "fast": partial(fast_layers.conv_forward_fast, x, w, b, param),
            "numpy": on_numpy(lambda: fast_layers.conv_forward_fast(x, w, b, param)),  # noqa: B023
        }
        backward: dict[str, Call] = {
            "fast": partial(fast_layers.conv_backward_fast, dout, cache),
            "numpy": on_numpy(lambda: fast_layers.conv_backward_fast(dout, numpy_cache)),  # noqa: B023
        }
        if im2col_layer.loops():
            im2col_cache = im2col_layer.conv_forward(x, w, b, param)[1]
            forward["im2col"] = lambda: im2col_layer.conv_forward(x, w, b, param)  # noqa: B023
            backward["im2col"] = lambda: im2col_layer.conv_backward(dout, im2col_cache)  # noqa: B023
        if torch:
            stride, pad = param["stride"], param["pad"]
            add_torch(forward, backward, lambda *t: torch.nn.functional.conv2d(*t, stride, pad), [x, w, b], dout)  # noqa: B023
        flops = 2.0 * out.size * w[0].size
        moved = float(x.nbytes + w.nbytes + out.nbytes)
        for direction, contenders, factor, goal in (("forward", forward, 1, forward_goal), ("backward", backward, 2, backward_goal)):
            must, stretch = goal if dtype == np.float32 else CONVOLUTION_IN_DOUBLE
            times, call = timed(contenders, rounds), contenders["fast"]
            yield Row(f"conv {name} {direction}", np.dtype(dtype).name, times, factor * flops, factor * moved, must, stretch), call


def poolings(dtype: Any, rounds: int) -> Iterator[tuple[Row, Call]]:
    """Yield rows for forward and backward, and the calls of the fast layer."""
    for name, size in POOLINGS:
        (x,) = draw(dtype, POOLED_IMAGES)
        param = {"pool_height": size, "pool_width": size, "stride": 2}
        out, cache = fast_layers.max_pool_forward_fast(x, param)
        (dout,) = draw(dtype, out.shape)
        numpy_cache = on_numpy(lambda: fast_layers.max_pool_forward_fast(x, param))()[1]  # noqa: B023
        forward: dict[str, Call] = {
            "fast": partial(fast_layers.max_pool_forward_fast, x, param),
            "numpy": on_numpy(lambda: fast_layers.max_pool_forward_fast(x, param)),  # noqa: B023
        }
        backward: dict[str, Call] = {
            "fast": partial(fast_layers.max_pool_backward_fast, dout, cache),
            "numpy": on_numpy(lambda: fast_layers.max_pool_backward_fast(dout, numpy_cache)),  # noqa: B023
        }
        if size == 2:
            reshaped = im2col_layer.pool_forward(x)[1]
            forward["im2col"] = lambda: im2col_layer.pool_forward(x)  # noqa: B023
            backward["im2col"] = lambda: im2col_layer.pool_backward(dout, reshaped)  # noqa: B023
        if torch:
            add_torch(forward, backward, lambda t: torch.nn.functional.max_pool2d(t, size, 2), [x], dout)  # noqa: B023
        for direction, contenders, goal in (("forward", forward, POOL_FORWARD), ("backward", backward, POOL_BACKWARD)):
            times, call = timed(contenders, rounds), contenders["fast"]
            comparisons, moved = float(out.size * size**2), float(x.nbytes + out.nbytes)
            yield Row(f"pool {name} {direction}", np.dtype(dtype).name, times, comparisons, moved, *goal), call


def against_torch(row: Row) -> Target:
    """Compare a layer with PyTorch's."""
    return Target(f"{row.name} {row.dtype} / PyTorch", row.ratio("PyTorch"), row.must, row.stretch)


def with_threads(row: Row) -> Target:
    """Compare a convolution with two threads and with one."""
    ratio = 1 / row.speed_up if row.speed_up else None
    return Target(f"{row.name} {row.dtype} / one thread", ratio, 1 / SPEED_UP)


def without_compiler(row: Row) -> Target:
    """Compare the numpy fallback, for machines without a compiler, with the plain compiled im2col."""
    return Target(f"numpy's {row.name} {row.dtype} / im2col", row.ratio("im2col", of="numpy"), FALLBACK)


def targets(rows: list[Row]) -> list[Target]:
    """Return all targets of the layers with this number of threads."""
    found = [against_torch(row) for row in rows]
    if THREADS == 2:
        found += [with_threads(row) for row in rows if row.name.startswith("conv")]
    if THREADS == 1:
        found += [without_compiler(row) for row in rows if "im2col" in row.times]
    return found


def show(rows: list[Row], peaks: dict[str, float]) -> None:
    """Print the table. With two threads or more it also gives the speed-up over one."""
    headers = ["layer", "type", "fast, ms", "GFLOP/s", "of product", "/ PyTorch", "must", "stretch", "met", "/ numpy", "/ im2col", "again"]
    headers += ["x 1 thread", "met"] if THREADS > 1 else []
    table = []
    for row in rows:
        convolution = row.name.startswith("conv")
        rate = (row.rate, row.rate / peaks[row.dtype]) if convolution else (None, None)
        ratios = [row.ratio("numpy"), row.ratio("im2col"), row.ratio("fast", of="again")]
        table.append([row.name, row.dtype, row.times["fast"], *rate, *against_torch(row)[1:], against_torch(row).met, *ratios])
        if THREADS > 1:
            table[-1] += [row.speed_up, with_threads(row).met if convolution and THREADS == 2 else "-"]
    products = ", ".join(f"{name} {rate:.0f}" for name, rate in peaks.items())
    print_table(headers, table, f"\n{about()}; numpy's product of two 1024 x 1024 matrices, GFLOP/s: {products}")


def show_fallback(rows: list[Row]) -> None:
    """Print the table of the numpy fallback."""
    found = [(row, without_compiler(row)) for row in rows if "im2col" in row.times]
    table = [[row.name, row.dtype, row.times["numpy"], *target[1:3], target.met] for row, target in found]
    print_table(["layer", "type", "numpy, ms", "/ im2col", "must", "met"], table, "\nWithout the compiled extension")


def plot(rows: list[Row], peaks: dict[str, float]) -> None:
    """Plot the time of each layer, and the rate of the convolutions against the limits of the machine."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = [row for row in rows if row.dtype == "float32"]
    figure, (bars, roof) = plt.subplots(1, 2, figsize=(14, 6))
    hatches = {"fast": "", "PyTorch": "//", "im2col": "..", "numpy": "xx"}
    for k, (name, hatch) in enumerate(hatches.items()):
        found = [(i, row.times[name]) for i, row in enumerate(rows) if name in row.times]
        places = [i + 0.2 * (k - 1.5) for i, _ in found]
        bars.barh(places, [t for _, t in found], 0.2, label=name, hatch=hatch, color="0.85", edgecolor="black")
    bars.set(xscale="log", xlabel="milliseconds of a call", yticks=range(len(rows)), title="Time per layer, float32")
    bars.set_yticklabels([row.name for row in rows])
    bars.invert_yaxis()
    bars.legend()
    slope, ceiling = bandwidth(), peaks["float32"]
    intensity = np.geomspace(0.5, 500, 100)
    roof.plot(intensity, np.minimum(slope * intensity, ceiling), color="black")
    for row, marker in zip((row for row in rows if row.name.startswith("conv")), "osD^v*", strict=False):
        roof.plot(row.flops / row.bytes, row.rate, marker, label=row.name, markersize=9)
    roof.set(xscale="log", yscale="log", xlabel="products and sums for each byte that must move", ylabel="GFLOP/s")
    roof.set_title(f"Roofline: copying {slope:.0f} GB/s, numpy's product {ceiling:.0f} GFLOP/s")
    roof.legend()
    figure.tight_layout()
    figure.savefig(BUILD / f"layers-{THREADS}.png", dpi=120)
    plt.close(figure)


def main() -> int:
    """Measure with each number of threads in a separate process, or in this process."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layers", description=__doc__)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="numbers of threads to measure with (default: 1 2)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"shuffled rounds (default: {ROUNDS})")
    parser.add_argument(
        "--tricks", action="store_true", help="measure what each trick gains, with one thread; also written to build/bench/tricks.json"
    )
    parser.add_argument("--record", action="store_true", help="with --tricks: keep the figures in benchmarks/recorded, for the book")
    parser.add_argument("--strict", action="store_true", help="end with 1 if a target is missed")
    parser.add_argument("--here", action="store_true", help="measure in this process, with the threads of its environment")
    options = parser.parse_args()
    if options.record and not options.tricks:
        parser.error("--record keeps the figures that --tricks measures: give both")
    BUILD.mkdir(parents=True, exist_ok=True)
    if not options.here:
        extra = ["--rounds", str(options.rounds), *(f"--{name}" for name in ("tricks", "record", "strict") if getattr(options, name))]
        return in_other_processes("benchmarks.layers", (1,) if options.tricks else tuple(options.threads), *extra)
    if options.tricks:
        show_tricks(options.rounds, record=options.record)
        return 0
    versions = {"torch": torch.__version__} if torch else {}
    on = machine() | versions
    peaks = {np.dtype(t).name: peak(t) for t in (np.float32, np.float64)}
    makers = [(make, dtype) for dtype in (np.float32, np.float64) for make in (convolutions, poolings)]
    pairs = [pair for make, dtype in makers for pair in make(dtype, options.rounds)]
    gains = speed_ups([call for _, call in pairs], options.rounds)
    rows = [replace(row, speed_up=gain) for (row, _), gain in zip(pairs, gains, strict=True)]
    show(rows, peaks)
    if THREADS == 1:
        show_fallback(rows)
    document = {"machine": on, "about": about(), "product": peaks, "rows": [asdict(row) for row in rows]}
    (BUILD / f"layers-{THREADS}.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    plot(rows, peaks)
    status = show_targets(targets(rows))
    print(f"Plot and figures: {BUILD / f'layers-{THREADS}.png'}, .json")
    return status if options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
