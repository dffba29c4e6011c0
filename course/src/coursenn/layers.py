"""The layers of the course: for each one a forward and a backward function, side by side.

A forward function takes inputs and parameters and returns ``(out, cache)``. The matching backward function takes
the upstream gradient ``dout`` (the gradient of the loss with respect to ``out``, of the same shape) and that
``cache``, and returns one gradient per input, in the order of the inputs. What a cache holds is up to you: a backward
function only ever meets the cache of your own forward function.

Two rules hold for every function of this file: No argument is written into, except a dictionary where its description
says so. Arrays keep their precision: float32 in gives float32 out.

Letters: N examples, D features, M units, C channels or classes, H and W height and width, F filters.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

MODES = ("train", "test")


def check_mode(mode: str, layer: str) -> None:
    """Raise a ``ValueError`` that names the allowed modes unless ``mode`` is one of them."""
    if mode not in MODES:
        raise ValueError(f"Invalid forward {layer} mode {mode!r}: use 'train' or 'test'")


def check_window(image: tuple[int, ...], window: tuple[int, ...]) -> None:
    """Raise a ``ValueError`` when a window is higher or wider than the (padded) image it should move over."""
    if window[0] > image[0] or window[1] > image[1]:
        raise ValueError(f"a window of {window[0]} x {window[1]} does not fit into an image of {image[0]} x {image[1]}, padding included")


# ---------------------------------------------------------------- affine, ReLU


def affine_forward(x: Array, w: Array, b: Array) -> tuple[Array, Any]:
    """Forward pass of an affine (fully connected) layer.

    Each example is flattened to a row of D = d_1 * ... * d_k numbers, multiplied by the weights, and the biases are
    added. Any number of dimensions d_1, ..., d_k is allowed.

    Parameters
    ----------
    x : inputs, shape (N, d_1, ..., d_k).
    w : weights, shape (D, M).
    b : biases, shape (M,).

    Returns
    -------
    out : outputs, shape (N, M).
    cache : whatever `affine_backward` needs.

    Notes
    -----
    No argument is written into. The output of float32 arguments is float32.

    Source: Goodfellow, Bengio and Courville (2016), section 6.1; book: affine-relu-losses#affine.
    """
    raise NotImplementedError("Task affine-forward (notebook FullyConnectedNets): complete affine_forward in coursenn/layers.py")


def affine_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Backward pass of an affine layer.

    Parameters
    ----------
    dout : upstream gradient, shape (N, M).
    cache : what `affine_forward` returned.

    Returns
    -------
    dx : gradient of x, in the shape of x: (N, d_1, ..., d_k).
    dw : gradient of w, shape (D, M).
    db : gradient of b, shape (M,).

    Notes
    -----
    Each gradient has the shape of the array it belongs to. The gradients of float32 arrays are float32.
    No argument is written into.

    Source: Goodfellow, Bengio and Courville (2016), section 6.5; book: affine-relu-losses#affine.
    """
    raise NotImplementedError("Task affine-backward (notebook FullyConnectedNets): complete affine_backward in coursenn/layers.py")


def relu_forward(x: Array) -> tuple[Array, Any]:
    """Forward pass of a layer of rectified linear units, ``max(0, x)`` for each entry.

    Parameters
    ----------
    x : inputs of any shape.

    Returns
    -------
    out : outputs, in the shape of x.
    cache : whatever `relu_backward` needs.

    Notes
    -----
    Negative entries become zero and all others stay as they are. The input is not written into.

    Source: Nair and Hinton (2010); book: affine-relu-losses#relu.
    """
    raise NotImplementedError("Task relu-forward (notebook FullyConnectedNets): complete relu_forward in coursenn/layers.py")


def relu_backward(dout: Array, cache: Any) -> Array:
    """Backward pass of a layer of rectified linear units.

    Parameters
    ----------
    dout : upstream gradient, of any shape.
    cache : what `relu_forward` returned.

    Returns
    -------
    dx : gradient of x, in the shape of x.

    Notes
    -----
    The gradient passes where x is positive and is zero elsewhere. At x = 0, where the function has no derivative,
    this course takes 0. The upstream gradient is not written into.

    Source: Nair and Hinton (2010); book: affine-relu-losses#relu.
    """
    raise NotImplementedError("Task relu-backward (notebook FullyConnectedNets): complete relu_backward in coursenn/layers.py")


# ---------------------------------------------------------------- losses


def softmax_loss(x: Array, y: Array) -> tuple[float, Array]:
    """Loss and gradient of the softmax classifier (cross-entropy).

    The loss of one example is minus the logarithm of the probability that the softmax of its scores gives to the right
    class.

    Parameters
    ----------
    x : scores, shape (N, C), of a floating-point type.
    y : right classes, shape (N,), integers of 0 .. C-1.

    Returns
    -------
    loss : a number.
    dx : gradient of the loss with respect to x, shape (N, C).

    Notes
    -----
    The loss is the mean over the N examples. Scores of any size, such as 1e4 or -1e4, give a finite loss and a finite
    gradient. Adding one number to all scores of an example changes nothing. No argument is written into.

    Source: Goodfellow, Bengio and Courville (2016), sections 4.1 and 6.2.2.3; book: affine-relu-losses#softmax.
    """
    raise NotImplementedError("Task softmax-loss (notebook FullyConnectedNets): complete softmax_loss in coursenn/layers.py")


def svm_loss(x: Array, y: Array) -> tuple[float, Array]:
    """Loss and gradient of the multiclass support vector machine (hinge loss).

    Every wrong class costs ``max(0, score - right score + 1)``.

    Parameters
    ----------
    x : scores, shape (N, C), of a floating-point type.
    y : right classes, shape (N,), integers of 0 .. C-1.

    Returns
    -------
    loss : a number.
    dx : gradient of the loss with respect to x, shape (N, C).

    Notes
    -----
    The margin is 1 and the loss is the mean over the N examples. The right class itself costs nothing.
    No argument is written into.

    Source: Weston and Watkins (1999); book: affine-relu-losses#hinge.
    """
    raise NotImplementedError("Task svm-loss (notebook FullyConnectedNets): complete svm_loss in coursenn/layers.py")


# ---------------------------------------------------------------- normalization


def batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: dict[str, Any]) -> tuple[Array, Any]:
    """Forward pass of batch normalization.

    ``out = gamma * (x - mean) / sqrt(var + eps) + beta``, feature by feature.

    In training mode each feature is normalized with the mean and the uncorrected (1/N) variance of the minibatch.
    In test mode each feature is normalized with running_mean and running_var instead, so that the output for one
    example does not depend on the others.

    In training mode running_mean and running_var are updated as momentum * running + (1 - momentum) * sample, where
    sample is the mean or the uncorrected variance of the minibatch, and written back into bn_param. In test mode they stay
    as they are. The paper estimates the statistics for test time in a pass of their own over many training images;
    running averages save that pass, and the first batch-norm layers of torch7 used them too.

    Parameters
    ----------
    x : inputs, shape (N, D), of a floating-point type.
    gamma : scales, shape (D,).
    beta : shifts, shape (D,).
    bn_param : a dictionary with the keys

        - ``mode``: ``"train"`` or ``"test"``; required;
        - ``eps``: added to the variance under the root, above 0; default 1e-5;
        - ``momentum``: of the running averages, 0 .. 1; default 0.9;
        - ``running_mean``, ``running_var``: shape (D,); default zeros of the dtype of x. After the call both keys are
          there, in either mode.

    Returns
    -------
    out : outputs, shape (N, D).
    cache : whatever `batchnorm_backward` and `batchnorm_backward_alt` need; None in test mode.

    Raises
    ------
    ValueError
        A mode other than "train" and "test" is a ValueError that names the two.

    Notes
    -----
    x, gamma, beta and the arrays of bn_param are not written into; bn_param gets new arrays. With float32 inputs the
    output and the running averages are float32. Features whose variance is as small as eps are normalized like all
    others, eps included.

    Source: Ioffe and Szegedy (2015), algorithms 1 and 2; book: batch-normalization#forward.
    """
    check_mode(bn_param["mode"], "batchnorm")
    raise NotImplementedError("Task batchnorm-forward (notebook BatchNormalization): complete batchnorm_forward in coursenn/layers.py")


def batchnorm_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Backward pass of batch normalization in training mode, step by step through the graph of the forward pass.

    Draw the forward pass as a graph of single operations, go through it from the output to the input, and add up the
    gradients where several ways lead back to the same value.

    Parameters
    ----------
    dout : upstream gradient, shape (N, D).
    cache : what `batchnorm_forward` returned in training mode.

    Returns
    -------
    dx : gradient of x, shape (N, D).
    dgamma : gradient of gamma, shape (D,).
    dbeta : gradient of beta, shape (D,).

    Notes
    -----
    The mean and the variance depend on x, and their gradients are part of dx. The gradients are right for every eps
    above 0 and every size of x, also when the variance of a feature is as small as eps. The upstream gradient is not
    written into.

    Source: Ioffe and Szegedy (2015), section 3; book: batch-normalization#backward.
    """
    raise NotImplementedError("Task batchnorm-backward (notebook BatchNormalization): complete batchnorm_backward in coursenn/layers.py")


def batchnorm_backward_alt(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Backward pass of batch normalization in training mode, by the formula that remains after simplifying on paper.

    Derive the gradient of x on paper and simplify it as far as it goes: one expression of about 80 characters is
    enough. It agrees with `batchnorm_backward` up to rounding and takes fewer operations.

    Parameters
    ----------
    dout : upstream gradient, shape (N, D).
    cache : what `batchnorm_forward` returned in training mode, the same as for `batchnorm_backward`.

    Returns
    -------
    dx : gradient of x, shape (N, D).
    dgamma : gradient of gamma, shape (D,).
    dbeta : gradient of beta, shape (D,).

    Notes
    -----
    The results are those of batchnorm_backward up to rounding, from the same cache. It does not call
    `batchnorm_backward`. The upstream gradient is not written into.

    Source: Ioffe and Szegedy (2015), section 3; book: batch-normalization#one-line.
    """
    raise NotImplementedError("Task batchnorm-backward-alt (notebook BatchNormalization): complete batchnorm_backward_alt")


def layernorm_forward(x: Array, gamma: Array, beta: Array, ln_param: dict[str, Any]) -> tuple[Array, Any]:
    """Forward pass of layer normalization.

    ``out = gamma * (x - mean) / sqrt(var + eps) + beta``, where mean and variance belong to one example.

    Each example is normalized with the mean and the uncorrected (1/D) variance of its own D features. Training and test
    time are the same: there are no running averages, and other keys of ln_param, such as a mode, are ignored.

    Parameters
    ----------
    x : inputs, shape (N, D), of a floating-point type.
    gamma : scales, shape (D,).
    beta : shifts, shape (D,).
    ln_param : a dictionary with the key ``eps``: added to the variance under the root, above 0; default 1e-5.

    Returns
    -------
    out : outputs, shape (N, D).
    cache : whatever `layernorm_backward` needs.

    Notes
    -----
    gamma and beta act on each feature, as in batch normalization. No argument is written into.
    With float32 inputs the output is float32.

    Source: Ba, Kiros and Hinton (2016), section 3; book: layer-and-group-normalization#layer.
    """
    raise NotImplementedError("Task layernorm-forward (notebook BatchNormalization): complete layernorm_forward in coursenn/layers.py")


def layernorm_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Backward pass of layer normalization.

    Parameters
    ----------
    dout : upstream gradient, shape (N, D).
    cache : what `layernorm_forward` returned.

    Returns
    -------
    dx : gradient of x, shape (N, D).
    dgamma : gradient of gamma, shape (D,).
    dbeta : gradient of beta, shape (D,).

    Notes
    -----
    dgamma and dbeta are sums over the N examples, since all examples share gamma and beta. The gradients are right also
    when the variance of an example is as small as eps. The upstream gradient is not written into.

    Source: Ba, Kiros and Hinton (2016), section 3; book: layer-and-group-normalization#layer.
    """
    raise NotImplementedError("Task layernorm-backward (notebook BatchNormalization): complete layernorm_backward in coursenn/layers.py")


# ---------------------------------------------------------------- dropout


def dropout_forward(x: Array, dropout_param: dict[str, Any]) -> tuple[Array, Any]:
    """Forward pass of inverted dropout.

    In training mode every entry is kept with probability p, on its own, and set to zero otherwise. Entries that are kept
    are divided by p, so that the expected output is x. In test mode the output equals the input.

    p is the probability of keeping an entry. Some texts call the probability of dropping it p.

    Parameters
    ----------
    x : inputs of any shape.
    dropout_param : a dictionary with the keys

        - ``p``: probability of keeping an entry, above 0 and at most 1; required;
        - ``mode``: ``"train"`` or ``"test"``; required;
        - ``seed``: optional; with it the same seed gives the same mask at every call, and without it every call draws a
          new one. It seeds numpy's global generator with ``np.random.seed``, so that the printed numbers of this course
          come back.

    Returns
    -------
    out : outputs, in the shape and the dtype of x.
    cache : whatever `dropout_backward` needs.

    Raises
    ------
    ValueError
        A mode other than "train" and "test" is a ValueError that names the two. A p outside of 0 < p <= 1 is one as
        well.

    Notes
    -----
    No argument is written into. With float32 inputs the output is float32.

    Source: Srivastava et al. (2014), sections 4 and 10; book: dropout#forward.
    """
    check_mode(dropout_param["mode"], "dropout")
    if not 0 < dropout_param["p"] <= 1:
        raise ValueError(f"Invalid dropout p {dropout_param['p']!r}: the probability of keeping must be above 0 and at most 1")
    raise NotImplementedError("Task dropout-forward (notebook Dropout): complete dropout_forward in coursenn/layers.py")


def dropout_backward(dout: Array, cache: Any) -> Array:
    """Backward pass of inverted dropout.

    Parameters
    ----------
    dout : upstream gradient, of any shape.
    cache : what `dropout_forward` returned.

    Returns
    -------
    dx : gradient of x, in the shape of x.

    Notes
    -----
    In training mode the gradient passes through the very mask of the forward pass, scaled as the output was. In test mode
    the gradient passes unchanged. The upstream gradient is not written into, and the gradient of a float32 array is float32.

    Source: Srivastava et al. (2014), section 5.1; book: dropout#backward.
    """
    raise NotImplementedError("Task dropout-backward (notebook Dropout): complete dropout_backward in coursenn/layers.py")


# ---------------------------------------------------------------- convolution, pooling


def conv_forward_naive(x: Array, w: Array, b: Array, conv_param: dict[str, int]) -> tuple[Array, Any]:
    """Forward pass of a convolutional layer, written for reading and not for speed.

    Every filter moves over the zero-padded images in steps of ``stride``; at each place its output is the sum of
    products of the filter with the window below it, plus the filter's bias. The filter is not flipped.

    The output has the floor size: H' = 1 + floor((H + 2 * pad - HH) / stride), and W' likewise.
    Any stride, padding and filter shape is allowed; windows that do not fit are dropped.

    Parameters
    ----------
    x : images, shape (N, C, H, W).
    w : filters, shape (F, C, HH, WW).
    b : biases, shape (F,).
    conv_param : a dictionary with the keys

        - ``stride``: pixels between neighbouring windows, in both directions, at least 1;
        - ``pad``: rows and columns of zeros on each of the four sides, at least 0.

    Returns
    -------
    out : outputs, shape (N, F, H', W').
    cache : whatever `conv_backward_naive` needs.

    Raises
    ------
    ValueError
        A filter that is higher or wider than the padded image is a ValueError.

    Notes
    -----
    Padding adds the zeros on all four sides of each image. No argument is written into. With float32 arguments the
    output is float32. `fast_layers` and `im2col` are not available to this function when it is graded.

    Source: Dumoulin and Visin (2016), chapters 1 and 2; book: convolution#forward.
    """
    check_window((x.shape[2] + 2 * conv_param["pad"], x.shape[3] + 2 * conv_param["pad"]), w.shape[2:])
    raise NotImplementedError("Task conv-forward (notebook ConvolutionalNetworks): complete conv_forward_naive in coursenn/layers.py")


def conv_backward_naive(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Backward pass of a convolutional layer, written for reading and not for speed.

    Parameters
    ----------
    dout : upstream gradient, shape (N, F, H', W').
    cache : what `conv_forward_naive` returned.

    Returns
    -------
    dx : gradient of x, shape (N, C, H, W), without the padding.
    dw : gradient of w, shape (F, C, HH, WW).
    db : gradient of b, shape (F,).

    Notes
    -----
    Any stride, padding and filter shape is allowed. Pixels that no window covers get gradient zero, and where windows
    overlap the gradients add up. No argument is written into. The gradients of float32 arrays are float32.
    `fast_layers` and `im2col` are not available to this function when it is graded.

    Source: Dumoulin and Visin (2016), chapter 4; book: convolution#backward.
    """
    raise NotImplementedError("Task conv-backward (notebook ConvolutionalNetworks): complete conv_backward_naive in coursenn/layers.py")


def max_pool_forward_naive(x: Array, pool_param: dict[str, int]) -> tuple[Array, Any]:
    """Forward pass of a max-pooling layer, written for reading and not for speed.

    Each output is the largest entry of its window, in each channel on its own.

    The output has the floor size: H' = 1 + floor((H - pool_height) / stride), and W' likewise.
    Windows may overlap, leave gaps and be non-square; windows that do not fit are dropped.

    Parameters
    ----------
    x : images, shape (N, C, H, W).
    pool_param : a dictionary with the keys

        - ``pool_height``, ``pool_width``: size of a window, at least 1;
        - ``stride``: pixels between neighbouring windows, in both directions, at least 1.

    Returns
    -------
    out : outputs, shape (N, C, H', W').
    cache : whatever `max_pool_backward_naive` needs.

    Raises
    ------
    ValueError
        A window that is higher or wider than the image is a ValueError.

    Notes
    -----
    There is no padding. Windows of negative numbers only have a negative maximum. No argument is written into.
    `fast_layers` and `im2col` are not available to this function when it is graded.

    Source: Dumoulin and Visin (2016), chapter 3; book: convolution#pooling.
    """
    check_window(x.shape[2:], (pool_param["pool_height"], pool_param["pool_width"]))
    raise NotImplementedError("Task max-pool-forward (notebook ConvolutionalNetworks): complete max_pool_forward_naive")


def max_pool_backward_naive(dout: Array, cache: Any) -> Array:
    """Backward pass of a max-pooling layer, written for reading and not for speed.

    Parameters
    ----------
    dout : upstream gradient, shape (N, C, H', W').
    cache : what `max_pool_forward_naive` returned.

    Returns
    -------
    dx : gradient of x, shape (N, C, H, W).

    Notes
    -----
    The gradient of each output goes to the largest entry of its window, and where windows overlap the gradients add up.
    Entries that are in no window get gradient zero. Between equal largest entries any choice is right, or any split that
    adds up; the reference takes the first, row by row. The upstream gradient is not written into.
    `fast_layers` and `im2col` are not available to this function when it is graded.

    Source: Boureau, Ponce and LeCun (2010); book: convolution#pooling.
    """
    raise NotImplementedError("Task max-pool-backward (notebook ConvolutionalNetworks): complete max_pool_backward_naive")


# ---------------------------------------------------------------- normalization of images


def spatial_batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: dict[str, Any]) -> tuple[Array, Any]:
    """Forward pass of spatial batch normalization.

    In training mode each channel is normalized with the mean and the uncorrected variance over all images and all
    positions (the N, H and W axes). In test mode each channel is normalized with its running averages instead.

    Parameters
    ----------
    x : images, shape (N, C, H, W), of a floating-point type.
    gamma : scales, shape (C,); integers are allowed.
    beta : shifts, shape (C,); integers are allowed.
    bn_param : the dictionary that `batchnorm_forward` describes, with running averages of shape (C,).

    Returns
    -------
    out : outputs, shape (N, C, H, W).
    cache : whatever `spatial_batchnorm_backward` needs; None in test mode.

    Raises
    ------
    ValueError
        A mode other than "train" and "test" is a ValueError that names the two.

    Notes
    -----
    running_mean and running_var, one number per channel, are updated as momentum * running + (1 - momentum) * sample
    in training mode and written back into bn_param. No other argument is written into. The running averages and the
    output of float32 images are float32.

    Source: Ioffe and Szegedy (2015), section 3.2; book: layer-and-group-normalization#spatial.
    """
    check_mode(bn_param["mode"], "batchnorm")
    raise NotImplementedError("Task spatial-batchnorm-forward (notebook ConvolutionalNetworks): complete spatial_batchnorm_forward")


def spatial_batchnorm_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Backward pass of spatial batch normalization in training mode.

    Parameters
    ----------
    dout : upstream gradient, shape (N, C, H, W).
    cache : what `spatial_batchnorm_forward` returned in training mode.

    Returns
    -------
    dx : gradient of x, shape (N, C, H, W).
    dgamma : gradient of gamma, shape (C,).
    dbeta : gradient of beta, shape (C,).

    Notes
    -----
    The gradients of gamma and beta are sums over all images and all positions. The upstream gradient is not written into.

    Source: Ioffe and Szegedy (2015), section 3.2; book: layer-and-group-normalization#spatial.
    """
    raise NotImplementedError("Task spatial-batchnorm-backward (notebook ConvolutionalNetworks): complete spatial_batchnorm_backward")


def spatial_groupnorm_forward(x: Array, gamma: Array, beta: Array, G: int, gn_param: dict[str, Any]) -> tuple[Array, Any]:
    """Forward pass of spatial group normalization.

    The C channels of an image are split into G groups of C / G neighbouring channels. Each group of each image is
    normalized with the mean and the uncorrected variance of its own entries. Training and test time are the same: there
    are no running averages, and other keys of gn_param, such as a mode, are ignored.

    Parameters
    ----------
    x : images, shape (N, C, H, W), of a floating-point type.
    gamma : scales, one per channel, shape (1, C, 1, 1); integers are allowed.
    beta : shifts, one per channel, shape (1, C, 1, 1); integers are allowed.
    G : number of groups, a divisor of C.
    gn_param : a dictionary with the key ``eps``: added to the variance under the root, above 0; default 1e-5.

    Returns
    -------
    out : outputs, shape (N, C, H, W).
    cache : whatever `spatial_groupnorm_backward` needs.

    Raises
    ------
    ValueError
        A G that does not divide the number of channels is a ValueError.

    Notes
    -----
    gamma and beta act on each channel, after the groups are normalized. No argument is written into.
    With float32 inputs the output is float32.

    Source: Wu and He (2018), section 3; book: layer-and-group-normalization#group.
    """
    if G < 1 or x.shape[1] % G:
        raise ValueError(f"Invalid number of groups {G}: it must divide the {x.shape[1]} channels")
    raise NotImplementedError("Task spatial-groupnorm-forward (notebook ConvolutionalNetworks): complete spatial_groupnorm_forward")


def spatial_groupnorm_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Backward pass of spatial group normalization.

    Parameters
    ----------
    dout : upstream gradient, shape (N, C, H, W).
    cache : what `spatial_groupnorm_forward` returned.

    Returns
    -------
    dx : gradient of x, shape (N, C, H, W).
    dgamma : gradient of gamma, shape (1, C, 1, 1).
    dbeta : gradient of beta, shape (1, C, 1, 1).

    Notes
    -----
    The gradients of gamma and beta have the shape (1, C, 1, 1) and are sums over all images and all positions.
    The upstream gradient is not written into.

    Source: Wu and He (2018), section 3; book: layer-and-group-normalization#group.
    """
    raise NotImplementedError("Task spatial-groupnorm-backward (notebook ConvolutionalNetworks): complete spatial_groupnorm_backward")
