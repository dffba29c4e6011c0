"""Hidden checks of the affine layer: values, image-shaped inputs and the three gradients.

The numbers of examples, features and outputs differ everywhere, so that an exchanged axis
cannot pass. Gradients are contracted with a random upstream gradient.
"""

from __future__ import annotations

from autograder.checking import Array, Ref, Session, check

FORWARD = "layers.affine_forward"
BACKWARD = "layers.affine_backward"


def _arguments(s: Session, shape: tuple[int, ...], outputs: int) -> tuple[Array, Array, Array]:
    features = 1
    for size in shape[1:]:
        features *= size
    return s.draw.normal(shape), s.draw.normal((features, outputs)), s.draw.normal((outputs,))


def _gradients(s: Session, shape: tuple[int, ...], outputs: int) -> tuple[Ref, ...]:
    _, cache = s.call(FORWARD, *_arguments(s, shape, outputs)).unpack(2)
    dout = s.draw.normal((shape[0], outputs))
    return s.call(BACKWARD, dout, cache).unpack(3)


@check(
    "affine-forward",
    asks="Each example is flattened to a row of D = d_1 * ... * d_k numbers, multiplied by the weights, and the biases are added.",
)
def multiplies_each_row_by_w_and_adds_b(s: Session) -> None:
    out, _ = s.call(FORWARD, *_arguments(s, (5, 4), 3)).unpack(2)
    s.compare("out", out)


@check("affine-forward", asks="Any number of dimensions d_1, ..., d_k is allowed.")
def flattens_each_example_to_one_row(s: Session) -> None:
    out, _ = s.call(FORWARD, *_arguments(s, (3, 2, 4, 5), 6)).unpack(2)
    s.compare("out", out)


@check("affine-backward", asks="dx : gradient of x, in the shape of x: (N, d_1, ..., d_k).")
def gradient_of_x(s: Session) -> None:
    s.compare("dx", _gradients(s, (5, 4), 3)[0])


@check("affine-backward", asks="dw : gradient of w, shape (D, M).")
def gradient_of_w(s: Session) -> None:
    s.compare("dw", _gradients(s, (5, 4), 3)[1])


@check("affine-backward", asks="db : gradient of b, shape (M,).", weight=0.5)
def gradient_of_b(s: Session) -> None:
    s.compare("db", _gradients(s, (5, 4), 3)[2])


@check("affine-backward", asks="Each gradient has the shape of the array it belongs to.")
def gradients_for_image_shaped_input(s: Session) -> None:
    dx, dw, _ = _gradients(s, (3, 2, 4, 5), 6)
    s.compare("dx", dx)
    s.compare("dw", dw)
