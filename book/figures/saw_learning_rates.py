"""Training accuracy of the four update rules at three learning rates, from the recorded table."""

import matplotlib.pyplot as plt
import numpy as np
from _recorded import table
from _style import DARK, save, start


def main() -> None:
    """Draw the bars beside this script."""
    start()
    columns = table("fc-learning-rates")
    rules = columns.pop("rule")
    figure, axes = plt.subplots()
    looks = ({"color": "white", "hatch": "..."}, {"color": "#b9cfe4"}, {"color": "white", "hatch": "///"})
    for i, ((name, values), look) in enumerate(zip(columns.items(), looks, strict=True)):
        axes.bar(np.arange(len(rules)) + 0.27 * (i - 1), values, 0.25, label=name, edgecolor=DARK, **look)
    axes.set_xticks(np.arange(len(rules)), [rule.replace("_", "\n") for rule in rules])
    axes.set(ylabel="training accuracy", ylim=(0, 0.68))
    axes.legend(ncols=3, loc="upper left", handlelength=1.4, columnspacing=1)
    save(figure, __file__)


if __name__ == "__main__":
    main()
