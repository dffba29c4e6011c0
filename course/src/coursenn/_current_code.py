"""Before each cell of a notebook: does everything that its names are bound to come from the files as they are now?

Only the bytes of a file and the identity of objects are believed, never a time. A file that has changed is run again, and so is what
imports it; the objects that names are bound to adopt the new code (see `coursenn._current_objects`). While a file does not load, its
functions raise instead of giving what they gave before the edit.
"""

from __future__ import annotations

import ast
import json
import os
import sys
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from coursenn._current_objects import adopt, disable, is_definition, move_instances

PACKAGE = "coursenn"
KEPT = frozenset({"__name__", "__doc__", "__package__", "__loader__", "__spec__", "__file__", "__cached__", "__builtins__"})
"""Entries of a module that its code does not make."""
NEVER = frozenset({PACKAGE, f"{PACKAGE}.notebook", __name__, f"{PACKAGE}._current_objects"})
"""Modules that are at work here."""


@dataclass
class LoadedFile:
    """What is known of a module."""

    module: ModuleType
    path: Path
    content: bytes | None = None
    """The file when it was run last."""
    objects: dict[str, Any] = field(default_factory=dict)
    """Name -> the function or class that everybody holds under it."""
    gone: dict[str, Any] = field(default_factory=dict)
    """The same for names that the file no longer has."""
    imports: frozenset[str] = frozenset()
    """The modules that it imports."""
    problem: str = ""
    """Why it does not load; empty when it does."""

    @property
    def shown(self) -> str:
        """The file as students know it."""
        name = self.module.__name__
        return f"{PACKAGE}/{'/'.join(name.split('.')[1:])}.py" if name.startswith(f"{PACKAGE}.") else self.path.name

    def definitions(self) -> dict[str, Any]:
        """Name -> function or class of this module, as it is there now."""
        found = {name: value for name, value in vars(self.module).items() if is_definition(value)}
        return {name: value for name, value in found.items() if value.__module__ == self.module.__name__}

    def was_replaced(self) -> bool:
        """Whether something else, such as autoreload or `importlib.reload`, has put objects of its own into the module."""
        names = vars(self.module)
        return any(names.get(name) is not value for name, value in self.objects.items())


class CurrentCode:
    """Keeps the names of a notebook at the state of the files.

    Parameters
    ----------
    names : the names of the notebook.
    folder : the folder of the notebook, whose own modules are kept current too.
    """

    def __init__(self, names: MutableMapping[str, Any], folder: Path) -> None:
        self.names, self.folders = names, {str(folder.absolute()), str(folder.resolve())}
        self.files: dict[str, LoadedFile] = {}
        self.given = _given_modules()

    def refresh(self) -> list[str]:
        """Run what has changed again.

        Returns
        -------
        What a student has to know: one line for each file that has stopped loading.
        """
        contents = dict(self._contents())
        changed = {name for name, content in contents.items() if self._has_changed(self.files[name], content)}
        for name in changed:
            self.files[name].imports = _imported(name, contents[name] or b"")
        for name in self._in_order(changed | self._dependents(changed, contents.keys() - self.given)):
            self._run(self.files[name], contents[name])
        self._rebind_strangers()
        return [self.files[name].problem for name in sorted(changed) if self.files[name].problem]

    def _contents(self) -> Iterator[tuple[str, bytes | None]]:
        """The files of all loaded modules that matter, as they are now; None where a file cannot be read."""
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if not isinstance(module, ModuleType) or not file or not file.endswith(".py") or name in NEVER or not self._matters(name, file):
                continue
            known = self.files.get(name)
            if known is None or known.module is not module:
                self.files[name] = LoadedFile(module, Path(file), objects=known.objects if known else {}, gone=known.gone if known else {})
            try:
                yield name, Path(file).read_bytes()
            except OSError:
                yield name, None

    def _matters(self, name: str, file: str) -> bool:
        return name.startswith(f"{PACKAGE}.") or (name != "__main__" and os.path.dirname(os.path.abspath(file)) in self.folders)

    def _has_changed(self, file: LoadedFile, content: bytes | None) -> bool:
        if file.content is None and file.module.__name__ in self.given:
            file.content = content  # nobody edits these in the moment between the import and the next cell
            return False
        # A file of the student's that is new here is run once more: it may have been edited after its import.
        return content is None or content != file.content or file.was_replaced()

    def _dependents(self, changed: set[str], own: set[str]) -> set[str]:
        """Of the student's files, those that import a changed one, also by way of others: they may have taken plain values from it."""
        found = set(changed)
        while more := {name for name in own if self.files[name].imports & found} - found:
            found |= more
        return found

    def _in_order(self, names: set[str]) -> list[str]:
        """What is imported comes before what imports it; in a circle, any of them is first."""
        waiting, ordered = sorted(names), list[str]()
        while waiting:
            name = next((n for n in waiting if not self.files[n].imports & (set(waiting) - {n})), waiting[0])
            waiting.remove(name)
            ordered.append(name)
        return ordered

    def _run(self, file: LoadedFile, content: bytes | None) -> None:
        """Run a file again in its module, and let the objects that are held adopt the new code."""
        names = vars(file.module)
        before = dict(names)
        for name, value in file.definitions().items():
            file.objects.setdefault(name, value)
        file.content, file.problem = content, ""
        try:
            if content is None:
                raise OSError("it cannot be read")
            code = compile(content, str(file.path), "exec", dont_inherit=True)
            if not hasattr(file.module, "__path__"):  # a package holds its modules
                for name in before.keys() - KEPT:
                    del names[name]
            exec(code, names)
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            names.clear()
            names.update(before | {name: value for name, value in file.objects.items() if name in before})
            waits = next((self.files[name].shown for name in sorted(file.imports & self.files.keys()) if self.files[name].problem), "")
            file.problem = _problem(file, error, waits)
            for value in file.objects.values():
                disable(value, f"{file.problem}\nCorrect and save the file, then run this cell again.")
            return
        self._hand_over(file, before)

    def _hand_over(self, file: LoadedFile, before: dict[str, Any]) -> None:
        """After a file has run: put the objects that are held back into the module, with the new code."""
        names, fresh = vars(file.module), file.definitions()
        held = file.gone | file.objects
        made: dict[int, Any] = {}  # identity of a new object -> the held one that took its code
        for name, new in fresh.items():
            old = held.get(name)
            if isinstance(new, type):
                _set_bases(new, made)
            if old is not None and old is not new and not any(old is other for other in made.values()) and adopt(old, new):
                made[id(new)] = old
        for name, new in fresh.items():
            names[name] = made.get(id(new), new)
        file.objects = {name: names[name] for name in fresh}
        file.gone = {name: old for name, old in held.items() if name not in fresh}
        current = {id(value) for value in file.objects.values()}
        for name, old in held.items():
            if id(old) in current:
                continue
            if name in file.gone:
                disable(old, f"{name} is no longer in {file.shown}. Was it renamed?")
                continue
            if isinstance(old, type) and isinstance(names[name], type):
                move_instances(old, names[name])
            disable(old, f"{name} was edited since it was stored: run the cell that stores it once more")
        moved = {name: (value, names[name]) for name, value in before.items() if name in names and names[name] is not value}
        self._rebind({name: pair for name, pair in moved.items() if not _is_everywhere(pair[0])}, current)

    def _rebind(self, moved: dict[str, tuple[Any, Any]], current: set[int]) -> None:
        """Names that hold what a module held before are given what it holds now; another name only that of a function or class."""
        for holder in (self.names, *(vars(f.module) for f in self.files.values())):
            for name, value in list(holder.items()):
                if name in moved and moved[name][0] is value:
                    holder[name] = moved[name][1]
                elif is_definition(value) and id(value) not in current:
                    holder[name] = next((new for old, new in moved.values() if old is value), value)

    def _rebind_strangers(self) -> None:
        """A notebook's function of a module that is not the one that is kept current, from an import of another kind, gives way to it."""
        for name, value in list(self.names.items()):
            if not isinstance(value, FunctionType | type) or "<locals>" in value.__qualname__:
                continue
            file = self.files.get(value.__module__ or "")
            kept = file.objects.get(value.__qualname__) if file else None
            if kept is not None and value is not kept and value not in file.objects.values():  # type: ignore[union-attr]
                self.names[name] = kept


def _problem(file: LoadedFile, error: BaseException, waits: str) -> str:
    if isinstance(error, SyntaxError) and error.filename == str(file.path):
        return f"{file.shown}:{error.lineno} does not load: {error.msg}."
    if waits and isinstance(error, ImportError):
        return f"{file.shown} waits for {waits}, which does not load."
    trace, line = error.__traceback__, 0
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == str(file.path) else line
        trace = trace.tb_next
    return f"{file.shown}{f':{line}' if line else ''} does not load: {type(error).__name__}: {error}."


def _set_bases(new: type, made: dict[int, Any]) -> None:
    """Let a class derive from the held object of its base, not from the one that has just been made and is forgotten."""
    bases = tuple(made.get(id(base), base) for base in new.__bases__)
    if bases != new.__bases__:
        new.__bases__ = bases


def _is_everywhere(value: object) -> bool:
    """Whether Python shares such a value between unrelated names."""
    small = (isinstance(value, int) and -6 < value < 257) or (isinstance(value, tuple) and not value)
    return value is None or small or isinstance(value, bool | str | bytes | ModuleType)


def _given_modules() -> frozenset[str]:
    """The modules that come with the course and that students do not edit."""
    try:
        tasks = json.loads(Path(__file__).with_name("tasks.json").read_text(encoding="utf-8"))
        files = [name for name in tasks["given"] if name not in tasks["editable"] and name.endswith(".py")]
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()
    return frozenset(f"{PACKAGE}.{name.removesuffix('.py').replace('/', '.')}".removesuffix(".__init__") for name in files)


def _imported(name: str, content: bytes) -> frozenset[str]:
    """The modules that the code of a module may import, relative ones spelled out."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return frozenset()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = name.split(".")
            base = parts[: len(parts) - node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return frozenset(found - {name})
