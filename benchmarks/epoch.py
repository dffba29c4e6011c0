"""Measure an epoch of training as a student runs it: in a fresh process, with no environment variable that sets threads.

    python -m benchmarks.epoch             # or `make bench`; with TORCH=1 also against PyTorch

A fully connected network of five layers of 100 with batch normalization and dropout, in float32, takes 490 steps of 100 images with
`adam` and with `adam_fused`; PyTorch takes them with its fused Adam. ThreeLayerConvNet takes steps of 50 images. Each contender
runs in its own process. The contenders take turns in a new order in each round, and their median wall times are compared.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np

from autograder.intake.reference import reference_path
from autograder.manifest import load_course
from autograder.paths import REPOSITORY
from benchmarks.machine import machine

ROUNDS = 5
STEPS, BATCH, HIDDEN = 490, 100, [100] * 5
CONVOLUTIONAL_STEPS = 40
WARM_UP = 20
DECIDE_THREADS = ("_NUM_THREADS", "OMP_", "GOMP_", "KMP_", "OPENBLAS_", "MKL_", "MALLOC_")
"""Beginnings or ends of the names of environment variables that a student has not set."""
TARGETS = (
    ("adam_fused", "adam", 1.0),
    ("adam_fused", "torch", 1.0),
    ("conv-100", "torch-conv-100", 0.7),
    ("conv-500", "torch-conv-500", 0.9),
)
"""A contender, the one it is compared with, and the largest allowed ratio of their times."""

Step = Callable[[], Any]


def ours(rule: str) -> Step:
    """Return a step of the course's network and Solver."""
    from coursenn.classifiers.fc_net import FullyConnectedNet
    from coursenn.solver import Solver

    np.random.seed(0)
    x, y = images()
    data = {"X_train": x, "y_train": y, "X_val": x[:BATCH], "y_val": y[:BATCH]}
    model = FullyConnectedNet(HIDDEN, normalization="batchnorm", dropout_keep_ratio=0.8, dtype=np.float32)
    step: Step = Solver(model, data, update_rule=rule, batch_size=BATCH, verbose=False)._step
    return step


def torch_step() -> Step:
    """Return the same step in PyTorch, with the threads that PyTorch chooses."""
    import torch

    nn = torch.nn
    torch.manual_seed(0)
    sizes = [3 * 32 * 32, *HIDDEN]
    layers = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.BatchNorm1d(b), nn.ReLU(), nn.Dropout(0.2))]
    model = nn.Sequential(nn.Flatten(), *layers, nn.Linear(sizes[-1], 10))
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    x, y = map(torch.from_numpy, images())

    def step() -> None:
        batch = torch.randint(0, len(x), (BATCH,))
        adam.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
        loss.backward()
        adam.step()
        loss.item()

    return step


def convolutional(hidden: int) -> Step:
    """Return a step of ThreeLayerConvNet with fused layers."""
    from benchmarks import training

    return training.fused_step(training.solver(training.images(), hidden, "adam_fused"))


def torch_convolutional(hidden: int) -> Step:
    """Return the same step in PyTorch, without the number of threads that `benchmarks.measure` sets."""
    import torch

    chosen = torch.get_num_threads()
    from benchmarks import training

    torch.set_num_threads(chosen)
    return training.torch_step(training.images(), hidden)


CONTENDERS: dict[str, tuple[int, Callable[[], Step]]] = {
    "adam": (STEPS, lambda: ours("adam")),
    "adam_fused": (STEPS, lambda: ours("adam_fused")),
    "torch": (STEPS, torch_step),
    "conv-100": (CONVOLUTIONAL_STEPS, lambda: convolutional(100)),
    "conv-500": (CONVOLUTIONAL_STEPS, lambda: convolutional(500)),
    "torch-conv-100": (CONVOLUTIONAL_STEPS, lambda: torch_convolutional(100)),
    "torch-conv-500": (CONVOLUTIONAL_STEPS, lambda: torch_convolutional(500)),
}
"""Name -> number of timed steps, and a function that makes a step."""


def images() -> tuple[np.ndarray, np.ndarray]:
    """Return 10,000 images of noise and their labels: the content of the images does not affect the time."""
    rng = np.random.default_rng(0)
    return rng.standard_normal((10_000, 3, 32, 32)).astype(np.float32), rng.integers(0, 10, 10_000)


def default_environment() -> dict[str, str]:
    """Return this process's environment variables without those that set threads."""
    return {k: v for k, v in os.environ.items() if not any(k.startswith(part) or k.endswith(part) for part in DECIDE_THREADS)}


def measure_here(name: str) -> float:
    """Return the seconds that a contender's steps take, after some to warm up."""
    steps, make = CONTENDERS[name]
    step = make()
    for _ in range(WARM_UP):
        step()
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return time.perf_counter() - start


def program(name: str) -> str:
    """Return a program that measures one contender. It imports the contender's library first, since loading fixes waits and threads."""
    first = "torch" if name.startswith("torch") else "coursenn"
    paths = [str(reference_path(load_course())), str(REPOSITORY)]
    return f"import sys; sys.path[:0] = {paths!r}; import {first}; from benchmarks.epoch import measure_here; print(measure_here({name!r}))"


def measure_all(rounds: int) -> dict[str, float]:
    """Return the median seconds of each contender that can run here."""
    has_torch = importlib.util.find_spec("torch") is not None
    names = [name for name in CONTENDERS if has_torch or not name.startswith("torch")]
    found: dict[str, list[float]] = {name: [] for name in names}
    shuffle = random.Random(0).shuffle
    for _ in range(rounds):
        shuffle(names)
        for name in names:
            done = subprocess.run(
                [sys.executable, "-c", program(name)], env=default_environment(), stdout=subprocess.PIPE, text=True, check=True
            )
            found[name].append(float(done.stdout.split()[-1]))
    return {name: median(times) for name, times in found.items()}


def ratios(seconds: dict[str, float]) -> list[tuple[str, float | None, float]]:
    """Return what is compared, the ratio (None if one was not measured), and its upper limit."""
    return [(f"{a} / {b}", seconds[a] / seconds[b] if a in seconds and b in seconds else None, most) for a, b, most in TARGETS]


def main() -> int:
    """Measure in fresh processes; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.epoch", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds (default: {ROUNDS})")
    parser.add_argument("--strict", action="store_true", help="end with 1 if a target is missed")
    options = parser.parse_args()
    # Imported here, because at the top it would fix PyTorch's threads in the processes being measured.
    from .measure import BUILD, Target, show_targets

    on = machine()
    seconds = measure_all(options.rounds)
    print("\nIn default processes, seconds (median):")
    for name, value in seconds.items():
        print(f"  {name:<15} {value:7.3f}  for {CONTENDERS[name][0]} steps")
    BUILD.mkdir(parents=True, exist_ok=True)
    document = {"machine": on, "seconds": seconds, "ratios": ratios(seconds)}
    (BUILD / "epoch.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    status = show_targets([Target(what, ratio, most) for what, ratio, most in ratios(seconds)])
    return status if options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
