"""Generic mutants of the reference: one operator, number, comparison, truth value or loop changed at a time.

The changes are those of cosmic-ray, whose operators work on a piece of source and need no runner of their own. Only what
students write is mutated: the solution regions of the functions that the manifest names.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.manifest import Course
from autograder.paths import module_name

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
LEFT_OUT = re.compile(r"core/(Variable\w+|ExceptionReplacer|RemoveDecorator|ReplaceBinaryOperator_\w+_(BitAnd|BitOr|BitXor|LShift|RShift))")
"""Operators that need arguments, that find nothing in the reference, or that put a bitwise operator between floating-point
numbers: that raises at once, and would only make the rate of killed mutants look better."""


@dataclass(frozen=True)
class Mutant:
    """One small change of the reference.

    Parameters
    ----------
    function : such as ``layers.relu_forward`` or ``classifiers.fc_net.TwoLayerNet.loss``.
    file : editable file, relative to ``coursenn/``.
    before, after : the line that is changed, without its indentation.
    source : the whole file with the change.
    """

    function: str
    file: str
    before: str
    after: str
    source: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What stays the same when lines move."""
        return self.function, self.before, self.after


def mutants(course: Course) -> Iterator[Mutant]:
    """Every mutant of the functions that the manifest names; one for each different result."""
    for file in course.editable:
        module = module_name(file)
        graded = {f.removeprefix(module + ".") for t in course.tasks for f in t.functions if f.startswith(module + ".")}
        source = course.reference(file).read_text(encoding="utf-8")
        for name, node in _functions(source, graded):
            yield from _of_function(f"{module}.{name}", file, source, node)


def _functions(source: str, graded: set[str]) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name in graded:
            yield node.name, node
        elif isinstance(node, ast.ClassDef) and node.name in graded:
            yield from ((f"{node.name}.{m.name}", m) for m in node.body if isinstance(m, ast.FunctionDef))


def _of_function(function: str, file: str, source: str, node: ast.FunctionDef) -> Iterator[Mutant]:
    lines = source.splitlines(keepends=True)
    start, end = node.lineno - 1, node.end_lineno or node.lineno
    # The marker that ends a region follows the last statement, outside the node.
    while end < len(lines) and lines[end].strip() in ("", END):
        end += 1
    text = textwrap.dedent("".join(lines[start:end]))
    indentation = len(lines[start]) - len(lines[start].lstrip())
    inside = _solution_lines(text)
    seen = {text}
    for number, changed in _mutations(text, inside):
        if changed not in seen:
            seen.add(changed)
            before, after = text.splitlines(), changed.splitlines()
            last = len(after) - (len(before) - number - 1)
            whole = "".join(lines[:start]) + textwrap.indent(changed, " " * indentation) + "".join(lines[end:])
            yield Mutant(function, file, before[number].strip(), " ".join(x.strip() for x in after[number:last]), whole)


def _solution_lines(text: str) -> set[int]:
    inside, found = False, set()
    for number, line in enumerate(text.splitlines()):
        if line.strip() == BEGIN:
            inside = True
        elif line.strip() == END:
            inside = False
        elif inside:
            found.add(number)
    return found


def _mutations(text: str, inside: set[int]) -> Iterator[tuple[int, str]]:
    """Number of the line and the changed text, for every mutation that cosmic-ray knows on those lines."""
    from cosmic_ray import plugins
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code

    tree = get_ast(text)
    for name in plugins.operator_names():
        if LEFT_OUT.fullmatch(name):
            continue
        operator = plugins.get_operator(name)()
        positions = [p for node in ast_nodes(tree) for p in operator.mutation_positions(node)]
        for occurrence, ((line, _), _) in enumerate(positions):
            changed = mutate_code(text, operator, occurrence) if line - 1 in inside else None
            if changed is not None:
                yield line - 1, changed
