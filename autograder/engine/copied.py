"""Notes on copied text: from a given module that a task may not use, or from another function that is absent for it.

Copied code cannot be told from a student's own, so it costs no marks; a person may want to look. Functions are compared as
sequences of tokens in which comments, docstrings and the names of variables do not matter. They are found with regular expressions,
since students' code is parsed only in the sandbox, and the cost is bounded for any content.
"""

from __future__ import annotations

import contextlib
import functools
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from pathlib import Path

from autograder.intake import given_code
from autograder.manifest import Course, Task
from autograder.paths import module_name, printable

TOKEN = re.compile(
    r"(?P<text>\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?''')|(?P<comment>#[^\n]*)|(?P<string>\"[^\"\n]*\"|'[^'\n]*')|(?P<name>[^\W\d]\w*)|\d[\w.]*|[^\s\w]"
)
DEFINITION = re.compile(r"^([ \t]*)(?:async[ \t]+)?def[ \t]+(\w+)", re.MULTILINE)
ENOUGH = 0.85
"""The share of a function's tokens that must appear in another, in sequences of at least `ROW`, to be worth a note."""
ROW = 10
SHORT_ROW, LIKELY = 6, 0.6
"""Two functions are compared if this share of the short sequences of one is somewhere in the other."""
FEWEST, MOST = 60, 800
"""Number of tokens of a function that is compared: short functions are alike anyway, and long ones cost too much."""
MAX_CHARACTERS, MAX_OF_FUNCTION, MAX_FUNCTIONS, MAX_COMPARISONS = 200_000, 20_000, 150, 12


@dataclass(frozen=True)
class _Function:
    """The body of a function."""

    place: str
    """Module and name, such as ``im2col.col2im``."""
    tokens: tuple[str, ...]
    rows: frozenset[tuple[str, ...]]
    """All sequences of `SHORT_ROW` tokens."""


def notes_on_copies(course: Course, package: Path, tasks: list[Task]) -> list[str]:
    """One sentence for each function of a submission that contains nearly all of a text that its task, or another task, may not use.

    Parameters
    ----------
    package : the submission's ``coursenn/``.
    tasks : those that are graded.
    """
    written = [function for file in course.editable for function in _functions_of(package / file, module_name(file))]
    absent = {name for task in tasks for name in task.absent}
    given = [f for f in _given(course) if any(f.place.startswith(f"{name}.") for name in absent)]
    by_place = {f.place: f for f in written}
    pairs = [(own, other, f"the given {other.place}") for own in written for other in given]
    for task in tasks:
        others = [by_place[name] for name in task.absent if name in by_place]
        own = [by_place[f] for f in task.functions if f in by_place]
        # Some lines are the same in any correct work, so here one text must contain all of the other.
        pairs += [(one, other, other.place) for one in own for other in others if len(one.tokens) * ENOUGH <= len(other.tokens)]
    likely = [pair for pair in pairs if len(pair[0].rows & pair[1].rows) >= LIKELY * len(pair[1].rows)]
    found = [(own.place, name) for own, other, name in likely[:MAX_COMPARISONS] if _share(own, other) >= ENOUGH]
    return [f"{place} is nearly the text of {name}: this costs no marks, but a person may look at it" for place, name in found]


def _share(own: _Function, other: _Function) -> float:
    """The share of the tokens of ``other`` that is in ``own``, in sequences in the same order."""
    blocks = SequenceMatcher(None, own.tokens, other.tokens, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks if block.size >= ROW) / len(other.tokens)


def _given(course: Course) -> tuple[_Function, ...]:
    paths = tuple((course.given[file], course.given[file].stat().st_mtime_ns, file) for file in given_code.withheld(course))
    return _read_given(paths)


@functools.lru_cache(maxsize=4)
def _read_given(paths: tuple[tuple[Path, int, str], ...]) -> tuple[_Function, ...]:
    return tuple(function for path, _, file in paths for function in _functions_of(path, given_code.importable(file)))


def _functions_of(path: Path, module: str) -> list[_Function]:
    text = ""
    with contextlib.suppress(OSError), path.open(encoding="utf-8", errors="replace") as file:
        text = file.read(MAX_CHARACTERS)
    found: dict[str, _Function] = {}
    starts = [*DEFINITION.finditer(text)][:MAX_FUNCTIONS]
    for n, start in enumerate(starts):
        ends = (later.start() for later in starts[n + 1 :] if len(later[1]) <= len(start[1]))
        body = text[start.end() : min(next(ends, len(text)), start.end() + MAX_OF_FUNCTION)]
        tokens = tuple(islice(_body(body, len(start[1])), MOST + 1))
        if FEWEST <= len(tokens) <= MOST:
            # A later definition of a name is the one that counts.
            rows = frozenset(zip(*(tokens[n:] for n in range(SHORT_ROW)), strict=False))
            found[start[2]] = _Function(f"{module}.{printable(start[2], 60)}", tokens, rows)
    return list(found.values())


def _body(text: str, margin: int) -> Iterator[str]:
    """The tokens after the colon that ends the head of a function, up to the first line that is not part of it."""
    depth, inside = 0, False
    end = re.compile(rf"^[ \t]{{0,{margin}}}[^\s)\]}}#]", re.MULTILINE)
    outside = end.search(text, text.find("\n") + 1)
    last = ""
    for token in TOKEN.finditer(text, 0, outside.start() if outside else len(text)):
        word = token[0]
        if token["text"] or token["comment"]:
            continue
        if inside:
            variable = token["name"] and last != "." and not keyword.iskeyword(word)
            yield "name" if variable else "text" if token["string"] else word
        else:
            depth += (word in "([{") - (word in ")]}")
            inside = word == ":" and depth == 0
        last = word
