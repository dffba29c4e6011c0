"""Are the reference's networks small, and do they get full marks for every secret seed?"""

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
def test_the_reference_is_well_above_every_threshold(task: str) -> None:
    """Are all accuracies at least 0.02 above the highest threshold?"""
    accuracies = measure(MODELS / FILES[task])
    # The accuracy on 2000 images has a standard deviation of 0.011, and the test must not depend on luck.
    assert min(accuracies) - 0.02 >= max(THRESHOLDS[task])


@pytest.mark.parametrize("file", FILES.values())
def test_the_file_is_small(file: str) -> None:
    """Is the file below the size limit, with weights in half precision?"""
    from coursenn.model_files import load_model

    assert (MODELS / file).stat().st_size <= MAX_BYTES
    assert load_model(MODELS / file)["param_W1"].dtype == np.float16


def test_the_plain_network_is_worse_than_the_improved_one() -> None:
    """Does the plain network miss the highest threshold of the improved one?"""
    assert max(measure(MODELS / FILES["best-basic"])) < max(THRESHOLDS["best-improved"])


def test_measuring_prints_an_accuracy_for_each_file(capsys: pytest.CaptureFixture[str]) -> None:
    """Does `--measure` print an accuracy for each file?"""
    assert main(["--measure"]) == 0
    assert capsys.readouterr().out.count("accuracy on 2000 new images") == 2
