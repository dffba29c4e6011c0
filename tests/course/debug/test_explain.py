"""Does the microscope name the first wrong gradient of a backward pass, and call no right one wrong?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from coursenn.classifiers.fc_net import FullyConnectedNetBasic
from coursenn.debug import explain_gradient
from coursenn.debug._verdict import Status
from coursenn.layers import (
    batchnorm_backward,
    batchnorm_forward,
    dropout_backward,
    dropout_forward,
    relu_backward,
    relu_forward,
    softmax_loss,
)
from coursenn.watching import watch, watch_grad

RNG = np.random.default_rng(1)
X, GAMMA, BETA = RNG.normal(3, 2, (6, 4)), RNG.normal(size=4), RNG.normal(size=4)


def norm_forward(x: Any, gamma: Any, beta: Any) -> Any:
    """Run batch normalization with a name for each step."""
    mu = x.mean(axis=0)
    xmu = x - mu
    var = (xmu**2).mean(axis=0)
    std = np.sqrt(var + 1e-5)
    xhat = xmu / std
    out = gamma * xhat + beta
    return out, (xhat, xmu, std, gamma)


def norm_backward(dout: Any, cache: Any) -> Any:
    """Return its gradients; the name dxmu first means the gradient of only one branch."""
    xhat, xmu, std, gamma = cache
    dxhat = dout * gamma
    dxmu = dxhat / std
    dstd = -(dxhat * xmu).sum(axis=0) / std**2
    dvar = dstd / (2 * std)
    dxmu2 = 2 * xmu * dvar / len(dout)
    dmu = -(dxmu + dxmu2).sum(axis=0)
    dx = dxmu + dxmu2 + dmu / len(dout)
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)


def text_of(explanation: Any) -> str:
    """Return what a terminal shows, on one line."""
    return " ".join(str(explanation).split())


def statuses(explanation: Any) -> dict[str, Status]:
    return {row.node.label: row.status for row in explanation.rows}


def test_a_right_layer_has_no_wrong_place() -> None:
    """Is right code accepted in which a name means the gradient of only one branch?"""
    explanation = explain_gradient(norm_forward, norm_backward, X, GAMMA, BETA)
    assert explanation.wrong is None
    assert statuses(explanation) == dict.fromkeys(["out", "xhat", "std", "var", "mu", "beta", "gamma", "x"], Status.RIGHT) | {
        "xmu": Status.PART
    }
    assert "agrees with the numeric derivative" in text_of(explanation)


def test_the_first_wrong_gradient_is_named_with_its_line() -> None:
    """Does the report say which gradient is wrong, how, which one is still right, and where it is assigned?"""

    def backward(dout: Any, cache: Any) -> Any:
        xhat, xmu, std, gamma = cache
        dxhat = dout * gamma
        dstd = -(dxhat * xmu).sum(axis=0) / std**2
        dvar = dstd / std
        dxmu = dxhat / std + 2 * xmu * dvar / len(dout)
        dx = dxmu - dxmu.mean(axis=0)
        return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)

    explanation = explain_gradient(norm_forward, backward, X, GAMMA, BETA)
    assert explanation.wrong == "var"
    assert not explanation.also
    text = text_of(explanation)
    for words in ("Every entry is 2 times the expected one.", "The gradient of std, which is made from it, is right.", "dvar = dstd / std"):
        assert words in text


def test_a_forgotten_branch_is_named() -> None:
    """Is a gradient that is right for only one branch distinguished from a wrong one?"""

    def backward(dout: Any, cache: Any) -> Any:
        xhat, _, std, gamma = cache
        dxmu = dout * gamma / std
        dx = dxmu - dxmu.mean(axis=0)
        return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)

    explanation = explain_gradient(norm_forward, backward, X, GAMMA, BETA)
    assert explanation.wrong == "xmu"
    assert explanation.place is not None
    assert explanation.place.says[0] == "It is right for the branch through xhat. Another branch ends here as well: through var."


def test_branches_without_a_name_are_not_mentioned() -> None:
    """Is a gradient of one branch called wrong if another branch has no watched value?"""

    def forward(x: Any) -> Any:
        a = 2 * x
        b = a**2
        return b + np.sin(a), (a, b)

    def backward(dout: Any, cache: Any) -> Any:
        a, _ = cache
        da = dout * 2 * a
        return 2 * da

    explanation = explain_gradient(forward, backward, X)
    assert explanation.wrong == "a"
    assert "branch" not in text_of(explanation)


def test_a_missing_sum_is_named() -> None:
    """Does the report say that a gradient must be summed over the broadcast axis?"""

    def forward(x: Any, b: Any) -> Any:
        return x + b, None

    explanation = explain_gradient(forward, lambda dout, cache: (dout, dout), X, BETA)
    assert explanation.wrong == "b"
    assert "A sum over the rows (axis 0) is missing: with it the gradient is right." in text_of(explanation)


def test_gradients_of_other_names() -> None:
    """Can the gradient of a value have any name?"""

    def forward(x: Any) -> Any:
        y = x**2
        return np.sin(y), (x, y)

    def backward(dout: Any, cache: Any) -> Any:
        x, y = cache
        g1 = dout * np.sin(y)
        return g1 * 2 * x

    assert explain_gradient(forward, backward, X).wrong == "x"
    assert explain_gradient(forward, backward, X, nodes={"y": "g1"}).wrong == "y"
    assert explain_gradient(forward, backward, X, nodes=["y", "why"]).notes[:2] == [
        "No value on the way forward is called why.",
        "No value on the way back is called dy.",
    ]


def test_a_name_in_a_loop_is_matched_from_the_end() -> None:
    """Does the first gradient belong to the last value, and is the wrong one named by its number?"""

    def forward(x: Any) -> Any:
        h, kept = x, []
        for _ in range(3):
            kept.append(h)
            h = np.sin(2 * h)
        return h, kept

    def backward(dout: Any, kept: Any) -> Any:
        dh = dout
        for i, before in enumerate(reversed(kept)):
            dh = dh * np.cos(2 * before) * (1 if i == 1 else 2)
        return dh

    explanation = explain_gradient(forward, backward, 0.3 * X)
    assert explanation.wrong == "h (2 of 4)"
    assert "2 times" not in text_of(explanation)
    assert "0.5 times" in text_of(explanation)


def test_different_numbers_of_values_and_gradients_are_reported() -> None:
    """Does the report say if a value and its gradient are assigned a different number of times?"""

    def forward(x: Any) -> Any:
        h = 2 * x
        h = h**2
        h = np.sin(h)
        return 3 * h, (x,)

    def backward(dout: Any, cache: Any) -> Any:
        dh = 3 * dout
        dh = np.cos((2 * cache[0]) ** 2) * dh
        return dh * 8 * cache[0]

    explanation = explain_gradient(forward, backward, 0.3 * X)
    assert explanation.wrong is None
    assert "h has 3 values and dh has 2: they are compared from the end, as far as they go." in explanation.notes


def test_kinks_are_not_judged() -> None:
    """Is an input of a ReLU that is exactly 0 called neither right nor wrong?"""
    x = X.copy()
    x[0, 0] = 0.0
    explanation = explain_gradient(relu_forward, relu_backward, x)
    assert explanation.wrong is None
    assert "1 of 24 are at a kink, where nothing can be compared." in text_of(explanation)
    assert explain_gradient(relu_forward, relu_backward, np.zeros((3, 2))).rows[-1].status is Status.KINK


def test_a_value_near_a_kink_is_compared() -> None:
    """Is a value compared, with a smaller step, if the usual step would cross a kink?"""
    x = X.copy()
    x[0, 0] = 1e-6
    assert "kink" not in str(explain_gradient(relu_forward, relu_backward, x))


def test_float32_has_its_own_tolerance() -> None:
    """Is right code in float32 called right, and a factor of 1.1 still found?"""
    arguments = X.astype(np.float32), GAMMA.astype(np.float32), BETA.astype(np.float32)
    assert explain_gradient(norm_forward, norm_backward, *arguments).wrong is None

    def backward(dout: Any, cache: Any) -> Any:
        dx, dgamma, dbeta = norm_backward(dout, cache)
        return dx, np.float32(1.1) * dgamma, dbeta

    assert explain_gradient(norm_forward, backward, *arguments).wrong == "gamma"


def test_large_arrays_are_compared_along_random_directions() -> None:
    """Are arrays of more than 200 entries compared, and is a common factor still named?"""
    x = RNG.normal(size=(30, 20))

    def forward(x: Any) -> Any:
        y = x**3
        return y.sum(axis=0), (x,)

    def backward(dout: Any, cache: Any) -> Any:
        return 2 * cache[0] ** 2 * dout

    explanation = explain_gradient(forward, backward, x)
    assert explanation.wrong == "x"
    assert "12 of 12 random directions are wrong" in text_of(explanation)
    assert "0.666667 times the derivative" in text_of(explanation)


def test_a_network_is_followed_to_its_parameters() -> None:
    """Are the scores and the parameters of a network compared, and is the network unchanged afterwards?"""
    np.random.seed(0)
    network = FullyConnectedNetBasic([5, 4], input_dim=6, num_classes=3, reg=0.5, weight_scale=0.5, dtype=np.float64)
    before = {name: value.copy() for name, value in network.params.items()}
    x, y = RNG.normal(size=(4, 6)), np.array([0, 2, 1, 1])
    explanation = explain_gradient(network.loss, None, x, y)
    assert explanation.wrong is None
    assert {"scores", "W1", "b3"} <= set(statuses(explanation))
    assert all(np.array_equal(network.params[name], value) for name, value in before.items())

    class Unregularised(FullyConnectedNetBasic):
        def loss(self, X: Any, y: Any = None) -> Any:
            loss, grads = super().loss(X, y)
            grads["W2"] = grads["W2"] - self.reg * self.params["W2"]
            del grads["b1"]
            return loss, grads

    np.random.seed(0)
    wrong = Unregularised([5, 4], input_dim=6, num_classes=3, reg=0.5, weight_scale=0.5, dtype=np.float64)
    text = text_of(explain_gradient(wrong.loss, None, x, y))
    assert "What is missing is 0.5 times W2 itself: look at the penalty on large weights, here and in the loss." in text
    assert "No gradient came back for it." in text


def test_code_without_names_gets_advice() -> None:
    """Does the report advise naming the steps of two expressions without names?"""

    def forward(x: Any, w: Any) -> Any:
        return np.tanh(x @ w), (x, w)

    def backward(dout: Any, cache: Any) -> Any:
        return dout @ cache[1].T, cache[0].T @ dout

    explanation = explain_gradient(forward, backward, X, RNG.normal(size=(4, 3)))
    assert explanation.wrong == "w"
    assert [row.node.label for row in explanation.also] == ["x"]
    assert "Only the gradients of the inputs were compared" in text_of(explanation)


def helper(x: Any) -> Any:
    return watch("inner", 2 * x)


def test_values_marked_by_hand_are_followed_anywhere() -> None:
    """Are values compared that are marked in another function?"""

    def backward(dout: Any, cache: Any) -> Any:
        return 2 * watch_grad("inner", dout * np.sin(2 * cache))

    explanation = explain_gradient(lambda x: (np.sin(helper(x)), x), backward, X, nodes=["inner"])
    assert explanation.wrong == "inner"
    assert "written with def" in " ".join(explanation.notes)


def test_a_mark_whose_result_is_not_used_is_reported() -> None:
    """Does the report say why the derivative is 0 instead of calling the gradient wrong?"""

    def forward(x: Any) -> Any:
        y = 2 * x
        watch("y", y)
        return np.sin(y), y

    def backward(dout: Any, y: Any) -> Any:
        dy = watch_grad("y", dout * np.cos(y))
        return 2 * dy

    explanation = explain_gradient(forward, backward, X)
    assert explanation.wrong is None
    assert statuses(explanation)["y"] is Status.UNUSED
    assert 'The result of watch is not used: write y = watch("y", ...) and use that from there on.' in text_of(explanation)


def test_gradients_in_another_order_are_reported() -> None:
    """Does the report say that a gradient is that of another input?"""

    def backward(dout: Any, cache: Any) -> Any:
        dx, dgamma, dbeta = norm_backward(dout, cache)
        return dx, dbeta, dgamma

    text = text_of(explain_gradient(norm_forward, backward, X, GAMMA, BETA))
    assert "It is the gradient of gamma: are the gradients in the order of the inputs?" in text
    assert "dbeta is right when line" in text


def test_a_gradient_that_is_returned_twice_is_reported() -> None:
    """Is it not called an exchange if the other input has its right gradient?"""

    def backward(dout: Any, cache: Any) -> Any:
        dx, _, dbeta = norm_backward(dout, cache)
        return dx, dbeta, dbeta

    text = text_of(explain_gradient(norm_forward, backward, X, GAMMA, BETA))
    assert "It is the gradient of beta as well: what makes the two differ?" in text


def test_arguments_and_random_numbers_are_unchanged() -> None:
    """Are dictionaries, arrays and numpy's generator unchanged, and does dropout draw the same mask again?"""
    param: dict[str, Any] = {"mode": "train"}
    x, state = X.copy(), np.random.get_state()[1].copy()  # type: ignore[union-attr]
    assert explain_gradient(batchnorm_forward, batchnorm_backward, x, GAMMA, BETA, param).wrong is None
    assert explain_gradient(dropout_forward, dropout_backward, x, {"mode": "train", "p": 0.5}).wrong is None
    assert param == {"mode": "train"}
    assert np.array_equal(x, X)
    assert np.array_equal(np.random.get_state()[1], state)


def test_a_backward_pass_that_writes_into_its_argument_is_reported() -> None:
    """Is this reported although every gradient is right?"""

    def backward(dout: Any, cache: Any) -> Any:
        dout *= cache > 0
        return dout

    explanation = explain_gradient(relu_forward, backward, X - 3)
    assert explanation.wrong is None
    assert explanation.notes == ["The backward pass writes into dout, which belongs to the caller: work on a copy."]


def test_a_forward_pass_that_writes_into_its_argument_is_reported() -> None:
    """Is this reported for a forward pass?"""

    def forward(x: Any) -> Any:
        x *= 2
        return x, None

    assert explain_gradient(forward, lambda dout, cache: 2 * dout, X).notes[-2].startswith("The forward pass writes into x, which")


def test_losses_need_no_backward_pass() -> None:
    """Is a function that returns a loss and its gradient explained without a backward pass?"""
    y = np.array([0, 1, 2, 3, 0, 1])
    assert explain_gradient(softmax_loss, None, X, y).wrong is None
    assert explain_gradient(lambda x, y: (softmax_loss(x, y)[0], 2 * softmax_loss(x, y)[1]), None, X, y).wrong == "x"


def test_what_cannot_be_explained_is_refused_with_a_sentence() -> None:
    """Is there a message for a random forward pass, an output that is not an array and a wrong upstream gradient?"""
    generator = np.random.default_rng(0)
    with pytest.raises(ValueError, match="gives another output at each call"):
        explain_gradient(lambda x: (x * generator.random(), x), relu_backward, X)
    with pytest.raises(TypeError, match="where an array or a number is expected"):
        explain_gradient(lambda x: ("text", None), relu_backward, X)
    with pytest.raises(ValueError, match="the two must be equal"):
        explain_gradient(relu_forward, relu_backward, X, dout=np.ones(3))


def test_exceptions_of_student_code_are_passed_on() -> None:
    """Is an exception of the student's code, such as that of an unfinished task, passed on unchanged?"""

    def unfinished(dout: Any, cache: Any) -> Any:
        raise NotImplementedError("Task: relu_backward")

    with pytest.raises(NotImplementedError, match="Task: relu_backward"):
        explain_gradient(relu_forward, unfinished, X)
