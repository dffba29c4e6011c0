"""Writes the package described by an entry of the catalogue: the reference with this one misconception."""

from __future__ import annotations

import ast
import functools
import itertools
import re
import shutil
import textwrap
from pathlib import Path

from autograder.mistakes.mistake import Mistake

_DEFINITION = ast.FunctionDef | ast.ClassDef


class VariantError(ValueError):
    """An entry does not fit the reference."""


def variant(mistake: Mistake, reference: Path, folder: Path) -> Path:
    """Write a complete importable package that is the reference with one misconception.

    Parameters
    ----------
    reference : folder with the reference's ``coursenn/`` inside, as from `autograder.intake.reference.reference_path`.
    folder : the new package goes into ``folder/coursenn``.

    Returns
    -------
    pathlib.Path
        ``folder``, to be put on ``sys.path`` or handed in as a submission.
    """
    source = (reference / "coursenn" / mistake.file).read_text(encoding="utf-8")
    changed = substitute(source, mistake)
    shutil.copytree(reference / "coursenn", folder / "coursenn", dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "coursenn" / mistake.file).write_text(changed, encoding="utf-8")
    return folder


def substitute(source: str, mistake: Mistake) -> str:
    """The text of the mistake's file with every ``old`` in its scope replaced, or with its code at the end; it must be Python."""
    if mistake.code:
        return _extended(source, mistake)
    start, end = _span_of(source, mistake.scope)
    changed = source[start:end].replace(mistake.old, mistake.new)
    if not _places(source, mistake):
        raise VariantError(f"{mistake.old!r} is not in {mistake.scope}: the reference has changed, adapt the entry")
    try:
        ast.parse(textwrap.dedent(changed))
    except SyntaxError as error:
        raise VariantError(f"the changed {mistake.scope} is not Python: {error}") from error
    return source[:start] + changed + source[end:]


def substitute_both(source: str, one: Mistake, other: Mistake) -> str | None:
    """The text of a file that two mistakes change; None if both change the same thing."""
    if one.code and other.code:
        both = f"{one.code.strip()}\n\n\n{other.code.strip()}"
        names = [_names(ast.parse(mistake.code)) for mistake in (one, other)]
        return f"{source.rstrip()}\n\n\n{both}\n" if not names[0] & names[1] else None
    if one.code or other.code:
        code, text = (one, other) if one.code else (other, one)
        # Definitions that the code replaces can no longer be changed.
        hidden = text.scope.partition(".")[0] in _names(ast.parse(code.code))
        return None if hidden else substitute(substitute(source, text), code)
    edits = sorted((place, place + len(m.old), m.new) for m in (one, other) for place in _places(source, m))
    if any(end > start for (_, end, _), (start, _, _) in itertools.pairwise(edits)):
        return None
    for start, end, new in reversed(edits):
        source = source[:start] + new + source[end:]
    return source


def _places(source: str, mistake: Mistake) -> list[int]:
    """All positions of its ``old`` in its scope."""
    start, end = _span_of(source, mistake.scope)
    return [found.start() for found in re.compile(re.escape(mistake.old)).finditer(source, start, end)] if mistake.old else []


def _extended(source: str, mistake: Mistake) -> str:
    try:
        known, new = (_names(ast.parse(text)) for text in (source, mistake.code))
    except SyntaxError as error:
        raise VariantError(f"the code is not Python: {error}") from error
    if not known & new:
        raise VariantError("the code replaces nothing in the reference: define a function or a class that its file has")
    return f"{source.rstrip()}\n\n\n{mistake.code.strip()}\n"


def _names(module: ast.Module) -> set[str]:
    """What a file defines and what it imports by name."""
    defined = {node.name for node in module.body if isinstance(node, _DEFINITION)}
    return defined | {alias.name for node in module.body if isinstance(node, ast.ImportFrom) for alias in node.names}


@functools.lru_cache(maxsize=256)
def _span_of(source: str, scope: str) -> tuple[int, int]:
    """The characters of a function or a method, from the beginning of its first line to the end of its last."""
    node: ast.AST = ast.parse(source)
    for part in scope.split("."):
        inner = [n for n in ast.iter_child_nodes(node) if isinstance(n, _DEFINITION) and n.name == part]
        if not inner:
            raise VariantError(f"there is no {scope}: the reference has changed, adapt the entry")
        node = inner[0]
    assert isinstance(node, _DEFINITION)
    lines = source.splitlines(keepends=True)
    start, end = node.lineno - 1, node.end_lineno or node.lineno
    before = sum(map(len, lines[:start]))
    return before, before + sum(map(len, lines[start:end]))
