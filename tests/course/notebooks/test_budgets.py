"""Are the budgets of the notebooks large enough for what they ask: an improved network that is better than the baseline?"""

from __future__ import annotations

from autograder.generate.percent import read_notebook
from autograder.generate.recorded import read_results
from autograder.manifest import Course

NAME = "FullyConnectedNets"


def test_is_the_improved_network_better_on_drawn_images(course: Course) -> None:
    """Does the recorded table of both networks say so, on validation and on test images?"""
    notebook = next(n for n in course.notebooks if n.name == NAME)
    table = read_results(course, notebook, read_notebook(course, notebook))["fc-same-budget"]
    rows = {line.split()[0]: [float(word) for word in line.split()[1:]] for line in table.splitlines() if line.startswith(("base", "impr"))}
    assert all(better > baseline for better, baseline in zip(rows["improved"], rows["baseline"], strict=True))
