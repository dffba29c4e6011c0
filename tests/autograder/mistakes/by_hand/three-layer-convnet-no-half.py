"""Layer by layer, with a sum over names."""

import numpy as np

from coursenn.classifiers.cnn import ThreeLayerConvNet as _Right
from coursenn.layers import (
    affine_backward,
    affine_forward,
    conv_backward_naive,
    conv_forward_naive,
    max_pool_backward_naive,
    max_pool_forward_naive,
    relu_backward,
    relu_forward,
    softmax_loss,
)


class ThreeLayerConvNet(_Right):
    def loss(self, X, y=None):
        p = self.params
        conv_param = {"stride": 1, "pad": (p["W1"].shape[-1] - 1) // 2}
        a, c1 = conv_forward_naive(X.astype(self.dtype), p["W1"], p["b1"], conv_param)
        a, c2 = relu_forward(a)
        a, c3 = max_pool_forward_naive(a, {"pool_height": 2, "pool_width": 2, "stride": 2})
        a, c4 = affine_forward(a, p["W2"], p["b2"])
        a, c5 = relu_forward(a)
        scores, c6 = affine_forward(a, p["W3"], p["b3"])
        if y is None:
            return scores
        loss, d = softmax_loss(scores, y)
        grads = {}
        d, grads["W3"], grads["b3"] = affine_backward(d, c6)
        d, grads["W2"], grads["b2"] = affine_backward(relu_backward(d, c5), c4)
        d = relu_backward(max_pool_backward_naive(d, c3), c2)
        _, grads["W1"], grads["b1"] = conv_backward_naive(d, c1)
        for name in filter(lambda n: n.startswith("W"), p):
            loss += self.reg * np.vdot(p[name], p[name])
            grads[name] = grads[name] + self.reg * p[name]
        return loss, grads
