"""Hand-ins as they occur in practice: layouts, changed names, stray files and archives, for the tests of everything that reads them."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import unicodedata
import warnings
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from hypothesis import strategies as st

from autograder.given_module import hand_in
from autograder.intake.rules import rules_of
from autograder.manifest import load_course

RULES = rules_of(load_course())
"""The rules of this repository's course."""


def notebook(text: str = "an answer") -> bytes:
    """Return a notebook with one answer."""
    cell = {"cell_type": "markdown", "metadata": {}, "source": [text]}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def content_for(place: str, word: str = "mine") -> bytes:
    """Return content that may be in a place and names the place."""
    if place.endswith(".ipynb"):
        return notebook(f"{word} {place}")
    if place.endswith(".npz"):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr(zipfile.ZipInfo("param_W1.npy"), f"{word} {place}")
        return target.getvalue()
    return f"# {word} {place}\n".encode()


FULL = {place: content_for(place) for place in RULES.places}
"""A content for every place."""

Files = Mapping[str, bytes]


def as_folder(path: Path, files: Files) -> Path:
    """Write files below a folder; a backslash stays part of a name, as after unzip on Linux."""
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a zip file, which may have a name twice."""
    target = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        warnings.simplefilter("ignore")
        for name, data in files:
            info = zipfile.ZipInfo("x")
            info.filename = name  # the constructor would turn a backslash round on Windows
            info.external_attr = 0o100644 << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def tarred(files: Iterable[tuple[str, bytes]], form: int = tarfile.PAX_FORMAT) -> bytes:
    """Return a tar file."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form) as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


def gzipped_tar(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a compressed tar file."""
    return gzip.compress(tarred(files, tarfile.GNU_FORMAT), 1, mtime=0)


PACKERS: dict[str, Callable[[Iterable[tuple[str, bytes]]], bytes]] = {".zip": zipped, ".tar": tarred, ".tar.gz": gzipped_tar}


def packed(path: Path, files: Files, form: str) -> Path:
    """Write the files in one form, ``folder`` or the ending of an archive."""
    if form == "folder":
        return as_folder(path, files)
    target = path.with_name(path.name + form)
    target.write_bytes(PACKERS[form](files.items()))
    return target


def read(path: Path) -> hand_in.HandIn:
    """Read a hand-in of this course."""
    with hand_in.open_entries(path) as entries:
        return hand_in.read_hand_in(entries, RULES)


# ---------------------------------------------------------------- strategies


def in_release(place: str) -> str:
    """Return the name in the folder that an instructor releases."""
    return place


def in_clone(place: str) -> str:
    """Return the name in a clone of the public tree."""
    return f"course/src/{place}" if place.startswith("coursenn/") else f"course/notebooks/{place}"


def in_course(place: str) -> str:
    """Return the name in the folder ``course`` of a clone."""
    return in_clone(place).removeprefix("course/")


def with_models_beside(place: str) -> str:
    """Return the name if the networks are next to the notebooks' folder."""
    return f"course/{place}" if place.startswith("models/") else in_clone(place)


def loose(place: str) -> str:
    """Return the name without a folder."""
    return place.rpartition("/")[2]


LAYOUTS = (in_release, in_clone, in_course, with_models_beside, loose)

NAMES_OF_FOLDERS = [
    "work",
    "Jané Dœ",
    unicodedata.normalize("NFD", "Übung é"),
    "coursenn-main",
    "homework (1)",
    "a.b",
    "数据",
    "env",
    "venv",
]
layouts = st.sampled_from(LAYOUTS)
wrappings = st.lists(st.sampled_from(NAMES_OF_FOLDERS), max_size=4).map(lambda parts: "".join(f"{part}/" for part in parts))

COPIES = (
    "{0}{1}",
    "{0} (1){1}",
    "{0}(2){1}",
    "{0}-1{1}",
    "{0}_2{1}",
    "{0} - Copy{1}",
    "{0} - Copy (2){1}",
    "Copy of {0}{1}",
    "{0} copy{1}",
)
COPIES += ("{0}-Copy1{1}", "{0} - Kopie{1}", "Kopie von {0}{1}", "{0}{1}.txt", "{0} (1){1}.txt", "{0}-2{1}.txt")


def renamed(path: str, form: str, case: Callable[[str], str]) -> str:
    """Return a path whose last name is changed as browsers, systems and people change names."""
    folder, slash, name = path.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    return folder + slash + case(form.format(stem, dot + ending))


renamings = st.tuples(
    st.sampled_from(["{0}{1}"] * 6 + list(COPIES)), st.sampled_from([str, str, str, str.upper, str.capitalize, str.swapcase])
)

LITTER = (
    *(".DS_Store", "__MACOSX/._layers.py", "__MACOSX/coursenn/layers.py", "._layers.py", "Thumbs.db", "desktop.ini", "~$ayers.docx"),
    *(".git/layers.py", ".git/config", ".venv/pyvenv.cfg", ".venv/lib/python3.11/site-packages/x/layers.py", "node_modules/cnn.py"),
    *("my environment/pyvenv.cfg", "my environment/lib/python3.12/site-packages/layers.py", "my environment/Lib/site-packages/optim.py"),
    *("my environment/bin/layers.py", "conda/conda-meta/history", "conda/lib/layers.py", "coursenn/__pycache__/layers.cpython-311.pyc"),
    *(".ipynb_checkpoints/Dropout-checkpoint.ipynb", ".ipynb_checkpoints/Dropout.ipynb", "coursenn/fast.cpython-311-darwin.so"),
    *("before-update-2026-10-01-120000/coursenn/layers.py", "before-carry-2026-10-01-120000-2/coursenn/optim.py", ".idea/layers.py"),
)
MARKS = ("my environment/pyvenv.cfg", "conda/conda-meta/history")
"""The files by which a folder of any name is recognised as an environment."""
litter = st.lists(st.sampled_from(LITTER), max_size=6, unique=True).map(lambda names: [*names, *MARKS])
OTHERS = (
    "report.pdf",
    "notes.txt",
    "data/images.bin",
    "coursenn/mine.py",
    "README.md",
    "photo.jpg",
    "Untitled.ipynb",
    "models/first try.npz",
)
others = st.lists(st.sampled_from(OTHERS), max_size=3, unique=True)
forms = st.sampled_from(["folder", *PACKERS])
