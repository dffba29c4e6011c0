"""Do the visible checks accept right work, refuse wrong work, and say what is wrong?"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from coursenn.checking import CheckFailed, checking, print_mean_std, rel_error, weighted_sum, with_drawn_weights
from tests.course.relation_examples import EXAMPLES

pytestmark = pytest.mark.usefixtures("reference")
RNG = np.random.default_rng(0)
WANT = RNG.standard_normal((3, 4)) + 0.1


def failure(compare: Callable[[Any], object]) -> str:
    """Return the message of a check block in which ``compare`` fails."""
    with pytest.raises(CheckFailed) as caught, checking("layer") as check:
        compare(check)
    return str(caught.value)


def close_message(got: Any, want: Any = WANT, **keys: Any) -> str:
    return failure(lambda check: check.close("out", got, want, **keys))


def test_does_right_work_pass_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with checking("layer") as check:
        check.shape("out", WANT, (3, 4))
        check.close("out", WANT + 1e-9, WANT)
        check.dtype("out", WANT, np.float64)
    assert capsys.readouterr().out == "layer: all 3 checks passed (largest absolute error 1.0e-09)\n"


def test_are_all_failures_listed_together_with_what_is_right() -> None:
    def compare(check: Any) -> None:
        check.shape("out", WANT, (3, 4))
        check.close("out", WANT + np.arange(12.0).reshape(3, 4) ** 2, WANT)
        check.dtype("out", WANT, np.float32)

    message = failure(compare)
    assert message.startswith("layer: 2 of 3 checks failed")
    assert "right  out has shape (3, 4)" in message
    assert "out (shape (3, 4), float64): the largest absolute error is 1.21e+02 at index [2, 3]" in message
    assert "11 of 12 entries are off" in message
    assert "dtype float64 where float32 is expected" in message


@pytest.mark.parametrize(
    ("got", "fact"),
    [
        (2 * WANT, "2 times the expected one"),
        (-WANT, "opposite sign"),
        (WANT / 3, "1 / the length of axis 0: there is a sum where a mean belongs"),
        (WANT * 4, "the length of axis 1"),
        (WANT / 10, "That is 1/10: look for a mean"),
        (WANT * 0.3, "0.3 times the expected one."),
        (WANT + 1, "off by the same amount, 1"),
        (np.abs(WANT), "have the wrong sign"),
        (WANT[::-1], "right numbers in a different order: yours is turned around along its rows"),
        (WANT - WANT.mean(axis=1, keepdims=True), "Yours is the expected array with the mean over its columns subtracted"),
        (WANT * np.array([1.0, 2, 1, 1]), "Wrong entries are in column 1 only"),
        (np.zeros((3, 4)), "All of yours is 0"),
        (WANT * np.array([1.0, 2, 3, 5]), "Each column is off by a factor"),
        (WANT * np.array([[1.0], [2], [3]]), "Each row is off by a factor"),
        (WANT + np.array([1.0, 2, 3, 5]), "Each column is off by an amount"),
        (WANT.astype(np.float32), "precision of float32"),
        (np.where(np.arange(3)[:, None] == 1, WANT**2, WANT), "Wrong entries are in row 1 only"),
        (np.where(np.arange(4) == 1, WANT, WANT**3 + 2), "in every column except column 1"),
        (np.where(np.arange(4) == 1, np.nan, WANT), "3 of 12 entries are nan in column 1 only"),
        (WANT[0], "has shape (4,) where (3, 4) is expected"),
        (WANT.T, "expected shape reversed"),
        (WANT.ravel(), "number of entries is right"),
        (None, "out is None"),
        ((WANT, 3), "tuple of 2 things"),
        ("text", "is a str"),
    ],
)
def test_does_the_message_name_the_fact(got: Any, fact: str) -> None:
    assert fact in close_message(got)


@pytest.mark.parametrize(("kind", "got", "want"), EXAMPLES)
def test_does_every_relation_have_its_own_words(kind: str, got: Any, want: Any) -> None:
    """Does each relation that is recognised add exactly one line to the message?"""
    lines = close_message(got.astype(np.float32) if kind == "LOW_PRECISION" else got, want).splitlines()
    said = [line for line in lines[2:] if "entries are off" not in line]
    assert len(said) == 1, said


def test_is_a_factor_that_explains_nothing_left_out() -> None:
    """Is a factor of 0 or 1, up to rounding, left out of the message?"""
    nearly_zero = close_message(1e-17 * WANT)
    assert "0, up to rounding" in nearly_zero
    assert "times the expected" not in nearly_zero
    message = failure(lambda check: check.close("out", 90 + np.arange(3.0) + 1e-6, 90 + np.arange(3.0)))
    assert "times the expected" not in message


def test_is_a_square_transposition_named() -> None:
    square = RNG.standard_normal((4, 4))
    assert "transposed" in close_message(square.T, square)


def test_is_a_wrong_image_border_named() -> None:
    want = RNG.standard_normal((2, 3, 5, 5))
    got = want.copy()
    got[:, :, 0] += RNG.standard_normal((2, 3, 5))
    got[:, :, -1] *= 2
    assert "border of the images only: look at the padding" in close_message(got, want)


def test_is_an_amount_of_each_channel_named() -> None:
    want = RNG.standard_normal((2, 3, 4, 4))
    message = close_message(want + np.array([1.0, 2.0, 4.0])[:, None, None], want)
    assert "added to each channel, or summed over the images, the rows and the columns" in message


def test_is_the_inside_of_images_named() -> None:
    want = RNG.standard_normal((2, 3, 5, 5))
    got = want.copy()
    got[:, :, 1:-1, 1:-1] **= 2
    assert "Wrong entries are within the images only, and their border is right." in close_message(got, want)


def test_is_nan_in_each_row_placed() -> None:
    got = np.where(np.eye(3, 4, 1) > 0, np.nan, WANT)
    assert "3 of 12 entries are nan, exactly one in each row: look for a division" in close_message(got)


def test_is_a_single_right_channel_named() -> None:
    want = RNG.standard_normal((2, 2, 4, 4))
    got = want + RNG.standard_normal(want.shape) * np.array([0.0, 1.0])[None, :, None, None]
    assert "in channel 1 only" in close_message(got, want)


@pytest.mark.parametrize(("got", "fact"), [(-2.0, "sign is wrong"), (4.0, "twice"), (1.0, "half"), (np.inf, "it is inf")])
def test_is_a_number_explained(got: float, fact: str) -> None:
    assert fact in close_message(got, 2.0)


@pytest.mark.parametrize(("got", "shape"), [((1, 3), (3,)), ((3, 1), (3,)), ((3,), (1, 3, 1, 1)), ((1,), ()), ((), (1, 1))])
def test_are_axes_of_one_accepted_with_a_note(got: tuple[int, ...], shape: tuple[int, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """Does a shape with extra axes of length 1 pass with a note, as it does in grading?"""
    with checking("layer") as check:
        check.close("dgamma", np.ones(got), np.ones(shape))
        check.gradient("db", np.ones(got), np.sum, np.ones(shape))
    assert f"note: dgamma has shape {got} where {shape} is documented; that is accepted" in capsys.readouterr().out


def test_does_an_unfinished_task_pass_through_unchanged() -> None:
    error = NotImplementedError("Task affine-forward")
    with pytest.raises(NotImplementedError) as caught, checking("layer"):
        raise error
    assert caught.value is error
    assert not getattr(error, "__notes__", [])


def test_does_another_exception_carry_the_name_of_the_check() -> None:
    def breaks() -> None:
        with checking("layer") as check:
            check.close("out", 1.0, 2.0)
            raise IndexError("index 5 is out of bounds")

    with pytest.raises(IndexError) as caught:
        breaks()
    (note,) = caught.value.__notes__
    assert "in the check 'layer'" in note
    assert "wrong before that: out" in note


def test_does_a_notebook_show_the_message_without_a_traceback() -> None:
    with pytest.raises(CheckFailed) as caught, checking("layer") as check:
        check.true("the sky is blue", False, "look up")
    assert caught.value._render_traceback_() == ["layer: 1 of 1 checks failed", "  WRONG  the sky is blue: look up"]


def test_does_a_right_gradient_pass_and_leave_x_unchanged() -> None:
    x, dout = RNG.standard_normal((3, 4)), RNG.standard_normal((3, 4))
    before = x.copy()
    with checking("tanh") as check:
        check.gradient("dx", dout * (1 - np.tanh(x) ** 2), np.tanh, x, dout)
    assert np.array_equal(x, before)


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        (lambda d: d * 2, "2 times"),
        (lambda d: -d, "opposite sign"),
        (lambda d: d * 0, "All of yours is 0"),
        (lambda d: d + 1e-6, "same amount"),
    ],
)
def test_is_a_wrong_gradient_refused(change: Callable[[Any], Any], fact: str) -> None:
    x, dout = RNG.standard_normal((3, 4)), RNG.standard_normal((3, 4))
    wrong = change(dout * (1 - np.tanh(x) ** 2))
    assert fact in failure(lambda check: check.gradient("dx", wrong, np.tanh, x, dout))


def test_is_a_function_that_ignores_its_argument_checked_by_changing_the_array_in_place() -> None:
    params = {"w": RNG.standard_normal(3)}
    with checking("net") as check:
        check.gradient("w", 2 * params["w"], lambda _: np.sum(params["w"] ** 2), params["w"])


def test_does_a_wrong_gradient_lead_to_the_microscope() -> None:
    """Does the message name `explain_gradient` if a gradient is wrong, and only then?"""
    x = RNG.standard_normal(3)
    assert "`explain_gradient` of `coursenn.debug`" in failure(lambda check: check.gradient("dx", 3 * x, lambda a: np.sum(a**2), x))
    assert "explain_gradient" not in close_message(2 * WANT)


def test_is_a_vanishing_gradient_explained(capsys: pytest.CaptureFixture[str]) -> None:
    x = RNG.standard_normal(5)
    with checking("centred") as check:
        check.gradient("dx", np.full(5, 1e-13), lambda a: np.sum(a - a.mean()), x)
        check.gradient("dx of the sum", np.ones(5), np.sum, x)
    assert "the true gradient is 0" in capsys.readouterr().out
    message = failure(lambda check: check.gradient("dx", np.ones(5), lambda a: np.sum(a - a.mean()), x))
    assert "The expected value is 0." in message


def test_do_gradients_of_a_constant_prove_nothing() -> None:
    """Is a forward pass that ignores its inputs refused, although zeros agree with its numeric gradient?"""

    def compare(check: Any) -> None:
        check.gradient("dx", np.zeros(5), lambda a: np.zeros(5), RNG.standard_normal(5), np.ones(5))
        check.gradient("dw", np.zeros(3), lambda a: np.zeros(5), RNG.standard_normal(3), np.ones(5))

    message = failure(compare)
    assert "1 of 3 checks failed" in message
    assert "all numeric gradients are 0: does the forward pass use its inputs?" in message


def test_are_rounding_errors_of_large_values_forgiven() -> None:
    x = RNG.standard_normal(4)
    with checking("large") as check:
        check.gradient("dx", np.ones(4), lambda a: a + 1e7, x, np.ones(4))


def test_does_a_right_gradient_pass_next_to_a_kink() -> None:
    x = np.array([4e-6, -4e-6, 1.0])
    dx = (x > 0).astype(float)
    with checking("relu") as check:
        check.gradient("dx", dx, lambda a: np.maximum(a, 0), x, np.ones(3))
    assert "WRONG" in failure(lambda check: check.gradient("dx", 1 - dx, lambda a: np.maximum(a, 0), x, np.ones(3)))


def test_is_writing_into_the_argument_named() -> None:
    def overwrites(a: Any) -> Any:
        a *= 2
        return a

    assert "writes into the array" in failure(lambda check: check.gradient("dx", 2 * np.ones(3), overwrites, np.ones(3), np.ones(3)))


def test_does_an_integer_x_say_what_to_change() -> None:
    with pytest.raises(TypeError, match="floating-point x"), checking("layer") as check:
        check.gradient("dx", 0, np.sum, np.arange(3))


def test_is_a_wrong_upstream_shape_explained() -> None:
    with pytest.raises(ValueError, match=r"shape \(3,\) and the upstream gradient has shape \(1, 3\)"), checking("layer") as check:
        check.gradient("dx", 0, lambda a: a, np.ones(3), np.ones((1, 3)))


def test_are_missing_and_extra_keys_named() -> None:
    message = failure(lambda check: check.keys("grads", {"W1": 0, "c": 0}, ["W1", "W2", "b1"]))
    assert "grads lacks W2, b1 and must not hold c" in message


def test_is_a_missing_or_silent_exception_named() -> None:
    def wrong() -> None:
        raise ValueError("no")

    assert "none was raised" in failure(lambda check: check.raises("mode", ValueError, lambda: None))
    assert "should also name adam" in failure(lambda check: check.raises("rule", ValueError, wrong, mentions=["adam"]))
    with checking("layer") as check:
        check.raises("mode", ValueError, wrong, mentions=["no"])
        check.unchanged("x", np.ones(2), np.ones(2))
    assert "belongs to the caller" in failure(lambda check: check.unchanged("x", np.ones(2), np.zeros(2)))


def test_does_rel_error_guard_against_zero() -> None:
    assert rel_error(np.zeros(2), np.zeros(2)) == 0.0
    assert rel_error(1.0, -1.0) == 1.0
    assert rel_error([1.0, 2.0], [1.0, 2.0 + 4e-6]) == pytest.approx(1e-6, rel=1e-3)


def test_does_a_weighted_sum_change_with_every_entry_and_their_order() -> None:
    x = RNG.standard_normal((3, 4))
    changed = [weighted_sum(x + 0.01 * (np.arange(12) == entry).reshape(3, 4)) for entry in range(12)]
    assert np.min(np.abs(np.array(changed) - weighted_sum(x))) > 1e-5
    assert weighted_sum(x.ravel()) == weighted_sum(x) != weighted_sum(x.T)


def test_does_print_mean_std_print_both(capsys: pytest.CaptureFixture[str]) -> None:
    print_mean_std(np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert capsys.readouterr().out == "  means:  [2. 3.]\n  stds:   [1. 1.]\n\n"


@pytest.mark.parametrize(
    ("got", "fact"),
    [
        (WANT[0], "return one thing where two"),
        (WANT.tolist(), "out is a list of numbers: make it a numpy array"),
        (WANT.astype(object), "out has dtype object"),
        (None, "out is None"),
    ],
)
def test_is_a_wrong_kind_of_output_explained(got: Any, fact: str) -> None:
    """Does the message say what is returned instead of an array?"""
    assert fact in close_message(got)


@pytest.mark.parametrize(
    ("got", "want", "fact"),
    [
        ((1, 2, 7, 7), (1, 2, 5, 5), "is a padding of 1 still around them?"),
        ((1, 2, 4, 4), (1, 2, 5, 5), "one row and one column too small"),
        ((1, 2, 6, 6), (1, 2, 5, 5), "one row and one column too large"),
        ((1, 2, 0, 0), (1, 2, 5, 5), "No row or column of the images is left"),
        ((3, 2, 5, 5), (2, 3, 5, 5), "expected shape with its axes in a different order"),
    ],
)
def test_is_a_wrong_image_size_explained(got: tuple[int, ...], want: tuple[int, ...], fact: str) -> None:
    """Are a padding that was not removed and a missing row of windows recognised by the shape?"""
    assert fact in failure(lambda check: check.shape("dx", np.zeros(got), want))


def test_are_outputs_in_the_wrong_order_named() -> None:
    """If two gradients have each other's shape, does the message point to the order of the return statement?"""

    def compare(check: Any) -> None:
        check.shape("dx", np.zeros((2, 3)), (3, 5))
        check.shape("dw", np.zeros((3, 5)), (2, 3))

    assert "dx and dw have each other's shape: check the order" in failure(compare)


def test_is_the_same_failure_told_once() -> None:
    """Is a wrong shape that both `shape` and `close` find reported in one line?"""

    def compare(check: Any) -> None:
        check.shape("out", WANT[:2], (3, 4))
        check.close("out", WANT[:2], WANT)

    assert failure(compare).count("WRONG") == 1


def test_is_one_wrong_entry_in_each_row_named() -> None:
    """If the gradient of a loss is wrong only at the right class, does the message say one entry of each row?"""
    got = WANT.copy()
    got[np.arange(3), [2, 0, 3]] += 1
    assert "Exactly one entry of each row is off" in close_message(got)


def test_is_a_large_multiple_left_out() -> None:
    """Is a multiple left out if it is so large that any number is close to one like it?"""
    assert "times" not in close_message(2.3 * 123_457, 2.3)


@pytest.mark.parametrize(("got", "fact"), [(50 * 2.3, "It is 50 times the expected value"), (2.3 / 7, "It is 1/7 of the expected value")])
def test_is_a_sum_in_place_of_a_mean_named_in_a_loss(got: float, fact: str) -> None:
    """Is a loss recognised that was not divided by the number of examples, or was divided twice?"""
    assert fact in close_message(got, 2.3)


@pytest.mark.parametrize(
    ("code", "fact"),
    [
        ("a, b = None", "does each of yours end with `return`"),
        ("a, b = 1, 2, 3", "a different number of things"),
        ("np.zeros((2 / 1, 3))", "divide them with //"),
    ],
)
def test_do_common_exceptions_come_with_a_hint(code: str, fact: str) -> None:
    """Are the three exceptions that beginners meet most often explained?"""
    with pytest.raises((TypeError, ValueError)) as caught, checking("layer"):
        exec(code, {"np": np})
    assert fact in "\n".join(caught.value.__notes__)


def test_do_gradients_that_are_not_a_dict_fail_without_a_crash() -> None:
    """Does the message say so if a loss does not return a dict of gradients?"""
    assert "grads is a NoneType where a dict is expected" in failure(lambda check: check.keys("grads", None, ["W1"]))


def test_drawn_weights_do_not_depend_on_the_networks_own_generator() -> None:
    """Does a network that draws with its own generator get the weights of one that draws with `np.random.randn`?"""

    class Plain:
        def __init__(self, sizes: list[int], weight_scale: float, own: bool = False) -> None:
            draw = np.random.default_rng().standard_normal if own else lambda shape: np.random.randn(*shape)
            shapes = itertools.pairwise(sizes)
            self.params = {f"W{i}": (weight_scale * draw(shape)).astype(np.float32) for i, shape in enumerate(shapes, 1)}

    def drawn(make: Callable[[], Plain]) -> tuple[dict[str, np.ndarray], float]:
        np.random.seed(7)
        return make().params, np.random.rand()

    params, following = drawn(lambda: Plain([4, 3, 2], weight_scale=0.1))
    replaced, following_replaced = drawn(lambda: with_drawn_weights(Plain, [4, 3, 2], weight_scale=0.1, own=True))
    assert params.keys() == replaced.keys() == {"W1", "W2"}
    assert all(np.array_equal(params[name], replaced[name]) and replaced[name].dtype == np.float32 for name in params)
    assert following == following_replaced
