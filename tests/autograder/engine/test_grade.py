"""Does a submission get exactly the marks it deserves, even if its code is hostile?"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from autograder.checking import Check
from autograder.engine import grade as module
from autograder.engine import lanes
from autograder.engine.attempt import Attempt, Attempts
from autograder.engine.expectations import expectations
from autograder.engine.grade import grade_submission
from autograder.engine.result import Result
from autograder.manifest import Course, Task
from autograder.sandbox import sandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.process import Process
from tests.autograder.mini_course import LAYER_UTILS, LAYERS, NET, STUBS, by_id, write

Grade = Callable[..., Result]
FORWARD = "    return x**3, x\n"


def layers(forward: str, top: str = "") -> dict[str, str]:
    """Return the reference's layers with the lines of the forward pass replaced, and lines added at the top."""
    assert FORWARD in LAYERS
    return {"layers.py": top + LAYERS.replace(FORWARD, forward)}


def test_reference_has_full_marks(grade: Grade, mini: Course, tmp_path: Path) -> None:
    """Does correct work get every point?"""
    write(tmp_path / "student" / "coursenn", {"x": ""})
    (tmp_path / "student" / "models").mkdir()
    np.savez(tmp_path / "student" / "models" / "best.npz", param_W1=np.zeros((4, 4)))
    result = grade({})
    assert {t.id: t.verdict for t in result.tasks} == dict.fromkeys(by_id(result), "passed")
    assert (result.score, result.max_score, result.status) == (14.0, 14.0, "graded")
    assert by_id(result)["cube-forward"].see == "page#cube"


def test_untouched_stubs_score_nothing(grade: Grade) -> None:
    """Is an untouched hand-in worth 0, although some tasks are run again on the reference's layers?"""
    result = grade(STUBS)
    assert result.score == 0
    assert {t.verdict for t in result.tasks} == {"not_attempted", "missing"}


def test_missing_files_count_as_stubs(mini: Course, unsafe: bool, tmp_path: Path) -> None:
    """Do the other files keep their marks if one was not handed in?"""
    write(tmp_path / "s" / "coursenn", {"layers.py": LAYERS})
    result = grade_submission(tmp_path / "s", mini, "mini", 1, unsafe_no_sandbox=unsafe)
    assert {t.id: t.verdict for t in result.tasks if t.verdict != "passed"} == {
        "cube-twice": "not_attempted",
        "net": "not_attempted",
        "best": "missing",
    }


@pytest.mark.parametrize("work", ["right", "wrong", "stubs", "crashing"])
def test_all_cores_and_kept_answers_change_no_document(
    work: str, mini: Course, unsafe: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Does a submission get the same on one core, divided between two, and with answers that another process has kept?"""
    monkeypatch.setattr(lanes, "WORTH_A_LANE", 2)
    monkeypatch.setattr(module, "cores", lambda: 2)
    monkeypatch.setenv("COURSENN_CACHE_DIR", str(tmp_path / "cache"))
    files = {
        "right": {"layers.py": LAYERS, "layer_utils.py": LAYER_UTILS, "classifiers/net.py": NET},
        "wrong": layers("    return x**2, x\n"),
        "stubs": STUBS,
        "crashing": layers("    import os\n    os._exit(1)\n"),
    }[work]
    write(tmp_path / "s" / "coursenn", files)
    documents = []
    for all_cores, keep in ((False, False), (True, False), (True, True), (True, True), (False, True)):
        expectations.cache_clear()
        result = grade_submission(tmp_path / "s", mini, "mini", 5, unsafe_no_sandbox=unsafe, all_cores=all_cores, keep=keep)
        documents.append(json.dumps(_without_times(result.document())))
    assert set(documents) == {documents[0]}
    assert bool(list((tmp_path / "cache").glob("worked-out/answers-*"))) is not unsafe


def test_what_passes_elsewhere_is_not_run_again(mini: Course, unsafe: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does half of right work run in another process, and does its processor time count?"""
    monkeypatch.setattr(lanes, "WORTH_A_LANE", 2)
    monkeypatch.setattr(module, "cores", lambda: 2)
    here: list[str] = []
    run = Attempts.run

    def spy(self: Attempts, process: Process, task: Task, check: Check, **how: bool) -> Attempt:
        here.append(task.id)
        return run(self, process, task, check, **how)

    monkeypatch.setattr(Attempts, "run", spy)
    burn = "    import time\n    end = time.process_time() + 0.3\n    while time.process_time() < end:\n        pass\n"
    slow = LAYERS.replace(FORWARD, f"{burn}{FORWARD}")
    write(tmp_path / "s" / "coursenn", {"layers.py": slow, "layer_utils.py": LAYER_UTILS, "classifiers/net.py": NET})
    tasks = [task.id for task in mini.tasks if not task.model]
    result = grade_submission(tmp_path / "s", mini, "mini", 5, unsafe_no_sandbox=unsafe, all_cores=True, tasks=tasks)
    assert result.score == result.max_score
    assert 0 < len(set(here)) < len(tasks)
    assert result.cpu_s > 0.3


def test_same_bytes_and_seed_give_the_same_document(grade: Grade) -> None:
    """Is grading a pure function, apart from the time it took?"""

    def document() -> str:
        return json.dumps(_without_times(grade(layers("    return x**2, x\n"), seed="abc").document()))

    assert document() == document()


def _without_times(value: object) -> object:
    if isinstance(value, dict):
        return {k: _without_times(v) for k, v in value.items() if k not in ("elapsed_s", "cpu_s", "stages_s")}
    return [_without_times(v) for v in value] if isinstance(value, list) else value


def test_processor_time_of_student_code_is_counted(grade: Grade) -> None:
    """Does the document say what a submission used, including the time of processes that were killed?"""
    burn = "    import time\n    end = time.process_time() + 0.3\n    while time.process_time() < end:\n        pass\n"
    quick, slow = (grade(layers(f"{body}    return x**3, x\n")).cpu_s for body in ("", burn))
    assert quick > 0
    assert slow > quick + 0.3


def test_document_has_the_keys_of_the_schema_and_no_seed(grade: Grade) -> None:
    """Does the result document have the form that other tools expect, and contain no secrets?"""
    document = json.loads(grade({}, seed="very-secret-seed").to_json())
    assert list(document) == [
        "schema", "submission", "course", "assignment", "status", "reason", "score", "max_score", "elapsed_s", "cpu_s", "stages_s",
        "refused", "notes", "tasks",
    ]  # fmt: skip
    assert list(document["tasks"][0]) == [
        "id", "function", "notebook", "verdict", "score", "max_score", "elapsed_s", "checks", "mistakes", "hint", "see",
    ]  # fmt: skip
    assert list(document["tasks"][0]["checks"][0]) == ["name", "passed", "message"]
    assert "very-secret-seed" not in json.dumps(document)


def test_partial_credit_follows_the_weights(grade: Grade) -> None:
    """Does a wrong behaviour cost its share and nothing more?"""
    task = by_id(grade(layers("    x *= 1\n    return x**3, x\n")))["cube-forward"]
    assert task.verdict == "passed"
    task = by_id(grade(layers("    out = x**3\n    x += 1\n    return out, x - 1\n")))["cube-forward"]
    assert (task.verdict, task.score) == ("partial", 3.0)
    assert [c.message for c in task.checks if not c.passed] == ["the function changed x, which belongs to the caller: work on a copy"]


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        ("    return -(x**3), x\n", "the sign is wrong"),
        ("    return 2 * x**3, x\n", "right up to a factor of two"),
        ("    return (x**3).T, x\n", "it is transposed"),
        ("    return x**3 + 1, x\n", "off by the same amount"),
        ("    return 0 * x, x\n", "all of it is zero"),
        ("    return x**3 / 0, x\n", "holds infinite values"),
        ("    return x * np.nan, x\n", "holds NaN"),
        ("    return x**3 * (1 + 1e-4), x\n", "off by about 1e-4 of its largest entry"),
        ("    return [1.0], x\n", "a list where an array was expected"),
        ("    return None\n", "None, or something empty, was returned"),
        ("    return (x**3).astype(object), x\n", "array of object where an array was expected"),
        ("    return x**3 + 0j, x\n", "array of complex128 where an array was expected"),
        ("    return np.zeros((3000, 3000)), x\n", "an output is far larger than the right one"),
        ("    return np.zeros((300, 300)), x\n", "an output of shape (300, 300) is far larger than the right one"),
        ("    return undefined_helper(x), x\n", "raised NameError in layers.py, line 8: name 'undefined_helper' is not defined"),
        ("    raise RuntimeError('x' * 10**6)\n", "raised RuntimeError in layers.py, line 8: xxx"),
        ("    raise RuntimeError('\\x1b[31mred\\x00\\n\\u202e')\n", "raised RuntimeError in layers.py, line 8: red"),
        ("    raise RuntimeError(str(x[0]))\n", "raised RuntimeError in layers.py, line 8"),
    ],
)
def test_messages_say_what_is_wrong(grade: Grade, forward: str, message: str) -> None:
    """Does a failed check name what is wrong, without numbers that could be inputs?"""
    check = by_id(grade(layers(forward), ["cube-forward"]))["cube-forward"].checks[0]
    assert not check.passed
    assert message in check.message
    assert len(check.message) < 400
    assert check.message.isprintable()


@pytest.mark.parametrize(
    "forward",
    [
        "    import warnings, sys\n    warnings.warn('careful')\n    print('a', file=sys.stderr)\n    print('b')\n    return x**3, x\n",
        "    return np.asfortranarray(x**3), x\n",
        "    return np.matrix(x**3) if x.ndim == 2 else x**3, np.array(x)\n",
        "    return (x**3).reshape((1,) + x.shape), x\n",
        "    return (x**3).astype('>f8'), x\n",
        "    import collections\n    class D(dict): pass\n    D(a=1)\n    return [x**3, x]\n",
    ],
    ids=["warnings", "fortran", "matrix", "extra-axis", "big-endian", "list"],
)
def test_another_style_costs_nothing(grade: Grade, forward: str) -> None:
    """Is correct work accepted in every style?"""
    task = by_id(grade(layers(forward), ["cube-forward"]))["cube-forward"]
    assert task.verdict == "passed", task


def test_extra_axis_is_right_with_a_note(grade: Grade) -> None:
    """Is (1, D) accepted for (D,), with a note to the student?"""
    check = by_id(grade(layers("    return (x**3).reshape((1,) + x.shape), x\n"), ["cube-forward"]))["cube-forward"].checks[0]
    assert check.passed
    assert "has shape (1, 3, 4) where (3, 4) is documented" in check.message


def test_patched_comparison_gains_nothing(grade: Grade) -> None:
    """Is the verdict unchanged if student code patches numpy's comparisons?"""
    top = (
        "import numpy as np\nimport numpy.testing\nnp.testing.assert_allclose = lambda *a, **k: None\n"
        "np.allclose = lambda *a, **k: True\nnp.abs = lambda x: 0 * x\nnp.array_equal = lambda *a: True\n"
    )
    assert by_id(grade(layers("    return x * 0, x\n", top), ["cube-forward"]))["cube-forward"].score < 2


@pytest.mark.parametrize(
    ("forward", "verdict"),
    [
        ("    while True: pass\n", "time_limit"),
        ("    import os\n    os._exit(0)\n", "killed"),
        ("    import os, signal\n    os.kill(os.getpid(), signal.SIGSEGV)\n", "killed"),
        ("    import os, signal\n    os.kill(os.getppid(), signal.SIGKILL)\n    os._exit(1)\n", "killed"),
        ("    import sys\n    sys.exit(0)\n", "error"),
        ("    return np.ones((1 << 20, 1 << 20)), x\n", "memory_limit"),
        ("    def f(n): return f(n + 1)\n    return f(0)\n", "error"),
    ],
)
def test_bad_code_costs_only_its_own_task(grade: Grade, forward: str, verdict: str) -> None:
    """Does a crash or an endless loop end in a verdict for that task, with the others graded?"""
    limits = Limits(check_cpu_s=1, check_wall_s=3)
    result = grade(layers(forward), ["cube-forward", "net"], limits=limits)
    tasks = by_id(result)
    assert tasks["cube-forward"].checks[0].stopped == verdict
    assert tasks["cube-forward"].verdict in (verdict, "partial")
    assert tasks["cube-forward"].score <= 1
    assert tasks["net"].verdict == "passed"


def test_sleeping_code_meets_the_wall_clock(grade: Grade) -> None:
    """Is code that uses no processor time ended as well?"""
    result = grade(layers("    import time\n    time.sleep(1000)\n"), ["cube-forward"], limits=Limits(check_cpu_s=5, check_wall_s=1))
    task = by_id(result)["cube-forward"]
    assert (task.verdict, task.score) == ("time_limit", 0)
    assert "did not answer" in task.checks[0].message


WRITES = """    import contextlib, os
    for n in range(3, 64):
        with contextlib.suppress(OSError):
            os.write(n, {data!r})
"""
NOISE = [b"\xff" * 100, b"A\x00\x01" + b"\xff" * 8, b"N" * 500, b"E\x00\x00" + b"\xff" * 50, b"\x80\x04\x95."]


@pytest.mark.parametrize("data", NOISE)
def test_forged_replies_cost_their_own_check(grade: Grade, data: bytes) -> None:
    """Does a function that writes to every open descriptor gain no mark, and cost no other task one?"""
    result = grade(layers(WRITES.format(data=data) + "    return x * 0, x\n"), ["cube-forward", "cube-twice"])
    tasks = by_id(result)
    assert not tasks["cube-forward"].checks[0].passed
    assert tasks["cube-twice"].verdict == "passed"


@pytest.mark.sandbox
def test_killing_every_process_costs_the_next_check_nothing(grade: Grade, needs_sandbox: None) -> None:
    """Does the next task keep its marks if a check ends its whole sandbox?"""
    result = grade(layers("    import os, signal\n    os.kill(-1, signal.SIGKILL)\n    os._exit(1)\n"), ["cube-forward", "cube-twice"])
    tasks = by_id(result)
    assert tasks["cube-forward"].checks[0].stopped == "killed"
    assert tasks["cube-twice"].verdict == "passed"


@pytest.mark.parametrize(
    "forward",
    [
        FORWARD,
        "    return x**2, x\n",
        "    import os\n    os._exit(0)\n",
        "    import torch\n    return x**3, x\n",
    ],
)
@pytest.mark.sandbox
def test_same_marks_without_the_sandbox(mini: Course, tmp_path: Path, needs_sandbox: None, forward: str) -> None:
    """Does a plain process give the same document as the sandbox?"""
    write(tmp_path / "s" / "coursenn", {**layers(forward), "layer_utils.py": LAYER_UTILS})
    limits, tasks = Limits(check_cpu_s=1, check_wall_s=5), ["cube-forward", "cube-twice"]
    walled, plain = (
        _without_times(grade_submission(tmp_path / "s", mini, "mini", 3, unsafe_no_sandbox=u, tasks=tasks, limits=limits).document())
        for u in (False, True)
    )
    assert walled == plain


def test_second_run_gives_networks_their_own_marks(grade: Grade) -> None:
    """Does a mistake in a layer cost its marks once?"""
    tasks = by_id(result := grade(layers("    return x**2, x\n")))
    assert tasks["cube-forward"].score < 4
    assert (tasks["cube-twice"].verdict, tasks["net"].verdict) == ("passed", "passed")
    assert any("net: graded over the reference layers" in n for n in result.notes)


def test_second_run_never_completes_a_task_for_the_student(grade: Grade) -> None:
    """Is a sandwich that is missing or wrong still worth nothing in the second run?"""
    wrong = LAYER_UTILS.replace("cube_forward(cube_forward(x)[0])", "cube_forward(x)")
    assert by_id(grade({"layer_utils.py": wrong}))["cube-twice"].score == 0
    assert by_id(grade({"layer_utils.py": STUBS["layer_utils.py"]}))["cube-twice"].verdict == "not_attempted"


def test_second_run_shows_nothing_of_the_reference(grade: Grade) -> None:
    """Is the reference missing from the feedback of a network that tries to read the mounted reference?"""
    theft = (
        NET
        + "\n    def _quote(self):\n        import inspect\n        module = inspect.getmodule(cube_forward)"
        + "\n        raise RuntimeError(inspect.getsource(module)[-150:])\n    loss = lambda self, *a: self._quote()\n"
    )
    result = grade({**layers("    return x**2, x\n"), "classifiers/net.py": theft})
    assert by_id(result)["net"].score == 0
    assert "in the reference alone" not in result.to_json()


def test_given_module_is_absent_during_its_task(grade: Grade) -> None:
    """Is the use of a given module that the task excludes detected and named?"""
    leaning = layers("    return cube_fast(x)\n", "from .fast_layers import *\n")
    tasks = by_id(grade(leaning))
    assert tasks["cube-forward"].score < 4
    assert "fast_layers is not available while this task is graded" in tasks["cube-forward"].checks[0].message
    assert tasks["cube-backward"].verdict == "passed"
    inside = layers("    from coursenn.fast_layers import cube_fast\n    return cube_fast(x)\n")
    assert "fast_layers is not available while this task is graded" in by_id(grade(inside))["cube-forward"].checks[0].message


def test_other_function_is_absent_during_its_task(grade: Grade) -> None:
    """Is a backward pass detected that calls the other one?"""
    leaning = LAYERS.replace("    return 3 * cache**2 * dout\n", "    return cube_backward_alt(dout, cache)\n")
    task = by_id(grade({"layers.py": leaning}))["cube-backward"]
    assert task.score == 0
    assert "layers.cube_backward_alt is not available while this task is graded" in task.checks[0].message


def test_unavailable_import_costs_only_what_uses_it(grade: Grade) -> None:
    """Do functions that do not use torch keep their marks if the file imports it at the top?"""
    top = "import torch\nimport torch.nn as nn\nfrom scipy.signal import convolve\nimport matplotlib.pyplot as plt\n"
    result = grade(
        {
            **layers(FORWARD, top),
            "layer_utils.py": "import torch\n" + LAYER_UTILS.replace("    return ", "    torch.tensor(x)\n    return "),
        }
    )
    tasks = by_id(result)
    assert tasks["cube-forward"].verdict == tasks["net"].verdict == "passed"
    assert tasks["cube-twice"].verdict == "error"
    assert "No module named 'torch'" in tasks["cube-twice"].checks[0].message
    assert any("layers.py, line 1: ModuleNotFoundError: No module named 'torch'" in n for n in result.notes)


def test_syntax_error_costs_only_its_function(grade: Grade) -> None:
    """Are definitions around a syntax error graded, with a note that names the line?"""
    result = grade({"layers.py": LAYERS.replace("    return dout * cache * cache * 3\n", "    return dout * (cache\n")})
    tasks = by_id(result)
    assert [tasks[t].verdict for t in ("cube-forward", "cube-backward", "net")] == ["passed"] * 3
    assert tasks["cube-backward-alt"].verdict == "error"
    assert "cannot be read: layers.py, line 16" in tasks["cube-backward-alt"].checks[0].message
    assert any(n.startswith("layers.py, line 16") for n in result.notes)


def test_deleted_function_is_missing(grade: Grade) -> None:
    """Is a function that is no longer in the file called missing?"""
    assert by_id(grade({"layers.py": LAYERS.split("def cube_backward_alt")[0]}))["cube-backward-alt"].verdict == "missing"


def test_a_numpy_file_in_the_submission_is_ignored(grade: Grade) -> None:
    """Is numpy used and not a numpy.py in the submission?"""
    result = grade({"numpy.py": "raise SystemExit", "../numpy.py": "raise SystemExit"})
    assert by_id(result)["cube-forward"].verdict == "passed"
    assert "numpy.py: not a file that is graded" in result.refused


def test_model_file_that_is_not_a_model(grade: Grade, mini: Course, tmp_path: Path) -> None:
    """Does a pickle, a broken zip file or an array of the wrong shape give a verdict for that task?"""
    models = tmp_path / "student" / "models"
    models.mkdir(parents=True)
    (models / "best.npz").write_bytes(b"PK\x03\x04 not a zip")
    assert by_id(grade({}, ["best"]))["best"].verdict == "error"
    buffer = io.BytesIO()
    np.savez(buffer, param_W1=np.array([object()], dtype=object))
    (models / "best.npz").write_bytes(buffer.getvalue())
    assert by_id(grade({}, ["best"]))["best"].verdict == "error"
    np.savez(models / "best.npz", param_W1=np.zeros((2, 2)))
    task = by_id(grade({}, ["best"]))["best"]
    assert (task.verdict, task.checks[0].message) == ("failed", "the weights must be (4, 4)")


def test_bad_archive_is_one_document(mini: Course, unsafe: bool, tmp_path: Path) -> None:
    """Does a file that is not a zip file end in a document with a reason and no points?"""
    (tmp_path / "s.zip").write_bytes(b"\0" * 100)
    result = grade_submission(tmp_path / "s.zip", mini, "mini", 1, unsafe_no_sandbox=unsafe)
    assert (result.status, result.score, result.max_score) == ("not_gradable", 0, 14.0)
    assert result.reason
    assert "not an archive that can be read" in result.reason


@pytest.mark.parametrize(("works", "words"), [(False, "AppArmor"), (None, "apt install bubblewrap")])
def test_refused_without_a_sandbox(
    works: bool | None, words: str, mini: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken_sandbox: Callable[[], None]
) -> None:
    """Is student code refused on a machine without a sandbox, or with one that does not work?"""
    if works is None:
        monkeypatch.setattr(sandbox, "bubblewrap", lambda: None)
    else:
        broken_sandbox()
    write(tmp_path / "s" / "coursenn", {"layers.py": LAYERS})
    with pytest.raises(sandbox.SandboxUnavailable, match=words):
        grade_submission(tmp_path / "s", mini, "mini", 1)
    assert grade_submission(tmp_path / "s", mini, "mini", 1, unsafe_no_sandbox=True, tasks=["cube-forward"]).score == 4


def test_result_is_written_whole(grade: Grade, tmp_path: Path) -> None:
    """Does the file contain the same data as the object?"""
    result = grade({}, ["cube-forward"])
    result.write(tmp_path / "result.json")
    assert json.loads((tmp_path / "result.json").read_text())["score"] == 4.0
    assert list(tmp_path.glob("*.part")) == []
