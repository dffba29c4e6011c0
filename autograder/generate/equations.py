"""The labelled equations of the book's pages, and the figures of merit that `tests/book/identities` computes for them."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.book_sections import title
from autograder.generate.code_digest import code_digest
from autograder.generate.errors import GeneratorError
from autograder.intake.reference import reference_path
from autograder.manifest import Course
from autograder.paths import REPOSITORY, cache_directory, write_atomically

LABEL = re.compile(r"^:label: *(\S+) *$", re.MULTILINE)
SOURCES = "tests/book/identities"
TIMEOUT_S = 300
# Run with the repository and the reference on the path; it prints one line of JSON.
PROGRAM = """
import hashlib
import json
import math
from tests.book.identities import load
rows = [{"label": i.label, "page": i.page, "name": i.name, "says": i.says, "below": i.below, "error": i.error()} for i in load()]
print(json.dumps(rows))
"""


@dataclass(frozen=True)
class Checked:
    """The outcome of one identity."""

    label: str
    page: str
    name: str
    says: str
    below: float
    error: float


def labels(text: str) -> list[str]:
    """The labels of the displayed equations of a page, in their order."""
    blocks = re.findall(r"^```\{math\}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [label for block in blocks for label in LABEL.findall(block)]


def evaluate(course: Course) -> list[Checked]:
    """Compute every identity with the reference; the outcomes are cached until one of the two changes.

    Raises
    ------
    GeneratorError
        When one of them fails, or its sides disagree.
    """
    sources = sorted((REPOSITORY / SOURCES).glob("*.py"))
    key = hashlib.sha256(b"\0".join([code_digest(course).encode(), *(p.read_bytes() for p in sources)])).hexdigest()[:20]
    remembered = cache_directory() / f"equations-{key}.json"
    known = remembered.is_file()
    rows: list[dict[str, Any]] = json.loads(remembered.read_text(encoding="utf-8")) if known else _compute(course)
    checked = [Checked(**row) for row in rows]
    wrong = [f"{c.page}: {c.name} ({c.label}) is off by {c.error:.1e}, allowed is {c.below:.0e}" for c in checked if not c.error < c.below]
    if wrong:
        raise GeneratorError(SOURCES, "the two sides disagree:\n  " + "\n  ".join(wrong) + "\n", "correct the equation or its check")
    if not known:
        write_atomically(remembered, json.dumps(rows))
    return checked


def _compute(course: Course) -> list[dict[str, Any]]:
    """Compute them in a process of its own, in which ``import coursenn`` means the reference."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(reference_path(course)), str(REPOSITORY)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    try:
        done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise GeneratorError(SOURCES, f"the identities took more than {TIMEOUT_S} s", "make their arrays smaller") from None
    if done.returncode:
        raise GeneratorError(SOURCES, f"an identity failed:\n{done.stderr.strip()}\n", "correct it, or the equation")
    rows: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return rows


def identities_page(pages: dict[str, str], checked: list[Checked]) -> str:
    """The page that lists every computed equation.

    Parameters
    ----------
    pages : name -> text, in the order of the table of contents.
    checked : what `evaluate` returned.
    """
    place = {label: (number, at) for number, text in enumerate(pages.values()) for at, label in enumerate(labels(text))}
    lost = sorted({c.label for c in checked if c.label not in place or c.label not in labels(pages.get(c.page, ""))})
    if lost:
        raise GeneratorError(SOURCES, f"no equation of their page has the label {', '.join(lost)}", "correct the label")
    rows = [
        f"| {{eq}}`{c.label}` | [{title(pages[c.page])}]({c.page}.md) | {c.says} | $10^{{{round(math.log10(c.below))}}}$ |"
        for c in sorted(checked, key=lambda c: place[c.label])
    ]
    equations = len({c.label for c in checked})
    return TEMPLATE.format(checks=len(checked), equations=equations, rows="\n".join(rows))


TEMPLATE = """\
# The equations, checked

Every displayed equation of this book that a program can evaluate is evaluated: its two sides are computed in double precision, on random
arrays, in different ways, one of them the reference solution of the course wherever it has the function. When the two disagree the
book is not built. The checks themselves stay in the instructors' repository, since some of them are solutions.

The last column is a bound on the largest difference between the two sides, relative to the largest entry where that is above 1. It
is checked at every build. Two ways to compute the same numbers are held to $10^{{-12}}$, a derivative against a difference quotient to
$10^{{-9}}$ ([](gradient-checking.md) says why not to less), and a limit or an expansion to what it leaves out.

{checks} checks of {equations} equations, all of them passed:

| Equation | Chapter | What was computed on both sides | Error below |
|---|---|---|---|
{rows}
"""


def book_pages(course: Course, names: list[str]) -> dict[str, str]:
    """The texts of pages ``book/NAME.md``; if a page is missing, the build reports it."""
    folder = course.root.parent / "book"
    return {name: (folder / f"{name}.md").read_text(encoding="utf-8") for name in names if (folder / f"{name}.md").is_file()}


def has_identities(course: Course) -> bool:
    """Whether this is the course whose equations `tests/book/identities` computes."""
    return course.root.parent == REPOSITORY and (Path(REPOSITORY) / SOURCES).is_dir()
