"""Measure a training step of ThreeLayerConvNet: with fast layers, fused layers, numpy alone, and in PyTorch with its fused Adam.

Run `make bench`, or `python -m benchmarks.training --help`. A step draws 50 of 1,000 images of 3 x 32 x 32 and
runs forward pass, backward pass and Adam on them, with 32 filters of 7 x 7, in float32.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any
from unittest import mock

import numpy as np

from .measure import BUILD, Call, Target, about, in_other_processes, measure, on_numpy, show_targets, torch

from coursenn import fused  # isort: skip
from coursenn.classifiers import cnn  # isort: skip
from coursenn.experiments import print_table  # isort: skip
from coursenn.solver import Solver  # isort: skip

ROUNDS = 25
BATCH = 50
# hidden units -> goal and stretch goal of a step with the fused layers, as a ratio to PyTorch
GOALS = {100: (0.7, 0.5), 500: (0.9, 0.7)}

# A step uses threads of two kinds, numpy's and those of the compiled loops. Each kind waits for more work in a busy loop, for up to 30 ms,
# on a core that the other kind needs. These settings make the waits short; they do not affect PyTorch, whose threads are of one kind.
SHORT_WAITS = {"GOMP_SPINCOUNT": "10000", "OPENBLAS_THREAD_TIMEOUT": "4"}


def images() -> dict[str, Any]:
    """Return 1,000 images of noise: the content of the images does not affect the time."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((1000, 3, 32, 32)).astype(np.float32), rng.integers(0, 10, 1000)
    return {"X_train": x, "y_train": y, "X_val": x[:BATCH], "y_val": y[:BATCH]}


def solver(data: dict[str, Any], hidden: int, rule: str) -> Solver:
    """Return a Solver whose `_step` is one training step."""
    np.random.seed(0)
    model = cnn.ThreeLayerConvNet(hidden_dim=hidden, weight_scale=1e-2, reg=1e-3)
    return Solver(model, data, update_rule=rule, optim_config={"learning_rate": 1e-3}, batch_size=BATCH, verbose=False)


def fused_step(training: Solver) -> Call:
    """Return the step with the sandwich of `coursenn.fused`, without the gradient of the images, which is not needed."""

    def backward(dout: Any, cache: Any) -> Any:
        return fused.conv_relu_pool_backward(dout, cache, wanted=("dw", "db"))

    def step() -> None:
        replaced = {"conv_relu_pool_forward": fused.conv_relu_pool_forward, "conv_relu_pool_backward": backward}
        with mock.patch.multiple(cnn, **replaced):
            training._step()

    return step


def torch_step(data: dict[str, Any], hidden: int) -> Call:
    """Return the step with the same network and penalty in PyTorch."""
    nn = torch.nn
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, 32, 7, padding=3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 16 * 16, hidden),
        nn.ReLU(),
        nn.Linear(hidden, 10),
    )
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    x, y = torch.from_numpy(data["X_train"]), torch.from_numpy(data["y_train"])
    weights = [p for p in model.parameters() if p.ndim > 1]

    def step() -> None:
        batch = torch.randint(0, len(x), (BATCH,))
        adam.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(model(x[batch]), y[batch]) + 0.5e-3 * sum((w**2).sum() for w in weights)
        loss.backward()
        adam.step()
        loss.item()

    return step


def contenders(data: dict[str, Any], hidden: int) -> dict[str, Call]:
    """Return the contenders: name -> a training step."""
    once, twice = (solver(data, hidden, "adam_fused") for _ in range(2))
    calls = {
        "fused": fused_step(once),
        "again": fused_step(twice),
        "fast layers": solver(data, hidden, "adam")._step,
        "numpy": on_numpy(solver(data, hidden, "adam")._step),
    }
    return calls | ({"PyTorch": torch_step(data, hidden)} if torch else {})


def main() -> int:
    """Measure with each number of threads in a separate process, or in this process."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="numbers of threads to measure with (default: 1 2)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"shuffled rounds (default: {ROUNDS})")
    parser.add_argument("--strict", action="store_true", help="end with 1 if a target is missed")
    parser.add_argument("--here", action="store_true", help="measure in this process, with the threads of its environment")
    options = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    if not options.here:
        extra = ["--rounds", str(options.rounds), *(["--strict"] if options.strict else [])]
        return in_other_processes("benchmarks.training", tuple(options.threads), *extra, settings=SHORT_WAITS)
    data, rows, targets, document = images(), [], [], []
    for hidden, (must, stretch) in GOALS.items():
        times = measure(contenders(data, hidden), options.rounds)
        target = Target(f"a step with {hidden} hidden units / PyTorch", times["fused"] / times["PyTorch"] if torch else None, must, stretch)
        targets.append(target)
        others = [times.get("PyTorch"), times["fused"], times["fast layers"], times["numpy"]]
        rows.append([hidden, *others, *target[1:], target.met, times["fast layers"] / times["fused"], times["again"] / times["fused"]])
        document.append({"hidden": hidden, "times": times, "must": must, "stretch": stretch})
    headers = [
        "hidden",
        "PyTorch, ms",
        "fused, ms",
        "fast, ms",
        "numpy, ms",
        "fused / PyTorch",
        "must",
        "stretch",
        "met",
        "fast / fused",
        "again",
    ]
    print_table(headers, rows, f"\nA training step of ThreeLayerConvNet; {about()}")
    threads = about().split(" ", 1)[0]
    (BUILD / f"training-{threads}.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    status = show_targets(targets)
    return status if options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
