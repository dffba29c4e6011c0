"""Do checks and packing give the same results if Python cannot start another process, as in a browser?"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coursenn import notebook, submit
from coursenn._check_process import run_checks
from coursenn._one_process import PackageBeside
from coursenn._outcome import FAILED, NOT_RUN, PASSED
from coursenn._work_folder import WorkError, find_work
from coursenn._work_review import try_import
from tests.course.finished_folder import DROPOUT, rewrite
from tests.course.release_folder import finish, make


@contextmanager
def one_process() -> Iterator[None]:
    """Make Python appear to run in a browser, and refuse what is not possible there."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(138, "emscripten does not support processes")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "platform", "emscripten")
        patch.setattr(subprocess, "Popen", refuse)
        patch.setattr(os, "fork", refuse)
        patch.setattr(threading.Thread, "start", refuse)
        yield


def test_do_checks_give_the_same_results(small: Path) -> None:
    """Is the result the same for a function that is right, wrong or unfinished, or that raises or ends Python?"""
    tasks = [*DROPOUT, "affine-forward", "affine-backward", "relu-forward", "no-such-task"]
    rewrite(
        small,
        dropout_backward="return 2 * dout",
        affine_forward='raise NotImplementedError("Task affine-forward (notebook FullyConnectedNets): complete affine_forward")',
        affine_backward="return undefined_name",
        relu_forward="import sys; sys.exit(3)",
    )
    package = small / "coursenn"
    there = list(run_checks(package, small, tasks))
    with one_process():
        here = list(run_checks(package, small, tasks))
    assert [(o.task, o.state, o.text) for o in here] == [(o.task, o.state, o.text) for o in there]
    assert {o.state for o in here} >= {PASSED, FAILED, "unfinished", NOT_RUN}


def test_is_everything_as_it_was_afterwards(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does the notebook keep its modules, folder and path, even if the package that is checked does not load?"""
    monkeypatch.chdir(small)
    modules = {name: module for name, module in sys.modules.items() if name.startswith("coursenn")}
    before = (os.getcwd(), sys.path[:], sys.dont_write_bytecode, sys.pycache_prefix)
    with one_process():
        assert [o.state for o in run_checks(small / "coursenn", small, DROPOUT)] == [PASSED] * 3
        (small / "coursenn" / "checking.py").write_text("raise SystemExit('gone')\n", encoding="utf-8")
        with pytest.raises(WorkError, match="the checks cannot be run: SystemExit: gone"):
            list(run_checks(small / "coursenn", small, DROPOUT))
        with pytest.raises(FileNotFoundError), PackageBeside(small).in_use(small / "no-folder"):
            pass
    assert {name: module for name, module in sys.modules.items() if name.startswith("coursenn")} == modules
    assert (os.getcwd(), sys.path[:], sys.dont_write_bytecode, sys.pycache_prefix) == before


def _copy(work: Path, target: Path) -> Path:
    """Copy the work without compiled files."""
    shutil.copytree(work, target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def test_is_the_saved_code_checked_and_not_a_compiled_one(small: Path, tmp_path: Path) -> None:
    """Does the check run the second of two saves that have the same time and length?"""
    layers = small / "coursenn" / "layers.py"
    rewrite(small, dropout_backward="return 1 * dout")
    (small / "numpy.py").unlink()
    subprocess.run([sys.executable, "-c", "import coursenn.layers"], cwd=small, check=True, env={"PYTHONPATH": str(small)})
    assert list((small / "coursenn" / "__pycache__").glob("layers.*"))
    times = layers.stat()
    layers.write_text(layers.read_text("utf-8").replace("return 1 * dout", "return 2 * dout"), encoding="utf-8")
    os.utime(layers, ns=(times.st_atime_ns, times.st_mtime_ns))
    with one_process():
        (outcome,) = run_checks(small / "coursenn", small, ["dropout-backward"])
    there, *_ = run_checks(_copy(small, tmp_path / "copy") / "coursenn", small, ["dropout-backward"])
    assert outcome.text == there.text


def test_are_checks_without_time_not_run(small: Path) -> None:
    """Is the time limit for all checks tested before each of them?"""
    with one_process():
        assert [o.state for o in run_checks(small / "coursenn", small, DROPOUT, seconds=0)] == [NOT_RUN] * 3


@pytest.mark.parametrize(
    "text",
    [
        "x = (\n",
        "import os\n\nvalue = undefined_name\n",
        "from coursenn.layers import no_such_function\n",
        "import no_such_module\n",
        "import sys\nsys.exit(3)\n",
        "import sys\nsys.exit('I give up')\n",
        "def f():\n    raise ValueError('two\\nlines')\nf()\n",
        "print('noise')\n",
    ],
)
def test_does_a_failing_import_give_the_same_message(tmp_path: Path, text: str) -> None:
    """Is the message the one that another process gives, with the line of the student's file?"""
    work = finish(make(tmp_path / "work"))
    (work / "coursenn" / "layers.py").write_text(text, encoding="utf-8")
    there = try_import(work, "coursenn.layers", 60.0)
    with one_process():
        here = try_import(work, "coursenn.layers", 60.0)
    assert here == there
    assert (here is None) == text.startswith("print")


def test_does_a_notebook_pack_and_check_its_work(
    small: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Does the last cell write the same zip and say how to download it from the browser, and does %check work?"""
    monkeypatch.chdir(small)
    # On a busy machine, checks would be left out.
    monkeypatch.setattr(submit.prepare, "__defaults__", (600.0, 600.0))
    rewrite(small, dropout_backward="return 2 * dout")
    elsewhere = submit.submit().read_bytes()
    told = capsys.readouterr().out
    (small / submit.ZIP_NAME).unlink()
    with one_process():
        assert submit.submit().read_bytes() == elsewhere
        here = capsys.readouterr().out
        notebook._check("dropout-backward")
        assert "dropout-backward  failed" in capsys.readouterr().out
    packed = "Packed on "
    assert here.partition(packed)[0] == told.partition(packed)[0]
    assert f"right-click {submit.ZIP_NAME}" in here
    assert "right-click" not in told
    assert find_work(small).folder == small
