"""The few things that are different on Colab: the open notebook is not a file there, and files move through the browser."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from coursenn._work_folder import WorkError, find_work, write_atomically


def on_colab() -> bool:
    """Whether this Python runs on Colab."""
    return "google.colab" in sys.modules


def keep_open_notebook(folder: Path) -> None:
    """On Colab, write the open notebook into the folder; elsewhere it is there already.

    Where Colab does not hand it over, a line says how to add it by hand.
    """
    if not on_colab():
        return
    try:
        from google.colab import _message  # type: ignore[import-not-found]

        document: dict[str, Any] = _message.blocking_request("get_ipynb", request="", timeout_sec=60)["ipynb"]
        name = str(document["metadata"]["coursenn"]["notebook"])
        if name not in find_work(folder).notebooks:
            raise KeyError(name)
        text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)
    except Exception:  # an interface of Colab's own that may change at any time
        print("Colab did not hand over the open notebook: choose File > Download > Download .ipynb and add it to what you hand in.")
        return
    write_atomically(find_work(folder).folder / f"{name}.ipynb", f"{text}\n".encode())


def offer_download(path: Path) -> None:
    """On Colab, let the browser download a file."""
    if on_colab():
        from google.colab import files

        files.download(str(path))


def ask_for_file() -> Path:
    """On Colab, let the browser upload one file and give its path.

    Raises
    ------
    WorkError
        Elsewhere, or if none was chosen.
    """
    if not on_colab():
        raise WorkError('name the zip: restore_work("coursenn-work.zip")')
    from google.colab import files

    chosen = list(files.upload())
    if not chosen:
        raise WorkError("no file was chosen")
    return Path(chosen[0])
