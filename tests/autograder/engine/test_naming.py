"""Is the right mistake named in code of any style, and never another?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autograder.checking import Kind, Observation
from autograder.engine.catalogue import checks_of
from autograder.engine.evidence import Evidence
from autograder.engine.grade import grade_submission
from autograder.engine.naming import NOTHING, NamedMistakes, Naming, hint, naming
from autograder.manifest import Course
from autograder.mistakes import Mistake, load_mistakes, variant
from autograder.sandbox.sandbox import problem
from tests.autograder.engine._observed import named, observed
from tests.autograder.engine._restyle import restyle_package

SEED = "naming"
RATE = 0.9
ALIKE = ["fc-net-normalization-test-mode-never-reached", "fc-net-normalization-mode-under-the-wrong-key"]


@pytest.fixture(scope="module")
def names(course: Course, reference: Path) -> Naming:
    """Naming for this course, shared by the tests."""
    return naming(course, reference, SEED)


def entry(course: Course, mistake_id: str) -> Mistake:
    return next(m for m in load_mistakes(course) if m.id == mistake_id)


@pytest.mark.whole
def test_another_style_is_right_too(names: Naming, reference: Path, tmp_path: Path) -> None:
    """Is finished code still correct after rewriting it in the style that naming is measured with?"""
    shutil.copytree(reference / "coursenn", tmp_path / "coursenn")
    restyle_package(tmp_path, list(names.course.editable))
    for task in names.course.tasks:
        if not task.model:
            assert all(e.passed for e in observed(names, tmp_path, task.id)), task.id
            assert names.name(task, observed(names, tmp_path, task.id)) == NamedMistakes(())


@pytest.mark.slow
def test_mistakes_are_named_in_another_style(names: Naming, reference: Path, tmp_path: Path) -> None:
    """Is each mistake named if all the code around it uses other operations, which round differently?"""
    wrong: list[str] = []
    unsure: list[str] = []
    forms = [(m.id, form) for m in load_mistakes(names.course) for form in m.forms]
    for i, (mistake_id, form) in enumerate(forms):
        package = variant(form, reference, tmp_path / str(i))
        restyle_package(package, list(names.course.editable))
        ids = [m.id for m in named(names, package, form.task).mistakes]
        if mistake_id not in ids:
            wrong.append(f"{form.id}: {', '.join(ids) or 'nothing'}")
        elif len(ids) > 1:
            unsure.append(f"{form.id}: {', '.join(ids)}")
        shutil.rmtree(package)
    rate = 1 - len(wrong) / len(forms)
    print(f"named in another style: {len(forms) - len(wrong)} of {len(forms)} ({rate:.1%}), {len(unsure)} of them with others")
    print("\n".join(["not named:", *wrong, "not told apart:", *unsure]))
    assert rate >= RATE


@pytest.mark.parametrize("mistake_id", ALIKE)
def test_mistakes_with_the_same_outputs_are_both_named(
    mistake_id: str, names: Naming, course: Course, reference: Path, tmp_path: Path
) -> None:
    """Does a student whose network never leaves training mode get both questions, since either slip gives these outputs?"""
    found = named(names, variant(entry(course, mistake_id), reference, tmp_path), "fc-net-normalization")
    assert [m.id for m in found.mistakes] == ALIKE
    first, second = (entry(course, m).asks for m in ALIKE)
    assert hint(found, "question") == f"Either: {first}\nor: {second}"


def test_one_output_that_agrees_by_chance_names_nothing(names: Naming, course: Course, reference: Path, tmp_path: Path) -> None:
    """Is a mistake left out that contradicts more checks than it explains?"""
    task = course.task("adam")
    mistake = entry(course, "adam-no-correction")
    evidence = observed(names, variant(mistake, reference, tmp_path), task.id)
    assert names.name(task, evidence).mistakes == (mistake,)
    failed = [i for i, e in enumerate(evidence) if not e.passed]
    assert len(failed) > 2
    for i in failed[1:]:
        kept = [replace(s, value=s.value + 1.0) if isinstance(s, Observation) else s for s in evidence[i].seen]
        evidence[i] = replace(evidence[i], seen=kept)
    assert names.name(task, evidence) == NamedMistakes(())


@pytest.mark.slow
def test_an_entry_is_named_only_if_all_its_results_agree(
    names: Naming, course: Course, reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is an entry not named for similar results: one check fewer wrong, one more wrong, one output of another size?"""
    monkeypatch.setattr(names.pairs, "find", lambda *_: None)
    for mistake in load_mistakes(course):
        task = course.task(mistake.task)
        contracts = {c.name for c in checks_of(course, task) if c.kind is Kind.CONTRACT}
        forms = [observed(names, variant(f, reference, tmp_path / f"{mistake.id}-{i}"), task.id) for i, f in enumerate(mistake.forms)]
        first, *others = ([e for e in evidence if e.check not in contracts] for evidence in forms)
        for neighbour in neighbours(first, observed(names, reference, task.id)):
            # The results of another form of the same entry do not count as similar.
            if passed(neighbour) == passed(first) or passed(neighbour) not in map(passed, others):
                assert mistake not in names.name(task, neighbour).mistakes, mistake.id


def passed(evidence: list[Evidence]) -> list[bool]:
    """Return which checks a package passes, in order."""
    return [e.passed for e in evidence]


def neighbours(evidence: list[Evidence], right: list[Evidence]) -> Iterator[list[Evidence]]:
    """Yield results that are close to those of a mistake but differ from them."""
    by_name = {e.check: e for e in right}
    for i, one in enumerate(evidence):
        rest = evidence[:i], evidence[i + 1 :]
        numbers = [k for k, item in enumerate(one.seen) if isinstance(item, Observation) and item.value.size]
        if not one.passed:
            yield [*rest[0], by_name[one.check], *rest[1]]
        # A right result is made wrong, and a wrong one wrong in a different way.
        for k in numbers[:1] + [k for k in numbers[1:] if one.passed or k == numbers[-1]][-1:]:
            item = one.seen[k]
            assert isinstance(item, Observation)
            other = replace(item, value=np.where(np.isfinite(item.value), item.value.astype(np.float64) * 3 + 1, 1.0))
            seen = [*one.seen[:k], other, *one.seen[k + 1 :]]
            yield [*rest[0], replace(one, seen=seen, passed=False, right=tuple(w and j != k for j, w in enumerate(one.right))), *rest[1]]


def test_a_function_like_a_starter_is_not_named(names: Naming, reference: Path, tmp_path: Path) -> None:
    """Does a function that returns zeros get no name, even if an entry has the same results?"""
    shutil.copytree(reference / "coursenn", tmp_path / "coursenn")
    path = tmp_path / "coursenn" / "layers.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n\ndef relu_forward(x):\n    return 0 * x, x\n", encoding="utf-8")
    assert named(names, tmp_path, "relu-forward") == NOTHING


def test_a_wrong_forward_pass_is_not_blamed_on_the_backward_pass(names: Naming, course: Course, reference: Path, tmp_path: Path) -> None:
    """Is no entry of a task named if a function that its checks call is wrong in an unknown way?"""
    mistake = entry(course, "dropout-backward-fresh-mask")
    task = course.task(mistake.task)
    evidence = observed(names, variant(mistake, reference, tmp_path), task.id)
    assert names.name(task, evidence).mistakes == (mistake,)
    assert names.name(task, evidence, unknown={"layers.affine_forward"}).mistakes == (mistake,)
    assert names.name(task, evidence, unknown={"layers.dropout_forward"}) == NOTHING


def test_two_mistakes_in_one_function_are_both_named(names: Naming, course: Course, reference: Path, tmp_path: Path) -> None:
    """Does a student with two mistakes read about both if each shows in a check of its own?"""
    ids = ("batchnorm-forward-momentum-the-wrong-way-round", "batchnorm-forward-eps-hard-coded")
    package = reference
    for i, mistake_id in enumerate(ids):
        package = variant(entry(course, mistake_id), package, tmp_path / str(i))
    found = named(names, package, "batchnorm-forward")
    assert {m.id for m in found.mistakes} == set(ids)
    assert not found.either


def test_an_unknown_mistake_is_not_named(names: Naming, reference: Path, tmp_path: Path) -> None:
    """Does code get no name if it is wrong in a way that the catalogue lacks?"""
    shutil.copytree(reference / "coursenn", tmp_path / "coursenn")
    path = tmp_path / "coursenn" / "layers.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text
        + "\n\n_right = batchnorm_forward\n\n\ndef batchnorm_forward(*a):\n    out, cache = _right(*a)\n    return np.sin(out), cache\n"
    )
    assert named(names, tmp_path, "batchnorm-forward") == NamedMistakes(())


def test_a_passed_check_rules_a_mistake_out(names: Naming, course: Course, reference: Path, tmp_path: Path) -> None:
    """Is a mistake that would fail checks which the submission passes never named?"""
    mistake = entry(course, "batchnorm-forward-eps-forgotten")
    evidence = observed(names, variant(mistake, reference, tmp_path), mistake.task)
    passing = observed(names, reference, mistake.task)
    failed = [i for i, e in enumerate(evidence) if not e.passed]
    assert names.name(course.task(mistake.task), evidence).mistakes == (mistake,)
    mixed = [*passing[: failed[0]], evidence[failed[0]], *passing[failed[0] + 1 :]]
    if len(failed) > 1:
        assert mistake not in names.name(course.task(mistake.task), mixed).mistakes


def test_what_is_not_written_yet_is_not_searched_for_mistakes(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is an untouched stub never compared with the catalogue?"""
    monkeypatch.setattr(Naming, "name", lambda *_: pytest.fail("searched"))
    for name in course.editable:
        target = tmp_path / "coursenn" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(course.stub(name), target)
    result = grade_submission(tmp_path, course, course.assignments[0], 0, tasks=["adam"], unsafe_no_sandbox=problem() is not None)
    assert [t.verdict for t in result.tasks] == ["not_attempted"]


def test_levels_say_more_and_more(course: Course) -> None:
    """Does the manifest's setting decide between a link, a question and an explanation?"""
    first, second = load_mistakes(course)[:2]
    assert hint(NamedMistakes((first,)), "pointer") is None
    assert hint(NamedMistakes((first,)), "question") == first.asks
    assert hint(NamedMistakes((first,)), "explanation") == f"{first.says} {first.asks}"
    assert hint(NamedMistakes((first, second), either=True), "question") == f"Either: {first.asks}\nor: {second.asks}"
    assert hint(NamedMistakes(()), "explanation") is None
