"""Is a package of our own what its files say, although most of it is compiled once for all that differ in one place?"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.sandbox.local import OwnPackage, in_pieces

TEXT = '''"""What a module says of itself."""

from __future__ import annotations

import functools

LIMIT = 3


@functools.cache
def bounded(x: Undefined) -> int:
    return min(x, LIMIT)


class Counter:
    """Counts."""

    def count(self, x):
        return bounded(x)


TABLE = {"bounded": bounded}
'''


def run(text: str) -> dict[str, Any]:
    """The names of a module in pieces."""
    names: dict[str, Any] = {"__name__": "pieces"}
    for piece in in_pieces(text, Path("pieces.py")):
        exec(piece, names)
    return names


def test_pieces_are_the_module() -> None:
    """Do decorators, constants, what came from the future and what is made of a function come out as in one piece?"""
    assert len(in_pieces(TEXT, Path("pieces.py"))) == 3
    names = run(TEXT)
    assert names["__doc__"] == "What a module says of itself."
    assert names["Counter"]().count(7) == names["TABLE"]["bounded"](9) == 3
    assert names["bounded"].__wrapped__.__annotations__ == {"x": "Undefined", "return": "int"}


def test_only_what_differs_is_compiled_again() -> None:
    """Are the pieces of two texts the same objects but for the one that was changed?"""
    one, other = (in_pieces(text, Path("pieces.py")) for text in (TEXT, TEXT.replace("min(", "max(")))
    assert [a is b for a, b in zip(one, other, strict=True)] == [True, False, True]
    assert run(TEXT.replace("min(", "max("))["TABLE"]["bounded"](9) == 9


def test_a_text_that_holds_a_definition_is_no_border() -> None:
    """Is a module read in one piece where a line of a text begins as a definition does?"""
    names = run(TEXT + "\nTEXT = '''\ndef bounded(x):\n    return 0\n'''\n")
    assert names["bounded"](9) == 3
    assert names["TEXT"].startswith("\ndef bounded")


def test_what_is_not_python_is_refused() -> None:
    """Is a text refused that has an error in it?"""
    with pytest.raises(SyntaxError):
        in_pieces(TEXT + "\ndef wrong(:\n", Path("pieces.py"))


def test_a_changed_module_takes_the_place_of_its_file(reference: Path) -> None:
    """Does `import coursenn` mean the changed function, and does a module that holds it get the changed one?"""
    source = (reference / "coursenn" / "layers.py").read_text(encoding="utf-8")
    changed = source.replace("np.maximum(x, 0)", "np.maximum(x, 1)")
    package = OwnPackage(reference, {"coursenn.layers": in_pieces(changed, reference / "coursenn" / "layers.py")})
    with package.imported():
        from coursenn import layer_utils, layers

        assert layers.relu_forward(-layers.np.ones(2))[0].tolist() == [1, 1]
        assert layer_utils.relu_forward is layers.relu_forward


def test_a_package_within_itself_stays_and_within_another_comes_back(reference: Path) -> None:
    """Does an inner context of the same package leave it imported, and an inner one of another package give way again?"""
    source = (reference / "coursenn" / "layers.py").read_text(encoding="utf-8")
    changed = source.replace("np.maximum(x, 0)", "np.maximum(x, 1)")
    other = OwnPackage(reference, {"coursenn.layers": in_pieces(changed, reference / "coursenn" / "layers.py")})
    package, before = OwnPackage(reference), sys.modules.get("coursenn.layers")

    def relu_of_minus_one() -> float:
        return float(importlib.import_module("coursenn.layers").relu_forward(-np.ones(1))[0][0])

    with package.imported():
        with package.imported():
            assert relu_of_minus_one() == 0
        assert relu_of_minus_one() == 0
        with other.imported():
            assert relu_of_minus_one() == 1
            with package.imported():
                assert relu_of_minus_one() == 0
            assert relu_of_minus_one() == 1
        assert relu_of_minus_one() == 0
    assert sys.modules.get("coursenn.layers") is before
