"""The reference with one line of Parameters or Returns misread: these versions prove lines that no check needs to quote.

A line of Parameters says which argument is passed where, and every check relies on it. So each line has a version that reads
another argument in that place, and each line of Returns has one that returns another shape and one that returns another value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.audit.units import LISTED, Described, Unit
from autograder.manifest import Course, Task
from autograder.mistakes import Mistake
from autograder.paths import module_name

DEFAULT = re.compile(r"default (?P<value>[\d.e-]+|zeros)")
CACHE = re.compile(r"cache : what `(?P<forward>\w+)` returned")
STATE = "optim"
"""The module whose functions leave defaults in the dictionary."""

HELPERS = '''
import inspect


def _other(value, name=""):
    """Something else of the same kind."""
    if name == "seed":
        return None
    if isinstance(value, np.ndarray):
        return np.zeros_like(value)
    if isinstance(value, str):
        return {{"train": "test", "test": "train", "batchnorm": "layernorm", "layernorm": "batchnorm"}}.get(value, value)
    if isinstance(value, dict):
        return {{key: _other(inner, key) for key, inner in value.items()}}
    if isinstance(value, (list, tuple)):
        return type(value)(inner + 1 for inner in value)
    if isinstance(value, float):
        return value / 2 if value else 0.5
    if isinstance(value, int):
        return 1 if value > 1 else value + 1
    return value if value is None else np.float32 if np.dtype(value) == np.float64 else np.float64


def _doubled(value):
    """Its entries twice."""
    return np.concatenate([value, value]) if np.ndim(value) else np.array([value, value])


def _bound(signature, args, kwargs):
    """Map the name of each argument passed to its value."""
    return signature.bind(*args, **kwargs).arguments
'''
FUNCTION = (
    HELPERS
    + """

_right_{name} = {name}
_signature_{name} = inspect.signature({name})


def {name}(*args, **kwargs):
    given = _bound(_signature_{name}, args, kwargs)
{before}
    try:
        result = _right_{name}(**given)
    finally:
        {finally_}
{after}
    return result
"""
)
METHOD = (
    HELPERS
    + """

class {name}({name}):
    def {method}(self, *args, _signature=inspect.signature({name}.{method}), **kwargs):
        given = _bound(_signature, (self, *args), kwargs)
        del given["self"]
{before}
        result = super().{method}(**given)
{after}
        return result
"""
)
LATEST = """
_right_{forward}, _right_{name}, _latest = {forward}, {name}, []


def {forward}(*args, **kwargs):
    result = _right_{forward}(*args, **kwargs)
    _latest[:] = [result[-1]]
    return result


def {name}(dout, cache):
    return _right_{name}(dout, *_latest)
"""
"""A backward pass that takes the cache of the latest forward pass, whichever it is handed."""
OTHER = """
if {argument!r} in given:
    given[{argument!r}] = _other(given[{argument!r}], {argument!r})
"""
OTHER_KEY = """
param, put = given.get({argument!r}), {{}}
for key in {keys!r}:
    if param is not None and key in param:
        put[key] = param[key], _other(param[key], key)
        param[key] = put[key][1]
"""
KEY_BACK = "[param.update({key: before}) for key, (before, other) in put.items() if param.get(key) is other]"
OTHER_DEFAULT = """
param, put = given.get({argument!r}), {{}}
if param is None:
    param = given[{argument!r}] = {{}}
for key in {keys!r}:
    if key not in param:
        put[key] = param[key] = {value}
"""
DEFAULT_BACK = "[param.pop(key) for key, other in put.items() if param.get(key) is other]"
SHAPE = "{target} = _doubled({target})"
VALUE = "{target} = -{target}"
ONES_LIKE = "np.ones_like(given['w'])"
ONES_PER_FEATURE = "np.ones(given['x'].shape[1], given['x'].dtype)"


@dataclass(frozen=True)
class Misread:
    """A version of the reference, and the line that it misreads."""

    unit: Unit
    mistake: Mistake


def misreadings(course: Course, task: Task, description: Described) -> Iterator[Misread]:
    """For each line of Parameters and Returns that can be misread in a general way, the versions that do so."""
    file, scope = _place(course, description.owner)
    returned = [name for unit in description.units if unit.section == "Returns" and unit.opens for name in unit.names]
    for unit in description.units:
        for words, code in _codes(description.owner, scope, unit, returned):
            name = f"{task.id}-misread: {unit.text} ({words})"
            yield Misread(unit, Mistake(name, task.id, "", "", task.book, file, scope, code=code))


def _place(course: Course, owner: str) -> tuple[str, str]:
    file = next(f for f in course.editable if owner.startswith(f"{module_name(f)}."))
    return file, owner.removeprefix(f"{module_name(file)}.")


def _codes(owner: str, scope: str, unit: Unit, returned: list[str]) -> Iterator[tuple[str, str]]:
    """What a version does, in words, and its code."""
    if unit.section not in LISTED or not unit.names:
        return
    (argument, *_), keys = unit.names, unit.keys
    if match := CACHE.match(unit.text):
        yield "the latest one", LATEST.format(forward=match["forward"], name=scope)
    elif unit.section == "Parameters" and (match := DEFAULT.match(unit.text)):
        back = "" if owner.startswith(f"{STATE}.") else DEFAULT_BACK
        value = _other_default(owner, match["value"])
        yield "another default", _wrapped(scope, before=OTHER_DEFAULT.format(argument=argument, keys=keys, value=value), finally_=back)
    elif not unit.opens or unit.text.endswith("a dictionary with the keys"):
        return
    elif unit.section == "Parameters" and keys:
        yield "another value", _wrapped(scope, before=OTHER_KEY.format(argument=argument, keys=keys), finally_=KEY_BACK)
    elif unit.section == "Parameters":
        yield "something else", _wrapped(scope, before=OTHER.format(argument=argument))
    elif unit.section == "Returns":
        for words, change in (("another shape", SHAPE), ("another value", VALUE)):
            if changed := "\n".join(_of_results(unit.names, returned, change)):
                yield words, _wrapped(scope, after=changed)


def _other_default(owner: str, value: str) -> str:
    if value == "zeros":
        return ONES_LIKE if owner.startswith(f"{STATE}.") else ONES_PER_FEATURE
    number = float(value.rstrip("."))
    return str(number / 2) if number else "1"


def _of_results(names: tuple[str, ...], returned: list[str], change: str) -> Iterator[str]:
    """Lines that change some of what is returned; nothing is done to a cache or a dictionary."""
    if returned[0] == "scores":
        # The method of a network: an array without labels, and a tuple with them.
        if names == ("scores",):
            yield f"if given.get('y') is None:\n    {change.format(target='result')}"
        return
    changed = [name for name in names if name not in ("cache", "config")]
    if changed and len(returned) == 1:
        yield change.format(target="result")
    elif changed:
        yield "result = list(result)"
        yield from (change.format(target=f"result[{returned.index(name)}]") for name in changed)
        yield "result = tuple(result)"


def _wrapped(scope: str, before: str = "", after: str = "", finally_: str = "") -> str:
    name, _, method = scope.partition(".")
    of_class = name[0].isupper()
    indented = {part: _indent(text, 8 if of_class else 4) for part, text in (("before", before), ("after", after))}
    if of_class:
        return METHOD.format(name=name, method=method or "__init__", **indented)
    return FUNCTION.format(name=name, finally_=finally_ or "pass", **indented)


def _indent(text: str, spaces: int) -> str:
    return "\n".join(" " * spaces + line for line in text.strip().splitlines())
