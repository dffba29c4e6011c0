import logging
import tempfile

logging.basicConfig(filename="layers.log", level=logging.INFO)


def relu_forward(x):
    logging.info("relu of %s", x.shape)
    with tempfile.NamedTemporaryFile() as file:
        np.save(file, x)
    np.save("last.npy", x)
    return np.maximum(x, 0), np.load("last.npy")
