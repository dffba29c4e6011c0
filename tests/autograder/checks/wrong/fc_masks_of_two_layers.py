"""Drops units only in the first two hidden layers. task: fc-net-dropout"""

import itertools

from coursenn.layers import dropout_forward as _right

_count = itertools.count()


def dropout_forward(x, dropout_param):
    return _right(x, dropout_param if next(_count) < 2 else {**dropout_param, "mode": "test"})


class FullyConnectedNet(FullyConnectedNet):  # noqa: F821
    def loss(self, X, y=None):
        global _count
        _count = itertools.count()
        return super().loss(X, y)
