"""Recording: run the solved notebook with the reference on the embedded images and store what its recorded cells print.

What its given cells print and draw is also stored, for the notebook pages of the book.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.generate.errors import GeneratorError
from autograder.generate.notebooks import build_notebook
from autograder.generate.page_results import is_given, page_results, page_results_file, page_results_text
from autograder.generate.percent import SourceCell, read_notebook
from autograder.generate.recorded import file_text, record_names, recorded_file
from autograder.generate.recorded_code import recording_key
from autograder.generate.tree import Plan, write
from autograder.intake.assemble import assemble
from autograder.manifest import Course, Notebook

CELL_TIMEOUT_S = 1200
# One thread, so that sums are added in the same order where possible; inline pictures, since Agg keeps none.
SURROUNDINGS = {
    "COURSENN_DATA": "embedded",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}
HIDDEN = ("COURSENN_QUICK", "PYTHONPATH")
Progress = Callable[[int, int], None]


def record(course: Course, notebook: Notebook, progress: Progress | None = None) -> Path | None:
    """Record a notebook and write its file; return None if it has no recorded cell (then an old file is removed).

    Parameters
    ----------
    course : the manifest.
    notebook : one of its notebooks.
    progress : called with the number of cells that are done and of all cells to run.

    Raises
    ------
    GeneratorError
        When the source is refused, a cell fails or a recorded cell prints nothing; then nothing is written.
    """
    cells = read_notebook(course, notebook)
    path = recorded_file(notebook)
    plan = Plan(notebook.root)
    name = path.relative_to(notebook.root).as_posix()
    names = record_names(cells)
    if names:
        # The key of the code as it was read, in case somebody edits it during the run.
        key = recording_key(course, notebook, cells)
        last = max(number for number, cell in enumerate(_run_cells(cells)) if cell.record or is_given(cell))
        executed = _run(course, notebook, last, progress)
        plan.add(name, file_text(key, executed.texts(names), executed.times()))
        plan.add(page_results_file(notebook).relative_to(notebook.root).as_posix(), page_results_text(key, page_results(executed.cells)))
    elif path.exists():
        plan.stale.append(name)
    write(plan)
    return path if names else None


def run_recorded(course: Course, notebook: Notebook, names: list[str], progress: Progress | None = None) -> dict[str, str]:
    """Run the notebook as far as the last of the named cells and return what each of them printed."""
    cells = _run_cells(read_notebook(course, notebook))
    return _run(course, notebook, max(number for number, cell in enumerate(cells) if cell.record in names), progress).texts(names)


@dataclass(frozen=True)
class _Executed:
    """The cells of a notebook, each with its outputs."""

    cells: list[tuple[SourceCell, Any]]
    took: dict[int, float]
    """Number of a cell -> seconds of processor time. With one thread these are the seconds on an idle machine, even if it is busy."""

    def texts(self, names: list[str]) -> dict[str, str]:
        """What each of the named cells printed."""
        return {cell.record: _printed(cell, made) for cell, made in self.cells if cell.record in names}

    def times(self) -> dict[str, float]:
        """The seconds of each timed cell."""
        return {cell.timed: round(self.took[number], 1) for number, (cell, _) in enumerate(self.cells) if cell.timed}


def _run_cells(cells: list[SourceCell]) -> list[SourceCell]:
    """The cells that become cells of the notebook."""
    return [cell for cell in cells if cell.kind != "instructor"]


def _run(course: Course, notebook: Notebook, last: int, progress: Progress | None) -> _Executed:
    """Run a notebook as far as the cell with that number."""
    cells = _run_cells(read_notebook(course, notebook))
    node = build_notebook(course, notebook, "solution", results=dict.fromkeys(record_names(cells), ""))
    node.cells = node.cells[: last + 1]
    with tempfile.TemporaryDirectory(prefix="coursenn-record-") as folder:
        took = _execute(course, node, Path(folder) / "work", notebook.name, progress)
    return _Executed(list(zip(cells, node.cells, strict=False)), took)


def _execute(course: Course, node: Any, folder: Path, name: str, progress: Progress | None) -> dict[int, float]:
    """Execute a notebook in place, beside the reference package as in a release folder; return the processor time of each cell."""
    import nbclient
    import psutil

    solutions = course.root / "solutions"
    assemble(solutions, folder, course)
    if (solutions / "models").is_dir():
        shutil.copytree(solutions / "models", folder / "models", dirs_exist_ok=True)
    codes = [number for number, cell in enumerate(node.cells) if cell.cell_type == "code"]

    took: dict[int, float] = {}

    def processor_time() -> float:
        kernel: Any = client.km
        times = psutil.Process(kernel.provisioner.pid).cpu_times()
        return float(times.user + times.system)

    def begins(cell: Any, cell_index: int, **_: Any) -> None:
        took[cell_index] = -processor_time()

    def done(cell: Any, cell_index: int, **_: Any) -> None:
        if cell_index in took:
            took[cell_index] += processor_time()
        if progress is not None and cell_index in codes:
            progress(codes.index(cell_index) + 1, len(codes))

    client = nbclient.NotebookClient(
        node,
        timeout=CELL_TIMEOUT_S,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
        on_cell_execute=begins,
        on_cell_executed=done,
    )
    environment = {k: v for k, v in os.environ.items() if k not in HIDDEN} | SURROUNDINGS
    try:
        client.execute(env=environment)
    except (nbclient.exceptions.CellExecutionError, nbclient.exceptions.CellTimeoutError, nbclient.exceptions.DeadKernelError) as error:
        raise GeneratorError(name, f"it does not run with the reference:\n{error}\n", "correct the cell or the reference") from error
    return took


def _printed(cell: SourceCell, made: Any) -> str:
    text = "".join(o.text for o in made.outputs if o.output_type == "stream" and o.name == "stdout")
    lines = [line.rstrip() for line in text.split("\n")]
    printed = "\n".join(lines).strip("\n")
    if not printed or "```" in printed:
        problem = "prints nothing" if not printed else "prints ```, which would end the block that shows it"
        raise GeneratorError(cell.where, f"the recorded cell {cell.record!r} {problem}", "correct it, or drop the option")
    return printed
