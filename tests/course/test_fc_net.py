"""Are fully connected networks right with every combination of options, in both modes and precisions?"""

from __future__ import annotations

import inspect
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coursenn import layers
from coursenn.classifiers.fc_net import FullyConnectedNet, FullyConnectedNetBasic, FullyConnectedNetImproved, TwoLayerNet
from coursenn.gradient_check import eval_numerical_gradient
from coursenn.layers import softmax_loss

Array = np.ndarray[Any, np.dtype[Any]]
NORMS = [None, "batchnorm", "layernorm"]


def batch(n: int = 6, seed: int = 0) -> tuple[Array, Array]:
    """Return small images and their labels."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, 2, 2, 3)), rng.integers(0, 4, n)


def make(kind: Any, **kwargs: Any) -> Any:
    """Return a network for the images of `batch`, from a fixed seed."""
    np.random.seed(1)
    hidden = {"hidden_dims": 5} if kind is TwoLayerNet else {"hidden_dims": [5, 4]}
    return kind(**{**hidden, "input_dim": 12, "num_classes": 4, "weight_scale": 0.5, "dtype": np.float64, **kwargs})


def assert_gradients(net: Any, X: Array, y: Array) -> None:
    """Compare the gradient of every parameter with the numeric one."""
    _, grads = net.loss(X, y)
    assert set(grads) == set(net.params)
    for name, gradient in grads.items():
        numeric = eval_numerical_gradient(lambda _: net.loss(X, y)[0], net.params[name], verbose=False)
        assert gradient.shape == net.params[name].shape
        np.testing.assert_allclose(gradient, numeric, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("kind", [TwoLayerNet, FullyConnectedNetBasic, FullyConnectedNet])
@pytest.mark.parametrize("reg", [0.0, 3.14])
def test_plain_networks_have_right_gradients(kind: Any, reg: float) -> None:
    """Are all gradients right, with and without regularization?"""
    assert_gradients(make(kind, reg=reg), *batch())


@pytest.mark.parametrize("keep", [1, 0.6])
@pytest.mark.parametrize("normalization", NORMS)
def test_every_normalization_with_and_without_dropout(normalization: Any, keep: float) -> None:
    """Are all gradients right in each of the six combinations of normalization and dropout?"""
    assert_gradients(make(FullyConnectedNet, normalization=normalization, dropout_keep_ratio=keep, seed=3, reg=0.1), *batch())


@pytest.mark.parametrize("kind", [TwoLayerNet, FullyConnectedNetBasic, FullyConnectedNet])
def test_the_loss_is_softmax_plus_all_squared_weights(kind: Any) -> None:
    """Does the regularization cover every W, with a factor of one half, and nothing else?"""
    X, y = batch()
    net = make(kind, reg=2.0)
    for name in net.params:
        net.params[name] += 0.5
    expected = softmax_loss(net.loss(X), y)[0] + sum(np.sum(w**2) for name, w in net.params.items() if name[0] == "W")
    np.testing.assert_allclose(net.loss(X, y)[0], expected)


@pytest.mark.parametrize("normalization", NORMS)
def test_scores_of_an_example_do_not_depend_on_the_others(normalization: Any) -> None:
    """Is loss(X[:1]) equal to loss(X)[:1] after training steps, and are the running averages unchanged?"""
    X, y = batch()
    net = make(FullyConnectedNet, normalization=normalization, dropout_keep_ratio=0.5)
    for _ in range(3):
        net.loss(X, y)
    before = [{k: np.copy(v) for k, v in p.items() if k != "mode"} for p in net.bn_params]
    np.testing.assert_allclose(net.loss(X[:1]), net.loss(X)[:1], rtol=1e-12)
    for now, then in zip(net.bn_params, before, strict=True):
        for key, value in then.items():
            np.testing.assert_array_equal(now[key], value)
    assert (normalization == "batchnorm") == any("running_mean" in p for p in net.bn_params)


def test_dropout_is_used_only_in_training() -> None:
    """Does the loss differ between calls, while the scores stay the same?"""
    X, y = batch()
    net = make(FullyConnectedNet, dropout_keep_ratio=0.5)
    assert net.loss(X, y)[0] != net.loss(X, y)[0]
    np.testing.assert_array_equal(net.loss(X), net.loss(X))


@pytest.mark.parametrize("normalization", NORMS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_computes_in_its_own_precision(normalization: Any, dtype: Any) -> None:
    """Do parameters, gradients, scores and running averages have the network's dtype for images of any type?"""
    net = make(FullyConnectedNet, normalization=normalization, dropout_keep_ratio=0.5, reg=np.float64(0.1), dtype=dtype)
    X, y = batch()
    for images in (X, X.astype(np.float32), (10 * X).astype(np.uint8)):
        loss, grads = net.loss(images, y)
        assert np.isfinite(loss)
        assert {a.dtype for a in (*grads.values(), *net.params.values(), net.loss(images))} == {np.dtype(dtype)}
    averages = [v for p in net.bn_params for k, v in p.items() if k.startswith("running")]
    assert all(a.dtype == dtype for a in averages)


@pytest.mark.parametrize("kind", [TwoLayerNet, FullyConnectedNetBasic, FullyConnectedNet])
def test_images_and_parameters_are_unchanged(kind: Any) -> None:
    """Does loss() leave the images, the labels and the parameters unchanged?"""
    net = make(kind, reg=1.0)
    X, y = batch()
    for array in (X, y, *net.params.values()):
        array.flags.writeable = False
    net.loss(X, y)
    net.loss(X)


@pytest.mark.parametrize("normalization", NORMS)
def test_parameters_at_the_start(normalization: Any) -> None:
    """Are the parameters' names, shapes, values and order of drawing as documented, without normalization in the last layer?"""
    net = make(FullyConnectedNet, normalization=normalization)
    np.random.seed(1)
    dims = [12, 5, 4, 4]
    for i in (1, 2, 3):
        np.testing.assert_array_equal(net.params[f"W{i}"], 0.5 * np.random.randn(dims[i - 1], dims[i]))
        np.testing.assert_array_equal(net.params[f"b{i}"], np.zeros(dims[i]))
    hidden = set() if normalization is None else {"gamma1", "gamma2", "beta1", "beta2"}
    assert set(net.params) == {"W1", "W2", "W3", "b1", "b2", "b3"} | hidden
    for name in hidden:
        np.testing.assert_array_equal(net.params[name], np.full(dims[int(name[-1])], float(name.startswith("gamma"))))


def test_attributes_have_the_names_of_the_family() -> None:
    """Do networks have the attributes that notebooks of related courses read?"""
    net = make(FullyConnectedNet, normalization="batchnorm", dropout_keep_ratio=0.5, seed=9, reg=0.25)
    assert (net.normalization, net.use_dropout, net.num_layers, net.reg, net.dtype) == ("batchnorm", True, 3, 0.25, np.float64)
    assert net.dropout_param == {"mode": "train", "p": 0.5, "seed": 9}
    assert net.bn_params == [{"mode": "train"}, {"mode": "train"}]
    assert net.bn_params[0] is not net.bn_params[1]
    assert make(FullyConnectedNet, normalization="layernorm").bn_params == [{}, {}]
    assert make(FullyConnectedNet).dropout_param == {}
    assert FullyConnectedNetImproved is FullyConnectedNet


def test_unknown_options_are_named() -> None:
    """Do the errors name the allowed values?"""
    with pytest.raises(ValueError, match="None, 'batchnorm' or 'layernorm'"):
        make(FullyConnectedNet, normalization="layer_norm")
    for keep in (0, 1.5, -1):
        with pytest.raises(ValueError, match="at most 1"):
            make(FullyConnectedNet, dropout_keep_ratio=keep)
    with pytest.raises(ValueError, match="no dropout"):
        make(TwoLayerNet, dropout=0.5)


def test_both_names_of_the_hidden_size() -> None:
    """Does TwoLayerNet accept both `hidden_dim` and `hidden_dims`?"""
    assert make(TwoLayerNet, hidden_dim=7).params["W1"].shape == (12, 7)
    assert make(TwoLayerNet, hidden_dims=8).params["W1"].shape == (12, 8)
    assert TwoLayerNet().params["W1"].shape == (3072, 100)


def test_a_network_without_hidden_layers_is_a_linear_classifier() -> None:
    """Are the gradients right if there are no hidden layers?"""
    for kind in (FullyConnectedNetBasic, FullyConnectedNet):
        assert_gradients(make(kind, hidden_dims=[], reg=0.5), *batch())


FAMILY_SANDWICH = """
from builtins import range
from .layers import *
from .fast_layers import *

def affine_relu_forward(x, w, b):
    a, fc_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (fc_cache, relu_cache)

def affine_relu_backward(dout, cache):
    fc_cache, relu_cache = cache
    return affine_backward(relu_backward(dout, relu_cache), fc_cache)

def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    out, pool_cache = max_pool_forward_fast(relu_forward(a)[0], pool_param)
    return out, (conv_cache, a, pool_cache)

def conv_relu_pool_backward(dout, cache):
    conv_cache, a, pool_cache = cache
    return conv_backward_fast(relu_backward(max_pool_backward_fast(dout, pool_cache), a), conv_cache)
"""
FAMILY_NET = """
from builtins import object
import numpy as np
from ..layers import *
from ..layer_utils import *
from coursenn.layers import *
from coursenn.layer_utils import *
from coursenn.fast_layers import *

class TwoLayerNet(object):
    def __init__(self, input_dim=3*32*32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.params = {'W1': weight_scale * np.random.randn(input_dim, hidden_dim), 'b1': np.zeros(hidden_dim),
                       'W2': weight_scale * np.random.randn(hidden_dim, num_classes), 'b2': np.zeros(num_classes)}
        self.reg = reg

    def loss(self, X, y=None):
        h, c1 = affine_relu_forward(X, self.params['W1'], self.params['b1'])
        scores, c2 = affine_forward(h, self.params['W2'], self.params['b2'])
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        dh, dW2, db2 = affine_backward(dscores, c2)
        _, dW1, db1 = affine_relu_backward(dh, c1)
        return loss, {'W1': dW1, 'b1': db1, 'W2': dW2, 'b2': db2}
"""
FAMILY_CELL = """
import numpy as np
from coursenn.classifiers.fc_net import *
from coursenn.classifiers.cnn import *
from coursenn.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array
from coursenn.solver import Solver
from coursenn.vis_utils import visualize_grid

X, y = np.random.randn(20, 3, 8, 8), np.random.randint(0, 10, 20)
data = {'X_train': X, 'y_train': y, 'X_val': X, 'y_val': y}
model = TwoLayerNet(input_dim=192, hidden_dim=5)
solver = Solver(model, data, update_rule='sgd', optim_config={'learning_rate': 1e-3}, lr_decay=0.95, num_epochs=2, batch_size=10)
solver.train()
print(solver.check_accuracy(X, y), ThreeLayerConvNet(input_dim=(3, 8, 8)).loss(X, y)[0])
"""


def test_files_of_the_family_run_with_the_package_renamed(reference: Path, tmp_path: Path) -> None:
    """Do star imports, absolute and relative, give a related course's file all the names it uses, without a warning?"""
    package = tmp_path / "coursenn"
    shutil.copytree(reference / "coursenn", package)
    (package / "layer_utils.py").write_text(FAMILY_SANDWICH)
    (package / "classifiers" / "fc_net.py").write_text(FAMILY_NET)
    done = subprocess.run([sys.executable, "-W", "error", "-c", FAMILY_CELL], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("(Iteration 1 / 4) loss: 2.3")


@pytest.mark.parametrize("module", ["fc_net", "cnn"])
def test_does_a_star_import_give_all_layers(module: str) -> None:
    """Does a star import of the networks also give the layers, as notebooks of related courses expect?"""
    names: dict[str, Any] = {}
    exec(f"from coursenn.classifiers.{module} import *", names)
    functions = [name for name, value in vars(layers).items() if inspect.isfunction(value) and value.__module__ == layers.__name__]
    assert len(functions) > 20
    assert not set(functions) - names.keys()
