"""Sandwiches for all layers."""

import numpy as np

from coursenn.classifiers.cnn import ThreeLayerConvNet as _Right
from coursenn.layer_utils import affine_relu_backward, affine_relu_forward, conv_relu_pool_backward, conv_relu_pool_forward
from coursenn.layers import softmax_loss


class ThreeLayerConvNet(_Right):
    def loss(self, X, y=None):
        W1, b1, W2, b2, W3, b3 = (self.params[k] for k in ("W1", "b1", "W2", "b2", "W3", "b3"))
        a1, c1 = conv_relu_pool_forward(X.astype(self.dtype), W1, b1, self.conv_param, self.pool_param)
        a2, c2 = affine_relu_forward(a1, W2, b2)
        a3, c3 = affine_relu_forward(a2, W3, b3)
        if y is None:
            return a3
        loss, d3 = softmax_loss(a3, y)
        loss += 0.5 * self.reg * sum(np.sum(W * W) for W in (W1, W2, W3))
        d2, dW3, db3 = affine_relu_backward(d3, c3)
        d1, dW2, db2 = affine_relu_backward(d2, c2)
        _, dW1, db1 = conv_relu_pool_backward(d1, c1)
        grads = {"W1": dW1 + self.reg * W1, "W2": dW2 + self.reg * W2, "W3": dW3 + self.reg * W3}
        return loss, {**grads, "b1": db1, "b2": db2, "b3": db3}
