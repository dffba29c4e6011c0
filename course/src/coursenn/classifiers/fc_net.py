"""Fully connected networks.

Every network has a dictionary ``params`` from names to arrays, and a method ``loss(X, y)`` that returns the loss and the
gradients under the same names; that is all a `Solver` needs. The layers of a network are numbered from 1: ``W1``, ``b1``,
``W2``, ... and, where there is a normalization, ``gamma1``, ``beta1``, ...
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..layer_utils import affine_norm_relu_backward, affine_norm_relu_forward, affine_relu_backward, affine_relu_forward
from ..layers import *  # noqa: F403  a star import of this file gives all layers, as in other courses of this family
from ..layers import affine_backward, affine_forward, dropout_backward, dropout_forward, softmax_loss

Array = np.ndarray[Any, np.dtype[Any]]
Gradients = dict[str, Array]

NORMALIZATIONS = (None, "batchnorm", "layernorm")


class TwoLayerNet:
    """Affine - ReLU - affine - softmax, with L2 regularization.

    The weights are ``W1`` of shape (input_dim, hidden_dims) and ``W2`` of shape (hidden_dims, num_classes); the biases are
    ``b1`` of shape (hidden_dims,) and ``b2`` of shape (num_classes,). Weights are drawn as
    weight_scale * np.random.randn(...), W1 first, and biases are zero.

    Parameters
    ----------
    input_dim : number of numbers in an example, such as 3*32*32 for an image of CIFAR-10.
    hidden_dims : number of hidden units; ``hidden_dim`` is another name for it.
    num_classes : number of classes.
    dropout : there for the sake of an old signature: this network has no dropout, and any value but 0 is an error.
    weight_scale : standard deviation of the weights at the start, at least 0.
    reg : strength of the L2 regularization, at least 0.
    hidden_dim : the name that other courses of this family use for ``hidden_dims``.
    dtype : type of the parameters and of all computation.

    Raises
    ------
    ValueError
        When ``dropout`` is not 0.

    Notes
    -----
    Source: book: affine-relu-losses#two-layer.
    """

    params: dict[str, Array]

    def __init__(
        self,
        input_dim: int = 3 * 32 * 32,
        hidden_dims: int = 100,
        num_classes: int = 10,
        dropout: float = 0,
        weight_scale: float = 1e-3,
        reg: float = 0.0,
        *,
        hidden_dim: int | None = None,
        dtype: Any = np.float64,
    ) -> None:
        if dropout != 0:
            raise ValueError("TwoLayerNet has no dropout: use FullyConnectedNet(..., dropout_keep_ratio=...)")
        self.params = {}
        self.reg = reg
        self.dtype = dtype
        self.hidden_dim = hidden_dims if hidden_dim is None else hidden_dim
        raise NotImplementedError("Task two-layer-net (notebook FullyConnectedNets): complete TwoLayerNet.__init__")

    def loss(self, X: Array, y: Array | None = None) -> Any:
        """Scores of a minibatch, or its loss and the gradients.

        Parameters
        ----------
        X : examples of any shape (N, d_1, ..., d_k) with d_1 * ... * d_k = input_dim, of any number type.
        y : right classes, shape (N,); None to get only the scores.

        Returns
        -------
        scores : shape (N, num_classes); without y.
        loss, grads : a number, and a dictionary with the keys of ``params`` and arrays of the same shapes; with y.

        Notes
        -----
        Without y the result is only the array of scores. The loss is the softmax loss plus 0.5 * reg times the sum of the
        squares of all weights; biases are not regularized. grads has exactly the keys of params. Images are accepted as
        they are and need not be flattened. X is cast to the dtype of the network, and neither X nor params is written into.
        """
        raise NotImplementedError("Task two-layer-net (notebook FullyConnectedNets): complete TwoLayerNet.loss")


class FullyConnectedNetBasic:
    """Any number of affine - ReLU layers, one more affine layer and a softmax, with L2 regularization.

    ``{affine - ReLU} x (L - 1) - affine - softmax`` for L - 1 hidden layers. Layer i has the weights ``Wi`` and the biases
    ``bi``, for i of 1 .. L. Weights are drawn as weight_scale * np.random.randn(...), in the order W1, W2, ..., and
    biases are zero. All parameters have the dtype of the network.

    Parameters
    ----------
    hidden_dims : number of units of each hidden layer.
    input_dim : number of numbers in an example.
    num_classes : number of classes.
    reg : strength of the L2 regularization, at least 0.
    weight_scale : standard deviation of the weights at the start, at least 0.
    dtype : type of the parameters and of all computation; float32 is fast, and float64 is for numeric gradient checks.

    Notes
    -----
    Source: book: affine-relu-losses#deep.
    """

    params: dict[str, Array]

    def __init__(
        self,
        hidden_dims: list[int],
        input_dim: int = 3 * 32 * 32,
        num_classes: int = 10,
        reg: float = 0.0,
        weight_scale: float = 1e-2,
        dtype: Any = np.float32,
    ) -> None:
        self.params = {}
        self.reg = reg
        self.num_layers = 1 + len(hidden_dims)
        self.dtype = dtype
        raise NotImplementedError("Task fc-net-basic (notebook FullyConnectedNets): complete FullyConnectedNetBasic.__init__")

    def loss(self, X: Array, y: Array | None = None) -> Any:
        """Scores of a minibatch, or its loss and the gradients.

        Parameters
        ----------
        X : examples of any shape (N, d_1, ..., d_k) with d_1 * ... * d_k = input_dim, of any number type.
        y : right classes, shape (N,); None to get only the scores.

        Returns
        -------
        scores : shape (N, num_classes); without y.
        loss, grads : a number, and a dictionary with the keys of ``params`` and arrays of the same shapes; with y.

        Notes
        -----
        Without y the result is only the array of scores. The loss is the softmax loss plus 0.5 * reg times the sum of the
        squares of all weights of all layers; biases are not regularized. grads has exactly the keys of params. X is cast
        to the dtype of the network, so that scores and gradients have it too. Neither X nor params is written into.
        """
        raise NotImplementedError("Task fc-net-basic (notebook FullyConnectedNets): complete FullyConnectedNetBasic.loss")


class FullyConnectedNet:
    """A fully connected network with optional batch or layer normalization, dropout, and L2 regularization.

    ``{affine - [batch or layer normalization] - ReLU - [dropout]} x (L - 1) - affine - softmax`` for L - 1 hidden layers.
    The last affine layer is neither normalized nor dropped out. Layer i has the weights ``Wi`` and the biases ``bi``, for
    i of 1 .. L; with a normalization the hidden layers also have the scales ``gammai`` and the shifts ``betai``.

    Weights are drawn as weight_scale * np.random.randn(...), in the order W1, W2, ...; biases and shifts are zero and
    scales are one. All parameters have the dtype of the network.

    Parameters
    ----------
    hidden_dims : number of units of each hidden layer.
    input_dim : number of numbers in an example.
    num_classes : number of classes.
    dropout_keep_ratio : probability of keeping a hidden unit, above 0 and at most 1; 1 means no dropout at all.
    normalization : None, ``"batchnorm"`` or ``"layernorm"``.
    reg : strength of the L2 regularization, at least 0.
    weight_scale : standard deviation of the weights at the start, at least 0.
    dtype : type of the parameters and of all computation; float32 is fast, and float64 is for numeric gradient checks.
    seed : when given, it goes into ``dropout_param``, so that every dropout layer draws the same mask at every call: for
        gradient checks only.

    Attributes
    ----------
    dropout_param : the one dictionary that all dropout layers share: ``p``, ``mode`` and perhaps ``seed``; empty without
        dropout.
    bn_params : one dictionary for each hidden layer, which `batchnorm_forward` or `layernorm_forward` gets as its last
        argument; no dictionary without a normalization. With batch normalization they keep the running averages.

    Raises
    ------
    ValueError
        A normalization other than None, "batchnorm" and "layernorm" is a ValueError that names the allowed ones. A
        dropout_keep_ratio outside of 0 < ratio <= 1 is one as well.

    Notes
    -----
    Source: Ioffe and Szegedy (2015), Srivastava et al. (2014); book: batch-normalization#network, dropout#network.
    """

    params: dict[str, Array]

    def __init__(
        self,
        hidden_dims: list[int],
        input_dim: int = 3 * 32 * 32,
        num_classes: int = 10,
        dropout_keep_ratio: float = 1,
        normalization: str | None = None,
        reg: float = 0.0,
        weight_scale: float = 1e-2,
        dtype: Any = np.float32,
        seed: int | None = None,
    ) -> None:
        if normalization not in NORMALIZATIONS:
            raise ValueError(f"Invalid normalization {normalization!r}: use None, 'batchnorm' or 'layernorm'")
        if not 0 < dropout_keep_ratio <= 1:
            raise ValueError(
                f"Invalid dropout_keep_ratio {dropout_keep_ratio!r}: it must be above 0 and at most 1, where 1 means no dropout"
            )
        self.params = {}
        self.normalization = normalization
        self.use_dropout = dropout_keep_ratio != 1
        self.reg = reg
        self.num_layers = 1 + len(hidden_dims)
        self.dtype = dtype
        self.dropout_param: dict[str, Any] = {"mode": "train", "p": dropout_keep_ratio} if self.use_dropout else {}
        if self.use_dropout and seed is not None:
            self.dropout_param["seed"] = seed
        self.bn_params: list[dict[str, Any]] = []
        if normalization is not None:
            self.bn_params = [{"mode": "train"} if normalization == "batchnorm" else {} for _ in hidden_dims]
        raise NotImplementedError("Tasks fc-net-normalization, fc-net-dropout (notebooks BatchNormalization, Dropout)")

    def loss(self, X: Array, y: Array | None = None) -> Any:
        """Scores of a minibatch in test mode, or its loss and the gradients in training mode.

        Parameters
        ----------
        X : examples of any shape (N, d_1, ..., d_k) with d_1 * ... * d_k = input_dim, of any number type.
        y : right classes, shape (N,); None to get only the scores.

        Returns
        -------
        scores : shape (N, num_classes); without y.
        loss, grads : a number, and a dictionary with the keys of ``params`` and arrays of the same shapes; with y.

        Notes
        -----
        Without y the network runs in test mode and the result is only the array of scores: dropout passes everything, and
        batch normalization uses its running averages and leaves them as they are, so that the scores of an example do not
        depend on the other examples. With y the network runs in training mode and batch normalization updates the running
        averages in bn_params.

        The loss is the softmax loss plus 0.5 * reg times the sum of the squares of all weights of all layers; biases,
        scales and shifts are not regularized. grads has exactly the keys of params. X is cast to the dtype of the network,
        so that scores, gradients and running averages have it too. Neither X nor params is written into.
        """
        raise NotImplementedError("Tasks fc-net-normalization, fc-net-dropout (notebooks BatchNormalization, Dropout)")


FullyConnectedNetImproved = FullyConnectedNet
