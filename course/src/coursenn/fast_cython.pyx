# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What `coursenn.fast_layers` calls where a compiler was there: a door to the loops of fast_kernels.h.

Bounds checks are off. So every function here first refuses arrays that do not fit together, and only then starts a loop.
"""

import os

from cython cimport floating
from libc.stdint cimport uint16_t

INTERFACE = 3  # raised when a signature below changes; coursenn.fast_layers ignores an extension with another number
LARGEST_WINDOW = 0xFFFF  # positions that a winner can name
LEVELS = ("plain", "avx2", "avx512")
SMALL = 200_000  # products or numbers below which starting a second thread costs more than it saves
SMALL_STEP = 2_000_000  # the same for the parameters of an Adam step: each is read once, and memory is no faster with two threads

cdef extern from *:
    """
    /* A step of training frees and asks for the same arrays of some megabytes. glibc gives such memory back to the system and gets
     * it again page by page, filled with zeros, which takes longer than a step of Adam. It is told to keep 64 MB. */
    #ifdef __GLIBC__
    #include <malloc.h>
    #define keep_freed_memory() mallopt(M_TOP_PAD, 64 << 20)
    #else
    #define keep_freed_memory() 1
    #endif
    """
    int keep_freed_memory()

cdef extern from "fast_kernels.h" nogil:
    ctypedef Py_ssize_t idx
    ctypedef struct sizes_t:
        idx N, C, H, W, F, HH, WW, OH, OW, pad, sh, sw, h, w, stride, PH, PW, threads
    ctypedef struct kernels_t:
        int (*conv_forward)(const sizes_t*, const void*, const void*, const void*, void*, uint16_t*) noexcept nogil
        int (*conv_dx)(const sizes_t*, const void*, const void*, void*) noexcept nogil
        int (*conv_dw)(const sizes_t*, const void*, const void*, const uint16_t*, void*, void*) noexcept nogil
        int (*pool_forward)(const sizes_t*, const void*, void*, uint16_t*) noexcept nogil
        int (*pool_backward)(const sizes_t*, const void*, const uint16_t*, void*) noexcept nogil
        int (*adam)(idx, void*, const void*, void*, void*, const double*, idx) noexcept nogil
    int best_level()
    int omp_get_max_threads()
    const kernels_t* kernels[3][2]  # by instruction set and by whether numbers are doubles

if "MALLOC_TOP_PAD_" not in os.environ:
    keep_freed_memory()

cdef int level = best_level()
cdef object home = os.getpid()


def instruction_sets():
    """Names of the instruction sets that this processor has, best last."""
    return LEVELS[: best_level() + 1]


def use(name):
    """Take another instruction set from now on: for tests and measurements."""
    global level
    level = instruction_sets().index(name)


def threads_for(work, small=SMALL):
    """Threads for that many operations: what OpenMP offers (OMP_NUM_THREADS), and one in a forked process, where libgomp hangs."""
    return 1 if work < small or os.getpid() != home else omp_get_max_threads()


cdef tuple shape(const floating[:, :, :, ::1] a):
    return a.shape[0], a.shape[1], a.shape[2], a.shape[3]


def _same(tuple given, tuple wanted):
    """Refuse an array of another shape."""
    if given != wanted:
        raise ValueError(f"an array has shape {given} where {wanted} is needed")


def _fit(tuple image, tuple out, tuple window, Py_ssize_t stride, Py_ssize_t pad):
    """Refuse sizes for which the loops would read or write outside an array."""
    if min(*window, stride) < 1 or pad < 0:
        raise ValueError("windows, stride and padding do not fit the arrays")
    for size, count, length in zip(image, out, window):
        if count < 1 or (count - 1) * stride + length > size + 2 * pad:
            raise ValueError("the output has more windows than the image holds")


cdef sizes_t pooling(tuple x, tuple out, uint16_t[:, :, :, ::1] winner, tuple window) except *:
    """Sizes of a pooling with (height, width, stride); the arrays fit together then."""
    cdef sizes_t s
    height, width, stride = window
    if x[:2] != out[:2]:
        raise ValueError("images and results do not fit together")
    _fit(x[2:], out[2:], (height, width), stride, 0)
    if height * width >= LARGEST_WINDOW:
        raise ValueError("the windows are too large")
    _same((winner.shape[0], winner.shape[1], winner.shape[2], winner.shape[3]), out)
    s.N, s.C, s.H, s.W = x
    s.h, s.w, s.stride, s.PH, s.PW = height, width, stride, out[2], out[3]
    s.threads = threads_for(s.N * s.C * s.H * s.W)
    return s


cdef sizes_t convolution(tuple x, tuple w, Py_ssize_t biases, tuple out, int stride, int pad, uint16_t[:, :, :, ::1] winner,
                         tuple features, tuple window) except *:
    """Sizes of a convolution, and of the pooling behind it if there is a window; the arrays fit together then."""
    cdef sizes_t s
    s.h = s.w = 0
    if window is not None:
        pooled, out = out, (*out[:2], *features)
        s = pooling(out, pooled, winner, window)
    if x[1] != w[1] or out[:2] != (x[0], w[0]) or min(w) < 1:
        raise ValueError("filters, stride and padding do not fit the arrays")
    _fit(x[2:], out[2:], w[2:], stride, pad)
    _same((biases,), w[:1])
    s.N, s.C, s.H, s.W = x
    s.F, s.HH, s.WW = w[0], w[2], w[3]
    s.OH, s.OW, s.pad = out[2], out[3], pad
    s.sh, s.sw = stride if s.OH > 1 else 1, stride if s.OW > 1 else 1
    s.threads = max(1, min(threads_for(s.N * s.F * s.OH * s.OW * s.C * s.HH * s.WW), s.N))
    return s


cdef int check(int failed) except -1 nogil:
    if failed:
        with gil:
            raise MemoryError("no memory for the buffers of the fast layers")
    return 0


def conv_forward(const floating[:, :, :, ::1] x, const floating[:, :, :, ::1] w, const floating[::1] b, floating[:, :, :, ::1] out,
                 int stride, int pad, uint16_t[:, :, :, ::1] winner=None, tuple features=None, tuple window=None):
    """Fill ``out`` (N, F, H', W') with the convolution of ``x`` (N, C, H, W) with ``w`` (F, C, HH, WW), plus ``b`` (F,).

    With ``window``, the height, width and stride of a pooling, ReLU and pooling follow: ``features`` is then (H', W'), and
    ``out`` and ``winner`` have the size that pooling leaves.
    """
    cdef sizes_t s = convolution(shape(x), shape(w), b.shape[0], shape(out), stride, pad, winner, features, window)
    with nogil:
        check(kernels[level][sizeof(floating) == 8].conv_forward(
            &s, &x[0, 0, 0, 0], &w[0, 0, 0, 0], &b[0], &out[0, 0, 0, 0], &winner[0, 0, 0, 0] if s.h else NULL))


def conv_backward_x(const floating[:, :, :, ::1] dout, const floating[:, :, :, ::1] w, floating[:, :, :, ::1] dx, int stride, int pad):
    """Fill ``dx`` (N, C, H, W) with the gradient of the images."""
    cdef sizes_t s = convolution(shape(dx), shape(w), w.shape[0], shape(dout), stride, pad, None, None, None)
    with nogil:
        check(kernels[level][sizeof(floating) == 8].conv_dx(&s, &dout[0, 0, 0, 0], &w[0, 0, 0, 0], &dx[0, 0, 0, 0]))


def conv_backward_w(const floating[:, :, :, ::1] x, const floating[:, :, :, ::1] dout, floating[:, :, :, ::1] dw, floating[::1] db,
                    int stride, int pad, uint16_t[:, :, :, ::1] winner=None, tuple features=None, tuple window=None):
    """Fill ``dw`` (F, C, HH, WW) and ``db`` (F,) with the gradients of filters and biases.

    With ``window``, those behind ReLU and pooling, as in `conv_forward`; ``winner`` is then what it wrote.
    """
    cdef sizes_t s = convolution(shape(x), shape(dw), db.shape[0], shape(dout), stride, pad, winner, features, window)
    with nogil:
        check(kernels[level][sizeof(floating) == 8].conv_dw(
            &s, &x[0, 0, 0, 0], &dout[0, 0, 0, 0], &winner[0, 0, 0, 0] if s.h else NULL, &dw[0, 0, 0, 0], &db[0]))


def max_pool(const floating[:, :, :, ::1] x, floating[:, :, :, ::1] out, uint16_t[:, :, :, ::1] winner, tuple window):
    """Fill ``out`` (N, C, H', W') with the largest entry of each window, and ``winner`` with the position of the first such, row by row."""
    cdef sizes_t s = pooling(shape(x), shape(out), winner, window)
    with nogil:
        check(kernels[level][sizeof(floating) == 8].pool_forward(&s, &x[0, 0, 0, 0], &out[0, 0, 0, 0], &winner[0, 0, 0, 0]))


def max_pool_backward(const floating[:, :, :, ::1] dout, uint16_t[:, :, :, ::1] winner, floating[:, :, :, ::1] dx, tuple window):
    """Fill ``dx`` (N, C, H, W): each entry of ``dout`` is added where the maximum of its window was."""
    cdef sizes_t s = pooling(shape(dx), shape(dout), winner, window)
    with nogil:
        check(kernels[level][sizeof(floating) == 8].pool_backward(&s, &dout[0, 0, 0, 0], &winner[0, 0, 0, 0], &dx[0, 0, 0, 0]))


def adam(floating[::1] w, const floating[::1] dw, floating[::1] m, floating[::1] v, double learning_rate, double beta1, double beta2,
         double epsilon, long t):
    """Step number ``t`` of Adam, written into ``w``, ``m`` and ``v``."""
    cdef double[5] rates = [learning_rate / (1 - beta1**t), beta1, beta2, (1 - beta2**t) ** -0.5, epsilon]
    cdef idx threads = threads_for(w.shape[0], SMALL_STEP)
    _same((dw.shape[0], m.shape[0], v.shape[0]), (w.shape[0],) * 3)
    with nogil:
        check(kernels[level][sizeof(floating) == 8].adam(w.shape[0], &w[0], &dw[0], &m[0], &v[0], rates, threads))
