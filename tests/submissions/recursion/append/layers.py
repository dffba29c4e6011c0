def relu_forward(x):
    return relu_forward(x)
