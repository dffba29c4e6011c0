import time


def relu_forward(x):
    time.sleep(0.05)
    out = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        for _ in range(2):
            out[index] = x[index] if x[index] > 0 else 0.0
    return out, x
