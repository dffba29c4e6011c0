# %% [markdown]
# # Batch and layer normalization
#
# The deeper a network is, the more its success depends on the size of its first weights: you saw five layers learn
# fifty images only in a narrow band of weight scales. In this notebook you build a layer that removes most of this
# dependence. It gives every feature mean 0 and variance 1 *inside* the network, anew for each minibatch, and lets the
# network choose another mean and variance where that is better.
#
# You write batch normalization, forward and backward (twice: once step by step, once in one line), put it into your
# network, and measure how it behaves at different weight scales and batch sizes. Then you write layer normalization,
# its close relative, and find out how the two differ. The ideas are those of Ioffe and Szegedy (2015) and of Ba, Kiros
# and Hinton (2016); the book has a chapter on [batch normalization]({{book:batch-normalization#forward}}) and one on
# [layer normalization]({{book:layer-and-group-normalization#layer}}).
#
# Before you start, `affine_forward`, `affine_backward`, `relu_forward`, `relu_backward`, `softmax_loss` and `adam` of
# the first notebook should pass their checks. Four questions ask what you saw; the text also has the tables that they
# are about. Before a long cell it says how long the cell takes; `%env COURSENN_QUICK=1` in a cell of your own makes
# them all short.

# %% setup=true

# %%
import time

from coursenn.checking import checking, print_mean_std, rel_error, with_drawn_weights
from coursenn.classifiers.fc_net import FullyConnectedNet
from coursenn.data_utils import get_CIFAR10_data
from coursenn.debug import explain_gradient
from coursenn.experiments import budget, final_loss, plot_layers, plot_lines, plot_training_history
from coursenn.experiments import plot_weight_scales, print_histories, print_table, progress, spread
from coursenn.layer_utils import affine_norm_relu_backward, affine_norm_relu_forward
from coursenn.layers import batchnorm_backward, batchnorm_backward_alt, batchnorm_forward
from coursenn.layers import layernorm_backward, layernorm_forward
from coursenn.solver import Solver

# %%
data = get_CIFAR10_data()
for name, array in data.items():
    print(f"{name}: {array.shape}")


def first(count):
    """The same data with only the first `count` training images."""
    return {**data, "X_train": data["X_train"][:count], "y_train": data["y_train"][:count]}


# %% [markdown]
# ## Batch normalization
#
# Networks train more easily on inputs whose features are centred and of about the same size; that is why images are
# preprocessed. But preprocessing ends at the input. The second layer sees what the first one makes of it, and while the
# first one learns, that changes all the time: features drift, grow or vanish.
#
# Batch normalization makes preprocessing a layer of the network. It estimates mean and variance of every feature from
# the minibatch, centres and scales with them, and is differentiable, so gradients take it into account. Because a layer
# whose features all have mean 0 and variance 1 could represent less than one without this restriction, each feature
# also gets a scale $\gamma$ and a shift $\beta$ that are learnt like weights.
#
# At test time, an answer must not depend on which other images happen to be in the batch. So the layer collects running
# averages of mean and variance while it is trained, and uses these at test time.
#
# ## Batch normalization: forward
#
# In training mode, for each feature (column) $d$ of the minibatch $x$, an array of shape `(N, D)`:
#
# $$\begin{aligned}
# \mu_d &= \frac1N \sum_{n=1}^N x_{nd}, & \sigma_d^2 &= \frac1N \sum_{n=1}^N (x_{nd} - \mu_d)^2, \\
# \hat x_{nd} &= \frac{x_{nd} - \mu_d}{\sqrt{\sigma_d^2 + \epsilon}}, & \text{out}_{nd} &= \gamma_d\, \hat x_{nd} + \beta_d
# \end{aligned}$$
#
# The variance is divided by $N$, not by $N - 1$; $\epsilon$ is under the root and prevents a division by zero for a
# constant feature. In the same call both running averages move towards the statistics of the minibatch:
#
# $$r \leftarrow \text{momentum} \cdot r + (1 - \text{momentum}) \cdot s$$
#
# In test mode they are used in place of $\mu$ and $\sigma^2$ and do not change. Settings and running averages live in
# the dictionary `bn_param`; the function's description names its keys. Write {{task:batchnorm-forward}}
# ([book]({{book:batch-normalization#forward}})).
#
# The check sends 200 examples through a random two-layer network and normalizes its three outputs. Expected: with
# $\gamma = 1$ and $\beta = 0$ means of 0 and standard deviations of 1; with other $\gamma$ and $\beta$ exactly these.
# After 50 passes in training mode the running averages are good enough for test mode to come close to 0 and 1, though
# not exactly:
#
# ```
# means of the test output:               {{expected:bn-test-means}}
# standard deviations of the test output: {{expected:bn-test-stds}}
# ```

# %% check="batchnorm-forward"
np.random.seed(493)
N, D1, D2, D3 = 200, 50, 60, 3
X, W1, W2 = np.random.randn(N, D1), np.random.randn(D1, D2), np.random.randn(D2, D3)
a = np.maximum(0, X @ W1) @ W2
before = a.copy()

with checking("batchnorm_forward in training mode") as check:
    for gamma, beta in ((np.ones(3), np.zeros(3)), (np.array([1.0, 2.0, 3.0]), np.array([11.0, 12.0, 13.0]))):
        bn_param = {"mode": "train"}
        out, _ = batchnorm_forward(a, gamma, beta, bn_param)
        check.close(f"means with beta {beta}", out.mean(axis=0), beta, atol=1e-10)
        check.close(f"standard deviations with gamma {gamma}", out.std(axis=0), gamma, atol=1e-6)
    check.close("running_mean after one pass, momentum 0.9", bn_param.get("running_mean"), 0.1 * a.mean(axis=0))
    check.close("running_var after one pass, momentum 0.9", bn_param.get("running_var"), 0.1 * a.var(axis=0))
    out, _ = batchnorm_forward(a, np.ones(3), np.zeros(3), {"mode": "train", "eps": 500.0})
    check.close("standard deviations with eps = 500", out.std(axis=0), {{expected:bn-large-eps-stds}}, atol=1e-7)
    check.close("out with eps = 500, undone", out * np.sqrt(a.var(axis=0) + 500) + a.mean(axis=0), a)
    bn_half = {"mode": "train", "momentum": 0.5}
    batchnorm_forward(a, np.ones(3), np.zeros(3), bn_half)
    check.close("running_mean after one pass, momentum 0.5", bn_half.get("running_mean"), 0.5 * a.mean(axis=0))
    check.close("running_var after one pass, momentum 0.5", bn_half.get("running_var"), 0.5 * a.var(axis=0))
    check.unchanged("x", a, before)

np.random.seed(493)
W1, W2, bn_param = np.random.randn(D1, D2), np.random.randn(D2, D3), {"mode": "train"}

with checking("batchnorm_forward in test mode") as check:
    for _ in range(50):
        batchnorm_forward(np.maximum(0, np.random.randn(N, D1) @ W1) @ W2, np.ones(3), np.zeros(3), bn_param)
    bn_param["mode"] = "test"
    a_test = np.maximum(0, np.random.randn(N, D1) @ W1) @ W2
    out, _ = batchnorm_forward(a_test, np.ones(3), np.zeros(3), bn_param)
    check.close("means", out.mean(axis=0), {{expected:bn-test-means}}, atol=1e-7)
    check.close("standard deviations", out.std(axis=0), {{expected:bn-test-stds}}, atol=1e-7)
    alone, _ = batchnorm_forward(a_test[:1], np.ones(3), np.zeros(3), bn_param)
    check.close("an example alone", alone, out[:1])
    out, _ = batchnorm_forward(a_test, np.ones(3), np.zeros(3), {"mode": "test", "eps": 4.0})
    check.close("out without running averages, which are then 0, and eps 4", out, a_test / 2)
    given = {"mode": "test", "eps": 5.0, "running_mean": np.full(3, 7.0), "running_var": np.full(3, 4.0)}
    out, _ = batchnorm_forward(a_test, np.array([1.0, 2.0, 3.0]), np.array([11.0, 12.0, 13.0]), given)
    wanted = np.array([1.0, 2.0, 3.0]) * (a_test - 7) / 3 + np.array([11.0, 12.0, 13.0])
    check.close("out with running_mean 7, running_var 4, eps 5, gamma and beta", out, wanted)

# %%
print("Before batch normalization:")
print_mean_std(a)
print("After it, gamma = 1 and beta = 0:")
print_mean_std(batchnorm_forward(a, np.ones(3), np.zeros(3), {"mode": "train"})[0])
print("After it, gamma = [1, 2, 3] and beta = [11, 12, 13]:")
print_mean_std(batchnorm_forward(a, np.array([1.0, 2.0, 3.0]), np.array([11.0, 12.0, 13.0]), {"mode": "train"})[0])
print("Test mode, after 50 passes in training mode:")
print_mean_std(batchnorm_forward(a_test, np.ones(3), np.zeros(3), bn_param)[0])

# %% [markdown]
# A standard deviation may be printed as 0.99999999 and not as 1: that comes from $\epsilon$ and is not a mistake.
#
# ## Batch normalization: backward
#
# Draw the forward pass as a graph of single operations: column means, differences, squares, their means, $+\,\epsilon$,
# root, quotient, times $\gamma$, plus $\beta$. Then go through it from the end to the beginning and send the upstream
# gradient back through one operation at a time. Two rules are enough. Where a value was *used in several places*, the
# gradients that come back from them add up. Where a value was *a sum over many*, its gradient goes to each of them.
#
# The first rule is easily forgotten. $x$ reaches $\hat x$ straight through the numerator, through the mean $\mu$, and
# through the variance $\sigma^2$, so its gradient has three terms. (The mean is used twice, in the numerator and in the
# variance, so the gradient at $\mu$ has two parts itself.)
#
# $$\frac{\partial L}{\partial x_{nd}} =
# \underbrace{\frac{\partial L}{\partial \hat x_{nd}} \frac{1}{\sqrt{\sigma_d^2 + \epsilon}}}_{\text{numerator}} +
# \underbrace{\frac{\partial L}{\partial \mu_d} \frac1N}_{\text{mean}} +
# \underbrace{\frac{\partial L}{\partial \sigma_d^2} \frac{2 (x_{nd} - \mu_d)}{N}}_{\text{variance}}$$
#
# The gradients at $\mu_d$ and $\sigma_d^2$ are sums over the minibatch; working them out is your part. The book has
# [a picture of the graph]({{book:batch-normalization#backward}}). If a check fails, compare each intermediate gradient
# with a numeric one, from the end to the beginning: the first one that is wrong shows you the mistake. If the gradients
# have names, `explain_gradient` does this for you: it runs both functions, moves each value of the forward pass a
# little and compares the gradient of the same name, with a `d` in front, with what the loss does
# ([book]({{book:gradient-checking#microscope}})).
#
# Try it on an activation, $\text{out} = x \cdot \sigma(a x)$ with a slope $a$ for each feature, whose backward pass has
# one mistake. Which line is it, and what should it say? Correct it and run the cell again.

# %%
def swish_forward(x, slope):
    z = slope * x
    e = np.exp(-z)
    s = 1 / (1 + e)
    out = x * s
    return out, (x, slope, e, s)


def swish_backward(dout, cache):
    x, slope, e, s = cache
    ds = dout * x
    de = -ds * s
    dz = -de * e
    dx = dout * s + dz * slope
    dslope = (dz * x).sum(axis=0)
    return dx, dslope


np.random.seed(493)
explain_gradient(swish_forward, swish_backward, np.random.randn(6, 4), np.random.randn(4))

# %% [markdown]
# The values after `e` have right gradients, so the mistake is made in the step to `e`. The gradients of the values
# before it are wrong because of it.
#
# Now write {{task:batchnorm-backward}}. Expected: errors around 1e-9. If they are larger, put your own two functions
# under the microscope: `explain_gradient(batchnorm_forward, batchnorm_backward, x, gamma, beta, {"mode": "train"})`.
#
# The check weights the outputs with a *random* upstream gradient. Their plain sum would not do: every column of the
# output adds up to $N \beta_d$ for every $x$, so the true gradient of the sum is zero, and a function that returns
# zeros would pass. Nor would the sum of their squares: it is $N (\gamma_d^2 + \beta_d^2)$ for every $x$, except for the
# tiny part that $\epsilon$ takes away. For the same reason errors are not judged by their relative size alone: where
# the true gradient is almost zero, rounding is large compared with it, and right code would fail. An error may be as
# large as a small constant plus a small part of the largest entry.

# %% check="batchnorm-backward"
np.random.seed(493)
N, D = 4, 5
x, gamma, beta = 5 * np.random.randn(N, D) + 12, np.random.randn(D), np.random.randn(D)
dout = np.random.randn(N, D)

with checking("batchnorm_backward") as check:
    for eps in (1e-5, 10.0):
        param = {"mode": "train", "eps": eps}
        _, cache = batchnorm_forward(x, gamma, beta, {**param})
        dx, dgamma, dbeta = batchnorm_backward(dout, cache)
        check.gradient(f"dx, eps {eps}", dx, lambda a: batchnorm_forward(a, gamma, beta, {**param})[0], x, dout)
        check.gradient(f"dgamma, eps {eps}", dgamma, lambda a: batchnorm_forward(x, a, beta, {**param})[0], gamma, dout)
        check.gradient(f"dbeta, eps {eps}", dbeta, lambda a: batchnorm_forward(x, gamma, a, {**param})[0], beta, dout)

# %% [markdown]
# ## Batch normalization: backward in one line
#
# For a sigmoid you could go through a graph of exponential, sum and quotient, or work out on paper that the derivative
# is $\sigma(1 - \sigma)$ and write only that. In batch normalization too, most of the graph cancels on paper.
#
# Take one feature, so that $x$ is a vector of $N$ numbers. Begin with $\partial \mu / \partial x_i = 1/N$, then find
# $\partial \sigma^2 / \partial x_i$ (the part that comes through the mean vanishes; why?), then
# $\partial \hat x_n / \partial x_i$, and put it into
# $\partial L / \partial x_i = \sum_n \partial L / \partial \hat x_n \cdot \partial \hat x_n / \partial x_i$. Express
# what you get with $\hat x$ and with two sums that you need anyway, for `dgamma` and `dbeta`. What is left fits on a
# line of 80 characters.
#
# Write {{task:batchnorm-backward-alt}}; the book has [the derivation]({{book:batch-normalization#one-line}}). It
# takes the same cache and may not call the first version. Expected: errors around 1e-9, as before.

# %% check="batchnorm-backward-alt"
np.random.seed(493)
N, D = 4, 5
x, gamma, beta = 5 * np.random.randn(N, D) + 12, np.random.randn(D), np.random.randn(D)
dout = np.random.randn(N, D)

with checking("batchnorm_backward_alt") as check:
    for eps in (1e-5, 10.0):
        param = {"mode": "train", "eps": eps}
        _, cache = batchnorm_forward(x, gamma, beta, {**param})
        dx, dgamma, dbeta = batchnorm_backward_alt(dout, cache)
        check.gradient(f"dx, eps {eps}", dx, lambda a: batchnorm_forward(a, gamma, beta, {**param})[0], x, dout)
        check.gradient(f"dgamma, eps {eps}", dgamma, lambda a: batchnorm_forward(x, a, beta, {**param})[0], gamma, dout)
        check.gradient(f"dbeta, eps {eps}", dbeta, lambda a: batchnorm_forward(x, gamma, a, {**param})[0], beta, dout)

# %% [markdown]
# Now both versions side by side, on 100 examples with 500 features: how far apart are they, and is the short one
# faster? A single measurement of time says little, so the two take turns, and the median of many measurements counts.

# %%
np.random.seed(493)
N, D = 100, 500
x, gamma, beta = 5 * np.random.randn(N, D) + 12, np.random.randn(D), np.random.randn(D)
dout = np.random.randn(N, D)
_, cache = batchnorm_forward(x, gamma, beta, {"mode": "train"})

versions = {"step by step": batchnorm_backward, "one line": batchnorm_backward_alt}
times = {name: [] for name in versions}
for _ in range(201):
    for name, backward in versions.items():
        start = time.perf_counter()
        backward(dout, cache)
        times[name].append(1e6 * (time.perf_counter() - start))

# %%
pairs = zip(("dx", "dgamma", "dbeta"), batchnorm_backward(dout, cache), batchnorm_backward_alt(dout, cache), strict=True)
rows = [[name, np.abs(one - other).max(), rel_error(one, other)] for name, one, other in pairs]
print_table(["gradient", "absolute difference", "relative difference"], rows, "Step by step against one line")
print_table(["version", "median, microseconds"], [[name, np.median(t)] for name, t in times.items()], f"\n{N} x {D}, 201 runs each")
print(f"the one line is {np.median(times['step by step']) / np.median(times['one line']):.2f} times as fast")

# %% [markdown]
# The two agree up to rounding. How much faster the short one is depends on the machine and on how many arrays of size
# `(N, D)` each of your versions makes; a factor anywhere between 1 and 3 is usual.
#
# ## A sandwich with normalization
#
# In a network, the normalization comes between the affine layer and the ReLU: affine, norm, ReLU. One pair of functions
# serves both normalizations; the argument `normalization` says which. Forward keeps three caches; backward goes through
# them in reverse order and returns five gradients. Write the call for `"layernorm"` now, like the one for
# `"batchnorm"`, although you will write the function that it calls only at the end of this notebook.
#
# Write {{task:affine-norm-relu}} ([book]({{book:batch-normalization#sandwich}})). Expected: errors around 1e-9. One
# gradient is special: the bias `b` is added to all examples alike, and the normalization takes it out with the mean. So
# **the true gradient of `b` is exactly zero**. What a computer prints for it is rounding noise, and the relative error
# of noise against noise can be anything. It is therefore compared *absolutely*, and the check says so.

# %% check="affine-norm-relu"
np.random.seed(493)
x, w, b = np.random.randn(6, 2, 3), np.random.randn(6, 5), np.random.randn(5)
gamma, beta, dout = np.random.randn(5), np.random.randn(5), np.random.randn(6, 5)


def sandwich(x=x, w=w, b=b, gamma=gamma, beta=beta, kind="batchnorm"):
    """Output and cache of the sandwich in training mode, with one of its five inputs replaced."""
    return affine_norm_relu_forward(x, w, b, gamma, beta, {"mode": "train"}, kind)


with checking("affine_norm_relu with batch normalization") as check:
    out, cache = sandwich()
    check.true("out is never negative", np.min(out) >= 0, "the ReLU comes last")
    dx, dw, db, dgamma, dbeta = affine_norm_relu_backward(dout, cache)
    check.gradient("dx", dx, lambda a: sandwich(x=a)[0], x, dout)
    check.gradient("dw", dw, lambda a: sandwich(w=a)[0], w, dout)
    check.gradient("db", db, lambda a: sandwich(b=a)[0], b, dout)
    check.gradient("dgamma", dgamma, lambda a: sandwich(gamma=a)[0], gamma, dout)
    check.gradient("dbeta", dbeta, lambda a: sandwich(beta=a)[0], beta, dout)

# Layer normalization comes at the end of this notebook. From then on, this cell looks at it as well.
try:
    layernorm_backward(np.ones((2, 3)), layernorm_forward(np.eye(2, 3), np.ones(3), np.zeros(3), {})[1])
except NotImplementedError:
    print("With layer normalization: not looked at until that is written.")
else:
    with checking("affine_norm_relu with layer normalization") as check:
        out, cache = sandwich(kind="layernorm")
        check.close("out of one example alone", sandwich(x=x[:1], kind="layernorm")[0], out[:1])
        dx, _, _, dgamma, _ = affine_norm_relu_backward(dout, cache)
        check.gradient("dx", dx, lambda a: sandwich(x=a, kind="layernorm")[0], x, dout)
        check.gradient("dgamma", dgamma, lambda a: sandwich(gamma=a, kind="layernorm")[0], gamma, dout)

# %% [markdown]
# ## A fully connected network with normalization
#
# Now complete the network, {{task:fc-net-normalization}}. It is the `FullyConnectedNetBasic` you know, with a normalization (if
# any) before the ReLU of every hidden layer and none before the softmax: the last layer gives scores, and these must be
# free to have any mean and size. What is new:
#
# - `params` holds `gamma1`, `beta1`, ... for the hidden layers, ones and zeros at the start;
# - each hidden layer has a dictionary of its own in `self.bn_params`, because each has running averages of its own;
# - `loss` without labels runs in test mode, with labels in training mode. The mode is an entry with the key `"mode"` of
#   these dictionaries;
# - the penalty counts the weights of *all* layers; biases, scales and shifts are not regularized.
#
# Leave dropout for the next notebook: with `dropout_keep_ratio=1` there is none. [The book]({{book:batch-normalization#network}})
# has a section on it. Expected initial losses: {{expected:bn-net-loss}} without a penalty and
# {{expected:bn-net-loss-reg}} with `reg` = 3.14.
#
# About the errors: a normalization follows `b1` and `b2`, so their true gradients are zero and they are compared
# absolutely. With only two examples in the batch the curvature is high, so the first part of the check allows a
# relative error of 1e-3; the second, with ten examples, is strict. The last part asks whether test mode is really on:
# an image must get the same scores by itself and among others.

# %% check="fc-net-normalization"
np.random.seed(493)
N, D, H1, H2, C = 2, 15, 20, 30, 10
X, y = np.random.randn(N, D), np.random.randint(C, size=(N,))
names = [f"{kind}{i}" for kind in ("W", "b", "gamma", "beta") for i in (1, 2, 3) if kind in "Wb" or i < 3]

with checking("FullyConnectedNet with batch normalization") as check:
    for reg, expected in ((0, {{expected:bn-net-loss}}), (3.14, {{expected:bn-net-loss-reg}})):
        settings = {"input_dim": D, "num_classes": C, "normalization": "batchnorm", "weight_scale": 5e-2, "dtype": np.float64}
        model = with_drawn_weights(FullyConnectedNet, [H1, H2], reg=reg, **settings)
        loss, grads = model.loss(X, y)
        check.close(f"loss, reg {reg}", loss, expected, atol=1e-6)
        check.keys("params", model.params, names)
        check.keys("grads", grads, names)
        for name in sorted(grads):
            param, wide = model.params[name], {"atol": 1e-6, "rtol": 1e-3}
            check.gradient(f"{name}, reg {reg}", grads[name], lambda _: model.loss(X, y)[0], param, **wide)
    drawn = FullyConnectedNet([H1, H2], **settings).params["W1"]
    check.close("spread of W1 as you draw it", drawn.std(), 5e-2, atol=1.5e-2)

with checking("The same with ten examples, and in test mode") as check:
    X, y = np.random.randn(10, D), np.random.randint(C, size=10)
    loss, grads = model.loss(X, y)
    for name in sorted(grads):
        check.gradient(name, grads[name], lambda _: model.loss(X, y)[0], model.params[name], tol=1e-6)
    check.close("scores of one example alone", model.loss(X[:1]), model.loss(X)[:1])
    averages = [np.array(param["running_mean"]) for param in model.bn_params]
    check.true("each layer has its own averages", [a.size for a in averages] == [H1, H2], "give layer i self.bn_params[i - 1]")
    model.loss(X + 1)
    check.close("running_mean after a pass in test mode", model.bn_params[0]["running_mean"], averages[0])

with checking("Running averages build up, and what must stay without normalization") as check:
    model, plain = FullyConnectedNet([H1, H2], **settings), FullyConnectedNet([H1, H2], input_dim=D)
    model.loss(X, y)
    once = np.array(model.bn_params[0]["running_mean"])
    model.loss(X, y)
    check.close("running_mean after two passes, in terms of one", model.bn_params[0]["running_mean"], 1.9 * once)
    check.keys("params without normalization", plain.params, [name for name in names if name[0] in "Wb" and "beta" not in name])
    check.close("scores of one example alone, without normalization", plain.loss(X[:1]), plain.loss(X)[:1], atol=1e-6)
    check.dtype("gradient of W1 of a float32 network, for float64 images", plain.loss(X, y)[1]["W1"], np.float32)

# %% [markdown]
# ## A deep network, with and without
#
# Six layers, 1,000 images, 10 epochs, and a weight scale of 0.02, which is rather small. The same network is trained with
# batch normalization and without.
#
# {{time:bn-deep}}

# %% timed="bn-deep"
np.random.seed(493)
size, epochs = budget(data, full=1000, embedded=1000, quick=200), budget(data, full=10, embedded=10, quick=2)
print(f"{size} training images, {epochs} epochs")
kinds = {"batchnorm": "batchnorm", "plain": None}
deep = {name: FullyConnectedNet([100] * 5, weight_scale=2e-2, normalization=norm) for name, norm in kinds.items()}
settings = {"num_epochs": epochs, "batch_size": 50, "update_rule": "adam", "optim_config": {"learning_rate": 1e-3}}
for name, model in deep.items():
    print(f"\n{name}:")
    deep[name] = Solver(model, first(size), print_every=20, progress=True, **settings)
    deep[name].train()

# %%
plot_training_history(deep, "Six layers")
print_histories(deep, "Six layers", last=20)
for name, solver in deep.items():
    put_back = solver.check_accuracy(solver.X_val, solver.y_val)
    print(f"{name}: best validation accuracy {solver.best_val_acc:.3f}, of the network after training {put_back:.3f}")

# %% [markdown]
# In the first panel, the loss with batch normalization soon falls below the other one and mostly stays there. In the
# second, its training accuracy pulls ahead and ends higher. In the third, on validation images, it is ahead at first,
# and later the two lines come close. This run shows that the network learns *faster* with the layer. That it becomes
# better on new images is another claim, and one run with 1,000 validation images, each accuracy uncertain by about
# 0.015, does not settle it.
#
# The last two lines show what the `Solver` leaves behind. It puts back the parameters of the best epoch, and with batch
# normalization that is not enough: the running averages belong to them, so it puts these back as well. Otherwise the
# network after training would be one that was never measured.
#
# ## Batch normalization and the scale of the first weights
#
# Now the experiment that this layer was made for. A network with seven hidden layers of 50 units is trained on 1,000
# images for each of 20 weight scales from 1e-4 to 1, with and without batch normalization. Where the weights are too
# large the plain network *diverges*: expect losses of thousands and more there. The warnings that numpy would give are
# switched off for this cell.
#
# {{time:bn-scales}}

# %% timed="bn-scales"
np.random.seed(493)
size, epochs = budget(data, full=1000, embedded=1000, quick=200), budget(data, full=10, embedded=10, quick=1)
scales = np.logspace(-4, 0, budget(data, full=20, embedded=20, quick=4))
print(f"{size} training images, {epochs} epochs, {len(scales)} weight scales")
settings = {"num_epochs": epochs, "batch_size": 50, "update_rule": "adam", "optim_config": {"learning_rate": 1e-3}, "verbose": False}
by_scale = {"batchnorm": [], "plain": []}
for scale in progress(scales, "weight scales"):
    pair = [FullyConnectedNet([50] * 7, weight_scale=scale, normalization=kinds[name]) for name in by_scale]
    for name, model in zip(by_scale, pair, strict=True):
        solver = Solver(model, first(size), **settings)
        with np.errstate(all="ignore"):
            solver.train()
        by_scale[name].append(solver)

# %% record="bn-weight-scales"
plot_weight_scales(scales, by_scale)
headers = ["weight scale", "bn: val", "bn: train", "bn: loss", "plain: val", "plain: train", "plain: loss"]
rows = [[scale] for scale in scales]
for solvers in by_scale.values():
    for row, s in zip(rows, solvers, strict=True):
        row += [s.best_val_acc, max(s.train_acc_history), final_loss(s)]
print_table(headers, rows, "Best accuracies and final loss")

# %% [markdown]
# All three panels have the weight scale on the x axis, in powers of ten. In the two accuracy panels the line of batch
# normalization is a broad hill with gentle slopes; the line of the plain network is low, near the level of guessing, in
# the whole left half, and has a narrow peak towards the right, about as high as the broad hill. Beyond the peak it
# falls back to guessing on validation images, and not as far on training images. In the loss panel the line of batch
# normalization is a shallow valley that rises on the far right; the plain line runs at or a little below ln 10 = 2.3,
# dips where the peak is, and then shoots up.
#
# The y axis of the loss panel ends at 3.5. A larger loss is drawn on the upper edge, and the legend counts such points.
# A point on the edge may be a loss of 4 or of a billion, and losses that are not finite are not drawn at all; the table
# has the figures.
#
# What does a layer see at the start? The next cell sends 500 images through seven layers with fresh weights of four
# scales and prints the standard deviation of what comes out of each affine layer, or of each normalization that follows
# it.

# %%
def layer_spreads(scale, normalized):
    """Standard deviation in front of each ReLU, for seven hidden layers with fresh weights."""
    np.random.seed(493)
    h, found = data["X_val"][:500].reshape(500, -1), []
    for _ in range(7):
        h = h @ (scale * np.random.randn(h.shape[1], 50))
        if normalized:
            h, _ = batchnorm_forward(h, np.ones(50), np.zeros(50), {"mode": "train"})
        found.append(h.std())
        h = np.maximum(h, 0)
    return found


# %% record="bn-layer-spreads" exact="images"
columns = {}
for name, normalized in (("bn", True), ("plain", False)):
    columns |= {f"{name} {scale:g}": layer_spreads(scale, normalized) for scale in (1e-4, 1e-2, 0.2, 1.0)}
rows = [[i + 1, *row] for i, row in enumerate(zip(*columns.values(), strict=True))]
print_table(["layer", *columns], rows, "Standard deviation before the ReLU")
lines = {name: (range(1, len(values) + 1), values) for name, values in columns.items()}
plot_lines(lines, "Standard deviation before the ReLU", "layer", "standard deviation", logy=True);

# %% [markdown]
# On the logarithmic y axis the lines of the plain network fan out from their first layer, down or up by the same factor
# in every layer. With batch normalization they stay level, except at the smallest scale, whose line sinks.

# %% [markdown]
# If your own tables are not finished yet, take these.
#
# {{recorded:bn-weight-scales}}
#
# {{recorded:bn-layer-spreads}}
#
# ### Question: weight scale
#
# Describe the results of the experiment. How does the scale of the first weights affect the networks with and without
# batch normalization, and why? Explain both ends: what happens to the plain network at small and at large scales? And
# why does the scale matter so little with batch normalization over such a wide band? Even this band has ends: what
# limits it on the left? (A hint: how large is $\epsilon$ compared with the variance there?)

# %% [markdown] question="bn-weight-scale"
# *Results.* The plain network depends strongly on the scale. Up to 0.013 its loss stays above 2 and its accuracies are
# at most about 0.20; its validation accuracy is above 0.3 only from 0.034 to 0.089, at 3 of 20 scales; from 0.23 on its
# loss is 69 and grows to 2e7. With batch normalization the network learns something at all 20 scales; it reaches more
# than 0.3 on validation images at 7 of them, from 0.005 to 0.089, and falls off slowly on both sides. At its best scale
# the plain network is about as good (.353 against .341): the layer does not make the best network better, it makes a
# good one easy to find.
#
# *Plain network.* A layer with fan-in D followed by a ReLU multiplies the size of the activations by about scale *
# sqrt(D / 2), here 5 * scale. At 0.01 that is 0.05 per layer: in the second table the standard deviation falls from 35
# to 5e-7 in seven layers, all images get practically the same scores, the loss begins at ln 10, and the gradients,
# which travel through the same weights and are multiplied by the same activations, vanish as well. At 1 the factor is
# 5: activations reach 5e7, the softmax is certain and wrong, gradients are huge as well, and after 200 steps the loss
# is still 2e7. At 0.2 = sqrt(2 / 50) the size is kept, but pixels of size 60 and the wide first layer have made it 700
# already; that is why the best scales lie below 0.2.
#
# *Batch normalization.* The layer divides by whatever scale there is: BN(a W x) = BN(W x) for every a > 0, as long as
# the variance is far above eps. So the forward pass does not see the scale (columns bn 0.01, bn 0.2 and bn 1 of the
# second table are 1 or nearly 1), and nothing vanishes or explodes from layer to layer. What the scale still decides is
# how far a step turns the weights. The gradient of W is divided by a, but adam divides the size of the gradient out
# again: its step is about the learning rate, 0.001, whatever a is. *Relative* to the weights the step goes as 1 / a.
# (Under plain gradient descent it would go as 1 / a^2.) From 0.005 to 0.089 that is between a fifth and a hundredth of
# the weights' size in each step, and 200 steps of that are enough to learn with.
#
# *The ends.* On the left eps: after the first layer the variance in front of a normalization is at most about 50/2 *
# 1e-8 = 2.5e-7, far below eps = 1e-5, so eps dominates under the root, which no longer restores a standard deviation of
# 1: 0.13, 0.016, ... 5e-6 in column bn 0.0001. (A feature that is multiplied by a meets an effective eps of eps / a^2.)
# On the right the last layer, which is not normalized, gives scores with a standard deviation of about 5 (a first loss
# between 7 and 9 for most draws), and adam's steps of 0.001 are tiny beside weights of size 1: 200 of them change a
# weight by about 0.2 if all point the same way.

# %% [markdown] instructor="bn-weight-scale"
# [item.results]
# points = 1
# text = 'Results of both networks at small and at large scales, with numbers.'
# asks = 'What happens to each of the two networks at small scales, and what at large ones? Give numbers.'
#
# [item.factor-per-layer]
# points = 0.5
# text = '''
# The mechanism of the plain network: a factor for each layer, which multiplies up for activations and gradients.'''
# asks = 'What does one layer of the plain network do to the size of its input, and what do all of them do?'
#
# [item.scale-taken-out]
# points = 0.5
# text = 'Normalization takes the scale out again at each layer.'
# asks = 'What does a normalization layer do to an input that is a thousand times as large?'
#
# [item.left-end]
# points = 1
# text = 'Explains the left end by eps against a tiny variance.'
# asks = 'At the smallest scales: what does the root in batch normalization contain besides the variance?'
#
# [wrong.regularises]
# answer = 'Because of the regularizing effect of batch normalization.'
# why = '''
# Published. Regularization acts on the gap between training and validation accuracy; here the plain network does not
# even fit its training images.'''
# says = 'How well does the plain network fit its training images here?'
#
# [wrong.overfitting]
# answer = 'Reads overfitting into the plot.'
# why = 'Published. The training accuracies fall as well.'
# says = 'Look at the training accuracies too.'
#
# [wrong.higher-rates]
# answer = 'Batch normalization allows higher learning rates.'
# why = 'Published; true, but all runs have the same rate.'
# says = 'Compare the learning rates of these runs.'
#
# [wrong.edge-of-figure]
# answer = 'The plain loss stays below 3.5 at large scales.'
# why = 'That is an edge of the figure.'
# says = 'Read the loss in the table, and not in the figure.'
#
# [wrong.mere-word]
# answer = 'Internal covariate shift, as a mere word.'
# why = 'A name is not an account of what happens.'
# says = 'Say what that would change, and where the tables show it.'

# %% [markdown]
# ## Batch normalization and batch size
#
# The layer estimates means and variances from the minibatch. What if there is little to estimate them from? Here a
# six-layer network is trained with minibatches of 5, 10 and 50, for 10 epochs each, and in addition a network without
# normalization with minibatches of 5.
#
# {{time:bn-batches}}

# %% timed="bn-batches"
def batch_size_sweep(normalization):
    """The plain network at batch size 5 and the normalised one at 5, 10 and 50, each for the same number of epochs."""
    np.random.seed(493)
    found = {}
    for norm, batch_size in ((None, 5), (normalization, 5), (normalization, 10), (normalization, 50)):
        label = f"{norm or 'plain'}, batch {batch_size}"
        model = FullyConnectedNet([100] * 5, weight_scale=2e-2, normalization=norm)
        settings = {"update_rule": "adam", "optim_config": {"learning_rate": 10**-3.5}, "num_epochs": epochs}
        found[label] = Solver(model, first(size), batch_size=batch_size, verbose=False, progress=True, **settings)
        found[label].train()
    return found


size, epochs = budget(data, full=1000, embedded=1000, quick=100), budget(data, full=10, embedded=10, quick=1)
print(f"{size} training images, {epochs} epochs")
batch_runs = batch_size_sweep("batchnorm")

# %% record="bn-batch-sizes"
def show_batch_sizes(runs, title):
    """Accuracies over the epochs, and a table with the number of updates that each run had."""
    for part in ("train", "val"):
        curves = {name: (range(epochs + 1), getattr(s, f"{part}_acc_history")) for name, s in runs.items()}
        plot_lines(curves, f"{title}: accuracy on the {part} images", "epoch", "accuracy")
    rows = [[name, len(s.loss_history), s.train_acc_history[-1], s.val_acc_history[-1], s.best_val_acc] for name, s in runs.items()]
    print_table(["run", "updates", "train, last", "val, last", "val, best"], rows, f"{title}: {epochs} epochs")


show_batch_sizes(batch_runs, "Batch sizes")

# %% [markdown]
# There are two figures, each with four lines against the epochs. On training images batch normalization with
# minibatches of 50 ends highest, that with 10 lower, and that with 5 lowest of all; the plain network with minibatches
# of 5 ends clearly above batch normalization with the same batch size. On validation images all lines end within seven
# hundredths of one another.
#
# Do not read too much into this yet. All runs had ten *epochs*: that is 2,000 updates with minibatches of 5 and only
# 200 with minibatches of 50, at the same learning rate. And the plain network was trained with only one batch size, so
# nothing says what it would do with the others. A fair experiment has **the same number of updates** for all, **the
# plain network at each batch size**, and **several seeds**. (With equal updates, training with larger minibatches sees
# more images: the epochs and the updates cannot both be equal. But this is the same for both networks, so compare the
# two *at the same batch size*.)
#
# {{time:bn-updates}}

# %% timed="bn-updates"
def equal_updates(normalization):
    """Solvers by batch size, several seeds each, all with the same number of updates."""
    found = {}
    for batch_size in progress((5, 10, 50), normalization or "plain"):
        found[batch_size] = []
        for seed in seeds:
            np.random.seed(seed)
            model = FullyConnectedNet([100] * 5, weight_scale=2e-2, normalization=normalization)
            settings = {"num_epochs": updates // (size // batch_size), "batch_size": batch_size, "verbose": False}
            solver = Solver(model, first(size), update_rule="adam", optim_config={"learning_rate": 10**-3.5}, **settings)
            solver.train()
            found[batch_size].append(solver)
    return found


updates, seeds = budget(data, full=1000, embedded=1000, quick=20), range(budget(data, full=3, embedded=3, quick=1))
fair = {name: equal_updates(norm) for name, norm in (("plain", None), ("batchnorm", "batchnorm"))}

# %% record="bn-equal-updates"
def show_equal_updates(fair):
    """Accuracies after the last update: one row for each batch size, mean and standard deviation over the seeds."""
    parts = {"train": "train_acc_history", "val": "val_acc_history"}
    headers = ["batch size", *(f"{name}: {part}" for part in parts for name in fair)]
    rows = [[batch_size] for batch_size in (5, 10, 50)]
    for row in rows:
        row += [spread(getattr(s, history)[-1] for s in runs[row[0]]) for history in parts.values() for runs in fair.values()]
    print_table(headers, rows, f"{updates} updates, {len(seeds)} seeds: accuracy after the last update")
    for part, history in parts.items():
        last = {name: [[getattr(s, history)[-1] for s in solvers] for solvers in runs.values()] for name, runs in fair.items()}
        curves = {name: ((5, 10, 50), np.mean(values, axis=1)) for name, values in last.items()}
        errors = {name: np.std(values, axis=1, ddof=min(1, len(seeds) - 1)) for name, values in last.items()}
        title = f"{updates} updates: accuracy on the {part} images"
        plot_lines(curves, title, "batch size", "accuracy", logx=True, errors=errors)


show_equal_updates(fair)

# %% [markdown]
# Both figures have one line for each network, against the batch size, with bars of one standard deviation over the
# seeds. On training images both lines rise steeply; at batch size 5 that of batch normalization begins clearly lower,
# and on the right the two meet. On validation images the lines are much flatter, and the gaps between them are about as
# large as the bars.
#
# And how far off are the estimates? The next cell needs no network. It draws minibatches from a feature with mean 0 and
# standard deviation 1 and measures how far the mean and the standard deviation of a minibatch are from these, on
# average.

# %% record="bn-batch-statistics" exact="all"
np.random.seed(493)
rows = []
for batch_size in (2, 5, 10, 50, 200):
    batches = np.random.randn(4000, batch_size)
    means, stds = batches.mean(axis=1), batches.std(axis=1)
    rows.append([batch_size, np.sqrt(np.mean(means**2)), stds.mean(), stds.std()])
headers = ["batch size", "error of the mean", "mean of the std", "spread of the std"]
print_table(headers, rows, "Statistics of 4,000 minibatches, true values 0 and 1")
sizes, errors, _, spreads = zip(*rows, strict=True)
curves = {"error of the mean": (sizes, errors), "spread of the std": (sizes, spreads)}
plot_lines(curves, "Statistics of minibatches", "batch size", "error", logx=True, logy=True);

# %% [markdown]
# Both lines fall, nearly straight on logarithmic axes: with a batch four times as large the error is half as large.

# %% [markdown]
# If your own tables are not finished yet, take these.
#
# {{recorded:bn-batch-sizes}}
#
# {{recorded:bn-equal-updates}}
#
# {{recorded:bn-batch-statistics}}
#
# ### Question: batch size
#
# Describe the results. What do they imply about the relationship between batch normalization and batch size, and why is
# there such a relationship? Say also which conclusion the first table by itself seems to suggest but cannot support,
# and what the second one adds.

# %% [markdown] question="bn-batch-size"
# *Results.* With batch normalization, training goes better with larger minibatches: after ten epochs .80, .62 and .40
# on training images for 50, 10 and 5. With minibatches of 5 it is worse on training images than no normalization at all
# (.40 against .66); on validation images one run cannot tell the two apart (.30 against .33). With equal updates the
# same picture: at batch size 5 batch normalization is behind the plain network by .11 on training images, more than
# three times the larger spread over seeds, and by .04 on validation images, one and a half times the larger spread; at
# 10 it is .09 behind on training images and level on validation images; at 50 the two differ by less than the spread.
#
# *Meaning.* Batch normalization needs minibatches that are not too small; a few dozen examples are enough here. With
# very small ones it can do harm.
#
# *Why.* Mean and variance are estimated from the minibatch. In the third table the mean of 5 numbers is off by 0.44
# standard deviations and their standard deviation is too small by 16% on average, with a spread of 0.31; with 50 it is
# 0.14, 2% and 0.10. The noise goes down with 1 / sqrt(N). So at 5 each example's activations depend strongly on the
# other examples of the batch, anew in every layer, and gradients are noisy too. In addition, the running averages that
# are used at test time are not the statistics that the network was trained with. (At batch size 1 the output is beta,
# whatever the input.)
#
# *What the first table cannot support.* The runs differ in the number of updates, 2,000 against 200, at the same
# learning rate, and the plain network is there at one batch size only. So it cannot tell how much of the differences
# between batch sizes is due to batch normalization. The second one can: the plain network is better with larger
# minibatches as well (with equal updates it has then seen more images), so only the *gap* between the two at the same
# batch size counts, and this gap closes.

# %% [markdown] instructor="bn-batch-size"
# note = '''Numbers of the student's own tables count; with other images they may differ.'''
#
# [item.same-batch-size]
# points = 1
# text = 'Batch normalization suffers at small batch sizes, compared with the plain network at the same batch size.'
# asks = 'At each batch size: how far apart are the networks with and without normalization?'
#
# [item.noisy-statistics]
# points = 1
# text = 'The reason: noisy statistics, with a number or with the dependence on the other examples of the batch.'
# asks = 'From how many examples are mean and variance estimated, and how good is that? Give a number.'
#
# [item.confounded]
# points = 0.5
# text = 'What confounds the first table: different numbers of updates, or missing baselines.'
# asks = 'What else than the batch size differs between the rows of the first table?'
#
# [item.second-table]
# points = 0.5
# text = 'What the second table adds.'
# asks = 'Which comparison does the second table allow that the first one does not?'
#
# [wrong.larger-overfits]
# answer = 'Larger batch sizes may also introduce overfitting.'
# why = 'Published. Nothing here shows it.'
# says = 'Which numbers here show that?'
#
# [wrong.fewer-updates]
# answer = 'Smaller batches are worse because they make fewer updates.'
# why = 'They make more.'
# says = 'Count the updates of one epoch for both batch sizes.'
#
# [wrong.always-better]
# answer = 'Batch normalization makes every network better.'
# why = 'Not at 5.'
# says = 'Look at the smallest batch size.'
#
# [wrong.noise-helps]
# answer = 'The noise is a regularizer, so small batches generalise better.'
# why = 'Then validation accuracy would gain, and it loses.'
# says = 'What happens to the validation accuracy?'
#
# [wrong.unlike-sizes]
# answer = 'Compares batch normalization at 50 with the plain network at 5.'
# why = 'The gap counts at the same batch size.'
# says = 'Compare two networks that differ in one thing.'

# %% [markdown]
# ## Layer normalization
#
# Batch normalization ties the examples of a minibatch together: it needs a batch of some size, and it is a different
# function in training and at test time. Layer normalization keeps the formula and changes the direction. Each example
# is normalized with the mean and the variance *of its own features*, the row instead of the column:
#
# $$\mu_n = \frac1D \sum_{d=1}^D x_{nd}, \qquad \sigma_n^2 = \frac1D \sum_{d=1}^D (x_{nd} - \mu_n)^2, \qquad
# \text{out}_{nd} = \gamma_d\, \frac{x_{nd} - \mu_n}{\sqrt{\sigma_n^2 + \epsilon}} + \beta_d$$
#
# Nothing needs to be remembered: the layer is the same function in training and at test time, and for a batch of one.
# But $\gamma$ and $\beta$ still belong to features.
#
# ### Question: which preprocessing is like which normalization?
#
# Here are four ways to prepare a data set of images. Which are like batch normalization, which like layer
# normalization, and which like neither? Give a reason for each: over what are the statistics taken, and what is done
# with them?
#
# 1. Scale each image so that, within each row of its pixels, the red, green and blue values of that row add up to 1.
# 2. Scale each image so that all its red, green and blue values add up to 1.
# 3. Subtract the mean image of the data set from each image.
# 4. Set every red, green and blue value to 0 or 1, depending on whether it is below or above a given threshold.

# %% [markdown] question="bn-preprocessing"
# 3 is like batch normalization: the mean is taken over the examples, for each feature (each colour of each pixel) on
# its own. It only centres; a full counterpart would also divide by the standard deviation of each feature over the data
# set.
#
# 2 is like layer normalization: one number, the sum over *all features of one example*, scales that example, and no
# other example has a part in it. It only scales and does not centre.
#
# 1 is like layer normalization too, since it uses a single example only, but each row of pixels, a part of the
# features, has a statistic of its own. Strictly it is nearest to group normalization with the rows as groups.
#
# 4 is neither: the threshold is fixed beforehand, no statistic is taken over anything, and the result is not a shifted
# and scaled input.

# %% [markdown] instructor="bn-preprocessing"
# note = 'A part counts with its reason, the axis. All four right without any reason: two of them.'
#
# [item.rows]
# points = 0.5
# text = '1 is like layer normalization (or "layer-like", or group normalization).'
# asks = '1: can another image change what becomes of this one?'
#
# [item.sum-of-pixels]
# points = 0.5
# text = '2 is like layer normalization.'
# asks = '2: over which axis is the sum taken?'
#
# [item.mean-image]
# points = 0.5
# text = '3 is like batch normalization.'
# asks = '3: over which axis is that mean taken?'
#
# [item.threshold]
# points = 0.5
# text = '4 is neither.'
# asks = '4: which data is the threshold computed from?'
#
# [wrong.published]
# answer = '1: batch, 2: layer, 3: layer, 4: batch.'
# why = 'Published as a solution; only 2 is right.'
# says = 'Ask of each of the four over which axis its statistic is taken.'
#
# [wrong.several-numbers]
# answer = '1 is batch normalization because several numbers are taken per image.'
# why = 'What counts is that no other image has a part in them.'
# says = '1: which images have a part in these numbers?'
#
# [wrong.whole-image]
# answer = '3 is layer normalization because a whole image is subtracted.'
# why = 'The mean image is a mean over images, feature by feature.'
# says = '3: how is the image made that is subtracted?'
#
# [wrong.one-threshold]
# answer = '4 is batch normalization because one threshold serves all images.'
# why = 'A constant is no statistic.'
# says = '4: would the threshold be another one for other images?'
#
# [wrong.no-four]
# answer = 'No answer on 4.'
# why = 'Published too. It asks for a reason as well.'
# says = 'The fourth one is part of the question.'

# %% [markdown]
# ## Layer normalization: forward
#
# Write {{task:layernorm-forward}} ([book]({{book:layer-and-group-normalization#layer}})). You can transpose and reuse
# your batch normalization, or write it directly with `axis=1` and `keepdims=True`; either way, think about which axis
# $\gamma$ and $\beta$ go along.
#
# The check normalizes four examples with three features each. Expected: with $\gamma = 1$ and $\beta = 0$ each *row*
# has mean 0 and standard deviation 1; with all $\gamma_d = 3$ and $\beta_d = 5$ it is 5 and 3.

# %% check="layernorm-forward"
np.random.seed(493)
N, D1, D2, D3 = 4, 50, 60, 3
X, W1, W2 = np.random.randn(N, D1), np.random.randn(D1, D2), np.random.randn(D2, D3)
a = np.maximum(0, X @ W1) @ W2
before = a.copy()

with checking("layernorm_forward") as check:
    for scale, shift in ((1, 0), (3, 5)):
        out, _ = layernorm_forward(a, np.full(D3, 1.0 * scale), np.full(D3, 1.0 * shift), {})
        check.close(f"means of the rows, beta = {shift}", out.mean(axis=1), np.full(N, shift), atol=1e-10)
        check.close(f"standard deviations of the rows, gamma = {scale}", out.std(axis=1), np.full(N, scale), atol=1e-5)
    out, _ = layernorm_forward(a, np.ones(D3), np.zeros(D3), {"eps": 3.0})
    means, variances = a.mean(axis=1, keepdims=True), a.var(axis=1, keepdims=True)
    check.close("out with eps = 3, undone", out * np.sqrt(variances + 3) + means, a)
    gamma, beta = np.array([1.0, 2.0, 3.0]), np.array([11.0, 12.0, 13.0])
    out, _ = layernorm_forward(a, gamma, beta, {"eps": 500.0})
    check.close("out with gamma = [1, 2, 3], beta = [11, 12, 13], eps = 500", out, np.array({{expected:ln-forward}}), atol=1e-6)
    check.close("an example alone", layernorm_forward(a[:1], gamma, beta, {"eps": 500.0})[0], out[:1])
    check.unchanged("x", a, before)

# %%
print("Before layer normalization:")
print_mean_std(a, axis=1)
print("After it, gamma = 1 and beta = 0:")
print_mean_std(layernorm_forward(a, np.ones(D3), np.zeros(D3), {})[0], axis=1)
print("After it, gamma = 3 and beta = 5:")
print_mean_std(layernorm_forward(a, np.full(D3, 3.0), np.full(D3, 5.0), {})[0], axis=1)

# %% [markdown]
# ## Layer normalization: backward
#
# The derivation is the one you did, along the other axis, with one difference. All examples share $\gamma$ and $\beta$,
# so their gradients are still sums over the *examples*. But $\gamma_d$ differs between the entries of the row that is
# normalized, so it has to be multiplied into the upstream gradient *before* any mean over the row is taken; in the
# one-line formula of batch normalization it could be taken out as a factor.
#
# Write {{task:layernorm-backward}} ([book]({{book:layer-and-group-normalization#layer}})). Expected: errors around
# 1e-9.

# %% check="layernorm-backward"
np.random.seed(493)
N, D = 4, 5
x, gamma, beta = 5 * np.random.randn(N, D) + 12, np.random.randn(D), np.random.randn(D)
dout = np.random.randn(N, D)

with checking("layernorm_backward") as check:
    for param in ({}, {"eps": 10.0}):
        _, cache = layernorm_forward(x, gamma, beta, param)
        dx, dgamma, dbeta = layernorm_backward(dout, cache)
        check.gradient(f"dx, ln_param {param}", dx, lambda a: layernorm_forward(a, gamma, beta, param)[0], x, dout)
        check.gradient(f"dgamma, ln_param {param}", dgamma, lambda a: layernorm_forward(x, a, beta, param)[0], gamma, dout)
        check.gradient(f"dbeta, ln_param {param}", dbeta, lambda a: layernorm_forward(x, gamma, a, param)[0], beta, dout)

# %% [markdown]
# Does your network use it as well? A network that trains without normalization, and says nothing, would pass every
# check so far. The next cell looks at `FullyConnectedNet` with `normalization="layernorm"`. The biases before a layer
# normalization do have an effect: only their common mean is taken out.

# %%
np.random.seed(493)
X, y = np.random.randn(5, 15), np.random.randint(10, size=5)
model = FullyConnectedNet([20, 30], input_dim=15, normalization="layernorm", reg=0.5, weight_scale=5e-2, dtype=np.float64)

with checking("FullyConnectedNet with layer normalization") as check:
    loss, grads = model.loss(X, y)
    check.keys("grads", grads, model.params)
    for name in sorted(grads):
        check.gradient(name, grads[name], lambda _: model.loss(X, y)[0], model.params[name], tol=1e-6)
    check.close("scores of one example alone", model.loss(X[:1]), model.loss(X)[:1])
    larger = FullyConnectedNet([20, 30], input_dim=15, normalization="layernorm", weight_scale=5e-2, dtype=np.float64)
    larger.params = {**model.params, "W1": 1e4 * model.params["W1"]}
    change = np.abs(larger.loss(X) - model.loss(X)).max()
    check.true("it normalises", change < 1, "weights ten thousand times as large must not make the scores large")

# %% [markdown]
# ## Layer normalization and batch size
#
# Here are the same two experiments as for batch normalization: first equal epochs, then equal updates with several
# seeds.
#
# {{time:ln-batches}}

# %% record="ln-batch-sizes" timed="ln-batches"
layer_runs = batch_size_sweep("layernorm")
show_batch_sizes(layer_runs, "Layer normalization")

# %% [markdown]
# And with equal updates:
#
# {{time:ln-updates}}

# %% record="ln-equal-updates" timed="ln-updates"
fair["layernorm"] = equal_updates("layernorm")
show_equal_updates(fair)

# %% [markdown]
# The first two figures are like those of batch normalization above. Here the line for minibatches of 5 does not fall
# behind: on training images it ends next to that of the plain network with the same batch size. In the figures with
# equal updates the line of layer normalization stays close to that of the plain network, and at batch size 5 it does not
# sag as the line of batch normalization does.
#
# {{recorded:ln-batch-sizes}}
#
# {{recorded:ln-equal-updates}}
#
# ## Three looks at layer normalization
#
# Three small measurements of the layer itself prepare the last question.
#
# - A: a network of 20 layers with weights that are too small, once plain and once with layer normalization. The table
#   has the standard deviation before the ReLU.
# - B: 1,000 random examples with few or many features. The table says how many different outputs layer normalization
#   makes of them, and how large, in the median, the entries of the gradient are that it sends back to its input.
# - C: layer normalization after weights that a strong penalty has shrunk. The table says by how much its output
#   changes.

# %% record="ln-deep" exact="all"
np.random.seed(493)
plain = normalised = np.random.randn(500, 50)
rows = []
for layer in range(1, 21):
    W = 0.1 * np.random.randn(50, 50)
    plain = np.maximum(plain, 0) @ W
    normalised, _ = layernorm_forward(np.maximum(normalised, 0) @ W, np.ones(50), np.zeros(50), {})
    if layer in (1, 5, 10, 20):
        rows.append([layer, plain.std(), normalised.std()])
print_table(["layer", "plain", "layernorm"], rows, "A: standard deviation in a deep network")
layers, *stds = zip(*rows, strict=True)
curves = {name: (layers, values) for name, values in zip(("plain", "layernorm"), stds, strict=True)}
plot_lines(curves, "A: a deep network", "layer", "standard deviation", logy=True);

# %% record="ln-few-features" exact="all"
np.random.seed(493)
rows = []
for D in (1, 2, 3, 10, 100):
    out, cache = layernorm_forward(np.random.randn(1000, D), np.ones(D), np.zeros(D), {})
    dx, _, _ = layernorm_backward(np.random.randn(1000, D), cache)
    rows.append([D, len(np.unique(out.round(1) + 0.0, axis=0)), np.median(np.abs(dx))])
print_table(["features", "different outputs", "size of the gradient"], rows, "B: 1,000 random examples, outputs rounded to one digit")
features, outputs, _ = zip(*rows, strict=True)
plot_lines({"layernorm": (features, outputs)}, "B: few features", "features", "different outputs", logx=True, logy=True);

# %% record="ln-shrunk-weights" exact="all"
np.random.seed(493)
x, W = np.random.randn(500, 50), np.random.randn(50, 50)
full, _ = layernorm_forward(x @ W, np.ones(50), np.zeros(50), {})
rows = []
for shrink in (1, 0.1, 0.01, 0.001):
    out, _ = layernorm_forward(x @ (shrink * W), np.ones(50), np.zeros(50), {})
    rows.append([shrink, np.abs(shrink * x @ W).mean(), np.abs(out).mean(), np.abs(out - full).mean()])
print_table(["weights times", "size before", "size after", "change"], rows, "C: weights shrunk by a penalty, mean absolute values")
shrinks, *sizes, _ = zip(*rows, strict=True)
curves = {name: (shrinks, values) for name, values in zip(("before", "after layernorm"), sizes, strict=True)}
plot_lines(curves, "C: shrunk weights", "weights times", "mean absolute value", logx=True, logy=True);

# %% [markdown]
# In figure A the plain line falls by the same factor in every layer while the other one stays level. In B the line
# climbs from a single output to as many as there are examples. In C the size before the layer falls with the weights,
# while the size after it hardly changes.
#
# {{recorded:ln-deep}}
#
# {{recorded:ln-few-features}}
#
# {{recorded:ln-shrunk-weights}}
#
# ### Question: when does layer normalization not work well?
#
# In which of these situations is layer normalization likely to work badly, and why? For each of the other two, say why
# not.
#
# 1. In a very deep network.
# 2. With very few features.
# 3. With very strong regularization.

# %% [markdown] question="ln-when-not"
# 2, very few features. Mean and variance are taken over the D features of one example, so few features make poor
# statistics, and the normalization removes two of the D degrees of freedom, position and size, from every example. With
# D = 1 nothing is left: the output is beta for every input, and the gradient is 0 (first row of B). With D = 2 the
# normalized values are +1 and -1 or the reverse, so only *which* of the two is larger survives: of 1,000 different
# inputs a handful of outputs is left (these two, and those of pairs so close that eps matters), and the gradient is
# practically zero. With 3 features the outputs lie on a circle; with 100 the two lost dimensions hardly matter.
#
# 1, very deep: no. Statistics are taken anew in each layer and do not depend on how many there are. In A layer
# normalization keeps the standard deviation at 1 through 20 layers, where the plain activations shrink to 4e-7.
# Transformers, which are deep, use it in every block.
#
# 3, strong regularization: no failure that is special to layer normalization. A penalty makes weights small, and the
# layer divides the size out again: in C weights 100 times smaller change the output by one part in a thousand. (Only
# when the variance comes near eps, at 1,000 times, does it begin to show: one part in ten.) L2 on weights before a
# normalization mainly changes the effective size of the steps; scales and shifts are not regularized. Very strong
# regularization, of the last layer above all, harms every network, with layer normalization or without.

# %% [markdown] instructor="ln-when-not"
# note = 'Naming 2 without any reason earns nothing.'
#
# [item.few-features]
# points = 0.5
# text = 'Names 2, and only 2.'
# asks = 'Which of the three changes what layer normalization takes its statistics from?'
#
# [item.reason]
# points = 0.5
# text = 'The reason: statistics over few features are poor, or information is lost (D = 1 or D = 2 as an example).'
# asks = 'What is left of an example with one feature, or with two?'
#
# [item.deep]
# points = 0.5
# text = 'A sound word on 1.'
# asks = '1: what does table A show about depth?'
#
# [item.regularization]
# points = 0.5
# text = 'A sound word on 3.'
# asks = '3: what does table C show when weights become small?'
#
# [wrong.deep-hinders]
# answer = '''
# 1, because layer normalization could hinder the flow of information in extremely deep networks, where interactions
# within the batch matter.'''
# why = 'Published. Table A shows the opposite, and nothing in a deep network needs interactions within the batch.'
# says = '1: compare that with table A.'
#
# [wrong.noise-amplified]
# answer = '3, because strong regularization makes activations small, so that the normalization amplifies noise.'
# why = 'Dividing by a small but proportional standard deviation restores the very same values.'
# says = '3: by what is a small activation divided?'
#
# [wrong.like-small-batch]
# answer = 'Few features is like a small batch, so it is also bad for batch normalization.'
# why = '''
# It confuses features with examples: the statistics of batch normalization do not depend on the number of features.'''
# says = 'Over which axis does each of the two layers take its statistics?'

# %% [markdown]
# ## What you have built
#
# The same network as before, with a layer that keeps the size of its values: batch normalization, which looks at the
# minibatch, or layer normalization, which looks at the example.

# %%
boxes = [("images", "X, y"), ("affine", "W1, b1"), ("norm", "gamma1, beta1"), ("ReLU", ""), ("...", ""), ("affine", "WL, bL")]
boxes += [("softmax", "loss")]
plot_layers(boxes, "FullyConnectedNet with normalization", update="test mode: running averages, or the example itself")

# %% [markdown]
# ## Hand in
#
# Save the notebook, then run the last cell. It packs your files, lists what is unfinished or unanswered, and prints a
# receipt. And remember the open part of *Fully connected networks*: with normalization you can now improve the network
# that you hand in there.

# %% submit=true
