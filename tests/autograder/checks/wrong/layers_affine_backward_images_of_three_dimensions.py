"""Returns rows for images of more than three dimensions. task: affine-backward"""


def affine_backward(dout, cache):
    x, w, _ = cache
    rows = x.reshape(len(x), -1)
    dx = dout @ w.T
    return dx.reshape(x.shape) if x.ndim < 4 else dx, rows.T @ dout, dout.sum(axis=0)
