def relu_forward(x):
    import time
    time.sleep(1000)
    return 0 * x, x
