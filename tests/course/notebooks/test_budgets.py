"""Are the training budgets of the notebooks large enough for an improved network that is better than the baseline?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autograder.generate.notebooks import build_notebook
from autograder.generate.percent import read_notebook
from autograder.generate.recorded import read_results
from autograder.manifest import Course

NAME = "FullyConnectedNets"


def test_is_the_improved_network_better_on_drawn_images(course: Course) -> None:
    """Does the recorded table show this for validation and test images?"""
    notebook = next(n for n in course.notebooks if n.name == NAME)
    table = read_results(course, notebook, read_notebook(course, notebook))["fc-same-budget"]
    rows = {line.split()[0]: [float(word) for word in line.split()[1:]] for line in table.splitlines() if line.startswith(("base", "impr"))}
    assert all(better > baseline for better, baseline in zip(rows["improved"], rows["baseline"], strict=True))


@pytest.mark.slow
@pytest.mark.notebook
@pytest.mark.usefixtures("reference")
def test_is_the_improved_network_better_on_real_images(course: Course, real_images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do the two trainings of the notebook show this for real images, in validation and test?"""
    monkeypatch.setenv("COURSENN_DATA", str(real_images))
    monkeypatch.delenv("COURSENN_QUICK", raising=False)
    cells = [c for c in build_notebook(course, NAME, "solution").cells if c.cell_type == "code"]
    before = [c for c in cells if c.source.startswith("from coursenn.") or "data = get_CIFAR10_data()" in c.source]
    trainings = [c for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") in ("fc-train-basic", "fc-train-improved")]
    assert (len(before), len(trainings)) == (2, 2)
    names: dict[str, Any] = {}
    exec("import numpy as np", names)
    for cell in (*before, *trainings):
        exec(cell.source, names)
    reached = {
        part: [names["accuracy_of"](names[f"best_model_{kind}"], part) for kind in ("basic", "improved")] for part in ("val", "test")
    }
    print(reached)
    assert all(improved > baseline for baseline, improved in reached.values()), reached
