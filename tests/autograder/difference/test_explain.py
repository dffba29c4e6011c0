"""Does `explain` show a small input on which a student's function is wrong, and keep it out of the workspace?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from autograder.checking import Laid, Layout, Ref
from autograder.cli import main
from autograder.difference.find import NotExplained, opened
from autograder.difference.run_script import run_in_sandbox
from autograder.difference.script import body, script, shortened
from autograder.difference.shrink import shrunk
from autograder.difference.trace import Step, ask, needed
from autograder.intake.reference import reference_path
from autograder.manifest import Course
from autograder.sandbox.local import LocalBackend
from autograder.workspace.workspace import Workspace
from tests.autograder.mini_course import LAYER_UTILS, LAYERS, NET, write
from tests.autograder.small_course import RIGHT_LAYERS, WRONG_BACKWARD, hand_in


def explain(workspace: Workspace, *words: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["explain", "--workspace", str(workspace.root), *words])


@pytest.mark.usefixtures("needs_sandbox")
def test_a_wrong_function_is_shown_on_few_numbers(workspace: Workspace, tmp_path: Path) -> None:
    """Are input, expected and actual output shown, does the script show the same in the sandbox, and is nothing stored?"""
    hand_in(workspace, "rich", {"coursenn/layers.py": WRONG_BACKWARD})
    workspace.seed()
    before = {p: p.read_bytes() for p in workspace.root.rglob("*") if p.is_file() and p.name != ".lock"}
    done = explain(workspace, "rich", "relu-backward", "--script", str(tmp_path / "why.py"), "--run")
    assert done.exit_code == 1, done.output
    assert 'coursenn("layers.relu_backward")' in done.output
    assert "expected: " in done.output
    assert "given: " in done.output
    assert "largest difference:" in done.output.partition("in the sandbox, the script prints:")[2]
    assert oct((tmp_path / "why.py").stat().st_mode & 0o777) == "0o600"
    after = {p: p.read_bytes() for p in workspace.root.rglob("*") if p.is_file() and p.name != ".lock"}
    new = {p.relative_to(workspace.root).as_posix() for p in after if before.get(p) != after[p]}
    assert new <= {"nbgrader_config.py", "workspace.json"}


@pytest.mark.usefixtures("needs_sandbox")
def test_correct_work_has_nothing_to_explain(workspace: Workspace) -> None:
    """Is the exit status 0 for correct work?"""
    hand_in(workspace, "jane", {"coursenn/layers.py": RIGHT_LAYERS})
    done = explain(workspace, "jane", "relu-backward")
    assert done.exit_code == 0, done.output
    assert "every check of relu-backward passes" in done.output


def test_the_script_is_not_written_into_the_workspace(workspace: Workspace) -> None:
    """Is a script with a hidden input refused in the folders of results and feedback?"""
    hand_in(workspace, "rich", {"coursenn/layers.py": WRONG_BACKWARD})
    done = explain(workspace, "rich", "relu-backward", "--script", str(workspace.root / "feedback" / "why.py"))
    assert done.exit_code == 2
    assert "outside of the workspace" in done.output


@pytest.mark.parametrize(("words", "status"), [(["nobody", "relu-backward"], 1), (["rich", "no-such-task"], 2)])
def test_unknown_students_and_tasks_are_refused(workspace: Workspace, words: list[str], status: int) -> None:
    """Is the exit status 1 for an unknown student and 2 for an unknown task?"""
    hand_in(workspace, "rich", {"coursenn/layers.py": WRONG_BACKWARD})
    assert explain(workspace, *words).exit_code == status


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A correct submission of the miniature course."""
    write(tmp_path / "student" / "coursenn", {"layers.py": LAYERS, "layer_utils.py": LAYER_UTILS, "classifiers/net.py": NET})
    return tmp_path / "student"


def wrong(folder: Path, file: str, old: str, new: str) -> None:
    """Replace text of a file by a mistake."""
    path = folder / "coursenn" / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_the_input_shrinks_to_one_number(mini: Course, unsafe: bool, folder: Path) -> None:
    """Is one of twelve numbers left if one shows the difference, and do the outputs belong to this input?"""
    wrong(folder, "layers.py", "return x**3, x", "return -(x**3), x")
    with opened(folder, mini, "mini", 7, unsafe) as explanation:
        found = {d.check: d for d in explanation.differences(mini.task("cube-forward"))}
    first = found["cubes each entry"]
    assert first.small
    assert (first.entries_before, first.entries) == (12, 1)
    (x,) = (a for step in first.steps for a in step.args if isinstance(a, np.ndarray))
    assert first.expected is not None
    assert first.given is not None
    np.testing.assert_allclose(first.expected, x**3)
    np.testing.assert_allclose(first.given, -(x**3))


def test_a_difference_that_needs_two_rows_keeps_two(mini: Course, unsafe: bool, folder: Path) -> None:
    """Does the input stay large enough to show the difference?"""
    wrong(folder, "layers.py", "return x**3, x", "return x**3 + (x[1:].sum() if len(x) > 1 else 0), x")
    with opened(folder, mini, "mini", 7, unsafe) as explanation:
        (first, *_) = explanation.differences(mini.task("cube-forward"), "cubes each entry")
    (x,) = (a for step in first.steps for a in step.args if isinstance(a, np.ndarray))
    assert x.shape == (2, 1)


def test_an_exception_is_shown_with_its_call(mini: Course, unsafe: bool, folder: Path) -> None:
    """Is the call that raises shown with a small input?"""
    wrong(folder, "layers.py", "return 3 * cache**2 * dout", "return 3 * cache**2 @ dout")
    with opened(folder, mini, "mini", 7, unsafe) as explanation:
        (first, *_) = explanation.differences(mini.task("cube-backward"), "gradient")
    assert "raises ValueError" in first.problem
    assert first.small
    assert first.entries < first.entries_before
    assert any("cube_backward" in line for line in body(first.steps))


def test_a_fault_of_another_function_is_recognised(mini: Course, unsafe: bool, folder: Path) -> None:
    """Does it say that a function is correct with the reference's layers?"""
    wrong(folder, "layers.py", "return x**3, x", "return x**3 + 1, x")
    with opened(folder, mini, "mini", 7, unsafe) as explanation:
        found = explanation.differences(mini.task("cube-twice")) + explanation.differences(mini.task("net"), "loss and gradient")
    assert found
    assert all(d.right_over_reference for d in found)


def test_a_property_is_shown_with_an_output(mini: Course, unsafe: bool, folder: Path) -> None:
    """Does a check of a property, which expects no output, show the output that breaks the property?"""
    wrong(folder, "layers.py", "return x**3, x", "out = x**3; x[...] = x + 1; return out, x")
    with opened(folder, mini, "mini", 7, unsafe) as explanation:
        (first,) = explanation.differences(mini.task("cube-forward"), "leaves its argument alone")
    assert first.worked_out
    assert (first.entries_before, first.entries) == (3, 1)
    assert first.expected is not None
    np.testing.assert_allclose(first.given, first.expected + 1)


def test_large_arrays_are_summarised() -> None:
    """Are large arrays shown by size and range, and small ones in full?"""
    x = np.linspace(-1, 1, 60).reshape(6, 10)
    steps = [
        Step("seed", args=(3,)),
        Step("call", "h1", "layers.cube_forward", (x, Laid(x, Layout.FORTRAN)), {"cache": (x, np.ones(2))}),
        Step("look", target=Ref("h1")),
    ]
    shown = "\n".join(body(shortened(steps)))
    assert shown.count("<6 x 10 float64, from -1 to 1>") == 2
    assert "<6 x 10 float64, from -1 to 1, fortran>" in shown
    assert "np.array([1.0, 1.0])" in shown
    assert "0.9" not in shown


def test_random_outputs_are_recognised(mini: Course, unsafe: bool, folder: Path) -> None:
    """Is a random output of the reference, for which other outputs are correct, told apart from a computed one?"""
    drawn = [Step("seed", args=(3,)), Step("call", "h1", "classifiers.net.Net", (2,)), Step("look", target=Ref("h1").attr("params")["W1"])]
    computed = [Step("seed", args=(3,)), Step("call", "h1", "layers.cube_forward", (np.ones(2),)), Step("look", target=Ref("h1")[0])]
    with opened(folder, mini, "mini", 7, unsafe) as explanation:
        found = [explanation.is_random(steps, ask(LocalBackend(reference_path(mini)), steps)) for steps in (drawn, computed)]
    assert found == [True, False]


def test_a_trained_network_has_no_input(mini: Course, unsafe: bool, folder: Path) -> None:
    """Is a task that grades trained weights refused?"""
    with opened(folder, mini, "mini", 7, unsafe) as explanation, pytest.raises(NotExplained, match="trained network"):
        explanation.differences(mini.task("best"))


def test_only_steps_that_the_output_depends_on_are_kept() -> None:
    """Are steps left out if they cannot affect the output, and kept if they may change its input?"""
    steps = [
        Step("seed", args=(1,)),
        Step("put", "h1", args=({},)),
        Step("call", "h2", "layers.other", (np.ones(3),)),
        Step("call", "h3", "optim.sgd", (np.ones(3), Ref("h1"))),
        Step("look", target=Ref("h1")["velocity"]),
    ]
    assert [s.handle for s in needed(steps)] == ["", "h1", "h3", ""]


def test_rounding_makes_no_zeros_and_no_ties() -> None:
    """Does rounding avoid zeros and equal values, for which other outputs are also correct?"""
    x = np.array([0.31, 0.29, -1.26])
    steps = shrunk([Step("call", "h1", "f", (x,)), Step("look", target=Ref("h1"))], lambda s: len(s[0].args[0]) == 3)
    assert len(np.unique(steps[0].args[0])) == 3
    assert np.all(steps[0].args[0] != 0)


@pytest.mark.usefixtures("needs_sandbox")
def test_the_script_shows_the_difference(mini: Course, folder: Path) -> None:
    """Does the script print the largest difference when it runs in the sandbox?"""
    wrong(folder, "layers.py", "return x**3, x", "return x**3 + 1, x")
    with opened(folder, mini, "mini", 7) as explanation:
        (first, *_) = explanation.differences(mini.task("cube-forward"), "cubes each entry")
        text = script(first.steps, first.expected, "title", 'a "problem" \\', "why.py")
        printed = run_in_sandbox(text, explanation.complete)
    assert any(line.startswith(("largest difference: 1.0", "largest difference: 0.99")) for line in printed), printed


@pytest.mark.usefixtures("needs_sandbox")
def test_a_script_cannot_leave_the_sandbox(tmp_path: Path) -> None:
    """Is code in a script unable to see other files, start a process or write?"""
    (tmp_path / "coursenn").mkdir()
    (tmp_path / "coursenn" / "__init__.py").write_text("")
    secret = tmp_path / "secret"
    secret.write_text("secret")
    text = (
        "import os, socket\n"
        f"print('file', os.path.exists({str(secret)!r}))\n"
        "try:\n    os.fork()\nexcept OSError:\n    print('no process')\n"
        "try:\n    open('/submission/coursenn/new', 'w')\nexcept OSError:\n    print('read-only')\n"
    )
    assert run_in_sandbox(text, tmp_path / "coursenn") == ["file False", "no process", "read-only"]


def test_steps_can_be_repeated(mini: Course) -> None:
    """Do the same steps give the same output of the reference?"""
    steps = [Step("seed", args=(3,)), Step("call", "h7", "layers.cube_forward", (np.array([2.0]),)), Step("look", target=Ref("h7")[0])]
    assert ask(LocalBackend(reference_path(mini)), steps) == np.array([8.0])


def test_the_seed_is_kept_for_random_outputs() -> None:
    """Is the seed left out only if nothing is drawn at random?"""
    steps = [Step("seed", args=(3,)), Step("call", "h1", "f", (0.123456,)), Step("look", target=Ref("h1"))]
    assert [s.kind for s in shrunk(steps, lambda _: True, random=True)] == ["seed", "call", "look"]
    plain = shrunk(steps, lambda _: True, random=False)
    assert [s.kind for s in plain] == ["call", "look"]
    assert plain[0].args == (0.1,)
