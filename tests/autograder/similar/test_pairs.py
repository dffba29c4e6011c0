"""Are copies found despite new names, and are passages left out that many students write?"""

from __future__ import annotations

import itertools
import math
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.manifest import Course
from autograder.pages.source_lines import SourceText
from autograder.paths import REPOSITORY
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
    """Return a student's work with one function."""
    passage = passage_of(SourceText(text.encode()), "softmax_loss")
    assert passage is not None
    return Work(label, origin, {NAME: passage}, groups)


def test_new_names_and_comments_hide_nothing() -> None:
    """Is a copy with other names, comments and line breaks found, but not independent work?"""
    found = find_pairs([work("jane", ORIGINAL), work("rich", RENAMED), work("ada", INDEPENDENT)], given=())
    assert [(p.one.label, p.other.label) for p in found] == [("jane", "rich")]
    assert found[0].shares[NAME] == (1.0, 1.0)


def test_given_passages_are_left_out() -> None:
    """Are two works not a pair if they share only passages of the reference?"""
    one = work("jane", ORIGINAL)
    assert not find_pairs([one, work("rich", RENAMED)], given=one.functions[NAME].numbers)


def test_common_passages_are_left_out() -> None:
    """Is a passage left out if more than a quarter of the class has it?"""
    many = [work(f"s{n}", ORIGINAL) for n in range(6)] + [work(f"t{n}", INDEPENDENT) for n in range(2)]
    assert [(p.one.label, p.other.label) for p in find_pairs(many, given=())] == [("t0", "t1")]


def test_partners_and_outside_works_are_not_paired() -> None:
    """Are partners not compared with each other, and published solutions only with the class?"""
    group = frozenset({"a"})
    assert not find_pairs([work("jane", ORIGINAL, groups=group), work("rich", RENAMED, groups=group)], given=())
    assert not find_pairs([work("x", ORIGINAL, Origin.PUBLISHED), work("y", RENAMED, Origin.EARLIER)], given=())
    assert find_pairs([work("x", ORIGINAL, Origin.PUBLISHED), work("jane", RENAMED)], given=())


def test_a_small_class_that_shares_everything_is_found() -> None:
    """Are all pairs of a class of four with the same text found, although everybody has it?"""
    assert len(find_pairs([work(f"s{n}", ORIGINAL) for n in range(4)], given=())) == 6


@pytest.mark.parametrize("most", [1, 7, 1000])
def test_matrix_products_find_the_pairs_of_a_direct_comparison(most: int) -> None:
    """Do the products of matrices find the same pairs in the same order as a comparison of every two works?"""
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


def test_every_long_shared_passage_is_found() -> None:
    """Do two texts with a common passage of ROW + WINDOW - 1 tokens always keep a common row?"""
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
    """Are the lines of a shared passage marked, and no others?"""
    text = ORIGINAL.replace("    return", "    unrelated = [[1, 2], {3: 4}, 5 if 6 else 7, lambda q: q]\n    return")
    one, other = work("jane", ORIGINAL).functions[NAME], work("rich", text).functions[NAME]
    marked = [line.strip() for line, yes in zip(other.lines, marked_lines(other, one.kept & other.kept), strict=True) if yes]
    assert "logs = shifted - np.log(total)" in marked
    assert not any("unrelated" in line for line in marked)


ROWS = """
from autograder.pages.source_lines import SourceText
from autograder.similar.fingerprints import rows, tokens_of

print(rows(tokens_of(SourceText(TEXT.encode()).definition("softmax_loss"))))
"""


def test_tokens_are_the_same_in_every_run() -> None:
    """Do rows have the same numbers in every process, so that pages do not change by chance?"""
    definition = SourceText(ORIGINAL.encode()).definition("softmax_loss")
    assert definition is not None
    numbers = rows(tokens_of(definition))
    assert winnowed(numbers) <= set(numbers)
    program = [sys.executable, "-c", ROWS.replace("TEXT", repr(ORIGINAL))]
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(program, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == str(numbers)


@pytest.mark.parametrize("text", ["def softmax_loss(", "def softmax_loss(x):\n" + "(" * 5000, "\0\xff", "class softmax_loss:\n  pass"])
def test_broken_text_is_no_error(text: str) -> None:
    """Is a file that cannot be run read without an error?"""
    passage_of(SourceText(text.encode("latin-1")), "softmax_loss")


def test_published_solutions_of_any_layout_are_read(small: Course, tmp_path: Path) -> None:
    """Is a function found by its name in any file, and is a link not followed?"""
    body = "".join(f"    a{n} = np.log(x) * {n} + g(x, {n})\n" for n in range(9))
    (tmp_path / "someone" / "deep").mkdir(parents=True)
    (tmp_path / "someone" / "deep" / "mine.py").write_text(f"def relu_forward(x):\n{body}    return x, x\n")
    (tmp_path / "link.py").symlink_to(tmp_path / "someone" / "deep" / "mine.py")
    (found,) = published(small, "first", tmp_path)
    assert found.label == "someone"
    assert list(found.functions) == ["layers.relu_forward"]


def test_the_command_shows_a_pair_and_changes_no_mark(workspace: Workspace) -> None:
    """Does the command write the two copies to a static page, escaped, and nothing else?"""
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


def test_passages_of_the_reference_are_given(course: Course) -> None:
    """Are the rows of the reference's functions among those that are left out?"""
    passage = passage_of(SourceText(course.reference("layers.py").read_bytes()), "batchnorm_forward")
    assert passage is not None
    assert set(passage.numbers) <= given_rows(course)
