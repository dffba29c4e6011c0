"""Convolutional networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..layer_utils import affine_relu_backward, affine_relu_forward, conv_relu_pool_backward, conv_relu_pool_forward
from ..layers import *  # noqa: F403  a star import of this file gives all layers, as in other courses of this family
from ..layers import affine_backward, affine_forward, softmax_loss

Array = np.ndarray[Any, np.dtype[Any]]
Gradients = dict[str, Array]


class ThreeLayerConvNet:
    """Convolution - ReLU - 2x2 max pooling - affine - ReLU - affine - softmax, with L2 regularization.

    ``W1`` holds the filters, shape (num_filters, C, filter_size, filter_size); ``W2`` has the shape (D, hidden_dim), where
    D counts what the pooling layer puts out for one image, and ``W3`` the shape (hidden_dim, num_classes). The biases are
    ``b1``, ``b2`` and ``b3``. Weights are drawn as weight_scale * np.random.randn(...), in the order W1, W2, W3, and biases
    are zero. All parameters have the dtype of the network.

    The convolution has stride 1 and such a padding that height and width stay. The pooling windows are 2x2 with stride 2;
    an odd last row or column of the image is dropped.

    Parameters
    ----------
    input_dim : (C, H, W) of an image.
    num_filters : number of filters.
    filter_size : height and width of a filter, an odd number.
    hidden_dim : number of units of the hidden affine layer.
    num_classes : number of classes.
    weight_scale : standard deviation of the weights at the start, at least 0.
    reg : strength of the L2 regularization, at least 0; may be changed later as the attribute ``reg``.
    dtype : type of the parameters and of all computation; float32 is fast, and float64 is for numeric gradient checks.

    Raises
    ------
    ValueError
        When filter_size is even: no equal padding on both sides then keeps the size of the image.

    Notes
    -----
    Source: LeCun et al. (1998), section II; book: convolution#network.
    """

    params: dict[str, Array]

    def __init__(
        self,
        input_dim: tuple[int, int, int] = (3, 32, 32),
        num_filters: int = 32,
        filter_size: int = 7,
        hidden_dim: int = 100,
        num_classes: int = 10,
        weight_scale: float = 1e-3,
        reg: float = 0.0,
        dtype: Any = np.float32,
    ) -> None:
        if filter_size % 2 == 0:
            raise ValueError(f"Invalid filter_size {filter_size}: it must be odd")
        self.params = {}
        self.reg = reg
        self.dtype = dtype
        self.conv_param = {"stride": 1, "pad": (filter_size - 1) // 2}
        self.pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
        raise NotImplementedError("Task three-layer-convnet (notebook ConvolutionalNetworks): complete ThreeLayerConvNet.__init__")

    def loss(self, X: Array, y: Array | None = None) -> Any:
        """Scores of a minibatch, or its loss and the gradients.

        Parameters
        ----------
        X : images, shape (N, C, H, W), of any number type.
        y : right classes, shape (N,); None to get only the scores.

        Returns
        -------
        scores : shape (N, num_classes); without y.
        loss, grads : a number, and a dictionary with the keys of ``params`` and arrays of the same shapes; with y.

        Notes
        -----
        Without y the result is only the array of scores. The loss is the softmax loss plus 0.5 * reg times the sum of the
        squares of W1, W2 and W3; biases are not regularized. grads has exactly the keys of params. X is cast to the dtype
        of the network, so that scores and gradients have it too. Neither X nor params is written into.
        """
        raise NotImplementedError("Task three-layer-convnet (notebook ConvolutionalNetworks): complete ThreeLayerConvNet.loss")
