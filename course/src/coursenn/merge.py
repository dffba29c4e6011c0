"""Bring two states of the course together, function by function.

``python -m coursenn update RELEASE [FOLDER]`` moves a folder to a corrected release: given files are replaced, what is missing
is added, stubs that nobody has touched are renewed. A function that a student has edited is never touched.

``python -m coursenn carry OLD [FOLDER]`` copies the finished functions of an earlier hand-in, with the helpers and imports they
need, to where there are still stubs.

RELEASE and OLD are folders or archives (zip, tar, tar.gz); OLD may be any hand-in that grading reads. What is replaced is first
copied into a dated folder; ``--dry-run`` only says what would happen.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePath

from coursenn._definition_moves import Move, carry_definitions, update_definitions
from coursenn._definitions import SourceError, SourceFile
from coursenn._work_folder import PACKAGE, Work, WorkError, find_work, open_release, read_earlier, unpacked, write_atomically

BUILT = {".pyc", ".so", ".pyd", ".c"}


@dataclass
class Changes:
    """Writes files below a folder, keeps what they replace, and remembers what it did.

    Parameters
    ----------
    folder : where the dated folder of old files is made.
    reason : first part of its name.
    dry_run : only say what would happen.
    """

    folder: Path
    reason: str
    dry_run: bool = False
    done: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    backed_up: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        stamp = f"{self.reason}-{datetime.now():%Y-%m-%d-%H%M%S}"
        self.backup = self.folder / stamp
        number = 2
        while self.backup.exists():
            self.backup = self.folder / f"{stamp}-{number}"
            number += 1

    def write(self, path: Path, content: bytes) -> None:
        """Replace or add a file; the old one is kept first. A link is never written through."""
        if path.is_symlink():
            raise WorkError(f"{path} is a link: put the file itself there and run this again")
        if self.dry_run:
            return
        if path.exists():
            self.keep(path, path.read_bytes())
            self.backed_up.append(path)
        write_atomically(path, content)

    def keep(self, path: Path, content: bytes) -> str:
        """Write content into the dated folder, under the name that a file has in the course; gives the name of the folder that has it.

        What an earlier folder of that kind has already is not written again.
        """
        inside = path.relative_to(self.folder) if path.is_relative_to(self.folder) else Path(PACKAGE, *_below_package(path))
        for earlier in sorted(self.folder.glob(f"{self.reason}-*")):
            if earlier != self.backup and (earlier / inside).is_file() and (earlier / inside).read_bytes() == content:
                return earlier.name
        if not self.dry_run:
            write_atomically(self.backup / inside, content)
        return self.backup.name


def _below_package(path: PurePath) -> tuple[str, ...]:
    """The parts of a path after the folder of the package; only the name where it is in none."""
    return path.parts[path.parts.index(PACKAGE) + 1 :] if PACKAGE in path.parts[:-1] else path.parts[-1:]


def update(release: Work, work: Work, dry_run: bool = False) -> Changes:
    """Move a student's work to a corrected release.

    Parameters
    ----------
    release, work : the corrected release, and the work to change.
    dry_run : change nothing.

    Returns
    -------
    What was done; ``problems`` lists files that were left as they are because they could not be read.
    """
    if release.package.resolve() == work.package.resolve():
        raise WorkError("the release and the folder to update are the same folder")
    changes = Changes(work.folder, "before-update", dry_run)
    released = _fingerprints(work)
    again = _content(release.package / "tasks.json") == _content(work.package / "tasks.json")
    for path in _package_files(release):
        name = path.relative_to(release.package).as_posix()
        target = work.package / name
        if name in release.editable and target.exists():
            _merge(changes, target, name, path.read_bytes(), released.get(name, {}), again)
        elif name != "tasks.json":
            _replace(changes, target, f"{PACKAGE}/{name}", path.read_bytes())
    _update_around(changes, release, work)
    # Last: it tells the next run which stubs these are, so an interrupted update is simply run again.
    if (release.package / "tasks.json").is_file():
        _replace(changes, work.package / "tasks.json", f"{PACKAGE}/tasks.json", (release.package / "tasks.json").read_bytes())
    return changes


def carry(old: Work, work: Work, dry_run: bool = False) -> Changes:
    """Copy finished functions and trained weights from an earlier hand-in to where there are none yet.

    Parameters
    ----------
    old, work : the earlier hand-in, and the work to change.
    dry_run : change nothing.
    """
    changes = Changes(work.folder, "before-carry", dry_run)
    stubs = _fingerprints(work)
    for name in work.editable:
        source, target = old.package / name, work.package / name
        if not source.is_file() or source.is_symlink():
            continue
        if not target.exists():
            _replace(changes, target, f"{PACKAGE}/{name}", source.read_bytes())
            continue
        _carry_file(changes, target, name, source.read_bytes(), stubs.get(name, {}))
    for name in work.models:
        source, target = old.folder / name, work.folder / name
        if source.is_file() and not source.is_symlink() and not target.exists():
            _replace(changes, target, name, source.read_bytes())
    return changes


def _fingerprints(work: Work) -> dict[str, dict[str, str]]:
    try:
        return work.stubs
    except WorkError:
        return {}


def _package_files(work: Work) -> list[Path]:
    files = [p for p in sorted(work.package.rglob("*")) if p.is_file() and not p.is_symlink()]
    return [p for p in files if p.suffix not in BUILT and "__pycache__" not in p.parts]


def _replace(changes: Changes, target: Path, name: str, content: bytes) -> None:
    exists = target.exists()
    if not exists or target.read_bytes() != content:
        changes.write(target, content)
        changes.done.append(f"{name}: {'replaced' if exists else 'added'}")


def _update_around(changes: Changes, release: Work, work: Work) -> None:
    """Files beside the package: missing ones are added, given ones replaced, notebooks and weights of a student kept."""
    for path in sorted(release.folder.rglob("*")):
        name = path.relative_to(release.folder)
        hidden = any(part.startswith((".", "__pycache__", "before-")) for part in name.parts)
        if hidden or name.as_posix() in release.models or path.suffix == ".zip" or path.is_relative_to(release.package):
            continue
        if path.is_symlink() or not path.is_file():
            continue
        # In a clone the README is above the notebooks.
        above = name.as_posix() == "README.md" and work.package.parent != work.folder
        target = work.folder.parent / name if above else work.folder / name
        if path.suffix != ".ipynb" or not target.exists():
            _replace(changes, target, name.as_posix(), path.read_bytes())
        elif _cells(target.read_bytes()) != _cells(path.read_bytes()):
            kept = changes.keep(target.with_name(f"{target.stem}.released.ipynb"), path.read_bytes())
            changes.done.append(f"{name.as_posix()}: yours is kept; the released one is in {kept}")


def _cells(content: bytes) -> object:
    """What a notebook says, without outputs and counters; the bytes themselves where it cannot be read."""
    try:
        return [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(content)["cells"]]
    except (ValueError, KeyError, TypeError):
        return content


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _merge(changes: Changes, target: Path, name: str, content: bytes, released: dict[str, str], again: bool) -> None:
    try:
        mine = SourceFile(target.read_bytes(), f"{PACKAGE}/{name}")
        moves = update_definitions(mine, SourceFile(content, f"the released {PACKAGE}/{name}"), released, again)
    except SourceError as error:
        changes.problems.append(f"{error}. The file is left as it is: correct it and run this again.")
        return
    _apply(changes, target, mine, moves)


def _carry_file(changes: Changes, target: Path, name: str, content: bytes, stubs: dict[str, str]) -> None:
    try:
        mine = SourceFile(target.read_bytes(), f"{PACKAGE}/{name}")
        moves = carry_definitions(mine, SourceFile(content, f"the earlier {PACKAGE}/{name}"), stubs)
    except SourceError as error:
        changes.problems.append(f"{error}. The file here is left as it is: correct that one and run this again.")
        return
    _apply(changes, target, mine, moves)


def _apply(changes: Changes, target: Path, mine: SourceFile, moves: list[Move]) -> None:
    """Write the moves into a file, if the outcome is still Python."""
    edits = [move.edit for move in moves if move.edit is not None]
    if edits:
        content = mine.with_edits(edits)
        try:
            SourceFile(content, mine.name)
        except SourceError as error:
            changes.problems.append(f"{mine.name} cannot take the new definitions ({error}). It is left as it is.")
            return
        changes.write(target, content)
    changes.done += [f"{mine.name}: {move.text}" for move in moves]


def report(changes: Changes) -> str:
    """What was done, as plain text."""
    lines = ["Nothing was changed (--dry-run). This would happen:"] if changes.dry_run else []
    lines += [f"  {text}" for text in changes.done] or ["  nothing to do"]
    if changes.problems:
        lines += ["", "To look at:", *(f"  - {text}" for text in changes.problems)]
    if changes.backup.exists():
        lines += ["", f"What was replaced is in {changes.backup}"]
    return "\n".join(lines)


def _run(verb: str, source: Path, work: Work, dry_run: bool) -> Changes:
    if verb == "update":
        with open_release(source) as release:
            return update(release, work, dry_run)
    found = read_earlier(source, work)
    with unpacked(found, work) as old:
        changes = carry(old, work, dry_run)
    changes.problems += found.refused
    changes.done += found.notes
    return changes


def main(arguments: list[str] | None = None, program: str = "python -m coursenn.merge") -> int:
    """Run the command; exit status 0 done, 1 done except for files that need a look, 2 nothing done."""
    parser = argparse.ArgumentParser(prog=program, description="Bring two states of the course together, function by function.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, source, text in (
        ("update", "release", "move your folder to a corrected release; functions you have edited stay as they are"),
        ("carry", "old", "copy finished functions from an earlier hand-in to where there are still stubs"),
    ):
        command = verbs.add_parser(verb, help=text, description=text)
        command.add_argument("source", metavar=source.upper(), type=Path, help="a folder or an archive")
        command.add_argument("folder", metavar="FOLDER", nargs="?", default=".", type=Path, help="your folder (default: this one)")
        command.add_argument("--dry-run", action="store_true", help="only say what would happen")
    options = parser.parse_args(arguments)
    try:
        work = find_work(options.folder)
        changes = _run(options.verb, options.source, work, options.dry_run)
    except (WorkError, OSError) as error:
        print(f"{error}", file=sys.stderr)
        return 2
    print(report(changes))
    return 1 if changes.problems else 0


if __name__ == "__main__":
    sys.exit(main())
