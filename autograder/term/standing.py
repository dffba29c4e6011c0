"""Where a student is with an assignment: the student's deadline, how late the work is, tokens spent, and what it loses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from autograder.plural import counted
from autograder.term.deadline_file import Deadlines, Terms
from autograder.term.late_rules import DAY, duration_text
from autograder.times import shown

NEVER = timedelta(0)


@dataclass(frozen=True)
class Standing:
    """One student and one assignment."""

    terms: Terms
    handed_in: datetime | None
    """In UTC and without a zone; None if nothing is handed in, or if the time is not known."""
    late: timedelta = NEVER
    """How long after the student's deadline; zero within the grace."""
    tokens: int = 0
    """Spent here, one for each day begun."""
    tokens_left: int = 0
    """For assignments with a later deadline."""

    @property
    def counted_late(self) -> timedelta:
        """How late it is once the days of the tokens are taken off."""
        return max(NEVER, self.late - self.tokens * DAY)

    @property
    def extension(self) -> timedelta:
        """What is added to the deadline of the class, tokens included: what nbgrader calls the extension."""
        due, class_due = self.terms.due, self.terms.class_due
        return (due - class_due if due and class_due else NEVER) + self.tokens * DAY

    def points_lost(self, score: float, maximum: float) -> float:
        """Points that are lost for being late."""
        return self.terms.rule.points_lost(score, maximum, self.counted_late)

    @property
    def share_text(self) -> str:
        """What is lost, for people: ``20% of the points``; empty when it is nothing."""
        rule = self.terms.rule
        if not (lost := self.points_lost(1.0, 1.0)):
            return ""
        return "all points" if lost >= 1 else f"{100 * lost:g}% of {'the maximum' if rule.of_maximum else 'the points'}"

    def sentences(self, zone: tzinfo) -> list[str]:
        """What a student should know, each in a sentence."""
        terms = self.terms
        if terms.excused:
            return ["You are excused from this assignment: nothing is expected of you, and it does not count."]
        found = []
        if terms.due is not None:
            yours = terms.class_due is not None and terms.due != terms.class_due
            found.append(f"{'Your deadline' if yours else 'The deadline'} was {shown(terms.due, zone)}{', an extension' if yours else ''}.")
        if self.late:
            found.append(f"Your work {self.late_text}")
        if terms.tokens:
            found.append(f"You have {self.tokens_text}.")
        return found

    @property
    def late_text(self) -> str:
        """How late the work is, the late days used for it, and what it loses: ``came 5 min late. It loses nothing.``"""
        spent = f" {counted(self.tokens, 'late day')} {'was' if self.tokens == 1 else 'were'} used for it." if self.tokens else ""
        lost = self.share_text
        costs = f" It loses {lost} ({self.terms.rule_text})." if lost else " It loses nothing."
        return f"came {duration_text(self.late)} late.{spent}{costs}"

    @property
    def tokens_text(self) -> str:
        """Late days for assignments with a later deadline: ``2 late days left``."""
        return f"{counted(self.tokens_left, 'late day')} left"


def standings(deadlines: Deadlines, student: str, handed_in: Mapping[str, datetime | None]) -> dict[str, Standing]:
    """Assignment -> where the student is with it. Needs all assignments of the term, since tokens spent on one are missing for the next.

    Parameters
    ----------
    handed_in : assignment -> when what counts was handed in, in UTC and without a zone; those without a hand-in may be left out.
    """
    terms = {name: deadlines.terms(student, name) for name in deadlines.assignments}
    left = max((t.tokens for t in terms.values()), default=0)
    found: dict[str, Standing] = {}
    for name in sorted(terms, key=lambda n: (terms[n].due or datetime.max, deadlines.assignments.index(n))):
        t, time = terms[name], handed_in.get(name)
        late = time - t.due if time and t.due and not t.excused else NEVER
        late = late if late > t.grace else NEVER
        spent = _tokens_worth_spending(t, late, left)
        left -= spent
        found[name] = Standing(t, time, late, spent, left)
    return found


def _tokens_worth_spending(terms: Terms, late: timedelta, left: int) -> int:
    """The smallest number of tokens with the smallest loss: one that would change nothing is kept."""
    most = min(left if terms.most_tokens is None else min(left, terms.most_tokens), math.ceil(late / DAY))
    lost = [terms.rule.points_lost(1.0, 1.0, late - n * DAY) for n in range(most + 1)]
    return lost.index(min(lost))
