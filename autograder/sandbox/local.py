"""A package of our own as a check sees it, in this process: the reference, and variants of it."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from autograder.sandbox.backend import Promise, RequestBackend, out_of_proportion, subject_error
from autograder.sandbox.worker.executor import Executor, Refusal


class LocalBackend(RequestBackend):
    """The reference or another package of our own, in this process.

    Parameters
    ----------
    path : folder that holds the assembled ``coursenn``, as from `autograder.intake.reference.reference_path`.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.executor = Executor(self._resolve)
        self.sizes: list[int] = []
        """Entries of every array that was fetched, in order."""
        self._at_work = False

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """``import coursenn`` means this package: exchanged once for a check, since that takes longer than most requests."""
        with imported_package(self.path):
            self._at_work = True
            try:
                yield
            finally:
                self._at_work = False

    def post(self, tags: str, header: dict[str, Any], arrays: Sequence[Any] = ()) -> Promise:
        """Carried out at once, on copies of the arguments."""
        promise = Promise(tags)
        with contextlib.nullcontext() if self._at_work else imported_package(self.path), np.errstate(all="ignore"):
            promise.reply = self.executor.handle(header, [a.copy() for a in arrays])
        if promise.reply.tag == "E":
            raise subject_error(promise.reply)
        if header["op"] == "array":
            value = np.asarray(promise.reply.value)
            self.sizes.append(value.size)
            if value.nbytes > self._room():
                raise out_of_proportion(value.shape)
        return promise

    def settle(self) -> None:
        """Nothing is ever owed."""

    @staticmethod
    def _resolve(target: str) -> Any:
        module_name, _, name = target.rpartition(".")
        try:
            return getattr(importlib.import_module(f"coursenn.{module_name}"), name)
        except (ModuleNotFoundError, AttributeError) as error:
            raise Refusal("Missing", f"{target} ({error})") from error


_LOADED: dict[Path, dict[str, ModuleType]] = {}


def forget(path: Path) -> None:
    """Let go of the package that was loaded from that folder."""
    _LOADED.pop(path, None)


@contextlib.contextmanager
def imported_package(path: Path) -> Iterator[None]:
    """Make ``import coursenn`` mean the package in that folder, and undo it: others may have imported another one."""
    before = {n: m for n, m in sys.modules.items() if n == "coursenn" or n.startswith("coursenn.")}
    for name in before:
        del sys.modules[name]
    sys.modules.update(_LOADED.get(path, {}))
    sys.path.insert(0, str(path))
    try:
        yield
    finally:
        sys.path.remove(str(path))
        ours = {n: m for n, m in sys.modules.items() if n == "coursenn" or n.startswith("coursenn.")}
        _LOADED[path] = ours
        for name in ours:
            del sys.modules[name]
        sys.modules.update(before)
