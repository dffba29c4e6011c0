"""What finished code printed in a notebook, stored beside the sources so that a question can be answered by reading.

``autograder record`` writes ``solutions/recorded/NOTEBOOK.json``; ``{{recorded:NAME}}`` in the prose shows one text from it. The file
also holds a key of the code that printed it. Numbers are never compared byte by byte, since other machines round differently.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.generate.errors import GeneratorError
from autograder.generate.percent import SourceCell, read_notebook
from autograder.generate.recorded_code import recording_key
from autograder.generate.regions import MIN_LINE, squeeze
from autograder.generate.stubs import display, read_text
from autograder.manifest import Course, Notebook

LEAD_IN = "Recorded with the reference"
"""The beginning of the line above every recorded text."""
SPREAD = re.compile(r"\+- (0\.\d+)")


@dataclass(frozen=True)
class Recording:
    """The content of a file of recorded results.

    Parameters
    ----------
    key : digest of the code that printed them.
    results : name -> printed text.
    seconds : name of a timed cell -> seconds of processor time.
    """

    key: str
    results: dict[str, str]
    seconds: dict[str, float]


def recorded_file(notebook: Notebook) -> Path:
    """Where the recorded results of a notebook are."""
    return notebook.root / "solutions" / "recorded" / f"{notebook.name}.json"


def record_names(cells: Sequence[SourceCell]) -> list[str]:
    """The names of the recorded cells, in the order of the notebook."""
    return [cell.record for cell in cells if cell.record]


def exact_records(cells: Sequence[SourceCell]) -> dict[str, str]:
    """The recorded cells that print the same in each run -> whether with the same images only, or always."""
    return {cell.record: cell.exact for cell in cells if cell.exact}


def read_results(course: Course, notebook: Notebook, cells: Sequence[SourceCell]) -> dict[str, str]:
    """Name -> what the recorded cell printed; empty when the notebook records nothing.

    Raises
    ------
    GeneratorError
        When a result is missing or the file is damaged: ``autograder record`` repairs both.
    """
    names = record_names(cells)
    if not names:
        return {}
    cure = f"run `autograder record {notebook.name}`"
    path = recorded_file(notebook)
    results = _read_recording(course, path, cure).results
    missing = [name for name in names if name not in results]
    if missing:
        raise GeneratorError(display(course, path), f"nothing is recorded for {', '.join(missing)}", cure)
    return {name: results[name] for name in names}


def read_seconds(course: Course, notebook: Notebook) -> dict[str, float]:
    """Name of a timed cell -> the seconds of processor time that it took; empty if nothing has been recorded yet."""
    try:
        return _read_recording(course, recorded_file(notebook), "").seconds
    except GeneratorError:
        return {}


def file_text(key: str, results: Mapping[str, str], seconds: Mapping[str, float] | None = None) -> str:
    """The bytes of the file: sorted, with a line end at the end."""
    document = {"key": key, "results": dict(results), **({"seconds": dict(seconds)} if seconds else {})}
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def recorded_markdown(text: str, *, exact: str = "", spread: float | None = None) -> str:
    """A recorded text as markdown.

    Parameters
    ----------
    text : what a cell printed.
    exact : "all" if every machine prints this, "images" if every machine with the same images does.
    spread : the largest standard deviation over seeds in the tables of the course, of accuracies.
    """
    lead = LEAD_IN if exact == "all" else f"{LEAD_IN} on the embedded images"
    if not exact and spread is not None:
        lead += f". Accuracies differ from run to run, with a standard deviation of up to {spread:g}"
    return f"{lead}:\n\n```text\n{text}\n```"


def time_markdown(seconds: float | None) -> str:
    """How long a cell takes, as a line of its own; empty for a cell that was never timed."""
    return "" if seconds is None else f"*Time: {_duration(seconds)} on two cores.*"


def _duration(seconds: float) -> str:
    if seconds < 10:
        return "a few seconds"
    if seconds < 55:
        return f"about {10 * round(seconds / 10)} seconds"
    minutes = max(1, round(seconds / 60))
    return f"about {minutes} minute{'' if minutes == 1 else 's'}"


def spread_over_seeds(course: Course) -> float | None:
    """The largest standard deviation in the recorded tables of a course, as `coursenn.experiments.spread` prints it."""
    found = []
    for notebook in course.notebooks:
        try:
            results = _read_recording(course, recorded_file(notebook), "").results
        except GeneratorError:
            continue
        found += [float(number) for text in results.values() for number in SPREAD.findall(text)]
    return max(found, default=None)


def refuse_typed(cells: Sequence[SourceCell], results: Mapping[str, str]) -> None:
    """Refuse a recorded line of figures that is also typed into the prose, where it would go out of date unnoticed."""
    lines = {squeeze(line): name for name, text in results.items() for line in text.split("\n") if _is_figures(line)}
    for cell in cells:
        for line in cell.source.split("\n") if cell.kind == "text" else ():
            if (name := lines.get(squeeze(line))) is not None:
                raise GeneratorError(cell.where, f"{line.strip()!r} is typed by hand", f"write {{{{recorded:{name}}}}} instead")


def is_stale(course: Course, notebook: Notebook) -> bool:
    """Whether a notebook has recorded cells and its file is out of date."""
    cells = read_notebook(course, notebook)
    if not record_names(cells):
        return recorded_file(notebook).exists()
    try:
        found = _read_recording(course, recorded_file(notebook), "")
    except GeneratorError:
        return True
    return found.key != recording_key(course, notebook, cells) or set(found.results) != set(record_names(cells))


def stale_recordings(course: Course) -> list[Notebook]:
    """The notebooks to record again."""
    return [notebook for notebook in course.notebooks if is_stale(course, notebook)]


def _read_recording(course: Course, path: Path, cure: str) -> Recording:
    text = read_text(course, path, cure)
    try:
        document = json.loads(text)
        results = {str(k): str(v) for k, v in document["results"].items()}
        seconds = {str(k): float(v) for k, v in document.get("seconds", {}).items()}
        return Recording(str(document["key"]), results, seconds)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise GeneratorError(display(course, path), "this is not a file of recorded results", cure) from None


def _is_figures(line: str) -> bool:
    return len(squeeze(line)) >= MIN_LINE and any(c.isdigit() for c in line)
