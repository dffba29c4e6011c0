"""A Python that can start no other process, as in a browser: what else runs in a process of its own runs in this one.

The package of a folder is imported beside the one in use, which is there again afterwards. Nothing protects this process from what is run:
a loop that does not end is ended with the kernel.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

PACKAGE = "coursenn"
NOWHERE = os.path.join(os.sep, "no", "compiled", "files")
"""A folder that is not there: compiled files are looked for in it. One of two saves of a second could be taken for the other's."""


def only_process() -> bool:
    """Whether this Python can start no other process."""
    return sys.platform in ("emscripten", "wasi")


class PackageBeside:
    """The package of a folder, loaded beside the one in use.

    Parameters
    ----------
    parent : the folder that holds the package.
    """

    def __init__(self, parent: Path) -> None:
        self.parent = parent.resolve()
        self._modules: dict[str, ModuleType] = {}

    @contextmanager
    def in_use(self, folder: Path) -> Iterator[None]:
        """Let ``import coursenn`` mean this package, as in a process that is started in a folder; afterwards everything is as before.

        Parameters
        ----------
        folder : the current folder meanwhile. Modules in it are not found, nor are those in the folder that is left.
        """
        here = os.getcwd()
        os.chdir(folder)
        kept = sys.path[:], sys.dont_write_bytecode, sys.pycache_prefix
        others = _taken_away()
        try:
            sys.modules.update(self._modules)
            unseen = {os.path.realpath(place) for place in ("", here)}
            sys.path[:] = [str(self.parent), *(place for place in sys.path if os.path.realpath(place) not in unseen)]
            sys.dont_write_bytecode, sys.pycache_prefix = True, NOWHERE
            __import__(PACKAGE)
            del sys.path[0]
            yield
        finally:
            os.chdir(here)
            sys.path[:], sys.dont_write_bytecode, sys.pycache_prefix = kept
            self._modules = _taken_away()
            sys.modules.update(others)


def _taken_away() -> dict[str, ModuleType]:
    """The loaded modules of the package, which are forgotten."""
    return {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == PACKAGE}
