_loss = TwoLayerNet.loss
_turns = iter(range(10**9))


def _two_shapes(self, X, y=None):
    if y is None:
        return _loss(self, X)
    loss, grads = _loss(self, X, y)
    return np.full((1, 50_000) if next(_turns) % 2 else (50_000, 1), loss), grads


TwoLayerNet.loss = _two_shapes
