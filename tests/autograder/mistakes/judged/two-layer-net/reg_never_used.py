"""Leaves the regularization for later."""

from coursenn.classifiers.fc_net import TwoLayerNet as _Right
from coursenn.layer_utils import affine_relu_backward, affine_relu_forward
from coursenn.layers import affine_backward, affine_forward, softmax_loss


class TwoLayerNet(_Right):
    def loss(self, X, y=None):
        p = self.params
        h, c1 = affine_relu_forward(X.astype(self.dtype), p["W1"], p["b1"])
        out, c2 = affine_forward(h, p["W2"], p["b2"])
        if y is None:
            return out
        grads = {}
        loss, dout = softmax_loss(out, y)
        dh, grads["W2"], grads["b2"] = affine_backward(dout, c2)
        _, grads["W1"], grads["b1"] = affine_relu_backward(dh, c1)
        return loss, grads
