"""Are copies found whatever was renamed, and is what everybody writes left out?"""

from __future__ import annotations

import itertools
import math
import random
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.manifest import Course
from autograder.pages.source_lines import SourceText
from autograder.similar.fingerprints import ROW, WINDOW, rows, tokens_of, winnowed
from autograder.similar.pairs import COMMON, FEWEST, SMALL_CLASS, find_pairs
from autograder.similar.texts import Origin, Passage, Work, given_rows, marked_lines, passage_of, published
from autograder.workspace.workspace import Workspace
from tests.autograder.small_course import hand_in

ORIGINAL = '''
def softmax_loss(x, y):
    """Given."""
    shifted = x - x.max(axis=1, keepdims=True)
    total = np.exp(shifted).sum(axis=1, keepdims=True)
    logs = shifted - np.log(total)
    count = x.shape[0]
    loss = -logs[np.arange(count), y].mean()
    grad = np.exp(logs)
    grad[np.arange(count), y] -= 1
    return loss, grad / count
'''
RENAMED = """
def softmax_loss(x, y):
    # mine
    a = x - x.max(axis=1, keepdims=True)   # shift
    b = np.exp(a).sum(axis=1,
                      keepdims=True)
    c = a - np.log(b)
    n = x.shape[0]
    result = -c[np.arange(n), y].mean()
    d = np.exp(c)
    d[np.arange(n), y] -= 1
    return result, d / n
"""
INDEPENDENT = """
def softmax_loss(x, y):
    probs = np.empty_like(x)
    loss = 0.0
    for i, row in enumerate(x):
        e = np.exp(row - np.max(row))
        probs[i] = e / np.sum(e)
        loss -= np.log(probs[i, y[i]])
    dx = probs.copy()
    for i in range(len(y)):
        dx[i, y[i]] = dx[i, y[i]] - 1.0
    return loss / len(y), dx / len(y)
"""
NAME = "layers.softmax_loss"


def work(label: str, text: str, origin: Origin = Origin.CLASS, groups: frozenset[str] = frozenset()) -> Work:
    """Somebody's function."""
    passage = passage_of(SourceText(text.encode()), "softmax_loss")
    assert passage is not None
    return Work(label, origin, {NAME: passage}, groups)


def test_new_names_and_comments_hide_nothing() -> None:
    """Is a copy with other names, comments and line breaks found, and independent work not?"""
    found = find_pairs([work("jane", ORIGINAL), work("rich", RENAMED), work("ada", INDEPENDENT)], given=())
    assert [(p.one.label, p.other.label) for p in found] == [("jane", "rich")]
    assert found[0].shares[NAME] == (1.0, 1.0)


def test_what_is_given_is_left_out() -> None:
    """Do two works that share only what the reference holds make no pair?"""
    one = work("jane", ORIGINAL)
    assert not find_pairs([one, work("rich", RENAMED)], given=one.functions[NAME].numbers)


def test_what_many_have_is_left_out() -> None:
    """Does a text that more than a quarter of the class has say nothing about two of them?"""
    many = [work(f"s{n}", ORIGINAL) for n in range(6)] + [work(f"t{n}", INDEPENDENT) for n in range(2)]
    assert [(p.one.label, p.other.label) for p in find_pairs(many, given=())] == [("t0", "t1")]


def test_partners_and_two_strangers_are_no_pair() -> None:
    """Are partners not compared with each other, nor published solutions?"""
    group = frozenset({"a"})
    assert not find_pairs([work("jane", ORIGINAL, groups=group), work("rich", RENAMED, groups=group)], given=())
    assert not find_pairs([work("x", ORIGINAL, Origin.PUBLISHED), work("y", RENAMED, Origin.EARLIER)], given=())
    assert find_pairs([work("x", ORIGINAL, Origin.PUBLISHED), work("jane", RENAMED)], given=())


def test_a_class_that_shares_everything_is_not_passed_over() -> None:
    """Is a class of four with one text between them all pairs, and none of them left out for being everybody's?"""
    assert len(find_pairs([work(f"s{n}", ORIGINAL) for n in range(4)], given=())) == 6


@pytest.mark.parametrize("most", [1, 7, 1000])
def test_all_pairs_at_once_are_the_pairs_one_by_one(most: int) -> None:
    """Do the products of matrices find the pairs that looking at every two works finds, in the same order?"""
    rng = random.Random(5)
    works = []
    for n in range(24):
        kept = {f: frozenset(rng.sample(range(200), 40)) for f in ("a", "b") if rng.random() < 0.9}
        functions = {f: Passage((), tuple(rows), rows, (), 1) for f, rows in kept.items()}
        groups = frozenset({"team"} if n in (3, 4, 5) else ())
        works.append(Work(f"w{n:02d}", rng.choice(list(Origin)), functions, groups))
    given = frozenset(range(5))
    expected = []
    for one, other in itertools.combinations(works, 2):
        if Origin.CLASS not in (one.origin, other.origin) or one.groups & other.groups:
            continue
        weight, shared = 0.0, {}
        for f in one.functions.keys() & other.functions.keys():
            everybody = [w.functions[f].kept for w in works if f in w.functions]
            holders = {row: sum(row in rows for rows in everybody) for row in range(200)}
            limit = max(SMALL_CLASS, COMMON * len(everybody))
            both = {r for r in one.functions[f].kept & other.functions[f].kept - given if 1 < holders[r] <= limit}
            if len(both) >= FEWEST:
                shared[f] = both
                weight += sum(math.log((len(everybody) + 1) / holders[r]) for r in both)
        if shared:
            expected.append((round(-weight, 6), one.label, other.label, shared))
    found = [(round(-p.weight, 6), p.one.label, p.other.label, p.shared) for p in find_pairs(works, given, most)]
    assert len(expected) > 20
    assert found == sorted(expected, key=lambda p: p[:3])[:most]


def test_every_shared_passage_of_that_length_is_found() -> None:
    """Does winnowing keep its promise: a passage of ROW + WINDOW - 1 tokens in both texts leaves a row in both?"""
    rng = random.Random(7)
    for _ in range(50):
        shared = "f(" + ", ".join(str(rng.randrange(10**6)) for _ in range(ROW + WINDOW)) + ")"
        texts = [
            f"def softmax_loss(x, y):\n    a = {rng.randrange(10**6)} + {rng.randrange(10**6)}\n    b = {shared}\n"
            f"    return {' + '.join(str(rng.randrange(10**6)) for _ in range(rng.randrange(1, 30)))}\n"
            for _ in range(2)
        ]
        one, other = (passage_of(SourceText(text.encode()), "softmax_loss") for text in texts)
        assert one is not None
        assert other is not None
        assert one.kept & other.kept


def test_the_marked_lines_are_those_that_are_shared() -> None:
    """Are the lines of a shared passage marked, and the lines around it not?"""
    text = ORIGINAL.replace("    return", "    unrelated = [[1, 2], {3: 4}, 5 if 6 else 7, lambda q: q]\n    return")
    one, other = work("jane", ORIGINAL).functions[NAME], work("rich", text).functions[NAME]
    marked = [line.strip() for line, yes in zip(other.lines, marked_lines(other, one.kept & other.kept), strict=True) if yes]
    assert "logs = shifted - np.log(total)" in marked
    assert not any("unrelated" in line for line in marked)


def test_tokens_are_the_same_in_every_run() -> None:
    """Do rows have the same numbers in every process, so that pages do not change by chance?"""
    definition = SourceText(ORIGINAL.encode()).definition("softmax_loss")
    assert definition is not None
    numbers = rows(tokens_of(definition))
    assert winnowed(numbers) <= set(numbers)
    assert numbers[0] == rows(tokens_of(definition))[0]


@pytest.mark.parametrize("text", ["def softmax_loss(", "def softmax_loss(x):\n" + "(" * 5000, "\0\xff", "class softmax_loss:\n  pass"])
def test_broken_text_is_no_error(text: str) -> None:
    """Is a file that nobody could run read without harm?"""
    passage_of(SourceText(text.encode("latin-1")), "softmax_loss")


def test_published_solutions_of_any_layout_are_read(small: Course, tmp_path: Path) -> None:
    """Is a function found by its name wherever somebody put it, and is a link not followed?"""
    body = "".join(f"    a{n} = np.log(x) * {n} + g(x, {n})\n" for n in range(9))
    (tmp_path / "someone" / "deep").mkdir(parents=True)
    (tmp_path / "someone" / "deep" / "mine.py").write_text(f"def relu_forward(x):\n{body}    return x, x\n")
    (tmp_path / "link.py").symlink_to(tmp_path / "someone" / "deep" / "mine.py")
    (found,) = published(small, "first", tmp_path)
    assert found.label == "someone"
    assert list(found.functions) == ["layers.relu_forward"]


def test_the_command_shows_a_pair_and_changes_no_mark(workspace: Workspace) -> None:
    """Are two copies side by side in static HTML that says what it is, and is nothing else written?"""
    body = "".join(f"    {{0}}{n} = np.log(x) * {n} + g(x, {n})\n" for n in range(9))
    for student, name in (("jane", "a"), ("rich", "<b>")):
        text = f"import numpy as np\n\n\ndef relu_forward(x):\n{body.replace('{0}', 'v')}    note = '{name}'\n    return x, x\n"
        hand_in(workspace, student, {"coursenn/layers.py": text})
    hand_in(workspace, "ada")
    before = {p: p.read_bytes() for p in workspace.root.rglob("*") if p.is_file()}
    done = CliRunner().invoke(main, ["similar", "first", "--workspace", str(workspace.root)])
    assert done.exit_code == 0, done.output
    assert "jane and rich" in done.output
    assert "No mark was changed" in done.output
    page = (workspace.root / "similar" / "first" / "pair-1.html").read_text()
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert "<script" not in page
    assert "changes a mark" in " ".join((workspace.root / "similar" / "first" / "index.html").read_text().split())
    after = {p: p.read_bytes() for p in workspace.root.rglob("*") if p.is_file()}
    changed = {p.relative_to(workspace.root).parts[0] for p in after if before.get(p) != after[p]}
    assert changed <= {"similar", "nbgrader_config.py", "workspace.json"}


def test_the_reference_makes_rows_inevitable(course: Course) -> None:
    """Are the rows of the reference's own functions among those that are left out?"""
    name = next(n for n in course.editable if n == "layers.py")
    passage = passage_of(SourceText(course.reference(name).read_bytes()), "affine_forward")
    assert passage is None or set(passage.numbers) <= given_rows(course)
