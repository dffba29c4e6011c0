"""Hidden checks of the ReLU: values and gradient for inputs of any shape.

No entry lies near zero, where either one-sided gradient would be right.
"""

from __future__ import annotations

from autograder.checking import Array, Ref, Session, check
from autograder.checks._support import leaves_alone

FORWARD = "layers.relu_forward"
BACKWARD = "layers.relu_backward"


def _backward(s: Session, x: Array) -> Ref:
    _, cache = s.call(FORWARD, x).unpack(2)
    return s.call(BACKWARD, s.draw.normal(x.shape), cache)


@check("relu-forward", asks="Negative entries become zero and all others stay as they are.")
def keeps_positive_entries_and_zeroes_the_rest(s: Session) -> None:
    out, _ = s.call(FORWARD, s.draw.away_from_zero((4, 7), scale=10.0)).unpack(2)
    s.compare("out", out)


@check("relu-forward", asks="x : inputs of any shape.", weight=0.5)
def works_for_any_shape(s: Session) -> None:
    for shape in ((6,), (2, 3, 4, 5)):
        out, _ = s.call(FORWARD, s.draw.away_from_zero(shape)).unpack(2)
        s.compare(f"out of a {len(shape)}-dimensional input", out)


@check("relu-forward", asks="The input is not written into.", weight=0.5)
def leaves_x_as_it_was(s: Session) -> None:
    leaves_alone(s, "x", s.draw.away_from_zero((4, 7)), lambda x: s.call(FORWARD, x)[0])


@check("relu-backward", asks="The gradient passes where x is positive and is zero elsewhere.")
def passes_the_gradient_where_x_is_positive(s: Session) -> None:
    s.compare("dx", _backward(s, s.draw.away_from_zero((4, 7), scale=3.0)))


@check("relu-backward", asks="dout : upstream gradient, of any shape.", weight=0.5)
def passes_it_on_for_any_shape(s: Session) -> None:
    s.compare("dx", _backward(s, s.draw.away_from_zero((2, 3, 4, 5), scale=3.0)))


@check("relu-backward", asks="The upstream gradient is not written into.", weight=0.5)
def leaves_dout_as_it_was(s: Session) -> None:
    _, cache = s.call(FORWARD, s.draw.away_from_zero((4, 7))).unpack(2)
    leaves_alone(s, "dout", s.draw.normal((4, 7)), lambda dout: s.call(BACKWARD, dout, cache))
