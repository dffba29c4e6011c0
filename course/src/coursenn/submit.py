"""Pack a submission: ``python -m coursenn.submit [FOLDER] [--output ZIP] [--yes]``.

The zip holds what grading reads: the editable files of the package, the notebooks and the trained weights. What is unfinished or would
cost marks is said beforehand; the zip is written all the same. The same work always gives the same bytes and the same receipt.
"""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    # A random.py or numpy.py of the student's must not stop the packing of the work: once the package itself is imported, the
    # folders that Python puts first are taken away. `python coursenn/submit.py` has not imported it yet.
    _package = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, os.path.dirname(_package))
    import coursenn

    sys.path[:] = [p for p in sys.path if os.path.abspath(p) not in (os.getcwd(), _package, os.path.dirname(_package))]
    del coursenn

import argparse
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from coursenn._receipt import receipt
from coursenn._work_folder import PACKAGE, Work, WorkError, find_work, write_atomically
from coursenn._work_review import Finding, review

MEGABYTE = 2**20
LIMITS = {".py": 1 * MEGABYTE, ".ipynb": 30 * MEGABYTE, ".npz": 60 * MEGABYTE}
NOT_WORK = {".pyc", ".so", ".pyd", ".c", ".h", ".pyx", ".json", ".html"}
ZIP_NAME = "coursenn-submission.zip"


@dataclass
class Submission:
    """What was packed: name in the zip -> content, and what a student should know about it."""

    work: Work
    files: dict[str, bytes] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def receipt(self) -> str:
        """What names exactly this work; see `coursenn._receipt`."""
        return receipt(self.files)

    def to_zip(self) -> bytes:
        """The bytes of the zip; dates and modes are fixed, so they depend on the work alone."""
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for name in sorted(self.files):
                entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system = 3
                entry.external_attr = 0o100644 << 16
                archive.writestr(entry, self.files[name])
        return target.getvalue()


def collect(work: Work) -> Submission:
    """Read the files of a submission and leave out, with a reason, what grading would refuse."""
    submission = Submission(work)
    wanted = {f"{PACKAGE}/{name}": work.package / name for name in work.editable}
    wanted |= {f"{name}.ipynb": work.folder / f"{name}.ipynb" for name in work.notebooks}
    wanted |= {name: work.folder / name for name in work.models}
    for name, path in wanted.items():
        problem = _problem(path)
        if problem:
            submission.refused.append(f"{name}: {problem}")
        elif path.exists():
            try:
                submission.files[name] = path.read_bytes()
            except OSError as error:
                submission.refused.append(f"{name}: cannot be read ({error.strerror})")
    submission.refused += _strangers(work, set(wanted))
    return submission


def prepare(folder: Path, timeout: float = 60.0) -> Submission:
    """Collect a submission and look it through.

    Parameters
    ----------
    folder : the folder with the package and the notebooks, see `find_work`.
    timeout : seconds that each file has for its import.

    Raises
    ------
    WorkError
        If there is no package there.
    """
    submission = collect(find_work(folder))
    submission.findings = review(submission.work, submission.files, timeout)
    return submission


def save(submission: Submission, output: Path | None = None, replace: bool = False) -> Path:
    """Write the zip. An older zip of ours is kept as ``NAME-previous.zip``.

    Parameters
    ----------
    submission : from `prepare`.
    output : the zip to write; by default beside the notebooks.
    replace : whether a file that no submission made may be overwritten.

    Raises
    ------
    WorkError
        If something else stands at ``output``, or it cannot be written.
    """
    output = output or submission.work.folder / ZIP_NAME
    content = submission.to_zip()
    try:
        if output.is_dir():
            output = output / ZIP_NAME
        if output.exists() and output.read_bytes() != content:
            if _is_submission(output):
                write_atomically(output.with_name(f"{output.stem}-previous.zip"), output.read_bytes())
            elif not replace:
                raise WorkError(f"{output} exists and is no submission: name another file with --output, or replace it with --yes")
        write_atomically(output, content)
    except OSError as error:
        raise WorkError(f"{output} cannot be written ({error.strerror}): name another place with --output") from error
    return output


def report(submission: Submission, output: Path) -> str:
    """What a student reads after packing, as plain text."""
    lines = [f"Packed {len(submission.files)} files into {output}"]
    lines += [f"  {name}  ({_size(len(content))})" for name, content in sorted(submission.files.items())]
    for title in dict.fromkeys(finding.title for finding in submission.findings):
        lines += ["", f"{title}:", *(f"  - {f.text}" for f in submission.findings if f.title == title)]
    if submission.refused:
        lines += ["", "Left out of the zip:", *(f"  - {text}" for text in submission.refused)]
    if not submission.findings and not submission.refused:
        lines += ["", "Everything is there, imports, and is answered."]
    return "\n".join([*lines, "", f"Receipt: {submission.receipt}", "Keep the receipt: it names exactly this work. Hand in the zip."])


def submit(folder: str | Path = ".", output: str | Path | None = None) -> Path:
    """Pack the work of a folder and print the report: what the last cell of each notebook calls.

    Parameters
    ----------
    folder : the folder of the notebook.
    output : the zip to write; by default beside the notebooks.

    Returns
    -------
    Path of the zip.
    """
    from coursenn._colab import keep_open_notebook, offer_download

    keep_open_notebook(Path(folder))
    submission = prepare(Path(folder))
    path = save(submission, Path(output) if output else None)
    print(report(submission, path))
    offer_download(path)
    return path


def save_work(output: str | Path | None = None) -> Path:
    """Put everything you have written into one zip, for `restore_work`; on Colab the browser downloads it.

    Unlike `submit` it looks nothing through.

    Parameters
    ----------
    output : the zip to write; by default ``coursenn-work.zip`` in the folder of the notebook.
    """
    from coursenn._colab import keep_open_notebook, offer_download

    keep_open_notebook(Path())
    submission = collect(find_work(Path()))
    path = save(submission, Path(output) if output else submission.work.folder / "coursenn-work.zip")
    print(f"Saved {len(submission.files)} files into {path}")
    offer_download(path)
    return path


def restore_work(archive: str | Path | None = None) -> list[str]:
    """Bring back the files of a zip that `save_work` or `submit` made.

    A file here that differs is first copied into a folder ``before-restore-...``, so nothing is lost.

    Parameters
    ----------
    archive : the zip; on Colab it may be left out, and the browser asks for it.

    Returns
    -------
    Names of the files that were written.

    Raises
    ------
    WorkError
        If it is no such zip.
    """
    from coursenn._colab import ask_for_file, on_colab
    from coursenn._work_folder import open_work
    from coursenn.merge import Changes

    path = Path(archive) if archive else ask_for_file()
    here = find_work(Path())
    with open_work(path) as saved:
        found = collect(Work(saved.folder, saved.package, rules=here.package))
    changes = Changes(here.folder, "before-restore")
    restored = []
    for name, content in found.files.items():
        target = here.package / name.removeprefix(f"{PACKAGE}/") if name.startswith(f"{PACKAGE}/") else here.folder / name
        if not target.exists() or target.read_bytes() != content:
            changes.write(target, content)
            restored.append(name)
    print(f"Restored {', '.join(restored)}." if restored else "Everything in the zip is here already.")
    if changes.backed_up:
        print(f"What was here before lies in {changes.backup}")
    if on_colab() and any(name.endswith(".ipynb") for name in restored):
        print(
            "The notebook on your screen stays as it is: choose File > Upload notebook and take a restored one from the zip to go on in it."
        )
    return restored


def _problem(path: Path) -> str | None:
    """Why grading would refuse a file; None for one that is fine or absent."""
    if path.is_symlink() or path.parent.is_symlink():
        return "a link: put the file itself here"
    if not path.exists():
        return None
    if not path.is_file():
        return "not a file"
    limit = LIMITS[path.suffix]
    size = path.stat().st_size
    return f"{_size(size)} is more than the {_size(limit)} that grading takes" if size > limit else None


def _strangers(work: Work, wanted: set[str]) -> Iterator[str]:
    """Files a student may believe to be graded and that are not: unknown names in the package, beside it and in ``models/``."""
    for path in _visible(work.package):
        name = path.relative_to(work.package).as_posix()
        if f"{PACKAGE}/{name}" not in wanted and not work.is_given(name) and path.suffix not in NOT_WORK:
            yield f"{PACKAGE}/{name}: not one of the files of this course; move what you need of it into {', '.join(work.editable)}"
    for path in sorted(work.folder.glob("*.ipynb")):
        if path.name not in wanted:
            yield f"{path.name}: no notebook of this course has that name"
    for path in sorted((work.folder / "models").glob("*.npz")):
        if f"models/{path.name}" not in wanted:
            yield f"models/{path.name}: the names are {', '.join(work.models)}"


def _visible(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith((".", "__pycache__")) for part in path.relative_to(folder).parts)
        if not hidden and (path.is_file() or path.is_symlink()):
            yield path


def _is_submission(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.startswith(f"{PACKAGE}/") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def _size(count: int) -> str:
    return f"{count / MEGABYTE:.1f} MB" if count >= MEGABYTE else f"{max(1, round(count / 1024))} kB"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; exit status 0 complete, 1 packed with something to look at, 2 nothing packed."""
    parser = argparse.ArgumentParser(prog="python -m coursenn.submit", description="Pack your work into one zip to hand in.")
    parser.add_argument("folder", nargs="?", default=".", type=Path, help="folder with coursenn/ and your notebooks (default: this one)")
    parser.add_argument("--output", type=Path, metavar="ZIP", help=f"the zip to write (default: {ZIP_NAME} in that folder)")
    parser.add_argument("--yes", action="store_true", help="replace a file at ZIP that is no submission")
    options = parser.parse_args(arguments)
    try:
        submission = prepare(options.folder)
        path = save(submission, options.output, replace=options.yes)
    except WorkError as error:
        print(f"Nothing was packed: {error}", file=sys.stderr)
        return 2
    print(report(submission, path))
    return 1 if submission.findings or submission.refused else 0


if __name__ == "__main__":
    sys.exit(main())
