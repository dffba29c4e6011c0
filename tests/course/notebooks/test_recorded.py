"""Can the questions be answered from recorded tables, and are these tables right?"""

from __future__ import annotations

import re

import pytest

from autograder.generate.notebooks import build_notebook
from autograder.generate.percent import read_notebook
from autograder.generate.recorded import LEAD_IN, read_results, record_names
from autograder.manifest import Course, load_course

COURSE = load_course()
# Questions without an experiment, so that there is nothing to record.
BY_THOUGHT = {"bn-preprocessing"}
QUESTIONS = [q.id for q in COURSE.questions if q.id not in BY_THOUGHT]
NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w.])")


def numbers(text: str) -> list[float]:
    return [float(n) for n in NUMBER.findall(text)]


@pytest.mark.parametrize("question", QUESTIONS)
def test_is_there_a_table_above_each_question(question: str) -> None:
    """Can a student whose code is unfinished read the numbers that a question is about?"""
    name = next(q.notebook for q in COURSE.questions if q.id == question)
    cells = build_notebook(COURSE, name).cells
    ids = [c.metadata.get("nbgrader", {}).get("grade_id") for c in cells]
    end = ids.index(question)
    asked = [c.source for c in cells[max(0, end - 4) : end] if c.cell_type == "markdown"]
    assert "### Question" in "".join(asked)
    assert LEAD_IN in "".join(asked)


@pytest.mark.parametrize("notebook", COURSE.notebooks, ids=lambda n: n.name)
def test_do_recorded_texts_contain_numbers(notebook: object, course: Course) -> None:
    """Does every recorded text contain numbers, and neither a traceback nor a path of the machine?"""
    cells = read_notebook(course, notebook)  # type: ignore[arg-type]
    results = read_results(course, notebook, cells)  # type: ignore[arg-type]
    assert results
    for text in results.values():
        assert len(numbers(text)) >= 6
        assert "Traceback" not in text
        assert not re.search(r"/(home|root|tmp|Users|work)/", text)


@pytest.mark.slow
@pytest.mark.notebook
def test_does_recording_again_give_nearly_the_same(course: Course) -> None:
    """Are the tables of a short training reproduced, up to the rounding of another machine?"""
    from autograder.generate.record import run_recorded

    (notebook,) = [n for n in course.notebooks if n.name == "Dropout"]
    cells = read_notebook(course, notebook)
    names = record_names(cells)[:2]
    stored = read_results(course, notebook, cells)
    for name, text in run_recorded(course, notebook, names).items():
        assert NUMBER.sub("#", text).split() == NUMBER.sub("#", stored[name]).split()
        # In 500 steps, rounding becomes a tenth of the loss of a single batch.
        assert numbers(text) == pytest.approx(numbers(stored[name]), abs=0.1, rel=0.15), name
