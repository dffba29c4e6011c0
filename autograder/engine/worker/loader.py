"""Loads a submission's package so that broken code costs only what needs it.

Editable files run statement by statement: an import that is not available becomes a stand-in that raises when it is
used, a statement that raises is noted and left out, and after a syntax error every top-level definition that compiles
is kept. Given modules load as usual, and those a task may not lean on are absent.
"""

from __future__ import annotations
import __future__

import ast
import codecs
import importlib.abc
import importlib.machinery
import importlib.util
import io
import re
import sys
import tokenize
from pathlib import Path
from types import ModuleType
from typing import Any

from .executor import Refusal

PACKAGE = "coursenn"
MAX_NOTES = 20
MAX_JOINED_CHUNKS = 60
CONTINUES = re.compile(r"(\)|\]|\}|elif\b|else\b|except\b|finally\b)")
CUT = ("unterminated triple-quoted", "was never closed", "unexpected EOF", "EOF while scanning")
DEFINES = re.compile(r"^(?:async\s+def|def|class)\s+(\w+)", re.MULTILINE)


class AbsentError(ImportError):
    """Something the task may not lean on."""

    error_code = "Absent"


class StandIn:
    """Takes the place of an import that failed; every use raises what the import raised."""

    def __init__(self, error: BaseException) -> None:
        object.__setattr__(self, "_error", error)

    def _raise(self, *_: Any, **__: Any) -> Any:
        error = object.__getattribute__(self, "_error")
        raise type(error)(*error.args)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._raise()

    __call__ = __getitem__ = __iter__ = __len__ = __bool__ = __mro_entries__ = __enter__ = _raise
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __matmul__ = __truediv__ = __rtruediv__ = _raise


def decode_source(data: bytes) -> tuple[str, str | None]:
    """Source text of a file in any of the encodings that editors write, and a note when it is not what it should be.

    A byte order mark and the line ends of Windows and old Macs are taken as they are meant. UTF-16 is read, NUL bytes are left
    out, and what is neither UTF-8 nor what it declares is read as Latin-1: each with a note, and none of it costs a mark.
    """
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return _lines(data.decode(encoding, "replace")), "the file is UTF-16; Python files are UTF-8"
    note = None
    if b"\0" in data:
        data, note = data.replace(b"\0", b""), "the file holds NUL bytes, which were left out"
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
        text = data.decode(encoding)
    except (SyntaxError, UnicodeError, LookupError):
        text, note = data.decode("latin-1"), note or "the file is not UTF-8; it was read as Latin-1"
    return _lines(text), note


def _lines(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def statements(source: str) -> tuple[list[ast.stmt], list[tuple[int, str, str]]]:
    """Top-level statements, and ``(line, text, name)`` of each stretch that does not compile (name of its definition or '')."""
    try:
        return list(ast.parse(source).body), []
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _salvage(source.split("\n"))


def _salvage(lines: list[str]) -> tuple[list[ast.stmt], list[tuple[int, str, str]]]:
    starts = _starts(lines)
    kept: list[ast.stmt] = []
    lost: list[tuple[int, str, str]] = []
    i = 0
    while i < len(starts) - 1:
        tree, stop, (line, text) = _join(lines, starts, i)
        kept += tree
        if text:
            name = DEFINES.search("\n".join(lines[starts[i] : starts[i + 1]]))
            lost.append((line, text, name.group(1) if name else ""))
        i = stop
    return kept, lost


def _join(lines: list[str], starts: list[int], i: int) -> tuple[list[ast.stmt], int, tuple[int, str]]:
    """Statements of the chunk at ``i``, the next chunk, and what is wrong with this one.

    A line at the margin inside a docstring or a bracket looks like a start: such chunks are joined until they compile.
    """
    tree, first = _parse(lines, starts[i], starts[i + 1])
    error = first
    for j in range(i + 1, min(i + 1 + MAX_JOINED_CHUNKS, len(starts))):
        if j > i + 1:
            tree, error = _parse(lines, starts[i], starts[j])
        if tree is not None:
            return tree, j, (0, "")
        if not any(sign in error[1] for sign in CUT):
            break
    return [], i + 1, first


def _starts(lines: list[str]) -> list[int]:
    """Indices of lines that begin a top-level statement, and the end; decorators belong to what they decorate."""
    starts: list[int] = []
    for i, line in enumerate(lines):
        at_margin = bool(line) and not line[0].isspace() and line[0] != "#" and not CONTINUES.match(line)
        if at_margin and not (starts and lines[starts[-1]].startswith("@") and all(x.startswith("@") for x in lines[starts[-1] : i] if x)):
            starts.append(i)
    return [*starts, len(lines)]


def _parse(lines: list[str], start: int, stop: int) -> tuple[list[ast.stmt] | None, tuple[int, str]]:
    try:
        tree = ast.parse("\n".join(lines[start:stop]))
        ast.increment_lineno(tree, start)
        compile(tree, "<chunk>", "exec", dont_inherit=True)
        return list(tree.body), (0, "")
    except SyntaxError as error:
        return None, (start + (error.lineno or 1), error.msg or "invalid syntax")
    except (ValueError, RecursionError, MemoryError) as error:
        return None, (start + 1, type(error).__name__)


class Package(importlib.abc.MetaPathFinder):
    """Finds ``coursenn`` and its modules in a folder; nothing there can shadow another module.

    Parameters
    ----------
    root : the folder ``coursenn`` itself.
    editable : names of the editable files, relative to it.
    absent : module names (``fast_layers``) and function names (``layers.batchnorm_backward``) that are not there.
    rebind : module name -> (path of the reference's file, names taken from it).
    """

    def __init__(
        self, root: str, editable: list[str], absent: list[str] | None = None, rebind: dict[str, tuple[str, list[str]]] | None = None
    ) -> None:
        self.root = Path(root)
        self.editable = tuple(editable)
        self.files = tuple(str(self.root / name) for name in editable)
        self.absent = tuple(absent or ())
        self.rebind = rebind or {}
        self.lost: dict[str, dict[str, BaseException]] = {}
        self.notes: list[tuple[int, int, BaseException]] = []

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Where a module of the package is; None for everything outside it."""
        if fullname != PACKAGE and not fullname.startswith(PACKAGE + "."):
            return None
        short = fullname.removeprefix(PACKAGE).removeprefix(".")
        if short in self.absent:
            raise AbsentError(short, name=fullname)
        base = self.root.joinpath(*short.split(".")) if short else self.root
        if (base / "__init__.py").is_file():
            return importlib.util.spec_from_file_location(fullname, base / "__init__.py", submodule_search_locations=[str(base)])
        source = base.with_suffix(".py")
        if source.is_file():
            loader = TolerantLoader(self, short, source) if str(source) in self.files else None
            return importlib.util.spec_from_file_location(fullname, source, loader=loader)
        for suffix in importlib.machinery.EXTENSION_SUFFIXES:
            extension = base.parent / (base.name + suffix)
            if extension.is_file():
                return importlib.util.spec_from_file_location(fullname, extension)
        return None

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

    def note(self, file: Path, line: int, error: BaseException) -> None:
        """Keep a note for the result document."""
        if len(self.notes) < MAX_NOTES and str(file) in self.files:
            self.notes.append((self.files.index(str(file)), line, error))

    def public_names(self, short: str) -> list[str]:
        """What ``from .short import *`` would bind, read from the source without running it."""
        try:
            tree = ast.parse((self.root.joinpath(*short.split(".")).with_suffix(".py")).read_bytes())
        except (OSError, SyntaxError, ValueError):
            return []
        return [n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")]


class TolerantLoader(importlib.abc.Loader):
    """Runs one editable file statement by statement."""

    def __init__(self, package: Package, short: str, path: Path) -> None:
        self.package, self.short, self.path = package, short, path

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """The default."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Run what can be run, then put the reference or nothing in the place of what this task says."""
        source, note = decode_source(self.path.read_bytes())
        if note:
            self.package.note(self.path, 1, Refusal("Unreadable", note))
        body, broken = statements(source)
        lost = self.package.lost.setdefault(self.short, {})
        for line, text, name in broken:
            error = Refusal("Unreadable", f"{self._file}, line {line}: {text}")
            self.package.note(self.path, line, Refusal("Unreadable", text))
            if name:
                lost[name] = error
        flags = 0
        for statement in body:
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                for alias in statement.names:
                    flags |= getattr(getattr(__future__, alias.name, None), "compiler_flag", 0)
            self._run(statement, module, flags, lost)
        self._rebind(module)
        for target in self.package.absent:
            owner, _, name = target.rpartition(".")
            if owner == self.short and name in vars(module):
                vars(module)[name] = StandIn(AbsentError(target))

    @property
    def _file(self) -> str:
        return self.path.relative_to(self.package.root).as_posix()

    def _run(self, statement: ast.stmt, module: ModuleType, flags: int, lost: dict[str, BaseException]) -> None:
        try:
            code = compile(ast.Module([statement], []), str(self.path), "exec", flags, dont_inherit=True)
            exec(code, vars(module))
        except BaseException as error:
            # What the failed statement holds on to must not keep whole frames alive in every forked check.
            error.__traceback__ = None
            if isinstance(statement, ast.Import | ast.ImportFrom) and isinstance(error, ImportError):
                self._stand_in(statement, module, error)
            if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                lost[statement.name] = error
            if not isinstance(error, AbsentError):
                self.package.note(self.path, statement.lineno, error)

    def _stand_in(self, statement: ast.Import | ast.ImportFrom, module: ModuleType, error: ImportError) -> None:
        for alias in statement.names:
            # `import a, b` with only `b` missing must not replace `a`.
            if isinstance(statement, ast.Import) and alias.asname is None and alias.name.split(".")[0] in sys.modules:
                vars(module)[alias.name.split(".")[0]] = sys.modules[alias.name.split(".")[0]]
            elif alias.name == "*":
                short = (error.name or "").removeprefix(PACKAGE + ".")
                names = self.package.public_names(short) if isinstance(error, AbsentError) else []
                vars(module).update({n: StandIn(error) for n in names})
            else:
                self._bind_one(statement, alias, module, error)

    def _bind_one(self, statement: ast.Import | ast.ImportFrom, alias: ast.alias, module: ModuleType, error: ImportError) -> None:
        name = alias.asname or (alias.name.split(".")[0] if isinstance(statement, ast.Import) else alias.name)
        try:
            single = type(statement)(**{**{f: getattr(statement, f) for f in statement._fields}, "names": [alias]})
            exec(compile(ast.Module([ast.copy_location(single, statement)], []), str(self.path), "exec", dont_inherit=True), vars(module))
        except BaseException as own:
            vars(module)[name] = StandIn(own if isinstance(own, ImportError) else error)

    def _rebind(self, module: ModuleType) -> None:
        if self.short not in self.package.rebind:
            return
        path, names = self.package.rebind[self.short]
        # A name below the package makes the reference's relative imports work.
        spec = importlib.util.spec_from_file_location(f"{module.__package__}._reference_{self.short}", path)
        if spec is None or spec.loader is None:
            raise ImportError(path)
        reference = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(reference)
        vars(module).update({n: getattr(reference, n) for n in names})
