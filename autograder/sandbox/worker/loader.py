"""Loads a submission's package so that broken code costs only what needs it.

Editable files run statement by statement: an import that is not available becomes a stand-in that raises when it is
used, a statement that raises or takes long is noted and left out, and after a syntax error every top-level definition
that compiles is kept. Given modules load as usual, and those that a task may not use are absent: their code is not in the
process. A student's own function that a task may not use is never defined.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.machinery
import importlib.util
import os.path
import signal
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import CodeType, ModuleType
from typing import Any

from .absent import AbsentError, FixedNames, StandIn
from .compiled import Alias, CompiledFile, Statement, compile_file
from .executor import Refusal

PACKAGE = "coursenn"
MAX_NOTES = 20


class TooSlowError(BaseException):
    """A top-level statement takes too long."""

    error_code = "TooSlow"


def _too_slow(*_: object) -> None:
    raise TooSlowError


class Package:
    """Finds ``coursenn`` and its modules in a folder; nothing there can shadow another module.

    Parameters
    ----------
    root : the folder ``coursenn`` itself.
    editable : names of the editable files, relative to it.
    absent : module names (``fast_layers``) and function names (``layers.batchnorm_backward``) that are not available.
    rebind : module name -> (code of the reference's file, names taken from it).
    compiled : what `compile_file` has made from the editable files.
    given : code of given modules that have no files here, by file name.
    public : absent given module -> what ``from .module import *`` would bind.
    skipped : file and line of statements that are left out because they take too long.
    statement_cpu_s : processor time that one top-level statement may take.
    """

    def __init__(
        self,
        root: str,
        editable: Sequence[str],
        absent: Sequence[str] = (),
        rebind: Mapping[str, tuple[CodeType, list[str]]] | None = None,
        *,
        compiled: dict[str, CompiledFile] | None = None,
        given: Mapping[str, CodeType] | None = None,
        public: Mapping[str, Sequence[str]] | None = None,
        skipped: Collection[tuple[str, int]] = (),
        statement_cpu_s: float = 0.0,
    ) -> None:
        self.root = root
        self.editable = tuple(editable)
        self.files = tuple(os.path.join(root, name) for name in editable)
        self.absent = tuple(absent)
        self.rebind = rebind or {}
        self.compiled = {} if compiled is None else compiled
        self.given = {os.path.join(root, name): code for name, code in (given or {}).items()}
        self.public = public or {}
        self.skipped = set(skipped)
        self.statement_cpu_s = statement_cpu_s
        self.lost: dict[str, dict[str, BaseException]] = {}
        self.notes: list[tuple[int, int, BaseException]] = []

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """The spec of a module of the package; None for everything outside it."""
        if fullname != PACKAGE and not fullname.startswith(PACKAGE + "."):
            return None
        short = fullname.removeprefix(PACKAGE).removeprefix(".")
        if short in self.absent:
            raise AbsentError(short, name=fullname)
        base = self._path(short)
        package, source = os.path.join(base, "__init__.py"), f"{base}.py"
        if package in self.given or os.path.isfile(package):
            loader = self._loader(short, package)
            return importlib.util.spec_from_file_location(fullname, package, loader=loader, submodule_search_locations=[base])
        if source in self.given or os.path.isfile(source):
            return importlib.util.spec_from_file_location(fullname, source, loader=self._loader(short, source))
        for suffix in importlib.machinery.EXTENSION_SUFFIXES:
            if os.path.isfile(base + suffix):
                return importlib.util.spec_from_file_location(fullname, base + suffix)
        return None

    def _loader(self, short: str, source: str) -> Any:
        if source in self.files:
            return TolerantLoader(self, short, source)
        return CodeLoader(self.given[source]) if source in self.given else None

    def _path(self, short: str) -> str:
        """The path of a module such as ``classifiers.cnn``, without the suffix of the file's name."""
        return os.path.join(self.root, *short.split(".")) if short else self.root

    def resolve(self, target: str) -> Any:
        """The object that ``"classifiers.cnn.ThreeLayerConvNet"`` names."""
        module_name, _, name = target.rpartition(".")
        module = importlib.import_module(f"{PACKAGE}.{module_name}")
        if target in self.absent:
            raise AbsentError(target)
        if name in vars(module):
            return vars(module)[name]
        lost = self.lost.get(module_name, {}).get(name)
        if lost is not None:
            raise lost
        raise Refusal("Missing", name)

    def note(self, file: str, line: int, error: BaseException) -> None:
        """Add a note for the result document."""
        if len(self.notes) < MAX_NOTES and file in self.files:
            self.notes.append((self.files.index(file), line, error))

    def compiled_file(self, path: str) -> CompiledFile:
        """The code of an editable file, compiled now if necessary."""
        name = self.name_of(path)
        if name not in self.compiled:
            own = f"{name.removesuffix('.py').replace('/', '.')}."
            self.compiled[name] = compile_file(path, [target.removeprefix(own) for target in self.absent if target.startswith(own)])
        return self.compiled[name]

    def name_of(self, path: str) -> str:
        """The name of an editable file, as ``editable`` has it."""
        return self.editable[self.files.index(path)]

    @contextlib.contextmanager
    def stopwatch(self) -> Iterator[None]:
        """Raise `TooSlowError` in a statement that uses too much processor time.

        Code that swallows it meets the limit of the whole process.
        """
        if not self.statement_cpu_s:
            yield
            return
        signal.signal(signal.SIGPROF, _too_slow)
        signal.setitimer(signal.ITIMER_PROF, self.statement_cpu_s, self.statement_cpu_s)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    def public_names(self, short: str) -> list[str]:
        """What ``from .short import *`` would bind, without running it."""
        if short in self.public:
            return list(self.public[short])
        try:
            with open(f"{self._path(short)}.py", "rb") as file:
                tree = ast.parse(file.read())
        except (OSError, SyntaxError, ValueError):
            return []
        return [n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")]


class CodeLoader:
    """Runs code that is already compiled: a module's, or its pieces in their order."""

    def __init__(self, *codes: CodeType) -> None:
        self.codes = codes

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """The default."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Run the code in the module."""
        for code in self.codes:
            exec(code, vars(module))


class TolerantLoader:
    """Runs one editable file statement by statement."""

    def __init__(self, package: Package, short: str, path: str) -> None:
        self.package, self.short, self.path = package, short, path

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """The default."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Run what can be run; names that this task takes from the reference, or may not use, are fixed from the first statement on."""
        compiled = self.package.compiled_file(self.path)
        if compiled.note:
            self.package.note(self.path, 1, Refusal("Unreadable", compiled.note))
        lost = self.package.lost.setdefault(self.short, {})
        for line, text, name in compiled.broken:
            error = Refusal("Unreadable", f"{self._file}, line {line}: {text}")
            self.package.note(self.path, line, Refusal("Unreadable", text))
            if name:
                lost[name] = error
        absent = self._absent()
        fixed = FixedNames(vars(module), {**self._references(module), **absent}, self.package.files)
        for statement in compiled.statements:
            self._run(statement, module, lost, absent)
            fixed.restore()

    def _absent(self) -> dict[str, StandIn]:
        """Stand-ins for functions of this file that the task may not use."""
        own = (target for target in self.package.absent if target.rpartition(".")[0] == self.short)
        return {target.rpartition(".")[2]: StandIn(AbsentError(target)) for target in own}

    @property
    def _file(self) -> str:
        return self.package.name_of(self.path)

    def _run(self, statement: Statement, module: ModuleType, lost: dict[str, BaseException], absent: Collection[str]) -> None:
        code = statement.code
        if code is not None and not statement.hides.isdisjoint(absent):
            code = statement.without(absent, self.path)
            if code is None:
                return
        try:
            if code is None:
                raise statement.error or SyntaxError("invalid syntax")
            if (self._file, statement.line) in self.package.skipped:
                raise TooSlowError
            with contextlib.nullcontext() if statement.quick else self.package.stopwatch():
                exec(code, vars(module))
        except BaseException as error:
            # The traceback of the failed statement must not keep whole frames alive.
            error.__traceback__ = None
            if statement.aliases and isinstance(error, ImportError):
                self._stand_in(statement, module, error)
            if statement.defines:
                lost[statement.defines] = error
            if not isinstance(error, AbsentError):
                self.package.note(self.path, statement.line, error)

    def _stand_in(self, statement: Statement, module: ModuleType, error: ImportError) -> None:
        for alias in statement.aliases:
            # `import a, b` with only `b` missing must not replace `a`.
            if alias.dotted and alias.bound in sys.modules:
                vars(module)[alias.bound] = sys.modules[alias.bound]
            elif alias.name == "*":
                short = (error.name or "").removeprefix(PACKAGE + ".")
                names = self.package.public_names(short) if isinstance(error, AbsentError) else []
                vars(module).update({n: StandIn(error) for n in names})
            else:
                self._bind_one(alias, module, error)

    @staticmethod
    def _bind_one(alias: Alias, module: ModuleType, error: ImportError) -> None:
        try:
            if alias.alone is None:
                raise error
            exec(alias.alone, vars(module))
        except BaseException as own:
            vars(module)[alias.bound] = StandIn(own if isinstance(own, ImportError) else error)

    def _references(self, module: ModuleType) -> dict[str, Any]:
        """Functions of the reference that replace the student's."""
        if self.short not in self.package.rebind:
            return {}
        code, names = self.package.rebind[self.short]
        # A name below the package makes the reference's relative imports work.
        reference = ModuleType(f"{module.__package__}._reference_{self.short}")
        reference.__package__ = module.__package__
        exec(code, vars(reference))
        return {n: getattr(reference, n) for n in names}
