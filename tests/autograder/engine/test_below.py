"""Does a mistake cost its marks only once, and is the reference used only for tasks that allow it?"""

from __future__ import annotations

import marshal
import shutil
from collections.abc import Callable
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

from autograder.engine.below import Below
from autograder.engine.calls import family, graded_functions, modules_below, reached
from autograder.engine.catalogue import module_of
from autograder.engine.grade import grade_submission
from autograder.engine.result import Result
from autograder.manifest import Course
from autograder.sandbox.limits import Limits
from autograder.sandbox.process_tree import ProcessTree
from tests.autograder.mini_course import by_id

Work = Callable[..., Path]
BATCHNORM = {f"layers.batchnorm_{name}" for name in ("forward", "backward", "backward_alt")}


@pytest.fixture
def work(course: Course, reference: Path, tmp_path: Path) -> Work:
    """Return a submission: the reference's files with some text replaced and some lines appended."""

    def write(changes: dict[str, tuple[str, str]] | None = None, ends: dict[str, str] | None = None) -> Path:
        for name in course.editable:
            target = tmp_path / "student" / "coursenn" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(reference / "coursenn" / name, target)
            text = target.read_text(encoding="utf-8")
            if changes and name in changes:
                assert changes[name][0] in text
                text = text.replace(*changes[name])
            target.write_text(text + "\n\n" + (ends or {}).get(name, ""), encoding="utf-8")
        return tmp_path / "student"

    return write


@pytest.fixture
def graded(course: Course, unsafe: bool) -> Callable[[Path, list[str]], Result]:
    """Return the result of some tasks."""
    limits = Limits(check_cpu_s=2, check_wall_s=20)
    return lambda path, tasks: grade_submission(path, course, "layers", 5, unsafe_no_sandbox=unsafe, tasks=tasks, limits=limits)


def test_a_wrong_variance_costs_nothing_in_spatial_batch_norm(work: Work, graded: Callable[[Path, list[str]], Result]) -> None:
    """Do the layers that call batch normalization get full marks if only batch normalization is wrong?"""
    path = work({"layers.py": ("var = (centered**2).mean(axis=0)", "var = (centered**2).sum(axis=0) / (len(x) - 1)")})
    tasks = by_id(result := graded(path, ["batchnorm-forward", "spatial-batchnorm-forward", "spatial-batchnorm-backward", "conv-bn-relu"]))
    assert tasks.pop("batchnorm-forward").score < 6
    assert {task.id: task.verdict for task in tasks.values()} == dict.fromkeys(tasks, "passed")
    assert sum("graded over the reference layers" in note for note in result.notes) == 3


def test_another_cache_costs_nothing_either(work: Work, graded: Callable[[Path, list[str]], Result]) -> None:
    """Is a backward pass that the reference does not call taken from the reference too if its forward pass is?"""
    path = work(
        ends={
            "layers.py": "right_forward, right_backward = batchnorm_forward, batchnorm_backward\n\n"
            "def batchnorm_forward(*args):\n    out, cache = right_forward(*args)\n    return 2 * out, {'cache': cache}\n\n"
            "def batchnorm_backward(dout, cache):\n    return right_backward(dout, cache['cache'])\n\n"
            "def batchnorm_backward_alt(dout, cache):\n    raise NotImplementedError('Task batchnorm-backward-alt')\n\n"
            "def spatial_batchnorm_backward(dout, cache):\n    rows = dout.transpose(0, 2, 3, 1).reshape(-1, dout.shape[1])\n"
            "    dx, dgamma, dbeta = batchnorm_backward(rows, cache)\n    N, C, H, W = dout.shape\n"
            "    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta\n"
        }
    )
    tasks = by_id(graded(path, ["spatial-batchnorm-forward", "spatial-batchnorm-backward"]))
    assert [task.verdict for task in tasks.values()] == ["passed", "passed"]


def test_layers_that_the_reference_does_not_call_count_too(work: Work, graded: Callable[[Path, list[str]], Result]) -> None:
    """Does a sandwich with the naive convolution, instead of the reference's fast one, keep its marks if only the convolution is wrong?"""
    path = work(
        {"layers.py": ("out[:, f, i, j] = (window * w[f]).sum(axis=(1, 2, 3)) + b[f]", "out[:, f, i, j] = (window * w[f]).sum()")},
        {
            "layer_utils.py": "from .layers import conv_backward_naive, conv_forward_naive\n\n"
            "def conv_relu_forward(x, w, b, conv_param):\n    a, conv_cache = conv_forward_naive(x, w, b, conv_param)\n"
            "    out, relu_cache = relu_forward(a)\n    return out, (conv_cache, relu_cache)\n\n"
            "def conv_relu_backward(dout, cache):\n    return conv_backward_naive(relu_backward(dout, cache[1]), cache[0])\n"
        },
    )
    assert by_id(graded(path, ["conv-relu"]))["conv-relu"].verdict == "passed"


def test_a_task_is_not_completed_by_another_of_the_same_file(work: Work, graded: Callable[[Path, list[str]], Result]) -> None:
    """Is a network that uses an unwritten network worth nothing, and are layers that call each other?"""
    unwritten = "class FullyConnectedNet:\n    def __init__(self, *args, **kwargs):\n        raise NotImplementedError('Task')\n\n"
    mutual = (
        "def layernorm_forward(x, gamma, beta, ln_param):\n    N, D = x.shape\n"
        "    wide = (1, D, 1, 1)\n"
        "    out, cache = spatial_groupnorm_forward(x.reshape(N, D, 1, 1), gamma.reshape(wide), beta.reshape(wide), 1, ln_param)\n"
        "    return out.reshape(N, D), cache\n\n"
        "def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):\n    N, C, H, W = x.shape\n"
        "    ones = np.ones(C * H * W // G)\n    out, cache = layernorm_forward(x.reshape(N * G, -1), ones, 0 * ones, gn_param)\n"
        "    return gamma * out.reshape(x.shape) + beta, cache\n"
    )
    path = work(
        ends={"classifiers/fc_net.py": unwritten + "class FullyConnectedNetBasic(FullyConnectedNet):\n    pass\n", "layers.py": mutual}
    )
    tasks = by_id(graded(path, ["fc-net-basic", "layernorm-forward", "spatial-groupnorm-forward"]))
    assert [task.score for task in tasks.values()] == [0, 0, 0]


def test_no_sandbox_has_had_the_task_that_it_runs(
    work: Work, graded: Callable[[Path, list[str]], Result], course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is no function of the reference in a sandbox before its own task is graded there, and none that is absent for the task?"""
    runs: list[tuple[set[str], frozenset[str]]] = []
    rooms: list[set[str]] = [set()]
    start, close = ProcessTree.start, ProcessTree.close

    def spy(self: ProcessTree, load: Any, references: Any = (), *others: Any) -> Any:
        rooms[-1] |= {f"{r.module}.{name}" for r in references for name in r.names}
        runs.append((rooms[-1], frozenset(f"{r.module}.{name}" for r in references for name in r.names)))
        return start(self, load, references, *others)

    def closed(self: ProcessTree) -> None:
        rooms.append(set())
        close(self)

    monkeypatch.setattr(ProcessTree, "start", spy)
    monkeypatch.setattr(ProcessTree, "close", closed)
    path = work({"layers.py": ("out = rows @ w + b", "out = rows @ w - b")})
    graded(path, ["two-layer-net", "affine-relu", "affine-norm-relu", "three-layer-convnet"])
    over = [(room, functions) for room, functions in runs if functions]
    assert over
    assert all(functions <= room for room, functions in over)
    # A sandbox without the reference never gets it later: another sandbox is used for that.
    assert not {id(room) for room, functions in runs if not functions} & {id(room) for room, _ in over}


def _names(code: CodeType) -> set[str]:
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return {c.co_name for c in inner}.union(*map(_names, inner))


def test_only_what_is_called_is_cut_out(course: Course, reference: Path) -> None:
    """Does the code sent to the sandbox define the functions that the task calls, and no other graded function?"""
    below = Below(course, reference, reference / "coursenn")
    for task in course.tasks:
        if not task.functions:
            continue
        functions = below.functions(task)
        assert functions.isdisjoint(below.kept_out(task))
        assert set(task.functions) <= below.kept_out(task)
        for module in below.modules(functions):
            graded = {f.removeprefix(f"{module.module}.") for f in graded_functions(course) if module_of(course, f) == module.module}
            assert _names(marshal.loads(module.code)) & graded == set(module.names)
    assert below.functions(course.task("spatial-batchnorm-forward")) == BATCHNORM
    assert below.functions(course.task("batchnorm-forward")) == frozenset()
    assert "layers.svm_loss" not in below.functions(course.task("two-layer-net"))


def test_what_is_cut_out_runs_by_itself(course: Course, reference: Path) -> None:
    """Does the extracted code have the imports, constants and helpers that it needs?"""
    below = Below(course, reference, reference / "coursenn")
    (module,) = below.modules(below.functions(course.task("spatial-batchnorm-forward")))
    alone = ModuleType("alone")
    exec(marshal.loads(module.code), vars(alone))
    with pytest.raises(ValueError, match="train"):
        alone.batchnorm_forward(alone.np.ones((2, 3)), 1, 0, {"mode": "no mode"})
    assert not hasattr(alone, "check_window")


def test_families_share_a_cache(course: Course) -> None:
    """Is a backward pass found by its forward pass's name, and is a function without a partner treated as one?"""
    for member in BATCHNORM:
        assert family(course, member) == BATCHNORM
    assert family(course, "layers.conv_forward_naive") == {"layers.conv_forward_naive", "layers.conv_backward_naive"}
    assert family(course, "layers.svm_loss") == {"layers.svm_loss"}
    assert family(course, "layers.affine_forward") == {"layers.affine_forward", "layers.affine_backward"}


def test_calls_go_through_helpers_and_modules_through_imports(course: Course, reference: Path) -> None:
    """Is it known which functions a graded function reaches, and which modules its module is built on?"""
    assert reached(course, reference, ["layer_utils.affine_relu_forward"]) == {
        "layer_utils.affine_relu_forward", "layers.affine_forward", "layers.relu_forward",
    }  # fmt: skip
    assert modules_below(course, reference, "classifiers.cnn") == {"layers", "layer_utils"}
    assert modules_below(course, reference, "layers") == frozenset()
