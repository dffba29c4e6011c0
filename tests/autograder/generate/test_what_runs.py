"""Which definitions of the package does a program run?"""

from __future__ import annotations

import pytest

from autograder.generate.what_runs import Module, Reach

LAYERS = '''"""Layers."""
import numpy as np

from coursenn._help import scale as scaled
from ._help import rarely

FACTOR = 2.0
np.seterr(all="ignore")


def double(x):
    """Twice the input."""
    return scaled(x, FACTOR)


def triple(x):
    return 3 * x


def lazily(x):
    from coursenn.net import Net

    return Net(x)


def by_object(x):
    return rarely(x)
'''
HELP = """
def scale(x, factor):
    return factor * x


def rarely(x):
    return x
"""
NET = """
from coursenn import rules
from coursenn.layers import *


class Net:
    def loss(self, x):
        return triple(x) + getattr(rules, "adam")(x)
"""
TEXTS = {"layers": LAYERS, "_help": HELP, "net": NET, "rules": "def adam(w):\n    return w\n\n\ndef sgd(w):\n    return w\n"}


def reached(program: str, **changes: tuple[str, str]) -> list[str]:
    """What a program runs, after changes to some modules."""
    texts = dict(TEXTS)
    for name, (old, new) in changes.items():
        assert old in texts[name]
        texts[name] = texts[name].replace(old, new)
    return Reach({name: Module(name, text) for name, text in texts.items()}).of(program)


DOUBLE = "from coursenn.layers import double, triple\ndouble(1)"
NET_USED = "from coursenn.net import Net\nNet()"
CHANGES = {
    "its own code": (DOUBLE, {"layers": ("scaled(x, FACTOR)", "scaled(x, 1)")}, True),
    "a constant that it uses": (DOUBLE, {"layers": ("FACTOR = 2.0", "FACTOR = 3.0")}, True),
    "a helper of another module, under another name": (DOUBLE, {"_help": ("factor * x", "x * factor")}, True),
    "a statement that runs at import": (DOUBLE, {"layers": ('"ignore"', '"raise"')}, True),
    "a function that is imported but not used": (DOUBLE, {"layers": ("3 * x", "x * 3")}, False),
    "a function that is added": (DOUBLE, {"layers": ("def triple", "def new(x):\n    return x\n\n\ndef triple")}, False),
    "its docstring": (DOUBLE, {"layers": ("Twice the input.", "Two times the input.")}, False),
    "a comment": (DOUBLE, {"layers": ("    return scaled", "    # scale\n    return scaled")}, False),
    "a function from a star import": (NET_USED, {"layers": ("3 * x", "x * 3")}, True),
    "an unused function from a star import": (NET_USED, {"layers": ("rarely(x)", "rarely(x + 0)")}, False),
    "a function that is looked up by name": (NET_USED, {"rules": ("def sgd(w):\n    return w", "def sgd(w):\n    return 0")}, True),
    "an import inside a function": ("from coursenn.layers import lazily\nlazily(1)", {"net": ("triple(x) +", "0 +")}, True),
    "a relative import": ("from coursenn.layers import by_object\nby_object(1)", {"_help": ("    return x\n", "    return 0\n")}, True),
    "another module": (DOUBLE, {"net": ("triple(x)", "0")}, False),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_seen_if_the_code_runs(what: str) -> None:
    """Does the digest of a program change only with code that it can run?"""
    program, changes, seen = CHANGES[what]
    assert (reached(program, **changes) != reached(program)) is seen


def test_further_names_add_what_they_need() -> None:
    """Does an additional name add what it needs, without changing what the program on its own runs?"""
    reach = Reach({name: Module(name, text) for name, text in TEXTS.items()})
    alone = reach.of(DOUBLE)
    more = reach.of(DOUBLE, [("net", "Net")])
    assert set(alone) < set(more)
    assert reach.of(DOUBLE) == alone
