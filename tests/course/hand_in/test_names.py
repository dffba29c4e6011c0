"""Is a file recognised under the names that the world gives it?"""

from __future__ import annotations

import unicodedata

import pytest

from autograder.given_module import given_module, hand_in
from tests.hand_ins import COPIES, RULES, renamed

names = given_module("_hand_in.names")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("coursenn\\classifiers\\cnn.py", "coursenn/classifiers/cnn.py"),
        ("./coursenn//layers.py", "coursenn/layers.py"),
        (unicodedata.normalize("NFD", "Übung é/layers.py"), "Übung é/layers.py"),
        ("", ""),
        ("../x", "../x"),
        ("\\\\host\\x.py", "//host/x.py"),
    ],
)
def test_one_way_of_writing(written: str, name: str) -> None:
    """Are backslashes, dots and taken-apart accents brought into one form, and what leads out kept as it is?"""
    assert names.normalised(written) == name


@pytest.mark.parametrize("name", ["/x", "../x", "a/../../x", "C:/x", "c:x", "//host/x"])
def test_what_leads_out(name: str) -> None:
    """Is a name that leaves the hand-in told?"""
    assert names.points_outside(name)
    assert not names.points_outside("a/b..c/..d")


@pytest.mark.parametrize("form", COPIES)
def test_a_changed_name_is_known(form: str) -> None:
    """Does each way of copying, numbering and renaming lead back to the place?"""
    for place in RULES.places:
        claim = RULES.claim(renamed(place, form, str))
        assert claim is not None
        assert claim.place == place
        assert claim.corrected == (form != "{0}{1}")


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("coursenn/LAYERS.PY", "coursenn/layers.py"),
        ("Coursenn/layers.py", "coursenn/layers.py"),
        ("coursenn/\uff4cayers.py", "coursenn/layers.py"),
        ("coursenn/layers.py.", "coursenn/layers.py"),
        ("coursenn /layers.py", "coursenn/layers.py"),
        ("coursenn-1/layers.py", "coursenn/layers.py"),
        ("cnn.py", "coursenn/classifiers/cnn.py"),
        ("work/course/src/coursenn/classifiers/cnn.py", "coursenn/classifiers/cnn.py"),
        ("BatchNormalization.json", "BatchNormalization.ipynb"),
        ("BatchNormalization (1).ipynb.json", "BatchNormalization.ipynb"),
        ("BatchNormalization.ipynb (1).txt", "BatchNormalization.ipynb"),
        ("Copy of Copy of layers (3).py", "coursenn/layers.py"),
        ("best_basic (1).npz", "models/best_basic.npz"),
        ("coursenn/solver.py", None),
        ("solver.py", None),
        ("mylayers.py", None),
        ("layers.pyx", None),
        ("layers", None),
        ("layers.py/inner.txt", None),
        ("coursenn/classifiers/__init__.py", None),
        ("Untitled.ipynb", None),
        ("(1).py", None),
        ("Copy of .py", None),
        ("x" * 5000 + ".py", None),
    ],
)
def test_what_claims_a_place(name: str, place: str | None) -> None:
    """Is each of these names taken for the place that it means, and for no other?"""
    claim = RULES.claim(name)
    assert (claim and claim.place) == place


def test_the_better_name_comes_first() -> None:
    """Does an exact name come before a corrected one, one in its folder before a loose one, and the shallower before the deeper?"""
    order = ["coursenn/layers.py", "old/coursenn/layers.py", "layers.py", "work/layers.py", "coursenn/layers (1).py", "layers (1).py"]
    assert sorted(order, key=RULES.claim) == order


def test_a_name_that_may_mean_two_files_is_taken_for_neither() -> None:
    """Where two folders of the course hold files of one name, is a loose one taken for neither, and one in its folder for its own?"""
    rules = hand_in.Rules(("layers.py", "extra/layers.py", "nets/layers.py"), ())
    assert rules.claim("extra/layers.py").place == "coursenn/extra/layers.py"
    assert rules.claim("coursenn/layers.py").place == "coursenn/layers.py"
    assert rules.claim("layers.py").place == "coursenn/layers.py"  # the fewest folders are missing
    both = hand_in.Rules(("extra/layers.py", "nets/layers.py"), ())
    assert both.claim("layers.py") is None


def test_rules_are_those_of_the_tasks_file() -> None:
    """Do the rules that a student has and those of grading name the same places and given files?"""
    from autograder.generate.tasks import tasks_document
    from autograder.manifest import load_course

    course = load_course()
    rules = hand_in.Rules.from_tasks(tasks_document(course))
    assert (rules.places, dict(rules.given)) == (RULES.places, {"tasks.json": None, **RULES.given})
    listed = hand_in.Rules.from_tasks({**tasks_document(course), "given": ["solver.py"]})
    assert dict(listed.given) == {"solver.py": None}, "a tasks.json from before fingerprints were kept"
