"""Makes one interactive: ``python _make.py FOLDER`` writes ``FOLDER.html`` and its still picture ``FOLDER.svg`` beside the folder.

A folder holds ``data.py`` (``data()`` says what the page starts from, ``still(data)`` draws the picture for print with the reference),
``page.html`` (what is inside of ``<main>``) and ``page.js``; if it needs them, ``compute.js`` (functions without a page, which tests hold
against the reference) and ``page.css``. The page that comes out asks for no other file.
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
# A page names in its first line the shared files that it needs besides the common one.
USES = re.compile(r"(?<=^// Uses )_\w+\.js", re.MULTILINE)
TITLE = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)


def load(folder: Path) -> ModuleType:
    """The module ``data.py`` of an interactive."""
    spec = importlib.util.spec_from_file_location(f"interactive_{folder.name.replace('-', '_')}", folder / "data.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(folder / "data.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def page(folder: Path, data: object, still: str) -> str:
    """The page as text; ``still`` is the picture that it shows where no script runs."""
    body = (folder / "page.html").read_text(encoding="utf-8")
    title = TITLE.search(body)
    if title is None:
        raise ValueError(f"{folder.name}/page.html has no <h1>")
    script = (folder / "page.js").read_text(encoding="utf-8")
    shared = [(HERE / name).read_text(encoding="utf-8") for name in USES.findall(script)]
    # "</" inside of a script element would end it.
    numbers = json.dumps(data, allow_nan=False, separators=(",", ":")).replace("</", "<\\/")
    parts = {
        "title": re.sub(r"<[^>]*>", "", title[1]).strip(),
        "style": (HERE / "_common.css").read_text(encoding="utf-8"),
        "own_style": _text(folder / "page.css"),
        "body": body,
        "still": still,
        "data": numbers,
        "common": (HERE / "_common.js").read_text(encoding="utf-8"),
        "compute": "\n".join([*shared, _text(folder / "compute.js")]),
        "script": script,
    }
    frame = (HERE / "_frame.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], frame)


def _text(path: Path) -> str:
    """A file that need not be there."""
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _inline(picture: Path, title: str) -> str:
    """A picture as an element of a page, without what only a file has: declarations and the maker's notes."""
    drawn = re.sub(r"<metadata>.*?</metadata>", "", picture.read_text(encoding="utf-8"), flags=re.DOTALL)
    drawn = re.sub(r"\d+\.\d{2,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), drawn[drawn.index("<svg") :])
    return drawn.replace("<svg", f'<svg role="img" aria-label="{title}"', 1)


def main(folder: Path) -> None:
    """Write page and picture."""
    sys.path.insert(0, str(HERE.parent / "figures"))
    from _style import start

    start()
    module = load(folder)
    data = module.data()
    figure = module.still(data)
    figure.savefig(folder.with_suffix(".svg"), bbox_inches="tight", metadata={"Date": None}, facecolor="white")
    plt.close(figure)
    picture = _inline(folder.with_suffix(".svg"), f"{folder.name.replace('-', ' ')}, as it opens")
    folder.with_suffix(".html").write_text(page(folder, data, picture), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
