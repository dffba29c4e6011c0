def relu_forward(x):
    import multiprocessing

    with multiprocessing.Pool(2) as pool:
        pool.map(abs, [1, 2])
    return 0 * x, x
