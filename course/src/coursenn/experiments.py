"""Tables and plots of the notebooks' experiments.

Every figure has labelled axes and can be read in black and white: curves differ in marker and
line style, not only in colour. Every experiment also prints a table, because a screen reader
cannot see a figure.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ._bars import progress_bar

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from coursenn.solver import Solver

STYLES = [("o", "-"), ("s", "--"), ("^", ":"), ("D", "-."), ("v", "-"), ("x", "--"), ("P", ":"), ("*", "-.")]
"""Marker and line style of each curve, in order."""
Item = TypeVar("Item")
Number = float | int | np.generic
Values = Sequence[Any] | np.ndarray[Any, Any]
Curves = Mapping[str, tuple[Values, Values]]


def is_quick() -> bool:
    """Whether ``COURSENN_QUICK=1`` asks for the small sizes that automatic tests use."""
    return os.environ.get("COURSENN_QUICK", "") not in ("", "0")


def budget(data: Any, full: int = 49000, embedded: int = 5000, quick: int = 500) -> int:
    """How much of something an experiment uses: training images, epochs, seeds, points of a sweep.

    Parameters
    ----------
    data : what `coursenn.data_utils.get_CIFAR10_data` gave; its ``source`` decides.
    full : with real CIFAR-10 images.
    embedded : with the embedded, drawn images.
    quick : whenever ``COURSENN_QUICK=1``, as automatic tests set it.
    """
    if is_quick():
        return quick
    return embedded if getattr(data, "source", "embedded") == "embedded" else full


def progress(items: Iterable[Item], label: str, total: int | None = None) -> Iterator[Item]:
    """Go through the items with a progress bar, of which one line stays: for sweeps of many short trainings.

    Parameters
    ----------
    items : what to go through.
    label : written before the bar.
    total : how many items there are, where ``items`` has no length.
    """
    bar = progress_bar(label, len(items) if total is None and isinstance(items, Sized) else total)
    if bar is None:
        yield from items
        return
    with bar:
        for item in items:
            yield item
            bar.update()


def print_table(headers: Sequence[str], rows: Iterable[Sequence[Any]], title: str | None = None) -> None:
    """Print an aligned plain-text table: numbers to the right, words to the left.

    Parameters
    ----------
    headers : one per column.
    rows : of strings and numbers; a float is printed with four significant digits, None as ``-``.
    title : printed above.
    """
    cells = [[_text(value) for value in row] for row in rows]
    wanted = len(headers)
    for row in cells:
        if len(row) != wanted:
            raise ValueError(f"a row has {len(row)} cells and the table {wanted} columns: {row}")
    numeric = [all(_is_number(row[i]) for row in cells) for i in range(wanted)]
    widths = [max(len(headers[i]), *(len(row[i]) for row in cells)) if cells else len(headers[i]) for i in range(wanted)]

    def line(row: Sequence[str]) -> str:
        return "  ".join(text.rjust(w) if right else text.ljust(w) for text, w, right in zip(row, widths, numeric, strict=True)).rstrip()

    if title:
        print(title)
    print(line(list(headers)))
    print("  ".join("-" * w for w in widths))
    for row in cells:
        print(line(row))


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.4g}"
    return str(value)


def _is_number(text: str) -> bool:
    if text == "-":
        return True
    try:
        float(text.split(" +- ")[0])
    except ValueError:
        return False
    return True


def spread(values: Iterable[Number]) -> str:
    """Mean and sample standard deviation as text, ``0.312 +- 0.008``; only the mean for one value."""
    numbers = [float(v) for v in values]
    if not numbers:
        return "-"
    mean = f"{np.mean(numbers):.3f}"
    return mean if len(numbers) == 1 else f"{mean} +- {np.std(numbers, ddof=1):.3f}"


def summarize(values: Mapping[str, Number], unit: str = "", best: str = "highest") -> str:
    """A ranking in words: "highest: adam 0.41, then rmsprop 0.38, sgd 0.29".

    Parameters
    ----------
    values : name -> number; names whose number is not finite come last, as "diverged".
    unit : put after each number.
    best : ``"highest"`` or ``"lowest"``.
    """
    if best not in ("highest", "lowest"):
        raise ValueError(f"best is 'highest' or 'lowest', not {best!r}")
    finite = {k: float(v) for k, v in values.items() if math.isfinite(float(v))}
    ranked = sorted(finite, key=lambda k: finite[k], reverse=best == "highest")
    parts = [f"{name} {finite[name]:.4g}{unit}" for name in ranked]
    parts += [f"{name} (diverged)" for name in values if name not in finite]
    return f"{best}: {parts[0]}" + (f", then {', '.join(parts[1:])}" if len(parts) > 1 else "")


def plot_lines(
    curves: Curves,
    title: str,
    xlabel: str,
    ylabel: str,
    *,
    logx: bool = False,
    logy: bool = False,
    ax: Axes | None = None,
    errors: Mapping[str, Sequence[Any]] | None = None,
    ylim: tuple[float, float] | None = None,
    show: bool | None = None,
) -> Axes:
    """Draw curves that differ in marker and line style.

    Parameters
    ----------
    curves : label -> (xs, ys). Points that are not finite are left out, and the legend says how many.
    title, xlabel, ylabel : texts; say the unit.
    logx, logy : logarithmic axes.
    ax : draw there; None makes a figure, which is shown.
    errors : label -> half the height of an error bar at each point.
    ylim : range of the y axis. Points outside are drawn on its edge, and the legend says how many.
    show : whether to show the figure; by default when ``ax`` is None.
    """
    import matplotlib.pyplot as plt

    axes = plt.subplots(figsize=(8, 4.5))[1] if ax is None else ax
    for number, (label, (xs, ys)) in enumerate(curves.items()):
        marker, style = STYLES[number % len(STYLES)]
        x, y = np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)
        fine = np.isfinite(y)
        outside = np.zeros(len(y), dtype=bool) if ylim is None else fine & ((y < ylim[0]) | (y > ylim[1]))
        shown = y if ylim is None else np.clip(y, *ylim)
        notes = [f"{int(n)} {word}" for n, word in ((np.sum(~fine), "not finite"), (outside.sum(), "outside")) if n]
        name = label + (f" ({', '.join(notes)})" if notes else "")
        keys: dict[str, Any] = {
            "marker": marker,
            "linestyle": style,
            "label": name,
            "markersize": 5,
            "markevery": max(1, int(fine.sum()) // 12),
        }
        if errors is not None and label in errors:
            axes.errorbar(x[fine], shown[fine], yerr=np.asarray(errors[label], dtype=float)[fine], capsize=4, **keys | {"markevery": 1})
        else:
            axes.plot(x[fine], shown[fine], **keys)
    if logx:
        axes.set_xscale("log")
    if logy:
        axes.set_yscale("log")
    if ylim is not None:
        margin = 0.02 * (ylim[1] - ylim[0])
        axes.set_ylim(ylim[0] - (0 if logy else margin), ylim[1] + margin)
    axes.set(title=title, xlabel=xlabel, ylabel=ylabel)
    axes.grid(True, alpha=0.3)
    if curves:
        axes.legend()
    if show if show is not None else ax is None:
        _show()
    return axes


def _show() -> None:
    """Show and close the figure: in a notebook inline, without a screen silently."""
    import matplotlib.pyplot as plt

    plt.tight_layout()
    if plt.get_backend().lower() != "agg":
        plt.show()
    plt.close()


def _panels(count: int) -> tuple[Figure, list[Axes]]:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(count, 1, figsize=(8, 3.6 * count))
    return figure, list(np.atleast_1d(axes))


def smooth(values: Sequence[Any], window: int) -> np.ndarray[Any, Any]:
    """Running mean over at most the last ``window`` values; same length as ``values``."""
    sums = np.cumsum(np.concatenate([[0.0], np.asarray(values, dtype=float)]))
    ends = np.arange(1, len(sums))
    starts = np.maximum(ends - window, 0)
    return np.asarray((sums[ends] - sums[starts]) / (ends - starts))


def plot_training_history(solvers: Mapping[str, Solver], title: str = "Training", window: int | None = None) -> None:
    """Three panels: training loss per iteration, accuracy on training images and on validation images per epoch.

    Parameters
    ----------
    solvers : label -> trained `coursenn.solver.Solver`.
    title : begins the title of each panel.
    window : the loss is a running mean over that many iterations; by default a twentieth of the longest run.
    """
    longest = max((len(s.loss_history) for s in solvers.values()), default=0)
    width = window or max(1, longest // 20)
    losses = {k: (np.arange(1, len(s.loss_history) + 1), smooth(s.loss_history, width)) for k, s in solvers.items()}
    train = {k: (np.arange(len(s.train_acc_history)), s.train_acc_history) for k, s in solvers.items()}
    val = {k: (np.arange(len(s.val_acc_history)), s.val_acc_history) for k, s in solvers.items()}
    _, axes = _panels(3)
    mean = f" (running mean of {width})" if width > 1 else ""
    plot_lines(losses, f"{title}: training loss{mean}", "iteration", "loss", ax=axes[0])
    plot_lines(train, f"{title}: accuracy on training images", "epoch", "accuracy", ax=axes[1])
    plot_lines(val, f"{title}: accuracy on validation images", "epoch", "accuracy", ax=axes[2])
    _show()


def history_rows(solvers: Mapping[str, Solver], last: int = 100) -> list[list[Any]]:
    """Rows for `print_table`: label, first loss, mean of the last losses, last and best accuracies.

    Columns: `HISTORY_HEADERS`.
    """
    return [
        [
            label,
            float(s.loss_history[0]),
            float(np.mean(s.loss_history[-last:])),
            float(s.train_acc_history[-1]),
            float(s.val_acc_history[-1]),
            float(s.best_val_acc),
        ]
        for label, s in solvers.items()
    ]


HISTORY_HEADERS = ["run", "first loss", "last losses", "train acc", "val acc", "best val acc"]


def print_histories(solvers: Mapping[str, Solver], title: str | None = None, last: int = 100) -> None:
    """The table that goes with `plot_training_history`; ``last losses`` is the mean of the last ``last`` iterations."""
    print_table(HISTORY_HEADERS, history_rows(solvers, last), title)


def plot_weight_scales(scales: Sequence[float], solvers: Mapping[str, Sequence[Solver]], last: int = 100) -> None:
    """Three panels against the weight scale: best validation accuracy, best training accuracy, final loss.

    Losses outside 1 to 3.5 are drawn on the edge and those that are not finite are counted in the
    legend, so that a diverged run does not vanish from the picture.

    Parameters
    ----------
    scales : the weight scales, ascending.
    solvers : label -> one trained solver for each scale.
    last : the final loss is the mean over this many last iterations.
    """
    _, axes = _panels(3)
    val = {k: (scales, [s.best_val_acc for s in runs]) for k, runs in solvers.items()}
    train = {k: (scales, [max(s.train_acc_history) for s in runs]) for k, runs in solvers.items()}
    loss = {k: (scales, [final_loss(s, last) for s in runs]) for k, runs in solvers.items()}
    label = "weight scale (standard deviation)"
    plot_lines(val, "Best validation accuracy", label, "accuracy", logx=True, ax=axes[0])
    plot_lines(train, "Best training accuracy", label, "accuracy", logx=True, ax=axes[1])
    plot_lines(loss, "Final training loss", label, "loss", logx=True, ax=axes[2], ylim=(1.0, 3.5))
    _show()


def final_loss(solver: Solver, last: int = 100) -> float:
    """Mean loss of the last iterations; nan or inf where the run diverged."""
    return float(np.mean(solver.loss_history[-last:]))


def plot_bars(values: Mapping[str, Sequence[Number]], title: str, ylabel: str) -> None:
    """Means with every single value beside them: the spread over seeds, at a glance.

    Parameters
    ----------
    values : label -> one value for each seed.
    title, ylabel : texts.
    """
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=(8, 4.5))
    for number, (_label, runs) in enumerate(values.items()):
        numbers = np.asarray([float(v) for v in runs])
        if not len(numbers):  # an unfinished task ended the experiment before this run
            continue
        hatch = ("", "//", "..", "xx", "\\\\", "++")[number % 6]
        ax.bar(number, numbers.mean(), color="0.85", edgecolor="black", hatch=hatch, width=0.6)
        ax.plot(np.full(len(numbers), number) + 0.2 * np.linspace(-1, 1, len(numbers) + 2)[1:-1], numbers, "ko", markersize=5)
    ax.set_xticks(range(len(values)), list(values))
    ax.set(title=title, ylabel=ylabel)
    ax.grid(True, axis="y", alpha=0.3)
    _show()


def show_pictures(pictures: Values, titles: Sequence[str], heading: str = "", size: float = 2.2) -> None:
    """Show pictures side by side, at most four in a row.

    Parameters
    ----------
    pictures : uint8 arrays of shape (H, W, 3), or one array of them.
    titles : one for each.
    heading : above all of them.
    size : width of a picture in inches.
    """
    import matplotlib.pyplot as plt

    columns = min(4, len(titles))
    rows = math.ceil(len(titles) / columns)
    figure, axes = plt.subplots(rows, columns, figsize=(size * columns, (size + 0.4) * rows), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for ax, picture, title in zip(axes.flat, pictures, titles, strict=False):
        ax.imshow(picture)
        ax.set_title(title)
    if heading:
        figure.suptitle(heading)
    _show()


def plot_layers(layers: Sequence[tuple[str, str]], title: str, update: str = "") -> None:
    """Draw layers as a row of boxes: values go to the right, gradients come back to the left.

    Parameters
    ----------
    layers : name of each layer, and what it holds.
    title : above the figure.
    update : a line below: what is done with the gradients.
    """
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=(max(6.0, 1.25 * len(layers)), 2.6))
    for place, (name, holds) in enumerate(layers):
        ax.text(place, 0, f"{name}\n{holds}", ha="center", va="center", bbox={"boxstyle": "round,pad=0.4", "fc": "0.95", "ec": "black"})
        if place:
            for height, (start, end), style in ((0.55, (place - 1, place), "-"), (-0.55, (place, place - 1), "--")):
                arrow = {"arrowstyle": "->", "linestyle": style}
                ax.annotate("", xy=(end, height), xytext=(start, height), arrowprops=arrow)
    ax.text(0, 0.75, "forward: values", ha="left")
    ax.text(len(layers) - 1, -0.85, "backward: gradients", ha="right")
    if update:
        ax.text((len(layers) - 1) / 2, -1.2, update, ha="center")
    ax.set(xlim=(-0.7, len(layers) - 0.3), ylim=(-1.4, 1.1), title=title)
    ax.axis("off")
    _show()
