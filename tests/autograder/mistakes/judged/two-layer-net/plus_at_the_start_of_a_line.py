"""The second line of the penalty is a statement of its own."""

import numpy as np

from coursenn.classifiers.fc_net import TwoLayerNet as _Right
from coursenn.layer_utils import affine_relu_backward, affine_relu_forward
from coursenn.layers import affine_backward, affine_forward, softmax_loss


class TwoLayerNet(_Right):
    def loss(self, X, y=None):
        W1, b1, W2, b2 = self.params["W1"], self.params["b1"], self.params["W2"], self.params["b2"]
        a1, cache1 = affine_relu_forward(X.astype(self.dtype), W1, b1)
        scores, cache2 = affine_forward(a1, W2, b2)
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * self.reg * np.sum(W1 * W1)
        +0.5 * self.reg * np.sum(W2 * W2)
        grads = {}
        da1, dW2, grads["b2"] = affine_backward(dscores, cache2)
        dx, dW1, grads["b1"] = affine_relu_backward(da1, cache1)
        grads["W1"] = dW1 + self.reg * W1
        grads["W2"] = dW2 + self.reg * W2
        return loss, grads
