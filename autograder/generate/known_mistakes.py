"""``coursenn/known_mistakes.json``: what each catalogued mistake gives in the visible checks, for hints before the deadline.

Each check cell is run over the variant of each mistake of its task. The file gets a few numbers computed from the
wrong outputs, and as much text as the manifest's setting allows: never code, never a right output.

Running all of them takes a minute or two, and other machines round differently. So the outcomes are stored beside the sources, in
``solutions/recorded/mistakes/NOTEBOOK.json``, under a key of the mistake, the check cell and all code that the cell reaches. Only
mistakes without an entry are run, and entries that no mistake needs any more are dropped.
"""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.book_sections import book_reference
from autograder.generate.visible_checks import CheckCell, check_cells, run_check_cell
from autograder.generate.what_runs import digest, reach_of
from autograder.intake.reference import reference_path
from autograder.manifest import Course, Notebook
from autograder.mistakes import Mistake, MistakesError, load_mistakes, variant
from autograder.paths import cache_directory, module_name, write_atomically
from autograder.sandbox.local import OwnPackage

KNOWN_MISTAKES = "known_mistakes.json"
ALWAYS = "import numpy as np"
"""What a check cell has in addition to its imports."""
WORD = re.compile(r"[^\W\d]\w*")
Given = list[tuple[str, list[Any]]]
"""The name of each visible check that a mistake fails, and the fingerprints of what is wrong."""


def known_mistakes_json(course: Course) -> str | None:
    """The file as text; None for a course to which the catalogue does not apply."""
    return known_mistakes_files(course).get(course.root / "src" / "coursenn" / KNOWN_MISTAKES)


def known_mistakes_files(course: Course) -> dict[Path, str]:
    """That file, and those that store the outcomes of the mistakes; none for a course to which the catalogue does not apply."""
    try:
        mistakes = load_mistakes(course)
    except MistakesError:
        return {}  # another course with tasks of the same names; for this one `autograder audit` says what is wrong
    if not mistakes:
        return {}
    kept = _Kept(course)
    found: dict[str, list[dict[str, Any]]] = {}
    for mistake in mistakes:
        words = {"says": _text(mistake, course.feedback.visible), "see": mistake.book}
        for check, wrong in (one for form in mistake.forms for one in kept.given(form)):
            entries = found.setdefault(check, [])
            # Two forms of a mistake may look the same on visible inputs.
            if (entry := {"wrong": wrong, **words}) not in entries:
                entries.append(entry)
    # Sorted by text and not by id, so that the order reveals nothing.
    checks = {check: sorted(entries, key=lambda e: json.dumps(e, sort_keys=True)) for check, entries in sorted(found.items())}
    lines = [f" {json.dumps(c)}: [\n  " + ",\n  ".join(json.dumps(e, ensure_ascii=False) for e in es) + "]" for c, es in checks.items()]
    places = [f" {json.dumps(place)}: {json.dumps(titles, ensure_ascii=False)}" for place, titles in _places(course, mistakes).items()]
    tables = {"places": places, "checks": lines}
    text = "{" + ",\n".join(f'"{name}": {{\n' + ",\n".join(rows) + "\n}" for name, rows in tables.items()) + "}\n"
    return {course.root / "src" / "coursenn" / KNOWN_MISTAKES: text, **kept.files()}


def _text(mistake: Mistake, level: str) -> str:
    return {"pointer": "", "question": mistake.asks, "explanation": f"{mistake.says} {mistake.asks}"}[level]


def _places(course: Course, mistakes: tuple[Mistake, ...]) -> dict[str, str]:
    """Place in the book -> its titles, used while the book has no address."""
    return {place: book_reference(course, place) for place in sorted({m.book for m in mistakes})}


class Keys:
    """The key under which the outcome of a wrong version in the check cell of its task is stored.

    Parameters
    ----------
    course : the manifest.
    """

    def __init__(self, course: Course) -> None:
        self.cells = check_cells(course)
        self._reach = reach_of(course)

    def of(self, form: Mistake) -> str:
        """A digest of everything that its outcome depends on."""
        cell = self.cells[form.task]
        module = module_name(form.file)
        also = sorted({(module, word) for word in (form.scope, *WORD.findall(form.new + form.code))})
        run = self._reach.of(f"{ALWAYS}\n{cell.imports}\n{cell.source}", also)
        return digest(repr((form.file, form.scope, form.old, form.new, form.code, cell.source)), *run)


class _Kept:
    """The stored outcomes of mistakes, and new ones where nothing is stored.

    Parameters
    ----------
    course : the manifest.
    """

    def __init__(self, course: Course) -> None:
        self._course = course
        self._keys = Keys(course)
        self._before = {notebook.name: _read(kept_file(notebook)) for notebook in course.notebooks}
        self._now: dict[str, dict[str, Given]] = {notebook.name: {} for notebook in course.notebooks}

    def given(self, form: Mistake) -> Given:
        """The outcome of one form of a mistake."""
        key = self._keys.of(form)
        notebook = self._course.task(form.task).notebook
        found = self._before[notebook].get(key)
        self._now[notebook][key] = given = _cached(self._course, key, form, self._keys.cells[form.task]) if found is None else found
        return given

    def files(self) -> dict[Path, str]:
        """What to store, by file; none for a notebook without entries."""
        return {kept_file(n): _kept_text(self._now[n.name]) for n in self._course.notebooks if self._now[n.name]}


def kept_file(notebook: Notebook) -> Path:
    """The file that stores the outcomes of the mistakes of a notebook."""
    return notebook.root / "solutions" / "recorded" / "mistakes" / f"{notebook.name}.json"


def _kept_text(given: dict[str, Given]) -> str:
    """One line for each key, so that two changes conflict only if they concern the same mistake."""
    lines = (f" {json.dumps(key)}: {json.dumps(found, ensure_ascii=False)}" for key, found in sorted(given.items()))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _read(path: Path) -> dict[str, Given]:
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
        return {key: _given(found) for key, found in json.loads(path.read_text(encoding="utf-8")).items()}
    return {}


def _given(found: Any) -> Given:
    return [(str(check), list(wrong)) for check, wrong in found]


def _cached(course: Course, key: str, form: Mistake, cell: CheckCell) -> Given:
    """The outcome of a form, or the one that this machine computed earlier for the same key."""
    path = cache_directory() / "hints" / f"{key}.json"
    with contextlib.suppress(OSError, ValueError, TypeError):
        return _given(json.loads(path.read_text(encoding="utf-8")))
    made = _given(json.loads(json.dumps(list(_run(course, form, cell)))))
    write_atomically(path, json.dumps(made))
    return made


def _run(course: Course, mistake: Mistake, cell: CheckCell) -> Iterator[tuple[str, list[Any]]]:
    """The name of the visible check that a mistake fails, and the fingerprints of what is wrong."""
    with tempfile.TemporaryDirectory(prefix="coursenn-hint-") as folder:
        seen = run_check_cell(cell, OwnPackage(variant(mistake, reference_path(course), Path(folder))))
    if seen.prints:
        yield seen.check, [list(item) for item in seen.prints]
