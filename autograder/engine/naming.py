"""Names the mistake of a submission: compares what its checks observed with what they observe for every catalogued mistake.

A mistake is named if it explains all observations, every output and every check of the task, and no other explains them equally well.
A part is never enough: a wrong name costs a student more than no name. If no single mistake explains everything, two may.

What a mistake does is found by running the same checks over the catalogue's variant of the reference, in the trusted
process, once for each seed and check. Naming decides what is said and never what is scored.
"""

from __future__ import annotations

import contextlib
import functools
import io
import warnings
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograder.checking import Check, Kind
from autograder.engine.calls import reached
from autograder.engine.catalogue import checks_of
from autograder.engine.evidence import Evidence, watch
from autograder.engine.expectations import Expectations, expectations
from autograder.engine.kept_files import kept_files
from autograder.engine.kept_signatures import Forms, KeptSignatures
from autograder.engine.likeness import Seen, Signature, fit, signature_of
from autograder.engine.pairs import Pairs
from autograder.manifest import Course, Task
from autograder.mistakes import Mistake, MistakesError, mistakes_of, substitute, substitute_both
from autograder.paths import module_name
from autograder.sandbox.local import LocalBackend, OwnPackage, in_pieces, package_at

MAX_ALIKE = 3
"""If more mistakes than this fit equally well, none of them is named."""


@dataclass(frozen=True)
class NamedMistakes:
    """Mistakes that explain lost marks."""

    mistakes: tuple[Mistake, ...]
    either: bool = False
    """Whether they fit equally well, so that one of them is meant, not all."""


NOTHING = NamedMistakes(())


class Naming:
    """The signatures of the catalogue for one course and seed, each computed when it is first needed.

    Parameters
    ----------
    kept : signatures stored on disk; None to store none.
    """

    def __init__(self, course: Course, expected: Expectations, kept: KeptSignatures | None = None) -> None:
        self.course, self.expected, self.kept = course, expected, kept
        # As many as a class needs at the same time; a signature holds a few small arrays.
        self.signature = functools.lru_cache(maxsize=8192)(self._signature)
        self._package = functools.lru_cache(maxsize=64)(self._changed)
        self.pairs = Pairs(self.signature, self._separate, lambda check: len(expected.sizes(check)))

    def _entries(self, task: Task) -> tuple[Mistake, ...]:
        """Return a task's mistakes, or none if they do not fit the reference: grading goes on without names, and `audit` reports it."""
        try:
            return mistakes_of(self.course, task)
        except MistakesError:
            return ()

    def name(self, task: Task, evidence: Sequence[Evidence], also: Collection[str] = (), unknown: Collection[str] = ()) -> NamedMistakes:
        """The mistakes that explain a task's failed checks; none if nothing does.

        Parameters
        ----------
        task : the task that lost marks.
        evidence : what its checks observed; one that was stopped has none.
        also : ids of mistakes already named in this submission, which may appear here again.
        unknown : functions of other tasks that are wrong in an unknown way.
        """
        checks = {c.name: c for c in checks_of(self.course, task)}
        # The name of a broken contract says everything.
        telling = [e for e in evidence if checks[e.check].kind is not Kind.CONTRACT]
        failed = [e for e in telling if not e.passed]
        if not failed or (any(e.worked_out is False for e in failed) and not any(e.worked_out for e in telling)):
            # Code that does what a starter does may agree with a mistake in everything that a starter shows.
            return NOTHING
        # The first failed checks rule out most entries: they come first, and the rest is not computed.
        seen = [*((e, checks[e.check]) for e in failed), *((e, checks[e.check]) for e in telling if e.passed)]
        below = self._below(task, checks.values())
        others = [other for other in self.course.tasks if other.id != task.id and _may_be_of(other, also)]
        met = [m for other in others for m in self._entries(other) if m.id in also]
        # If a function below is wrong in an unknown way, nothing can be blamed on this task; in a known way, nothing on this task only.
        own = list(self._entries(task)) if below.isdisjoint(unknown) else []
        to_blame = any(self._shows(m, seen) for m in met if self._function(m) in below)
        found = None if to_blame else self._alike(own, seen)
        return found or self._alike(met, seen) or self._pair([*own, *met], seen)

    def _below(self, task: Task, checks: Collection[Check]) -> frozenset[str]:
        """The graded functions of other tasks that the checks of a task reach."""
        targets = {target for check in checks for target in self.expected.targets(check)}
        return reached(self.course, self.expected.path, targets | set(task.functions)) - set(task.functions)

    @staticmethod
    def _function(mistake: Mistake) -> str:
        """The function or class that a mistake changes, as the manifest calls it."""
        return f"{module_name(mistake.file)}.{mistake.scope.partition('.')[0]}"

    def _shows(self, mistake: Mistake, seen: Seen) -> bool:
        """Whether a mistake of another task makes anything wrong in this one."""
        return any(not self.signature((mistake,), check).passed for one, check in seen if not one.passed)

    def _alike(self, mistakes: Sequence[Mistake], seen: Seen) -> NamedMistakes | None:
        """The mistake that explains everything, or the few that do so equally well."""
        fits = [(strength, m) for m in mistakes if (strength := max(self._fit(form, seen) for form in m.forms))]
        best = [m for strength, m in fits if strength == max(fits, key=lambda f: f[0])[0]]
        if len(best) > MAX_ALIKE:
            return NOTHING
        return NamedMistakes(tuple(best), either=len(best) > 1) if best else None

    def _fit(self, form: Mistake, seen: Seen) -> float:
        """How strongly a form explains everything."""
        return fit(seen, functools.partial(self.signature, (form,))).strength

    def _pair(self, candidates: Sequence[Mistake], seen: Seen) -> NamedMistakes:
        """The only two mistakes that explain everything together."""
        found = self.pairs.find(candidates, seen)
        return NamedMistakes(found) if found else NOTHING

    def _separate(self, one: Mistake, other: Mistake) -> bool:
        """Whether both forms fit into one package."""
        return one.file != other.file or substitute_both(self._source(one.file), one, other) is not None

    def _signature(self, forms: Forms, check: Check) -> Signature:
        """Return the forms' effect on a check, from disk if it is there."""
        if self.kept is None:
            return self._run(forms, check)
        known = self.kept.get(forms, check)
        if known is None:
            known = self._run(forms, check)
            self.kept.put(forms, check, known)
        return known

    def _run(self, forms: Forms, check: Check) -> Signature:
        """Run a check over the variant of a mistake, or of two."""
        state = np.random.get_state()
        # What a package prints when it is imported has been printed once.
        quiet = contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO())
        with warnings.catch_warnings(), quiet[0], quiet[1]:
            warnings.simplefilter("ignore")
            backend = LocalBackend(self._package(forms))
            backend.proportions = self.expected.sizes(check)
            expected = self.expected.of(check)
            try:
                return signature_of(watch(check, backend, self.expected.seed, expected), expected)
            finally:
                np.random.set_state(state)

    def _changed(self, forms: Forms) -> OwnPackage:
        """The reference with these mistakes, its other modules shared."""
        reference, codes = package_at(self.expected.path), {}
        for name, text in self._texts(forms):
            codes[f"coursenn.{module_name(name)}"] = in_pieces(text, self.expected.path / "coursenn" / name)
        return OwnPackage(self.expected.path, codes, reference.without(self._editable))

    def _texts(self, forms: Forms) -> Iterator[tuple[str, str]]:
        """The files that the forms change, and their new text."""
        for name in dict.fromkeys(form.file for form in forms):
            here = [form for form in forms if form.file == name]
            text = substitute(self._source(name), here[0]) if len(here) == 1 else substitute_both(self._source(name), *here)
            if text is None:
                raise ValueError("forms that change the same thing are not a pair")
            yield name, text

    def _source(self, name: str) -> str:
        """An editable file of the reference."""
        return (self.expected.path / "coursenn" / name).read_text(encoding="utf-8")

    @functools.cached_property
    def _editable(self) -> frozenset[str]:
        return frozenset(f"coursenn.{module_name(name)}" for name in self.course.editable)


@functools.lru_cache(maxsize=4)
def naming(course: Course, path: Path, seed: int | str) -> Naming:
    """The naming of a course, a reference and a seed, kept in memory; its signatures are on disk as well."""
    files = kept_files(course, path, seed)
    return Naming(course, expectations(path, seed), KeptSignatures(files) if files else None)


def _may_be_of(task: Task, ids: Collection[str]) -> bool:
    """Return whether one of these mistakes may be an entry of a task: its id then begins with the task's."""
    return any(id.startswith(f"{task.id}-") for id in ids)


def hint(named: NamedMistakes, level: str) -> str | None:
    """What a student is told about named mistakes, a line for each; ``level`` is one of the manifest's `LEVELS`."""
    if not named.mistakes or level == "pointer":
        return None
    texts = [m.asks if level == "question" else f"{m.says} {m.asks}" for m in named.mistakes]
    if named.either:
        texts = [f"{'Either' if i == 0 else 'or'}: {text}" for i, text in enumerate(texts)]
    return "\n".join(texts)
