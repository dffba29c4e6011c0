"""Pack a submission: ``python -m coursenn submit [FOLDER] [--output ZIP] [--yes]``.

The zip holds what grading reads: the editable files of the package, the notebooks and the trained weights. What is unfinished or would
cost marks is said beforehand, and the visible checks are run for some seconds; the zip is written all the same. The same work always
gives the same bytes and the same receipt.
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
import dataclasses
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from coursenn._hand_in.limits import MEGABYTE
from coursenn._progress import Progress, grouped, look
from coursenn._receipt import receipt
from coursenn._work_folder import PACKAGE, Work, WorkError, find_work, read_earlier, read_work, write_atomically
from coursenn._work_review import Finding, package_as_read, review

ZIP_NAME = "coursenn-submission.zip"
CHECKS = "checks.json"
SECONDS = 10.0
"""For all checks together, when work is packed."""
_RECEIPT = re.compile(r"(?:[0-9a-f]{8}\s*){8}")


@dataclass
class Submission:
    """What was packed: name in the zip -> content, and what a student should know about it."""

    work: Work
    files: dict[str, bytes] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    progress: Progress | None = None
    """What the visible checks said; None where the course has none."""

    @property
    def complete(self) -> bool:
        """Whether there is nothing that a student should look at."""
        checked = self.progress is None or not (self.progress.failing() or self.progress.not_run())
        return checked and not (self.findings or self.refused or self.notes)

    @property
    def receipt(self) -> str:
        """What names exactly this work; see `coursenn._receipt`."""
        return receipt(self.files)

    def to_zip(self) -> bytes:
        """The bytes of the zip; dates and modes are fixed, so they depend only on the work."""
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
    """Read the files of a submission as grading will; what it would refuse is left out with the same words."""
    found = read_work(work)
    return Submission(work, found.files, found.refused, found.notes)


def prepare(folder: Path, timeout: float = 60.0, seconds: float = SECONDS) -> Submission:
    """Collect a submission, look it through and run the visible checks over what was collected.

    Parameters
    ----------
    folder : the folder with the package and the notebooks, see `find_work`.
    timeout : seconds that each file has for its import.
    seconds : for the checks together; 0 for none.

    Raises
    ------
    WorkError
        If there is no package there.
    """
    submission = collect(find_work(folder))
    submission.findings = review(submission.work, submission.files, timeout)
    if seconds and (submission.work.package / CHECKS).is_file():
        with package_as_read(submission.work, submission.files) as parent:
            submission.progress = look(dataclasses.replace(submission.work, package=parent / PACKAGE), seconds)
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
        If something else is at ``output``, or it cannot be written.
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
                raise WorkError(f"{output} exists and is not a submission: name another file with --output, or replace it with --yes")
        write_atomically(output, content)
    except OSError as error:
        raise WorkError(f"{output} cannot be written ({error.strerror}): name another place with --output") from error
    return output


def report(submission: Submission, output: Path) -> str:
    """What a student reads after packing, as plain text."""
    count = len(submission.files)
    lines = [f"Packed {count} file{'' if count == 1 else 's'} into {output}"]
    lines += [f"  {name}  ({_size(len(content))})" for name, content in sorted(submission.files.items())]
    if submission.progress is not None:
        lines += ["", *_checked(submission.progress)]
    for title in dict.fromkeys(finding.title for finding in submission.findings):
        lines += ["", f"{title}:", *(f"  - {f.text}" for f in submission.findings if f.title == title)]
    for title, texts in (("Left out of the zip", submission.refused), ("Good to know", submission.notes)):
        if texts:
            lines += ["", f"{title}:", *(f"  - {text}" for text in texts)]
    if submission.complete:
        lines += ["", "Everything is there, every file imports, and every question is answered."]
    version = submission.work.tasks.get("version", "")
    lines += ["", f"Receipt: {submission.receipt}", f"Packed on {datetime.now().astimezone():%d %B %Y at %H:%M:%S %Z}, version {version}."]
    return "\n".join([*lines, "Keep the receipt: it names exactly this work. Hand in the zip."])


def _checked(progress: Progress) -> Iterator[str]:
    """What the visible checks said of the work."""
    yield f"{progress.counts()}."
    failing, left = progress.failing(), progress.not_run()
    if failing:
        yield f"{len(failing)} check{' fails' if len(failing) == 1 else 's fail'}:"
        yield from (f"  - {line}" for line in grouped(failing))
    if left:
        yield f"Not checked, for lack of time: {', '.join(left)}. `python -m {PACKAGE} check` runs all checks."


def verify(text: str, archive: Path) -> tuple[bool, str]:
    """Whether a receipt is that of a zip.

    Parameters
    ----------
    text : the receipt, with or without spaces, or all that was printed with it.
    archive : the zip, or anything else that was handed in.

    Returns
    -------
    Whether it is, and a sentence.

    Raises
    ------
    WorkError
        If the text holds no receipt, or the archive nothing of the course.
    """
    found = _RECEIPT.search(text.casefold())
    if found is None:
        raise WorkError("that is not a receipt, which has 64 digits and letters from a to f, in eight groups")
    # Any folder will do: the rules are those of the running package.
    package = Path(__file__).parent
    files = read_earlier(archive, Work(package.parent, package)).files
    same = "".join(found.group().split()) == "".join(receipt(files).split())
    if same:
        return True, f"The receipt names exactly the work in {archive}."
    return False, f"The receipt does not name the work in {archive}, whose receipt is\n{receipt(files)}"


def _receipt_text(given: str) -> str:
    """What a file holds, if a receipt is given as the name of one, and else what is given."""
    try:
        content = Path(given).read_bytes()[:MEGABYTE]
    except (OSError, ValueError):
        return given
    # What PowerShell writes with `>` begins with one of these marks.
    return content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")


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
        If it is not such a zip.
    """
    from coursenn._colab import ask_for_file, on_colab
    from coursenn.merge import Changes

    path = Path(archive) if archive else ask_for_file()
    here = find_work(Path())
    found = read_earlier(path, here)
    changes = Changes(here.folder, "before-restore")
    restored = []
    for name, content in found.files.items():
        target = here.package / name.removeprefix(f"{PACKAGE}/") if name.startswith(f"{PACKAGE}/") else here.folder / name
        if not target.exists() or target.read_bytes() != content:
            changes.write(target, content)
            restored.append(name)
    print(f"Restored {', '.join(restored)}." if restored else "Everything in the zip is here already.")
    print("".join(f"Not restored: {text}\n" for text in found.refused), end="")
    if changes.backed_up:
        print(f"What was here before is in {changes.backup}")
    if on_colab() and any(name.endswith(".ipynb") for name in restored):
        print("The notebook on your screen stays as it is. To use a restored one, choose File > Upload notebook and take it from the zip.")
    return restored


def _is_submission(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.startswith(f"{PACKAGE}/") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def _size(count: int) -> str:
    return f"{count / MEGABYTE:.1f} MB" if count >= MEGABYTE else f"{max(1, round(count / 1024))} kB"


def main(arguments: list[str] | None = None, program: str = "python -m coursenn.submit") -> int:
    """Run the command; exit status 0 complete, 1 packed with something to look at, 2 nothing packed."""
    parser = argparse.ArgumentParser(prog=program, description="Run the checks and pack your work into one zip to hand in.")
    parser.add_argument("folder", nargs="?", default=".", type=Path, help="folder with coursenn/ and your notebooks (default: this one)")
    parser.add_argument("--output", type=Path, metavar="ZIP", help=f"the zip to write (default: {ZIP_NAME} in that folder)")
    parser.add_argument("--yes", action="store_true", help="replace a file at ZIP that is not a submission")
    parser.add_argument("--no-checks", action="store_true", help="pack at once, without running the checks")
    verify_help = "pack nothing: say whether a receipt, or one in a file, is that of a zip"
    parser.add_argument("--verify", nargs="+", metavar=("RECEIPT", "ZIP"), help=verify_help)
    options = parser.parse_args(arguments)
    if options.verify and len(options.verify) == 1:
        parser.error("--verify wants a receipt and a zip")
    try:
        if options.verify:
            *receipt_words, archive = options.verify  # its groups are words of their own where nobody put it into quotes
            same, sentence = verify(_receipt_text(" ".join(receipt_words)), Path(archive))
            print(sentence)
            return int(not same)
        submission = prepare(options.folder, seconds=0.0 if options.no_checks else SECONDS)
        path = save(submission, options.output, replace=options.yes)
    except WorkError as error:
        print(f"Nothing was {'compared' if options.verify else 'packed'}: {error}", file=sys.stderr)
        return 2
    print(report(submission, path))
    return int(not submission.complete)


if __name__ == "__main__":
    sys.exit(main())
