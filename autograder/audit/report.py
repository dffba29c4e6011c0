"""What an audit saw, and what of it is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from autograder.audit.measure import Measured
from autograder.engine.result import CheckResult
from autograder.engine.scores import earned
from autograder.mistakes import Mistake

MOST_FOR_ONE_BEHAVIOUR = 0.5
"""The share of a task that a mistake about one behaviour may cost."""
FAR_LESS = 0.4
"""A reason for more than half is out of place below this share; between the two the seed may decide."""
ROUNDING = 1e-9
MARGIN = 100.0
"""How many times the tolerance the error of every mistake must reach."""


@dataclass(frozen=True)
class Trial:
    """One entry of the catalogue and what its task's checks made of it."""

    mistake: Mistake
    checks: tuple[Measured, ...]

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the checks that catch it."""
        return tuple(c.check for c in self.checks if not c.passed)

    @property
    def margin(self) -> float:
        """Its largest error in units of the tolerance; infinite where a property or a call fails."""
        return max((c.margin for c in self.checks if not c.passed), default=0.0)

    @property
    def cost(self) -> float:
        """The share of the task's points that it costs."""
        return 1.0 - earned([CheckResult(c.check, c.passed, weight=c.weight, kind=c.kind) for c in self.checks])


@dataclass
class Audit:
    """One run over a catalogue."""

    checks: dict[str, tuple[str, ...]]
    """Task -> names of its hidden checks, in order."""
    trials: list[Trial] = field(default_factory=list)
    canaries: list[str] = field(default_factory=list)
    """What the untouched stubs earned and the reference lost, in words."""
    not_asked: list[str] = field(default_factory=list)
    elapsed_s: float = 0.0

    def of(self, task: str) -> list[Trial]:
        """The trials of one task."""
        return [t for t in self.trials if t.mistake.task == task]

    def smallest_margins(self, count: int = 3) -> list[Trial]:
        """The trials whose error is nearest to the tolerance."""
        return sorted((t for t in self.trials if t.failed and math.isfinite(t.margin)), key=lambda t: t.margin)[:count]

    @property
    def findings(self) -> list[str]:
        """Everything wrong, in words; an empty list is the proof."""
        return [*self.canaries, *self.not_asked, *self._survivors(), *self._unproved(), *self._misjudged()]

    def _survivors(self) -> Iterator[str]:
        for trial in self.trials:
            if not trial.failed:
                yield f"{trial.mistake.id}: gets full marks; strengthen the checks of {trial.mistake.task}"
            elif trial.margin < MARGIN:
                yield f"{trial.mistake.id}: its error is only {trial.margin:.3g} times the tolerance; choose inputs on which it shows"

    def _unproved(self) -> Iterator[str]:
        for task, names in self.checks.items():
            caught = {name for trial in self.of(task) for name in trial.failed}
            for name in names:
                if name not in caught:
                    yield f"{task}: no mistake fails {name!r}; write one that does"

    def _misjudged(self) -> Iterator[str]:
        """Entries that cost more than half of their task without a reason, in any form, and reasons for what costs far less."""
        costs: dict[str, float] = {}
        for trial in self.trials:
            name = trial.mistake.id.partition(" (")[0]
            costs[name] = max(costs.get(name, 0.0), trial.cost)
        spreads = {trial.mistake.id: trial.mistake.spreads for trial in self.trials}
        for name, cost in costs.items():
            if cost > MOST_FOR_ONE_BEHAVIOUR + ROUNDING and not spreads.get(name):
                yield f"{name}: costs {cost:.0%} of its task; separate the checks, or say in `spreads` why it costs that"
            if cost < FAR_LESS and spreads.get(name):
                yield f"{name}: costs {cost:.0%} of its task, so that `spreads` explains nothing; leave it out"

    def document(self) -> dict[str, Any]:
        """As JSON; a margin that no number describes is null."""
        return {
            "findings": self.findings,
            "elapsed_s": round(self.elapsed_s, 1),
            "tasks": [
                {
                    "id": task,
                    "checks": list(names),
                    "mistakes": [
                        {
                            "id": t.mistake.id,
                            "failed": list(t.failed),
                            "margin": t.margin if math.isfinite(t.margin) else None,
                            "cost": round(t.cost, 4),
                        }
                        for t in self.of(task)
                    ],
                }
                for task, names in self.checks.items()
            ],
        }
