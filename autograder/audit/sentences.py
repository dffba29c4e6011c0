"""Is every sentence of the docstrings proved: does a check ask for it, and does a wrong version that breaks it fail that check?

`autograder.audit.asked` asks the converse, whether each check quotes a sentence. A unit (`autograder.audit.units`) is proved in one
of these ways: checks quote it; it is a line of Parameters or Returns, on which every check that passes the argument or asks
for the result relies; it repeats another sentence; or ``sentences.toml`` names the test that proves it, or says why it
promises nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograder.audit.broken_contracts import broken_contracts, broken_sizes
from autograder.audit.broken_sentences import broken_sentences
from autograder.audit.failures import Failed, failures, looked_at
from autograder.audit.handed import Handed, handed_over, odd_shapes, signatures
from autograder.audit.listed import Listed, read_listed
from autograder.audit.misread import misreadings
from autograder.audit.notebook_lines import broken_by_going_on, broken_lines, lines
from autograder.audit.units import Described, Unit, descriptions, plain
from autograder.checking import Check
from autograder.checks._contracts import IN_BACKWARD
from autograder.engine.catalogue import checks_of
from autograder.intake.reference import reference_path
from autograder.manifest import Course, Task
from autograder.mistakes import Mistake, load_mistakes

SHARE = 0.5
"""A quote covers a unit if it contains at least this share of it."""
MOST = 6
"""A check that quotes more units than this proves none of them."""
QUOTED, RELIED_ON, AGAIN, ELSEWHERE, NOTHING = "quoted", "relied on", "said again", "proved by a test", "promises nothing"

NO_LINES: Mapping[str, bool] = {}

Names = frozenset[str]
"""Names of checks of one task."""


@dataclass(frozen=True)
class Version:
    """A wrong version of the reference, and the checks that it fails."""

    id: str
    task: str
    failed: Failed
    unit: Unit | None = None
    """The line that it misreads, if it was made from one."""


@dataclass(frozen=True)
class Proof:
    """The outcome for one unit.

    Parameters
    ----------
    how : how it is proved, or empty.
    checks : task -> the checks that ask for it.
    version : id of a wrong version that fails one of them.
    finding : what is missing, in words.
    """

    unit: Unit
    how: str = ""
    checks: Mapping[str, Names] = field(default_factory=dict)
    version: str = ""
    finding: str = ""


@dataclass
class Sentences:
    """The outcome for all units."""

    proofs: list[Proof] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    """Findings that do not concern a unit."""
    lines: int = 0
    """How many comparisons of the notebooks' checks were looked at."""

    @property
    def findings(self) -> list[str]:
        """Everything that is not proved, in words."""
        return [f"{p.unit.owner or 'the package'}: {p.unit.text!r}: {p.finding}" for p in self.proofs if p.finding] + self.others

    def counts(self) -> dict[str, int]:
        """How many units are proved in each way, and how many are not."""
        found = Counter(p.how or "nothing proves it" for p in self.proofs)
        return dict(found.most_common())

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "findings": self.findings,
            "counts": self.counts(),
            "units": [
                {
                    "owner": p.unit.owner,
                    "text": p.unit.text,
                    "how": p.how,
                    "checks": {task: sorted(names) for task, names in p.checks.items()},
                    "version": p.version,
                }
                for p in self.proofs
            ],
        }


def prove_sentences(
    course: Course,
    seed: int = 0,
    *,
    tasks: Collection[str] | None = None,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Sentences:
    """Look for a proof of every unit.

    Parameters
    ----------
    tasks : ids; every task about their functions is examined. By default: all tasks that grade functions. Rules for every
        function are examined only if all tasks are.
    jobs : see `autograder.audit.failures.failures`.
    progress : called with the number of wrong versions and notebook checks that are done, and of all.
    """
    named = course.tasks if tasks is None else [course.task(t) for t in dict.fromkeys(tasks)]
    # All tasks about a class prove its sentences together.
    functions = {function for task in named for function in task.functions}
    chosen = [task for task in course.tasks if functions & set(task.functions)]
    described = [d for d in descriptions(course) if tasks is None or (not d.common and set(d.tasks) & {t.id for t in chosen})]
    reference, known = reference_path(course), signatures(course)
    handed, expected = {}, {}
    for check in (check for task in chosen for check in checks_of(course, task)):
        session, expected[check.task, check.name] = looked_at(check, reference, seed)
        handed[check.task, check.name] = handed_over(session, known)
    entries = [entry for task in chosen for entry in wrong_versions(course, task, described)]
    total, tell = len(entries) + len(named), progress or (lambda done, total: None)
    ran = [mistake for mistake, _ in entries]
    failed = failures(ran, course, reference, expected, seed, jobs=jobs, progress=lambda done, _: tell(done, total))
    versions = [Version(m.id, m.task, names, unit) for (m, unit), names in zip(entries, failed, strict=True)]
    listed = read_listed(course)
    in_notebooks = notebook_lines(course, named, described, listed, lambda done: tell(len(entries) + done, total))
    return Prover(course, chosen, versions, handed, listed, whole=tasks is None).prove(described, in_notebooks)


def wrong_versions(course: Course, task: Task, described: Iterable[Described]) -> Iterator[tuple[Mistake, Unit | None]]:
    """Every known wrong version of a task, with the line that it misreads, if it was made from one."""
    entries = (form for m in load_mistakes(course) if m.task == task.id for form in m.forms)
    for mistake in (*entries, *broken_contracts(course, task), *broken_sizes(course, task), *broken_sentences(course, task)):
        yield mistake, None
    for description in described:
        if not description.common and task.id in description.tasks:
            yield from ((m.mistake, m.unit) for m in misreadings(course, task, description))


def notebook_lines(
    course: Course, tasks: Iterable[Task], described: Collection[Described], listed: Listed, progress: Callable[[int], None]
) -> dict[str, bool]:
    """Every comparison of the notebooks' checks, as ``block: label``, and whether a wrong version makes it wrong.

    What the list gives a reason for is not looked at any further than the catalogue's first failed blocks. ``progress`` is called with
    the number of tasks that are done.
    """
    if not all(notebook.source.is_file() for notebook in course.notebooks):
        return {}
    known, broken = {task.id: task for task in tasks}, broken_lines(course)
    found = lines(course, known)
    for number, (id, task) in enumerate(known.items(), start=1):
        places = [(x.block, x.label) for x in found if x.task == id]
        wanted = [place for place in places if place not in broken and not listed.of_notebooks(": ".join(place))]
        if wanted:
            # Versions written against a sentence come first: most of the others stop where an entry of the catalogue does.
            versions = [*broken_sentences(course, task), *(mistake for mistake, _ in wrong_versions(course, task, described))]
            broken |= broken_by_going_on(course, id, wanted, versions, reference_path(course))
        progress(number)
    return {f"{x.block}: {x.label}": (x.block, x.label) in broken for x in found}


class Prover:
    """Looks for the proof of each unit.

    Parameters
    ----------
    tasks : those that are examined.
    versions : wrong versions for all of them.
    handed : task and name of a check -> its calls.
    whole : whether these are all tasks, so that an entry of the list that nothing needs is a finding.
    """

    def __init__(
        self,
        course: Course,
        tasks: Iterable[Task],
        versions: Iterable[Version],
        handed: Mapping[tuple[str, str], list[Handed]],
        listed: Listed,
        *,
        whole: bool = True,
    ) -> None:
        self.tasks = {t.id: t for t in tasks}
        self.checks = {id: checks_of(course, task) for id, task in self.tasks.items()}
        self.versions = list(versions)
        self.handed, self.listed, self.whole = handed, listed, whole

    def prove(self, described: Iterable[Described], in_notebooks: Mapping[str, bool] = NO_LINES) -> Sentences:
        """The outcome for every unit, and for the comparisons of the notebooks."""
        found, quotes = Sentences(), Counter[tuple[str, str]]()
        for description in described:
            for unit in description.units:
                self.listed.meet(unit)
                proof = self.proof(description, unit)
                found.proofs.append(proof)
                if proof.how == QUOTED and not description.common:
                    quotes.update((task, name) for task, names in proof.checks.items() for name in names)
            if not description.common:
                found.others += odd_shapes(description, self._calls(description))
        found.others += [
            f"{task}: {name!r} quotes {count} units: one check for everything proves nothing"
            for (task, name), count in quotes.items()
            if count > MOST
        ]
        found.lines = len(in_notebooks)
        unproved = [text for text, broken in in_notebooks.items() if not broken and not self.listed.of_notebooks(text)]
        found.others += [f"no wrong version makes this comparison of a notebook wrong: {text}" for text in unproved]
        if self.whole:
            found.others += [f"sentences.toml: nothing needs {text!r}: remove it" for text in self.listed.unused()]
        return found

    def _calls(self, description: Described) -> Iterator[Handed]:
        for task in self._tasks_of(description):
            for check in self.checks[task]:
                yield from (call for call in self.handed[task, check.name] if call.owner == description.owner)

    def _tasks_of(self, description: Described) -> list[str]:
        return [t for t in description.tasks if t in self.tasks]

    def proof(self, description: Described, unit: Unit) -> Proof:
        """The outcome for one unit."""
        if self.listed.promises_nothing(unit):
            return Proof(unit, NOTHING)
        if self.listed.proved_elsewhere(unit):
            return Proof(unit, ELSEWHERE)
        if description.common:
            return self._of_all(description, unit)
        misread = [v for v in self.versions if v.unit == unit]
        if quoted := self._quoting(description, lambda quote: covers(description.text, unit, quote)):
            proof = self._broken(unit, QUOTED, quoted)
            return self._relied_on(description, unit, misread) if proof.finding and misread else proof
        if groups := self.listed.said_again(unit):
            proofs = [self._again(description, unit, same) for same in groups]
            return next((p for p in proofs if p.finding), proofs[0])
        if misread:
            return self._relied_on(description, unit, misread)
        return Proof(unit, finding="no check quotes it, and sentences.toml does not say why it promises nothing")

    def _again(self, description: Described, unit: Unit, same: Names) -> Proof:
        """A unit that repeats one of these texts, which checks quote."""
        checks = self._quoting(description, lambda quote: any(_within(text, quote) for text in same))
        if not checks:
            return Proof(unit, finding=f"it repeats {min(same, key=len)!r}, but no check here asks for that")
        return self._broken(unit, AGAIN, checks)

    def _of_all(self, description: Described, unit: Unit) -> Proof:
        """A unit about all functions of a module, or of the package: a check asks for it in each of them, or the list says why not."""
        said, found, missing = self.listed.same_as(unit), dict[str, Names](), []
        for task in self._tasks_of(description):
            names = frozenset(c.name for c in self.checks[task] if any(_within(text, quote) for text in said for quote in c.quotes))
            if names:
                found[task] = names
            elif not self.listed.leaves_out(unit, task):
                missing.append(task)
        if missing:
            return Proof(unit, checks=found, finding=f"no check asks for it in {', '.join(missing)}")
        broken = [self._broken(unit, QUOTED, {task: names}) for task, names in found.items()]
        wrong = [p for p in broken if p.finding]
        return wrong[0] if wrong else Proof(unit, QUOTED, found, broken[0].version if broken else "")

    def _quoting(self, description: Described, wanted: Callable[[str], bool]) -> dict[str, Names]:
        """The checks about a function that have one of these quotes."""
        found = {}
        for task in self._tasks_of(description):
            names = frozenset(
                c.name for c in self.checks[task] if self._may_be_about(description, task, c) and any(wanted(quote) for quote in c.quotes)
            )
            if names:
                found[task] = names
        return found

    def _may_be_about(self, description: Described, task: str, check: Check) -> bool:
        """Whether a check is not about the other function of its task; contracts exist for both, and their names say which."""
        functions = self.tasks[task].functions
        if len(functions) < 2 or not description.owner.startswith(functions):
            return True
        in_backward = [c.name for c in self.checks[task] if c.name.endswith(IN_BACKWARD)]
        if check.name in in_backward or f"{check.name}{IN_BACKWARD}" in in_backward:
            return check.name.endswith(IN_BACKWARD) == (description.owner == functions[1])
        return True

    def _broken(self, unit: Unit, how: str, checks: dict[str, Names]) -> Proof:
        """The proof by a version that fails the checks that ask for the unit, and no others except those that the list allows."""
        nearest: tuple[int, str, Names] | None = None
        for version in self.versions:
            asking = checks.get(version.task, frozenset())
            if not version.failed & asking:
                continue
            others = version.failed - asking - self.listed.beside(unit, asking)
            if nearest is None or len(others) < nearest[0]:
                nearest = len(others), version.id, others
        if nearest is None:
            return Proof(unit, how, checks, finding=f"no wrong version fails {_some(checks)}")
        count, version_id, others = nearest
        finding = f"{version_id} also fails {', '.join(sorted(others))}; write one that does not, or say why" if count else ""
        return Proof(unit, how, checks, version_id, finding)

    def _relied_on(self, description: Described, unit: Unit, misread: list[Version]) -> Proof:
        """The proof of a line: every version that misreads it fails a check that uses it, and none that does not."""
        checks = {}
        for task in self._tasks_of(description):
            calling = {name: [h for h in calls if h.owner == description.owner] for (of, name), calls in self.handed.items() if of == task}
            names = frozenset(name for name, calls in calling.items() if any(relies(unit, call) for call in calls))
            if names:
                checks[task] = names
        if not checks:
            return Proof(unit, finding="no check passes it")
        caught = [v for v in misread if v.failed & checks.get(v.task, frozenset())]
        if {v.id.rpartition(" (")[2] for v in misread} - {v.id.rpartition(" (")[2] for v in caught}:
            unseen = next(v for v in misread if v not in caught)
            return Proof(unit, RELIED_ON, checks, finding=f"{unseen.id} fails no check that relies on it")
        for version in caught:
            if others := version.failed - checks[version.task] - self.listed.beside(unit, checks[version.task]):
                return Proof(
                    unit, RELIED_ON, checks, version.id, f"{version.id} also fails {', '.join(sorted(others))}, which should not see it"
                )
        return Proof(unit, RELIED_ON, checks, caught[0].id)


def relies(unit: Unit, call: Handed) -> bool:
    """Whether a call relies on a line: it passes the argument, uses its default, or gives the result."""
    if unit.section == "Returns":
        return True
    argument = unit.names[0]
    return call.lacks(argument, unit.keys) if unit.text.startswith("default") else call.holds(argument, unit.keys)


def covers(docstring: str, unit: Unit, quote: str) -> bool:
    """Whether a quote from a docstring holds most of a unit."""
    text = plain(quote)
    start = docstring.find(text)
    while start >= 0:
        common = min(unit.end, start + len(text)) - max(unit.start, start)
        if common >= SHARE * len(unit.text):
            return True
        start = docstring.find(text, start + 1)
    return False


def _within(text: str, quote: str) -> bool:
    """Whether one of two texts is the other, or a part of it."""
    one, other = text.rstrip(".;"), plain(quote).rstrip(".;")
    return one in other or other in one


def _some(checks: Mapping[str, Names]) -> str:
    return ", ".join(sorted(f"{task}: {name}" for task, names in checks.items() for name in names))
