"""``python -m coursenn check``: the visible checks outside of a notebook, once or after each saved file."""

from __future__ import annotations

import ast
import time
from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches
from pathlib import PurePosixPath

from coursenn._check_process import run_checks
from coursenn._definitions import SourceError, SourceFile, used_names
from coursenn._outcome import PASSED
from coursenn._progress import assigned_tasks, broken_files, described
from coursenn._work_folder import PACKAGE, Work, WorkError

LOOK_EVERY = 0.3
"""Seconds between two looks at the files."""


def check(work: Work, names: Sequence[str] = ()) -> int:
    """Run checks and print what they say, each as soon as it is known.

    Parameters
    ----------
    work : the folder of work.
    names : tasks, functions, files or notebooks; empty for all of the assignment.

    Returns
    -------
    0 when all passed, 1 otherwise.

    Raises
    ------
    WorkError
        If there is no such task.
    """
    return _run(work, chosen_tasks(work, names))


def _run(work: Work, tasks: Sequence[str]) -> int:
    passed = 0
    for outcome in run_checks(work.package, work.folder, tasks):
        passed += outcome.state == PASSED
        print(*described([outcome]), flush=True)
    if len(tasks) > 1:
        print(f"{passed} of {len(tasks)} checks passed.", flush=True)
    return int(passed < len(tasks))


def chosen_tasks(work: Work, names: Sequence[str]) -> list[str]:
    """The tasks that names mean: a task, a notebook, a function such as ``affine_forward``, or a file such as ``layers.py``."""
    every = work.tasks.get("tasks", [])
    if not names:
        return [task["id"] for task in assigned_tasks(work)]
    found: list[str] = []
    for name in names:
        plain = name.removesuffix(".ipynb").replace("_", "-").casefold()
        exact = [t["id"] for t in every if plain in (t["id"], t["notebook"].casefold())]
        others = [t["id"] for t in every if any(name == f.rpartition(".")[2] or _is_in(name, f) for f in t["functions"])]
        if not exact and not others:
            raise WorkError(_unknown(name, plain, work.editable if name.endswith(".py") else [t["id"] for t in every]))
        found += exact or others
    return list(dict.fromkeys(found))


def _unknown(name: str, plain: str, known: Sequence[str]) -> str:
    """What to say about a name that means nothing; ``plain`` is how it is looked for among those that are known."""
    similar = [one for one in known if plain in one] or get_close_matches(plain, known)
    kind = "file with tasks" if name.endswith(".py") else "task"
    if similar:
        return f"there is no {kind} {name!r}; did you mean {', '.join(similar)}?"
    return f"there is no {kind} {name!r}; there are {', '.join(known)}"


def _is_in(file: str, function: str) -> bool:
    """Whether a file, as somebody may write its name, holds a function such as ``classifiers.cnn.ThreeLayerConvNet``."""
    path = PurePosixPath(file.replace("\\", "/"))
    home = PurePosixPath(PACKAGE, *function.split(".")[:-1]).with_suffix(".py")
    both = min(len(path.parts), len(home.parts))
    return path.suffix == ".py" and path.parts[-both:] == home.parts[-both:]


def follow(work: Work, names: Sequence[str] = ()) -> int:
    """Run what each saved file touches, until the student interrupts it.

    Parameters
    ----------
    work : the folder of work.
    names : only these tasks or notebooks; empty for all.
    """
    chosen = chosen_tasks(work, names)
    before = seen = _sources(work)  # as they were when they loaded, and at the last look
    print(f"Waiting for you to save a file in {work.package}. Ctrl-C ends this.", flush=True)
    try:
        while True:
            time.sleep(LOOK_EVERY)
            now = _sources(work)
            changed = [name for name in work.editable if now.get(name) != seen.get(name)]
            if not changed:
                continue
            time.sleep(LOOK_EVERY)  # an editor may be in the middle of it
            seen = _sources(work)
            print(f"\n{datetime.now():%H:%M:%S}  {', '.join(f'{PACKAGE}/{name}' for name in changed)}", flush=True)
            if problems := broken_files(work):
                print(*problems[2:], sep="\n", flush=True)
                continue
            touched = touched_tasks(work, before, seen)
            if tasks := [task for task in chosen if task in touched]:
                _run(work, tasks)
            else:
                print("  no task is touched by this", flush=True)
            before = seen
    except KeyboardInterrupt:
        return 0


def touched_tasks(work: Work, before: dict[str, bytes], now: dict[str, bytes]) -> set[str]:
    """Tasks whose outcome an edit may have changed: their functions, or what their check uses, lead to changed code.

    Parameters
    ----------
    work : the folder of work.
    before, now : editable file -> content.
    """
    uses: dict[str, set[str]] = {}
    changed: set[str] = set()
    for name in work.editable:
        old, new = _read(before.get(name)), _read(now.get(name))
        for source in (old, new):
            for definition in source.definitions.values() if source else ():
                top = definition.name.partition(".")[0]
                uses.setdefault(top, set()).update(used_names(definition.node))
        changed |= _changed_names(old, new)
    while more := {name for name, used in uses.items() if used & changed} - changed:
        changed |= more
    from coursenn._visible_checks import check_sources

    sources = check_sources()
    touched = set()
    for task in work.tasks.get("tasks", []):
        names = {part for function in task["functions"] for part in function.split(".")}
        names |= used_names(ast.parse(sources.get(task["id"], "")))
        if names & changed:
            touched.add(task["id"])
    return touched


def _changed_names(old: SourceFile | None, new: SourceFile | None) -> set[str]:
    """Top-level names of a file whose code is not what it was; all of them where one state is not Python."""
    parts = [{name: _text(source, name) for name in source.bindings} if source else {} for source in (old, new)]
    return {name for name in parts[0].keys() | parts[1].keys() if parts[0].get(name) != parts[1].get(name)}


def _text(source: SourceFile, name: str) -> str:
    return ast.dump(source.bindings[name])


def _sources(work: Work) -> dict[str, bytes]:
    found = {}
    for name in work.editable:
        try:
            found[name] = (work.package / name).read_bytes()
        except OSError:
            continue
    return found


def _read(content: bytes | None) -> SourceFile | None:
    try:
        return SourceFile(content, "") if content is not None else None
    except SourceError:
        return None
