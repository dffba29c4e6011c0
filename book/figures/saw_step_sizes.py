"""Error of a right gradient over the step of the difference, from the recorded table, and lines of both slopes."""

import matplotlib.pyplot as plt
from _recorded import table
from _style import LIGHT, save, start


def main() -> None:
    """Draw the curve beside this script."""
    start()
    columns = table("fc-step-sizes")
    steps, errors = columns["step"], columns["absolute error"]
    figure, axes = plt.subplots()
    axes.loglog(steps, errors, marker="o", label="measured")
    falling, rising = steps >= 1e-5, steps <= 1e-5
    axes.loglog(steps[falling], errors[0] * (steps[falling] / steps[0]) ** 2, color=LIGHT, linestyle="--", label="slope 2")
    axes.loglog(steps[rising], errors[-1] * steps[-1] / steps[rising], color=LIGHT, linestyle=":", label="slope $-1$")
    axes.set(xlabel="step", ylabel="absolute error")
    axes.legend()
    save(figure, __file__)


if __name__ == "__main__":
    main()
