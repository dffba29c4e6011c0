"""Which functions of the reference replace a student's when a task is graded again."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from pathlib import Path

from autograder.engine.calls import family, graded_functions, modules_below, reached
from autograder.engine.catalogue import module_of
from autograder.engine.definitions import cut_out
from autograder.manifest import Course, Task
from autograder.paths import module_name
from autograder.sandbox.process_tree import ReferenceModule

BEGINS = re.compile(r"(?:async[ \t]+def|def|class)[ \t]+(\w+)|(\w+)[ \t]*[:=]")
TEXT = re.compile(r"(\"\"\"|''')[\s\S]*?\1")
WORD = re.compile(r"[^\W\d]\w*")


class Below:
    """The functions below the tasks of one submission.

    Parameters
    ----------
    reference : the folder with the reference's ``coursenn/``.
    package : the submission's ``coursenn/``.
    """

    def __init__(self, course: Course, reference: Path, package: Path) -> None:
        self.course, self.reference = course, reference
        self._words = _words(package / file for file in course.editable)
        self._known: dict[str, frozenset[str]] = {}

    def functions(self, task: Task) -> frozenset[str]:
        """The functions to replace: what the reference's or the student's definitions of a task call.

        Of the student's calls, only those into a module below the task's count: within one module, two functions could each be
        written in terms of the other without either being solved. A forward pass and the functions that share its cache come together.
        """
        if task.id not in self._known:
            self._known[task.id] = self._functions(task)
        return self._known[task.id]

    def _functions(self, task: Task) -> frozenset[str]:
        kept_out = self.kept_out(task)
        below = frozenset[str]().union(*(modules_below(self.course, self.reference, module_of(self.course, f)) for f in task.functions))
        called = reached(self.course, self.reference, task.functions) | {
            f for f in self._called(task) if module_of(self.course, f) in below
        }
        found: set[str] = set()
        waiting = [f for f in called if f not in kept_out]
        while waiting:
            function = waiting.pop()
            if function not in found:
                found.add(function)
                waiting += family(self.course, function) | reached(self.course, self.reference, [function])
        while spoilt := {f for f in found if self._leads_to(f, kept_out)}:
            found -= spoilt
            kept_out |= spoilt
        return frozenset(found)

    def kept_out(self, task: Task) -> frozenset[str]:
        """Reference functions that a task's processes never get: its own, those that share a cache with them, and those that are absent."""
        own = frozenset[str]().union(*(family(self.course, f) for f in task.functions))
        return own | {f for f in graded_functions(self.course) if any(f == name or f.startswith(f"{name}.") for name in task.absent)}

    def modules(self, functions: Iterable[str]) -> tuple[ReferenceModule, ...]:
        """The code of those functions and of no other graded ones, module by module."""
        by_module: dict[str, set[str]] = {}
        for function in functions:
            module = module_of(self.course, function)
            by_module.setdefault(module, set()).add(function.removeprefix(f"{module}."))
        return tuple(self._module(file, by_module[module_name(file)]) for file in self.course.editable if module_name(file) in by_module)

    def _module(self, file: str, names: set[str]) -> ReferenceModule:
        module = module_name(file)
        graded = {f.removeprefix(f"{module}.") for f in graded_functions(self.course) if module_of(self.course, f) == module}
        code = cut_out(self.reference / "coursenn" / file, frozenset(names), frozenset(graded))
        return ReferenceModule(module, tuple(sorted(names)), code)

    def _leads_to(self, function: str, kept_out: frozenset[str]) -> bool:
        needs = reached(self.course, self.reference, [function]) | family(self.course, function)
        return not needs.isdisjoint(kept_out)

    def _called(self, task: Task) -> frozenset[str]:
        """Graded functions that the student's definitions of a task name, directly or through other definitions."""
        graded = {f.rpartition(".")[2]: f for f in graded_functions(self.course)}
        found: set[str] = set()
        waiting = [f.rpartition(".")[2] for f in task.functions]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._words.get(name, ())
        return frozenset(graded[name] for name in found & set(graded))


def _words(files: Iterable[Path]) -> dict[str, set[str]]:
    """Name of a definition -> the words of its code. Found with regular expressions, since students' code is parsed only in the sandbox."""
    found: dict[str, set[str]] = {}
    for path in files:
        name = ""
        with contextlib.suppress(OSError):
            for line in TEXT.sub("", path.read_text(encoding="utf-8", errors="replace")).split("\n"):
                if begins := BEGINS.match(line):
                    name = begins[1] or begins[2]
                found.setdefault(name, set()).update(WORD.findall(line.partition("#")[0]))
    return found
