def relu_forward(x):
    input("marks: ")
    return 0 * x, x
