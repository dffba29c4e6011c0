"""Cuts the docstrings of graded functions into units: sentences, and lines of Parameters, Returns, Attributes and Raises.

A unit is the smallest promise. A sentence or a line with a semicolon is more than one.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from autograder.manifest import Course
from autograder.paths import module_name

PACKAGE = "__init__.py"
DEFINITION = ast.FunctionDef | ast.ClassDef
UNDERLINE = re.compile(r"-{3,}")
ENTRY = re.compile(r"(?P<names>\w+(?:, \w+)*) : ")
KEYS = re.compile(r"(?:- )?(?P<names>``\w+``(?:, ``\w+``)*):")
INNER_KEY = re.compile(r"with the key ``(?P<name>\w+)``:")
"""A dictionary of one key, which needs no list."""
END = re.compile(r"(?<=[^.\s][.;])(?<!et al\.)\s+")
SOURCE = "Source:"
LISTED = ("Parameters", "Returns", "Attributes")
"""Sections whose lines begin with names."""


@dataclass(frozen=True)
class Unit:
    """A sentence, or a part of a line.

    Parameters
    ----------
    owner : what is described, such as ``layers.relu_forward``, ``classifiers.fc_net.TwoLayerNet.loss``, or a module: ``optim``;
        empty for the package.
    section : heading of its section; empty before the first.
    names : what a line is about: arguments, or results.
    keys : what it is about inside a dictionary.
    text : in one line.
    start : where it begins in the docstring, which is also in one line.
    """

    owner: str
    section: str
    names: tuple[str, ...]
    keys: tuple[str, ...]
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where it ends in the docstring."""
        return self.start + len(self.text)

    @property
    def opens(self) -> bool:
        """Whether it describes its names; later units of the same line do not repeat them."""
        return bool(self.names) and (bool(ENTRY.match(self.text)) or bool(KEYS.match(self.text)))


@dataclass(frozen=True)
class Described:
    """A docstring.

    Parameters
    ----------
    owner : see `Unit`.
    tasks : ids of the tasks that it is about.
    text : in one line.
    """

    owner: str
    tasks: tuple[str, ...]
    text: str
    units: tuple[Unit, ...]
    common: bool = False
    """Whether it describes the package or a module, and therefore many functions."""


def descriptions(course: Course) -> Iterator[Described]:
    """All docstrings that promise something: those of the package, the editable modules, and graded functions, classes and methods."""
    everything = tuple(t.id for t in course.tasks if not t.model)
    package = ast.get_docstring(ast.parse(course.given[PACKAGE].read_text(encoding="utf-8"))) if PACKAGE in course.given else None
    if package:
        yield described("", everything, package, common=True)
    for file in course.editable:
        module = module_name(file)
        tree = ast.parse(course.reference(file).read_text(encoding="utf-8"))
        tasks = {f: tuple(t.id for t in course.tasks if f in t.functions) for t in course.tasks for f in t.functions}
        own = {f.removeprefix(f"{module}."): ids for f, ids in tasks.items() if f.startswith(f"{module}.")}
        if own and (text := ast.get_docstring(tree)):
            yield described(module, tuple(t for t in everything if any(t in ids for ids in own.values())), text, common=True)
        for node in tree.body:
            if isinstance(node, DEFINITION) and node.name in own:
                for name, text in _docstrings(node):
                    yield described(f"{module}.{name}", own[node.name], text)


def _docstrings(node: ast.FunctionDef | ast.ClassDef) -> Iterator[tuple[str, str]]:
    """The docstring of a definition and those of its methods, each with its name."""
    if text := ast.get_docstring(node):
        yield node.name, text
    for inner in node.body if isinstance(node, ast.ClassDef) else ():
        if isinstance(inner, ast.FunctionDef) and (text := ast.get_docstring(inner)):
            yield f"{node.name}.{inner.name}", text


def plain(text: str) -> str:
    """In one line."""
    return " ".join(text.split())


def described(owner: str, tasks: tuple[str, ...], docstring: str, *, common: bool = False) -> Described:
    """A docstring and its units, each of which knows where it begins."""
    docstring = inspect.cleandoc(docstring)
    text, units, after = plain(docstring), [], 0
    for section, names, keys, part in _parts(docstring):
        for sentence in _sentences(part):
            after = text.index(sentence, after)
            units.append(Unit(owner, section, names, keys, sentence, after))
            after += len(sentence)
    return Described(owner, tasks, text, tuple(units), common)


Part = tuple[str, tuple[str, ...], tuple[str, ...], str]
"""Section, names, keys, and a text about them."""


def _parts(docstring: str) -> Iterator[Part]:
    for section, lines in _sections(docstring):
        if section not in LISTED:
            for block in _blocks(lines):
                yield section, (), _names(KEYS, block), block.removeprefix("- ")
            continue
        names: tuple[str, ...] = ()
        for block in _blocks(lines):
            names = _names(ENTRY, block) or names
            inner = INNER_KEY.search(block)
            yield section, names, (inner["name"],) if inner else _names(KEYS, block), block.removeprefix("- ")


def _names(pattern: re.Pattern[str], block: str) -> tuple[str, ...]:
    match = pattern.match(block)
    return tuple(match["names"].replace("`", "").split(", ")) if match else ()


def _sections(docstring: str) -> Iterator[tuple[str, list[str]]]:
    """Heading and lines of each section; no heading for what comes first."""
    lines = docstring.splitlines()
    heads = [i for i, (_, below) in enumerate(pairwise(lines)) if UNDERLINE.fullmatch(below)]
    yield "", lines[: heads[0]] if heads else lines
    for head, end in pairwise([*heads, len(lines)]):
        yield lines[head].strip(), lines[head + 2 : end]


def _blocks(lines: list[str]) -> Iterator[str]:
    """Paragraphs, entries and items of lists, each in one line; an empty line, a dash or a line that begins with a name ends one."""
    block: list[str] = []
    for line in [*lines, ""]:
        begins = line.lstrip().startswith("- ") or ENTRY.match(line) or line == "ValueError"
        if block and (begins or not line.strip()):
            yield plain(" ".join(block))
            block = []
        if line.strip() and line != "ValueError":
            block.append(line)


def _sentences(text: str) -> Iterator[str]:
    """Sentences and the parts between semicolons. Sources are always one unit."""
    before, source, after = text.partition(SOURCE)
    yield from (part for part in END.split(before.strip()) if part)
    if source:
        yield source + after
