"""Does a notebook always judge the saved code, in any order of edits, saves, runs and restarts of a real kernel?

`COURSENN_OTHER_PYTHON` names a Python with another version of IPython, in which every order is tried as well.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.course.notebooks.notebook_kernel import KernelNotebook
from tests.course.notebooks.test_setup_cell import cell as setup_cell

PYTHONS = {"this": sys.executable, **({"other": other} if (other := os.environ.get("COURSENN_OTHER_PYTHON")) else {})}
IMPORTS = "from coursenn.checking import checking\nfrom coursenn.layers import affine_forward"
CHECK = """
with checking("affine_forward") as check:
    check.close("out", affine_forward(np.ones((2, 3)), np.ones((3, 4)), np.zeros(4))[0], np.full((2, 4), 3.0))
"""
RIGHT, WRONG = "the check passed", "1 of 1 checks failed"
pytestmark = pytest.mark.notebook


class Bench(KernelNotebook):
    """A notebook next to the finished package, whose `affine_forward` is edited."""

    def __init__(self, folder: Path, python: str) -> None:
        self.layers = folder / "coursenn" / "layers.py"
        self.good = self.layers.read_text("utf-8")
        super().__init__(folder, python)

    def begin(self, imports: str = IMPORTS) -> None:
        """Run the first two code cells."""
        assert "your package is" in self.run(setup_cell())
        assert self.run(imports) == ""

    def edit(self, returns: str, above: str = "") -> None:
        """Save `affine_forward` with another body, and other text above all code, without changing the file's time."""
        head, line, rest = self.good.partition("def affine_forward(")
        signature, colon, body = rest.partition(":\n")
        self.save(f"{head}{line}{signature}{colon}    return {returns}, None\n    {body.lstrip()}", above)

    def save(self, text: str, above: str = "") -> None:
        """Save layers.py without changing its time."""
        before = self.layers.stat()
        self.layers.write_text(text.replace("import numpy as np\n", f"import numpy as np\n{above}", 1), encoding="utf-8")
        os.utime(self.layers, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.fixture(params=PYTHONS)
def bench(request: pytest.FixtureRequest, tmp_path: Path, reference: Path) -> Iterator[Bench]:
    """A release folder with a running kernel."""
    folder = tmp_path / "release"
    shutil.copytree(reference / "coursenn", folder / "coursenn", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    found = Bench(folder, PYTHONS[request.param])
    yield found
    found.stop()


def test_is_every_edit_judged_before_another_cell_runs(bench: Bench) -> None:
    """After the first two cells, is each of four edits judged, also if the set-up cell is run again?"""
    bench.begin()
    for _ in range(2):
        bench.edit("x @ w + 1")
        assert WRONG in bench.run(CHECK)
        bench.save(bench.good)
        assert RIGHT in bench.run(CHECK)
        bench.run(setup_cell())


@pytest.mark.slow
def test_is_an_edit_judged_after_other_cells(bench: Bench) -> None:
    """Is an edit judged after other cells, in a second run of the check, and after a save without a change?"""
    bench.begin()
    assert bench.run("1 + 1") == "2"
    assert RIGHT in bench.run(CHECK)
    bench.edit("x @ w - 1")
    assert [WRONG in bench.run(CHECK) for _ in range(2)] == [True, True]
    bench.edit("x @ w - 1")
    assert WRONG in bench.run(CHECK)
    bench.edit("x @ w + 0")
    assert RIGHT in bench.run(CHECK)


def test_does_a_check_fail_for_a_file_that_does_not_load(bench: Bench) -> None:
    """Does the check fail for a syntax error and a failing import, pass after the repair, and give an error's line in the file?"""
    bench.begin()
    assert RIGHT in bench.run(CHECK)
    for broken, said in (("x = (\n", "does not load"), ("import nowhere_at_all\n", "does not load: ModuleNotFoundError")):
        bench.save(f"{bench.good}\n{broken}")
        shown = bench.run(CHECK)
        assert RIGHT not in shown
        assert said in shown
        assert "Correct and save the file" in bench.run(CHECK)
    bench.save(bench.good)
    assert RIGHT in bench.run(CHECK)
    bench.edit("1 / 0", above="\n\n\n\n")
    line = next(n for n, text in enumerate(bench.layers.read_text("utf-8").splitlines(), 1) if "1 / 0" in text)
    assert f"layers.py:{line}" in bench.run("%xmode Plain\naffine_forward(1, 1, 1)").replace('", line ', ":").replace(", line ", ":")


@pytest.mark.slow
def test_is_a_file_that_never_loaded_used_once_it_does(bench: Bench) -> None:
    """Is a file with a syntax error at the first import used after its repair, and are later edits judged?"""
    bench.save(f"{bench.good}\nx = (\n")
    bench.run(setup_cell())
    assert "SyntaxError" in bench.run(IMPORTS)
    bench.save(bench.good)
    assert bench.run(IMPORTS) == ""
    assert RIGHT in bench.run(CHECK)
    bench.edit("x @ w + 1")
    assert WRONG in bench.run(CHECK)


@pytest.mark.slow
def test_does_a_renamed_function_say_so(bench: Bench) -> None:
    """Does the check name a function that was renamed, and judge it again after it is renamed back?"""
    bench.begin()
    bench.save(bench.good.replace("def affine_forward(", "def affine_forwards("))
    assert "affine_forward is no longer in coursenn/layers.py" in bench.run(CHECK)
    bench.save(bench.good)
    assert RIGHT in bench.run(CHECK)
    bench.edit("x @ w + 1")
    assert WRONG in bench.run(CHECK)


@pytest.mark.slow
def test_are_two_files_edited_together(bench: Bench) -> None:
    """Is a helper used from another file, is its change seen there, and is its removal reported?"""
    other = bench.folder / "coursenn" / "layer_utils.py"
    good = other.read_text("utf-8")
    bench.begin(IMPORTS + "\nfrom coursenn.layer_utils import affine_relu_forward")
    ask = "print(affine_relu_forward(np.ones((1, 1)), np.ones((1, 1)), np.ones(1)))"
    bench.save(f"{bench.good}\n\nSCALE = 5\n\n\ndef helper(x):\n    return SCALE * x\n")
    use = "from .layers import SCALE, helper\n\n\ndef affine_relu_forward(x, w, b):\n    return helper(7), SCALE\n"
    other.write_text(f"{good}\n\n{use}", encoding="utf-8")
    assert "(35, 5)" in bench.run(ask)
    bench.save(f"{bench.good}\n\nSCALE = 6\n\n\ndef helper(x):\n    return SCALE * x\n")
    assert "(42, 6)" in bench.run(ask)
    bench.save(bench.good)
    assert "layer_utils.py" in (shown := bench.run(ask))
    assert "ImportError" in shown
    other.write_text(good, encoding="utf-8")
    assert RIGHT in bench.run(CHECK)


@pytest.mark.slow
def test_do_names_of_a_star_import_follow(bench: Bench) -> None:
    """After `import *`, are edits judged, and does a second `import *` give a new function?"""
    bench.begin("from coursenn.checking import checking\nfrom coursenn.layers import *\nfrom coursenn.classifiers.fc_net import *")
    bench.edit("x @ w + 1")
    assert WRONG in bench.run(CHECK)
    bench.save(f"{bench.good}\n\ndef new():\n    return 'NEW'\n")
    assert "NEW" in bench.run("from coursenn.layers import *\nprint(new())")
    assert RIGHT in bench.run(CHECK)
    assert "True" in bench.run("print('FullyConnectedNet' in globals())")


@pytest.mark.slow
def test_is_an_edit_judged_around_a_restart(bench: Bench) -> None:
    """Is an edit judged before a restart, after it, and if it was made while no kernel was running?"""
    bench.begin()
    bench.edit("x @ w + 1")
    assert WRONG in bench.run(CHECK)
    bench.stop()
    bench.save(bench.good)
    bench.start()
    bench.begin()
    bench.edit("x @ w + 1")
    assert WRONG in bench.run(CHECK)
    bench.restart()
    bench.begin()
    assert WRONG in bench.run(CHECK)
    bench.save(bench.good)
    assert RIGHT in bench.run(CHECK)


@pytest.mark.slow
def test_do_objects_made_before_an_edit_follow(bench: Bench) -> None:
    """Do a network, its stored method, a list of functions and the module itself follow an edit?"""
    nets = bench.folder / "coursenn" / "classifiers" / "fc_net.py"
    good = nets.read_text("utf-8")
    bench.begin(IMPORTS + "\nfrom coursenn.classifiers.fc_net import TwoLayerNet\nimport coursenn.layers as L")
    bench.run("net = TwoLayerNet(input_dim=3, hidden_dims=2, num_classes=2)\nloss, kept = net.loss, [affine_forward]")
    ask = "print(net.loss(np.ones((1, 3))), loss(np.ones((1, 3))))"
    nets.write_text(
        good.replace("def loss(self, X", "def loss(self, *_):\n        return 'EDITED'\n\n    def loss_(self, X", 1), encoding="utf-8"
    )
    assert "EDITED EDITED" in bench.run(ask)
    nets.write_text(good, encoding="utf-8")
    assert "EDITED" not in bench.run(ask)
    bench.edit("'EDITED'")
    assert "EDITED EDITED" in bench.run("print(kept[0](1, 1, 1)[0], L.affine_forward(1, 1, 1)[0])")


@pytest.mark.slow
@pytest.mark.parametrize("first", [True, False])
def test_are_edits_judged_with_autoreload(bench: Bench, first: bool) -> None:
    """Are edits and a syntax error judged if autoreload is switched on before or after the set-up cell?"""
    lines = "%load_ext autoreload\n%autoreload 2"
    if first:
        bench.run(lines)
    bench.begin()
    if not first:
        bench.run(lines)
    for number in range(3):
        bench.edit(f"x @ w + {number + 1}")
        os.utime(bench.layers)
        assert WRONG in bench.run(CHECK)
        bench.save(f"{bench.good}\nx = (\n")
        os.utime(bench.layers)
        assert RIGHT not in bench.run(CHECK)
        bench.save(bench.good)
        os.utime(bench.layers)
        assert RIGHT in bench.run(CHECK)


@pytest.mark.slow
def test_are_edits_judged_after_a_reload_by_hand(bench: Bench) -> None:
    """Are edits judged after `importlib.reload`, with and without a new import?"""
    bench.begin()
    bench.edit("x @ w + 1")
    bench.run("import importlib, coursenn.layers\nimportlib.reload(coursenn.layers)")
    assert WRONG in bench.run(CHECK)
    bench.save(bench.good)
    bench.run("importlib.reload(coursenn.layers)\nfrom coursenn.layers import affine_forward")
    assert RIGHT in bench.run(CHECK)
    bench.edit("x @ w + 1")
    assert WRONG in bench.run(CHECK)


def test_does_an_unfinished_stub_show_few_lines(bench: Bench) -> None:
    """Does a stub say in two lines what is unfinished, while another NotImplementedError still gives a traceback?"""
    bench.begin()
    stub = 'raise NotImplementedError("Task affine-forward (notebook FullyConnectedNets): complete affine_forward in coursenn/layers.py")'
    bench.save(bench.good.replace("def affine_forward(", f"def affine_forward(*_):\n    {stub}\n\n\ndef affine_forward_(", 1))
    shown = bench.run(CHECK).splitlines()
    assert shown[0].startswith("Not finished: Task affine-forward (notebook FullyConnectedNets): complete affine_forward")
    assert "(./coursenn/layers.py:" in shown[0]
    assert len(shown) <= 2
    assert "Traceback" in bench.run("raise NotImplementedError")


@pytest.mark.slow
def test_does_the_magic_run_a_check_over_the_saved_files(bench: Bench) -> None:
    """Does `%check` judge the file and not the notebook's own function, and suggest tasks for a mistyped one?"""
    bench.begin()
    assert "affine-forward  passed" in bench.run("def affine_forward(*_): return 0, 0\n%check affine-forward")
    bench.edit("x @ w + 1")
    assert "affine-forward  failed" in bench.run("%check affine_forward")
    assert "did you mean affine-forward" in bench.run("%check affine-for")
