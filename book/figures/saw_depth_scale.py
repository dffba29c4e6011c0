"""Training accuracy on fifty images over the weight scale, for three and five layers, from the recorded table."""

import matplotlib.pyplot as plt
from _recorded import table
from _style import save, start


def main() -> None:
    """Draw both curves beside this script."""
    start()
    columns = table("fc-depth-and-scale")
    figure, axes = plt.subplots()
    for layers, marker in (("3", "o"), ("5", "s")):
        axes.semilogx(columns["weight scale"], columns[f"{layers}: accuracy"], marker=marker, label=f"{layers} layers")
    axes.set(xlabel="weight scale", ylabel="training accuracy", ylim=(0, 1.05))
    axes.legend()
    save(figure, __file__)


if __name__ == "__main__":
    main()
