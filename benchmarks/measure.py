"""How the benchmarks measure.

Contenders take turns in shuffled rounds in one process, so that other load on the machine slows all of them equally.

With one thread, the time of a call is its processor time, which other processes hardly change. With two or more it is the best decile of
wall time, and a turn is a few calls, since the previous contender's threads may still occupy a core during the first of them.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

from autograder.intake.reference import reference_path
from autograder.manifest import load_course

sys.path.insert(0, str(reference_path(load_course())))

from coursenn import _extension

BUILD = Path(__file__).resolve().parent.parent / "build" / "bench"
THREADS = int(os.environ.get("OMP_NUM_THREADS", "1"))
CALLS = 1 if THREADS == 1 else 3
"""Calls in a turn."""
PASSES, PAUSE, WARM_UP = 3, 1.0, 0.3
"""For the speed-up of threads: passes over all layers, seconds of rest before each pass, seconds of warm-up before each layer."""

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(THREADS)

Call = Callable[[], Any]


def measure(contenders: dict[str, Call], rounds: int) -> dict[str, float]:
    """Return milliseconds per call of each contender: median processor time with one thread, best decile of wall time with more."""
    return {name: summary(values) for name, values in turns(contenders, rounds).items()}


def summary(times: list[float]) -> float:
    """Summarise many measurements of the same thing in one number."""
    return float(np.quantile(times, 0.5 if THREADS == 1 else 0.1))


def turns(contenders: dict[str, Call], rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds of every call of each contender, in shuffled rounds."""
    clock = time.process_time if THREADS == 1 else time.perf_counter
    times: dict[str, list[float]] = {name: [] for name in contenders}
    names, shuffle = list(contenders), random.Random(0).shuffle
    for call in contenders.values():  # so that no turn includes the work of a first call
        call()
    for _ in range(rounds):
        shuffle(names)
        for name in names:
            for _ in range(CALLS):
                start = clock()
                contenders[name]()
                times[name].append(1e3 * (clock() - start))
    return times


@contextlib.contextmanager
def without_extension() -> Iterator[None]:
    """Use the numpy fallback."""
    with mock.patch.dict(_extension._state, {"module": None}):
        yield


def on_numpy(call: Call) -> Call:
    """Return the same call with the numpy fallback."""

    def run() -> Any:
        with without_extension():
            return call()

    return run


def speed_ups(calls: list[Call], rounds: int) -> list[float | None]:
    """Return how many times faster each call of compiled layers is with all threads of this process than with one.

    None with one thread, or without the extension. The layers take turns in a few passes with pauses between them, because other
    programs disturb a machine for seconds at a time, and all calls of 0.2 ms could fall within one disturbance. A thread that wakes up may
    share a core with the one that woke it until the system moves it to an idle core; therefore each layer warms up.
    """
    module = _extension.extension(np.dtype(np.float32))
    if THREADS == 1 or module is None:
        return [None] * len(calls)

    def one(*_: int) -> int:
        return 1

    def on_one(call: Call) -> Call:
        def run() -> Any:
            with mock.patch.object(module, "threads_for", one):
                return call()

        return run

    found: list[dict[str, list[float]]] = [{"one": [], "all": []} for _ in calls]
    for _ in range(PASSES):
        time.sleep(PAUSE)
        for call, times in zip(calls, found, strict=True):
            end = time.perf_counter() + WARM_UP
            while time.perf_counter() < end:
                call()
            for name, values in turns({"one": on_one(call), "all": call}, rounds).items():
                times[name] += values
    return [summary(times["one"]) / summary(times["all"]) for times in found]


class Target(NamedTuple):
    """How low a ratio of two times must be, and for some an even lower stretch goal."""

    what: str
    ratio: float | None
    must: float
    stretch: float | None = None

    @property
    def met(self) -> str:
        """Return the verdict in one word."""
        if self.ratio is None:
            return "-"
        if self.stretch is not None and self.ratio <= self.stretch:
            return "stretch"
        return "must" if self.ratio <= self.must else "ABOVE"


def show_targets(targets: list[Target]) -> int:
    """Print at the end of a run how many targets are met and which are missed. Return the exit status: 1 if one is missed."""
    measured, missed = [t for t in targets if t.ratio is not None], [t for t in targets if t.met == "ABOVE"]
    unknown = f", {len(targets) - len(measured)} were not measured" if len(measured) < len(targets) else ""
    stretched = sum(t.met == "stretch" for t in measured)
    print(f"\n{len(measured) - len(missed)} of {len(measured)} targets are met, {stretched} also their stretch{unknown}.")
    for target in missed:
        print(f"  ABOVE: {target.what} {target.ratio:.3g}, which must be at most {target.must:.3g}")
    return 1 if missed else 0


def peak(dtype: Any) -> float:
    """Return GFLOP/s of numpy's product of two 1024 x 1024 matrices, which a dense loop can reach on this machine."""
    a = np.random.default_rng(0).standard_normal((1024, 1024)).astype(dtype)
    return 2 * 1024**3 / measure({"product": lambda: a @ a}, 15)["product"] / 1e6


def bandwidth() -> float:
    """Return GB/s of copying arrays that are too large for the caches."""
    a, b = np.ones(2**24), np.empty(2**24)
    return 2 * a.nbytes / measure({"copy": lambda: np.copyto(b, a)}, 9)["copy"] / 1e6


def draw(dtype: Any, *shapes: tuple[int, ...]) -> list[Any]:
    """Return normally distributed numbers, the same ones every time."""
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def in_other_processes(module: str, threads: tuple[int, ...], *arguments: str, settings: dict[str, str] | None = None) -> int:
    """Run a benchmark once for each number of threads, which is fixed when a process starts. Return the worst exit status.

    Settings that make numpy's OpenBLAS choose kernels for an older processor are removed: benchmarks compare with its best kernels.
    """
    kept = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    status = 0
    for count in threads:
        numbers = {f"{name}_NUM_THREADS": str(count) for name in ("OMP", "OPENBLAS", "MKL")}
        environment = kept | (settings or {}) | numbers
        done = subprocess.run([sys.executable, "-m", module, "--here", *arguments], env=environment, check=False)
        status = max(status, abs(done.returncode))
    return status


def setting() -> str:
    """Return the threads, compiled loops and numpy version of this run."""
    module = _extension.extension(np.dtype(np.float32))
    loops = f"loops for {module.instruction_sets()[-1]}" if module else "no compiled extension"
    return f"{THREADS} thread{'s' if THREADS > 1 else ''}, {loops}, numpy {np.__version__}"


def about() -> str:
    """Return one line on what is compared, and on which machine."""
    return f"{setting()}, {f'PyTorch {torch.__version__}' if torch else 'no PyTorch (make bench TORCH=1)'}"
