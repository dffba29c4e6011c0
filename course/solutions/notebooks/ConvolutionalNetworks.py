# %% [markdown]
# # Convolutional networks
#
# An affine layer looks at an image as a row of 3,072 unrelated numbers. A convolutional layer uses the fact that pixels
# have neighbours, and that what is worth noticing in one corner is worth noticing in every other. In this notebook you
# write convolution and pooling, forward and backward, in plain loops that show what happens; then you replace them by
# fast versions, which are given, build a small convolutional network, and train it. At the end you extend normalization
# to images.
#
# Write the naive layers for clarity. They may be slow, and they are graded without `fast_layers` and `im2col`. Three
# questions ask what you saw. Before a long cell the text says how long the cell takes; `%env COURSENN_QUICK=1` in a
# cell of your own makes them all short.

# %% setup=true

# %%
import time

import matplotlib.pyplot as plt

from coursenn import fused
from coursenn.checking import checking, print_mean_std, rel_error, weighted_sum, with_drawn_weights
from coursenn.classifiers.cnn import ThreeLayerConvNet
from coursenn.classifiers.fc_net import FullyConnectedNetBasic
from coursenn.data_utils import get_CIFAR10_data
from coursenn.experiments import budget, plot_layers, plot_lines, plot_training_history, print_histories, print_table
from coursenn.fast_layers import conv_backward_fast, conv_forward_fast, max_pool_backward_fast, max_pool_forward_fast
from coursenn.layer_utils import conv_bn_relu_backward, conv_bn_relu_forward, conv_relu_backward, conv_relu_forward
from coursenn.layer_utils import conv_relu_pool_backward, conv_relu_pool_forward
from coursenn.layers import conv_backward_naive, conv_forward_naive, max_pool_backward_naive, max_pool_forward_naive
from coursenn.layers import spatial_batchnorm_backward, spatial_batchnorm_forward
from coursenn.layers import spatial_groupnorm_backward, spatial_groupnorm_forward
from coursenn.pictures import lighthouse, sailboat
from coursenn.solver import Solver
from coursenn.vis_utils import imshow_no_ax, visualize_grid

# %%
data = get_CIFAR10_data()
for name, array in data.items():
    print(f"{name}: {array.shape}")

# %% [markdown]
# ## Convolution: naive forward
#
# A filter is a small array of weights, one for each channel of a window. It visits the image at steps of `stride`,
# after `pad` rows and columns of zeros have been put around it, and at each place it gives one number: the sum of
# products with the window below it, plus the filter's bias.
#
# $$\text{out}_{n f i j} = b_f + \sum_c \sum_k \sum_l x^{\text{pad}}_{n,\,c,\,iS + k,\,jS + l}\; w_{f c k l}, \qquad
# H' = 1 + \left\lfloor \frac{H + 2P - H_f}{S} \right\rfloor$$
#
# The width $W'$ follows in the same way. Because of the floor, a last window that would stick out is left out. Filters
# need not be square, and strides need not divide anything. Write {{task:conv-forward}}
# ([book]({{book:convolution#forward}})). The check convolves two 4 x 4 images of three channels with three filters, at
# stride 2 and pad 1. Expected for the first image:
#
# ```
# {{expected:conv-forward-first}}
# ```

# %% check="conv-forward"
x = np.linspace(-0.1, 0.5, num=2 * 3 * 4 * 4).reshape(2, 3, 4, 4)
w = np.linspace(-0.2, 0.3, num=3 * 3 * 4 * 4).reshape(3, 3, 4, 4)
b = np.linspace(-0.1, 0.2, num=3)
expected = np.array({{expected:conv-forward}})

with checking("conv_forward_naive") as check:
    before = x.copy()
    out, _ = conv_forward_naive(x, w, b, {"stride": 2, "pad": 1})
    check.shape("out", out, (2, 3, 2, 2))
    check.close("out", out, expected, atol=1e-7)
    check.unchanged("x", x, before)
    out, _ = conv_forward_naive(np.ones((1, 1, 5, 6)), np.ones((1, 1, 2, 3)), np.zeros(1), {"stride": 2, "pad": 0})
    check.shape("out of 2 x 3 filters at stride 2, where the last row sticks out", out, (1, 1, 2, 2))
    check.close("out of ones", out, np.full((1, 1, 2, 2), 6.0))
    np.random.seed(493)
    x, w, b = np.random.randn(2, 3, 5, 4), np.zeros((1, 3, 3, 2)), np.random.randn(1)
    w[0, 1, 2, 0] = 1  # a filter that looks at one pixel of each window
    out, _ = conv_forward_naive(x, w, b, {"stride": 1, "pad": 0})
    check.close("out of a filter with a single 1: a part of x, and b", out, x[:, 1:2, 2:, :3] + b)
    out, _ = conv_forward_naive(x, w, b, {"stride": 1, "pad": 1})
    check.shape("out of 3 x 2 filters with a border of one zero", out, (2, 1, 5, 5))

# %% [markdown]
# ### Aside: what a filter sees
#
# Filters are older than networks. Here your layer is applied to two drawn pictures with two filters made by hand: the
# first turns colours into grey, with weights for red, green and blue; the second looks at the blue channel only and
# responds to horizontal edges: it subtracts the row below from the row above. An offset of 128 keeps negative responses
# visible.

# %%
pictures = np.stack([lighthouse(), sailboat()]).transpose(0, 3, 1, 2).astype(float)
filters = np.zeros((2, 3, 3, 3))
filters[0, :, 1, 1] = [0.3, 0.6, 0.1]
filters[1, 2] = [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]
seen, _ = conv_forward_naive(pictures, filters, np.array([0.0, 128.0]), {"stride": 1, "pad": 1})

# %%
figure, axes = plt.subplots(2, 3, figsize=(9, 6))
for row, picture, responses in zip(axes, pictures, seen, strict=True):
    for ax, image, title in zip(row, [picture.transpose(1, 2, 0), *responses], ["picture", "grey", "horizontal edges"], strict=True):
        imshow_no_ax(image, normalize=image.ndim == 2, ax=ax)
        ax.set_title(title)
plt.show()
rows = []
for name, responses in zip(["lighthouse", "sailboat"], seen, strict=True):
    rows += [[name, f, r.min(), r.mean(), r.max()] for f, r in zip(["grey", "edges"], responses, strict=True)]
print_table(["picture", "filter", "smallest", "mean", "largest"], rows, "Responses of the two filters")

# %% [markdown]
# The figure has a row for each picture. In the grey versions the shapes are the same as before. In the edge versions
# nearly everything is flat grey, and bright or dark lines run along the bands of the lighthouse, the hill, the sails'
# lower edges and the waterline; vertical edges have vanished.
#
# ## Convolution: naive backward
#
# Each output is a sum of products, so in the backward pass each factor receives the other factor times the upstream
# gradient of that output. What the forward pass *gathers* from a window, the backward pass *scatters* to it. A pixel
# under several windows gets several contributions, and they add up. Work on the padded image and cut off the padding at
# the end; with a pad of 0 there is nothing to cut.
#
# $$\begin{aligned}
# dw_{f c k l} &= \sum_{n, i, j} d\text{out}_{n f i j}\; x^{\text{pad}}_{n,\,c,\,iS + k,\,jS + l}, \qquad
# db_f = \sum_{n, i, j} d\text{out}_{n f i j}, \\
# dx^{\text{pad}}_{n,\,c,\,iS + k,\,jS + l} &\leftarrow dx^{\text{pad}}_{n,\,c,\,iS + k,\,jS + l}
# + d\text{out}_{n f i j}\; w_{f c k l}
# \end{aligned}$$
#
# Write {{task:conv-backward}} ([book]({{book:convolution#backward}})). The check compares with numeric gradients;
# expected: errors around 1e-9.

# %% check="conv-backward"
np.random.seed(493)
x, w, b = np.random.randn(4, 3, 5, 5), np.random.randn(2, 3, 3, 3), np.random.randn(2)
dout = np.random.randn(4, 2, 5, 5)

with checking("conv_backward_naive") as check:
    # Images 4 high and 5 wide; then filters 2 high and 3 wide, and a last row of pixels that no window reaches.
    for stride, pad, x, w, upstream in ((1, 1, x[:, :, :4], w, dout[:, :, :4]), (2, 0, x, w[:, :, :2], dout[:, :, :2, :2])):
        conv_param, label = {"stride": stride, "pad": pad}, f"stride {stride}, pad {pad}, {w.shape[2]} x 3 filters"
        _, cache = conv_forward_naive(x, w, b, conv_param)
        dx, dw, db = conv_backward_naive(upstream, cache)
        check.gradient(f"dx, {label}", dx, lambda a: conv_forward_naive(a, w, b, conv_param)[0], x, upstream)
        check.gradient(f"dw, {label}", dw, lambda a: conv_forward_naive(x, a, b, conv_param)[0], w, upstream)
        check.gradient(f"db, {label}", db, lambda a: conv_forward_naive(x, w, a, conv_param)[0], b, upstream)

# %% [markdown]
# ### Question: is the backward pass a convolution?
#
# For one channel, one filter and stride 1, the next cell (which needs none of your code) writes a convolution of a row
# of 6 pixels with the filter (1, 2, 3) as a matrix $A$ with $\text{out} = A\,x$, and prints $A$ and its transpose; then
# the same at stride 2. That the backward pass multiplies by $A^T$, and that this is a convolution with the flipped
# filter, is derived in [the book]({{book:convolution#as-convolutions}}); you may use it. Count from 0.
#
# 1. Somebody forgets to flip: dout, with 2 zeros on each side, is correlated with (1, 2, 3), unflipped. Which matrix
#    takes the place of $A^T$? Give its first two rows. For which filters is the result right all the same, and which
#    filters should a gradient check therefore not use?
# 2. At stride 2, which pixels receive from two outputs, and which from none? Explain both with the windows. Then let
#    the row have 7 pixels: how many outputs are there now, what shape does the transpose have, and what is its last
#    row?

# %% record="conv-matrix" exact="all"
w3 = np.array([1, 2, 3])
A = np.array([[w3[j - i] if 0 <= j - i < 3 else 0 for j in range(6)] for i in range(4)])
print("A, stride 1:", A, "its transpose:", A.T, "A, stride 2:", A[::2], "its transpose:", A[::2].T, sep="\n")

# %% [markdown]
# {{recorded:conv-matrix}}

# %% [markdown] question="conv-backward-is-conv"
# 1. Row j of the matrix holds the weights with which the outputs reach pixel j. With the filter as it is, pixel j gets
#    3, 2, 1 from the outputs j, j - 1, j - 2 in place of 1, 2, 3: the first rows are (3 0 0 0) and (2 3 0 0), where
#    $A^T$ has (1 0 0 0) and (2 1 0 0). The result is right exactly for filters that read the same in both directions,
#    $w_k = w_{2-k}$, such as (1, 2, 1). A check must not use a symmetric filter, least of all one of equal weights: it
#    would accept the mistake. (In two dimensions the filter must not be symmetric under a turn by 180 degrees.)
# 2. The windows begin at the pixels 0 and 2 and cover 0 to 2 and 2 to 4. Pixel 2 lies in both: row 2 of the transpose
#    is (3 1), the last weight of the first window and the first weight of the second. Pixel 5 lies in neither, since a
#    third window would need pixel 6: row 5 is (0 0), its gradient is 0, and it has no influence on the output. With 7
#    pixels a third window covers 4 to 6, so there are 1 + (7 - 3) / 2 = 3 outputs and the transpose has the shape
#    7 x 3. Its last row, of pixel 6, is (0 0 3), and pixel 4 now receives from two outputs too, (0 3 1).

# %% [markdown] instructor="conv-backward-is-conv"
# [item.rows-and-symmetry]
# points = 1
# text = 'Both rows with the filter as it is, (3 0 0 0) and (2 3 0 0), and symmetric filters as the ones that hide the mistake.'
# asks = 'With which weight does each output reach pixel 0, and pixel 1? For which filters do both orders agree?'
#
# [item.pixels]
# points = 0.5
# text = 'Pixel 2 receives from two outputs and pixel 5 from none, with the windows as the reason.'
# asks = 'Which pixels does each window cover at stride 2?'
#
# [item.seven-pixels]
# points = 0.5
# text = '7 pixels: 3 outputs, a transpose of 7 x 3, and (0 0 3) as its last row.'
# asks = 'How many windows fit on 7 pixels, and which output does the last pixel have a part in?'
#
# [wrong.row-of-a]
# answer = 'The first row is (1 2 3 0).'
# why = 'That is a row of A; the transpose has a row for each pixel.'
# says = 'What does one row of the matrix on the way back belong to: an output or a pixel?'
#
# [wrong.for-no-filter]
# answer = 'It is right for no filter.'
# why = 'Symmetric filters are their own flip.'
# says = 'Try the filter (1, 2, 1).'
#
# [wrong.padding]
# answer = 'Pixel 5 gets no gradient because the padding is cut.'
# why = 'There is no padding; no window reaches pixel 5.'
# says = 'Write down which pixels the last window covers.'
#
# [wrong.from-one]
# answer = 'Pixel 3 receives twice.'
# why = 'Counted from 1; accept it when that is said.'
# says = 'Say where you begin to count.'

# %% [markdown]
# ## Max pooling: naive forward
#
# Pooling makes images smaller: in each channel, only the largest entry of each window is kept. There are no weights and
# there is no padding. Windows may overlap (a stride smaller than the window), and windows that do not fit are left out,
# as before.
#
# $$\text{out}_{n c i j} = \max_{k, l}\; x_{n,\,c,\,iS + k,\,jS + l}$$
#
# Write {{task:max-pool-forward}} ([book]({{book:convolution#pooling}})). Expected for the first image, with windows of
# 2 x 2 at stride 2:
#
# ```
# {{expected:max-pool-forward-first}}
# ```

# %% check="max-pool-forward"
x = np.linspace(-0.3, 0.4, num=2 * 3 * 4 * 4).reshape(2, 3, 4, 4)
expected = np.array({{expected:max-pool-forward}})

with checking("max_pool_forward_naive") as check:
    out, _ = max_pool_forward_naive(x, {"pool_width": 2, "pool_height": 2, "stride": 2})
    check.shape("out", out, (2, 3, 2, 2))
    check.close("out", out, expected, atol=1e-7)
    out, _ = max_pool_forward_naive(x, {"pool_width": 2, "pool_height": 3, "stride": 1})
    check.close("out of overlapping windows, 3 high and 2 wide", out, x[:, :, 2:, 1:])
    out, _ = max_pool_forward_naive(x[:, :, :3], {"pool_width": 2, "pool_height": 2, "stride": 2})
    check.close("out where the last row sticks out", out, x[:, :, 1:2, 1::2])
    np.random.seed(493)
    x = np.random.randn(2, 3, 5, 4) - 5
    out, _ = max_pool_forward_naive(x, {"pool_width": 4, "pool_height": 5, "stride": 1})
    check.close("out where one window covers the image", out, x.max(axis=(2, 3), keepdims=True))

# %% [markdown]
# ## Max pooling: naive backward
#
# A small change of any entry but the largest changes nothing, and the largest one is copied. So each upstream gradient
# goes to one place: where the largest entry of its window was. With overlapping windows an entry can win more than
# once.
#
# If several entries are equally large, any choice among them or any split is right, so the check has no such case.
#
# Write {{task:max-pool-backward}} ([book]({{book:convolution#pooling}})). Expected: errors around 1e-11.

# %% check="max-pool-backward"
np.random.seed(493)
x, dout = np.random.randn(3, 2, 8, 8), np.random.randn(3, 2, 4, 4)

with checking("max_pool_backward_naive") as check:
    # In the last two cases windows overlap; in the very last one no window reaches the last row.
    for height, stride in ((2, 2), (3, 1), (3, 2)):
        pool_param = {"pool_height": height, "pool_width": 2, "stride": stride}
        out, cache = max_pool_forward_naive(x, pool_param)
        upstream = dout if out.shape == dout.shape else np.random.randn(*out.shape)
        dx = max_pool_backward_naive(upstream, cache)
        check.gradient(f"dx, {height} x 2 windows at stride {stride}", dx, lambda a: max_pool_forward_naive(a, pool_param)[0], x, upstream)

# %% [markdown]
# ## Fast layers
#
# Loops over pixels are too slow for training. `coursenn/fast_layers.py` is given: the same functions, the same results,
# arranged so that numpy (or, where there is a compiler, a small compiled part) does the work. The next cells compare
# results and times. The times depend on the machine; the results agree on every machine.
#
# {{time:conv-race}}
#
# Optional: with a C compiler you can build that compiled part. Make a new cell here, run `%run -m coursenn build` in it,
# delete it, restart the kernel, and run the cells above again. Everything in this notebook works without it.

# %%
def median_time(function, *arguments, repeats=5):
    """The result of a call, and the median time of several calls in seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = function(*arguments)
        times.append(time.perf_counter() - start)
    return result, float(np.median(times))


def race(name, naive, fast, arguments, repeats):
    """One row of the table: both times, the speed-up, and the largest relative difference of the results."""
    (slow, slow_time), (quick, quick_time) = median_time(naive, *arguments[0], repeats=repeats), median_time(fast, *arguments[1])
    pairs = zip(slow, quick, strict=True) if isinstance(slow, tuple) else [(slow, quick)]
    return [name, slow_time, quick_time, slow_time / quick_time, max(rel_error(a, b) for a, b in pairs if isinstance(a, np.ndarray))]


# %% timed="conv-race"
np.random.seed(493)
images, repeats = budget(data, full=100, embedded=100, quick=10), budget(data, full=3, embedded=3, quick=1)
x, w, b = np.random.randn(images, 3, 31, 31), np.random.randn(25, 3, 3, 3), np.random.randn(25)
dout, conv_param = np.random.randn(images, 25, 16, 16), {"stride": 2, "pad": 1}
caches = [forward(x, w, b, conv_param)[1] for forward in (conv_forward_naive, conv_forward_fast)]
rows = [
    race("conv forward", lambda *a: conv_forward_naive(*a)[0], lambda *a: conv_forward_fast(*a)[0], [(x, w, b, conv_param)] * 2, repeats),
    race("conv backward", conv_backward_naive, conv_backward_fast, [(dout, c) for c in caches], repeats),
]

# %%
x, dout = np.random.randn(images, 3, 32, 32), np.random.randn(images, 3, 16, 16)
pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
caches = [forward(x, pool_param)[1] for forward in (max_pool_forward_naive, max_pool_forward_fast)]
rows += [
    race("pool forward", lambda *a: max_pool_forward_naive(*a)[0], lambda *a: max_pool_forward_fast(*a)[0], [(x, pool_param)] * 2, repeats),
    race("pool backward", max_pool_backward_naive, max_pool_backward_fast, [(dout, c) for c in caches], repeats),
]
print_table(["layer", "naive, s", "fast, s", "speed-up", "difference"], rows, f"{images} images, median time of a call")

# %%
figure, ax = plt.subplots(figsize=(8, 3.5))
for shift, column, hatch in ((-0.2, 1, "//"), (0.2, 2, "")):
    ax.barh(np.arange(4) + shift, [row[column] for row in rows], 0.4, color="0.85", edgecolor="black", hatch=hatch)
ax.set(xscale="log", xlabel="seconds per call (logarithmic)", title="Naive layers (hatched) and fast layers", yticks=range(4))
ax.set_yticklabels([row[0] for row in rows])
plt.show()

# %% [markdown]
# The bars of the naive layers are longer than those of the fast layers in all four pairs, on a logarithmic axis. The
# differences in the table are rounding: around 1e-11 for convolution, and exactly zero for pooling, which only copies.
#
# Where there is no compiled part, a line of output says so, and numpy does all the work. Convolution is then about half
# as much faster, and the forward pass of pooling little faster. What the compiled part does is in
# [the book]({{book:fast-layers#tap-offsets}}).
#
# ## Sandwich layers
#
# As in the first notebook, layers that usually come together get functions of their own: convolution - ReLU, and
# convolution - ReLU - pooling. Use the fast layers in them. Write {{task:conv-relu}} and {{task:conv-relu-pool}}
# ([book]({{book:convolution#sandwich}})). Expected: errors below 1e-7; they may look larger where a sum happens to be
# near zero, which is why the check allows for the size of the whole gradient.

# %% check="conv-relu"
np.random.seed(493)
x, w, b = np.random.randn(2, 3, 8, 8), np.random.randn(3, 3, 3, 3), np.random.randn(3)
dout, conv_param = np.random.randn(2, 3, 8, 8), {"stride": 1, "pad": 1}

with checking("conv_relu") as check:
    out, cache = conv_relu_forward(x, w, b, conv_param)
    check.close("weighted sum of out", weighted_sum(out), {{expected:conv-relu-out}}, atol=1e-5)
    dx, dw, db = conv_relu_backward(dout, cache)
    check.gradient("dx", dx, lambda a: conv_relu_forward(a, w, b, conv_param)[0], x, dout)
    check.gradient("dw", dw, lambda a: conv_relu_forward(x, a, b, conv_param)[0], w, dout)
    check.gradient("db", db, lambda a: conv_relu_forward(x, w, a, conv_param)[0], b, dout)

# %% check="conv-relu-pool"
np.random.seed(493)
x, w, b = np.random.randn(2, 3, 16, 16), np.random.randn(3, 3, 3, 3), np.random.randn(3)
dout, conv_param = np.random.randn(2, 3, 8, 8), {"stride": 1, "pad": 1}
pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}

with checking("conv_relu_pool") as check:
    out, cache = conv_relu_pool_forward(x, w, b, conv_param, pool_param)
    check.close("weighted sum of out", weighted_sum(out), {{expected:conv-relu-pool-out}}, atol=1e-5)
    dx, dw, db = conv_relu_pool_backward(dout, cache)
    check.gradient("dx", dx, lambda a: conv_relu_pool_forward(a, w, b, conv_param, pool_param)[0], x, dout)
    check.gradient("dw", dw, lambda a: conv_relu_pool_forward(x, a, b, conv_param, pool_param)[0], w, dout)
    check.gradient("db", db, lambda a: conv_relu_pool_forward(x, w, a, conv_param, pool_param)[0], b, dout)

# %% [markdown]
# `coursenn/fused.py` is given as well. It computes this sandwich in one pass over each image: the numbers between the
# layers are never stored, and the gradient of the filters is computed from the largest entry of each window only. The
# first layer of a network needs no gradient of its images, so the fused function does not compute it. The table
# compares your sandwich with it, in float32 and with the sizes of the network below.

# %%
np.random.seed(493)
batch = budget(data, full=50, embedded=50, quick=5)
x, w, b = (np.random.randn(*shape).astype(np.float32) for shape in ((batch, 3, 32, 32), (32, 3, 7, 7), (32,)))
dout, conv_param = np.random.randn(batch, 32, 16, 16).astype(np.float32), {"stride": 1, "pad": 3}
arguments = (x, w, b, conv_param, pool_param)
caches = [forward(*arguments)[1] for forward in (conv_relu_pool_forward, fused.conv_relu_pool_forward)]
rows = [
    race("forward", lambda *a: conv_relu_pool_forward(*a)[0], lambda *a: fused.conv_relu_pool_forward(*a)[0], [arguments] * 2, 5),
    race(
        "backward, dw and db",
        lambda *a: conv_relu_pool_backward(*a)[1:],
        lambda *a: fused.conv_relu_pool_backward(*a, wanted=("dw", "db"))[1:],
        [(dout, c) for c in caches],
        5,
    ),
]
print_table(["conv - ReLU - pool", "yours, s", "fused, s", "speed-up", "difference"], rows, f"{batch} images, median time of a call")

# %% [markdown]
# The difference is rounding again, this time of float32: relative to the smallest entries of a gradient it may be as
# large as 1e-3. Without the compiled part the fused functions call the three layers, and leave out only the gradient of
# the images.
#
# ## A convolutional network of three layers
#
# The network is convolution - ReLU - 2 x 2 max pooling - affine - ReLU - affine - softmax. The convolution pads so that
# images keep their size, and pooling halves it. Parameters are `W1`, `b1` (filters), `W2`, `b2`, `W3`, `b3`. The first
# affine layer must know how many numbers pooling leaves: compute that from the input's size instead of assuming
# 32 x 32. Regularize all weights, as before.
#
# Write {{task:three-layer-convnet}} ([book]({{book:convolution#network}})). The check starts with the loss. Before
# training, all classes are about equally likely, so expect ln 10 = 2.3026, and a little more with `reg` = 0.5: the
# penalty of weights of scale 1e-3 is known beforehand, {{expected:convnet-penalty}} on average. Then it checks all
# gradients of a tiny network, and the scores of another one for two wide images.

# %% check="three-layer-convnet"
np.random.seed(473)
X, y = np.random.randn(50, 3, 32, 32), np.random.randint(10, size=50)

with checking("ThreeLayerConvNet") as check:
    model = ThreeLayerConvNet()
    loss, grads = model.loss(X, y)
    check.close("first loss", loss, np.log(10), atol=1e-3)
    check.keys("grads", grads, model.params)
    check.dtype("gradient of W1 for float64 images", grads["W1"], np.float32)
    model.reg = 0.5
    penalised, penalised_grads = model.loss(X, y)
    check.close("what reg = 0.5 adds to the loss", penalised - loss, {{expected:convnet-penalty}}, atol=2e-3)
    for name in sorted(name for name in grads if name[0] == "W"):
        added = penalised_grads[name] - grads[name]
        check.close(f"what reg = 0.5 adds to the gradient of {name}", added, 0.5 * model.params[name], atol=1e-6)
    small = ThreeLayerConvNet(input_dim=(3, 8, 6), num_filters=2, hidden_dim=5, weight_scale=0.1)
    check.close("spread of W2 at weight scale 0.1", small.params["W2"].std(), 0.1, atol=0.03)
    check.shape("scores for images of 8 x 6 pixels", small.loss(X[:2, :, :8, :6]), (2, 10))

    np.random.seed(473)
    X, y = np.random.randn(2, 3, 8, 8), np.random.randint(10, size=2)
    settings = {"num_filters": 3, "filter_size": 3, "input_dim": (3, 8, 8), "hidden_dim": 7, "dtype": np.float64}
    model = with_drawn_weights(ThreeLayerConvNet, weight_scale=1e-3, **settings)
    loss, grads = model.loss(X, y)
    for name in sorted(grads):
        check.gradient(name, grads[name], lambda _: model.loss(X, y)[0], model.params[name], tol=1e-6, h=1e-6)

    # With weights of some size, scores tell which layers there are, in which order; the images are wide and the filters 5 x 5.
    np.random.seed(473)
    X = np.random.randn(2, 3, 8, 12)
    settings = {"num_filters": 3, "filter_size": 5, "input_dim": (3, 8, 12), "hidden_dim": 7, "dtype": np.float64}
    model = with_drawn_weights(ThreeLayerConvNet, weight_scale=0.3, **settings)
    check.close("weighted sum of the scores of wide images", weighted_sum(model.loss(X)), {{expected:convnet-scores}}, atol=1e-5)

# %% [markdown]
# ### Overfit a hundred images
#
# A quick test that finds many mistakes: can the network learn a hundred images by heart?
#
# {{time:conv-overfit}}

# %% timed="conv-overfit"
np.random.seed(493)
size, epochs = budget(data, full=100, embedded=100, quick=50), budget(data, full=15, embedded=15, quick=3)
small = {**data, "X_train": data["X_train"][:size], "y_train": data["y_train"][:size]}
model = ThreeLayerConvNet(weight_scale=1e-2)
settings = {"num_epochs": epochs, "batch_size": 50, "update_rule": "adam", "optim_config": {"learning_rate": 1e-3}}
solver = Solver(model, small, print_every=1, progress=True, **settings)
solver.train()

# %%
plot_training_history({"100 images": solver}, "Overfitting", window=1)
print_histories({"100 images": solver}, "Overfitting", last=2)
print(f"with the best parameters put back: train {solver.check_accuracy(small['X_train'], small['y_train']):.3f}, ", end="")
print(f"val {solver.check_accuracy(small['X_val'], small['y_val']):.3f}")

# %% [markdown]
# The loss jumps up in the first steps and then falls. The training accuracy climbs far above the validation accuracy,
# which rises a little above guessing and stays there: overfitting, as wanted here.
#
# ### Train on all images
#
# Now train on all images, for about a thousand steps: that is one epoch of CIFAR-10's 49,000 images in minibatches
# of 50. There are fewer drawn images, so they get five epochs.
#
# {{time:conv-all}}
#
# If you may have to stop in between, give the `Solver` a `checkpoint_name`: `Solver.resume` continues from the last
# file that it wrote, as you saw in *Fully connected networks*. This network has four million weights, and each file has
# about 65 MB: delete the folder `checkpoints` before you hand in.

# %% timed="conv-all"
np.random.seed(493)
size = budget(data, embedded=len(data["X_train"]), quick=500)
all_images = {**data, "X_train": data["X_train"][:size], "y_train": data["y_train"][:size]}
model = ThreeLayerConvNet(weight_scale=0.001, hidden_dim=500, reg=0.001)
epochs = budget(data, full=1, embedded=5, quick=1)
settings = {"num_epochs": epochs, "batch_size": 50, "update_rule": "adam", "optim_config": {"learning_rate": 1e-3}}
print(f"{size} training images, {epochs} epochs")
convolutional = Solver(model, all_images, print_every=20, progress=True, **settings)
convolutional.train()

# %% [markdown]
# For comparison, a fully connected network gets the same images, the same number of steps, the same update rule and the
# same penalty, with about as many hidden units as the convolutional network has after its filters.
#
# {{time:conv-baseline}}

# %% timed="conv-baseline"
np.random.seed(493)
baseline = FullyConnectedNetBasic([500, 500], weight_scale=0.01, reg=0.001)
fully_connected = Solver(baseline, all_images, verbose=False, progress=True, **settings)
fully_connected.train()

# %% record="conv-against-fully-connected"
both = {"convolutional": convolutional, "fully connected": fully_connected}
plot_training_history(both, "All images")
print_histories(both, "All images")
count = lambda net: {name: p.size for name, p in net.params.items() if name[0] == "W"}  # noqa: E731
print_table(["network", "W1", "W2", "W3"], [[name, *count(s.model).values()] for name, s in both.items()], "Number of weights")

# %% [markdown]
# In the loss panel the fully connected network starts higher, because its first weights are larger, jumps up in the
# first steps, and after a quick fall comes nearly to a standstill, while the curve of the convolutional network goes on
# falling. After one epoch the two are about level in both accuracy panels; from then on the convolutional network
# climbs away from the other, which wavers and gains little. With the same images and the same number of steps, a
# network that does not have to learn anew at each place what an edge looks like learns more, and more of it is true of
# other images. (Neither network was tuned, so do not rely on the exact size of the gap.)
#
# If you compare with numbers from elsewhere: on a copy of CIFAR-10 with all its images, compressed with some loss, one
# epoch brought the reference to .472 on validation images. The assignment that this one follows prints .49. Random
# draws and the copy of the images may well account for the difference.
#
# {{recorded:conv-against-fully-connected}}
#
# ### Question: what a convolutional layer saves
#
# Look at the numbers of weights.
#
# 1. The first layer of `ThreeLayerConvNet` gives 32 x 32 x 32 numbers for an image. How many weights does it have? How
#    many would an affine layer with as many outputs need? Where does the difference come from: name two properties of
#    convolution.
# 2. Which array holds most of this network's weights, and what would you change to have fewer?

# %% [markdown] question="conv-parameters"
# 1. 32 filters of 3 x 7 x 7 weights: 4,704 (and 32 biases). An affine layer from 3,072 inputs to 32,768 outputs needs
#    3,072 x 32,768 = 100,663,296, about 21,000 times as many. Two properties: *local connection* (an output depends on
#    7 x 7 x 3 = 147 inputs and not on 3,072: a factor of 21) and *shared weights* (the same filter at all 1,024 places:
#    a factor of 1,024). Together, 21 x 1,024, they make up the whole difference.
# 2. In the first affine layer, W2: 32 x 16 x 16 = 8,192 inputs times 500 hidden units = 4,096,000 of about 4.1 million.
#    Fewer: pool more, or use another convolution with stride or pooling before it, fewer filters, a smaller hidden
#    layer, or an average over all positions in place of the flattening.

# %% [markdown] instructor="conv-parameters"
# [item.counts]
# points = 0.5
# text = '4,704 weights against about 10^8; a factor of about 20,000 is enough.'
# asks = 'How many weights does each of the two layers have, and what is their ratio?'
#
# [item.local-connection]
# points = 0.5
# text = 'Local connection: an output looks at few inputs.'
# asks = 'How many inputs does one output of each layer look at?'
#
# [item.shared-weights]
# points = 0.5
# text = 'Shared weights: the same filter is used at all places.'
# asks = 'How many places of the image use the same filter?'
#
# [item.largest-array]
# points = 0.5
# text = 'W2 holds most of the weights, with one sensible remedy.'
# asks = 'Which array of the network is the largest, and what would make it smaller?'
#
# [wrong.one-channel]
# answer = '32 x 7 x 7 = 1,568.'
# why = 'The filters have three channels.'
# says = 'Count again how many numbers one filter holds.'
#
# [wrong.image-shrinks]
# answer = 'Convolution has fewer weights because the image shrinks.'
# why = 'It keeps its size here.'
# says = 'Look at the height and width before and after this layer.'
#
# [wrong.time-for-weights]
# answer = 'The convolution holds most of the weights because it takes most of the time.'
# why = 'Time and weights are different things.'
# says = 'Count weights here, and not what is done with them.'

# %% [markdown]
# ### The filters
#
# The filters of the first layer can be shown as small images of 7 x 7 pixels.

# %%
grid = visualize_grid(convolutional.model.params["W1"].transpose(0, 2, 3, 1))
plt.figure(figsize=(5, 5))
plt.imshow(grid.astype(np.uint8))
plt.axis("off")
plt.title("The 32 filters of the first layer")
plt.show()
filters = convolutional.model.params["W1"]
colour = filters.mean(axis=(2, 3)).std(axis=1) / filters.std(axis=(1, 2, 3))
print_table(
    ["what", "smallest", "median", "largest"],
    [
        ["standard deviation of a filter", *np.quantile(filters.std(axis=(1, 2, 3)), [0, 0.5, 1])],
        ["difference between its colours, relative", *np.quantile(colour, [0, 0.5, 1])],
    ],
    "The 32 filters in numbers",
)

# %% [markdown]
# The figure shows 32 squares in a grid of 6 x 6. After a thousand steps they are smooth in places and noisy in others:
# some have a bright and a dark half, which makes them edge detectors, and some are patches of one colour. The table
# shows how far they have moved from the first weights, whose standard deviation was 0.001, and how much the colours of
# a filter differ.
#
# ## Spatial batch normalization
#
# For a fully connected layer, batch normalization takes its statistics over the minibatch, feature by feature. In an
# image a channel is one feature that is measured at many places, so the statistics run over images *and* positions: one
# mean and one variance per channel, over $N$, $H$ and $W$:
#
# $$\mu_c = \frac{1}{N H W} \sum_{n, i, j} x_{n c i j}, \qquad \sigma_c^2 = \frac{1}{N H W} \sum_{n, i, j} (x_{n c i j}
# - \mu_c)^2$$
#
# Write {{task:spatial-batchnorm-forward}} ([book]({{book:layer-and-group-normalization#spatial}})): with the right
# transposition it is a few lines around what you have. Expected in training: means 0 and standard deviations 1 per
# channel, then with `gamma` 3, 4, 5 and `beta` 6, 7, 8 exactly those; at test time, after fifty passes, nearly 0 and 1.

# %% check="spatial-batchnorm-forward"
np.random.seed(493)
x = 4 * np.random.randn(2, 3, 4, 5) + 10
gamma, beta = np.array([3, 4, 5]), np.array([6, 7, 8])

with checking("spatial_batchnorm_forward") as check:
    out, _ = spatial_batchnorm_forward(x, np.ones(3), np.zeros(3), {"mode": "train"})
    check.shape("out", out, x.shape)
    check.close("means per channel", out.mean(axis=(0, 2, 3)), np.zeros(3))
    check.close("standard deviations per channel", out.std(axis=(0, 2, 3)), np.ones(3), atol=1e-6)
    means, deviations = (f(axis=(0, 2, 3), keepdims=True) for f in (x.mean, x.std))
    check.close("out, undone", out * deviations + means, x, atol=1e-4)
    out, _ = spatial_batchnorm_forward(x, np.ones(3), np.zeros(3), {"mode": "train", "eps": 7.0})
    check.close("out with eps = 7, undone", out * np.sqrt(deviations**2 + 7) + means, x)
    out, _ = spatial_batchnorm_forward(x, gamma, beta, {"mode": "train"})
    check.close("means with beta", out.mean(axis=(0, 2, 3)), beta)
    check.close("standard deviations with gamma", out.std(axis=(0, 2, 3)), gamma, atol=1e-5)
    bn_param = {"mode": "train"}
    np.random.seed(493)
    for _ in range(50):
        spatial_batchnorm_forward(2.3 * np.random.randn(10, 4, 11, 12) + 13, np.ones(4), np.zeros(4), bn_param)
    bn_param["mode"] = "test"
    out, _ = spatial_batchnorm_forward(2.3 * np.random.randn(10, 4, 11, 12) + 13, np.ones(4), np.zeros(4), bn_param)
    check.close("means at test time", out.mean(axis=(0, 2, 3)), np.zeros(4), atol=0.15)
    check.close("standard deviations at test time", out.std(axis=(0, 2, 3)), np.ones(4), atol=0.1)

# %%
print("Before, per channel")
print_mean_std(x, axis=(0, 2, 3))
print("After, gamma 3 4 5 and beta 6 7 8")
print_mean_std(spatial_batchnorm_forward(x, gamma, beta, {"mode": "train"})[0], axis=(0, 2, 3))

# %% [markdown]
# The backward pass takes the same transposition; the gradients of `gamma` and `beta` are sums over images and
# positions. Write {{task:spatial-batchnorm-backward}} ([book]({{book:layer-and-group-normalization#spatial}})).
# Expected: errors below 1e-7.

# %% check="spatial-batchnorm-backward"
np.random.seed(493)
x, dout = 5 * np.random.randn(2, 3, 4, 5) + 12, np.random.randn(2, 3, 4, 5)
gamma, beta = np.random.randn(3), np.random.randn(3)


def forward(x, gamma, beta):
    """A forward pass in training mode, with running averages of its own."""
    return spatial_batchnorm_forward(x, gamma, beta, {"mode": "train"})


with checking("spatial_batchnorm_backward") as check:
    dx, dgamma, dbeta = spatial_batchnorm_backward(dout, forward(x, gamma, beta)[1])
    check.gradient("dx", dx, lambda a: forward(a, gamma, beta)[0], x, dout, tol=1e-7)
    check.gradient("dgamma", dgamma, lambda a: forward(x, a, beta)[0], gamma.copy(), dout, tol=1e-7)
    check.gradient("dbeta", dbeta, lambda a: forward(x, gamma, a)[0], beta.copy(), dout, tol=1e-7)

# %% [markdown]
# With this layer a third sandwich is possible: convolution - spatial batch normalization - ReLU. Write
# {{task:conv-bn-relu}} ([book]({{book:convolution#sandwich}})). The bias of the convolution has no effect here, because
# the mean takes it out again: its true gradient is 0.

# %% check="conv-bn-relu"
np.random.seed(493)
x, w, b = np.random.randn(2, 3, 6, 6), np.random.randn(4, 3, 3, 3), np.random.randn(4)
gamma, beta, dout = np.random.randn(4), np.random.randn(4), np.random.randn(2, 4, 6, 6)


def sandwich(x, w, b, gamma, beta):
    """The three layers in training mode."""
    return conv_bn_relu_forward(x, w, b, gamma, beta, {"stride": 1, "pad": 1}, {"mode": "train"})


with checking("conv_bn_relu") as check:
    out, cache = sandwich(x, w, b, gamma, beta)
    check.close("weighted sum of out", weighted_sum(out), {{expected:conv-bn-relu-out}}, atol=1e-5)
    gradients = conv_bn_relu_backward(dout, cache)
    values = {"x": x, "w": w, "b": b, "gamma": gamma, "beta": beta}
    for (name, value), gradient in zip(values.items(), gradients, strict=True):
        check.gradient(f"d{name}", gradient, lambda a: sandwich(**{**values, name: a})[0], value.copy(), dout, tol=1e-6)

# %% [markdown]
# ## Spatial group normalization
#
# The statistics of a batch of two images are poor ones. Layer normalization does not need the batch, but on
# convolutional features it usually does worse than batch normalization. In a fully connected layer all units contribute
# to the answer in similar ways, so one mean and one variance suit them all. In a convolutional layer they do not: many
# units near the border of the image are rarely active (Ba, Kiros and Hinton, 2016), and channels that respond to edges
# have different statistics from channels that respond to areas of colour.
#
# Group normalization (Wu and He, 2018) is between the two. Its idea comes from the visual features that people designed
# before networks learnt them. Features such as HOG, histograms of oriented gradients (Dalal and Triggs, 2005), come in
# groups that belong together, and each group is normalized by itself. Here the $C$ channels are cut into $G$ groups of
# neighbouring channels, and each group of each image is normalized separately, over $C/G$ channels and all positions.
# The parameters still belong to channels, with shape `(1, C, 1, 1)`. For image $n$ and group $g$:
#
# $$\mu_{n g} = \frac{G}{C H W} \sum_{c \in g} \sum_{i, j} x_{n c i j}, \qquad
# \sigma_{n g}^2 = \frac{G}{C H W} \sum_{c \in g} \sum_{i, j} (x_{n c i j} - \mu_{n g})^2$$
#
# Write {{task:spatial-groupnorm-forward}} ([book]({{book:layer-and-group-normalization#group}})). Expected: means 0 and
# standard deviations 1 for each group of each image.

# %% check="spatial-groupnorm-forward"
np.random.seed(493)
N, C, H, W, G = 2, 6, 4, 5, 3
x = 4 * np.random.randn(N, C, H, W) + 10

with checking("spatial_groupnorm_forward") as check:
    out, _ = spatial_groupnorm_forward(x, np.ones((1, C, 1, 1)), np.zeros((1, C, 1, 1)), G, {"mode": "train"})
    check.shape("out", out, x.shape)
    groups = out.reshape(N * G, -1)
    check.close("means per group", groups.mean(axis=1), np.zeros(N * G))
    check.close("standard deviations per group", groups.std(axis=1), np.ones(N * G), atol=1e-5)
    means, deviations = (f(axis=1, keepdims=True) for f in (x.reshape(N * G, -1).mean, x.reshape(N * G, -1).std))
    check.close("out, undone", (groups * deviations + means).reshape(x.shape), x, atol=1e-4)
    wide, _ = spatial_groupnorm_forward(x, np.ones((1, C, 1, 1)), np.zeros((1, C, 1, 1)), G, {"eps": 7.0})
    check.close("out with eps = 7, undone", (wide.reshape(N * G, -1) * np.sqrt(deviations**2 + 7) + means).reshape(x.shape), x)
    gamma = np.arange(1.0, C + 1).reshape(1, C, 1, 1)
    scaled, _ = spatial_groupnorm_forward(x, gamma, gamma, G, {})
    check.close("out with gamma and beta per channel", scaled, gamma * out + gamma, atol=1e-8)

# %% [markdown]
# And backward: {{task:spatial-groupnorm-backward}} ([book]({{book:layer-and-group-normalization#group}})). It is the
# backward pass of layer normalization with a group in place of a row; the gradients of `gamma` and `beta` have their
# shape, `(1, C, 1, 1)`. Expected: errors below 1e-6.

# %% check="spatial-groupnorm-backward"
np.random.seed(493)
N, C, H, W = 2, 6, 4, 5
x, dout = 5 * np.random.randn(N, C, H, W) + 12, np.random.randn(N, C, H, W)
gamma, beta = np.random.randn(1, C, 1, 1), np.random.randn(1, C, 1, 1)

with checking("spatial_groupnorm_backward") as check:
    for G in (2, 1, C):
        _, cache = spatial_groupnorm_forward(x, gamma, beta, G, {})
        dx, dgamma, dbeta = spatial_groupnorm_backward(dout, cache)
        check.gradient(f"dx, G = {G}", dx, lambda a: spatial_groupnorm_forward(a, gamma, beta, G, {})[0], x, dout, tol=1e-6)
        check.gradient(f"dgamma, G = {G}", dgamma, lambda a: spatial_groupnorm_forward(x, a, beta, G, {})[0], gamma.copy(), dout, tol=1e-6)
        check.gradient(f"dbeta, G = {G}", dbeta, lambda a: spatial_groupnorm_forward(x, gamma, a, G, {})[0], beta.copy(), dout, tol=1e-6)

# %% [markdown]
# ### How good are the statistics?
#
# The last experiment needs none of your code. The training images pass through 16 random filters; then the mean of each
# channel is estimated from random small batches, as batch normalization does. The table says how much that estimate
# scatters, in units of the channel's standard deviation: over batches of random images, and over batches that all
# contain the same one image.

# %% record="conv-batch-statistics" exact="images"
np.random.seed(493)
images = data["X_train"][: budget(data, full=512, embedded=512, quick=128)]
responses, _ = conv_forward_fast(images, np.random.randn(16, 3, 5, 5).astype(np.float32), np.zeros(16, np.float32), {"stride": 2, "pad": 2})
means = (responses / responses.std(axis=(0, 2, 3), keepdims=True)).mean(axis=(2, 3))
rng = np.random.default_rng(493)


def scatter(size, repeats=400):
    """How much channel means of random batches scatter: of all images, and with one image held fixed."""
    batches = means[rng.integers(len(means), size=(repeats, size))]
    with_fixed = batches.copy()
    with_fixed[:, 0] = means[0]
    return [float(b.mean(axis=1).std(axis=0).mean()) for b in (batches, with_fixed)]


sizes = (1, 2, 4, 8, 16, 32, 64)
scatters = [scatter(size) for size in sizes]
print_table(
    ["batch size", "scatter of the mean", "times root of size", "one image fixed", "group norm, one image fixed"],
    [[n, every, every * np.sqrt(n), fixed, 0.0] for n, (every, fixed) in zip(sizes, scatters, strict=True)],
    "Mean of a channel, in units of its standard deviation",
)

# %%
curves = {
    "batch statistics": (sizes, [s[0] for s in scatters]),
    "falls as the root": (sizes, [scatters[0][0] / np.sqrt(n) for n in sizes]),
    "one image fixed, others random": (sizes[1:], [s[1] for s in scatters[1:]]),
}
plot_lines(curves, "How much the mean of a channel scatters", "images in a batch", "scatter", logx=True, logy=True);

# %% [markdown]
# In the figure the first curve lies on the second: with four times as many images the scatter is half as large. The
# third shows what batch normalization does to *one* image: with only one other image in the batch, its mean is moved by
# an amount that depends on which one that is, and with more of them less so. The last column is zero because group
# normalization looks at no other image; it needs no measurement.
#
# {{recorded:conv-batch-statistics}}
#
# ### Question: small batches
#
# 1. A detector is trained with two large images per batch, and tested with running averages. What goes wrong with
#    spatial batch normalization, and which numbers of the tables show it? Why does group normalization not suffer?
# 2. Name one situation in which $G = 1$ is a poor choice, and one in which $G = C$ is. For each, say which numbers
#    share a mean there, and what is lost.

# %% [markdown] question="conv-group-norm-batch"
# 1. With two images the mean (and variance) of a channel is estimated from two images whose pixels are strongly
#    correlated: the mean scatters by .41 of a standard deviation, against .61 for single images, a factor of about
#    1/sqrt(2), and it only falls with the root of the batch size. With one image held fixed it still scatters by .29,
#    about half of the single-image value. So in training every image is shifted and scaled by noise that depends on the
#    other image, while at test time running averages are used that none of the training batches had: training and test
#    behave differently. Group normalization takes its statistics from the image itself, the same way in training and at
#    test time, so the batch has no influence (last column: 0).
# 2. $G = 1$ takes one mean and variance over all channels of an image (layer normalization): poor when channels have
#    very different ranges or meanings, since one large channel then sets the scale for all. $G = C$ takes each channel
#    of each image by itself (instance normalization): poor when the mean or contrast of a channel over the image is
#    itself the information, as when the question is whether it is day or night, or whether a feature is present at all;
#    and when H x W is tiny: at 1 x 1 the output is beta for every input.

# %% [markdown] instructor="conv-group-norm-batch"
# [item.noisy-statistics]
# points = 0.5
# text = 'The statistics of two images are noisy, with a number of the table.'
# asks = '''
# From how many images are mean and variance estimated here, and which number of the table says how good that is?'''
#
# [item.training-and-test]
# points = 0.5
# text = 'Training and test mode differ for batch normalization; group normalization does not depend on the batch.'
# asks = 'Which statistics does each of the two layers use at test time?'
#
# [item.one-group]
# points = 0.5
# text = 'G = 1: all channels of an image share one mean (layer normalization), with one sensible weakness.'
# asks = 'Which axes does one mean run over when there is one group, and when does that hurt?'
#
# [item.a-group-each]
# points = 0.5
# text = 'G = C: each channel of each image has a mean of its own (instance normalization), with one sensible weakness.'
# asks = 'Which axes does one mean run over when each channel is a group, and what is lost?'
#
# [wrong.several-images]
# answer = 'Group normalization uses several images at once.'
# why = 'It takes its statistics from one image.'
# says = 'Over which axes does group normalization take its mean?'
#
# [wrong.one-is-batch]
# answer = 'G = 1 is batch normalization.'
# why = 'With G = 1 it never looks at other images.'
# says = 'Can another image of the batch change the output when G = 1?'
#
# [wrong.few-pixels]
# answer = 'Batch normalization fails because two images are too few pixels.'
# why = 'There are thousands of pixels, but they belong to two images and are correlated.'
# says = 'Count the pixels, and ask whether they are independent of each other.'

# %% [markdown]
# ## What you have built
#
# A network that looks at neighbourhoods, with layers that you wrote once as loops and then used in their fast form. The
# picture shows one training step of `ThreeLayerConvNet`.

# %%
boxes = [("images", "3 x 32 x 32"), ("convolution", "W1, b1"), ("ReLU", ""), ("max pooling", "2 x 2"), ("affine", "W2, b2")]
plot_layers([*boxes, ("ReLU", ""), ("affine", "W3, b3"), ("softmax", "loss")], "One training step of ThreeLayerConvNet")

# %% [markdown]
# ## Hand in
#
# Save the notebook, then run the last cell. It packs your files, lists what is unfinished or unanswered, and prints a
# receipt.

# %% submit=true
