"""Names the mistake of a submission: its outputs on the hidden inputs are compared with those of every catalogued mistake.

A mistake's outputs come from the same checks over the variant of the reference that stands in the catalogue, in the trusted
process, once for each seed and check. Naming decides what is said and never what is scored.
"""

from __future__ import annotations

import contextlib
import functools
import io
import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograder.checking import Check, Kind, Observation, Observed
from autograder.engine.catalogue import checks_of
from autograder.engine.evidence import ODD, Evidence, watch
from autograder.engine.expectations import Expectations, expectations
from autograder.engine.judge import squeezed, tolerance
from autograder.manifest import Course, Task
from autograder.mistakes import Mistake, MistakesError, load_mistakes, substitute
from autograder.paths import module_name
from autograder.sandbox.local import LocalBackend, OwnPackage, package_at

WIDER = 10.0
"""An output agrees with a mistake's within so many times the tolerance that the check gives it around the reference."""
NEAR = 0.1
"""The same for what is measured of random outputs, which are never the same twice."""
VALUES, PROPERTY, SAME_WORDS, SAME_CLASS = 2.0, 1.0, 0.5, 0.25
"""How strong a sign it is that an output agrees, that a property fails, that an exception has the same words or the same class."""
MAX_NAMED = 3
MAX_ALIKE = 3
"""When more mistakes than this fit equally well, none of them is said."""


@dataclass(frozen=True)
class Signature:
    """What a mistake does to one check: only where it differs from the reference is kept."""

    count: int
    passed: bool
    ended: str
    wrong: Mapping[int, Observed]


@dataclass(frozen=True)
class NamedMistakes:
    """Mistakes that explain lost marks."""

    mistakes: tuple[Mistake, ...]
    either: bool = False
    """Whether they fit equally well, so that one of them is meant and not all."""


Item = tuple[str, int]
"""A check and the number of what is wrong in it; `ENDED` for the exception that it ended in."""
ENDED = -1


@dataclass(frozen=True)
class _Fit:
    mistake: Mistake
    explained: Mapping[Item, float]
    """What a mistake explains, and how strong a sign each is."""
    contradicted: int
    """Number of failed checks in which it would show in another way."""

    @property
    def strength(self) -> float:
        return sum(self.explained.values())

    @property
    def strong(self) -> bool:
        """Whether anything in it is more than an exception or numbers that are none."""
        return max(self.explained.values()) >= PROPERTY

    @property
    def likely(self) -> bool:
        """Whether it explains as many failed checks as it contradicts; a single output may agree by chance."""
        return len({check for check, _ in self.explained}) >= self.contradicted


class Naming:
    """The signatures of the catalogue for one course and seed, each computed when it is first needed."""

    def __init__(self, course: Course, expected: Expectations) -> None:
        self.course, self.expected = course, expected
        # As many as a class needs at once; a signature holds a few small arrays.
        self.signature = functools.lru_cache(maxsize=8192)(self._signature)
        self._package = functools.lru_cache(maxsize=64)(self._changed)

    @functools.cached_property
    def catalogue(self) -> tuple[Mistake, ...]:
        """All entries; none when they do not fit the course's reference: marks do not wait for words, and `audit` says what is wrong."""
        try:
            return load_mistakes(self.course)
        except MistakesError:
            return ()

    def name(self, task: Task, evidence: Sequence[Evidence], also: Collection[str] = ()) -> NamedMistakes:
        """The mistakes that explain a task's failed checks; none when nothing fits.

        Parameters
        ----------
        task : the task that lost marks.
        evidence : of its checks; one that was stopped has none.
        also : ids of mistakes already named in this submission, which may be met here again.
        """
        checks = {c.name: c for c in checks_of(self.course, task)}
        # What a broken contract is called says all there is to say.
        telling = [e for e in evidence if checks[e.check].kind is not Kind.CONTRACT]
        # Most entries are told from the work by the first check that failed: those come first, and the rest is not computed.
        telling.sort(key=lambda e: e.passed)
        left = {item for e in telling for item in _wrong(e)}
        for ids in (None, also):
            entries = [m for m in self.catalogue if (m.task == task.id if ids is None else m.id in ids)]
            fits = [fit for m in entries if (fit := self._best(m, checks, telling))]
            if found := _choose(fits, left):
                return found
        return NamedMistakes(())

    def _best(self, mistake: Mistake, checks: Mapping[str, Check], evidence: Sequence[Evidence]) -> _Fit | None:
        """The form of a mistake that explains the most."""
        fits = [fit for form in mistake.forms if (fit := self._fit(mistake, form, checks, evidence))]
        return max(fits, key=lambda fit: (len(fit.explained), fit.strength), default=None)

    def _fit(self, mistake: Mistake, form: Mistake, checks: Mapping[str, Check], evidence: Sequence[Evidence]) -> _Fit | None:
        """What a form of a mistake explains; None when that is nothing, or when it fails something that the submission passes."""
        explained: dict[Item, float] = {}
        contradicted = 0
        # An exception in every check may be any slip; one in some of them comes with certain inputs.
        telling = any(e.passed for e in evidence)
        for one in evidence:
            if one.passed and not explained:
                return None
            signature = self.signature(form, checks[one.check])
            if one.passed and not signature.passed:
                return None
            if not one.passed and not signature.passed:
                found = _explained(one, signature, telling)
                explained |= found
                contradicted += not found
        return _Fit(mistake, explained, contradicted) if explained else None

    def _signature(self, form: Mistake, check: Check) -> Signature:
        """Run a check over the variant of a mistake."""
        state = np.random.get_state()
        # What a package says of itself when it is imported has been said once.
        quiet = contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO())
        with warnings.catch_warnings(), quiet[0], quiet[1]:
            warnings.simplefilter("ignore")
            backend = LocalBackend(self._package(form))
            backend.proportions = self.expected.sizes(check)
            try:
                one = watch(check, backend, self.expected.seed, self.expected.of(check))
            finally:
                np.random.set_state(state)
        wrong = {i: item for i, (item, right) in enumerate(zip(one.seen, one.right, strict=False)) if not right}
        return Signature(len(one.seen), one.passed, one.ended, wrong)

    def _changed(self, form: Mistake) -> OwnPackage:
        """The reference with one mistake, its other modules shared."""
        reference, file = package_at(self.expected.path), self.expected.path / "coursenn" / form.file
        code = compile(substitute(file.read_text(encoding="utf-8"), form), str(file), "exec", dont_inherit=True)
        return OwnPackage(self.expected.path, {f"coursenn.{module_name(form.file)}": code}, reference.without(self._editable))

    @functools.cached_property
    def _editable(self) -> frozenset[str]:
        return frozenset(f"coursenn.{module_name(name)}" for name in self.course.editable)


@functools.lru_cache(maxsize=4)
def naming(course: Course, path: Path, seed: int | str) -> Naming:
    """The naming of a course, a reference and a seed, kept in memory."""
    return Naming(course, expectations(path, seed))


def _wrong(one: Evidence) -> set[Item]:
    """What a failed check leaves to be explained."""
    if one.passed:
        return set()
    wrong = {(one.check, i) for i, right in enumerate(one.right) if not right}
    return wrong | {(one.check, ENDED)} if one.ended or not wrong else wrong


def _explained(one: Evidence, signature: Signature, telling: bool) -> dict[Item, float]:
    """What of a failed check a mistake explains: nothing when any of it shows in another way."""
    if signature.count != len(one.seen) or any(one.right[i] for i in signature.wrong):
        return {}
    found = {(one.check, i): _same(one.seen[i], item) for i, item in signature.wrong.items()}
    if signature.ended:
        found[one.check, ENDED] = _same_end(one.ended, signature.ended, telling)
    if not all(found.values()):
        return {}
    # Values that agree are a mistake's own; a property is broken in many ways, so there all must be broken that it breaks.
    whole = found.keys() == _wrong(one)
    return found if whole or all(strength == VALUES for strength in found.values()) else {}


def _same_end(have: str, known: str, telling: bool) -> float:
    """The text of an exception names shapes and operations, which is a weak sign; its class alone is a weaker one."""
    if have == ODD or not have:
        return 0.0
    if have == known:
        return SAME_WORDS
    return SAME_CLASS if telling and have.partition(":")[0] == known.partition(":")[0] else 0.0


def _same(have: Observed, item: Observed) -> float:
    if isinstance(have, Observation) and isinstance(item, Observation):
        strength = VALUES if np.isfinite(item.value).any() else SAME_WORDS
        return strength * (have.name == item.name and _agree(have, item))
    if isinstance(have, Observation) or isinstance(item, Observation):
        return 0.0
    if have != item:
        return 0.0
    if have.measure is None or item.measure is None:
        return PROPERTY
    return VALUES * (abs(have.measure - item.measure) <= NEAR * max(1.0, abs(item.measure)))


def _agree(have: Observation, item: Observation) -> bool:
    """Whether two wrong outputs are the same wrong output."""
    if squeezed(have.value.shape) != squeezed(item.value.shape) or have.value.size != item.value.size:
        return False
    a, b = have.value.astype(np.float64).reshape(-1), item.value.astype(np.float64).reshape(-1)
    with np.errstate(all="ignore"):
        # Whether an overflow ends as infinity or as no number is a matter of style.
        none = ~np.isfinite(a) & ~np.isfinite(b)
        apart = np.where((a == b) | none, 0.0, np.abs(a - b))
    return bool(np.all(apart <= WIDER * tolerance(item)))


def _choose(fits: Sequence[_Fit], left: set[Item]) -> NamedMistakes | None:
    """The fewest mistakes that explain the most."""
    whole = [fit for fit in fits if fit.explained.keys() == left]
    if whole:
        return _alike(whole)
    chosen: list[_Fit] = []
    while left and len(chosen) < MAX_NAMED:
        rest = [(len(fit.explained.keys() & left), fit.strength, fit) for fit in fits if fit.likely and fit.strong and fit not in chosen]
        best = max((r[:2] for r in rest), default=(0, 0.0))
        alike = [fit for *rank, fit in rest if tuple(rank) == best]
        # Of several that explain a part equally well none is the better guess.
        if not best[0] or len(alike) > 1:
            break
        chosen += alike
        left = left - alike[0].explained.keys()
    return NamedMistakes(tuple(fit.mistake for fit in chosen)) if chosen else None


def _alike(fits: Sequence[_Fit]) -> NamedMistakes | None:
    strongest = max(fit.strength for fit in fits)
    best = [fit.mistake for fit in fits if fit.strength == strongest]
    return NamedMistakes(tuple(best), either=len(best) > 1) if len(best) <= MAX_ALIKE else None


def hint(named: NamedMistakes, level: str) -> str | None:
    """What a student is told of named mistakes, a line for each; ``level`` is one of `LEVELS` of the manifest."""
    if not named.mistakes or level == "pointer":
        return None
    texts = [m.asks if level == "question" else f"{m.says} {m.asks}" for m in named.mistakes]
    if named.either:
        texts = [f"{'Either' if i == 0 else 'or'}: {text}" for i, text in enumerate(texts)]
    return "\n".join(texts)
