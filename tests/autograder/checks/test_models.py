"""Are trained networks graded only by their accuracy?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.checks.models import THRESHOLDS, draw_images, grade_model
from autograder.manifest import Course

IMAGES = draw_images(11)
Arrays = dict[str, Any]


def _network(hidden: int = 20, normalization: int = 0) -> Arrays:
    """Return an untrained network with one hidden layer."""
    rng = np.random.default_rng(0)
    arrays: Arrays = {"format": np.array(1), "hidden_dims": np.array([hidden]), "normalization": np.array(normalization)}
    arrays |= {"param_W1": 1e-2 * rng.standard_normal((3072, hidden)), "param_b1": np.zeros(hidden)}
    arrays |= {"param_W2": rng.standard_normal((hidden, 10)), "param_b2": np.zeros(10), "mean_image": np.full((3, 32, 32), 120.0)}
    return {name: value.astype(np.float32) if value.dtype == np.float64 else value for name, value in arrays.items()}


def test_every_model_of_the_manifest_has_thresholds(course: Course) -> None:
    """Do better trained networks earn more, step by step?"""
    assert set(THRESHOLDS) == {t.id for t in course.tasks if t.model}
    for steps in THRESHOLDS.values():
        assert list(steps) == sorted(set(steps))
        assert 0.15 < steps[0] < steps[-1] < 1


def test_an_untrained_network_gets_nothing() -> None:
    """Does guessing earn nothing?"""
    checks = grade_model("best-basic", _network(), IMAGES)
    assert len(checks) == len(THRESHOLDS["best-basic"])
    assert not any(passed for _, passed, _, _ in checks)
    assert all("classifies" in message for _, _, message, _ in checks)


def test_a_trained_network_gets_marks(reference: Path) -> None:
    """Does a short training reach the first threshold, and is its mark the same with the same images?"""
    from coursenn import embedded_data
    from coursenn.classifiers.fc_net import FullyConnectedNetBasic
    from coursenn.optim import adam

    images, labels = embedded_data.draw_images(1500, 3)
    mean_image = images.mean(axis=0)
    x = (images - mean_image).astype(np.float32)
    state = np.random.get_state()
    np.random.seed(0)
    net = FullyConnectedNetBasic([60], weight_scale=1e-2)
    configs: dict[str, Any] = dict.fromkeys(net.params)
    for step in range(120):
        batch = np.s_[100 * (step % 15) : 100 * (step % 15) + 100]
        _, grads = net.loss(x[batch], labels[batch])
        for name in net.params:
            net.params[name], configs[name] = adam(net.params[name], grads[name], configs[name])
    np.random.set_state(state)
    arrays = {**_network(60), "mean_image": mean_image.astype(np.float32), **{f"param_{k}": v for k, v in net.params.items()}}
    checks = grade_model("best-basic", arrays, IMAGES)
    assert checks[0][1], checks[0][2]
    assert grade_model("best-basic", arrays, IMAGES) == checks
    assert grade_model("best-basic", arrays, draw_images(12))[0][2] != checks[0][2]


BROKEN: dict[str, dict[str, Any]] = {
    "wrong shape": {"param_W1": np.zeros((100, 20), np.float32)},
    "NaN": {"param_b1": np.full(20, np.nan, np.float32)},
    "infinite": {"param_W2": np.full((20, 10), np.inf, np.float32)},
    "another key": {"param_gamma1": np.ones(20, np.float32)},
    "one number": {"hidden_dims": np.array(20)},
    "no hidden layer": {"hidden_dims": np.array([], dtype=np.int64)},
    "far too large": {"hidden_dims": np.array([10**9])},
    "unknown normalization": {"normalization": np.array(7)},
    "averages missing": {"normalization": np.array(1)},
    "another format": {"format": np.array(2)},
    "truth values": {"param_b1": np.zeros(20, bool)},
    "mean of another size": {"mean_image": np.zeros((3, 28, 28), np.float32)},
}


@pytest.mark.parametrize("what", BROKEN)
def test_odd_arrays_fail_clearly(what: str) -> None:
    """Do arrays that are not a network give a message and not an exception?"""
    checks = grade_model("best-improved", {**_network(), **BROKEN[what]}, IMAGES)
    assert len(checks) == len(THRESHOLDS["best-improved"])
    assert all(not passed and message.startswith("the saved arrays describe no network: ") for _, passed, message, _ in checks)


def test_an_empty_file_fails_clearly() -> None:
    """Does a file without arrays give a message?"""
    assert not any(passed for _, passed, _, _ in grade_model("best-basic", {}, IMAGES))
