"""Writes a hand-in into a folder of ours: each graded file in its place, and the rest as far as the limits allow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from . import limits
from .entries import NO_FAULT_OF_THE_STUDENT, Entry, EntryKind
from .hand_in import HandIn
from .names import normalised, points_outside, printable


def unpackable(entries: Iterable[Entry]) -> list[Entry]:
    """The files among entries whose names stay inside a folder and can be printed, as many as may be written."""
    files = (replace(e, name=normalised(e.name)) for e in entries if e.kind is EntryKind.FILE and not e.problem)
    inside = [e for e in files if e.name.isprintable() and not points_outside(e.name)]
    return inside[: limits.MAX_OTHER_FILES]


def write_hand_in(hand_in: HandIn, folder: Path) -> list[str]:
    """Write the files of a hand-in below a folder, while its entries can be read.

    Returns
    -------
    What of the others was left out, as ``name: reason``.

    Raises
    ------
    OSError
        When the folder cannot be written.
    """
    for place, content in hand_in.files.items():
        _write(folder / place, content)
    left_out, size = [], 0
    for entry in hand_in.others:
        reason, written = _write_other(entry, folder, limits.MAX_OTHER_BYTES - size)
        size += written
        if reason is not None:
            left_out.append(f"{printable(entry.name)}: {reason}")
    return left_out


def _write_other(entry: Entry, folder: Path, most: int) -> tuple[str | None, int]:
    parts = PurePosixPath(entry.name).parts
    if any(len(part.encode("utf-8", "surrogateescape")) > limits.MAX_NAME_BYTES for part in parts):
        return "its name is too long", 0
    if len(parts) > limits.MAX_NAME_DEPTH:
        return f"it is more than {limits.MAX_NAME_DEPTH - 1} folders deep", 0
    target = folder.joinpath(*parts)
    if target.exists() or any(parent.exists() and not parent.is_dir() for parent in target.parents if parent != folder):
        return "there are two files of this name", 0
    try:
        data = entry.read(min(limits.MAX_OTHER_FILE_BYTES, most) + 1)
    except OSError as error:
        return f"it cannot be read ({error.strerror or error})", 0
    if len(data) > limits.MAX_OTHER_FILE_BYTES:
        return f"it is larger than {limits.megabytes(limits.MAX_OTHER_FILE_BYTES)}", 0
    if len(data) > most:
        return f"together with the other files it is larger than {limits.megabytes(limits.MAX_OTHER_BYTES)}", 0
    try:
        _write(target, data)
    except OSError as error:
        if error.errno in NO_FAULT_OF_THE_STUDENT:
            raise
        return f"it cannot be written ({error.strerror or error})", 0
    return None, len(data)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
