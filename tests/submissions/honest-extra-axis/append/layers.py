def affine_backward(dout, cache):
    x, w, b = cache
    rows = x.reshape(len(x), -1)
    return (dout @ w.T).reshape(x.shape), rows.T @ dout, dout.sum(axis=0, keepdims=True)
