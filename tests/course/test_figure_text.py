"""Does every figure of a notebook have a text that says what it shows?"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from coursenn._figure_text import describe, picture_html
from coursenn.experiments import plot_lines


@pytest.fixture
def figure() -> object:
    """A figure with two panels, as after a training."""
    made, axes = plt.subplots(2, 1)
    plot_lines({"sgd": ([1, 2, 3], [3.1, 2.0, 1.5]), "adam": ([1, 2, 3], [3.1, np.nan, 0.5])}, "Loss", "step", "loss", ax=axes[0])
    axes[1].imshow(np.zeros((4, 6)))
    yield made
    plt.close(made)


def test_are_titles_axes_and_ends_of_curves_described(figure: plt.Figure) -> None:
    """Does the text name the panels, their axes, and each curve with its ends and the values left out of it?"""
    text = describe(figure)
    assert text.startswith("Figure with 2 panels. Panel 1: Loss. x axis: step, y axis: loss.")
    assert "sgd: from 3.1 to 1.5, lowest 1.5, highest 3.1." in text
    assert "adam (1 not finite): from 3.1 to 0.5" in text
    assert text.endswith("Panel 2: No title. A picture of 4 by 6 pixels.")


def test_are_bars_and_error_bars_described() -> None:
    """Is each bar described by its name and height, and a curve with error bars as a curve?"""
    made, axes = plt.subplots(1, 2)
    for number, height in enumerate((0.25, 0.5)):
        axes[0].bar(number, height)
    axes[0].set_xticks([0, 1], ["plain", "dropout"])
    plot_lines({"mean": ([1, 2], [0.1, 0.3])}, "Seeds", "size", "accuracy", ax=axes[1], errors={"mean": [0.1, 0.1]})
    text = describe(made)
    plt.close(made)
    assert "Bars: plain 0.25, dropout 0.5." in text
    assert "mean: from 0.1 to 0.3" in text


def test_does_a_title_stay_inside_the_attribute(figure: plt.Figure) -> None:
    """Are quotes and brackets in a title escaped, and does an empty figure give no picture?"""
    figure.axes[0].set_title('"><script>alert(1)</script>')
    html = picture_html(figure)
    assert html.startswith("<img alt=")
    assert html.count("<") == html.count(">") == 1
    empty = plt.figure()
    assert picture_html(empty) is None
    plt.close(empty)
