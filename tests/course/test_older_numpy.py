"""Do errors from code for an older numpy say what to write instead?"""

from __future__ import annotations

import re

import numpy as np
import pytest

from autograder.sandbox.text import safe_text
from coursenn._older_numpy import INSTEAD, METHODS, cure
from coursenn.checking import checking

GONE = {
    "np.int": "write int instead",
    "np.zeros(3).astype(np.float)": "write float instead",
    "np.float_": "write np.float64 instead",
    "np.product([2, 3])": "write np.prod instead",
    "np.NINF": "write -np.inf instead",
    "np.NaN": "write np.nan instead",
    "np.math.sqrt(2)": "import math",
    "np.lib.pad(np.ones(2), 1)": "write np.pad instead",
    "np.lib.index_tricks": "from numpy itself",
    "np.ones(2).ptp()": "write np.ptp(x) instead",
    "np.ones(2).tostring()": "write x.tobytes() instead",
    "np.reshape(np.ones(4), newshape=(2, 2))": "write np.reshape(x, shape)",
    "np.array([1, 2], copy=False)": "write np.asarray(x)",
    "np.array([np.ones(2), np.ones(3)])": "keep them in a list or a tuple",
    "np.vstack(x for x in [np.ones(2)])": "write a list",
}
"""Code for an older numpy -> part of the message about it."""


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("code", GONE)
def test_errors_of_the_installed_numpy_are_recognised(code: str) -> None:
    """Does each error of the installed numpy lead to one sentence with the cure, also in the form that grading shows?"""
    error = _raised(code)
    if error is None:
        pytest.skip("this numpy still has it")
    kind, text = type(error).__name__, str(error)
    told = cure(kind, text)
    assert GONE[code] in told
    assert re.fullmatch(r"[^\n]*[^\n.]\.", told)
    assert told == cure(kind, safe_text(text))


def _raised(code: str) -> Exception | None:
    try:
        eval(code, {"np": np})
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize("name", INSTEAD)
def test_every_name_has_a_cure_for_each_wording_of_the_error(name: str) -> None:
    """Is the cure the same for the error of numpy 1.24, of numpy 2 and of an import?"""
    module, _, last = name.rpartition(".")
    owner = f"numpy.{module}" if module else "numpy"
    texts = [("AttributeError", f"module '{owner}' has no attribute '{last}'.\n`np.{last}` was a deprecated alias")]
    texts += [("ImportError", f"cannot import name '{last}' from '{owner}' (/somewhere/__init__.py)")]
    texts += [] if module else [("AttributeError", f"`np.{last}` was removed in the NumPy 2.0 release. Use something else.")]
    assert {cure(*text) for text in texts} == {f"numpy no longer has np.{name}: write {INSTEAD[name]} instead."}


def test_every_suggested_name_exists() -> None:
    """Does the installed numpy have every suggested name?"""
    for told in (*INSTEAD.values(), *METHODS.values()):
        name = told.lstrip("-").split("(")[0]
        if name.startswith("np."):
            assert hasattr(np, name.removeprefix("np.")) or name == "np.trapezoid"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("AttributeError", "module 'numpy' has no attribute 'affine'"),
        ("AttributeError", "'numpy.ndarray' object has no attribute 'cuda'"),
        ("AttributeError", "'NoneType' object has no attribute 'int'"),
        ("ValueError", "module 'numpy' has no attribute 'int'"),
        ("ValueError", "shapes (2,3) and (2,3) not aligned"),
        ("TypeError", "loss() got an unexpected keyword argument 'newshape'"),
        ("ImportError", "cannot import name 'int' from 'coursenn'"),
    ],
)
def test_other_errors_get_no_cure(kind: str, text: str) -> None:
    """Does another error get no cure, even if it names the same thing?"""
    assert cure(kind, text) == ""


def test_the_visible_checks_show_the_cure() -> None:
    """Is the cure shown below an exception in a check?"""
    with pytest.raises(AttributeError) as caught, checking("sizes"):
        eval("np.int(3)", {"np": np})
    assert "Numpy no longer has np.int: write int instead." in "\n".join(caught.value.__notes__)
