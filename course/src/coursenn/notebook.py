"""What the set-up cell of each notebook calls once it has found the package."""

from __future__ import annotations

import sys
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
    folder = sys.modules[PACKAGE].__path__[0]
    print(f"{name}: your package is {folder}. Edit the files there; the next cell you run uses what you saved.")
    if on_colab():
        print(
            "This machine forgets everything when the session ends. save_work() puts your files into one zip that the browser downloads;\n"
            "restore_work() asks for that zip and brings them back."
        )


def _shell() -> Any:
    """Give the running IPython shell, or None in plain Python."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None
