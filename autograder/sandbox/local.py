"""A package of our own as a check sees it, in this process: the reference, and variants of it."""

from __future__ import annotations
import __future__

import contextlib
import functools
import importlib
import importlib.machinery
import importlib.util
import itertools
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numpy as np

from autograder.sandbox.backend import Promise, RequestBackend, out_of_proportion, subject_error
from autograder.sandbox.worker.executor import Executor, Refusal
from autograder.sandbox.worker.loader import CodeLoader

DEFINITION = re.compile(r"^(?:@.+\n)*(?:def|class) ", re.MULTILINE)
"""The beginning of a definition, or of its decorators, at the left margin."""
Pieces = Sequence[CodeType]
"""The code of a module in pieces, to be run one after another."""


class LocalBackend(RequestBackend):
    """The reference or another package of our own, in this process.

    Parameters
    ----------
    package : folder with the assembled ``coursenn``, as from `autograder.intake.reference.reference_path`; or a package made from one.
    """

    def __init__(self, package: Path | OwnPackage) -> None:
        super().__init__()
        self.package = package_at(package) if isinstance(package, Path) else package
        self.executor = Executor(self._resolve)
        self.sizes: list[int] = []
        """Entries of every array that was fetched, in order."""

    def at_work(self) -> contextlib.AbstractContextManager[None]:
        """A context in which ``import coursenn`` means this package; entered once for a check, since it takes longer than most requests."""
        return self.package.imported()

    def post(self, tags: str, header: dict[str, Any], arrays: Sequence[Any] = ()) -> Promise:
        """Carry out a request at once, on copies of the arguments."""
        promise = Promise(tags)
        with self.package.imported(), np.errstate(all="ignore"):
            promise.reply = self.executor.handle(header, [a.copy() for a in arrays])
        if promise.reply.tag == "E":
            raise subject_error(promise.reply)
        if header["op"] == "array":
            value = np.asarray(promise.reply.value)
            self.sizes.append(value.size)
            if value.nbytes > self._room():
                raise out_of_proportion(value.shape)
        return promise

    def post_fetches(self, tags: str, refs: list[Any]) -> list[Promise]:
        """The same for the arrays of several references, one after another."""
        return [self.post(tags, {"op": "array", "ref": ref}) for ref in refs]

    def settle(self) -> None:
        """Do nothing: there is never anything to wait for."""

    @staticmethod
    def _resolve(target: str) -> Any:
        module_name, _, name = target.rpartition(".")
        try:
            return getattr(importlib.import_module(f"coursenn.{module_name}"), name)
        except (ModuleNotFoundError, AttributeError) as error:
            raise Refusal("Missing", f"{target} ({error})") from error


class OwnPackage:
    """A package of our own, imported when it is first needed.

    Parameters
    ----------
    path : folder that holds the assembled ``coursenn``.
    changes : name of a module, such as ``coursenn.layers`` -> code that replaces its file's, as `in_pieces` gives it.
    shared : modules that are imported already and that no change affects.
    """

    def __init__(self, path: Path, changes: Mapping[str, Pieces] | None = None, shared: Mapping[str, ModuleType] | None = None) -> None:
        self.path, self._finder = path, _Changes(changes or {})
        self._modules: dict[str, ModuleType] = dict(shared or {})

    @contextlib.contextmanager
    def imported(self) -> Iterator[None]:
        """Make ``import coursenn`` mean this package, and undo that afterwards, since another one may have been imported.

        A nested context costs nothing; entering the first takes longer than most requests.
        """
        if sys.meta_path[0] is self._finder:
            yield
            return
        before = _loaded()
        for name in before:
            del sys.modules[name]
        sys.modules.update(self._modules)
        sys.path.insert(0, str(self.path))
        sys.meta_path.insert(0, self._finder)
        try:
            yield
        finally:
            sys.meta_path.remove(self._finder)
            sys.path.remove(str(self.path))
            self._modules = _loaded()
            for name in self._modules:
                del sys.modules[name]
            sys.modules.update(before)

    def without(self, changing: Collection[str]) -> dict[str, ModuleType]:
        """The modules imported so far that use nothing from the changing ones: packages made from the same folder may share them."""
        return {name: module for name, module in self._modules.items() if name not in changing and not _holds(module, changing)}


class _Changes:
    """Finds the modules whose code is given."""

    def __init__(self, codes: Mapping[str, Pieces]) -> None:
        self.codes = codes

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """The spec of a changed module; None for all others, and while another package is imported within this one's context."""
        loader: Any = CodeLoader(*self.codes[name]) if name in self.codes and sys.meta_path[0] is self else None
        return importlib.util.spec_from_loader(name, loader) if loader else None


def in_pieces(text: str, path: Path) -> Pieces:
    """The code of a file, definition by definition: if two texts differ in one function, only that function is compiled twice.

    Raises
    ------
    SyntaxError
        When the text is not Python.
    """
    starts = [0, *(found.start() for found in DEFINITION.finditer(text) if found.start()), len(text)]
    try:
        # An import from ``__future__`` holds for every piece.
        future = _compiled(text[: starts[1]], str(path), 0).co_flags & __future__.annotations.compiler_flag
        return tuple(_compiled(text[start:end], str(path), future) for start, end in itertools.pairwise(starts))
    except SyntaxError:
        # A line within a string may look like a definition.
        return (_compiled(text, str(path), 0),)


@functools.lru_cache(maxsize=1024)
def _compiled(text: str, path: str, future: int) -> CodeType:
    code: CodeType = compile(text, path, "exec", flags=future, dont_inherit=True)
    return code


def _holds(module: ModuleType, others: Collection[str]) -> bool:
    """Whether a module is a package, which holds others, or has imported one of them or something from one."""
    if hasattr(module, "__path__"):
        return True
    return any((v.__name__ if isinstance(v, ModuleType) else getattr(v, "__module__", None)) in others for v in list(vars(module).values()))


def _loaded() -> dict[str, ModuleType]:
    """The imported modules of ``coursenn``. Each check looks for them twice, among a thousand others, so the test is a cheap one."""
    return {name: module for name, module in sys.modules.items() if name[:8] == "coursenn" and name[8:9] in ("", ".")}


@functools.lru_cache(maxsize=64)
def package_at(path: Path) -> OwnPackage:
    """The package in a folder, imported once."""
    return OwnPackage(path)
