"""Train the two networks that the reference submission hands in: ``python -m autograder.generate.reference_models``.

The recipes are those of the notebook *FullyConnectedNets* on the
embedded images. The files under ``course/solutions/models/`` are committed; run this again when the embedded
images or the network change. Training takes about two minutes and depends on the machine's order of summation in the
last digits, so a new run gives new bytes of about the same accuracy.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from autograder.intake.reference import reference_path
from autograder.manifest import load_course

SEED = 231
FRESH_SEEDS = (101, 102, 103)
FRESH_IMAGES = 2000
MAX_BYTES = 900_000
RATES = (1e-3, 5e-4)


def main(arguments: list[str] | None = None) -> int:
    """Train, save and measure both networks; 1 when a file is too large to hand out."""
    parser = argparse.ArgumentParser(
        prog="python -m autograder.generate.reference_models", description=__doc__.split("\n")[0] if __doc__ else None
    )
    parser.add_argument("--dest", type=Path, help="folder of the files; default course/solutions/models")
    parser.add_argument("--measure", action="store_true", help="measure the existing files and train nothing")
    chosen = parser.parse_args(arguments)
    course = load_course()
    sys.path.insert(0, str(reference_path(course)))
    folder = chosen.dest or course.root / "solutions" / "models"
    status = 0
    for name, train in (("best_basic.npz", train_basic), ("best_improved.npz", train_improved)):
        path = folder / name
        if not chosen.measure:
            _save(path, train)
        size = path.stat().st_size
        figures = ", ".join(f"{a:.4f}" for a in measure(path))
        print(f"{path.name}: {size} bytes, accuracy on {FRESH_IMAGES} new images for each of {len(FRESH_SEEDS)} seeds: {figures}")
        if size > MAX_BYTES:
            print(f"{path.name} is larger than {MAX_BYTES} bytes: train a smaller network", file=sys.stderr)
            status = 1
    return status


def measure(path: Path) -> list[float]:
    """Accuracy of a model file on freshly drawn images, once for each seed, as in grading."""
    from coursenn.embedded_data import draw_images
    from coursenn.model_files import accuracy, load_model

    arrays = load_model(path)
    return [accuracy(arrays, *draw_images(FRESH_IMAGES, seed)) for seed in FRESH_SEEDS]


def train_basic(data: Any) -> Any:
    """Five plain hidden layers, rmsprop, 5 epochs, the best of two learning rates and two weight scales."""
    from coursenn.classifiers.fc_net import FullyConnectedNetBasic

    makers = [(rate, partial(FullyConnectedNetBasic, [100] * 5, weight_scale=scale)) for rate in RATES for scale in (1e-2, 5e-2)]
    return _best(data, makers, "rmsprop", epochs=5)


def train_improved(data: Any) -> Any:
    """With batch normalization and dropout, adam, 25 epochs, the better of two learning rates."""
    from coursenn.classifiers.fc_net import FullyConnectedNet

    make = partial(FullyConnectedNet, [100] * 5, normalization="batchnorm", dropout_keep_ratio=0.75, weight_scale=5e-2)
    return _best(data, [(rate, make) for rate in RATES], "adam", epochs=25)


def _best(data: Any, makers: Sequence[tuple[float, Callable[[], Any]]], rule: str, epochs: int) -> Any:
    import numpy as np

    from coursenn.solver import Solver

    np.random.seed(SEED)
    solvers = []
    for rate, make in makers:
        solver = Solver(
            make(), data, update_rule=rule, optim_config={"learning_rate": rate}, num_epochs=epochs, batch_size=100, verbose=False
        )
        solver.train()
        solvers.append(solver)
    return max(solvers, key=lambda s: s.best_val_acc).model


def _save(path: Path, train: Callable[[Any], Any]) -> None:
    import numpy as np

    from coursenn.data_utils import get_CIFAR10_data
    from coursenn.model_files import save_model

    data = get_CIFAR10_data(path="embedded", verbose=False)
    save_model(path, train(data), data.mean_image, dtype=np.float16)


if __name__ == "__main__":
    sys.exit(main())
