"""``coursenn/known_mistakes.json``: what each catalogued mistake gives in the visible checks, so that hints come before the deadline.

Each check cell is run over the variant of each mistake of its task. What goes into the file is a few numbers worked out from the
wrong outputs, and as much text as the manifest's setting allows: never code, never a right output.

Running all of them takes a minute or two, so the file carries a key of everything that decides what it holds and is made anew
only when that changes; another machine rounds differently and would otherwise make another file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from autograder.book_sections import book_reference
from autograder.generate.visible_checks import CheckCell, check_cells, run_check_cell
from autograder.intake.reference import reference_path
from autograder.manifest import Course
from autograder.mistakes import Mistake, MistakesError, load_mistakes, variant
from autograder.paths import cache_directory, write_atomically
from autograder.sandbox.local import OwnPackage

KNOWN_MISTAKES = "known_mistakes.json"
DECIDING = ("checking.py", "_known_mistakes.py", "_differences.py", "_relations.py", "_places.py", "_shape_relations.py")


def known_mistakes_json(course: Course) -> str | None:
    """The file as text; None for a course that the catalogue has nothing to say about."""
    try:
        mistakes = load_mistakes(course)
    except MistakesError:
        return None  # another course with tasks of the same names; of ours `autograder audit` says what is wrong
    if not mistakes:
        return None
    cells = check_cells(course)
    key = _key(course, mistakes, cells)
    path = course.root / "src" / "coursenn" / KNOWN_MISTAKES
    if (text := _current(path, key)) is not None:
        return text
    found: dict[str, list[dict[str, Any]]] = {}
    for mistake in mistakes:
        words = {"says": _text(mistake, course.feedback.visible), "see": mistake.book}
        for check, wrong in (one for form in mistake.forms for one in _kept(course, form, cells[mistake.task])):
            entries = found.setdefault(check, [])
            # Two forms of a mistake may look the same on visible inputs.
            if (entry := {"wrong": wrong, **words}) not in entries:
                entries.append(entry)
    # By what is said and not by id, so that the order tells nothing.
    checks = {check: sorted(entries, key=lambda e: json.dumps(e, sort_keys=True)) for check, entries in sorted(found.items())}
    lines = [f" {json.dumps(c)}: [\n  " + ",\n  ".join(json.dumps(e, ensure_ascii=False) for e in es) + "]" for c, es in checks.items()]
    places = [f" {json.dumps(place)}: {json.dumps(titles, ensure_ascii=False)}" for place, titles in _places(course, mistakes).items()]
    tables = {"places": places, "checks": lines}
    return f'{{"key": "{key}",\n' + ",\n".join(f'"{name}": {{\n' + ",\n".join(rows) + "\n}" for name, rows in tables.items()) + "}\n"


def _text(mistake: Mistake, level: str) -> str:
    return {"pointer": "", "question": mistake.asks, "explanation": f"{mistake.says} {mistake.asks}"}[level]


def _places(course: Course, mistakes: tuple[Mistake, ...]) -> dict[str, str]:
    """Place in the book -> its titles, for the time while the book has no address."""
    return {place: book_reference(course, place) for place in sorted({m.book for m in mistakes})}


def _key(course: Course, mistakes: tuple[Mistake, ...], cells: dict[str, CheckCell]) -> str:
    return _digest(course.feedback.visible, repr(_places(course, mistakes)), repr(mistakes), repr(sorted(cells.items())), *_sources(course))


def _sources(course: Course) -> list[str]:
    deciding = [course.given[name] for name in DECIDING if name in course.given]
    return [path.read_text(encoding="utf-8") for path in (*map(course.reference, course.editable), *deciding)]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _kept(course: Course, mistake: Mistake, cell: CheckCell) -> list[tuple[str, list[Any]]]:
    """`_run`, or what it gave before: a catalogue grows by a few entries at a time, and text costs nothing."""
    key = _digest(repr((mistake.file, mistake.scope, mistake.old, mistake.new, mistake.code, cell)), np.__version__, *_sources(course))
    path = cache_directory() / "hints" / f"{key}.json"
    with contextlib.suppress(OSError, ValueError):
        return [(str(check), wrong) for check, wrong in json.loads(path.read_text(encoding="utf-8"))]
    made = list(_run(course, mistake, cell))
    write_atomically(path, json.dumps(made))
    return made


def _current(path: Path, key: str) -> str | None:
    try:
        text = path.read_text(encoding="utf-8")
        return text if json.loads(text)["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _run(course: Course, mistake: Mistake, cell: CheckCell) -> Iterator[tuple[str, list[Any]]]:
    """The name of the visible check that a mistake fails, and the fingerprints of what is wrong."""
    with tempfile.TemporaryDirectory(prefix="coursenn-hint-") as folder:
        seen = run_check_cell(cell, OwnPackage(variant(mistake, reference_path(course), Path(folder))))
    if seen.prints:
        yield seen.check, [list(item) for item in seen.prints]
