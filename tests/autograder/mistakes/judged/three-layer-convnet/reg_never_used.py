"""Stores reg as an attribute and never uses it."""

from coursenn.classifiers.cnn import ThreeLayerConvNet as _Right
from coursenn.layer_utils import affine_relu_backward, affine_relu_forward, conv_relu_pool_backward, conv_relu_pool_forward
from coursenn.layers import affine_backward, affine_forward, softmax_loss


class ThreeLayerConvNet(_Right):
    def loss(self, X, y=None):
        p = self.params
        a, c1 = conv_relu_pool_forward(X.astype(self.dtype), p["W1"], p["b1"], self.conv_param, self.pool_param)
        a, c2 = affine_relu_forward(a, p["W2"], p["b2"])
        scores, c3 = affine_forward(a, p["W3"], p["b3"])
        if y is None:
            return scores
        loss, d = softmax_loss(scores, y)
        grads = {}
        d, grads["W3"], grads["b3"] = affine_backward(d, c3)
        d, grads["W2"], grads["b2"] = affine_relu_backward(d, c2)
        d, grads["W1"], grads["b1"] = conv_relu_pool_backward(d, c1)
        return loss, grads
