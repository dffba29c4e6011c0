"""Spread of the activations through twenty layers, with and without layer normalization, from the recorded table."""

import matplotlib.pyplot as plt
from _recorded import table
from _style import WIDTH, save, start


def main() -> None:
    """Draw both lines beside this script."""
    start()
    columns = table("ln-deep")
    figure, axes = plt.subplots(figsize=(WIDTH, 2.6))
    for name, marker in (("plain", "s"), ("layernorm", "o")):
        axes.semilogy(columns["layer"], columns[name], marker=marker, label={"layernorm": "layer normalization"}.get(name, name))
    axes.set(xlabel="layer", ylabel="standard deviation")
    axes.set_xticks(columns["layer"])
    axes.legend()
    save(figure, __file__)


if __name__ == "__main__":
    main()
