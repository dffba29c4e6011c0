"""Makes one interactive: ``python _make.py FOLDER`` writes ``FOLDER.html`` and its still picture ``FOLDER.svg`` beside the folder.

A folder holds ``data.py`` (``data()`` computes what is shown with the reference, ``still(data)`` draws the picture for print),
``page.html`` (what is inside of ``<main>``) and ``page.js``. The page that comes out stands alone: it asks for no other file.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import matplotlib.pyplot as plt

HERE = Path(__file__).resolve().parent
TITLE = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)


def load(folder: Path) -> ModuleType:
    """The module ``data.py`` of an interactive."""
    spec = importlib.util.spec_from_file_location(f"interactive_{folder.name.replace('-', '_')}", folder / "data.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(folder / "data.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def page(folder: Path, data: object) -> str:
    """The page as text."""
    body = (folder / "page.html").read_text(encoding="utf-8")
    title = TITLE.search(body)
    if title is None:
        raise ValueError(f"{folder.name}/page.html has no <h1>")
    # "</" inside of a script element would end it.
    numbers = json.dumps(data, allow_nan=False, separators=(",", ":")).replace("</", "<\\/")
    parts = {
        "title": re.sub(r"<[^>]*>", "", title[1]).strip(),
        "style": (HERE / "_common.css").read_text(encoding="utf-8"),
        "body": body,
        "data": numbers,
        "common": (HERE / "_common.js").read_text(encoding="utf-8"),
        "script": (folder / "page.js").read_text(encoding="utf-8"),
    }
    frame = (HERE / "_frame.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], frame)


def main(folder: Path) -> None:
    """Write page and picture."""
    sys.path.insert(0, str(HERE.parent / "figures"))
    from _style import start

    start()
    module = load(folder)
    data = module.data()
    folder.with_suffix(".html").write_text(page(folder, data), encoding="utf-8")
    figure = module.still(data)
    figure.savefig(folder.with_suffix(".svg"), bbox_inches="tight", metadata={"Date": None}, facecolor="white")
    plt.close(figure)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
