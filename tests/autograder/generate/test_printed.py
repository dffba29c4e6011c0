"""Are the tables and curves of the book taken from the recorded output of the notebooks?"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autograder.generate.errors import GeneratorError
from autograder.generate.page_results import page_results_file
from autograder.generate.printed import curves, only_table, printed_texts

LOG = """2 epochs

one:
(Iteration 1 / 4) loss: 3.000000
(Epoch 0 / 2) train acc: 0.100000; val_acc: 0.200000
(Iteration 2 / 4) loss: 1.000000
(Iteration 3 / 4) loss: 2.000000
(Epoch 1 / 2) train acc: 0.300000; val_acc: 0.400000"""


def test_a_log_becomes_a_table() -> None:
    """Does it have a row for each epoch, with the mean loss of the steps since the last row?"""
    assert curves(LOG).split("\n") == [
        "epoch  one: loss  one: train  one: val",
        "-----  ---------  ----------  --------",
        "    0      3.000       0.100     0.200",
        "    1      1.500       0.300     0.400",
    ]


def test_losses_with_gaps_are_left_out() -> None:
    """Is there no column of losses if the log lacks some of the steps?"""
    assert "loss" not in curves(LOG.replace("(Iteration 2 / 4) loss: 1.000000\n", ""))


def test_two_runs_share_a_table() -> None:
    """Does each run have its own columns?"""
    second = LOG.partition("\n\n")[2].replace("one:", "two:").replace("0.3", "0.5")
    rows = curves(f"{LOG}\n{second}").split("\n")
    assert rows[0].split("  ")[-3:] == ["two: loss", "two: train", "two: val"]
    assert rows[-1].split() == ["1", "1.500", "0.300", "0.400", "1.500", "0.500", "0.400"]


def test_only_the_table_is_kept() -> None:
    """Is text that is printed below a table left out?"""
    assert only_table("A title\na  b\n-  -\n1  2\nbest: 2") == "A title\na  b\n-  -\n1  2"


@pytest.mark.parametrize("texts", [[], ["Plain baseline\n1  2"] * 2])
def test_a_text_must_be_recorded_once(tmp_path: Path, texts: list[str]) -> None:
    """Is a quoted text refused if no cell printed it, or two did?"""
    notebook: Any = SimpleNamespace(root=tmp_path, name="FullyConnectedNets")
    path = page_results_file(notebook)
    path.parent.mkdir(parents=True)
    results = {str(number): [{"text": text}] for number, text in enumerate(texts)}
    path.write_text(json.dumps({"key": "", "results": results}), encoding="utf-8")
    course: Any = SimpleNamespace(notebooks=[notebook])
    with pytest.raises(GeneratorError, match=f"{len(texts)} recorded results are 'Plain baseline'"):
        printed_texts(course)
