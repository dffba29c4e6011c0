"""The reference with one contract broken, for each contract of each function or class.

These versions prove the checks of `autograder.checks._contracts` and `autograder.checks._network_contracts`. The catalogue has
none of them, since feedback could not name them better than the check's own message does.
"""

from __future__ import annotations

from collections.abc import Iterator

from autograder.audit import broken_networks
from autograder.checking import Kind
from autograder.checks._contracts import IN_BACKWARD
from autograder.engine.catalogue import checks_of, module_of
from autograder.manifest import Course, Task
from autograder.mistakes import Mistake

WRAPPED = """
_right_{name} = {name}
_given_{name} = []


def _arrays_{name}(values):
    return [v for v in (values if isinstance(values, tuple) else (values,)) if isinstance(v, np.ndarray) and v.dtype.kind == "f"]


def {name}(*args, **kwargs):
{body}
"""
NETWORKS = ("classifiers.fc_net", "classifiers.cnn")
"""Modules whose tasks are classes."""
BODIES = {
    "leaves its arguments as they were": """
    result = _right_{name}(*args, **kwargs)
    result = tuple(v.copy() if isinstance(v, np.ndarray) else v for v in result) if isinstance(result, tuple) else result.copy()
    for value in _arrays_{name}(args):
        value += 1
    return result
""",
    "calls do not affect each other": """
    for value in _given_{name}:
        value.fill(0)
    result = _right_{name}(*args, **kwargs)
    _given_{name}[:] = [v for v in _arrays_{name}(result) if v.flags.writeable and not any(v is a for a in args)]
    return result
""",
    "float32 stays float32": """
    result = _right_{name}(*args, **kwargs)
    results = result if isinstance(result, tuple) else (result,)
    double = [v.astype(np.float64) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v for v in results]
    return tuple(double) if isinstance(result, tuple) else double[0]
""",
    "raises the documented errors": """
    try:
        return _right_{name}(*args, **kwargs)
    except ValueError:
        return None
""",
    "arrays may lie in memory in any way": """
    as_in_memory = [np.ravel(v, order="K").reshape(v.shape) if isinstance(v, np.ndarray) else v for v in args]
    return _right_{name}(*as_in_memory, **kwargs)
""",
}

REFUSALS = ("refuses other modes", "refuses other modes and other p", "refuses groups that do not divide the channels")
"""Names of the check of the documented errors, if it looks at more than a message."""
BODIES |= dict.fromkeys(REFUSALS, BODIES["raises the documented errors"])

OF_ONE = """
    result = _right_{name}(*args, **kwargs)
    if not any(1 in v.shape for v in _arrays_{name}(args)[:1]):
        return result
    results = result if isinstance(result, tuple) else (result,)
    wrong = tuple(v + 1 if type(v) is float or (isinstance(v, np.ndarray) and v.dtype.kind == "f") else v for v in results)
    return wrong if isinstance(result, tuple) else wrong[0]
"""
SIZES_OF_ONE = (
    "sizes may be one",
    "gradients where sizes are one",
    "gradient where sizes are one",
    "takes zero and a single entry",
    "passes it on for a single entry",
    "parameters of one entry",
    "sizes of one with normalization",
)
"""Names of the check of sizes of one, and of related checks."""


def broken_sizes(course: Course, task: Task) -> Iterator[Mistake]:
    """A variant of a task's function that is wrong if a size of its first array is one.

    It proves the sentence that such sizes are allowed. It is not a contract, since other checks also use sizes of one.
    """
    module = module_of(course, task.functions[0])
    name = task.functions[0].removeprefix(f"{module}.")
    if module not in NETWORKS and any(check.name in SIZES_OF_ONE for check in checks_of(course, task)):
        code = WRAPPED.format(name=name, body=OF_ONE.strip("\n").format(name=name))
        yield Mistake(f"{task.id}-broken: sizes of one", task.id, "", "", task.book, f"{module.replace('.', '/')}.py", name, code=code)


def broken_contracts(course: Course, task: Task) -> Iterator[Mistake]:
    """A variant for each of the common contracts that a task's function has."""
    module = module_of(course, task.functions[0])
    file = f"{module.replace('.', '/')}.py"
    for check in checks_of(course, task):
        name = task.functions[check.name.endswith(IN_BACKWARD)].removeprefix(f"{module}.")
        wrapped, bodies = (broken_networks.WRAPPED, broken_networks.METHODS) if module in NETWORKS else (WRAPPED, BODIES)
        body = bodies.get(check.name.removesuffix(IN_BACKWARD))
        if check.kind is not Kind.BEHAVIOUR and body and name.isidentifier():
            code = wrapped.format(name=name, body=body.strip("\n").format(name=name))
            yield Mistake(f"{task.id}-broken: {check.name}", task.id, "", "", task.book, file, name, code=code)
