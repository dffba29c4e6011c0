"""What older versions of numpy had and newer ones do not: the usual reason why code of some years ago no longer runs.

Used by the visible checks and by grading. Only kinds and texts of exceptions are looked at, and what is said comes from here.
"""

from __future__ import annotations

import re

INSTEAD = {
    # Gone since numpy 1.24: other names of Python's own types.
    "bool": "bool", "complex": "complex", "float": "float", "int": "int", "object": "object", "str": "str", "unicode": "str",
    "long": "int", "bool8": "np.bool_", "int0": "np.intp", "uint0": "np.uintp", "object0": "object", "str0": "np.str_",
    "bytes0": "np.bytes_", "void0": "np.void",
    # Gone since numpy 2.
    "float_": "np.float64", "complex_": "np.complex128", "unicode_": "np.str_", "string_": "np.bytes_",
    "cfloat": "np.complex128", "singlecomplex": "np.complex64", "longfloat": "np.longdouble", "longcomplex": "np.clongdouble",
    "clongfloat": "np.clongdouble",
    "NaN": "np.nan", "NAN": "np.nan", "Inf": "np.inf", "Infinity": "np.inf", "infty": "np.inf", "PINF": "np.inf",
    "NINF": "-np.inf", "PZERO": "0.0", "NZERO": "-0.0",
    "product": "np.prod", "cumproduct": "np.cumprod", "alltrue": "np.all", "sometrue": "np.any", "round_": "np.round",
    "in1d": "np.isin", "trapz": "np.trapezoid", "row_stack": "np.vstack", "mat": "np.asmatrix", "msort": "np.sort(x, axis=0)",
    "asfarray": "np.asarray(x, dtype=float)", "asscalar": "x.item()", "rank": "np.ndim", "cast": "x.astype(dtype)", "disp": "print",
    "find_common_type": "np.result_type", "issubsctype": "np.issubdtype", "issubclass_": "issubclass",
    "fastCopyAndTranspose": "x.T.copy()", "safe_eval": "ast.literal_eval", "math": "the module math (import math)",
    "lib.pad": "np.pad", "linalg.linalg": "np.linalg", "lib.math": "the module math (import math)",
}  # fmt: skip
"""A name below ``np.`` -> what to write instead."""
METHODS = {"ptp": "np.ptp(x)", "tostring": "x.tobytes()", "itemset": "x[index] = value", "newbyteorder": "x.view(x.dtype.newbyteorder())"}
"""A method of arrays -> the same for an array ``x``."""
MISSING = (
    re.compile(r"module 'numpy(?:\.(?P<module>\w+))?' has no attribute '(?P<name>\w+)'"),
    re.compile(r"`np\.(?P<name>\w+)` was removed in the NumPy "),
    re.compile(r"cannot import name '(?P<name>\w+)' from 'numpy(?:\.(?P<module>\w+))?'"),
)
PRIVATE = re.compile(r"numpy\.(\w+\.\w+) is now private")
METHOD = re.compile(r"'numpy\.ndarray' object has no attribute '(\w+)'")
NEWSHAPE = "reshape() got an unexpected keyword argument 'newshape'"
COPY = "Unable to avoid copy while creating an array as requested"
RAGGED = "setting an array element with a sequence. The requested array has an inhomogeneous shape"
STACK = 'arrays to stack must be passed as a "sequence" type'


def cure(kind: str, text: str) -> str:
    """What to write instead of something that numpy no longer has, as one sentence; empty where it is something else.

    Parameters
    ----------
    kind : name of the exception's class.
    text : what the exception says.
    """
    if kind in ("AttributeError", "ImportError"):
        return _name_cure(text)
    if kind == "TypeError" and NEWSHAPE in text:
        return "np.reshape no longer has the keyword newshape: write np.reshape(x, shape)."
    if kind == "TypeError" and text.startswith(STACK):
        return "numpy no longer stacks the arrays of a generator: write a list, such as [x for x in ...]."
    if kind == "ValueError" and text.startswith(COPY):
        return "copy=False no longer means that a copy is made where one is needed: write np.asarray(x)."
    if kind == "ValueError" and text.startswith(RAGGED):
        return "numpy no longer makes one array of arrays of different shapes: keep them in a list or a tuple."
    return ""


def _name_cure(text: str) -> str:
    for pattern in MISSING:
        if found := pattern.match(text):
            groups = found.groupdict()
            name = ".".join(part for part in (groups.get("module"), groups["name"]) if part)
            return f"numpy no longer has np.{name}: write {INSTEAD[name]} instead." if name in INSTEAD else ""
    if found := PRIVATE.match(text):
        return f"numpy no longer shows np.{found[1]}: take its function from numpy itself, such as np.pad."
    if (found := METHOD.match(text)) and found[1] in METHODS:
        return f"arrays no longer have the method {found[1]}: write {METHODS[found[1]]} instead."
    return ""
