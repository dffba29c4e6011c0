"""Do the commands of `python -m coursenn` show a student's progress and run the checks, even if the student's code breaks?"""

from __future__ import annotations

import ast
import builtins
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from coursenn import __main__ as commands
from coursenn import _check_command, _check_process, _task_hints, notebook, submit
from coursenn._check_command import chosen_tasks, touched_tasks
from coursenn._check_process import run_checks
from coursenn._definitions import used_names
from coursenn._outcome import ENDED, FAILED, PASSED, UNFINISHED
from coursenn._progress import duration, look
from coursenn._visible_checks import check_sources
from coursenn._work_folder import Work, WorkError, find_work
from tests.course.finished_folder import DROPOUT, python, rewrite
from tests.course.release_folder import LAYERS, finish, make

STUB = 'raise NotImplementedError("Task affine-forward (notebook FullyConnectedNets): complete affine_forward in coursenn/layers.py")'


def test_does_each_check_run_by_itself() -> None:
    """Does every task have a check that defines all names it uses, and is it free of matplotlib?"""
    sources = check_sources()
    assert list(sources) == [task["id"] for task in Work(Path(), Path(submit.__file__).parent).tasks["tasks"]]
    for task, source in sources.items():
        tree = ast.parse(source)
        made = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
        made |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
        made |= {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
        made |= {a.asname or a.name for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom) for a in n.names}
        assert not used_names(tree) - made - set(dir(builtins)), task
        assert "matplotlib" not in source


def test_do_checks_say_what_each_state_of_the_code_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is code described that is right, wrong, unfinished, endless, or ends the process, and do the other checks run?"""
    monkeypatch.setattr(_check_process, "EACH", 2.0)
    rewrite(
        folder,
        affine_forward=STUB,
        relu_forward="return np.abs(x), x",
        relu_backward="return undefined",
        softmax_loss="import os; os._exit(3)",
        svm_loss="while True: pass",
    )
    tasks = ["affine-forward", "relu-forward", "relu-backward", "softmax-loss", "sgd-momentum", "svm-loss", "rmsprop"]
    found = {o.task: o for o in run_checks(folder / "coursenn", folder, tasks)}
    assert [found[task].state for task in tasks] == [UNFINISHED, FAILED, FAILED, ENDED, PASSED, ENDED, PASSED]
    assert "complete affine_forward in coursenn/layers.py" in found["affine-forward"].text
    assert found["relu-forward"].text.startswith("relu_forward: 2 of 3 checks failed")
    assert re.search(r"NameError: .*\n  coursenn/layers\.py:\d+, in relu_backward: return undefined", found["relu-backward"].text)
    assert "status 3" in found["softmax-loss"].text
    assert "did not end within 2 seconds" in found["svm-loss"].text


def test_is_a_file_that_does_not_load_named_with_its_line(folder: Path) -> None:
    """Does each check give the file and the line, and are the tasks named whose stub is still in the file?"""
    rewrite(folder, affine_forward=STUB)
    path = folder / "coursenn" / "layers.py"
    path.write_text(path.read_text("utf-8") + "\nx = (\n", encoding="utf-8")
    line = len(path.read_text("utf-8").splitlines())
    (outcome,) = run_checks(folder / "coursenn", folder, ["relu-forward"])
    assert outcome.text == f"coursenn/layers.py:{line}: '(' was never closed"
    prepared = submit.prepare(folder, seconds=0.0)
    assert "affine-forward: coursenn/layers.py (notebook FullyConnectedNets)" in [f.text for f in prepared.findings]


def test_does_the_status_count_and_name_what_is_next(
    small: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Does it show the folder's tasks, points, questions, the failing check and the next task, and exit with 1?"""
    rewrite(small, dropout_forward="return x, (None, None)", dropout_backward=STUB)
    path = small / "coursenn" / "tasks.json"
    path.write_text(path.read_text("utf-8").replace('"title": "Small"', '"title": "Small", "due": "2027-01-10T22:59:00+00:00"'), "utf-8")
    monkeypatch.chdir(small)
    assert commands.main([]) == commands.FINDINGS
    out = capsys.readouterr().out
    assert out.startswith("0 of 3 tasks pass their check, worth 0 of 10 points; 0 of 2 questions answered.")
    assert re.search(r"Small is due on \w+, 1\d January 2027, \d\d:\d\d .* for the class; yours may differ\.", out)
    assert re.search(r"Checks that fail:\n  dropout-forward.*: ", out)
    next_one = r"Next: dropout-forward \(\d points, about \d+ minutes\), in notebook Dropout\n  coursenn/layers\.py:\d+ dropout_forward"
    assert re.search(next_one, out)


def test_does_the_status_add_up_what_is_left(small: Path) -> None:
    """Are only unfinished tasks and unanswered questions counted, and nothing in a release without estimates?"""
    rewrite(small, dropout_backward=STUB)
    work = find_work(small)
    found = {task["id"]: task["minutes"] for task in work.tasks["tasks"]} | {q["id"]: q["minutes"] for q in work.tasks["questions"]}
    left = look(work).minutes_left()
    open_ones = ["dropout-backward", "fc-net-dropout", "dropout-scale", "dropout-regularizer"]
    assert left == sum(found[name] for name in open_ones)
    assert [duration(m) for m in (0, 40, 90, 455)] == ["", "about 40 minutes", "about 2 hours", "about 8 hours"]
    for entry in (*work.tasks["tasks"], *work.tasks["questions"]):
        del entry["minutes"]
    assert look(work).minutes_left() == 0


def test_are_tasks_found_by_the_names_that_people_use(folder: Path) -> None:
    """Is a task found by its id, function, notebook or file of code, and are similar names offered for a misspelt one?"""
    work = find_work(folder)
    assert chosen_tasks(work, ["conv-backward", "conv_backward_naive", "Conv-Backward"]) == ["conv-backward"]
    assert chosen_tasks(work, ["Dropout.ipynb"]) == chosen_tasks(work, ["dropout"]) == DROPOUT
    assert chosen_tasks(work, []) == [task["id"] for task in work.tasks["tasks"]]
    in_cnn = [task["id"] for task in work.tasks["tasks"] if any("classifiers.cnn." in name for name in task["functions"])]
    named = ("cnn.py", "classifiers/cnn.py", "coursenn\\classifiers\\cnn.py", str(folder / "coursenn" / "classifiers" / "cnn.py"))
    assert [chosen_tasks(work, [name]) for name in named] == [in_cnn] * len(named)
    assert "conv-backward" in chosen_tasks(work, ["./coursenn/layers.py"])
    for name, said in {
        "conv": "there is no task 'conv'; did you mean conv-forward, conv-backward",
        "dropuot-forward": "did you mean dropout-forward",
        "optm.py": "there is no file with tasks 'optm.py'; did you mean optim.py",
        "zzz.py": "there are layers.py, layer_utils.py, optim.py",
        "zzz": "there is no task 'zzz'; there are affine-forward",
    }.items():
        with pytest.raises(WorkError, match=said):
            chosen_tasks(work, [name])


def test_is_a_misspelt_command_answered_with_the_one_that_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    """Does it say what is near or where all commands are listed, and do nothing?"""
    assert [commands.main([name]) for name in ("chckk", "submitt", "frobnicate")] == [commands.MISUSE] * 3
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        "There is no command 'chckk'. Did you mean `python -m coursenn check`?",
        "There is no command 'submitt'. Did you mean `python -m coursenn submit`?",
        "There is no command 'frobnicate'. `python -m coursenn --help` lists them all.",
    ]


def test_does_an_edit_concern_the_tasks_that_use_it(folder: Path) -> None:
    """Does a changed function concern only the tasks whose check uses it, and a comment none?"""
    work = find_work(folder)
    before = {name: (folder / "coursenn" / name).read_bytes() for name in work.editable}

    def touched(name: str, old: str, new: str) -> set[str]:
        assert old in before[name].decode()
        return touched_tasks(work, before, {**before, name: before[name].replace(old.encode(), new.encode())})

    assert touched("optim.py", "def adam(", "# a remark\ndef adam(") == set()
    users = {"dropout-backward", "fc-net-dropout", "fc-net-normalization"}
    assert touched("layers.py", "def dropout_backward(", "def dropout_backward(*_, ") == users
    assert "three-layer-convnet" in touched("layers.py", "def relu_backward(", "def relu_backward(*_, ")
    assert "conv-forward" not in touched("layers.py", "def relu_backward(", "def relu_backward(*_, ")


def test_does_submit_run_the_checks_and_pack_the_work_anyway(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Does the report name the failing check in one line, and does its receipt match the zip?"""
    rewrite(small, dropout_backward="return 2 * dout")
    assert submit.main([str(small)]) == 1
    out = capsys.readouterr().out
    assert re.search(r"\d of 3 tasks pass their check, worth \d of 10 points; 0 of 2 questions answered\.\n\d checks? fail", out)
    assert "\n  - dropout-" in out
    assert re.search(r"Packed on \d\d \w+ \d{4} at \d\d:\d\d:\d\d .*, version 2026\.1\.", out)
    archive = small / submit.ZIP_NAME
    assert commands.main(["submit", "--verify", out, str(archive)]) == 0
    assert "names exactly the work" in capsys.readouterr().out
    rewrite(small, dropout_backward="return None")
    assert commands.main(["submit", str(small), "--no-checks"]) == 1
    assert "pass their check" not in capsys.readouterr().out
    assert commands.main(["submit", "--verify", out, str(archive)]) == 1
    assert commands.main(["submit", "--verify", "no receipt", str(archive)]) == 2


def test_does_work_zipped_on_windows_have_the_same_receipt(small: Path, tmp_path: Path) -> None:
    """Does the receipt match a zip with backslashes in its names, in a folder with an umlaut, but not after an edit?"""
    packed = submit.collect(find_work(small))
    for name, edit, same in (("same.zip", b"", True), ("edited.zip", b"\r\n", False)):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for place, content in packed.files.items():
                entry = zipfile.ZipInfo("placeholder")
                entry.filename = "Abgabe \u00dc\\" + place.replace("/", "\\")  # the constructor would replace the backslashes here
                archive.writestr(entry, content + (edit if place.endswith("layers.py") else b""))
        assert submit.verify(packed.receipt, tmp_path / name)[0] == same


def test_is_a_receipt_accepted_as_people_give_it(small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is a receipt accepted as eight words without quotes, or as a file of the output, even one from PowerShell?"""
    packed = submit.collect(find_work(small))
    archive = submit.save(packed)
    said = f"Receipt: {packed.receipt}\nKeep the receipt.\n"
    for name, encoding in (("plain.txt", "utf-8"), ("powershell.txt", "utf-16")):
        (tmp_path / name).write_text(said, encoding=encoding)
        assert submit.main(["--verify", str(tmp_path / name), str(archive)]) == 0
    assert submit.main(["--verify", *packed.receipt.split(), str(archive)]) == 0
    assert submit.main(["--verify", *reversed(packed.receipt.split()), str(archive)]) == 1
    capsys.readouterr()
    with pytest.raises(SystemExit):
        submit.main(["--verify", str(archive)])
    assert "--verify wants a receipt and a zip" in capsys.readouterr().err


def test_is_an_untrained_network_unfinished_rather_than_wrong(folder: Path) -> None:
    """Does the check say what to do, as for a stub, while any other missing file is still an error of the code?"""
    rewrite(folder, softmax_loss="open('nowhere.txt')")
    found = {o.task: o for o in run_checks(folder / "coursenn", folder, ["best-basic", "softmax-loss"])}
    assert found["best-basic"].state == UNFINISHED
    assert found["best-basic"].text == "Task best-basic (notebook FullyConnectedNets): train and save models/best_basic.npz"
    assert found["softmax-loss"].state == FAILED


def test_are_checks_that_there_was_no_time_for_named(small: Path) -> None:
    """Are checks that were not run named, but not counted as failing?"""
    progress = look(find_work(small), seconds=1e-3)
    assert progress.not_run() == DROPOUT
    assert not progress.failing()
    told = submit.report(submit.Submission(progress.work, progress=progress), small / "x.zip")
    assert "Not checked, for lack of time: dropout-forward, dropout-backward, fc-net-dropout." in told


def test_do_commands_work_as_typed(folder: Path) -> None:
    """Does a check run next to a student's numpy.py and without matplotlib, and does a mistyped task exit with 2?"""
    (folder / "matplotlib.py").write_text("raise SystemExit('matplotlib is not needed')\n", encoding="utf-8")
    result = python(folder, "-m", "coursenn", "check", "conv-forward", "affine_forward")
    assert (result.returncode, result.stderr) == (0, "")
    assert "conv-forward  passed" in result.stdout
    assert result.stdout.endswith("2 of 2 checks passed.\n")
    result = python(folder, "-m", "coursenn", "check", "conv-forwards")
    assert (result.returncode, result.stdout) == (2, "")
    assert "there is no task 'conv-forwards'" in result.stderr


def test_are_stubs_of_a_release_that_has_no_checks_packed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is the work of an older release without a file of checks still packed?"""
    done = finish(make(tmp_path / "work"))
    assert submit.main([str(done)]) == 0
    assert "check" not in capsys.readouterr().out
    (done / "coursenn" / "layers.py").write_text(f"{LAYERS}\nx = (\n", encoding="utf-8")
    assert submit.main([str(done)]) == 1
    assert "backward: coursenn/layers.py (notebook Book)" in capsys.readouterr().out


def test_are_hints_shown_one_by_one(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Does the command show a hint by its number, the notebook one more each time, and a course without hints say so?"""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(notebook, "_hinted", {})
    assert commands.main(["check", "conv_backward_naive", "--hint"]) == 0
    assert capsys.readouterr().out.startswith("conv-backward, hint 1 of 3, what to think of: ")
    assert commands.main(["check", "conv-backward", "--hint", "3"]) == 0
    assert "hint 3 of 3, the shape of the way: " in capsys.readouterr().out
    assert commands.main(["check", "Dropout", "--hint"]) == 2
    for number in (1, 2, 3, 3):
        notebook.hint("conv-backward")
        assert f"hint {number} of 3" in capsys.readouterr().out
    monkeypatch.setattr(_task_hints, "FILE", folder / "nowhere.json")
    with pytest.raises(WorkError, match="gives no hints"):
        notebook.hint("conv-backward")


def test_does_follow_look_at_each_save_once(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Is a broken file reported once, and do the checks of an edit run once the file is repaired?"""
    path, ran = folder / "coursenn" / "layers.py", list[Sequence[str]]()
    good = path.read_text("utf-8")
    edited = good.replace("def svm_loss(", "def svm_loss(*_, ")
    saves = iter([f"{edited}\nx = (\n", None, None, None, edited, None, None])

    def sleep(_: float) -> None:
        text = next(saves, "")
        if text == "":
            raise KeyboardInterrupt
        if text is not None:
            path.write_text(text, encoding="utf-8")

    monkeypatch.setattr(_check_command.time, "sleep", sleep)
    monkeypatch.setattr(_check_command, "_run", lambda _, tasks: ran.append(tasks))
    assert _check_command.follow(find_work(folder)) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line]
    assert [bool(re.fullmatch(r"\d\d:\d\d:\d\d  coursenn/layers\.py", line)) for line in lines] == [False, True, False, True]
    assert "was never closed" in lines[2]
    assert ran == [["svm-loss"]]


@pytest.mark.slow
def test_does_follow_run_the_checks_that_a_save_concerns(folder: Path) -> None:
    """Is each save reported: a broken function, a syntax error and the repair?"""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [sys.executable, "-m", "coursenn", "check", "--follow", "FullyConnectedNets"]
    path = folder / "coursenn" / "layers.py"
    good = path.read_text("utf-8")
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert "Waiting" in process.stdout.readline()
            for text, said in (
                (good.replace("def svm_loss(", "def svm_loss(*_, "), "svm-loss  failed"),
                (f"{good}\nx = (\n", "was never closed"),
                (good, "svm-loss  passed"),
            ):
                path.write_text(text, encoding="utf-8")
                end = time.monotonic() + 600
                while said not in (line := process.stdout.readline()):
                    assert time.monotonic() < end, line
        finally:
            process.terminate()


@pytest.mark.slow
def test_does_pytest_run_the_checks_in_the_folder(folder: Path) -> None:
    """Does `pytest` collect one test for each task, skip unfinished tasks, and show what is wrong?"""
    (folder / "numpy.py").unlink()
    rewrite(folder, affine_forward=STUB, svm_loss="return 0.0, x")
    result = python(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "affine-forward or svm-loss or relu-forward")
    assert re.search(r"1 failed, 1 passed, 1 skipped", result.stdout), result.stdout + result.stderr
    assert "svm_loss: " in result.stdout


@pytest.mark.slow
@pytest.mark.parametrize("place", ["course/notebooks", ".", "course", "course/src"])
def test_do_all_commands_work_in_a_clone(place: str, small: Path, tmp_path: Path) -> None:
    """Does every command work in each folder of the public tree, with its package installed and without a compiler?"""
    clone, release = tmp_path / "klon \u0131", tmp_path / "release"
    (clone / "course" / "notebooks").mkdir(parents=True)
    shutil.copytree(small / "coursenn", clone / "course" / "src" / "coursenn")
    shutil.copytree(small / "coursenn", release / "coursenn")
    rewrite(release, dropout_forward=STUB)  # the release is also an earlier hand-in, with one unfinished function
    for folder in (clone / "course" / "notebooks", release):
        shutil.copy(small / "Dropout.ipynb", folder)
    said = {
        (): "3 of 3 tasks pass their check",
        ("check", "Dropout"): "3 of 3 checks passed.",
        ("check", "dropout-forward", "--hint"): "hint 1 of 3",
        ("update", str(release)): "nothing to do",
        ("carry", str(release)): "nothing to do",
        ("submit",): f"into {clone / 'course' / 'notebooks' / submit.ZIP_NAME}",
        ("submit", "--verify", "0" * 64, str(clone / "course" / "notebooks" / submit.ZIP_NAME)): "does not name the work",
        ("build",): "Everything works without",
    }
    for arguments, text in said.items():
        result = python(clone / place, "-m", "coursenn", *arguments, PYTHONPATH=str(clone / "course" / "src"), CC="/bin/false")
        assert text in result.stdout, (arguments, result.stdout, result.stderr)
        assert result.stderr == "" or arguments == ("build",), arguments


def with_line_ends(folder: Path, ends: bytes) -> None:
    """Change the line ends of the editable files and of the notebooks."""
    names = find_work(folder).editable
    for path in (*(folder / "coursenn" / name for name in names), *folder.glob("*.ipynb")):
        path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", ends))


@pytest.mark.whole
@pytest.mark.parametrize("environment", [{"LC_ALL": "tr_TR.UTF-8"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}])
def test_do_commands_work_with_windows_line_ends_in_any_language(small: Path, environment: dict[str, str]) -> None:
    """Do status, check, hint and submit work with CRLF, in a Turkish locale and in a terminal that is limited to ASCII?"""
    rewrite(small, dropout_forward="print('\u2202')")
    with_line_ends(small, b"\r\n")
    small = small.rename(small.with_name("Odev \u0130\u0131 \u00fc"))
    for arguments, status in ((["check", "dropout-forward"], 0), (["check", "DROPOUT-BACKWARD", "--hint"], 0), ([], 1), (["submit"], 1)):
        # The default encoding of a file is different on Windows.
        result = python(small, "-X", "warn_default_encoding", "-W", "error::EncodingWarning", "-m", "coursenn", *arguments, **environment)
        assert (result.returncode, result.stderr) == (status, ""), arguments
        assert arguments != ["check", "dropout-forward"] or re.search(r"passed  \d\.\d s  all \d+ checks passed", result.stdout)
    archive = small / submit.ZIP_NAME
    assert archive.is_file()
    assert "dropout-forward: " not in result.stdout


def test_does_a_check_name_the_line_of_a_file_with_windows_line_ends(folder: Path) -> None:
    """Is the line of an error the one that an editor shows, and do changed line ends alone not count as an edit?"""
    rewrite(folder, relu_backward="return undefined")
    work = find_work(folder)
    before = {name: (folder / "coursenn" / name).read_bytes() for name in work.editable}
    with_line_ends(folder, b"\r\n")
    after = {name: (folder / "coursenn" / name).read_bytes() for name in work.editable}
    assert touched_tasks(work, before, after) == set()
    line = next(n for n, text in enumerate((folder / "coursenn" / "layers.py").read_text("utf-8").splitlines(), 1) if "undefined" in text)
    (outcome,) = run_checks(folder / "coursenn", folder, ["relu-backward"])
    assert f"layers.py:{line}, in relu_backward" in outcome.text
