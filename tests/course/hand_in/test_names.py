"""Is a file recognised under the names that systems and people give it?"""

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
def test_names_are_normalised(written: str, name: str) -> None:
    """Are backslashes, dots and decomposed accents replaced, and names that lead outside unchanged?"""
    assert names.normalised(written) == name


@pytest.mark.parametrize("name", ["/x", "../x", "a/../../x", "C:/x", "c:x", "//host/x"])
def test_names_that_lead_outside_are_recognised(name: str) -> None:
    """Is a name that leads outside the hand-in recognised?"""
    assert names.points_outside(name)
    assert not names.points_outside("a/b..c/..d")


@pytest.mark.parametrize("form", COPIES)
def test_a_changed_name_is_recognised(form: str) -> None:
    """Is the right place found for every name that copying and downloading produce?"""
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
def test_names_are_assigned_to_their_places(name: str, place: str | None) -> None:
    """Is each of these names assigned to the right place, or to none?"""
    claim = RULES.claim(name)
    assert (claim and claim.place) == place


def test_the_better_name_comes_first() -> None:
    """Is an exact name preferred to a corrected one, a file in its folder to a loose one, and a shallow one to a deep one?"""
    order = ["coursenn/layers.py", "old/coursenn/layers.py", "layers.py", "work/layers.py", "coursenn/layers (1).py", "layers (1).py"]
    assert sorted(order, key=RULES.claim) == order


def test_a_name_that_may_mean_two_files_is_assigned_to_neither() -> None:
    """If two folders of the course have a file of the same name, is a loose copy assigned to neither?"""
    rules = hand_in.Rules(("layers.py", "extra/layers.py", "nets/layers.py"), ())
    assert rules.claim("extra/layers.py").place == "coursenn/extra/layers.py"
    assert rules.claim("coursenn/layers.py").place == "coursenn/layers.py"
    assert rules.claim("layers.py").place == "coursenn/layers.py"  # the name that lacks the fewest folders
    both = hand_in.Rules(("extra/layers.py", "nets/layers.py"), ())
    assert both.claim("layers.py") is None


def test_rules_are_those_of_the_tasks_file() -> None:
    """Do the rules of the student's package and those of grading name the same places and given files?"""
    from autograder.generate.tasks import tasks_document
    from autograder.manifest import load_course

    course = load_course()
    rules = hand_in.Rules.from_tasks(tasks_document(course))
    assert (rules.places, dict(rules.given)) == (RULES.places, {"tasks.json": None, **RULES.given})
    listed = hand_in.Rules.from_tasks({**tasks_document(course), "given": ["solver.py"]})
    assert dict(listed.given) == {"solver.py": None}, "a tasks.json of an older release, without fingerprints"
