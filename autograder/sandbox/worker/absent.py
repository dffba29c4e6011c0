"""Stand-ins for things that are absent, which also keep them out of a module permanently."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import FunctionType
from typing import Any


class AbsentError(ImportError):
    """Something that the task may not use."""

    error_code = "Absent"


class StandIn:
    """Stands in for a failed import, or for a function that the task may not use; every use raises the given exception."""

    def __init__(self, error: BaseException) -> None:
        object.__setattr__(self, "_error", error)

    def _raise(self, *_: Any, **__: Any) -> Any:
        error = object.__getattribute__(self, "_error")
        raise type(error)(*error.args)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._raise()

    __call__ = __getitem__ = __iter__ = __len__ = __bool__ = __mro_entries__ = __enter__ = _raise
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __matmul__ = __truediv__ = __rtruediv__ = _raise


class FixedNames:
    """Names of a module that keep their values from its first statement to its last, even if statements bind them.

    Parameters
    ----------
    namespace : the module's.
    values : name -> a `StandIn` for something absent, or a function of the reference.
    files : paths of the student's files.
    """

    def __init__(self, namespace: dict[str, Any], values: Mapping[str, Any], files: Collection[str]) -> None:
        self.namespace, self.values, self.files = namespace, values, files
        namespace.update(values)

    def restore(self) -> None:
        """Undo what a statement has bound. A function with an absent name loses its code, so that a second name for it is useless."""
        for name, value in self.values.items():
            bound = self.namespace.get(name)
            if bound is not value:
                if isinstance(value, StandIn) and isinstance(bound, FunctionType) and bound.__name__ == name:
                    self._disable(bound, value)
                self.namespace[name] = value

    def _disable(self, function: FunctionType, stand_in: StandIn) -> None:
        if function.__code__.co_filename in self.files:
            # A function must keep its number of free variables.
            function.__code__ = _disabled.__code__.replace(co_freevars=function.__code__.co_freevars)
            function.__defaults__, function.__kwdefaults__ = None, {"_raise": stand_in}


def _disabled(*_: Any, _raise: Any, **__: Any) -> Any:
    return _raise()
