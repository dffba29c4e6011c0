"""What the page that compares graders shows about a question."""

from __future__ import annotations

from typing import Any

from autograder.questions.agreement import Compared, of_graders, of_pairs, scores_of
from autograder.questions.desk import Desk
from autograder.questions.graders import Grader
from autograder.questions.items import clicks
from autograder.questions.readings import counting, readings


def comparison(desk: Desk, question: str, grader: Grader) -> dict[str, Any]:
    """Means, spreads, agreement, and the answers on which graders differ.

    A grader sees other graders' scores only for answers that the grader has also read.
    """
    asked = desk.questions[question]
    scores = scores_of(readings(desk.state, question), clicks(desk.state, asked), asked.points)
    if not grader.is_head:
        scores = {digest: several for digest, several in scores.items() if grader.name in several}
    counts = counting(desk.state, question)
    both = [Compared(d, s, counts[d].grader) for d, s in scores.items() if len(s) > 1]
    shared = {r["digest"] for r in desk.state.rows("SELECT digest FROM share WHERE question = ? AND kind = 'calibration'", question)}
    return {
        "id": question,
        "title": desk.titles[question],
        "points": asked.points,
        "graders": of_graders(scores.values()),
        "pairs": of_pairs(scores.values()),
        "differing": [(desk.answers.pseudonym(question, c.digest), c, c.digest in shared) for c in both if c.differs],
        "overlap": len(both),
    }
