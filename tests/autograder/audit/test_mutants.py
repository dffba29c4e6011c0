"""Do the hidden checks notice small changes of the reference that nobody thought of?"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.audit.kill import MOST_EQUIVALENT, RATE, Kills, equivalents, kill_mutants, run_mutants
from autograder.audit.mutants import Mutant, mutants
from autograder.cli import main
from autograder.manifest import Course, Task


def _part(course: Course, *tasks: str) -> Course:
    chosen: tuple[Task, ...] = tuple(t for t in course.tasks if t.id in tasks)
    return replace(course, tasks=chosen)


@pytest.mark.slow
def test_one_line_of_a_solution_is_changed(course: Course) -> None:
    """Does a mutant differ from the reference in one place, inside what students write?"""
    found = list(mutants(_part(course, "relu-backward", "svm-loss")))
    source = course.reference("layers.py").read_text(encoding="utf-8")
    assert {m.function for m in found} == {"layers.relu_backward", "layers.svm_loss"}
    for mutant in found:
        before, after = source.splitlines(), mutant.source.splitlines()
        changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
        assert [(a.strip(), b.strip()) for a, b in changed] == [(mutant.before, mutant.after)]
    assert len({m.source for m in found}) == len(found)


@pytest.mark.slow
def test_methods_of_a_class_are_mutated(course: Course) -> None:
    """Are networks mutated too, each method under its own name?"""
    names = {m.function for m in mutants(_part(course, "two-layer-net"))}
    assert names == {"classifiers.fc_net.TwoLayerNet.__init__", "classifiers.fc_net.TwoLayerNet.loss"}


@pytest.mark.whole
def test_the_reference_itself_is_not_killed(course: Course) -> None:
    """Would a run notice that every package dies, whatever is in it?"""
    source = course.reference("layers.py").read_text(encoding="utf-8")
    untouched = Mutant("layers.relu_forward", "layers.py", "", "", source)
    broken = Mutant("layers.relu_forward", "layers.py", "", "", source.replace("np.maximum(x, 0)", "np.maximum(x, 1)"))
    leaves = Mutant("layers.relu_forward", "layers.py", "", "", source.replace("out = np.maximum(x, 0)", "raise SystemExit(0)"))
    fates = dict(run_mutants([untouched, broken, leaves], course))
    assert fates == {untouched: False, broken: True, leaves: True}


@pytest.mark.slow
def test_mutants_of_one_task_are_killed(course: Course) -> None:
    """Is every change of the hinge loss and the ReLU noticed, but for the ones known to be equivalent?"""
    kills = kill_mutants(course, tasks=["svm-loss", "relu-backward"])
    assert [f for f in kills.findings if "only" not in f] == []
    assert {m.function for m in kills.survivors} <= {key[0] for key in equivalents()}
    assert kills.by_function()["layers.svm_loss"][0] > 20


MUTANT = Mutant("layers.relu_forward", "layers.py", "a", "b", "")


def test_a_new_survivor_is_a_finding() -> None:
    """Does a survivor without a reason fail, and one with a reason not?"""
    kills = Kills(Counter({MUTANT.function: 100}), [MUTANT])
    assert any("may become `b` unnoticed" in f for f in kills.findings)
    kills.reasons = {MUTANT.key: "the same numbers"}
    assert kills.findings == []
    assert kills.by_function() == {MUTANT.function: (100, 99)}


def test_a_stale_reason_is_a_finding() -> None:
    """Is a reason removed once its mutant no longer survives?"""
    assert any("remove the entry" in f for f in Kills(Counter({MUTANT.function: 100}), [], {MUTANT.key: "the same numbers"}).findings)


def test_a_low_rate_is_a_finding() -> None:
    """Does the rate itself fail the run?"""
    kills = Kills(Counter({MUTANT.function: 10}), [MUTANT])
    assert kills.rate < RATE
    assert any("only 90.0%" in f for f in kills.findings)


def test_what_nothing_can_kill_is_not_counted() -> None:
    """Is a mutant that is as right as the reference left out of the rate, and may only few be called so?"""
    kills = Kills(Counter({MUTANT.function: 10}), [MUTANT], {MUTANT.key: "the same numbers"})
    assert kills.rate == 1
    assert len(kills.equivalent) > MOST_EQUIVALENT * 10
    assert any("called equivalent" in f for f in kills.findings)


@pytest.mark.slow
def test_the_command_lists_survivors_with_their_reasons() -> None:
    """Does `autograder audit --mutants` print a rate for each function, and why a survivor is one?"""
    result = CliRunner().invoke(main, ["audit", "--mutants", "--task", "affine-forward"])
    assert result.exit_code == 0, result.output
    assert "layers.affine_forward" in result.output
    assert "100.0%" in result.output


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_reference_has_no_unnoticed_mutants(course: Course, tmp_path: Path) -> None:
    """Are at least 99 % of the mutants killed that are not known to be equivalent, and does each of those still survive?"""
    kills = kill_mutants(course)
    print(f"{kills.total.total()} mutants, {len(kills.equivalent)} of them equivalent, {kills.rate:.2%} of the others killed")
    assert not kills.findings, "\n".join(kills.findings)
