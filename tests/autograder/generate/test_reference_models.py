"""Are the networks that the reference hands in small, and good enough for full marks whatever the secret seed?"""

from __future__ import annotations

import numpy as np
import pytest

from autograder.checks.models import THRESHOLDS
from autograder.generate.reference_models import MAX_BYTES, main, measure
from autograder.manifest import load_course

MODELS = load_course().root / "solutions" / "models"
FILES = {"best-basic": "best_basic.npz", "best-improved": "best_improved.npz"}
pytestmark = pytest.mark.usefixtures("reference")


@pytest.mark.parametrize("task", FILES)
def test_does_the_reference_reach_every_threshold_with_room(task: str) -> None:
    accuracies = measure(MODELS / FILES[task])
    # 2000 images have a standard deviation of 0.011; the canary must not depend on luck.
    assert min(accuracies) - 0.02 >= max(THRESHOLDS[task])


@pytest.mark.parametrize("file", FILES.values())
def test_is_the_file_small_and_of_half_precision(file: str) -> None:
    from coursenn.model_files import load_model

    assert (MODELS / file).stat().st_size <= MAX_BYTES
    assert load_model(MODELS / file)["param_W1"].dtype == np.float16


def test_does_a_plain_network_fall_short_of_the_improved_one() -> None:
    assert max(measure(MODELS / FILES["best-basic"])) < max(THRESHOLDS["best-improved"])


def test_does_measuring_print_a_figure_for_each_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--measure"]) == 0
    assert capsys.readouterr().out.count("accuracy on 2000 new images") == 2
