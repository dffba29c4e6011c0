def relu_forward(x):
    bag = []
    while True:
        bag.append(np.ones(1 << 20))
