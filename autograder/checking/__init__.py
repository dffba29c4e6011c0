"""The object that a hidden check works with, and how a check is written.

A check is a function of a `Session`. It draws inputs, calls functions of the package under
test and says what to look at. The engine runs the same check twice, over the reference and
over the submission, and compares the observations. So a check holds no expected value,
and nothing in it runs alongside student code. Inputs depend only on the seed, never on what
the package returned.

>>> @check("relu-forward", asks="Negative entries become zero and all others stay as they are.")
... def keeps_positive_entries_and_zeroes_the_rest(s: Session) -> None:
...     x = s.draw.away_from_zero((4, 5))
...     out, _ = s.call("layers.relu_forward", x).unpack(2)
...     s.compare("out", out)
"""

from __future__ import annotations

from autograder.checking.draw import Draw
from autograder.checking.observed import ATOL, RTOL, Awaited, Call, Observation, Observed, Requirement, is_large
from autograder.checking.registry import INDEPENDENT, REGISTRY, Check, CheckFunction, Kind, check, weighed
from autograder.checking.session import Session
from autograder.checking.subject import Array, Backend, Laid, Layout, Ref, SubjectError

__all__ = [
    "ATOL", "INDEPENDENT", "REGISTRY", "RTOL", "Array", "Awaited", "Backend", "Call", "Check", "CheckFunction", "Draw", "Kind", "Laid",
    "Layout",
    "Observation", "Observed", "Ref", "Requirement", "Session", "SubjectError", "check", "is_large", "weighed",
]  # fmt: skip
