"""Do the ticked items give the correct points and comment, and are few keys enough?"""

from __future__ import annotations

import itertools

import pytest

from autograder.generate.notebooks import asked_questions
from autograder.manifest import Course
from autograder.questions.items import Click, clicks_of_course, marked

KNOWN = [
    Click("one", "item", 0.5, "for graders", "What about one?"),
    Click("two", "item", 1.5, "for graders", "What about two?"),
    Click("wrong", "wrong", 0.0, "for graders", "Look at the table."),
    Click("own-1", "comment", -0.5, "style", "Please write whole sentences."),
]


def test_points_and_comment() -> None:
    """Does the comment ask for missing items and tell all other ticked entries, and is the mark within the points?"""
    assert marked(KNOWN, {"one", "two"}, "", 2) == marked(KNOWN, {"one", "two", "gone"}, " ", 2)
    assert (marked(KNOWN, {"one", "two"}, "", 2).score, marked(KNOWN, {"one", "two"}, "", 2).comment) == (2.0, "")
    some = marked(KNOWN, {"one", "wrong", "own-1"}, "And one more.", 2)
    assert some.score == 0.0
    assert some.comment == "- What about two?\n- Look at the table.\n- Please write whole sentences.\n- And one more."
    assert marked(KNOWN, {"own-1"}, "", 2).score == 0.0
    assert marked(KNOWN, {"one", "two"}, "", 1).score == 1.0
    assert marked(KNOWN, {"one"}, "", 2).comment == "What about two?"


def test_the_comment_holds_no_text_for_graders(course: Course) -> None:
    """Is the comment for a student free of texts for graders, for every kind of choice?"""
    for notebook in course.notebooks:
        for question in asked_questions(course, notebook).values():
            known = clicks_of_course(question)
            for ticked in (set(), {c.name for c in known}, {c.name for c in known if c.kind == "wrong"}):
                comment = marked(known, ticked, "", question.points).comment
                assert not [c.text for c in known if c.text in comment]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_three_keystrokes_are_enough(count: int) -> None:
    """Can every choice among the items of a rubric be made with at most two keys before Enter?"""
    keys = [str(n) for n in range(1, count + 1)]
    reached = set()
    for pressed in itertools.chain.from_iterable(itertools.product([*keys, "f", "0"], repeat=n) for n in range(3)):
        ticked: set[str] = set()
        for key in pressed:
            ticked = set(keys) if key == "f" else set() if key == "0" else ticked ^ {key}
        reached.add(frozenset(ticked))
    assert len(reached) == 2**count
