"""Which sentences of the docstrings are proved by a check and a wrong version, and which are findings?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from autograder.audit.handed import Handed, odd_shapes
from autograder.audit.listed import Again, Beside, Elsewhere, Listed, ListFile, Nothing, Only, read_listed
from autograder.audit.misread import misreadings
from autograder.audit.sentences import AGAIN, ELSEWHERE, MOST, NOTHING, QUOTED, RELIED_ON, Prover, Version, covers, prove_sentences
from autograder.audit.units import described, descriptions
from autograder.checking import Check, Kind
from autograder.cli import main
from autograder.manifest import Course, Task
from autograder.mistakes import Mistake
from autograder.mistakes.variants import substitute
from tests.autograder.mistakes.extra_course import MISTAKE, write_course

DESCRIBED = described(
    "scales.scale",
    ("scale",),
    """Scales what it is given.

    Each entry is doubled. Zero stays zero.

    Parameters
    ----------
    x : inputs, shape (N, D).
    """,
)
TITLE, DOUBLED, ZERO, LINE = DESCRIBED.units
TASK = Task("scale", "Scales", 1.0, "scales", functions=("scales.scale",))


def _check(name: str, *quotes: str) -> Check:
    asks, *also = quotes
    return Check("scale", name, asks, 1.0, lambda s: None, Kind.BEHAVIOUR, "", tuple(also))


def _prover(checks: Iterable[Check], versions: Iterable[Version], monkeypatch: pytest.MonkeyPatch, **listed: tuple[object, ...]) -> Prover:
    given = tuple(checks)
    monkeypatch.setattr("autograder.audit.sentences.checks_of", lambda course, task: given)
    handed = {
        ("scale", c.name): [Handed("scales.scale", {"x": np.ones((2, 3))}), Handed("scales.scale", {"x": np.ones((4, 2))})] for c in given
    }
    return Prover(None, [TASK], versions, handed, Listed(ListFile(**listed)))  # type: ignore[arg-type]


def _version(name: str, *failed: str, line: bool = False) -> Version:
    return Version(name, "scale", frozenset(failed), LINE if line else None)


QUOTES = _check("doubles", DOUBLED.text)
BROKEN = _version("scale-tripled", "doubles")


def test_a_sentence_that_a_check_quotes_and_a_version_breaks_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Does the proof name both?"""
    proof = _prover([QUOTES], [BROKEN], monkeypatch).proof(DESCRIBED, DOUBLED)
    assert (proof.how, proof.checks, proof.version, proof.finding) == (QUOTED, {"scale": {"doubles"}}, "scale-tripled", "")


def test_a_sentence_that_nothing_breaks_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is it a finding if a check quotes the sentence but no wrong version fails that check?"""
    proof = _prover([QUOTES], [_version("scale-other", "keeps zero")], monkeypatch).proof(DESCRIBED, DOUBLED)
    assert proof.finding == "no wrong version fails scale: doubles"


def test_a_version_that_fails_other_checks_needs_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a version that also fails other checks a finding unless the list says why?"""
    versions = [_version("scale-all-wrong", "doubles", "keeps zero")]
    assert "also fails keeps zero" in _prover([QUOTES], versions, monkeypatch).proof(DESCRIBED, DOUBLED).finding
    beside = Beside(checks=("keeps zero",), why="It compares everything.")
    assert not _prover([QUOTES], versions, monkeypatch, beside=(beside,)).proof(DESCRIBED, DOUBLED).finding
    other = Beside(checks=("keeps zero",), texts=("Zero stays zero.",), why="It is about another sentence.")
    assert _prover([QUOTES], versions, monkeypatch, beside=(other,)).proof(DESCRIBED, DOUBLED).finding


def test_a_sentence_that_no_check_quotes_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is it a finding unless the list says that it promises nothing, is proved by a test or repeats a quoted sentence?"""
    assert "no check quotes it" in _prover([QUOTES], [BROKEN], monkeypatch).proof(DESCRIBED, ZERO).finding
    nothing = Nothing(texts=(ZERO.text,), why="It follows.")
    assert _prover([QUOTES], [BROKEN], monkeypatch, nothing=(nothing,)).proof(DESCRIBED, ZERO).how == NOTHING
    elsewhere = Elsewhere(patterns=("Zero .*",), test="tests/test_zero.py::test_zero", why="No check can.")
    assert _prover([QUOTES], [BROKEN], monkeypatch, elsewhere=(elsewhere,)).proof(DESCRIBED, ZERO).how == ELSEWHERE
    again = Again(says=DOUBLED.text, texts=(ZERO.text,))
    proof = _prover([QUOTES], [BROKEN], monkeypatch, again=(again,)).proof(DESCRIBED, ZERO)
    assert (proof.how, proof.version, proof.finding) == (AGAIN, "scale-tripled", "")


def test_a_line_is_proved_by_versions_that_misread_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Must every misreading of a line fail a check, and only checks that pass the argument?"""
    caught = _version("scale-misread: x (something else)", "doubles", line=True)
    assert _prover([QUOTES], [caught], monkeypatch).proof(DESCRIBED, LINE).how == RELIED_ON
    missed = _version("scale-misread: x (another)", line=True)
    assert "fails no check" in _prover([QUOTES], [caught, missed], monkeypatch).proof(DESCRIBED, LINE).finding
    far = _version("scale-misread: x (something else)", "doubles", "of another function", line=True)
    assert "should not see it" in _prover([QUOTES], [far], monkeypatch).proof(DESCRIBED, LINE).finding


def test_a_check_that_quotes_everything_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a check that quotes too many sentences a finding?"""
    texts = [f"Rule {i} holds." for i in range(MOST + 1)]
    description = described("scales.scale", ("scale",), " ".join(texts))
    found = _prover([_check("all", *texts)], [_version("scale-wrong", "all")], monkeypatch).prove([description])
    assert [f for f in found.findings if "proves nothing" in f]


def test_a_rule_for_all_functions_must_be_quoted_in_each_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a rule of the package a finding in a task that does not quote it, unless the list says why?"""
    package = described("", ("scale",), "Nothing is written into.", common=True)
    (rule,) = package.units
    assert "no check asks for it in scale" in _prover([QUOTES], [BROKEN], monkeypatch).proof(package, rule).finding
    only = Only(says=rule.text, tasks=("*-net",), why="It is about networks.")
    assert not _prover([QUOTES], [BROKEN], monkeypatch, only=(only,)).proof(package, rule).finding
    again = Again(says=rule.text, texts=(DOUBLED.text,))
    assert _prover([QUOTES], [BROKEN], monkeypatch, again=(again,)).proof(package, rule).version == "scale-tripled"


def test_an_entry_that_fits_no_sentence_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is an entry of the list a finding once its text is in no docstring?"""
    nothing = Nothing(texts=("Gone.", TITLE.text, ZERO.text), why="A title.")
    found = _prover(
        [QUOTES], [BROKEN, _version("scale-misread: x (another)", "doubles", line=True)], monkeypatch, nothing=(nothing,)
    ).prove([DESCRIBED])
    assert found.findings == ["sentences.toml: nothing needs 'Gone.': remove it"]


@pytest.mark.parametrize(
    ("quote", "text", "is_covered"),
    [
        ("Each entry is doubled.", "Each entry is doubled.", True),
        ("is doubled. Zero stays zero.", "Zero stays zero.", True),
        ("Zero", "Zero stays zero.", False),
        ("Nothing.", "Zero stays zero.", False),
    ],
)
def test_a_quote_covers_a_sentence_of_which_it_holds_most(quote: str, text: str, is_covered: bool) -> None:
    """Does a quote cover a sentence only if it holds most of it?"""
    unit = next(u for u in DESCRIBED.units if u.text == text)
    assert covers(DESCRIBED.text, unit, quote) == is_covered


def _shapes(*shapes: tuple[int, ...]) -> list[str]:
    return odd_shapes(DESCRIBED, [Handed("scales.scale", {"x": np.ones(shape)}) for shape in shapes])


def test_the_letters_of_a_shape_are_drawn_with_different_sizes() -> None:
    """Is it a finding if a letter has only one size, two letters always agree, or a shape is not the documented one?"""
    assert _shapes((2, 3), (4, 5)) == []
    assert _shapes((2, 3), (2, 4)) == ["scales.scale: all checks together draw one size of N only"]
    assert _shapes((2, 2), (4, 4)) == ["scales.scale: N and D are the same in every check"]
    assert "shape (2, 3, 4)" in _shapes((2, 3), (4, 5), (2, 3, 4))[0]


# ---------------------------------------------------------------- this course


def _misread(course: Course, *tasks: str) -> list[Mistake]:
    found = [d for d in descriptions(course) if not d.common]
    return [m.mistake for d in found for task in d.tasks if task in tasks for m in misreadings(course, course.task(task), d)]


def test_each_line_is_misread_in_several_ways(course: Course) -> None:
    """Does a misreading use another argument, value, default or shape, or the latest cache?"""
    names = {m.id.rpartition(" (")[2] for m in _misread(course, "relu-backward", "sgd-momentum", "two-layer-net")}
    assert names == {"something else)", "another value)", "another default)", "another shape)", "the latest one)"}


@pytest.mark.slow
def test_every_misreading_fits_the_reference(course: Course) -> None:
    """Does every misreading change the reference, and does each have its own id?"""
    made = _misread(course, *(t.id for t in course.tasks))
    sources = {file: course.reference(file).read_text(encoding="utf-8") for file in course.editable}
    assert all(substitute(sources[m.file], m) != sources[m.file] for m in made)
    assert len({m.id for m in made}) == len(made)


def test_tests_that_prove_sentences_exist(course: Course) -> None:
    """Does every test that the list names exist?"""
    root = Path(__file__).resolve().parents[3]
    for group in read_listed(course).file.elsewhere:
        file, name = group.test.split("::")
        assert re.search(rf"^def {name}\(", (root / file).read_text(encoding="utf-8"), re.MULTILINE), group.test


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_sentence_is_proved(course: Course) -> None:
    """Is every sentence of the docstrings proved, and is every entry of the list needed?"""
    found = prove_sentences(course, jobs=1)
    print(found.counts())
    assert not found.findings, "\n".join(found.findings)


# ---------------------------------------------------------------- the command


def _run(*options: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["audit", *options])
    return result.exit_code, " ".join(result.output.split())


def test_the_command_finds_a_sentence_that_nothing_proves(tmp_path: Path) -> None:
    """Is the exit status 1 if a docstring promises something that no check quotes?"""
    manifest = write_course(tmp_path, MISTAKE)
    asked = ("--course", str(manifest), "--sentences", "--jobs", "1")
    code, output = _run(*asked)
    assert (code, output) == (
        0,
        "cubes.cube: The third power of x. quoted: sign; value 1 sentence or line: 1 quoted 0 comparisons in the checks of the notebooks",
    )
    solution = tmp_path / "extra" / "solutions" / "coursenn" / "cubes.py"
    solution.write_text(solution.read_text(encoding="utf-8").replace("of x.", "of x. Zero stays zero."), encoding="utf-8")
    code, output = _run(*asked)
    assert code == 1
    assert "'Zero stays zero.': no check quotes it" in output
    listed = '[[nothing]]\nwhy = "It follows."\ntexts = ["Zero stays zero."]\n'
    (tmp_path / "extra" / "sentences.toml").write_text(listed, encoding="utf-8")
    assert _run(*asked)[0] == 0


def test_misuse_is_refused() -> None:
    """Is the exit status 2 for two options at once, and for `--visible` without `--mutants`?"""
    assert _run("--sentences", "--mutants")[0] == 2
    assert _run("--visible")[0] == 2
