"""Are functions found in whatever students hand in, without running or parsing it, and shown as text?"""

from __future__ import annotations

import ast
import random
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.manifest import Course
from autograder.pages.source_lines import MAX_SHOWN, SourceText, shown


def found(text: str, name: str) -> list[str]:
    """The lines of a definition."""
    source = SourceText(text.encode())
    definition = source.definition(name)
    return source.lines[definition.first - 1 : definition.last] if definition else []


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[1] / "mistakes" / "by_hand").glob("*.py"))[::9], ids=lambda p: p.stem)
def test_definitions_are_where_python_has_them(path: Path) -> None:
    """Are first and last line of every function and method those that Python's own parser gives?"""
    text = path.read_text(encoding="utf-8")
    source = SourceText(text.encode())
    seen = 0
    for node in ast.parse(text).body:
        inner = node.body if isinstance(node, ast.ClassDef) else []
        for function, owner in [(node, ""), *((n, f"{node.name}.") for n in inner if isinstance(node, ast.ClassDef))]:
            if isinstance(function, ast.FunctionDef | ast.ClassDef):
                definition = source.definition(owner + function.name)
                assert definition
                assert (definition.first, definition.last) == (function.lineno, function.end_lineno)
                seen += 1
    assert seen


def test_the_reference_too(course: Course) -> None:
    """Is every graded function of the course found in its file, and every statement that gives a value to a name?"""
    for name in course.editable:
        text = course.reference(name).read_text(encoding="utf-8")
        source = SourceText(text.encode())
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                around = source.enclosing(node.lineno)
                assert around
                assert around.name == node.name
                stored = [n for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
                values = {n.id for a in ast.walk(node) if isinstance(a, ast.Assign) for n in ast.walk(a.targets[0]) if n in stored}
                assert values <= set().union(*(s.assigned() for s in around.statements)), node.name


BROKEN = """
def first(x):
    return (x + 1


def second(x):
    '''Text that
def first(y): is no code
    '''
    if x:
        return [
            1,
2]
    # the end
    return \\
x


class Net:
    def loss(self): return 1

    def loss(self):
        return 2
"""


def test_broken_files_are_read_as_far_as_they_go() -> None:
    """Does an open bracket end with the next function, and do strings, brackets and continued lines not end theirs?"""
    assert found(BROKEN, "first")[:2] == ["def first(x):", "    return (x + 1"]
    assert len(found(BROKEN, "first")) <= 4
    assert found(BROKEN, "second")[-1] == "x"
    assert found(BROKEN, "Net.loss") == ["    def loss(self):", "        return 2"]
    assert found(BROKEN, "loss") == found(BROKEN, "Net.first") == found(BROKEN, "third") == []


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("dw = x", {"dw"}),
        ("dx, (dw, db) = f(a=1)", {"dx", "dw", "db"}),
        ("dw[i, j] += x", {"dw"}),
        ("if dw == x: pass", set()),
        ("return f(dw=1)", set()),
        ("grads['W1'] = dw", {"grads"}),
        ("self.x.y = z", {"self"}),
    ],
)
def test_what_gets_a_value(line: str, names: set[str]) -> None:
    """Are the targets of an assignment found, and neither comparisons nor keyword arguments?"""
    assert SourceText(f"def f():\n    {line}\n".encode()).definition("f").statements[1].assigned() == names  # type: ignore[union-attr]


@given(st.text(st.sampled_from("def fclas(x):=\"'#\\\n\t [{}]1.,@é\u202e\0"), max_size=300))
def test_no_text_is_too_odd(text: str) -> None:
    """Does anything that can be typed give definitions within the file?"""
    source = SourceText(text.encode())
    for line in range(1, len(source.lines) + 2):
        around = source.enclosing(line)
        assert around is None or 1 <= around.first <= line <= around.last <= len(source.lines)
    for name in ("f", "a.f", "c"):
        definition = source.definition(name)
        assert definition is None or 1 <= definition.first <= definition.last <= len(source.lines)


LARGE = (
    *(b'"\\' * 500_000, b"(" * 10**6, b"def f(\n" * 100_000, b"\n" * 10**6, b"'\\\n" * 300_000, b"def f():\n" + b" x\n" * 200_000),
    *(b"def f():\n " * 60_000, b"class A:\n" + b" def f(): pass\n" * 60_000, random.Random(1).randbytes(1 << 20)),
)


@pytest.mark.parametrize("data", LARGE)
def test_no_file_takes_long(data: bytes) -> None:
    """Is the largest file read, and a function looked for in it, within a moment?"""
    started = time.process_time()
    source = SourceText(data)
    for name in ("f", "A.f"):
        source.definition(name)
    source.enclosing(15_000)
    assert time.process_time() - started < 2


@given(st.text(max_size=400))
def test_a_line_that_is_shown_is_harmless(line: str) -> None:
    """Is it bounded, and without a character that moves or hides others?"""
    text = shown(line)
    assert len(text) <= MAX_SHOWN + 1
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in text)
