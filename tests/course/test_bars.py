"""What remains of a progress bar in a saved notebook?"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from coursenn._bars import progress_bar

CELL = """
import numpy as np
from coursenn.experiments import progress
from coursenn.solver import Solver

class Model:
    def __init__(self):
        self.params = {"w": np.zeros(2)}

    def loss(self, X, y=None):
        return np.eye(2)[[0] * len(X)] if y is None else (0.5, {"w": np.zeros(2)})

data = {"X_train": np.zeros((60, 2)), "y_train": np.zeros(60, int), "X_val": np.zeros((2, 2)), "y_val": np.zeros(2, int)}
for seed in progress([1, 2], "seeds"):
    Solver(Model(), data, batch_size=2, num_epochs=2, print_every=20, progress=True).train()
    print("seed", seed)
"""


def saved(folder: Path, cell: str) -> list[Any]:
    """Run a cell in a real kernel, save the notebook, read it again and return the cell's outputs."""
    nbclient = pytest.importorskip("nbclient", reason="no kernel is installed here")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])  # type: ignore[no-untyped-call]
    nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    path = folder / "saved.ipynb"
    nbformat.write(notebook, path)
    return list(nbformat.read(path, as_version=4).cells[0].outputs)


@pytest.mark.notebook
def test_does_a_saved_notebook_keep_one_line_of_each_bar(tmp_path: Path) -> None:
    """Does each bar of a sweep, and of the trainings inside it, leave one line, and is every printed line kept whole?"""
    outputs = saved(tmp_path, CELL)
    bars = [output.data["text/plain"] for output in outputs if output.output_type == "display_data"]
    assert [re.sub(r"\|.*\|", "", bar).split("[")[0] for bar in bars] == ["seeds: 100% 2/2 ", *["training: 100% 60/60 "] * 2]
    printed = [output for output in outputs if output.output_type != "display_data"]
    assert {output.name for output in printed} == {"stdout"}
    text = "".join(output.text for output in printed)
    assert not re.search(r"[\r\x1b]|training:|seeds:", text)
    lines = text.splitlines()
    assert len(lines) == 2 * 7
    assert lines[:2] == ["(Iteration 1 / 60) loss: 0.500000", "(Epoch 0 / 2) train acc: 1.000000; val_acc: 1.000000"]
    assert lines[6::7] == ["seed 1", "seed 2"]


def test_is_there_no_bar_without_tqdm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is None returned instead of a bar, as the Solver and the sweeps expect?"""
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert progress_bar("training", 3) is None


def test_does_a_terminal_get_its_bar_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """Outside a notebook, does stdout contain only what is printed?"""
    with progress_bar("training", 2, unit="step") as bar:
        bar.update()
        bar.write("line")
    shown = capsys.readouterr()
    assert shown.out == "line\n"
    assert "training" in shown.err
