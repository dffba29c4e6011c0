"""Are cells in the order of the release after any change to the notebook?"""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import nbformat
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.gradebook.released_order import in_released_order
from autograder.gradebook.repair import repair
from tests.autograder.gradebook.test_repair import RELEASE, sound
from tests.examples import examples


def cells_of(*change: int) -> list[dict[str, Any]]:
    found = json.loads(nbformat.writes(RELEASE))["cells"]
    return [copy.deepcopy(found[n]) for n in change]


def names(document: list[Any]) -> list[str]:
    done = repair(json.dumps({"cells": document}).encode(), RELEASE)
    sound(done)
    return [c.source if "nbgrader" not in c.metadata else c.metadata.nbgrader.grade_id for c in done.notebook.cells]


def own(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def test_cells_are_put_back() -> None:
    """Are moved cells back where they were released, with the student's own cells after the cell that they followed?"""
    title, code, check, answer = cells_of(0, 1, 2, 3)
    document = [own("first"), answer, own("on the answer"), check, code, own("on the code"), title, own("on the title")]
    assert names(document) == ["first", "# Title", "on the title", "code", "on the code", "check", "answer", "on the answer"]
    assert "cells had been moved; they are shown in the released order" in repair(json.dumps({"cells": document}).encode(), RELEASE).notes


def test_cells_in_order_are_unchanged() -> None:
    """Is a notebook with cells added and removed, but none moved, shown unchanged and without a note?"""
    title, code, _, answer = cells_of(0, 1, 2, 3)
    document = [title, own("a"), code, own("b"), answer, own("c")]
    assert names(document) == ["# Title", "a", "code", "b", "check", "answer", "c"]
    assert not any("moved" in note for note in repair(json.dumps({"cells": document}).encode(), RELEASE).notes)


@settings(max_examples=examples(60))
@given(st.integers(0, 2**32))
def test_any_order_comes_to_the_released_one(seed: int) -> None:
    """Does each counted cell of a shuffled notebook with copies appear once and in order, with unique ids?"""
    draw = random.Random(seed)
    document = [draw.choice([cells_of(draw.randrange(4))[0], own("x")]) for _ in range(draw.randrange(1, 12))]
    done = repair(json.dumps({"cells": document}).encode(), RELEASE)
    sound(done)
    counted = [c.metadata.nbgrader.grade_id for c in done.notebook.cells if "nbgrader" in c.metadata]
    assert counted == ["code", "check", "answer"]
    ids = [c.id for c in done.notebook.cells]
    assert len(set(ids)) == len(ids)
    assert all((c.id in {r.id for r in RELEASE.cells}) != c.id.startswith("other-") for c in done.notebook.cells)


def test_nothing_is_lost() -> None:
    """Does every cell appear exactly once?"""
    assert in_released_order(3, {0: 2, 2: 0}, ["c", "x", "a", "y"], {1: "b"}) == ["a", "y", "b", "c", "x"]
    assert in_released_order(1, {}, ["x", "y"], {}) == ["x", "y"]
