# %% [markdown]
# # Dropout
#
# Dropout sets a random part of the hidden units to zero, anew for every minibatch. So a unit cannot rely on any
# particular other unit being there, and a network that would learn its training images by heart is held back a little.
# In this notebook you write the layer, forward and backward, add it to your network, and measure what it does when
# there are few images.
#
# A word of caution before you start, because two conventions are in use: here `p` is the probability of **keeping** a
# unit, as in the other courses of this family. In PyTorch and in many papers `p` is the probability of dropping it.
#
# The idea and the name are from Hinton and others (2012), *Improving neural networks by preventing co-adaptation of
# feature detectors*; Srivastava and others (2014) describe it at length. The book has
# [a chapter on it]({{book:dropout#forward}}). Two questions ask what you saw; the text also has the tables that they
# are about. Before a long cell it says how long the cell takes; `%env COURSENN_QUICK=1` in a cell of your own makes
# them all short.

# %% setup=true

# %%
from coursenn.checking import checking, with_drawn_weights
from coursenn.classifiers.fc_net import FullyConnectedNet
from coursenn.data_utils import get_CIFAR10_data
from coursenn.experiments import budget, plot_bars, plot_layers, plot_lines, print_histories, print_table, progress, spread
from coursenn.layers import dropout_backward, dropout_forward
from coursenn.solver import Solver

# %%
data = get_CIFAR10_data()
for name, array in data.items():
    print(f"{name}: {array.shape}")

# %% [markdown]
# ## Dropout: forward
#
# In training every entry of `x` is kept with probability $p$ and set to zero otherwise, independently of the others.
# What is kept is divided by $p$ at the same time; this is called *inverted* dropout:
#
# $$\text{out}_i = \frac{m_i}{p}\, x_i, \qquad m_i = 1 \text{ with probability } p, \text{ else } 0.$$
#
# In test mode the layer does nothing at all. Write {{task:dropout-forward}}; it takes a dictionary with `p`, `mode`
# and, perhaps, `seed`. When there is a seed, pass it to `np.random.seed` before you draw: then the mask is the same at
# every call, which gradient checks need. [The book]({{book:dropout#forward}}) explains it.
#
# The check sends 500 x 500 numbers with mean 10 through the layer for three values of `p`. Expected: the mean of the
# output stays near 10 for each, and the share of zeros is near 1 - p: 0.75, 0.6 and 0.3. In test mode the output is the
# input.

# %% check="dropout-forward"
np.random.seed(493)
x = np.random.randn(500, 500) + 10
before = x.copy()

with checking("dropout_forward") as check:
    for p in (0.25, 0.4, 0.7):
        out, _ = dropout_forward(x, {"mode": "train", "p": p})
        out_test, _ = dropout_forward(x, {"mode": "test", "p": p})
        check.close(f"share of zeros at p = {p}", np.mean(out == 0), 1 - p, atol=0.005)
        check.close(f"mean of the output at p = {p}", out.mean(), x.mean(), atol=0.1)
        check.close(f"kept entries times p, at p = {p}", out * p, np.where(out == 0, 0, x))
        check.close(f"test output at p = {p}", out_test, x)
    first, again, other = (dropout_forward(x, {"mode": "train", "p": 0.5, "seed": seed})[0] for seed in (7, 7, 8))
    check.close("the same seed gives the same mask", again, first)
    check.true("another seed gives another mask", not np.array_equal(other, first), "use the seed, and only where there is one")
    check.unchanged("x", x, before)

# %% record="dropout-means" exact="all"
np.random.seed(493)
x = np.random.randn(500, 500) + 10
rows = []
for p in (0.25, 0.4, 0.7):
    out, out_test = (dropout_forward(x, {"mode": mode, "p": p})[0] for mode in ("train", "test"))
    rows.append([p, x.mean(), out.mean(), out_test.mean(), np.mean(out == 0), np.mean(out_test == 0)])
print_table(["p", "mean in", "mean out, train", "mean out, test", "zeros, train", "zeros, test"], rows, "Dropout on numbers with mean 10")

# %% [markdown]
# ## Dropout: backward
#
# For a given mask the layer is linear: each output is its input times a number that is 0 or $1/p$. The backward pass
# multiplies by the same numbers. Keep the mask in the cache: a new mask would belong to another forward pass. In test
# mode the upstream gradient passes unchanged.
#
# Write {{task:dropout-backward}} ([book]({{book:dropout#backward}})). Expected: errors around 1e-10, since the check's
# seed keeps the mask the same while the numeric gradient is taken. The outputs are weighted with a random upstream
# gradient, so that a backward pass that forgets `dout` cannot slip through.

# %% check="dropout-backward"
np.random.seed(493)
x, dout = np.random.randn(10, 10) + 10, np.random.randn(10, 10)
param = {"mode": "train", "p": 0.2, "seed": 123}

with checking("dropout_backward") as check:
    out, cache = dropout_forward(x, param)
    dx = dropout_backward(dout, cache)
    check.gradient("dx", dx, lambda a: dropout_forward(a, param)[0], x, dout)
    check.true("gradient and output share their zeros", np.array_equal(dx == 0, out == 0), "use the mask of the forward pass")
    _, cache = dropout_forward(x, {"mode": "test", "p": 0.2})
    check.close("dx in test mode", dropout_backward(dout, cache), dout)

# %% [markdown]
# If your own table of the forward pass is not finished yet, use this one.
#
# {{recorded:dropout-means}}
#
# ### Question: without the division
#
# Suppose the layer does not divide by $p$: in training, entries are kept or set to zero and nothing else happens; in
# test mode the input passes unchanged.
#
# 1. Which column of the table would change, and to what?
# 2. What goes wrong in a network, and why? Say what the next layer sees in training and at test time, and how the
#    effect depends on $p$ and on the number of dropout layers.

# %% [markdown] question="dropout-scale"
# 1. Only "mean out, train": its expected value is $p$ times the mean of the input, so about 2.5, 4 and 7 where it is 10
#    now. The shares of zeros stay the same, and so does everything about test mode.
# 2. In training each output would be $x$ with probability $p$ and 0 otherwise, so its expected value is $p\,x$. At test
#    time nothing is dropped and the value is $x$: the next layer, whose weights were fitted to inputs of average size
#    $p\,x$, suddenly gets inputs that are $1/p$ times as large (4 times at p = 0.25). The smaller $p$, the worse. With
#    several dropout layers the factors multiply, up to $p^{-L}$ for $L$ layers (biases, and normalization in between,
#    can change that). Dividing by $p$ in training makes the expected value $x$ in both modes, so test mode needs no
#    change. The other remedy is the original one: do not divide, and multiply by $p$ at test time.

# %% [markdown] instructor="dropout-scale"
# [item.column]
# points = 0.5
# text = 'Names "mean out, train" as the column that changes.'
# asks = 'Which column of the table shows what the division does?'
#
# [item.scale-differs]
# points = 1
# text = '''
# The expected value is $p\,x$ in training against $x$ at test time, so the next layer gets inputs larger by $1/p$ than
# those it was trained on.'''
# asks = '''
# What is the expected value of an output in training, what is it at test time, and what does the next layer make of
# that?'''
#
# [item.consequence]
# points = 0.5
# text = 'One consequence or remedy: compounding over layers, or multiplying by p at test time.'
# asks = 'What happens with several such layers, or: what could be done at test time instead?'
#
# [wrong.size-reduced]
# answer = 'The size of the input is reduced.'
# why = 'Published. The number of entries stays, their mean changes.'
# says = 'Which changes: the number of entries, or their mean?'
#
# [wrong.too-small]
# answer = 'The output at test time would be too small.'
# why = 'It is too large, by 1/p, compared with training.'
# says = 'Compare the two modes for one entry, with p = 0.5.'
#
# [wrong.smaller-loss]
# answer = 'The sum is smaller, so the loss is smaller.'
# why = 'In training the network adapts to its inputs; the trouble is that test time differs.'
# says = 'What is different between training and test time?'
#
# [wrong.biases-adapt]
# answer = 'It makes no difference because biases adapt.'
# why = 'They adapt to training mode only.'
# says = 'To which of the two modes do the biases adapt?'

# %% [markdown]
# ## A network with dropout
#
# Now add the layer to the network: complete {{task:fc-net-dropout}}. When `dropout_keep_ratio` is not 1, a dropout
# layer follows the ReLU of every hidden layer, and none follows the last affine layer, which gives the scores.
# `self.dropout_param` is there already; set its `mode` in `loss`: training with labels, test without.
# [The book]({{book:dropout#network}}) has a section on it.
#
# The check compares every gradient with a numeric one, for keep ratios 1, 0.75 and 0.5, with the seed fixed. It also
# asks whether dropout is on in training and off in test mode: without labels the network must give the scores of a
# network without dropout that has the same weights. Expected: a first loss of {{expected:dropout-net-loss-100}} without
# dropout, and about 2.30 with it (your network may draw its masks in another way; the reference gives
# {{expected:dropout-net-loss-75}} for 0.75).

# %% check="fc-net-dropout"
np.random.seed(493)
N, D, H1, H2, C = 2, 15, 20, 30, 10
X, y = np.random.randn(N, D), np.random.randint(C, size=(N,))
settings = {"input_dim": D, "num_classes": C, "weight_scale": 5e-2, "dtype": np.float64}

with checking("FullyConnectedNet with dropout") as check:
    for keep, expected, atol in ((1, {{expected:dropout-net-loss-100}}, 1e-6), (0.75, 2.30, 0.02), (0.5, 2.30, 0.02)):
        model = with_drawn_weights(FullyConnectedNet, [H1, H2], dropout_keep_ratio=keep, seed=123, **settings)
        loss, grads = model.loss(X, y)
        check.close(f"loss, keep {keep}", loss, expected, atol=atol)
        check.keys(f"grads, keep {keep}", grads, model.params)
        for name in sorted(grads):
            check.gradient(f"{name}, keep {keep}", grads[name], lambda _: model.loss(X, y)[0], model.params[name], tol=1e-6)

    without = FullyConnectedNet([H1, H2], **settings)
    without.params = model.params
    check.close("scores in test mode", model.loss(X), without.loss(X))
    check.true("training has dropout", abs(model.loss(X, y)[0] - without.loss(X, y)[0]) > 1e-6, "loss(X, y) ignores dropout_keep_ratio")
    wide = FullyConnectedNet([400, 400], input_dim=8, num_classes=8, dropout_keep_ratio=0.25, dtype=np.float64)
    wide.params = {name: 1e-3 * np.random.rand(*p.shape) for name, p in wide.params.items()}  # all positive: no ReLU is closed
    grads = wide.loss(np.ones((1, 8)), np.array([0]))[1]
    dropped = [np.mean(np.all(grads[name] == 0, axis=1)) for name in ("W1", "W2", "W3")]
    check.close("share of dropped inputs of W1, W2 and W3, keep 0.25", np.array(dropped), np.array([0, 0.75, 0.75]), atol=0.1)
    check.true("no score is dropped", np.all(grads["b3"] != 0), "no dropout follows the last affine layer")
    check.close("scores of one example alone", model.loss(X[:1]), model.loss(X)[:1])

# %% [markdown]
# If your network knows normalization already, look at both together: the ReLU follows the normalization, dropout
# follows the ReLU. (Unfinished? Skip this cell and come back; nothing below needs it.)

# %%
np.random.seed(493)
X, y = np.random.randn(6, D), np.random.randint(C, size=6)

with checking("Dropout together with a normalization") as check:
    for norm in ("batchnorm", "layernorm"):
        model = FullyConnectedNet([H1, H2], dropout_keep_ratio=0.5, normalization=norm, reg=0.1, seed=123, **settings)
        loss, grads = model.loss(X, y)
        for name in sorted(grads):
            check.gradient(f"{name}, {norm}", grads[name], lambda _: model.loss(X, y)[0], model.params[name], tol=1e-6)

# %% [markdown]
# ## Does it regularize?
#
# Five hundred images are few: a network with 500 hidden units learns them by heart. The next cell trains it twice from
# weights of the same scale, once without dropout and once keeping one unit in four, for 25 epochs with `adam`.
#
# {{time:dropout-run}}

# %% timed="dropout-run"
size, epochs = budget(data, full=500, embedded=500, quick=200), budget(data, full=25, embedded=25, quick=3)
small = {**data, "X_train": data["X_train"][:size], "y_train": data["y_train"][:size]}


def train_with(keep, **settings):
    """Train one network with 500 hidden units; the random stream goes on from where it is."""
    model = FullyConnectedNet([500], dropout_keep_ratio=keep)
    config = {"learning_rate": 5e-4}
    solver = Solver(model, small, num_epochs=epochs, batch_size=100, update_rule="adam", optim_config=config, **settings)
    solver.train()
    return solver


np.random.seed(493)
print(f"{size} training images, {epochs} epochs")
solvers = {}
for keep in (1, 0.25):
    print(f"\nkeep {keep}:")
    solvers[f"keep {keep}"] = train_with(keep, print_every=100, progress=True)

# %%
for part in ("train", "val"):
    histories = {name: getattr(s, f"{part}_acc_history") for name, s in solvers.items()}
    plot_lines({name: (range(len(h)), h) for name, h in histories.items()}, f"Accuracy on the {part} images", "epoch", "accuracy")

# %% record="dropout-single-run"
late = slice(min(5, epochs), None)
rows = []
for name, s in solvers.items():
    train, val = np.mean(s.train_acc_history[late]), np.mean(s.val_acc_history[late])
    rows.append([name, train, val, train - val, s.val_acc_history[-1], max(s.val_acc_history)])
print_histories(solvers, f"{size} images", last=5)
print_table(["run", "train, mean", "val, mean", "gap", "val, last", "val, best"], rows, "\nMeans from epoch 5 on")
ahead = np.sum(np.greater(solvers["keep 0.25"].val_acc_history, solvers["keep 1"].val_acc_history))
print(f"dropout is ahead on the validation images at {ahead} of {epochs + 1} points")

# %% [markdown]
# In the first figure both lines climb. The one without dropout comes close to 1: the images are learnt by heart. The
# one with dropout climbs more slowly and, after the first steps, stays below it. In the second figure both lines rise
# quickly, to a far lower level, and then wander up and down by a few hundredths from epoch to epoch. Most of the time the line
# with dropout is the upper one, but the two meet and cross.
#
# One run can be luck. So here is the same comparison with several other seeds.
#
# {{time:dropout-seeds}}

# %% timed="dropout-seeds"
seeds = range(budget(data, full=5, embedded=5, quick=1))
runs = {f"keep {keep}": [] for keep in (1, 0.25)}
for seed in progress(seeds, "seeds"):
    for keep, found in zip((1, 0.25), runs.values(), strict=True):
        np.random.seed(seed)
        found.append(train_with(keep, verbose=False))

# %% record="dropout-seeds"
def late_means(found, part):
    """Mean accuracy from epoch 5 on, one number for each solver."""
    return [np.mean(getattr(s, f"{part}_acc_history")[late]) for s in found]


rows = []
for name, found in runs.items():
    last = spread(s.val_acc_history[-1] for s in found)
    rows.append([name, spread(late_means(found, "train")), spread(late_means(found, "val")), last])
title = f"{len(seeds)} seeds, means from epoch 5 on: mean +- standard deviation"
print_table(["run", "train, mean", "val, mean", "val, last"], rows, title)
bars = {name: late_means(found, "val") for name, found in runs.items()}
plot_bars(bars, "Every seed: mean accuracy from epoch 5 on", "validation accuracy")

# %% [markdown]
# The figure has one bar for each keep ratio, as high as the mean over the seeds, with a dot for every seed. If your own
# tables are not finished yet, use these.
#
# {{recorded:dropout-single-run}}
#
# {{recorded:dropout-seeds}}
#
# ### Question: dropout as a regularizer
#
# 1. Compare training and validation accuracies with and without dropout, in the single run and over the seeds. What do
#    they suggest about dropout as a regularizer?
# 2. How sure can you be? An accuracy near 0.3, measured on 1,000 images, is uncertain by about 0.015. Why is it better
#    to judge by a mean over epochs or seeds than by the last epoch?

# %% [markdown] question="dropout-regularizer"
# 1. Without dropout the training accuracy reaches .99: the images are learnt by heart. Keeping a quarter of the units
#    it climbs later and ends at .90; its mean from epoch 5 on is .75 against .90, with a spread over seeds of about
#    .01. The gap to the validation accuracy shrinks from .60 to .43. That is what a regularizer does: it gives up some
#    of the fit to the training images. The validation accuracy gains a little: .32 against .30 in the single run, .325
#    against .296 over five seeds. So dropout clearly narrows the gap, and it helps a little on new images; the gap
#    stays large, and 500 images are still few.
# 2. In the single run the gain of .027 in the means is not quite twice the uncertainty of one accuracy, and the last
#    epoch even points the other way (.329 with dropout, .336 without), although dropout is ahead at 19 of 26 points. A
#    single epoch is one noisy measurement, and the curves cross. A mean over epochs averages out the wandering from
#    epoch to epoch, though not the choice of the 1,000 images, which is the same for both. With five seeds there is a
#    result: the means differ by .029, with spreads of .003 and .008. It holds for this network, keep ratio and number
#    of images, and for these 25 epochs; the curve with dropout is still rising.

# %% [markdown] instructor="dropout-regularizer"
# note = '''Numbers of the student's own tables count; with other images they may differ.'''
#
# [item.gap]
# points = 1
# text = 'With dropout the training accuracy is lower and the gap is smaller, with numbers.'
# asks = 'What does dropout do to the training accuracy, and to its distance from the validation accuracy? Give numbers.'
#
# [item.validation]
# points = 1
# text = 'What happens to the validation accuracy.'
# asks = 'What happens to the validation accuracy?'
#
# [item.noise]
# points = 0.5
# text = 'That is judged against noise or spread.'
# asks = 'How large is this difference compared with the noise of one accuracy, or with the spread over seeds?'
#
# [item.why-averages]
# points = 0.5
# text = 'A reason for averaging: noise of the estimate, curves that cross, one seed.'
# asks = 'What could you conclude from the last epoch alone?'
#
# [wrong.last-epoch]
# answer = 'Dropout improves validation accuracy, from the best or from the last epoch alone.'
# why = '''
# In the published run on CIFAR-10 the last epoch points the other way (.302 with, .325 without), and only the means
# (.310 and .290 over epochs 5 to 25) show a gain; an answer that quotes the trend and not that contradiction gets no
# point for noise or averaging.'''
# says = 'Would another epoch have given the same result?'
#
# [wrong.worse]
# answer = 'Dropout is worse because training accuracy is lower.'
# why = 'Giving up some of the fit to training images is what a regularizer does.'
# says = 'Which images is a regularizer meant to help with?'
#
# [wrong.no-overfitting]
# answer = 'Without dropout the network does not overfit because validation accuracy does not fall.'
# why = 'A gap of more than one half is overfitting even when validation accuracy stays level.'
# says = 'Look at the distance between the two curves.'

# %% [markdown]
# ## What you have built
#
# A layer that acts only in training. The picture shows where it is in the network.

# %%
boxes = [("images", "X, y"), ("affine", "W1, b1"), ("ReLU", ""), ("dropout", "a new mask"), ("...", ""), ("affine", "WL, bL")]
plot_layers([*boxes, ("softmax", "loss")], "FullyConnectedNet with dropout", update="test mode: dropout passes everything")

# %% [markdown]
# ## Hand in
#
# Save the notebook, then run the last cell. It packs your files, lists what is unfinished or unanswered, and prints a
# receipt.

# %% submit=true
