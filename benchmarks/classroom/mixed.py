"""A class as it hands in: starters, half-done work, mistakes, crashes and endless loops beside finished work."""

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
    """The release as it is."""
    return {name: course.stub(name).read_text(encoding="utf-8") for name in course.editable}


def other_starter(course: Course, number: int) -> Files:
    """The starter of another course of this family: every function gives back None, and networks have no parameters."""
    return {name: starter_file(course, name) for name in course.editable}


def half_done(course: Course, number: int) -> Files:
    """Two of the notebooks are done."""
    return {name: finished_file(course, name, DONE_LATER) for name in course.editable}


def mistaken(course: Course, number: int) -> Files:
    """Some mistakes of the catalogue, others for each student."""
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
    """Some functions end their process, each student's in another way."""
    files = finished(course, number)
    for function in CRASHING:
        files = begin_with(files, function, CRASHES[number % len(CRASHES)])
    return files


def hanging(course: Course, number: int) -> Files:
    """One function, which many others call, never ends."""
    return begin_with(finished(course, number), HANGING, "while True: pass")


def finished(course: Course, number: int) -> Files:
    """Everything is right."""
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
"""Of twenty students."""


def kinds() -> Iterator[str]:
    """Yield the kinds of twenty students in a mixed order, over and over."""
    order = [kind for kind, share in SHARES.items() for _ in range(share)]
    random.Random(0).shuffle(order)
    return itertools.cycle(order)


def begin_with(files: Files, function: str, statement: str) -> Files:
    """The files with a statement before all others of a function."""
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
    """An editable file whose solutions are replaced by what starters give back."""
    text = course.reference(name).read_text(encoding="utf-8")
    return replace_regions(text, find_regions(text, name), _starter)


def _starter(region: Region) -> list[str]:
    """Nothing for everything that the function of a region gives back, but dictionaries as they came."""
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
