"""Sandwiches: two to four layers that usually stand together, as one forward and one backward function.

A sandwich calls the functions of `layers` (and, for images, the fast ones of `fast_layers`); its cache holds the caches of
its parts. No argument is written into, except the normalization dictionary, as `batchnorm_forward` says.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .fast_layers import conv_backward_fast, conv_forward_fast, max_pool_backward_fast, max_pool_forward_fast
from .layers import (
    affine_backward,
    affine_forward,
    batchnorm_backward_alt,
    batchnorm_forward,
    layernorm_backward,
    layernorm_forward,
    relu_backward,
    relu_forward,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
)

Array = np.ndarray[Any, np.dtype[Any]]

NORMALIZATIONS = ("batchnorm", "layernorm")


def affine_relu_forward(x: Array, w: Array, b: Array) -> tuple[Array, Any]:
    """Affine layer followed by a ReLU.

    Parameters
    ----------
    x : inputs, shape (N, d_1, ..., d_k).
    w : weights, shape (D, M) with D = d_1 * ... * d_k.
    b : biases, shape (M,).

    Returns
    -------
    out : outputs of the ReLU, shape (N, M).
    cache : whatever `affine_relu_backward` needs.

    Notes
    -----
    The result is that of relu_forward applied to the output of affine_forward. No argument is written into.

    Source: book: affine-relu-losses#sandwich.
    """
    raise NotImplementedError("Task affine-relu (notebook FullyConnectedNets): complete affine_relu_forward in coursenn/layer_utils.py")


def affine_relu_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Backward pass of affine - ReLU.

    Parameters
    ----------
    dout : upstream gradient, shape (N, M).
    cache : what `affine_relu_forward` returned.

    Returns
    -------
    dx, dw, db : gradients of x, w and b, each in the shape of its array.

    Notes
    -----
    The gradients are those of the whole sandwich. The upstream gradient is not written into.

    Source: book: affine-relu-losses#sandwich.
    """
    raise NotImplementedError("Task affine-relu (notebook FullyConnectedNets): complete affine_relu_backward in coursenn/layer_utils.py")


def affine_norm_relu_forward(
    x: Array, w: Array, b: Array, gamma: Array, beta: Array, norm_param: dict[str, Any], normalization: str
) -> tuple[Array, Any]:
    """Affine layer, batch or layer normalization, ReLU.

    Parameters
    ----------
    x : inputs, shape (N, d_1, ..., d_k).
    w : weights, shape (D, M) with D = d_1 * ... * d_k.
    b : biases, shape (M,).
    gamma : scales of the normalization, shape (M,).
    beta : shifts of the normalization, shape (M,).
    norm_param : the dictionary that `batchnorm_forward` or `layernorm_forward` takes.
    normalization : ``"batchnorm"`` or ``"layernorm"``.

    Returns
    -------
    out : outputs of the ReLU, shape (N, M).
    cache : whatever `affine_norm_relu_backward` needs. It also knows which normalization it belongs to.

    Raises
    ------
    ValueError
        A normalization other than "batchnorm" and "layernorm" is a ValueError that names the two.

    Notes
    -----
    The normalization comes between the affine layer and the ReLU. With batch normalization in training mode the running
    averages in norm_param are updated. No other argument is written into.

    Source: Ioffe and Szegedy (2015), section 3.2; book: batch-normalization#sandwich.
    """
    if normalization not in NORMALIZATIONS:
        raise ValueError(f"Invalid normalization {normalization!r}: use 'batchnorm' or 'layernorm'")
    raise NotImplementedError("Task affine-norm-relu (notebook BatchNormalization): complete affine_norm_relu_forward")


def affine_norm_relu_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array, Array, Array]:
    """Backward pass of affine - normalization - ReLU.

    Parameters
    ----------
    dout : upstream gradient, shape (N, M).
    cache : what `affine_norm_relu_forward` returned, in training mode when it was a batch normalization.

    Returns
    -------
    dx, dw, db, dgamma, dbeta : gradients of x, w, b, gamma and beta, each in the shape of its array.

    Notes
    -----
    The gradients are those of the whole sandwich. The gradient of b is zero up to rounding under batch normalization.
    The upstream gradient is not written into.

    Source: Ioffe and Szegedy (2015), section 3.2; book: batch-normalization#sandwich.
    """
    raise NotImplementedError("Task affine-norm-relu (notebook BatchNormalization): complete affine_norm_relu_backward")


def conv_relu_forward(x: Array, w: Array, b: Array, conv_param: dict[str, int]) -> tuple[Array, Any]:
    """Convolution followed by a ReLU.

    Parameters
    ----------
    x : images, shape (N, C, H, W).
    w : filters, shape (F, C, HH, WW).
    b : biases, shape (F,).
    conv_param : the dictionary that `conv_forward_naive` describes.

    Returns
    -------
    out : outputs of the ReLU, shape (N, F, H', W').
    cache : whatever `conv_relu_backward` needs.

    Notes
    -----
    The convolution is the fast one of `fast_layers`, whose results are those of the naive layer.
    No argument is written into.

    Source: book: convolution#sandwich.
    """
    raise NotImplementedError("Task conv-relu (notebook ConvolutionalNetworks): complete conv_relu_forward in coursenn/layer_utils.py")


def conv_relu_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Backward pass of convolution - ReLU.

    Parameters
    ----------
    dout : upstream gradient, shape (N, F, H', W').
    cache : what `conv_relu_forward` returned.

    Returns
    -------
    dx, dw, db : gradients of x, w and b, each in the shape of its array.

    Notes
    -----
    The gradients are those of the whole sandwich. The upstream gradient is not written into.

    Source: book: convolution#sandwich.
    """
    raise NotImplementedError("Task conv-relu (notebook ConvolutionalNetworks): complete conv_relu_backward in coursenn/layer_utils.py")


def conv_bn_relu_forward(
    x: Array, w: Array, b: Array, gamma: Array, beta: Array, conv_param: dict[str, int], bn_param: dict[str, Any]
) -> tuple[Array, Any]:
    """Convolution, spatial batch normalization, ReLU.

    Parameters
    ----------
    x : images, shape (N, C, H, W).
    w : filters, shape (F, C, HH, WW).
    b : biases, shape (F,).
    gamma : scales of the normalization, shape (F,).
    beta : shifts of the normalization, shape (F,).
    conv_param : the dictionary that `conv_forward_naive` describes.
    bn_param : the dictionary that `spatial_batchnorm_forward` describes.

    Returns
    -------
    out : outputs of the ReLU, shape (N, F, H', W').
    cache : whatever `conv_bn_relu_backward` needs.

    Raises
    ------
    ValueError
        A mode other than "train" and "test" is a ValueError that names the two.

    Notes
    -----
    The normalization comes between the convolution and the ReLU. In training mode the running averages in bn_param
    are updated. No other argument is written into.

    Source: Ioffe and Szegedy (2015), section 3.2; book: convolution#sandwich.
    """
    raise NotImplementedError("Task conv-bn-relu (notebook ConvolutionalNetworks): complete conv_bn_relu_forward")


def conv_bn_relu_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array, Array, Array]:
    """Backward pass of convolution - spatial batch normalization - ReLU.

    Parameters
    ----------
    dout : upstream gradient, shape (N, F, H', W').
    cache : what `conv_bn_relu_forward` returned in training mode.

    Returns
    -------
    dx, dw, db, dgamma, dbeta : gradients of x, w, b, gamma and beta, each in the shape of its array.

    Notes
    -----
    The gradients are those of the whole sandwich. The gradient of b is zero up to rounding. The upstream gradient is not
    written into.

    Source: Ioffe and Szegedy (2015), section 3.2; book: convolution#sandwich.
    """
    raise NotImplementedError("Task conv-bn-relu (notebook ConvolutionalNetworks): complete conv_bn_relu_backward")


def conv_relu_pool_forward(x: Array, w: Array, b: Array, conv_param: dict[str, int], pool_param: dict[str, int]) -> tuple[Array, Any]:
    """Convolution, ReLU, max pooling.

    Parameters
    ----------
    x : images, shape (N, C, H, W).
    w : filters, shape (F, C, HH, WW).
    b : biases, shape (F,).
    conv_param : the dictionary that `conv_forward_naive` describes.
    pool_param : the dictionary that `max_pool_forward_naive` describes.

    Returns
    -------
    out : outputs of the pooling layer, shape (N, F, H'', W'').
    cache : whatever `conv_relu_pool_backward` needs.

    Notes
    -----
    Convolution and pooling are the fast ones of `fast_layers`, whose results are those of the naive layers.
    No argument is written into.

    Source: book: convolution#sandwich.
    """
    raise NotImplementedError("Task conv-relu-pool (notebook ConvolutionalNetworks): complete conv_relu_pool_forward")


def conv_relu_pool_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Backward pass of convolution - ReLU - max pooling.

    Parameters
    ----------
    dout : upstream gradient, shape (N, F, H'', W'').
    cache : what `conv_relu_pool_forward` returned.

    Returns
    -------
    dx, dw, db : gradients of x, w and b, each in the shape of its array.

    Notes
    -----
    The gradients are those of the whole sandwich. The upstream gradient is not written into.

    Source: book: convolution#sandwich.
    """
    raise NotImplementedError("Task conv-relu-pool (notebook ConvolutionalNetworks): complete conv_relu_pool_backward")
