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
def test_a_mutant_changes_one_line_of_a_solution(course: Course) -> None:
    """Does each mutant differ from the reference in one line of a function that students write?"""
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
    """Are the methods of a network mutated, each under its own name?"""
    names = {m.function for m in mutants(_part(course, "two-layer-net"))}
    assert names == {"classifiers.fc_net.TwoLayerNet.__init__", "classifiers.fc_net.TwoLayerNet.loss"}


@pytest.mark.whole
def test_the_reference_itself_is_not_killed(relu_mutants: tuple[Mutant, ...], course: Course) -> None:
    """Does the unchanged reference survive, while a broken version and one that exits are killed?"""
    untouched, broken, exits = relu_mutants
    fates = dict(run_mutants(relu_mutants, course))
    assert fates == {untouched: False, broken: True, exits: True}


@pytest.mark.slow
def test_mutants_of_one_task_are_killed(course: Course) -> None:
    """Is every mutant of the hinge loss and the ReLU killed, except those known to be equivalent?"""
    kills = kill_mutants(course, tasks=["svm-loss", "relu-backward"])
    assert [f for f in kills.findings if "only" not in f] == []
    assert {m.function for m in kills.survivors} <= {key[0] for key in equivalents()}
    assert kills.by_function()["layers.svm_loss"][0] > 20


MUTANT = Mutant("layers.relu_forward", "layers.py", "a", "b", "")


def test_a_new_survivor_is_a_finding() -> None:
    """Is a survivor a finding unless a reason is given for it?"""
    kills = Kills(Counter({MUTANT.function: 100}), [MUTANT])
    assert any("may become `b` unnoticed" in f for f in kills.findings)
    kills.reasons = {MUTANT.key: "the same numbers"}
    assert kills.findings == []
    assert kills.by_function() == {MUTANT.function: (100, 99)}


def test_a_stale_reason_is_a_finding() -> None:
    """Is a reason a finding once its mutant no longer survives?"""
    assert any("remove the entry" in f for f in Kills(Counter({MUTANT.function: 100}), [], {MUTANT.key: "the same numbers"}).findings)


def test_a_low_rate_is_a_finding() -> None:
    """Is a rate below the required one a finding?"""
    kills = Kills(Counter({MUTANT.function: 10}), [MUTANT])
    assert kills.rate < RATE
    assert any("only 90.0%" in f for f in kills.findings)


def test_equivalent_mutants_do_not_count() -> None:
    """Are mutants equivalent to the reference left out of the rate, and are too many of them a finding?"""
    kills = Kills(Counter({MUTANT.function: 10}), [MUTANT], {MUTANT.key: "the same numbers"})
    assert kills.rate == 1
    assert len(kills.equivalent) > MOST_EQUIVALENT * 10
    assert any("called equivalent" in f for f in kills.findings)


@pytest.mark.slow
def test_the_command_prints_a_rate_for_each_function() -> None:
    """Does `autograder audit --mutants` print a rate for each function?"""
    result = CliRunner().invoke(main, ["audit", "--mutants", "--task", "affine-forward"])
    assert result.exit_code == 0, result.output
    assert "layers.affine_forward" in result.output
    assert "100.0%" in result.output


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_checks_kill_almost_every_mutant(course: Course, tmp_path: Path) -> None:
    """Are at least 99 % of the other mutants killed, and does every mutant listed as equivalent survive?"""
    kills = kill_mutants(course)
    print(f"{kills.total.total()} mutants, {len(kills.equivalent)} of them equivalent, {kills.rate:.2%} of the others killed")
    assert not kills.findings, "\n".join(kills.findings)
