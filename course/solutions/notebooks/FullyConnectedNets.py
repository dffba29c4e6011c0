# %% [markdown]
# # Fully connected networks
#
# In this notebook you build a neural network from its smallest parts. You write a handful of layers, each as a pair of
# functions (one computes, the other sends gradients back), join them into networks of any depth, and train those
# networks with update rules that you also write. Everything is numpy, so you can look into every step.
#
# Every exercise has three parts. A text says what to compute and why, with a formula and a link into the book. Then you
# write a function in a file of the package `coursenn`, beside this notebook. Then a locked cell checks it: it says
# either that all is well, or what is right and what is wrong, by how much and where. Run a check as often as you like.
# Its code is folded, because you need not read it; in JupyterLab the three dots open it.
#
# At the end you train two networks and hand in their weights. The first belongs to this notebook; for the second you
# come back after *Batch and layer normalization* and *Dropout*. Four questions ask what you saw. Their numbers are
# printed in tables, so that you can answer them even while one of your functions is unfinished.
#
# Some cells train for minutes, and the text before such a cell says how long. To run everything on a small scale first,
# put `%env COURSENN_QUICK=1` into a cell of your own and run it: trainings then take seconds, but their numbers mean
# nothing. `%env COURSENN_QUICK=0` goes back to full size.
#
# This course follows the second assignment of Stanford's CS231n and its descendants at other universities. We thank
# everybody who wrote and improved them. The course is not affiliated with any of them.

# %% setup=true

# %%
from coursenn.classifiers.fc_net import FullyConnectedNet, FullyConnectedNetBasic, TwoLayerNet
from coursenn.checking import checking, rel_error, weighted_sum, with_drawn_weights
from coursenn.data_utils import get_CIFAR10_data
from coursenn.experiments import budget, plot_bars, plot_layers, plot_lines, plot_training_history
from coursenn.experiments import print_histories, print_table, progress, show_pictures, spread, summarize
from coursenn.layer_utils import affine_relu_backward, affine_relu_forward
from coursenn.layers import affine_backward, affine_forward, relu_backward, relu_forward, softmax_loss, svm_loss
from coursenn.embedded_data import CLASS_NAMES, draw_images
from coursenn.model_files import accuracy, load_model, network_from, save_model
from coursenn.optim import adam, rmsprop, sgd_momentum
from coursenn.solver import Solver
from coursenn.vis_utils import visualize_grid

# %% [markdown]
# ## The data
#
# The images have 3 colours and 32 x 32 pixels, and each shows a thing of one of ten kinds. If the CIFAR-10 images are
# on this machine they are used; otherwise the course draws images of its own, of the same size and hard in the same
# ways. The mean image of the training set is subtracted from all of them. There are images to learn from (`train`),
# images to choose settings with (`val`), and images to be looked at only once, at the very end (`test`).
#
# Real CIFAR-10 is 170 MB, about two minutes at 10 Mbit/s: `python -m coursenn.data_utils download` in a terminal
# fetches it. Trainings on it take longer, because it has five times as many images.

# %%
data = get_CIFAR10_data()
for name, array in data.items():
    print(f"{name}: {array.shape}")


def first(count):
    """The same data with only the first `count` training images."""
    return {**data, "X_train": data["X_train"][:count], "y_train": data["y_train"][:count]}


def accuracy_of(model, part):
    """Share of right answers of a network on the `val` or `test` images."""
    return Solver(model, data, verbose=False).check_accuracy(data[f"X_{part}"], data[f"y_{part}"])


# %% [markdown]
# ## Affine layer: forward
#
# An affine layer turns each example into `M` numbers, each a weighted sum of all of its `D` inputs plus a bias. With
# one flattened example in each row of $X$, the whole minibatch takes one matrix product:
#
# $$\text{out} = X W + b, \qquad X: N \times D,\quad W: D \times M,\quad b: M$$
#
# The input may be an array of images, `(N, 3, 32, 32)`: flatten it inside the function and do not change the caller's
# array. Write {{task:affine-forward}}; [the book]({{book:affine-relu-losses#affine}}) explains it.
#
# The check sends two inputs of shape 4 x 5 x 6 through a layer of three units. Expected:
#
# ```
# {{expected:affine-forward}}
# ```

# %% check="affine-forward"
x = np.linspace(-0.1, 0.5, num=2 * 4 * 5 * 6).reshape(2, 4, 5, 6)
w = np.linspace(-0.2, 0.3, num=4 * 5 * 6 * 3).reshape(4 * 5 * 6, 3)
b = np.linspace(-0.3, 0.1, num=3)
expected = np.array({{expected:affine-forward}})

with checking("affine_forward") as check:
    out, _ = affine_forward(x, w, b)
    check.shape("out", out, (2, 3))
    check.close("out", out, expected, atol=1e-7)
    check.true("x keeps its shape", x.shape == (2, 4, 5, 6), "flatten into a new name instead of changing x itself")
    np.random.seed(231)
    w, b = np.random.randn(6, 5), np.random.randn(5)
    out, _ = affine_forward(np.eye(6).reshape(6, 3, 2), w, b)
    check.close("out for inputs with a single 1: a row of w, and b", out, w + b)

# %% [markdown]
# ## Affine layer: backward
#
# A backward function receives `dout`, the *upstream gradient*: how fast the loss grows with each entry of the output.
# It returns how fast the loss grows with each input. Every entry of `out` is a sum of products, so each factor of a
# product receives the other factor times the upstream gradient, summed over all the outputs that it contributes to:
#
# $$dX = d\text{out}\; W^T, \qquad dW = X^T\, d\text{out}, \qquad db_j = \sum_{i=1}^{N} d\text{out}_{ij}$$
#
# Each gradient has the shape of what it belongs to, so `dx` gets the shape of the images again. If you forget a
# formula, the shapes nearly determine it. Write {{task:affine-backward}};
# [the book]({{book:affine-relu-losses#affine}}) derives it.
#
# The check compares your gradients with *numeric* ones: it moves each input a little up and a little down and looks at
# how the output changes. Expected: errors around 1e-10, and everything below 1e-8 is accepted.

# %% check="affine-backward"
np.random.seed(231)
x, w, b = np.random.randn(10, 2, 3), np.random.randn(6, 5), np.random.randn(5)
dout = np.random.randn(10, 5)

with checking("affine_backward") as check:
    _, cache = affine_forward(x, w, b)
    dx, dw, db = affine_backward(dout, cache)
    check.gradient("dx", dx, lambda a: affine_forward(a, w, b)[0], x, dout)
    check.gradient("dw", dw, lambda a: affine_forward(x, a, b)[0], w, dout)
    check.gradient("db", db, lambda a: affine_forward(x, w, a)[0], b, dout)

# %% [markdown]
# ## ReLU: forward
#
# Two affine layers in a row can do no more than one. Depth helps only if a function that is not linear comes between
# them. One of the simplest is the rectified linear unit: it keeps positive numbers and replaces negative ones by zero,
#
# $$\text{relu}(x) = \max(0, x).$$
#
# Write {{task:relu-forward}}. It works on arrays of any shape; [the book]({{book:affine-relu-losses#relu}}) has a section
# on it. Expected for twelve numbers from -0.5 to 0.5:
#
# ```
# {{expected:fc-relu-forward}}
# ```

# %% check="relu-forward"
x = np.linspace(-0.5, 0.5, num=12).reshape(3, 4)
expected = np.array({{expected:fc-relu-forward}})

with checking("relu_forward") as check:
    before = x.copy()
    out, _ = relu_forward(x)
    check.close("out", out, expected, atol=1e-7)
    check.unchanged("x", x, before)
    np.random.seed(231)
    x = np.random.randn(2, 3, 5)
    check.close("relu(x) - relu(-x) for random x", relu_forward(x)[0] - relu_forward(-x)[0], x)

# %% [markdown]
# ## ReLU: backward
#
# Where the input was positive the output follows it one to one, and the gradient passes unchanged. Where it was
# negative the output does not move at all, so nothing passes:
#
# $$dx = d\text{out} \cdot [x > 0]$$
#
# Exactly at 0 there is no derivative; this course takes 0 there. Write {{task:relu-backward}}
# ([book]({{book:affine-relu-losses#relu}})). Expected: errors around 1e-11.

# %% check="relu-backward"
np.random.seed(231)
x, dout = np.random.randn(10, 10), np.random.randn(10, 10)

with checking("relu_backward") as check:
    _, cache = relu_forward(x)
    before = dout.copy()
    dx = relu_backward(dout, cache)
    check.gradient("dx", dx, lambda a: relu_forward(a)[0], x, before)
    check.unchanged("dout", dout, before)
    _, cache = relu_forward(np.zeros(3))
    check.close("dx at x = 0", relu_backward(np.ones(3), cache), np.zeros(3))

# %% [markdown]
# ## How far can a gradient check be trusted?
#
# All checks of this course rely on the centred difference, so it helps to know when it misleads. The next cell needs
# none of your code. It compares gradients with numeric ones in five situations, and prints for each the *absolute*
# error (the largest difference) and the *relative* error (the largest difference divided by the sum of the two sizes,
# `rel_error`).
#
# One of the five gradients is wrong. Before you run the cell: which errors do you expect to be large?

# %%
def numeric_gradient(f, x, h=1e-5):
    """Centred difference of a function that sums over independent entries."""
    steps = [np.where(np.arange(x.size) == i, h, 0).astype(x.dtype) for i in range(x.size)]
    return np.array([(float(f(x + s)) - float(f(x - s))) / (2 * h) for s in steps])


np.random.seed(231)
x = np.random.randn(6) + 3
near_zero = np.array([2.0, -1.5, 3e-6, 0.7, -0.2, 1.1])
cases = {
    "A: sum(x**3), gradient 3 x**2": (lambda a: np.sum(a**3), x, 3 * x**2),
    "B: sum(x - mean(x)), gradient 0": (lambda a: np.sum(a - a.mean()), x, np.zeros(6)),
    "C: relu with one x at 3e-6": (lambda a: np.sum(np.maximum(a, 0)), near_zero, (near_zero > 0) * 1.0),
    "D: as A, gradient 2.9 x**2": (lambda a: np.sum(a**3), x, 2.9 * x**2),
    "E: as A, computed in float32": (lambda a: np.sum(a**3), x.astype(np.float32), 3 * x**2),
}

# %% record="fc-gradient-cases" exact="all"
numeric = {name: numeric_gradient(f, point) for name, (f, point, _) in cases.items()}
rows = [[name, np.abs(numeric[name] - g).max(), rel_error(numeric[name], g)] for name, (_, _, g) in cases.items()]
print_table(["case", "absolute error", "relative error"], rows, "Gradient against centred difference, step 1e-5")

# %% [markdown]
# And how small should the step be? The next cell takes the right gradient of case A and steps from 0.1 down to 1e-11.

# %% record="fc-step-sizes" exact="all"
steps = 10.0 ** -np.arange(1, 12)
errors = [np.abs(numeric_gradient(cases["A: sum(x**3), gradient 3 x**2"][0], x, h) - 3 * x**2).max() for h in steps]
print_table(["step", "absolute error"], zip([f"{h:.0e}" for h in steps], errors, strict=True), "Centred difference of sum(x**3)")
plot_lines({"float64": (steps, errors)}, "A right gradient against a centred difference", "step", "absolute error", logx=True, logy=True);

# %% [markdown]
# The curve has the shape of a V. Going from large to small steps the error first falls with the square of the step,
# because the difference becomes a better derivative. Around 1e-5 it is smallest. For smaller steps it rises again,
# because two nearly equal numbers are subtracted, and more and more of what is left is their rounding error, which is
# then divided by a tiny step.
#
# {{recorded:fc-gradient-cases}}
#
# {{recorded:fc-step-sizes}}
#
# ### Question: which error is a bug?
#
# Look at the table of the cases A to E.
#
# 1. Four of the five gradients are right. Explain for B, C and E where the error comes from although the gradient is
#    right.
# 2. Case D is wrong. Could you tell it from C and E by the size of its relative error alone? What would you look at, or
#    try, to tell a bug from a misleading check?

# %% [markdown] question="fc-rel-error"
# 1. B: the true gradient is exactly zero, and the numeric one is rounding noise of about 1e-10. The absolute error is
#    harmless, but the relative error divides noise by noise (or by the floor of 1e-8) and looks large. C: one entry is
#    closer to the kink of the ReLU than the step, so the two sides of the difference lie on different branches and the
#    slope comes out as a mixture of 0 and 1 (0.65 for an entry at 3e-6 and a step of 1e-5, an error of 0.35); only that
#    entry is off. E: float32 keeps seven digits; the sum is of the order of 100 to 200, so its rounding error of about
#    1e-5 is as large as the step itself, and dividing by 2e-5 gives errors of some tenths (0.49 here).
# 2. No: E's relative error is as large as D's (0.017 both), C's is larger and B's (0.013) hardly smaller, so no
#    threshold separates the wrong gradient from the right ones. What separates them is how the error *behaves*. Print
#    it entry by entry: in C one entry is off, in D all are off by the same factor. Change the step: C's error goes away
#    when the step is smaller than the distance to the kink (or the point is moved), B's and E's change with the step
#    and E's goes away in float64 (or with a step of 1e-2); D's hardly changes over many powers of ten. Judge by the
#    absolute error next to the size of the gradients, `abs <= atol + rtol * scale`, check in float64, and keep away
#    from kinks.

# %% [markdown] instructor="fc-rel-error"
# [item.zero-gradient]
# points = 0.5
# text = 'B: the true gradient is exactly zero, and the relative error divides noise by noise.'
# asks = 'B: how large is the true gradient, and what does the relative error divide by?'
#
# [item.kink]
# points = 0.5
# text = 'C: a kink of the ReLU lies inside the step.'
# asks = 'C: where do the two evaluations of the difference lie, seen from the kink?'
#
# [item.float32]
# points = 0.5
# text = 'E: the rounding of float32 is divided by the step.'
# asks = 'E: how many digits does the sum have, and how large is the step beside its rounding error?'
#
# [item.tests]
# points = 0.5
# text = '''
# Part 2 gives at least one test that works: vary the step, repeat in float64, look at single entries, move the point.'''
# asks = 'Part 2: what could you change about the measurement, and for which case would the error change with it?'
#
# [wrong.larger-than-a]
# answer = 'B is a bug because its relative error is larger than that of A.'
# why = 'It is noise around an exact zero.'
# says = 'Look at the absolute error of B too.'
#
# [wrong.bug-in-relu]
# answer = 'C is a bug in relu.'
# why = 'The gradient at 3e-6 is 1; the difference straddles the kink.'
# says = 'Work out by hand what relu gives on both sides of that entry.'
#
# [wrong.rule-of-thumb]
# answer = 'A relative error above 1e-2 always means a bug.'
# why = 'A rule of thumb often found in notes on this exercise: C and E break it, and D at 0.017 could be missed by it.'
# says = 'Test that rule on every row of the table.'
#
# [wrong.smaller-step]
# answer = 'A smaller step always helps.'
# why = 'The second table says otherwise.'
# says = 'Follow one row of the second table to its smallest step.'

# %% [markdown]
# ## A sandwich layer
#
# An affine layer is usually followed by a ReLU, so the pair gets functions of its own. The forward function calls the
# two forward functions and keeps both caches; the backward function calls the two backward functions *in reverse
# order*. There is nothing new to derive: once each layer knows its own gradient, layers can be stacked in any order.
#
# Write {{task:affine-relu}}, using the functions you have ([book]({{book:affine-relu-losses#sandwich}})). Expected:
# errors around 1e-10.

# %% check="affine-relu"
np.random.seed(231)
x, w, b = np.random.randn(2, 3, 4), np.random.randn(12, 10), np.random.randn(10)
dout = np.random.randn(2, 10)

with checking("affine_relu") as check:
    out, cache = affine_relu_forward(x, w, b)
    check.true("out is never negative", np.min(out) >= 0, "the ReLU comes after the affine layer")
    dx, dw, db = affine_relu_backward(dout, cache)
    check.gradient("dx", dx, lambda a: affine_relu_forward(a, w, b)[0], x, dout)
    check.gradient("dw", dw, lambda a: affine_relu_forward(x, a, b)[0], w, dout)
    check.gradient("db", db, lambda a: affine_relu_forward(x, w, a)[0], b, dout)

# %% [markdown]
# ## Softmax loss
#
# The last layer gives each example a *score* for every class. The softmax turns scores into probabilities, and the loss
# is the mean of minus the logarithm of the probability of the right class. Its gradient is short: probability minus one
# for the right class, probability for the others, all divided by $N$:
#
# $$p_{ij} = \frac{e^{x_{ij}}}{\sum_k e^{x_{ik}}}, \qquad L = -\frac1N \sum_i \log p_{i y_i}, \qquad
# dx_{ij} = \frac{p_{ij} - [j = y_i]}{N}$$
#
# Computed literally, the formula fails: $e^{800}$ overflows, and a probability that rounds to 0 has no logarithm.
# Subtract the largest score of each row first and work with $\log p$ directly, $x_{ij} - \log\sum_k e^{x_{ik}}$; the
# result is the same and stays finite. Write {{task:softmax-loss}} ([book]({{book:affine-relu-losses#softmax}})).
#
# When all ten scores are close to zero, every class has nearly the probability 1/10, so expect a loss close to
# $\ln 10 = 2.3026$: {{expected:fc-softmax-loss}}.

# %% check="softmax-loss"
np.random.seed(231)
x, y = 0.001 * np.random.randn(50, 10), np.random.randint(10, size=50)

with checking("softmax_loss") as check:
    loss, dx = softmax_loss(x, y)
    check.close("loss", loss, {{expected:fc-softmax-loss}}, atol=1e-7)
    check.gradient("dx", dx, lambda a: softmax_loss(a, y)[0], x)
    with np.errstate(all="ignore"):
        loss, dx = softmax_loss(np.array([[800.0, 0.0], [-800.0, 0.0]]), np.array([0, 0]))
    check.close("loss at scores of 800", loss, 400.0, atol=1e-9)
    check.close("dx at scores of 800", dx, np.array([[0.0, 0.0], [-0.5, 0.5]]))
    x, y = 3 * np.random.randn(7, 4), np.random.randint(4, size=7)
    loss, dx = softmax_loss(x, y)
    check.gradient("dx for seven examples and four classes", dx, lambda a: softmax_loss(a, y)[0], x)
    check.close("loss with 5 added to all scores, in terms of without", softmax_loss(x + 5, y)[0], loss)

# %% [markdown]
# ## Hinge loss
#
# The support vector machine has no probabilities. It asks that the score of the right class exceed every other by a
# margin of 1, and charges for what is missing; a class that is far enough below costs nothing and receives no gradient:
#
# $$L = \frac1N \sum_i \sum_{j \neq y_i} \max(0,\; x_{ij} - x_{i y_i} + 1)$$
#
# A wrong class inside the margin pushes its own score down by $1/N$ and the right score up by $1/N$. Write
# {{task:svm-loss}} ([book]({{book:affine-relu-losses#hinge}})). With tiny scores all nine wrong classes are inside the
# margin, so expect a loss close to 9: {{expected:fc-svm-loss}}.

# %% check="svm-loss"
np.random.seed(231)
x, y = 0.001 * np.random.randn(50, 10), np.random.randint(10, size=50)

with checking("svm_loss") as check:
    loss, dx = svm_loss(x, y)
    check.close("loss", loss, {{expected:fc-svm-loss}}, atol=1e-7)
    check.gradient("dx", dx, lambda a: svm_loss(a, y)[0], x)
    x = 3 * x / np.abs(x).max()
    check.gradient("dx, some classes outside the margin", svm_loss(x, y)[1], lambda a: svm_loss(a, y)[0], x)
    x, y = np.random.randn(7, 4), np.random.randint(4, size=7)
    check.gradient("dx for seven examples and four classes", svm_loss(x, y)[1], lambda a: svm_loss(a, y)[0], x)

# %% [markdown]
# ## A network of two layers
#
# Now join the layers: affine, ReLU, affine, softmax. A network is a class with a dictionary `params` (`W1`, `b1`, `W2`,
# `b2`) and a function `loss(X, y)`. Without labels it returns the scores. With labels it returns the loss and a
# dictionary of gradients with *the same keys*. To the loss of the data it adds a penalty on all weights, not on the
# biases:
#
# $$L_{\text{total}} = L_{\text{data}} + \tfrac12\, \text{reg} \sum_{l} \sum_{ij} W_{l,ij}^2$$
#
# The half makes the gradient of the penalty simply `reg * W`. Weights start as `weight_scale` times standard normal
# numbers, biases at zero. Write {{task:two-layer-net}} ([book]({{book:affine-relu-losses#two-layer}})).
#
# The check sets all parameters by hand. Expected: loss {{expected:fc-two-layer-loss}} without a penalty and
# {{expected:fc-two-layer-loss-reg}} with `reg` = 1. Then it compares all gradients, for random parameters.

# %% check="two-layer-net"
np.random.seed(231)
model = TwoLayerNet(input_dim=5, hidden_dims=50, num_classes=7, weight_scale=1e-2)
X, y = np.linspace(-5.5, 4.5, num=15).reshape(5, 3).T, np.array([0, 5, 1])

with checking("TwoLayerNet") as check:
    check.keys("params", model.params, ["W1", "b1", "W2", "b2"])
    for layer, size in ((1, 50), (2, 7)):
        check.close(f"spread of W{layer}", model.params[f"W{layer}"].std(), 1e-2, atol=2e-3)
        check.close(f"b{layer}", model.params[f"b{layer}"], np.zeros(size))
    ramps = {"W1": (-0.7, 0.3, (5, 50)), "b1": (-0.1, 0.9, (50,)), "W2": (-0.3, 0.4, (50, 7)), "b2": (-0.9, 0.1, (7,))}
    for name, (low, high, shape) in ramps.items():
        model.params[name] = np.linspace(low, high, num=int(np.prod(shape))).reshape(shape)
    check.close("scores", model.loss(X), np.array({{expected:fc-two-layer-scores}}), atol=1e-6)
    check.close("loss", model.loss(X, y)[0], {{expected:fc-two-layer-loss}}, atol=1e-6)
    model.reg = 1.0
    check.close("loss with reg 1", model.loss(X, y)[0], {{expected:fc-two-layer-loss-reg}}, atol=1e-6)
    for name, (_, _, shape) in ramps.items():
        model.params[name] = 0.1 * np.random.randn(*shape)
    for model.reg in (0.0, 0.7):
        grads = model.loss(X, y)[1]
        check.keys("grads", grads, model.params)
        for name in sorted(model.params):
            check.gradient(f"{name}, reg {model.reg}", grads[name], lambda _: model.loss(X, y)[0], model.params[name], tol=1e-6)

# %% [markdown]
# ## The Solver
#
# A `Solver` trains any network that has `params` and `loss`. It draws minibatches, asks for the gradients, changes the
# parameters by an update rule, and looks at the accuracy once per epoch (one pass over the training images). At the end
# it puts back the parameters that did best on the validation images. Open `coursenn/solver.py` and read its
# description; it is given, and you will use it a lot.
#
# The next cell is yours: choose a learning rate (and, if you like, more) so that a two-layer network with 100 hidden
# units learns well. Aim for about 50% of the validation images on CIFAR-10, and for about 45% on the drawn images.
# Plain `sgd` with a learning rate between 1e-5 and 1e-2 is a good start. Keep the solver in `solver`, which the next
# cell uses.
#
# {{time:fc-two-layer}}

# %% solution="fc-two-layer-solver" timed="fc-two-layer"
np.random.seed(231)
size, epochs = budget(data, quick=500), budget(data, full=10, embedded=20, quick=2)
model = TwoLayerNet(hidden_dims=100)
print(f"{len(first(size)['y_train'])} training images, {epochs} epochs")
### BEGIN SOLUTION
config = {"learning_rate": 1e-3}
solver = Solver(model, first(size), optim_config=config, lr_decay=0.95, num_epochs=epochs, print_every=500, progress=True)
solver.train()
### END SOLUTION

# %%
two_layers = solver.model
plot_training_history({"two layers": solver}, "Two-layer network")
print_histories({"two layers": solver}, "Two-layer network")

# %% [markdown]
# The figure has three panels: the loss of each minibatch, which falls quickly at first and slowly later; the accuracy
# on training images, which keeps growing; and the accuracy on validation images, which follows for a while and then
# levels off. The gap that opens between the last two is *overfitting*: what the network learns there is true only of
# the training images.
#
# ### Stop and go on
#
# A long training need not be lost when you close the laptop. With `checkpoint_name`, the `Solver` writes a file after
# each epoch, and `Solver.resume` continues from it with exactly the numbers of a training without a break. The next
# cell tries it on a small network: one run of two epochs, and one that starts again after the first of them.

# %%
np.random.seed(231)
settings = {"num_epochs": 2, "optim_config": {"learning_rate": 1e-3}, "checkpoint_name": "checkpoints/small", "verbose": False}
without_break = Solver(TwoLayerNet(hidden_dims=20), first(500), progress=True, **settings)
without_break.train()
resumed = Solver.resume("checkpoints/small_epoch_1.npz", TwoLayerNet(hidden_dims=20), first(500))
resumed.train()
print(f"last loss without a break: {without_break.loss_history[-1]:.6f}, resumed after one epoch: {resumed.loss_history[-1]:.6f}")

# %% [markdown]
# ## A network of any depth
#
# `FullyConnectedNetBasic` takes a list of hidden sizes. With `L` layers it is `L - 1` times affine and ReLU, then one
# affine layer, then softmax. Its parameters are called `W1`, `b1`, ..., `WL`, `bL`, so a loop over the layers needs
# only their number. Keep the caches in a list and go through it backwards. Regularize all weights, as before. The
# network computes in the type it is given (`dtype`): cast `X` first.
#
# Write {{task:fc-net-basic}} ([book]({{book:affine-relu-losses#deep}})). The check draws a network of three layers,
# first without a penalty, then with `reg` = 3.14. Expected initial losses: {{expected:fc-basic-loss}} and
# {{expected:fc-basic-loss-reg}}.

# %% check="fc-net-basic"
np.random.seed(231)
N, D, H1, H2, C = 2, 15, 20, 30, 10
X, y = np.random.randn(N, D), np.random.randint(C, size=(N,))
names = ["W1", "W2", "W3", "b1", "b2", "b3"]

with checking("FullyConnectedNetBasic") as check:
    for reg, expected in ((0, {{expected:fc-basic-loss}}), (3.14, {{expected:fc-basic-loss-reg}})):
        settings = {"input_dim": D, "num_classes": C, "weight_scale": 5e-2, "dtype": np.float64}
        model = with_drawn_weights(FullyConnectedNetBasic, [H1, H2], reg=reg, **settings)
        loss, grads = model.loss(X, y)
        check.close(f"loss, reg {reg}", loss, expected, atol=1e-6)
        check.keys("params", model.params, names)
        check.keys("grads", grads, names)
        for name in sorted(grads):
            check.gradient(f"{name}, reg {reg}", grads[name], lambda _: model.loss(X, y)[0], model.params[name], tol=1e-6)
    check.shape("scores", model.loss(X), (N, C))
    check.close("scores of images that are not flattened", model.loss(X.reshape(N, 3, 5)), model.loss(X))
    model = FullyConnectedNetBasic([H1, H2], input_dim=D, weight_scale=5e-2, dtype=np.float32)
    check.close("spread of W1 as you draw it", model.params["W1"].std(), 5e-2, atol=1.5e-2)
    check.dtype("W1 of a float32 network", model.params["W1"], np.float32)
    check.dtype("its gradient for float64 images", model.loss(X, y)[1]["W1"], np.float32)

# %% [markdown]
# ## Overfit fifty images
#
# A network that cannot learn fifty images by heart has a mistake in it or in its settings. So try this before any long
# training: it takes seconds, and many mistakes show at once. Choose `learning_rate` and `weight_scale` so that this
# three-layer network reaches a training accuracy of 1.0 within 20 epochs. Usual learning rates lie between 1e-4 and
# 1e-1, weight scales between 1e-3 and 1e-1.

# %% solution="fc-overfit-three"
np.random.seed(231)
### BEGIN SOLUTION
weight_scale, learning_rate = 2e-2, 1e-2
### END SOLUTION
model = FullyConnectedNetBasic([100, 100], weight_scale=weight_scale, dtype=np.float64)
config = {"learning_rate": learning_rate}
three = Solver(model, first(50), num_epochs=20, batch_size=25, print_every=10, optim_config=config, progress=True)
three.train()
print(f"highest training accuracy: {max(three.train_acc_history):.2f}, wanted: 1.00")

# %% [markdown]
# Now five layers, again within 20 epochs. Do not be surprised if the settings from above fail: search again.

# %% solution="fc-overfit-five"
np.random.seed(231)
### BEGIN SOLUTION
weight_scale, learning_rate = 8e-2, 2e-3
### END SOLUTION
model = FullyConnectedNetBasic([100, 100, 100, 100], weight_scale=weight_scale, dtype=np.float64)
config = {"learning_rate": learning_rate}
five = Solver(model, first(50), num_epochs=20, batch_size=25, print_every=10, optim_config=config, progress=True)
five.train()
print(f"highest training accuracy: {max(five.train_acc_history):.2f}, wanted: 1.00")

# %%
plot_training_history({"three layers": three, "five layers": five}, "Fifty images", window=1)
print_histories({"three layers": three, "five layers": five}, "Fifty images", last=2)

# %% [markdown]
# Both training losses fall to nearly nothing and both training accuracies end at 1.0, while the validation accuracy
# stays close to that of guessing: the fifty images are learnt by heart, and teach the network very little about others.
#
# How lucky was your search? The next cells train both networks at 13 weight scales, with the learning rate fixed at
# 1e-3, and record the spread of the scores before training, the best training accuracy, and the last loss.
#
# {{time:fc-scales}}

# %%
def sweep_scales(hidden, scales, epochs):
    """Train one network on fifty images for each weight scale: score spread before, best training accuracy, last loss."""
    found = []
    for scale in progress(scales, f"{len(hidden) + 1} layers"):
        np.random.seed(231)
        model = FullyConnectedNetBasic(hidden, weight_scale=scale, dtype=np.float64)
        scores = model.loss(data["X_train"][:50]).std()
        rate = {"learning_rate": 1e-3}
        solver = Solver(model, first(50), optim_config=rate, num_epochs=epochs, batch_size=25, num_val_samples=50, verbose=False)
        with np.errstate(all="ignore"):
            solver.train()
        found.append([scores, max(solver.train_acc_history), float(np.mean(solver.loss_history[-2:]))])
    return found


# %% record="fc-depth-and-scale" timed="fc-scales"
scales = np.logspace(-2.5, -0.5, budget(data, full=13, embedded=13, quick=3))
epochs = budget(data, full=20, embedded=20, quick=5)
depth = {"three layers": sweep_scales([100] * 2, scales, epochs), "five layers": sweep_scales([100] * 4, scales, epochs)}
headers = ["weight scale", "3: scores", "3: accuracy", "3: loss", "5: scores", "5: accuracy", "5: loss"]
print_table(headers, [[s, *a, *b] for s, a, b in zip(scales, *depth.values(), strict=True)], "Fifty images, three and five layers")

# %%
curves = {name: (scales, [row[1] for row in rows]) for name, rows in depth.items()}
plot_lines(curves, "Best training accuracy on fifty images", "weight scale", "accuracy", logx=True)
for name, rows in depth.items():
    print(f"{name}: {sum(row[1] > 0.99 for row in rows)} of {len(rows)} weight scales reach an accuracy of 1.0")

# %% [markdown]
# In the figure both curves are hills: at small scales, on the left, little or nothing is learnt, then accuracy climbs
# to 1.0, and on the far right it falls again. The hill of three layers is broad; that of five layers is narrow and
# begins further right. If your own table is not finished yet, use this one (`nan`: the loss overflowed).
#
# {{recorded:fc-depth-and-scale}}
#
# ### Question: depth and the scale of the first weights
#
# 1. Which of the two networks is more sensitive to the weight scale? Name the numbers that show it.
# 2. Explain it from the columns *scores*. How does the size of the activations change from layer to layer, and why does
#    the number of layers make the difference? Why do the gradients suffer too?

# %% [markdown] question="fc-deep-init"
# 1. The five-layer network. Of the 13 weight scales 2 bring it to accuracy 1.0, and 6 the three-layer network; its good
#    band begins at 0.068 instead of 0.032, and at 0.022 and below the loss stays near ln 10 = 2.303 with an accuracy
#    near guessing, where three layers already learn.
# 2. An affine layer with weights of standard deviation s and fan-in D, followed by a ReLU, multiplies the size of the
#    activations by about s * sqrt(D / 2). For D = 100 that is 7 s, so with s = 1e-2 every further layer shrinks its
#    input to 7% (the first layer enlarges it: D = 3072 and pixels of size 60). The scores are a product with one factor
#    s for each layer, s^3 for three layers and s^5 for five: from s = 0.01 to s = 0.1 the column of three layers grows
#    by 10^3 and that of five layers by 10^5. So the band of s between scores that are practically zero and scores at
#    which training diverges is narrower. Too small: all images get the same scores. Too large: a softmax that is
#    certain and wrong, huge gradients, divergence. The gradient travels back through the same weights, so it carries
#    the same factors and vanishes or explodes too; and the gradient of a weight also contains the (tiny or huge)
#    activation below it. A scale of sqrt(2 / D), 0.14 for D = 100, keeps the size from hidden layer to hidden layer at
#    any depth. The first layer, with 3,072 inputs of size 60, needs a far smaller one; as all layers share one scale
#    here, the best value for five layers is below 0.14.

# %% [markdown] instructor="fc-deep-init"
# [item.more-sensitive]
# points = 0.5
# text = 'Five layers are more sensitive to the scale than three.'
# asks = 'At how many of the scales does each of the two networks learn?'
#
# [item.numbers]
# points = 0.5
# text = 'Numbers from the table support it.'
# asks = 'Which numbers of the table show it?'
#
# [item.factor-per-layer]
# points = 0.5
# text = 'The mechanism: a factor for each layer, which multiplies up in the activations.'
# asks = 'What does one layer do to the size of its input, and what do five of them do?'
#
# [item.gradients-too]
# points = 0.5
# text = 'The same factors act on the gradients.'
# asks = 'What does the gradient meet on its way back through the layers?'
#
# [wrong.more-parameters]
# answer = 'More layers have more parameters and therefore overfit or need more data.'
# why = 'Overfitting is what is wanted here.'
# says = 'What were these networks asked to do with their 50 images?'
#
# [wrong.learning-rate]
# answer = 'The five-layer network is harder because of its learning rate.'
# why = 'Both use the same.'
# says = 'Compare the settings of the two networks.'
#
# [wrong.zero-loss]
# answer = 'Small weights make the loss zero.'
# why = 'The loss stays at ln 10.'
# says = 'Which loss does a network have that knows nothing?'
#
# [wrong.larger-is-better]
# answer = 'Larger scales are always better.'
# why = 'The right end of the table shows the opposite.'
# says = 'Read the table to its right end.'

# %% [markdown]
# ## Update rules
#
# Plain gradient descent takes a step against the gradient, `w -= learning_rate * dw`. It is slow where the loss is
# steep in one direction and flat in another. The next three rules remember earlier gradients. In `coursenn/optim.py`
# each is a function of the weights, their gradient and a dictionary `config` that holds settings and memory, and each
# returns the new weights and that dictionary.
#
# ### Momentum
#
# Keep a velocity: a running sum of past steps that fades by a factor $\mu$ (`momentum`, usually 0.9). Steps that keep
# their direction add up; steps that alternate cancel.
#
# $$v \leftarrow \mu v - \eta\, dw, \qquad w \leftarrow w + v$$
#
# Write {{task:sgd-momentum}} ([book]({{book:optimisers#momentum}})). Expected new weights:
#
# ```
# {{expected:fc-sgd-momentum-w}}
# ```

# %% check="sgd-momentum"
w, dw = np.linspace(-0.4, 0.6, num=20).reshape(4, 5), np.linspace(-0.6, 0.4, num=20).reshape(4, 5)
config = {"learning_rate": 1e-3, "velocity": np.linspace(0.6, 0.9, num=20).reshape(4, 5)}

with checking("sgd_momentum") as check:
    next_w, config = sgd_momentum(w, dw, config)
    check.close("next_w", next_w, np.array({{expected:fc-sgd-momentum-w}}), atol=1e-7)
    check.close("velocity", config["velocity"], np.array({{expected:fc-sgd-momentum-velocity}}), atol=1e-7)
    next_w, _ = sgd_momentum(w, dw)
    check.close("next_w of a first step, where nothing is given", next_w, w - 1e-2 * dw)
    np.random.seed(231)
    w, dw, velocity = np.random.randn(3, 6, 2)
    next_w, _ = sgd_momentum(w, dw, {"learning_rate": 0.1, "momentum": 0.5, "velocity": velocity})
    check.close("weighted sum of next_w for random numbers", weighted_sum(next_w), {{expected:fc-sgd-momentum-random}}, atol=1e-6)

# %% [markdown]
# ### RMSProp
#
# Give every weight a step size of its own: divide by the root of a running mean of its squared gradients. Weights with
# large gradients take smaller steps, weights with small ones larger steps. `decay_rate` is $\rho$, usually 0.99;
# `epsilon` keeps the division finite.
#
# $$c \leftarrow \rho\, c + (1 - \rho)\, dw^2, \qquad w \leftarrow w - \frac{\eta\, dw}{\sqrt{c} + \epsilon}$$
#
# Write {{task:rmsprop}} ([book]({{book:optimisers#rmsprop}})). Expected new weights:
#
# ```
# {{expected:fc-rmsprop-w}}
# ```

# %% check="rmsprop"
w, dw = np.linspace(-0.4, 0.6, num=20).reshape(4, 5), np.linspace(-0.6, 0.4, num=20).reshape(4, 5)
config = {"learning_rate": 1e-2, "cache": np.linspace(0.6, 0.9, num=20).reshape(4, 5)}

with checking("rmsprop") as check:
    next_w, config = rmsprop(w, dw, config)
    check.close("next_w", next_w, np.array({{expected:fc-rmsprop-w}}), atol=1e-7)
    check.close("cache", config["cache"], np.array({{expected:fc-rmsprop-cache}}), atol=1e-7)
    next_w, _ = rmsprop(w, dw)
    check.close("next_w of a first step, where nothing is given", next_w, w - 0.1 * np.sign(dw), atol=1e-6)
    np.random.seed(231)
    w, dw, root = np.random.randn(3, 6, 2)
    next_w, _ = rmsprop(w, dw, {"learning_rate": 0.1, "decay_rate": 0.3, "epsilon": 0.5, "cache": root**2})
    check.close("weighted sum of next_w for random numbers", weighted_sum(next_w), {{expected:fc-rmsprop-random}}, atol=1e-6)

# %% [markdown]
# ### Adam
#
# Adam combines the two: a running mean of gradients ($m$, with $\beta_1$) and one of squared gradients ($v$, with
# $\beta_2$). Both start at zero and are therefore too small in the first steps; dividing by $1 - \beta^t$ corrects
# this. The step number $t$ is counted up *before* it is used, so the first step has $t = 1$.
#
# $$\begin{aligned}
# m &\leftarrow \beta_1 m + (1 - \beta_1)\, dw, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, dw^2, \\
# w &\leftarrow w - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}
# \end{aligned}$$
#
# Write {{task:adam}} ([book]({{book:optimisers#adam}})). Expected new weights, with $t$ at 5 before the call:
#
# ```
# {{expected:fc-adam-w}}
# ```

# %% check="adam"
w, dw = np.linspace(-0.4, 0.6, num=20).reshape(4, 5), np.linspace(-0.6, 0.4, num=20).reshape(4, 5)
m, v = np.linspace(0.6, 0.9, num=20).reshape(4, 5), np.linspace(0.7, 0.5, num=20).reshape(4, 5)
config = {"learning_rate": 1e-2, "m": m, "v": v, "t": 5}

with checking("adam") as check:
    next_w, config = adam(w, dw, config)
    check.close("next_w", next_w, np.array({{expected:fc-adam-w}}), atol=1e-7)
    check.close("m", config["m"], np.array({{expected:fc-adam-m}}), atol=1e-7)
    check.close("v", config["v"], np.array({{expected:fc-adam-v}}), atol=1e-7)
    check.true("t was counted up", config["t"] == 6, "store t + 1 in config, and use the new t for the correction")
    next_w, _ = adam(w, dw)
    check.close("next_w of a first step, where nothing is given", next_w, w - 1e-3 * np.sign(dw), atol=1e-6)
    np.random.seed(231)
    w, dw, m, root = np.random.randn(4, 6, 2)
    config = {"learning_rate": 0.1, "beta1": 0.4, "beta2": 0.3, "epsilon": 0.5, "m": m, "v": root**2, "t": 2}
    next_w, _ = adam(w, dw, config)
    check.close("weighted sum of next_w for random numbers", weighted_sum(next_w), {{expected:fc-adam-random}}, atol=1e-6)

# %% [markdown]
# ### The four rules side by side
#
# The same network of six layers, with the same first weights, is trained by each rule on 4,000 images for 5 epochs,
# with a learning rate that is usual for the rule.
#
# {{time:fc-rules}}

# %% timed="fc-rules"
rates = {"sgd": 5e-3, "sgd_momentum": 5e-3, "rmsprop": 1e-4, "adam": 1e-3}
size, epochs = budget(data, full=4000, embedded=4000, quick=400), budget(data, full=5, embedded=5, quick=2)


def train_with(rule, rate, epochs):
    """Train a network of five hidden layers from the same first weights."""
    np.random.seed(231)
    model = FullyConnectedNetBasic([100] * 5, weight_scale=5e-2)
    config = {"learning_rate": rate}
    solver = Solver(model, first(size), update_rule=rule, optim_config=config, num_epochs=epochs, verbose=False)
    with np.errstate(all="ignore"):
        solver.train()
    return solver


print(f"{len(first(size)['y_train'])} training images, {epochs} epochs")
rule_solvers = {rule: train_with(rule, rate, epochs) for rule, rate in progress(rates.items(), "update rules")}

# %% record="fc-update-rules"
plot_training_history(rule_solvers, "Update rules")
print_histories(rule_solvers, "Update rules")
print(summarize({rule: s.train_acc_history[-1] for rule, s in rule_solvers.items()}), "(training accuracy at the end)")

# %% [markdown]
# In the loss panel the four curves start at the same height. The curve of plain `sgd` stays the highest; momentum, with
# the same learning rate, runs clearly below it, close to `rmsprop`, and `adam` is the lowest. The accuracy panels show
# the same order, with smaller distances on validation images. But is that the rule, or the learning rate? The next cell
# gives every rule a tenth of its rate, its rate, and ten times its rate.
#
# {{time:fc-rates}}

# %% timed="fc-rates"
factors = (0.1, 1, 10)
short = budget(data, full=3, embedded=3, quick=1)
sweep = {rule: [train_with(rule, rate * f, short) for f in factors] for rule, rate in progress(rates.items(), "update rules")}
print(f"{len(first(size)['y_train'])} training images, {short} epochs")

# %% record="fc-learning-rates"
reached = {rule: [s.train_acc_history[-1] for s in runs] for rule, runs in sweep.items()}
print_table(["rule", "rate / 10", "rate", "rate * 10"], [[rule, *a] for rule, a in reached.items()], "Training accuracy at the end")
plot_lines({k: (factors, a) for k, a in reached.items()}, "Three epochs at three rates", "factor on the rate", "train accuracy", logx=True);

# %% [markdown]
# The figure has one line per rule over three learning rates. No line is flat, and the order of the rules at the left
# edge is not the order at the right edge.
#
# {{recorded:fc-update-rules}}
#
# {{recorded:fc-learning-rates}}
#
# ### Question: comparing update rules
#
# 1. `sgd` and `sgd_momentum` use the same learning rate. If all gradients pointed the same way, momentum ($\mu = 0.9$)
#    would soon move like plain descent with a larger rate: which one? The second table has `sgd` at just that rate.
#    Compare it with `sgd_momentum` after the same three epochs. What does the difference say about the gradients?
# 2. With ten times its rate `adam` does far worse, and `rmsprop` does not. The weights start with a standard deviation
#    of 0.05, and three epochs are 120 steps. Estimate for both rules, at the rate and at ten times the rate, how far a
#    weight can move in that time, and explain the two results. Why can you not make the same estimate for `sgd`?
# 3. "Adam is better than SGD." How far do the two tables support this sentence, and what would a fair comparison need?

# %% [markdown] question="fc-update-rules"
# 1. The velocity is a geometric sum of past gradients. If they all agreed, it would approach 1 / (1 - 0.9) = 10 steps,
#    so momentum at 5e-3 would move like plain descent at 5e-2. That is `sgd` with ten times its rate, which reaches
#    .395 in three epochs; momentum reaches .455. So the gradients do not all agree. Components that persist are
#    enlarged tenfold in both runs. Components that change sign from step to step, across narrow valleys or by the noise
#    of minibatches, are enlarged tenfold only in the plain run, where they disturb; in the velocity they cancel.
# 2. Both rules divide the gradient by its own size, so a step is about the learning rate, whatever the loss. If the
#    gradient of a weight keeps its sign, 120 steps carry it by about 0.12 at the rate of adam, 1e-3, and by 1.2 at ten
#    times that. 0.12 is more than twice the size of the first weights, 0.05: enough to learn with. 1.2 is more than
#    twenty times their size, and even a single step is a fifth of it: the network is thrown about and reaches only .203.
#    rmsprop at 1e-4 moves a weight by 0.02 in that time (its first steps are longer), less than half of its size: longer
#    steps do no harm. At ten times that it has the rate of adam and comes near it (.458 against .505). For sgd the step is
#    the rate times the gradient, so one needs the size of the gradients, which the tables do not have.
# 3. Only partly. At the chosen rates adam is ahead after five epochs, by .23 of sgd but only by .06 of sgd with
#    momentum on training images and by .05 on validation images. It is one run with one network and one seed (1,000
#    validation images alone leave a noise of 0.015), and each rule had one hand-picked rate. The second table shows
#    that a rate ten times too large or too small can cost more than the choice of the rule: with ten times the rates
#    adam falls from the first place far behind rmsprop and plain sgd. With the best of its three rates adam reaches
#    .505, rmsprop .458, momentum .455 and plain sgd .395, and the best rate of sgd may not even be among the three, as
#    its curve is still rising. A fair comparison tunes the rate of every rule with the same number of trials, gives the
#    same budget, repeats with several seeds, and judges by validation accuracy.

# %% [markdown] instructor="fc-update-rules"
# note = '''Numbers of the student's own tables count; with other images they may differ.'''
#
# [item.ten-times]
# points = 0.5
# text = 'Momentum moves like plain descent at ten times the rate, 5e-2, when gradients agree.'
# asks = 'What does the velocity become when the gradient stays the same for many steps?'
#
# [item.not-all-agree]
# points = 0.5
# text = 'Compared with the run of sgd at that rate, it says that gradients do not all agree, or that alternating ones cancel.'
# asks = 'The table has a run of sgd at ten times its rate. Why does momentum not end where that one does?'
#
# [item.step-of-the-rate]
# points = 0.5
# text = 'A step of about the learning rate whatever the gradient, times the number of steps, against the size of the weights.'
# asks = 'How far can a weight come in all the steps of the run, and how large are the weights to begin with?'
#
# [item.fair]
# points = 0.5
# text = 'The comparison rests on one rate and one seed; a fair one tunes each rule and looks at seeds or validation accuracy.'
# asks = 'On how many runs, and on which choices, do the tables rest? What would you repeat before you say that one rule is better?'
#
# [wrong.grows-over-time]
# answer = 'Momentum increases the learning rate over time.'
# why = 'The sum of agreeing gradients, or the cancelling, is missing.'
# says = 'Which gradients add up, and which do not?'
#
# [wrong.ten-times-the-rate]
# answer = 'Momentum is plain descent with ten times the rate.'
# why = 'The table has that run, and it is worse.'
# says = 'Look for that run in the table.'
#
# [wrong.smaller-steps]
# answer = '''Adam's smaller learning rate makes smaller steps.'''
# why = 'Its steps are often larger.'
# says = 'Compare the steps themselves, and not the rates.'
#
# [wrong.lowest-curve]
# answer = 'Adam is best because its curve is lowest.'
# why = 'True of the plot, not an answer to what it supports.'
# says = 'That is what the figure shows; the question is what may be concluded from it.'
#
# [wrong.rmsprop-worse]
# answer = 'RMSProp is worse than Adam.'
# why = 'It ran with a tenth of the rate.'
# says = 'Compare the learning rates of the two.'

# %% [markdown]
# ## A plain baseline
#
# Now the first network that you hand in. Search a small grid of two learning rates and two weight scales: train a plain
# network with five hidden layers of 100 units by `rmsprop` for 5 epochs in minibatches of 100 at each setting, and keep
# the one that does best on the validation images. The choice is made on validation images, so that the test images stay
# unseen.
#
# The next cell is yours. The grid is learning rate 1e-3 and 5e-4, weight scale 1e-2 and 5e-2; if you want to try other
# values, do so afterwards. Put the solvers into the dictionary `grid`, each under a label, and the best network into
# `best_model_basic`.
#
# {{time:fc-baseline}}

# %% solution="fc-train-basic" timed="fc-baseline"
np.random.seed(231)
size, epochs = budget(data, embedded=len(data["X_train"]), quick=1000), budget(data, full=5, embedded=5, quick=4)
print(f"{len(first(size)['y_train'])} training images, {epochs} epochs")
### BEGIN SOLUTION
grid = {}
for learning_rate in (1e-3, 5e-4):
    for weight_scale in (1e-2, 5e-2):
        model = FullyConnectedNetBasic([100] * 5, weight_scale=weight_scale)
        step = {"learning_rate": learning_rate}
        solver = Solver(model, first(size), update_rule="rmsprop", optim_config=step, num_epochs=epochs, verbose=False, progress=True)
        solver.train()
        grid[f"rate {learning_rate:g}, scale {weight_scale:g}"] = solver
best_model_basic = max(grid.values(), key=lambda s: s.best_val_acc).model
### END SOLUTION

# %%
plot_training_history(grid, "Plain baseline")
print_histories(grid, "Plain baseline")
print(summarize({name: s.best_val_acc for name, s in grid.items()}), "(best validation accuracy)")

# %% [markdown]
# With the smaller weight scale the loss starts at ln 10, because all scores are practically zero, and it takes some
# steps before it moves, as you saw with fifty images. With the larger one it starts above ln 10 and falls at once. On
# the drawn images the four are close together after five epochs; the table has the numbers.
#
# The last cells of this part write the weights to `models/best_basic.npz`, which is handed in together with your code:
# {{task:best-basic}}. It is graded by the accuracy on new images that nobody has seen, drawn the way the embedded
# images are drawn; so train the one you hand in on the embedded images (`COURSENN_DATA=embedded`), even if you have
# CIFAR-10. The check prints two accuracies; when the second one is close to 0.1 the network has learnt other images
# than those it is graded on. Points grow with the share of right answers: an equal part of them for each of the shares
# {{expected:fc-shares-basic}} that the network reaches, where guessing gives 0.1.
# [The book]({{book:what-you-saw#baseline}}) says what to look at.

# %%
save_model("models/best_basic.npz", best_model_basic, data.mean_image)

# %% check="best-basic"
with checking("models/best_basic.npz") as check:
    saved = load_model("models/best_basic.npz")
    check.true("it holds a plain network", saved["normalization"] == 0, "the baseline is trained without normalization")
print(f"accuracy of the saved network on the validation images: {accuracy_of(network_from(saved), 'val'):.3f}")
print(f"accuracy on 1,000 newly drawn images, as it is graded:  {accuracy(saved, *draw_images(1000, seed=20)):.3f}")

# %% [markdown]
# ## Your network at work
#
# Every function between a pixel and an answer is now yours. The next cell draws eight images that nobody has seen and
# shows what your network takes them for, and how sure it is. The baseline is right about half of the time, so anything
# from two to six right answers of eight is usual. (A network that was trained on CIFAR-10 has learnt other things than
# these.)

# %%
images, labels = draw_images(8, seed=231)
scores = best_model_basic.loss(images - data.mean_image)
probabilities = np.exp(scores - scores.max(axis=1, keepdims=True))
probabilities /= probabilities.sum(axis=1, keepdims=True)
answers = [f"{data.class_names[p.argmax()]}, {p.max():.0%}" for p in probabilities]
show_pictures(images.transpose(0, 2, 3, 1), answers, "What the network says")
rows = [[number, CLASS_NAMES[label], answer] for number, (label, answer) in enumerate(zip(labels, answers, strict=True), 1)]
print_table(["image", "drawn as", "the network says"], rows, "Eight new images")

# %% [markdown]
# Each unit of the first layer has one weight for each colour of each pixel, so its weights are themselves an image:
# what the unit looks for. Here are these images for the two-layer network and the baseline. Smooth bright and dark areas
# have been learnt; what looks like noise is left over from the random first weights.

# %%
for name, model in (("two layers", two_layers), ("baseline", best_model_basic)):
    first_weights = model.params["W1"].T.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    show_pictures(visualize_grid(first_weights[:49])[None].astype(np.uint8), [f"49 units of the first layer: {name}"], size=6)

# %% [markdown]
# ## Come back here: an improved network
#
# You can stop here, do the notebooks *BatchNormalization* and *Dropout*, and come back. From here on you use
# `FullyConnectedNet`, which has normalization and dropout. (Other courses of this family call it
# `FullyConnectedNetImproved`; both names work.) Now beat the baseline: five hidden layers of 100 units, batch
# normalization, dropout that keeps 0.75 of the units, `adam`, weight scale 5e-2, 25 epochs in minibatches of 100, and
# the better of the learning rates 1e-3 and 5e-4. Keep the best in `best_model_improved`, the solvers in `improved`.
#
# These are the settings to start from. You may hand in any network with fully connected layers that `FullyConnectedNet`
# can build. Do not cut down on epochs: after five of them this network does not beat the baseline on CIFAR-10.
#
# {{time:fc-improved}}
#
# With CIFAR-10 it takes five times as long. If you want to be able to stop, give the `Solver` a `checkpoint_name`; each
# file that it then writes is several times as large as the weights, so delete the folder `checkpoints` when you are
# done.

# %% solution="fc-train-improved" timed="fc-improved"
np.random.seed(231)
size, epochs = budget(data, embedded=len(data["X_train"]), quick=1000), budget(data, full=25, embedded=25, quick=4)
print(f"{len(first(size)['y_train'])} training images, {epochs} epochs")
### BEGIN SOLUTION
improved = {}
for learning_rate in (1e-3, 5e-4):
    model = FullyConnectedNet([100] * 5, normalization="batchnorm", dropout_keep_ratio=0.75, weight_scale=5e-2)
    step = {"learning_rate": learning_rate}
    solver = Solver(model, first(size), update_rule="adam", optim_config=step, num_epochs=epochs, verbose=False, progress=True)
    solver.train()
    improved[f"rate {learning_rate:g}"] = solver
best_model_improved = max(improved.values(), key=lambda s: s.best_val_acc).model
### END SOLUTION

# %%
plot_training_history(improved, "Improved network")
print_histories(improved, "Improved network")

# %% [markdown]
# The loss is measured with dropout, so its curve is rougher and higher than the accuracies suggest, which are measured
# in test mode, without dropout. The training accuracy grows for all 25 epochs. The validation accuracy grows with it at
# first and then rises only slowly; the two learning rates end close together. {{task:best-improved}} is handed in with
# your code, like the baseline, and graded like it; the shares to reach are {{expected:fc-shares-improved}}
# ([book]({{book:what-you-saw#improved}})).

# %%
save_model("models/best_improved.npz", best_model_improved, data.mean_image)

# %% check="best-improved"
with checking("models/best_improved.npz") as check:
    saved = load_model("models/best_improved.npz")
    check.true("it has hidden layers", len(saved["hidden_dims"]) > 0, "save a FullyConnectedNet")
print(f"accuracy of the saved network on the validation images: {accuracy_of(network_from(saved), 'val'):.3f}")
print(f"accuracy on 1,000 newly drawn images, as it is graded:  {accuracy(saved, *draw_images(1000, seed=20)):.3f}")

# %% [markdown]
# ## Test both
#
# Only now, with all choices made, look at the test images. Does the improved network do better than the baseline?

# %%
networks = {"baseline": best_model_basic, "improved": best_model_improved}
rows = [[name, accuracy_of(model, "val"), accuracy_of(model, "test")] for name, model in networks.items()]
print_table(["network", "validation", "test"], rows, "The two networks")

# %% [markdown]
# Most likely both networks do worse on test images than on validation images. They were chosen *because* they did well
# on the validation images, among several settings and epochs, and a part of that was luck. The test images had no part
# in the choice, so their accuracy is the one to report.
#
# If you compare with numbers from elsewhere: on a copy of CIFAR-10 with all its images, compressed with some loss, the
# reference reached .481 on validation and .461 on test images with the baseline, and .536 and .517 with the improved
# network. PyTorch, with the same networks on the same copy, reached .490 and .481, and .521 and .513. The assignment
# that this one follows prints .505 and .507, and .553 and .563. Two programs that share no code agree within a few
# hundredths, so what is left of the difference probably comes from the random draws and from the copy of the images.
#
# ## A fair comparison
#
# The improved network wins, but why? Between the two, *four* things changed at once: batch normalization, dropout, the
# update rule, and five times as many epochs. The difference cannot be credited to any one of them. A first step is to
# give a *plain* network everything else that the improved one had: `adam`, 25 epochs, the same images, the same two
# learning rates.
#
# {{time:fc-plain}}

# %% timed="fc-plain"
size, epochs = budget(data, embedded=len(data["X_train"]), quick=1000), budget(data, full=25, embedded=25, quick=4)
np.random.seed(231)
plain = {f"plain, rate {rate:g}": FullyConnectedNetBasic([100] * 5, weight_scale=5e-2) for rate in (1e-3, 5e-4)}
for name, rate in zip(plain, (1e-3, 5e-4), strict=True):
    config = {"learning_rate": rate}
    plain[name] = Solver(plain[name], first(size), update_rule="adam", optim_config=config, num_epochs=epochs, verbose=False, progress=True)
    plain[name].train()

# %%
same_budget = {**plain, **{f"improved, {name}": solver for name, solver in improved.items()}}
plot_training_history(same_budget, "The same budget")
print_histories(same_budget, "The same budget")

# %% record="fc-same-budget"
networks["plain, same budget"] = max(plain.values(), key=lambda s: s.best_val_acc).model
rows = [[name, accuracy_of(model, "val"), accuracy_of(model, "test")] for name, model in networks.items()]
print_table(["network", "validation", "test"], rows, "With a plain network that had the budget of the improved one")

# %% [markdown]
# With the same budget the plain network learns its training images far better than the improved one (in the training
# panel its lines end far above), while its validation accuracy ends below. So the improved network did not win merely
# because it was trained for longer. But was it normalization, dropout, or both? To find out, change one thing at a
# time: the same rule, weight scale, images and number of epochs for four networks that have neither, one, the other, or
# both. Each is trained with several seeds, because a difference that is smaller than the spread between seeds may be
# chance.
#
# The learning rate is again the better of two, chosen for each network by the mean validation accuracy, so that it
# favours none of them.
#
# {{time:fc-ablation}}

# %%
variants = {
    "plain": {},
    "batchnorm": {"normalization": "batchnorm"},
    "dropout": {"dropout_keep_ratio": 0.75},
    "both": {"normalization": "batchnorm", "dropout_keep_ratio": 0.75},
}
size, epochs = budget(data, full=10000, embedded=5000, quick=400), budget(data, full=10, embedded=10, quick=1)
seeds, learning_rates = range(budget(data, full=3, embedded=3, quick=2)), (1e-3, 5e-4)


def fair_run(settings, learning_rate, seed):
    """One network of the ablation, trained; its solver."""
    np.random.seed(seed)
    model = FullyConnectedNet([100] * 5, weight_scale=5e-2, **settings)
    config = {"learning_rate": learning_rate}
    solver = Solver(model, first(size), update_rule="adam", optim_config=config, num_epochs=epochs, verbose=False)
    solver.train()
    return solver


# %% timed="fc-ablation"
print(f"{len(first(size)['y_train'])} training images, {epochs} epochs, {len(seeds)} seeds, {len(learning_rates)} learning rates")
fair = {}
for name, settings in progress(variants.items(), "networks"):
    runs = [[fair_run(settings, rate, seed) for seed in seeds] for rate in learning_rates]
    fair[name] = max(runs, key=lambda solvers: np.mean([s.best_val_acc for s in solvers]))

# %% record="fc-equal-budgets"
rows = []
for name, runs in fair.items():
    tests = [accuracy_of(s.model, "test") for s in runs]
    rows.append([name, spread(s.train_acc_history[-1] for s in runs), spread(s.best_val_acc for s in runs), spread(tests)])
print_table(["network", "train", "best validation", "test"], rows, "Equal budgets: mean and standard deviation over seeds")

# %%
epoch_axis = np.arange(epochs + 1)
curves = {name: (epoch_axis, np.mean([s.val_acc_history for s in runs], axis=0)) for name, runs in fair.items()}
plot_lines(curves, "Equal budgets: mean validation accuracy", "epoch", "accuracy")
plot_bars({name: [s.best_val_acc for s in runs] for name, runs in fair.items()}, "Equal budgets: every seed", "best validation accuracy")

# %% [markdown]
# The first figure has one line for each network, against the epochs; the second one bar for each network, as high as
# the mean, with a dot for every seed. Where the dots of two bars overlap, the order of the two could be chance.
#
# {{recorded:fc-same-budget}}
#
# {{recorded:fc-equal-budgets}}
#
# ### Question: what improved the network?
#
# 1. The plain network with the same budget has two of the four things that the improved one has. How much of the
#    improvement over the baseline do these two bring, on validation and on test images? What may you conclude from that
#    about the other two, and what not?
# 2. What does the fair table say about batch normalization and about dropout in this setting? Use the spread: which
#    differences would you defend, and which not?
# 3. Name one thing that even this comparison leaves open, and how you would find it out.

# %% [markdown] question="fc-fair-comparison"
# 1. The improved network is ahead of the baseline by .059 on validation images and by .090 on test images. The plain
#    network with adam and 25 epochs is ahead by .032 and .047, about half of it on both. The rest, .027 and .043, came
#    with batch normalization and dropout *together*, in one run each. That does not say which of the two brought it,
#    nor that each of them helps; one could even have done harm. And 1,000 images leave an uncertainty of 0.016 for each
#    accuracy, so a share of a third rather than a half would be no surprise.
# 2. Batch normalization without dropout is ahead of the plain network by .011 on validation and by .024 on test images,
#    and both together by .011 and .022: each less than twice the larger spread of the two, so with three seeds a gain
#    is possible but not proven. Dropout without batch normalization is behind the plain network by .014 on both, little
#    more than a spread; but I would defend that it learns the training images far less well in ten epochs (.48 against
#    .71). I would also defend what batch normalization does beside dropout: "both" is ahead of "dropout" by .025 on
#    validation and by .036 on test images, more than twice the larger spread. And beside batch normalization, dropout
#    certainly shrinks the gap between training and validation accuracy, from .28 to .11, far more than any spread. I
#    would not defend the order of "both" and "batchnorm": they are level.
# 3. For example: only ten epochs and 5,000 images (dropout may pay off later, since its networks have not finished
#    learning: the 25-epoch runs with 10,000 images hint at it); only two learning rates; one keep ratio; layer
#    normalization was not tried; the best validation accuracy is the largest of eleven noisy values and so too high. To
#    find out: a longer budget for all four, a finer search with the same number of trials for each, more seeds.

# %% [markdown] instructor="fc-fair-comparison"
# note = '''Numbers of the student's own table count; with other images the order may differ.'''
#
# [item.rule-and-epochs]
# points = 0.5
# text = 'Says how much of the improvement the update rule and the epochs bring.'
# asks = 'How far is the plain network with the same budget ahead of the baseline?'
#
# [item.not-separable]
# points = 0.5
# text = 'Says that the rest cannot be divided between batch normalization and dropout.'
# asks = 'Which run would have only one of the two? Is it in the first table?'
#
# [item.against-the-spread]
# points = 0.5
# text = 'Judges at least one difference against the spread, and says correctly whether it holds.'
# asks = 'How large is the difference beside the spread over seeds?'
#
# [item.open-point]
# points = 0.5
# text = 'Names an open point with a way to settle it.'
# asks = 'What does the table leave open, and which run would tell?'
#
# [wrong.credit]
# answer = 'Batch norm and dropout improve accuracy from .46 to .55.'
# why = '''
# The source of this exercise compares exactly so (5 epochs of rmsprop against 25 of adam, .507 and .563 on CIFAR-10),
# and cannot tell.'''
# says = 'These two were not the only things that changed.'
#
# [wrong.half-each]
# answer = 'The rest is half batch normalization and half dropout.'
# why = 'The first table cannot divide it.'
# says = 'Which two runs of the first table differ in one of them only?'
#
# [wrong.dropout-bad]
# answer = 'Dropout is bad because its training accuracy is lower.'
# why = 'That is its purpose; look at the gap and at validation.'
# says = 'Which accuracy is dropout meant to help?'
#
# [wrong.both-best]
# answer = 'Batch normalization (or both) is best because its number is largest.'
# why = 'The difference between these two is within the spread.'
# says = 'Look at the spread beside that number.'
#
# [wrong.test-column]
# answer = 'The test column should decide.'
# why = 'Choosing by test images spoils them for measuring.'
# says = 'What are test images good for once something has been chosen by them?'

# %% [markdown]
# ## What you have built
#
# A network of any depth, its loss, the gradients of all its weights, and the rules that train it. The picture shows one
# training step. Every box is a function that you wrote.

# %%
boxes = [("images", "X, y"), ("affine", "W1, b1"), ("ReLU", ""), ("affine", "W2, b2"), ("ReLU", ""), ("...", "")]
boxes += [("affine", "WL, bL"), ("softmax", "loss")]
plot_layers(boxes, "One training step of FullyConnectedNet", update="sgd, momentum, rmsprop or adam changes W1, b1, ..., WL, bL")

# %% [markdown]
# ## Hand in
#
# Save the notebook, then run the last cell. It packs your files, lists what is unfinished or unanswered, and prints a
# receipt.

# %% submit=true
