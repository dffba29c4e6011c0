"""Can every experiment be read as a table and as a plot in black and white?"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from coursenn import experiments

pytestmark = pytest.mark.usefixtures("reference")


@pytest.fixture(autouse=True)
def _headless(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    mpl.use("agg", force=True)
    monkeypatch.delenv("COURSENN_QUICK", raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    plt.close("all")


def solver(steps: int = 40, scale: float = 1.0) -> Any:
    losses = scale * np.linspace(2.3, 1.0, steps)
    return SimpleNamespace(loss_history=list(losses), train_acc_history=[0.1, 0.5, 0.4], val_acc_history=[0.1, 0.3, 0.2], best_val_acc=0.3)


@pytest.mark.parametrize(
    ("source", "quick", "size"), [("embedded", "", 5), ("cifar-10", "", 9), ("npz", "0", 9), ("npz", "1", 2), ("embedded", "1", 2)]
)
def test_does_the_budget_follow_the_data_and_the_environment(source: str, quick: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSENN_QUICK", quick)
    assert experiments.budget(SimpleNamespace(source=source), full=9, embedded=5, quick=2) == size


def test_is_a_table_aligned_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    experiments.print_table(
        ["rule", "accuracy", "spread"], [["adam", 0.41239, "0.410 +- 0.002"], ["sgd+momentum", float("nan"), None]], "Rules"
    )
    assert capsys.readouterr().out.splitlines() == [
        "Rules",
        "rule          accuracy          spread",
        "------------  --------  --------------",
        "adam            0.4124  0.410 +- 0.002",
        "sgd+momentum       nan               -",
    ]


def test_is_a_row_of_the_wrong_length_refused() -> None:
    with pytest.raises(ValueError, match="1 cells and the table 2 columns"):
        experiments.print_table(["a", "b"], [[1]])


def test_does_the_summary_rank_the_runs_and_name_those_that_diverged() -> None:
    values = {"sgd": 0.2, "adam": 0.5, "big": float("nan")}
    assert experiments.summarize(values) == "highest: adam 0.5, then sgd 0.2, big (diverged)"
    assert experiments.summarize(values, best="lowest").startswith("lowest: sgd 0.2, then adam 0.5")
    assert experiments.summarize({"a": float("inf")}) == "highest: a (diverged)"
    with pytest.raises(ValueError, match="'highest' or 'lowest'"):
        experiments.summarize(values, best="max")


def test_is_the_spread_a_sample_deviation() -> None:
    assert experiments.spread([0.1, 0.3]) == "0.200 +- 0.141"
    assert experiments.spread([0.25]) == "0.250"


def test_do_curves_differ_without_colour() -> None:
    ax = experiments.plot_lines({str(i): ([1, 2], [i, i]) for i in range(8)}, "t", "x", "y", show=False, ax=plt.subplots()[1])
    looks = {(line.get_marker(), line.get_linestyle()) for line in ax.get_lines()}
    assert len(looks) == 8
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("t", "x", "y")


def test_does_the_legend_count_what_the_plot_cannot_show() -> None:
    ax = experiments.plot_lines({"run": ([1, 2, 3], [2.0, np.nan, 90.0])}, "t", "x", "y", ax=plt.subplots()[1], ylim=(1, 3.5), logx=True)
    assert ax.get_legend().get_texts()[0].get_text() == "run (1 not finite, 1 outside)"
    assert max(ax.get_lines()[0].get_ydata()) == 3.5


def test_are_error_bars_drawn() -> None:
    ax = experiments.plot_lines({"run": ([1, 2], [1, 2])}, "t", "x", "y", ax=plt.subplots()[1], errors={"run": [0.1, 0.2]})
    assert len(ax.containers) == 1


def test_do_the_plots_run_without_a_display_and_close_their_figures() -> None:
    runs = {"plain": solver(), "bn": solver(scale=2.0)}
    experiments.plot_training_history(runs)
    experiments.plot_weight_scales([1e-3, 1e-2], {"plain": [solver(), solver(scale=np.inf)], "bn": [solver(), solver()]})
    experiments.plot_bars({"plain": [0.1, 0.2], "bn": [0.3]}, "t", "accuracy")
    experiments.plot_lines({"a": ([0], [1])}, "t", "x", "y")
    assert plt.get_fignums() == []


def test_are_three_panels_labelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiments, "_show", lambda: None)
    experiments.plot_training_history({"plain": solver()}, title="Baseline", window=4)
    labels = [(ax.get_xlabel(), ax.get_ylabel()) for ax in plt.gcf().axes]
    assert labels == [("iteration", "loss"), ("epoch", "accuracy"), ("epoch", "accuracy")]
    assert plt.gcf().axes[0].get_title() == "Baseline: training loss (running mean of 4)"


def test_does_the_history_table_show_first_last_and_best(capsys: pytest.CaptureFixture[str]) -> None:
    experiments.print_histories({"plain": solver()}, title="Runs", last=1)
    assert capsys.readouterr().out.splitlines()[-1].split() == ["plain", "2.3", "1", "0.4", "0.2", "0.3"]


def test_is_the_running_mean_taken_over_what_there_is() -> None:
    assert experiments.smooth([1, 3, 5, 7], 2).tolist() == [1, 2, 4, 6]


def test_does_the_progress_bar_pass_on_every_item(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(experiments.progress(iter("abc"), "networks", total=3)) == ["a", "b", "c"]
    assert capsys.readouterr().out == ""


def test_does_progress_work_without_tqdm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert list(experiments.progress([1, 2], "networks")) == [1, 2]


def test_are_bars_without_runs_left_out_without_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Does an experiment without results, because of an unfinished task, leave an empty place and no warning from numpy?"""
    monkeypatch.setattr(experiments, "_show", lambda: None)
    experiments.plot_bars({"none": [], "two": [0.1, 0.2]}, "title", "accuracy")
    assert len(plt.gca().patches) == 1
