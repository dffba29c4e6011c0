"""A realistic class: untouched starters, half-finished work, mistakes, crashes and endless loops as well as finished work."""

from __future__ import annotations

import ast
import itertools
import random
from collections.abc import Callable, Iterator

from autograder.demo.sample_class import finished_file
from autograder.generate.regions import Region, find_regions, replace_regions
from autograder.manifest import Course
from autograder.mistakes import load_mistakes, substitute
from autograder.mistakes.variants import VariantError

MISTAKES_EACH = 4
DONE_LATER = ("Dropout", "ConvolutionalNetworks")
CRASHES = ("import os; os._exit(0)", "import os; os.abort()", "import ctypes; ctypes.string_at(0)", "raise RuntimeError('not yet')")
CRASHING = ("relu_backward", "conv_forward_naive", "rmsprop")
HANGING = "relu_forward"
Files = dict[str, str]


def untouched(course: Course, number: int) -> Files:
    """The unchanged release."""
    return {name: course.stub(name).read_text(encoding="utf-8") for name in course.editable}


def other_starter(course: Course, number: int) -> Files:
    """The starter of a similar course: every function returns None, and networks have no parameters."""
    return {name: starter_file(course, name) for name in course.editable}


def half_done(course: Course, number: int) -> Files:
    """Two of the notebooks are finished."""
    return {name: finished_file(course, name, DONE_LATER) for name in course.editable}


def mistaken(course: Course, number: int) -> Files:
    """Some mistakes of the catalogue, different ones for each student."""
    files, chance = finished(course, number), random.Random(number)
    mistakes = list(load_mistakes(course))
    chance.shuffle(mistakes)
    made: set[str] = set()
    for mistake in mistakes:
        if len(made) == MISTAKES_EACH:
            break
        if mistake.task not in made:
            try:
                files[mistake.file] = substitute(files[mistake.file], mistake)
            except VariantError:  # another mistake has changed the same lines
                continue
            made.add(mistake.task)
    return files


def crashing(course: Course, number: int) -> Files:
    """Some functions end their process, in a different way for each student."""
    files = finished(course, number)
    for function in CRASHING:
        files = begin_with(files, function, CRASHES[number % len(CRASHES)])
    return files


def hanging(course: Course, number: int) -> Files:
    """One function that many others call never returns."""
    return begin_with(finished(course, number), HANGING, "while True: pass")


def finished(course: Course, number: int) -> Files:
    """Everything is correct."""
    return {name: finished_file(course, name) for name in course.editable}


KINDS: dict[str, Callable[[Course, int], Files]] = {
    "untouched": untouched,
    "other starter": other_starter,
    "half done": half_done,
    "mistakes": mistaken,
    "crashing": crashing,
    "hanging": hanging,
    "finished": finished,
}
SHARES = {"untouched": 2, "other starter": 2, "half done": 5, "mistakes": 6, "crashing": 1, "hanging": 1, "finished": 3}
"""How many of 20 students hand in each kind."""


def kinds() -> Iterator[str]:
    """Yield the kinds of 20 students in a mixed order, over and over."""
    order = [kind for kind, share in SHARES.items() for _ in range(share)]
    random.Random(0).shuffle(order)
    return itertools.cycle(order)


def begin_with(files: Files, function: str, statement: str) -> Files:
    """Return the files with a statement inserted at the beginning of a function."""
    changed = dict(files)
    for name, text in files.items():
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and node.name == function:
                lines = text.split("\n")
                # After the docstring, which every function of the course has.
                lines.insert(node.body[1].lineno - 1, f"    {statement}")
                changed[name] = "\n".join(lines)
    return changed


def starter_file(course: Course, name: str) -> str:
    """Return an editable file whose solutions are replaced by what starters return."""
    text = course.reference(name).read_text(encoding="utf-8")
    return replace_regions(text, find_regions(text, name), _starter)


def _starter(region: Region) -> list[str]:
    """Return None in place of every result of a region's function, except that dictionaries are returned as they came."""
    returns = [line.strip() for line in region.lines if line.strip().startswith("return ")]
    if not returns:
        return ["pass"]
    last = ast.parse(returns[-1].removeprefix("return ")).body[0]
    assert isinstance(last, ast.Expr)
    if not isinstance(last.value, ast.Tuple):
        return ["return None"]
    names = [ast.unparse(part) for part in last.value.elts]
    values = [{"config": "config", "grads": "{}", "loss": "0.0"}.get(name, "None") for name in names]
    without_labels = ["if y is None:", "    return None"] if "grads" in names else []
    return [*without_labels, f"return {', '.join(values)}"]
