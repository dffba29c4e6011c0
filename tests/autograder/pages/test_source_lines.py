"""Are functions found in students' files, even in broken ones, and shown as text?"""

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
def test_definitions_are_where_python_finds_them(path: Path) -> None:
    """Do the first and last line of every function and method agree with Python's own parser?"""
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


def test_every_function_of_the_reference_is_found(course: Course) -> None:
    """Is every function of the reference found, with every name that it assigns?"""
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
def first(y): is not code
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


def test_functions_of_a_broken_file_are_found() -> None:
    """Does an open bracket end at the next function, and does a string or a continued line not end a function?"""
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
def test_targets_of_assignments_are_found(line: str, names: set[str]) -> None:
    """Are only targets of assignments found, and not comparisons or keyword arguments?"""
    assert SourceText(f"def f():\n    {line}\n".encode()).definition("f").statements[1].assigned() == names  # type: ignore[union-attr]


@given(st.text(st.sampled_from("def fclas(x):=\"'#\\\n\t [{}]1.,@é\u202e\0"), max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    """Is every definition within the file, for any text?"""
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
    """Does reading a very large file and searching it take less than 2 seconds?"""
    started = time.process_time()
    source = SourceText(data)
    for name in ("f", "A.f"):
        source.definition(name)
    source.enclosing(15_000)
    assert time.process_time() - started < 2


@given(st.text(max_size=400))
def test_a_shown_line_is_harmless(line: str) -> None:
    """Is its length limited, and is it free of characters that move or hide others?"""
    text = shown(line)
    assert len(text) <= MAX_SHOWN + 1
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in text)
