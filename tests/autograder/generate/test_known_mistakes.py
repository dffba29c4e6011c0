"""Do the visible checks give hints about typical mistakes, and do students get nothing more than that needs?"""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.generate import known_mistakes as generator
from autograder.generate.known_mistakes import KNOWN_MISTAKES, Keys, known_mistakes_files, known_mistakes_json
from autograder.generate.leaks import find_leaks, secret_lines
from autograder.generate.tasks import tasks_json
from autograder.generate.visible_checks import check_cells
from autograder.manifest import Course, load_course
from autograder.mistakes import load_mistakes
from coursenn._known_mistakes import agree, fingerprint
from coursenn.checking import CheckFailed, checking

MOST_BYTES = 300_000


@pytest.fixture(scope="module")
def document(course: Course) -> dict[str, Any]:
    return json.loads((course.root / "src" / "coursenn" / KNOWN_MISTAKES).read_text(encoding="utf-8"))


def test_the_file_is_up_to_date(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Are the file and the stored results up to date, and is that seen without running a check?"""
    monkeypatch.setattr(generator, "_cached", lambda *_: pytest.fail("a check was run: `make generate` and commit"))
    files = known_mistakes_files(course)
    assert len(files) == 1 + len(course.notebooks)
    assert [path.name for path, text in files.items() if text != path.read_text(encoding="utf-8")] == []
    assert known_mistakes_json(course) == files[course.root / "src" / "coursenn" / KNOWN_MISTAKES]


ADDED = "\n\ndef twice(x):\n    return 2 * x\n"


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("\n\n\ndef affine_forward(", ADDED + "\n\ndef affine_forward(", set()),
        ("def relu_forward(x: Array)", "def relu_forward(x: Array, _unused: int = 0)", {"relu-forward", "relu-backward"}),
    ],
    ids=["an added function", "a changed function"],
)
def test_a_change_reruns_only_its_own_hints(old: str, new: str, again: set[str], course: Course, tmp_path: Path) -> None:
    """Does an added function rerun no hint, and a changed one only those whose check cells call it?"""
    before = Keys(course)
    shutil.copytree(course.root, tmp_path / "course", ignore=shutil.ignore_patterns("*.so", "__pycache__", "build"))
    changed = load_course(tmp_path / "course" / "course.toml")
    path = changed.reference("layers.py")
    source = path.read_text(encoding="utf-8")
    assert source.count(old) == 1
    path.write_text(source.replace(old, new), encoding="utf-8")
    after = Keys(changed)
    forms = [
        m for m in load_mistakes(course) if m.task in ("affine-forward", "relu-forward", "relu-backward", "softmax-loss", "dropout-forward")
    ]
    assert {m.task for m in forms if before.of(m) != after.of(m)} == again


def test_students_get_numbers_a_question_and_a_link(course: Course, document: dict[str, Any]) -> None:
    """Does each entry hold numbers, a question and a link, and is no id of a mistake in the file?"""
    path = course.root / "src" / "coursenn" / KNOWN_MISTAKES
    mistakes = load_mistakes(course)
    entries = [entry for check in document["checks"].values() for entry in check]
    assert path.stat().st_size < MOST_BYTES
    forms = sum(len(m.forms) for m in mistakes)
    assert len(entries) > 0.7 * forms
    assert all(entry.keys() == {"wrong", "says", "see"} for entry in entries)
    assert {entry["see"] for entry in entries} <= document["places"].keys()
    assert course.feedback.visible == "question"
    assert {entry["says"] for entry in entries} <= {m.asks for m in mistakes}
    text = path.read_text(encoding="utf-8")
    assert not [m.id for m in mistakes if m.id in text]
    print(f"{len(entries)} of {forms} forms of mistakes show in a visible check; {path.stat().st_size} bytes")


def test_no_line_of_the_catalogue_is_in_the_public_tree(course: Course) -> None:
    """Is every line of a mistake's code missing from the files for students?"""
    secrets = secret_lines(course, ["mistake"])
    assert len(secrets) > 100
    for folder in (course.root / "src", course.root / "notebooks"):
        assert not find_leaks(folder, secrets)


def affine(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.tensordot(x.reshape(len(x), -1), w, 1)


def test_a_student_who_forgot_the_bias_reads_the_question(course: Course) -> None:
    """Does the check of the notebook ask the question of that mistake, although the code is written differently?"""
    _, source = check_cells(course)["affine-forward"]
    names: dict[str, Any] = {"np": np, "checking": checking, "affine_forward": lambda x, w, b: (affine(x, w, b), None)}
    with pytest.raises(CheckFailed) as failed:
        exec(source, names)
    asked = next(m.asks for m in load_mistakes(course) if m.id == "affine-forward-no-bias")
    message = str(failed.value)
    assert f"hint   {asked}" in message
    assert "Read the book: Affine layers, ReLU and two losses, section Affine layer, or fully connected layer" in message


def test_the_address_of_the_book_is_read_from_tasks_json(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does a hint link to the book once an instructor has set the address, without new hints?"""
    from coursenn import _known_mistakes

    published = dataclasses.replace(course, book_address="https://you.github.io/layers")
    monkeypatch.setattr(generator, "_cached", lambda *_: pytest.fail("a check was run"))
    assert known_mistakes_json(published) == known_mistakes_json(course)
    (tmp_path / "tasks.json").write_text(tasks_json(published), encoding="utf-8")
    monkeypatch.setattr(_known_mistakes, "TASKS", tmp_path / "tasks.json")
    assert _known_mistakes._where_to_read("dropout#forward") == published.book_url("dropout#forward")
    assert _known_mistakes._where_to_read("dropout") == published.book_url("dropout") == "https://you.github.io/layers/book/dropout.html"


def test_an_unknown_mistake_gets_no_hint(course: Course) -> None:
    """Does a check without a fitting mistake fail without a hint?"""
    _, source = check_cells(course)["affine-forward"]
    names: dict[str, Any] = {"np": np, "checking": checking, "affine_forward": lambda x, w, b: (np.sin(affine(x, w, b)), None)}
    with pytest.raises(CheckFailed) as failed:
        exec(source, names)
    assert "hint" not in str(failed.value)


def test_fingerprints_tell_outputs_apart() -> None:
    """Is an output recognised after rounding, and told apart from another one?"""
    array = np.random.default_rng(0).normal(size=(4, 5))
    assert agree(fingerprint(array), fingerprint(array * (1 + 1e-9)))
    assert agree(fingerprint(array[None]), fingerprint(array))
    for other in (array.T, array[::-1], -array, array * 1.001, array[:3], np.where(array > 1, np.nan, array)):
        assert not agree(fingerprint(array), fingerprint(other))
    assert fingerprint("text") is fingerprint(None) is None
    assert fingerprint([[1], [1, 2]]) is None


def test_checks_work_without_hints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does a check still say what is wrong if the file of hints is missing or damaged?"""
    from coursenn import _known_mistakes

    (tmp_path / "damaged.json").write_text("{", encoding="utf-8")
    for name in ("missing.json", "damaged.json"):
        monkeypatch.setattr(_known_mistakes, "FILE", tmp_path / name)
        _known_mistakes._document.cache_clear()
        with pytest.raises(CheckFailed, match="WRONG"), checking("affine_forward") as check:
            check.close("out", np.zeros(2), np.ones(2))
    _known_mistakes._document.cache_clear()
