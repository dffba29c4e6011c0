"""The mode is set at the start and never changed."""

from coursenn import layers
from coursenn.classifiers.fc_net import FullyConnectedNet as _Right


class FullyConnectedNet(_Right):
    def _hidden(self, out, i):
        out, fc = layers.affine_forward(out, self.params[f"W{i}"], self.params[f"b{i}"])
        norm = None
        if self.normalization == "batchnorm":
            out, norm = layers.batchnorm_forward(out, self.params[f"gamma{i}"], self.params[f"beta{i}"], self.bn_params[i - 1])
        elif self.normalization == "layernorm":
            out, norm = layers.layernorm_forward(out, self.params[f"gamma{i}"], self.params[f"beta{i}"], self.bn_params[i - 1])
        out, relu = layers.relu_forward(out)
        return out, (fc, norm, relu)

    def loss(self, X, y=None):
        out, caches, L = X.astype(self.dtype), {}, self.num_layers
        for i in range(1, L):
            out, caches[i] = self._hidden(out, i)
        scores, last = layers.affine_forward(out, self.params[f"W{L}"], self.params[f"b{L}"])
        if y is None:
            return scores
        loss, d = layers.softmax_loss(scores, y)
        grads = {}
        d, grads[f"W{L}"], grads[f"b{L}"] = layers.affine_backward(d, last)
        for i in range(L - 1, 0, -1):
            fc, norm, relu = caches[i]
            d = layers.relu_backward(d, relu)
            if self.normalization:
                backward = layers.batchnorm_backward if self.normalization == "batchnorm" else layers.layernorm_backward
                d, grads[f"gamma{i}"], grads[f"beta{i}"] = backward(d, norm)
            d, grads[f"W{i}"], grads[f"b{i}"] = layers.affine_backward(d, fc)
        for name in [n for n in self.params if n[0] == "W"]:
            loss += 0.5 * self.reg * float((self.params[name] ** 2).sum())
            grads[name] = grads[name] + self.reg * self.params[name]
        return loss, grads
