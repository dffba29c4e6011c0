"""Figures in words, for students who cannot see them: the alternative text of every figure that a notebook shows."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CURVES = 12
"""Curves of one panel that are described; the table beside a figure has all of them."""


def describe(figure: Figure) -> str:
    """What a figure shows: for each panel its title, its axes, and where each curve begins and ends.

    Parameters
    ----------
    figure : of matplotlib; it is left as it is.
    """
    shown = [axes for axes in figure.axes if axes.get_visible() and (axes.has_data() or axes.texts)]
    panels = [" ".join(_panel(axes)) for axes in shown]
    heading = f" {title}." if (title := figure.get_suptitle()) else ""
    if len(panels) == 1:
        return f"Figure.{heading} {panels[0]}"
    return f"Figure with {len(panels)} panels.{heading} " + " ".join(f"Panel {i}: {text}" for i, text in enumerate(panels, 1))


def picture_html(figure: Figure) -> str | None:
    """A figure as an HTML picture with its description; None for an empty one.

    JupyterLab shows this in place of the bare picture, which has no room for words.
    """
    from IPython.core import pylabtools

    print_figure: Any = pylabtools.print_figure
    picture = print_figure(figure, "png", base64=True)
    if not picture:
        return None
    return f'<img alt="{escape(describe(figure))}" src="data:image/png;base64,{"".join(str(picture).split())}">'


def _panel(axes: Axes) -> Iterator[str]:
    title = axes.get_title()
    yield f"{title}." if title else "No title."
    names = [f"{which} axis: {name}" for which, name in (("x", axes.get_xlabel()), ("y", axes.get_ylabel())) if name]
    if names:
        yield f"{', '.join(names)}."
    curves = [text for text in map(_curve, *_curves(axes)) if text]
    yield from curves[:MOST_CURVES]
    if len(curves) > MOST_CURVES:
        yield f"{len(curves) - MOST_CURVES} more."
    for image in axes.images:
        height, width = np.asarray(image.get_array()).shape[:2]
        yield f"A picture of {height} by {width} pixels."
    labels = [label.get_text() for label in axes.get_xticklabels() if label.get_text()]
    bars = [container for container in axes.containers if hasattr(container, "patches")]
    if len(bars) == len(labels) > 0:
        yield "Bars: " + ", ".join(f"{name} {_number(c.patches[0].get_height())}" for name, c in zip(labels, bars, strict=True)) + "."
    if texts := [" ".join(text.get_text().split()) for text in axes.texts if text.get_text()]:
        yield f"{', '.join(texts)}."


def _curves(axes: Axes) -> tuple[list[Any], list[str]]:
    """What the legend lists and its words; without a legend every line, but no loose points."""
    handles, labels = axes.get_legend_handles_labels()
    lines = [line for line in axes.get_lines() if line.get_linestyle() != "None"]
    return (handles, labels) if handles else (lines, [""] * len(lines))


def _curve(handle: Any, label: str) -> str:
    line = handle[0] if isinstance(handle, tuple) else handle  # a curve with error bars is a tuple of its parts
    if not hasattr(line, "get_ydata"):
        return ""
    y = np.asarray(line.get_ydata(), dtype=float)
    y = y[np.isfinite(y)]
    name = label or "A curve"
    if not y.size:
        return f"{name}: empty."
    return f"{name}: from {_number(y[0])} to {_number(y[-1])}, lowest {_number(y.min())}, highest {_number(y.max())}."


def _number(value: float) -> str:
    return f"{value:.3g}"
