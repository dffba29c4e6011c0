"""Does a long command say how far it is, in a log as well as in a terminal?"""

from __future__ import annotations

import io
import itertools

from rich.console import Console

from autograder.audit.sentences import prove_sentences
from autograder.commands._progress import tenths
from autograder.manifest import Course


def shown(total: int, quiet_up_to: int = 0, terminal: bool = False) -> str:
    """Return what is written while one thing after the other is done."""
    file = io.StringIO()
    with tenths("variants", Console(file=file, width=80, force_terminal=terminal), quiet_up_to) as show:
        for done in range(1, total + 1):
            show(done, total)
    return file.getvalue()


def test_a_log_gets_a_line_at_each_tenth() -> None:
    """Are there ten lines for many things, one for each of a few, and none where it takes no time?"""
    assert shown(200).splitlines() == [f"{20 * i} of 200 variants" for i in range(1, 11)]
    assert shown(3).splitlines() == [f"{i} of 3 variants" for i in (1, 2, 3)]
    assert shown(50, quiet_up_to=50) == ""


def test_a_terminal_gets_a_bar() -> None:
    """Is there a bar with numbers, and no line?"""
    told = shown(200, terminal=True)
    assert "200/200" in told
    assert "variants" in told
    assert "of 200" not in told
    assert "/50" not in shown(50, quiet_up_to=50, terminal=True)


def test_proving_sentences_says_how_far_it_is(course: Course) -> None:
    """Does the number that is done only grow, and end with all?"""
    told: list[tuple[int, int]] = []
    prove_sentences(course, tasks=["relu-forward"], jobs=1, progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1]
    assert all(one[0] < other[0] and one[1] == other[1] for one, other in itertools.pairwise(told))
