"""What is different where files move through the browser: on Colab, where the open notebook is not a file, and in JupyterLite."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from coursenn._one_process import only_process
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
    """On Colab, let the browser download a file; in JupyterLite, say how it does."""
    if on_colab():
        from google.colab import files

        files.download(str(path))
    elif only_process():
        print(f"To get it out of this browser, right-click {path.name} in the list of files on the left and choose Download.")


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
