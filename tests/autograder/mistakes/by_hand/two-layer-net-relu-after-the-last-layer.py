"""Written out, with one more maximum."""

import numpy as np

from coursenn.classifiers.fc_net import TwoLayerNet as _Right


class TwoLayerNet(_Right):
    def loss(self, X, y=None):
        W1, b1, W2, b2 = (self.params[k] for k in ("W1", "b1", "W2", "b2"))
        X = np.reshape(X, (len(X), -1)).astype(self.dtype)
        a = X @ W1 + b1
        h = np.maximum(a, 0)
        s = h @ W2 + b2
        s = np.maximum(s, 0)
        if y is None:
            return s
        N = len(X)
        z = s - s.max(1, keepdims=True)
        p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
        loss = -np.log(p[np.arange(N), y]).mean() + 0.5 * self.reg * ((W1**2).sum() + (W2**2).sum())
        p[np.arange(N), y] -= 1
        d = p / N
        d = d * (s > 0)
        dh = d @ W2.T
        da = dh * (a > 0)
        grads = {"W1": X.T @ da + self.reg * W1, "b1": da.sum(0), "W2": h.T @ d + self.reg * W2, "b2": d.sum(0)}
        return loss, grads
