"""Finds the two mistakes that together explain what no single mistake does.

A pair is run like a mistake: both edits in one package, and the checks over it. Before that, what each of the two does on its own
rules out nearly all pairs: a check that only one of them fails looks as it does for that one, unless the two interact in it. How much is
tried depends on the submission and the catalogue and never on a clock, so that the same work always gets the same words.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from enum import Enum, auto

from autograder.checking import Check
from autograder.engine.evidence import Evidence
from autograder.engine.likeness import Seen, Signature, fit, strength
from autograder.mistakes import Mistake

MAX_PAIRS = 64
"""If more than these are left to run, none of them is named."""
MAX_WORK = 1500
"""Arrays that their checks may ask for in total, about half a second's worth; if these are not enough, none is named."""


Member = tuple[Mistake, Mistake]
"""An entry, and one of its forms."""


class View(Enum):
    """What a mistake on its own does to a check that the submission fails."""

    PASSES = auto()
    ALIKE = auto()
    """It fails, and all observations are those of the submission."""
    OTHER = auto()


Views = tuple[View, ...]


class Pairs:
    """Pairs of the catalogue of one course and seed.

    Parameters
    ----------
    signature : what the given forms do to a check.
    separate : whether two forms change different things, so that both fit into one package.
    work : the number of arrays that a check asks for.
    """

    def __init__(
        self,
        signature: Callable[[tuple[Mistake, ...], Check], Signature],
        separate: Callable[[Mistake, Mistake], bool],
        work: Callable[[Check], int],
    ) -> None:
        self.signature, self.work = signature, work
        self.separate = functools.lru_cache(maxsize=4096)(separate)

    def find(self, mistakes: Sequence[Mistake], seen: Seen) -> tuple[Mistake, ...] | None:
        """The two mistakes that explain everything; None if no two do, or if others do as well.

        Parameters
        ----------
        mistakes : the candidates.
        seen : the observations of the submission, each with its check.
        """
        failed, passed = ([(one, check) for one, check in seen if one.passed is right] for right in (False, True))
        members = [(mistake, form) for mistake in mistakes for form in mistake.forms]
        innocent = functools.cache(lambda form: all(self.signature((form,), check).passed for _, check in passed))
        # Neither may fail a check that the submission passes. Tested first if that needs less computing, otherwise only for those left.
        if len(passed) < len(failed):
            members = [member for member in members if innocent(member[1])]
        views = [(member, self._views(member[1], failed, telling=bool(passed))) for member in members]
        # Each must change something, and neither may explain everything without the other.
        views = [(member, view) for member, view in views if set(view) not in ({View.PASSES}, {View.ALIKE})]
        for may_be in (_fit_together, _may_meet):
            pairs = [
                (one, other)
                for (one, first), (other, second) in itertools.combinations(views, 2)
                if one[0] is not other[0] and may_be(first, second) and innocent(one[1]) and innocent(other[1])
            ]
            pairs = [pair for pair in pairs if self.separate(pair[0][1], pair[1][1])]
            if len(pairs) > MAX_PAIRS:
                return None
            if found := self._explaining(pairs, [*failed, *passed]):
                return found.pop() if len(found) == 1 else None
        return None

    def _explaining(self, pairs: Sequence[tuple[Member, Member]], seen: Seen) -> set[tuple[Mistake, Mistake]]:
        """The pairs that explain everything when they are run; none if that is too much work."""
        found: set[tuple[Mistake, Mistake]] = set()
        work = 0
        for (one, form), (other, second) in pairs:
            result = fit(seen, functools.partial(self.signature, (form, second)))
            work += sum(self.work(check) for _, check in seen[: result.checks])
            if work > MAX_WORK:
                return set()
            if result.strength:
                found.add((one, other))
        return found

    def _views(self, form: Mistake, failed: Seen, telling: bool) -> Views:
        return tuple(self._view(form, one, check, telling) for one, check in failed)

    def _view(self, form: Mistake, one: Evidence, check: Check, telling: bool) -> View:
        signature = self.signature((form,), check)
        if signature.passed:
            return View.PASSES
        return View.ALIKE if strength(one, signature, telling) else View.OTHER


def _fit_together(one: Views, other: Views) -> bool:
    """Whether two mistakes may explain all checks: what one of them does not touch, the other explains."""
    return all(View.ALIKE in views if View.PASSES in views else True for views in zip(one, other, strict=True))


def _may_meet(one: Views, other: Views) -> bool:
    """Whether they may if one changes what the other does in a check that it passes on its own; each must explain something."""
    return View.ALIKE in one and View.ALIKE in other and all(set(views) != {View.PASSES} for views in zip(one, other, strict=True))
