"""What the set-up cell of each notebook calls once it has found the package."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from coursenn._colab import on_colab
from coursenn._work_folder import PACKAGE


def start(name: str) -> None:
    """Set the figures up, reload edited files by themselves, and say where the package is.

    Parameters
    ----------
    name : the notebook.
    """
    import matplotlib.pyplot as plt

    plt.rcParams.update({"figure.figsize": (10, 8), "image.interpolation": "nearest", "image.cmap": "gray"})
    shell = _shell()
    if shell is not None:
        shell.run_line_magic("reload_ext", "autoreload")  # as load_ext, and silent the second time
        shell.run_line_magic("autoreload", "2")
        for callback in list(shell.events.callbacks["pre_run_cell"]):
            if getattr(callback, "__qualname__", "") == tell_of_old_code.__qualname__:  # the cell ran before
                shell.events.unregister("pre_run_cell", callback)
        shell.events.register("pre_run_cell", tell_of_old_code)
    folder = sys.modules[PACKAGE].__path__[0]
    print(f"{name}: your package is {folder}. Edit the files there; the next cell you run uses what you saved.")
    if on_colab():
        print(
            "This machine forgets everything when the session ends. save_work() puts your files into one zip that the browser downloads;\n"
            "restore_work() asks for that zip and brings them back."
        )


def tell_of_old_code(info: object) -> None:
    """Say before each cell which edited files do not load.

    Autoreload keeps the functions from before the edit and says so only once, so a check would go on to judge, and to pass, old code.

    Parameters
    ----------
    info : what IPython hands to a ``pre_run_cell`` callback; not used.
    """
    failed = _failed_reloads()
    for name, module in sorted(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not name.startswith(f"{PACKAGE}.") or not file or not file.endswith(".py"):
            continue
        problem = _syntax_problem(file)
        if problem is None and file in failed:
            problem = f"{Path(file).name} does not load since you edited it (the error was shown when that was noticed)"
        if problem:
            print(f"{problem}. Until you correct and save it, cells use the code from before that edit.")


_checked: dict[str, tuple[int, str | None]] = {}


def _syntax_problem(file: str) -> str | None:
    """Where a file is no Python, or None; each state of a file is looked at once."""
    path = Path(file)
    try:
        changed = path.stat().st_mtime_ns
        if _checked.get(file, (0, None))[0] != changed:
            _checked[file] = (changed, None)
            compile(path.read_bytes(), path.name, "exec", dont_inherit=True)
    except SyntaxError as error:
        _checked[file] = (changed, f"{path.name}, line {error.lineno or '?'}: {error.msg}")
    except (OSError, ValueError):
        return f"{path.name} cannot be read as Python"
    return _checked[file][1]


def _failed_reloads() -> dict[str, Any]:
    """Files that autoreload could not load in their present state; nothing where this IPython does not say."""
    manager = getattr(_shell(), "magics_manager", None)
    magics = getattr(manager, "registry", {}).get("AutoreloadMagics")
    found = getattr(getattr(magics, "_reloader", None), "failed", {})
    return found if isinstance(found, dict) else {}


def _shell() -> Any:
    """Give the running IPython shell, or None in plain Python."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None
