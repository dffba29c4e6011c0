"""What the set-up cell of each notebook calls once it has found the package."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from coursenn._check_command import check, chosen_tasks
from coursenn._colab import on_colab
from coursenn._current_code import CurrentCode
from coursenn._figure_text import picture_html
from coursenn._one_process import only_process
from coursenn._task_hints import STEPS, step
from coursenn._work_folder import PACKAGE, WorkError, find_work
from coursenn._work_review import unfinished_tasks

_STUB = re.compile(r"(Tasks? \S.* \(notebooks? |Cell \S+ of notebook )")
# A run of all cells leaves the view where it began. The time keeps a saved notebook from scrolling when it is opened.
_INTO_VIEW = """if (typeof element !== "undefined" && Math.abs(Date.now() - {now}) < 60000) setTimeout(() => {{
    const node = element.closest ? element : element[0];
    (node.closest(".jp-OutputArea, .output") || node).scrollIntoView({{block: "nearest"}});
}}, 100);"""
_name = ""
"""The notebook that was started last."""
_current: CurrentCode | None = None
_hinted: dict[str, int] = {}
"""Task -> how many of its hints were shown."""


def start(name: str) -> None:
    """Set the figures up, keep edited files current by themselves, and say where the package is.

    Parameters
    ----------
    name : the notebook.
    """
    import matplotlib.pyplot as plt

    global _current, _name
    _name = name
    plt.rcParams.update({"figure.figsize": (10, 8), "image.interpolation": "nearest", "image.cmap": "gray"})
    shell = _shell()
    if shell is not None:
        if _current is None or _current.names is not shell.user_ns:
            _current = CurrentCode(shell.user_ns, Path.cwd())
            shell.events.register("pre_run_cell", _before_each_cell)
        shell.set_custom_exc((NotImplementedError,), _show_unfinished)
        plt.switch_backend(plt.get_backend())  # loads it, which would take away what follows
        _describe_figures(shell)
        shell.register_magic_function(_check, magic_kind="line", magic_name="check")
    folder = sys.modules[PACKAGE].__path__[0]
    print(f"{name}: your package is {folder}. Edit the files there; the next cell you run uses what you saved.")
    if on_colab():
        print(
            "This machine forgets everything when the session ends. save_work() puts your files into one zip that the browser downloads;\n"
            "restore_work() asks for that zip and brings them back."
        )
    elif only_process():
        print(
            "This notebook runs in your browser, which keeps your files until its data are cleared. save_work() puts them into one zip;\n"
            'restore_work("coursenn-work.zip") brings back one that you have put into the list of files.\n'
            "A running cell cannot be interrupted here: restart the kernel."
        )


def _describe_figures(shell: Any) -> None:
    """Show matplotlib's figures with a text for those who cannot see them; a choice of another backend or format takes this away again."""
    shell.display_formatter.formatters["text/html"].for_type_by_name("matplotlib.figure", "Figure", picture_html)


def _before_each_cell(info: object) -> None:
    """Bring the names of the notebook to the state of the files; `info` is what IPython hands to every callback."""
    if (shell := _shell()) is not None:
        _describe_figures(shell)
    try:
        problems = _current.refresh() if _current is not None else []
    except Exception as error:  # whatever it is, old code must not be used in silence
        print(f"It is not certain that this cell uses the code that you saved: restart the kernel. ({type(error).__name__}: {error})")
        return
    for problem in problems:
        print(f"./{problem} Until you correct and save it, its functions raise an error.")


def hint(task: str) -> None:
    """Show the next hint for a task: what to think of, then where it usually goes wrong, then the shape of the way. None counts.

    Parameters
    ----------
    task : such as ``"conv-backward"``, or the name of its function.
    """
    (chosen, *others) = chosen_tasks(find_work(Path.cwd()), [task])
    if others:
        raise WorkError(f"name one task: {', '.join([chosen, *others])}")
    _hinted[chosen] = min(_hinted.get(chosen, 0) + 1, STEPS)
    print(step(chosen, _hinted[chosen]))


def _check(line: str) -> None:
    """Run the checks of tasks over the saved files: ``%check conv-backward``, ``%check Dropout``, or ``%check`` for all."""
    try:
        check(find_work(Path.cwd()), line.split())
    except WorkError as error:
        print(error)


def _show_unfinished(
    shell: Any, kind: type[BaseException], error: BaseException, trace: TracebackType, tb_offset: int | None = None
) -> None:
    """Show the stub of a task in few lines; any other `NotImplementedError` as usual.

    A run of all cells ends at the first stub, so this is where a list of what is unfinished is read, and what the view goes to.
    """
    stub = _STUB.match(str(error)) and len(error.args) == 1
    if stub:
        text = _unfinished_text(error, trace)
        error._render_traceback_ = text.splitlines  # type: ignore[attr-defined]
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
    if stub:
        shell.display_pub.publish({"application/javascript": _INTO_VIEW.format(now=round(1000 * time.time()))})


def _unfinished_text(error: BaseException, trace: TracebackType) -> str:
    last = trace
    while last.tb_next is not None:
        last = last.tb_next
    file, package = Path(last.tb_frame.f_code.co_filename), Path(__file__).parent
    # JupyterLab and VS Code make a link of such a place, if Jupyter was started in this folder.
    place = f" (./{file.relative_to(package.parent).as_posix()}:{last.tb_lineno})" if file.is_relative_to(package) else ""
    lines = [f"Not finished: {error}{place}"]
    try:
        tasks = unfinished_tasks(find_work(Path.cwd()), _name)
    except WorkError:
        tasks = []
    if len(tasks) > 1:
        lines.append(f"Not finished in this notebook: {', '.join(tasks)}.")
    return "\n".join(lines)


def _shell() -> Any:
    """Give the running IPython shell, or None in plain Python."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None
