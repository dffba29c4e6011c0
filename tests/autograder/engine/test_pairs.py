"""Are two simultaneous mistakes found only if no other pair would do, and within bounds that do not depend on a clock?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autograder.checking import Check, Observation
from autograder.engine.evidence import Evidence
from autograder.engine.likeness import Seen, Signature, Wrong
from autograder.engine.naming import NOTHING, Naming, naming
from autograder.engine.pairs import MAX_PAIRS, MAX_WORK, Pairs
from autograder.manifest import Course
from autograder.mistakes import Mistake, load_mistakes, substitute_both, variant
from tests.autograder.engine._observed import named

TELLING = 5.0
"""The content of every wrong output in these tests."""


def mistake(name: str) -> Mistake:
    return Mistake(name, "cube", "It is wrong.", "Is it?", "page#anchor", "layers.py", "cube", old=name, new="")


def check(name: str) -> Check:
    return Check("cube", name, "Right.", 1.0, lambda s: None)


def output(value: float) -> Observation:
    return Observation("out", np.array([value]))


def failed(name: str) -> Evidence:
    return Evidence(name, False, [output(TELLING)], (False,))


SEEN: Seen = [(failed("first"), check("first")), (failed("second"), check("second"))]


def pairs(shows: dict[str, dict[str, float]], separate: bool = True, work: int = 1, together: float | None = None) -> Pairs:
    """Return pairs of mistakes with the given wrong outputs; a check without one passes. ``together`` is the output of two."""

    def signature(forms: tuple[Mistake, ...], one: Check) -> Signature:
        values = [shows[form.id][one.name] for form in forms if one.name in shows[form.id]]
        values = values if together is None or len(forms) == 1 else [together]
        return Signature(1, not values, "", {0: Wrong(output(values[0]), TELLING)} if values else {})

    return Pairs(signature, lambda *_: separate, lambda _: work)


def found(search: Pairs, *names: str) -> list[str] | None:
    result = search.find([mistake(name) for name in names], SEEN)
    return sorted(m.id for m in result) if result else None


HALVES = {"a": {"first": TELLING}, "b": {"second": TELLING}}


def test_two_halves_are_a_pair() -> None:
    """Are two mistakes found if each explains one check?"""
    assert found(pairs(HALVES), "a", "b") == ["a", "b"]


def test_what_one_of_them_leaves_right_is_as_the_other_makes_it() -> None:
    """Is a pair ruled out without being run if neither mistake explains a check, unless both explain another one?"""
    assert found(pairs({**HALVES, "b": {"second": TELLING + 1}}, together=TELLING), "a", "b") is None
    assert found(pairs({**HALVES, "b": {}}, together=TELLING), "a", "b") is None
    meeting = {"a": {"first": TELLING}, "b": {"first": TELLING, "second": TELLING + 1}}
    assert found(pairs(meeting, together=TELLING), "a", "b") == ["a", "b"]


def test_a_pair_must_explain_everything_together() -> None:
    """Are the separate results of the two mistakes not enough?"""
    assert found(pairs(HALVES, together=TELLING + 1), "a", "b") is None
    both = {name: {"first": 1.0, "second": 1.0} for name in ("a", "b")}
    assert found(pairs(both, together=TELLING), "a", "b") == ["a", "b"]


def test_no_pair_is_named_if_another_fits_as_well() -> None:
    """If two pairs are possible, is neither named?"""
    assert found(pairs({**HALVES, "c": {"second": TELLING}}), "a", "b", "c") is None


def test_overlapping_edits_make_no_pair() -> None:
    """Are two edits of the same place never combined?"""
    assert found(pairs(HALVES, separate=False), "a", "b") is None


def test_a_member_that_fails_a_passed_check_is_rejected() -> None:
    """Is a candidate rejected because of a check that the submission passes?"""
    search = pairs({**HALVES, "b": {"second": TELLING, "third": TELLING}})
    passed = (Evidence("third", True, [output(1.0)], (True,)), check("third"))
    assert search.find([mistake("a"), mistake("b")], [*SEEN, passed]) is None


def test_bounds_depend_on_the_work_and_not_on_a_clock() -> None:
    """Is nothing named if the number of trials would exceed its bound?"""
    assert found(pairs(HALVES, work=MAX_WORK), "a", "b") is None
    many = {f"a{i}": {"first": TELLING + 1, "second": TELLING + 1} for i in range(2 * MAX_PAIRS)}
    assert found(pairs(many, together=TELLING), *many) is None
    few = list(many)[:2]
    assert found(pairs(many, together=TELLING), *few) == few


# ---------------------------------------------------------------- over the course


@pytest.fixture(scope="module")
def names(course: Course, reference: Path) -> Naming:
    """The naming of this course, shared by the tests."""
    return naming(course, reference, "pairs")


def entry(course: Course, mistake_id: str) -> Mistake:
    return next(m for m in load_mistakes(course) if m.id == mistake_id)


def test_both_members_are_named(names: Naming, course: Course, reference: Path, tmp_path: Path) -> None:
    """Does a student with two mistakes in a function read about both?"""
    ids = ["affine-backward-dw-averaged", "affine-backward-dx-with-upstream-of-another-sign"]
    package = reference
    for i, mistake_id in enumerate(ids):
        package = variant(entry(course, mistake_id), package, tmp_path / str(i))
    result = named(names, package, "affine-backward")
    assert sorted(m.id for m in result.mistakes) == ids
    assert not result.either


def test_three_mistakes_are_not_called_two(names: Naming, course: Course, reference: Path, tmp_path: Path) -> None:
    """Is nothing said of more than can be proved?"""
    package = reference
    for i, end in enumerate(("dw-averaged", "dx-with-upstream-of-another-sign", "db-averaged")):
        package = variant(entry(course, f"affine-backward-{end}"), package, tmp_path / str(i))
    assert named(names, package, "affine-backward") == NOTHING


def test_edits_of_one_place_are_not_combined(course: Course) -> None:
    """Do overlapping edits, code that hides an edit, and code for the same function give no package?"""
    source = course.reference("layers.py").read_text(encoding="utf-8")
    averaged, over_units = (entry(course, f"affine-backward-db-{end}") for end in ("averaged", "summed-over-units"))
    transposed = entry(course, "affine-backward-dw-transposed")
    assert substitute_both(source, averaged, over_units) is None
    both = substitute_both(source, averaged, transposed)
    assert both
    assert averaged.new in both
    assert transposed.new in both
    code = replace(averaged, old="", new="", code="def affine_backward(dout, cache):\n    return dout, dout, dout\n")
    assert substitute_both(source, code, transposed) is None
    assert substitute_both(source, code, code) is None
    other = replace(transposed, scope="relu_backward", old="dout * (x > 0)", new="dout")
    assert "dx: Array = dout\n" in (substitute_both(source, other, code) or "")
