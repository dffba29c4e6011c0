"""Everything written out, without the layers."""

import numpy as np

from coursenn.classifiers.fc_net import TwoLayerNet as _Right


class TwoLayerNet(_Right):
    def loss(self, X, y=None):
        W1, b1, W2, b2 = (self.params[k] for k in ("W1", "b1", "W2", "b2"))
        X = X.reshape(len(X), -1).astype(self.dtype)
        hidden = np.maximum(0, X @ W1 + b1)
        scores = hidden @ W2 + b2
        if y is None:
            return scores
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(X)), y]).mean() + self.reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
        d = p.copy()
        d[np.arange(len(X)), y] -= 1
        d /= len(X)
        dh = (d @ W2.T) * (hidden > 0)
        return loss, {"W2": hidden.T @ d + self.reg * W2, "b2": d.sum(0), "W1": X.T @ dh + self.reg * W1, "b1": dh.sum(0)}
