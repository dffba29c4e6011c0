"""Does a notebook always use the code that is in the files now?

Here the cells run in this process, with modules of a few lines; `notebooks/test_kernels.py` uses real kernels and the package.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coursenn import notebook
from coursenn._current_code import CurrentCode
from coursenn._current_objects import NotCurrentError


class Desk:
    """A folder of files to edit, and the names of a notebook in that folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.told = folder, list[str]()
        self.names: dict[str, Any] = {}
        self.code = CurrentCode(self.names, folder)

    def save(self, name: str, text: str) -> None:
        """Write a file whose time of change is always the same, so that it does not reveal the edit."""
        path = self.folder / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        os.utime(path, (1_000_000_000, 1_000_000_000))

    def run(self, cell: str) -> Any:
        """Run a cell as IPython does, and return the value of `it`."""
        self.told = self.code.refresh()
        exec(cell, self.names)
        return self.names.get("it")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk whose modules are forgotten afterwards; compiled files, which could hide an edit, are not written."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield Desk(tmp_path)
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def test_is_every_edit_seen_by_every_holder(desk: Desk) -> None:
    """Is each edit seen through the name, a second name, a list, the module, and a module that imported the function?"""
    desk.save("low", "def f(x, k=0):\n    return 0\n")
    desk.save("high", "from low import f\n\ndef g(x):\n    return f(x)\n")
    desk.run("import low\nfrom low import f\nfrom low import f as other\nfrom high import g\nkept = [f]")
    for number in range(1, 5):
        desk.save("low", f"def f(x, k={number}):\n    return {number} * x + 0 * k\n")
        assert desk.run("it = (f(1), other(1), kept[0](1), low.f(1), g(1), f.__defaults__)") == (*[number] * 5, (number,))


def test_is_an_edit_between_the_import_and_the_next_cell_seen(desk: Desk) -> None:
    """Is the first edit seen if no cell has run since the import?"""
    desk.save("low", "def f():\n    return 1\n")
    desk.run("from low import f")
    desk.save("low", "def f():\n    return 2\n")
    assert desk.run("it = f()") == 2


def test_do_instances_classes_and_methods_follow(desk: Desk) -> None:
    """Do an old instance, a held method, a property, `super()` and a subclass in the notebook use the edited class?"""
    text = (
        "class Base:\n    def loss(self):\n        return {0}\n\n\n"
        "class Net(Base):\n    size = {0}\n\n    def loss(self):\n        return super().loss() + {0}\n\n"
        "    @property\n    def double(self):\n        return 2 * {0}\n\n    @classmethod\n    def make(cls):\n        return {0}\n"
    )
    desk.save("nets", text.format(1))
    desk.run(
        "from nets import Base, Net\nnet, method = Net(), Net().loss\nclass Mine(Net):\n    def loss(self):\n        return super().loss()"
    )
    for number in (2, 3):
        desk.save("nets", text.format(number))
        seen = desk.run("it = (net.loss(), method(), net.double, Net.make(), net.size, Mine().loss(), isinstance(net, Base))")
        assert seen == (2 * number, 2 * number, 2 * number, number, number, 2 * number, True)
    desk.save("nets", "class Base:\n    pass\n\n\nclass Net(Base):\n    pass\n")
    with pytest.raises(AttributeError):
        desk.run("net.loss()")


@pytest.mark.parametrize(
    "broken", ["def f(:\n", "import nowhere_at_all\n", "1 / 0\n", "raise SystemExit\n", "def f():\n    return '\ud800'\n"]
)
def test_does_a_file_that_does_not_load_give_nothing(desk: Desk, broken: str) -> None:
    """While a file does not load, does each of its functions say so instead of running, and work again afterwards?"""
    good = "class Net:\n    def loss(self):\n        return 1\n\n\ndef f():\n    return 1\n"
    desk.save("low", good)
    desk.run("from low import Net, f\nnet = Net()")
    desk.run("it = f()")
    (desk.folder / "low.py").write_bytes((good + broken).encode("utf-8", "surrogatepass"))
    for cell in ("f()", "net.loss()", "Net()", "f()"):
        with pytest.raises(NotCurrentError, match=r"low\.py.* does not load"):
            desk.run(cell)
        assert len(desk.told) == (cell == "f()" and not desk.names.get("told"))
        desk.names["told"] = True
    desk.save("low", good.replace("1", "2"))
    assert desk.run("it = (f(), net.loss(), Net().loss())") == (2, 2, 2)
    assert not desk.told


def test_does_a_name_that_is_gone_say_so(desk: Desk) -> None:
    """Does the old name of a renamed function say that it is gone, and work when it is back?"""
    desk.save("low", "def f():\n    return 1\n\n\ndef h():\n    return 1\n\n\ndef g():\n    return h()\n")
    desk.run("from low import f, g")
    desk.save("low", "def f2():\n    return 2\n\n\ndef g():\n    return h()\n")
    with pytest.raises(NotCurrentError, match=r"f is no longer in low\.py"):
        desk.run("f()")
    with pytest.raises(NameError, match="h"):
        desk.run("g()")
    desk.save("low", "def f():\n    return 3\n\n\ndef f2():\n    return 2\n")
    assert desk.run("it = f()") == 3


def test_do_exchanged_names_and_aliases_follow(desk: Desk) -> None:
    """Do names still refer to the right code if two functions exchange names, or one becomes an alias of the other?"""
    desk.save("low", "def f():\n    return 1\n\n\ndef g():\n    return 2\n")
    desk.run("from low import f, g")
    desk.save("low", "def g():\n    return 1\n\n\ndef f():\n    return 2\n")
    assert desk.run("it = (f(), g())") == (2, 1)
    desk.save("low", "def g():\n    return 1\n\n\nf = g\n")
    assert desk.run("it = (f(), g())") == (1, 1)
    desk.save("low", "def g():\n    return 1\n\n\ndef f():\n    return 2\n")
    assert desk.run("it = (f(), g())") == (2, 1)


def test_are_wrapped_functions_and_plain_values_exchanged(desk: Desk) -> None:
    """Do names of wrapped functions, numbers and tables follow an edit, and does a copy kept elsewhere refuse to run?"""
    text = (
        "import functools\n\ndef wrap(f):\n    @functools.wraps(f)\n    def inner():\n        return f()\n    return inner\n\n\n"
        "@wrap\ndef f():\n    return {0}\n\n\nEPS = {0}.5\nTABLE = {{'f': {0}}}\n"
    )
    desk.save("low", text.format(1))
    desk.save("high", "from low import EPS\n\n\ndef g():\n    return EPS\n")
    desk.run("from low import *\nfrom high import g\nkept = [f]\nother = f")
    for number in (2, 3):
        desk.save("low", text.format(number))
        assert desk.run("it = (f(), other(), EPS, TABLE['f'], g())") == (number, number, number + 0.5, number, number + 0.5)
        with pytest.raises(NotCurrentError, match="run the cell that stores it once more"):
            desk.run("kept[0]()")


def test_does_a_changed_base_class_take_effect(desk: Desk) -> None:
    """Does an instance follow if its class gets another base class, and refuse to run if the class gets slots?"""
    desk.save(
        "nets",
        "class A:\n    def f(self):\n        return 1\n\n\nclass B:\n    def f(self):\n        return 2\n\n\nclass Net(A):\n    pass\n",
    )
    desk.run("from nets import Net\nnet = Net()")
    desk.save("nets", (desk.folder / "nets.py").read_text("utf-8").replace("Net(A)", "Net(B)"))
    assert desk.run("it = (net.f(), Net().f())") == (2, 2)
    desk.save("nets", "class Net:\n    __slots__ = ()\n\n    def f(self):\n        return 3\n")
    assert desk.run("it = Net().f()") == 3
    with pytest.raises(NotCurrentError):
        desk.run("net.f()")


def test_are_other_kinds_of_reload_put_right(desk: Desk) -> None:
    """Does the notebook use the file after `importlib.reload`, a second import, or a function assigned by hand?"""
    desk.save("low", "def f():\n    return 1\n")
    desk.run("import importlib, sys, low\nfrom low import f")
    desk.save("low", "def f():\n    return 2\n")
    desk.run("importlib.reload(low)")
    assert desk.run("it = (f(), low.f())") == (2, 2)
    desk.run("importlib.reload(low)\nfrom low import f")
    desk.save("low", "def f():\n    return 3\n")
    assert desk.run("it = (f(), low.f())") == (3, 3)
    desk.run("low.f = lambda: 9")
    assert desk.run("it = (f(), low.f())") == (3, 3)
    desk.run("del sys.modules['low']\nimport low")
    desk.save("low", "def f():\n    return 4\n")
    assert desk.run("it = (f(), low.f())") == (4, 4)


def test_do_two_files_that_change_together_fit(desk: Desk) -> None:
    """Is an imported file run before the file that imports it, and does a file that waits for a broken one say so?"""
    desk.save("low", "def f():\n    return 1\n")
    desk.save("high", "from low import f\n\n\ndef g():\n    return f()\n")
    desk.run("from high import g")
    desk.save("high", "from low import new\n\n\ndef g():\n    return new()\n")
    desk.save("low", "def new():\n    return 2\n")
    assert desk.run("it = g()") == 2
    desk.save("low", "def new(:\n    return 2\n\n\ndef newer():\n    return 3\n")
    desk.save("high", "from low import newer\n\n\ndef g():\n    return newer()\n")
    with pytest.raises(NotCurrentError, match=r"high\.py waits for low\.py"):
        desk.run("g()")
    desk.save("low", "def newer():\n    return 3\n")
    assert desk.run("it = g()") == 3


def test_are_line_numbers_those_of_the_file(desk: Desk) -> None:
    """Does a traceback give a function's line in the file after edits above it?"""
    desk.save("low", "def f():\n    raise ValueError\n")
    desk.run("from low import f")
    for text in ("\n\ndef f():\n    raise ValueError\n", "def f(:\n", "# a\n\n\n\ndef f():\n    raise ValueError\n"):
        desk.save("low", text)
        with pytest.raises((ValueError, NotCurrentError)) as caught:
            desk.run("f()")
    assert caught.traceback[-1].lineno + 1 == 6


def test_is_nothing_run_again_without_an_edit(desk: Desk) -> None:
    """Does an unchanged module keep its state, and are modules of other folders left out?"""
    desk.save("low", "calls = []\n\n\ndef f():\n    calls.append(1)\n    return len(calls)\n")
    desk.run("from low import f")
    desk.run("f()")
    assert desk.run("it = f()") == 2
    assert importlib.__name__ not in desk.code.files


def test_does_a_cell_warn_that_its_code_could_not_be_compared(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Does a cell print that its code may be old if an error of ours prevents the comparison?"""
    monkeypatch.setattr(notebook, "_current", desk.code)
    monkeypatch.setattr(desk.code, "refresh", lambda: 1 / 0)
    notebook._before_each_cell(None)
    assert "restart the kernel. (ZeroDivisionError" in capsys.readouterr().out
