"""How long the fast layers take, as ratios to PyTorch, to numpy alone and to a plain compiled im2col.

Run `make bench`, or `python -m benchmarks.layers --help`. The tables stand on stdout, and in build/bench with the plots. A ratio below 1
means that the fast layer is the quicker one. The row *again* is the fast layer a second time: how far it is from 1 is the noise.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from . import im2col_layer
from .measure import BUILD, THREADS, Call, _extension, about, in_other_processes, measure, on_numpy, peak, torch

from coursenn import fast_layers, fused, layers, optim  # isort: skip
from coursenn.experiments import print_table  # isort: skip

ROUNDS = 41

# name, images, filters, parameters, must and stretch of forward and backward in float32 as ratios to PyTorch
CONVOLUTIONS = (
    ("3x3 stride 2", (100, 3, 31, 31), (25, 3, 3, 3), {"stride": 2, "pad": 1}, (1.15, 1.0), (0.6, 0.4)),
    ("7x7", (50, 3, 32, 32), (32, 3, 7, 7), {"stride": 1, "pad": 3}, (1.15, 1.0), (0.6, 0.4)),
    ("3x3 deep", (50, 32, 16, 16), (64, 32, 3, 3), {"stride": 1, "pad": 1}, (1.15, 1.0), (1.15, 1.0)),
)
DOUBLE = (0.75, 0.5)
POOLINGS = (("2x2 stride 2", 2), ("3x3 stride 2", 3))
POOL_FORWARD, POOL_BACKWARD = (0.1, 0.03), (1.3, 1.0)


@dataclass
class Row:
    """One layer in one direction: milliseconds of each contender, and what it computes and moves at least."""

    name: str
    dtype: str
    times: dict[str, float]
    flops: float
    bytes: float
    must: float
    stretch: float
    threads: int = field(default=THREADS)

    @property
    def rate(self) -> float:
        """GFLOP/s of the fast layer."""
        return self.flops / self.times["fast"] / 1e6

    def ratio(self, other: str, of: str = "fast") -> float | None:
        """Time of ``of`` over that of another contender."""
        return self.times[of] / self.times[other] if {of, other} <= self.times.keys() else None


def draw(dtype: Any, *shapes: tuple[int, ...]) -> list[Any]:
    """Normal numbers, the same each time."""
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def add_torch(contenders: dict[str, Call], backward: dict[str, Call], function: Any, arrays: list[Any], dout: Any) -> None:
    """PyTorch's forward without, and its backward with, the graph."""
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


def convolutions(dtype: Any, rounds: int) -> Iterator[Row]:
    """Forward and backward, gradient of the images included."""
    for name, x_shape, w_shape, param, forward_goal, backward_goal in CONVOLUTIONS:
        x, w, b = draw(dtype, x_shape, w_shape, w_shape[:1])
        out, cache = fast_layers.conv_forward_fast(x, w, b, param)
        (dout,) = draw(dtype, out.shape)
        numpy_cache = on_numpy(lambda: fast_layers.conv_forward_fast(x, w, b, param))()[1]  # noqa: B023
        forward: dict[str, Call] = {
            "fast": lambda: fast_layers.conv_forward_fast(x, w, b, param),  # noqa: B023
            "numpy": on_numpy(lambda: fast_layers.conv_forward_fast(x, w, b, param)),  # noqa: B023
        }
        backward: dict[str, Call] = {
            "fast": lambda: fast_layers.conv_backward_fast(dout, cache),  # noqa: B023
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
            contenders["again"] = contenders["fast"]
            must, stretch = goal if dtype == np.float32 else DOUBLE
            times = measure(contenders, rounds)
            yield Row(f"conv {name} {direction}", np.dtype(dtype).name, times, factor * flops, factor * moved, must, stretch)


def poolings(dtype: Any, rounds: int) -> Iterator[Row]:
    """Max pooling of 100 images of 32 x 32."""
    for name, size in POOLINGS:
        (x,) = draw(dtype, (100, 3, 32, 32))
        param = {"pool_height": size, "pool_width": size, "stride": 2}
        out, cache = fast_layers.max_pool_forward_fast(x, param)
        (dout,) = draw(dtype, out.shape)
        numpy_cache = on_numpy(lambda: fast_layers.max_pool_forward_fast(x, param))()[1]  # noqa: B023
        forward: dict[str, Call] = {
            "fast": lambda: fast_layers.max_pool_forward_fast(x, param),  # noqa: B023
            "numpy": on_numpy(lambda: fast_layers.max_pool_forward_fast(x, param)),  # noqa: B023
        }
        backward: dict[str, Call] = {
            "fast": lambda: fast_layers.max_pool_backward_fast(dout, cache),  # noqa: B023
            "numpy": on_numpy(lambda: fast_layers.max_pool_backward_fast(dout, numpy_cache)),  # noqa: B023
        }
        if size == 2:
            reshaped = im2col_layer.pool_forward(x)[1]
            forward["im2col"] = lambda: im2col_layer.pool_forward(x)  # noqa: B023
            backward["im2col"] = lambda: im2col_layer.pool_backward(dout, reshaped)  # noqa: B023
        if torch:
            add_torch(forward, backward, lambda t: torch.nn.functional.max_pool2d(t, size, 2), [x], dout)  # noqa: B023
        for direction, contenders, goal in (("forward", forward, POOL_FORWARD), ("backward", backward, POOL_BACKWARD)):
            contenders["again"] = contenders["fast"]
            comparisons, moved = float(out.size * size**2), float(x.nbytes + out.nbytes)
            yield Row(f"pool {name} {direction}", np.dtype(dtype).name, measure(contenders, rounds), comparisons, moved, *goal)


def verdict(row: Row) -> str:
    """Whether the ratio to PyTorch is what it shall be."""
    ratio = row.ratio("PyTorch")
    if ratio is None:
        return "-"
    return "stretch" if ratio <= row.stretch else "must" if ratio <= row.must else "ABOVE"


def show(rows: list[Row], peaks: dict[str, float]) -> None:
    """The table."""
    headers = ["layer", "type", "fast, ms", "GFLOP/s", "of product", "/ PyTorch", "must", "stretch", "met", "/ numpy", "/ im2col", "again"]
    table = []
    for row in rows:
        rate = (row.rate, row.rate / peaks[row.dtype]) if row.name.startswith("conv") else (None, None)
        ratios = [row.ratio("numpy"), row.ratio("im2col"), row.ratio("fast", of="again")]
        table.append([row.name, row.dtype, row.times["fast"], *rate, row.ratio("PyTorch"), row.must, row.stretch, verdict(row), *ratios])
    products = ", ".join(f"{name} {rate:.0f}" for name, rate in peaks.items())
    print_table(headers, table, f"\n{about()}; numpy's product of two 1024 x 1024 matrices, GFLOP/s: {products}")


def bandwidth() -> float:
    """GB/s of copying what no cache holds."""
    a, b = np.ones(2**24), np.empty(2**24)
    return 2 * a.nbytes / measure({"copy": lambda: np.copyto(b, a)}, 9)["copy"] / 1e6


def plot(rows: list[Row], peaks: dict[str, float]) -> None:
    """Time of each layer, and the rate of the convolutions below what the machine can do at most."""
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


def tricks(rounds: int) -> list[dict[str, Any]]:
    """What each trick of the compiled loops gains: the same computation without it and with it, in one run.

    Every entry has ``trick``, ``what`` was computed, ``before`` and ``after`` in milliseconds, and ``gain``, their ratio.
    """
    module = _extension.extension(np.dtype(np.float32))
    if module is None or not im2col_layer.loops():
        raise SystemExit("the tricks are those of the compiled loops, and there is no compiler or no Cython: run `make setup`")
    param, pool = {"stride": 1, "pad": 3}, {"pool_height": 2, "pool_width": 2, "stride": 2}
    x, w, b, dout, dpooled = draw(np.float32, (50, 3, 32, 32), (32, 3, 7, 7), (32,), (50, 32, 32, 32), (50, 32, 16, 16))
    padded, out = np.pad(x, ((0, 0), (0, 0), (3, 3), (3, 3))), np.zeros_like(dout)
    sets = module.instruction_sets()

    def using(name: str) -> Call:
        def run() -> None:
            module.use(name)
            fast_layers.conv_forward_fast(x, w, b, param)
            module.use(sets[-1])

        return run

    features, cache = fast_layers.conv_forward_fast(x, w, b, param)
    pool_cache = fast_layers.max_pool_forward_fast(np.maximum(features, 0), pool)[1]
    fused_cache = fused.conv_relu_pool_forward(x, w, b, param, pool)[1]
    weights, gradient = draw(np.float32, (8192, 500), (8192, 500))
    states: dict[str, Any] = {"numpy": {}, "fused": {}}
    big = {
        "naive": (lambda: layers.conv_forward_naive(x, w, b, param)),
        "im2col": lambda: im2col_layer.conv_forward(x, w, b, param),
        "direct": lambda: im2col_layer.loops().direct(padded, w, out),
        **{name: using(name) for name in sets},
        "forward parts": lambda: fast_layers.max_pool_forward_fast(np.maximum(fast_layers.conv_forward_fast(x, w, b, param)[0], 0), pool),
        "forward fused": lambda: fused.conv_relu_pool_forward(x, w, b, param, pool),
        "backward parts": lambda: fast_layers.conv_backward_fast(
            fast_layers.max_pool_backward_fast(dpooled, pool_cache) * (features > 0), cache, ("dw", "db")
        ),
        "backward fused": lambda: fused.conv_relu_pool_backward(dpooled, fused_cache, ("dw", "db")),
        "with dx": lambda: fast_layers.conv_backward_fast(dout, cache),
        "without dx": lambda: fast_layers.conv_backward_fast(dout, cache, ("dw", "db")),
        "adam": lambda: optim.adam(weights, gradient, states["numpy"]),
        "adam fused": lambda: fused.adam_fused(weights, gradient, states["fused"]),
    }
    times = measure(big, rounds)
    convolution, sandwich = "convolution, 50 images, 32 filters of 7 x 7", "convolution, ReLU and 2 x 2 pooling"
    steps = [
        ("a matrix product over laid-out windows", convolution, "naive", "im2col"),
        ("no laid-out windows: direct, by tap offsets", convolution, "im2col", "direct"),
        ("sums in registers (vectors of 16 bytes)", convolution, "direct", sets[0]),
        *(("wider vectors: " + name, convolution, before, name) for before, name in pairwise(sets)),
        ("forward in one pass over each image", sandwich, "forward parts", "forward fused"),
        ("filters' gradient from the winners alone", sandwich, "backward parts", "backward fused"),
        ("no gradient of the images", "backward of " + convolution, "with dx", "without dx"),
        ("Adam in one pass over memory", "4 million parameters", "adam", "adam fused"),
    ]
    return [
        {"trick": trick, "what": what, "before": times[before], "after": times[after], "gain": times[before] / times[after]}
        for trick, what, before, after in steps
    ]


def show_tricks(rounds: int) -> None:
    """Table and JSON of the tricks."""
    found = tricks(rounds)
    print_table(["trick", "what", "before, ms", "after, ms", "gain"], [list(t.values()) for t in found], f"\n{about()}")
    (BUILD / "tricks.json").write_text(json.dumps({"about": about(), "tricks": found}, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Measure at each number of threads, or here."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layers", description=__doc__)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="numbers of threads to measure at (default: 1 2)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"shuffled rounds (default: {ROUNDS})")
    parser.add_argument("--tricks", action="store_true", help="what each trick gains, at one thread; also into build/bench/tricks.json")
    parser.add_argument("--here", action="store_true", help="in this process, with the threads of its environment")
    options = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    if not options.here:
        extra = ["--rounds", str(options.rounds), *(["--tricks"] if options.tricks else [])]
        in_other_processes("benchmarks.layers", (1,) if options.tricks else tuple(options.threads), *extra)
        return
    if options.tricks:
        show_tricks(options.rounds)
        return
    peaks = {np.dtype(t).name: peak(t) for t in (np.float32, np.float64)}
    rows = [row for t in (np.float32, np.float64) for make in (convolutions, poolings) for row in make(t, options.rounds)]
    show(rows, peaks)
    document = {"about": about(), "product": peaks, "rows": [asdict(row) for row in rows]}
    (BUILD / f"layers-{THREADS}.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    plot(rows, peaks)


if __name__ == "__main__":
    main()
