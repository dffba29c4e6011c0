def relu_forward(x):
    raise KeyboardInterrupt if x.ndim == 2 else GeneratorExit
