"""Old functions and classes that behave as the new ones of their file, or say that they cannot.

Whoever holds an object of a module (a name in a notebook, a dictionary, an instance, another module) goes on holding the same object
when the module is run again, and the object is given the new code. What cannot be given it is disabled: an object of an earlier state of
a file never computes.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

BELONG_TO_THE_CLASS = frozenset({"__dict__", "__weakref__"})
TRAVEL = ("__code__", "__defaults__", "__kwdefaults__", "__annotations__", "__doc__", "__name__", "__qualname__", "__type_params__")
"""What makes a function, besides its attributes; the last one is there from Python 3.12 on."""


class NotCurrentError(RuntimeError):
    """A function has no current code: its file does not load, or no longer has it. The message says what to do."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows instead of a traceback: only the message."""
        return str(self).splitlines()


def is_definition(value: object) -> bool:
    """Whether a value is a function or a class written in Python."""
    return isinstance(value, FunctionType | type)


def adopt(old: Any, new: Any) -> bool:
    """Make an old function or class behave as the new one.

    Parameters
    ----------
    old, new : what a name meant before its file was run again, and what it means now.

    Returns
    -------
    Whether it does; where it cannot, the old one is as it was.
    """
    if isinstance(old, FunctionType) and isinstance(new, FunctionType):
        return _adopt_function(old, new)
    if type(old) is type and type(new) is type:
        return _adopt_class(old, new)
    return False


def disable(old: Any, why: str) -> None:
    """Let a function, or every method of a class, raise `NotCurrentError` until it adopts new code.

    Parameters
    ----------
    old : a function or a class; nothing happens to anything else.
    why : what the error says.
    """
    if isinstance(old, FunctionType):
        _disable_function(old, why)
    elif isinstance(old, type):
        for function in _functions(old):
            _disable_function(function, why)
        if "__init__" not in vars(old):
            try:
                old.__init__ = _disabled(why)  # type: ignore[misc]
            except (TypeError, AttributeError):  # a class that cannot be written to keeps what it inherits
                return


def move_instances(old: type, new: type) -> None:
    """Make the instances of a class that could not adopt the new code instances of the new class, where Python allows it."""
    for holder in gc.get_referrers(old):
        if type(holder) is old:
            try:
                object.__setattr__(holder, "__class__", new)
            except TypeError:
                return  # of one layout, so no other instance can be moved either


def _adopt_function(old: FunctionType, new: FunctionType) -> bool:
    free = new.__code__.co_freevars
    # The variables around a function cannot be exchanged, except for the class of a method, which stays the old one.
    if old.__code__.co_freevars != free or set(free) - {"__class__"} or old.__globals__ is not new.__globals__:
        return False
    for name in TRAVEL:
        if hasattr(new, name):
            setattr(old, name, getattr(new, name))
    old.__dict__.clear()
    old.__dict__.update(new.__dict__)
    return True


def _adopt_class(old: type, new: type) -> bool:
    if "__slots__" in vars(old) or "__slots__" in vars(new):
        return False
    try:
        if old.__bases__ != new.__bases__:
            old.__bases__ = new.__bases__
    except TypeError:
        return False
    for name in vars(old).keys() - vars(new).keys() - BELONG_TO_THE_CLASS:
        delattr(old, name)
    for function in _functions(new):
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            if name == "__class__":  # what `super()` looks up
                cell.cell_contents = old
    for name, value in list(vars(new).items()):
        if name in BELONG_TO_THE_CLASS:
            continue
        mine = vars(old).get(name)
        if isinstance(mine, FunctionType) and _is_of(mine, old):
            # A notebook may hold the method itself: `f = model.loss`.
            if isinstance(value, FunctionType) and _adopt_function(mine, value):
                continue
            _disable_function(mine, f"{mine.__qualname__} was edited since it was stored: run the cell that stores it once more")
        setattr(old, name, value)
    return True


def _functions(owner: type) -> Iterator[FunctionType]:
    """Functions that a class defines, those of properties and class methods included."""
    for value in list(vars(owner).values()):
        parts = (value.fget, value.fset, value.fdel) if isinstance(value, property) else (getattr(value, "__func__", value),)
        yield from (part for part in parts if isinstance(part, FunctionType) and _is_of(part, owner))


def _is_of(function: FunctionType, owner: type) -> bool:
    """Whether a function was written in a class; it may also have been put there from elsewhere."""
    return function.__module__ == owner.__module__ and function.__qualname__.startswith(f"{owner.__qualname__}.")


def _disable_function(old: FunctionType, why: str) -> None:
    say = _disabled(why, old.__code__.co_freevars)
    old.__defaults__, old.__kwdefaults__ = None, say.__kwdefaults__
    old.__code__ = say.__code__


def _disabled(why: str, free: tuple[str, ...] = ()) -> FunctionType:
    """A function that takes anything and raises; its code fits a function with these variables around it."""

    def refuse() -> None:
        raise NotCurrentError(why)

    names = ", ".join(free)
    lines = [f"def make({names}):", "    def disabled(*_, __refuse, **__):", f"        if 0: {names or 'pass'}", "        __refuse()"]
    source = "\n".join([*lines, "    return disabled"])
    found: dict[str, Any] = {}
    exec(source, found)
    make: Callable[..., FunctionType] = found["make"]
    function = make(*free)
    function.__kwdefaults__ = {"__refuse": refuse}
    return function
