"""Is the table of waiting times complete, and are its figures judged correctly?"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import epoch, waiting
from benchmarks.waiting import ROWS, Clone, Row, cells, measure


def row(target: float = 2.0, *, at_least: bool = False, values: tuple[float | None, ...] = (1.0,)) -> Row:
    """Return a row that gives these figures in order."""
    left = list(values)
    return Row("something", target, lambda _: left.pop(0), times=len(values), at_least=at_least, first="make bench")


@pytest.mark.parametrize(
    ("value", "at_least", "verdict"), [(1.9, False, "reached"), (2.1, False, "missed"), (2.1, True, "reached"), (1.9, True, "missed")]
)
def test_verdict_follows_the_figure(value: float, at_least: bool, verdict: str) -> None:
    """Is a figure judged in the right direction?"""
    assert cells(row(at_least=at_least), [value])[3] == verdict


def test_a_missing_figure_names_its_command() -> None:
    """Does a row without a figure name the command that produces it, without a verdict?"""
    assert cells(row(), [None])[1:4:2] == ["-", "not measured: run `make bench`"]


def test_an_obstacle_is_named_only_if_a_target_is_missed() -> None:
    """Does a row say what keeps it from its target, and nothing of it once the target is reached?"""
    slow = dataclasses.replace(row(), in_the_way="kernels take a second to start")
    assert cells(slow, [2.1])[3] == "missed: kernels take a second to start"
    assert cells(slow, [1.9])[3] == "reached"


def test_rows_are_named_in_one_option(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Does `--rows test prove` measure these two and no other, and are rows without the option, or the option without rows, refused?"""
    asked: list[list[str]] = []
    monkeypatch.setattr(waiting, "Clone", lambda *_: object())
    monkeypatch.setattr(waiting, "measure", lambda names, _, once: asked.append(names) or iter(()))
    monkeypatch.setattr(waiting, "RESULT", tmp_path / "waiting.json")
    run = CliRunner().invoke
    assert run(waiting.main, ["--rows", "test", "prove"]).exit_code == 0
    assert asked == [["test", "prove"]]
    assert [run(waiting.main, words).exit_code for words in (["test"], ["--rows"], ["--rows", "tests"])] == [2, 2, 2]


def test_an_older_state_is_compared() -> None:
    """Does the table say how many times faster this state is, if less is better and if more is?"""
    assert cells(row(), [1.0, 3.0])[4] == "3, 3.00 times"
    assert cells(row(at_least=True), [3.0, 1.0])[4] == "1, 3.00 times"


def test_medians_of_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is the median of the clones' alternating figures used, and none if a figure is missing?"""
    monkeypatch.setitem(ROWS, "known", row(values=(1.0, 10.0, 3.0, 30.0, 2.0, 20.0)))
    monkeypatch.setitem(ROWS, "missing", row(values=(None, None)))
    object.__setattr__(ROWS["known"], "times", 3)
    object.__setattr__(ROWS["missing"], "times", 1)
    two = [object(), object()]
    assert list(measure(["known", "missing"], two)) == [("known", [2.0, 20.0]), ("missing", [None, None])]  # type: ignore[arg-type]


def test_processor_time_of_children_counts(tmp_path: Path) -> None:
    """Does the cost of a command include the programs that it starts?"""
    clone = Clone.__new__(Clone)
    clone.folder = tmp_path
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    cost = clone.time(sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}])")
    assert cost.cpu_s > 0.3


def test_rows_of_other_benchmarks_name_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is each row that reads a file empty if there is none, and does it name the command that writes it?"""
    monkeypatch.setattr(waiting, "BUILD", tmp_path)
    read = {name: found for name, found in ROWS.items() if found.first}
    assert len(read) > 5
    assert {found.measure(Clone.__new__(Clone)) for found in read.values()} == {None}


def test_a_default_process_has_no_variable_about_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Are variables that affect threads or their waits removed, and all others kept?"""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "OPENBLAS_THREAD_TIMEOUT", "KEPT"):
        monkeypatch.setenv(name, "1")
    kept = epoch.default_environment()
    assert "KEPT" in kept
    assert not [name for name in kept if "OMP" in name or "OPENBLAS" in name]


def test_ratios_need_both_sides() -> None:
    """Is a ratio given only if both sides were measured?"""
    assert [ratio for _, ratio, _ in epoch.ratios({"adam": 2.0, "adam_fused": 1.0})] == [0.5, None, None, None]


def test_the_ratio_to_stock_nbgrader_is_given_for_both_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does each row read its own class, and only if stock nbgrader has graded enough of it?"""
    monkeypatch.setattr(waiting, "BUILD", tmp_path)
    (tmp_path / "benchmarks").mkdir()
    path = tmp_path / "benchmarks" / "grading.json"

    def read(enough: int) -> list[float | None]:
        quick = {"stock": {"times": 18.0, "students": enough}}
        path.write_text(json.dumps({"stock": {"times": 6.0, "students": 15}, "vectorised": quick}), encoding="utf-8")
        return [ROWS[name].measure(Clone.__new__(Clone)) for name in ("stock", "stock-loops")]

    assert read(15) == [18.0, 6.0]
    assert read(14) == [None, 6.0]
