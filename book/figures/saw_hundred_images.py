"""Loss and accuracy of the small convolutional network that learns a hundred images by heart, from the recorded table."""

import matplotlib.pyplot as plt
from _recorded import table
from _style import WIDTH, save, start


def main() -> None:
    """Draw both panels beside this script."""
    start()
    columns = table("conv-overfit-epochs")
    figure, (loss, accuracy) = plt.subplots(1, 2, figsize=(WIDTH + 0.4, 2.5))
    loss.plot(columns["epoch"], columns["loss"], marker=".")
    loss.set(xlabel="epoch", ylabel="loss", ylim=(0, None))
    accuracy.plot(columns["epoch"], columns["train"], label="training")
    accuracy.plot(columns["epoch"], columns["val"], label="validation")
    accuracy.set(xlabel="epoch", ylabel="accuracy", ylim=(0, 1.05))
    accuracy.legend()
    figure.tight_layout()
    save(figure, __file__)


if __name__ == "__main__":
    main()
