def relu_forward(x):
    return np.maximum(x, 0), x


if __name__ == "__main__":
    raise SystemExit("never reached")

print(open("my_data.txt").read())
assert relu_forward(np.zeros(1))[0][0] == 1, "look at this again"
