"""The backward loop goes through the list of caches from the start."""

import numpy as np

from coursenn.classifiers.fc_net import FullyConnectedNetBasic as _Right
from coursenn.layers import affine_backward, affine_forward, softmax_loss


class FullyConnectedNetBasic(_Right):
    def loss(self, X, y=None):
        h, fcs, masks = X.reshape(len(X), -1).astype(self.dtype), [], []
        for i in range(self.num_layers - 1):
            h, fc = affine_forward(h, self.params[f"W{i + 1}"], self.params[f"b{i + 1}"])
            fcs.append(fc)
            masks.append(h > 0)
            h = h * masks[-1]
        scores, last = affine_forward(h, self.params[f"W{self.num_layers}"], self.params[f"b{self.num_layers}"])
        if y is None:
            return scores
        loss, d = softmax_loss(scores, y)
        grads = {}
        d, grads[f"W{self.num_layers}"], grads[f"b{self.num_layers}"] = affine_backward(d, last)
        for k, (fc, mask) in enumerate(zip(fcs, masks, strict=True)):
            i = self.num_layers - 1 - k
            d, grads[f"W{i}"], grads[f"b{i}"] = affine_backward(d * mask, fc)
        for i in range(1, self.num_layers + 1):
            loss += 0.5 * self.reg * np.sum(self.params[f"W{i}"] ** 2)
            grads[f"W{i}"] = grads[f"W{i}"] + self.reg * self.params[f"W{i}"]
        return loss, grads
