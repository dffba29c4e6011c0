# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What `coursenn.fast_layers` calls where a compiler was there: a door to the loops of fast_kernels.h.

Bounds checks are off. So every function here first refuses arrays that do not fit together, and only then starts a loop.
"""

import os

from cython cimport floating
from libc.stdint cimport uint16_t

INTERFACE = 2  # raised when a signature below changes; coursenn.fast_layers ignores an extension with another number
LARGEST_WINDOW = 0xFFFF  # positions that a winner can name
LEVELS = ("plain", "avx2", "avx512")

cdef extern from "fast_kernels.h" nogil:
    ctypedef Py_ssize_t idx
    ctypedef struct conv_t:
        idx N, C, H, W, F, HH, WW, OH, OW, pad, sh, sw
        int threads
    ctypedef struct pool_t:
        idx h, w, stride, PH, PW
    ctypedef struct kernels_t:
        int (*conv_forward)(const conv_t*, const pool_t*, const void*, const void*, const void*, void*, uint16_t*) noexcept nogil
        int (*conv_dx)(const conv_t*, const void*, const void*, void*) noexcept nogil
        int (*conv_dw)(const conv_t*, const void*, const void*, void*, void*) noexcept nogil
        int (*conv_dw_sparse)(const conv_t*, const pool_t*, const void*, const void*, const uint16_t*, void*, void*) noexcept nogil
        int (*pool_forward)(const pool_t*, idx, idx, idx, const void*, void*, uint16_t*, int) noexcept nogil
        int (*pool_backward)(const pool_t*, idx, idx, idx, const void*, const uint16_t*, void*, int) noexcept nogil
        void (*adam)(idx, void*, const void*, void*, void*, const double*, int) noexcept nogil
    int best_level()
    const kernels_t* kernels(int level, int is_double)

cdef extern from *:
    """
    #ifdef _OPENMP
    #include <omp.h>
    #else
    #define omp_get_max_threads() 1
    #endif
    """
    int omp_get_max_threads()

cdef int level = best_level()
cdef object home = os.getpid()
SMALL = 200_000  # products or numbers below which starting a second thread costs more than it saves


def instruction_sets():
    """Names of the instruction sets that this processor has, best last."""
    return LEVELS[: best_level() + 1]


def use(name):
    """Take another instruction set from now on: for tests and measurements."""
    global level
    level = instruction_sets().index(name)


def threads_for(work):
    """Threads for that many operations: what OpenMP offers (OMP_NUM_THREADS), and one in a forked process, where libgomp hangs."""
    return 1 if work < SMALL or os.getpid() != home else omp_get_max_threads()


cdef conv_t conv_sizes(tuple x, tuple w, tuple out, int stride, int pad, int width_of_pool=1) except *:
    """Sizes of a convolution, after a look at whether the arrays fit together."""
    cdef conv_t s
    if stride < 1 or pad < 0 or x[1] != w[1] or out[0] != x[0] or out[1] != w[0] or min(w) < 1:
        raise ValueError("filters, stride and padding do not fit the arrays")
    _sizes((x[2], x[3]), (out[2], out[3]), w[2], w[3], stride, pad)
    s.N, s.C, s.H, s.W = x
    s.F, s.HH, s.WW = w[0], w[2], w[3]
    s.OH, s.OW, s.pad = out[2], out[3], pad
    s.sh = stride if s.OH > 1 else 1
    s.sw = stride if s.OW > 1 else 1
    s.threads = max(1, min(threads_for(s.N * s.F * s.OH * s.OW * s.C * s.HH * s.WW), s.N))
    return s


cdef pool_t pool_sizes(tuple x, tuple out, int height, int width, int stride) except *:
    """Sizes of a pooling, after a look at whether the arrays fit together."""
    cdef pool_t q
    if x[:2] != out[:2]:
        raise ValueError("images and results do not fit together")
    _sizes((x[2], x[3]), (out[2], out[3]), height, width, stride, 0)
    if height * width >= LARGEST_WINDOW:
        raise ValueError("the windows are too large")
    q.h, q.w, q.stride, q.PH, q.PW = height, width, stride, out[2], out[3]
    return q


def _sizes(tuple image, tuple out, Py_ssize_t height, Py_ssize_t width, Py_ssize_t stride, Py_ssize_t pad):
    """Refuse sizes for which the loops would read or write outside an array."""
    if min(height, width, stride) < 1 or pad < 0:
        raise ValueError("windows, stride and padding do not fit the arrays")
    for size, count, window in zip(image, out, (height, width)):
        if count < 1 or (count - 1) * stride + window > size + 2 * pad:
            raise ValueError("the output has more windows than the image holds")


def _same(tuple given, tuple wanted):
    """Refuse an array of another shape."""
    if given != wanted:
        raise ValueError(f"an array has shape {given} where {wanted} is needed")


def _done(int failed):
    if failed:
        raise MemoryError("no memory for the buffers of the fast layers")


cdef tuple shape(const floating[:, :, :, ::1] a):
    return a.shape[0], a.shape[1], a.shape[2], a.shape[3]


cdef tuple winner_shape(const uint16_t[:, :, :, ::1] a):
    return a.shape[0], a.shape[1], a.shape[2], a.shape[3]


def conv_forward(const floating[:, :, :, ::1] x, const floating[:, :, :, ::1] w, const floating[::1] b, floating[:, :, :, ::1] out,
                 int stride, int pad):
    """Fill ``out`` (N, F, H', W') with the convolution of ``x`` (N, C, H, W) with ``w`` (F, C, HH, WW), plus ``b`` (F,)."""
    cdef conv_t s = conv_sizes(shape(x), shape(w), shape(out), stride, pad)
    cdef int failed = 0
    _same((b.shape[0],), (w.shape[0],))
    if s.N:
        with nogil:
            failed = kernels(level, sizeof(floating) == 8).conv_forward(&s, NULL, &x[0, 0, 0, 0], &w[0, 0, 0, 0], &b[0], &out[0, 0, 0, 0], NULL)
    _done(failed)


def conv_relu_pool_forward(const floating[:, :, :, ::1] x, const floating[:, :, :, ::1] w, const floating[::1] b,
                           floating[:, :, :, ::1] out, uint16_t[:, :, :, ::1] winner, int stride, int pad, tuple features,
                           int height, int width, int pool_stride):
    """Convolution with results of size ``features`` (H', W'), ReLU, and pooling into ``out`` and ``winner`` (N, F, H'', W'')."""
    cdef tuple inner = (x.shape[0], w.shape[0], *features)
    cdef conv_t s = conv_sizes(shape(x), shape(w), inner, stride, pad)
    cdef pool_t q = pool_sizes(inner, shape(out), height, width, pool_stride)
    cdef int failed = 0
    _same((b.shape[0],), (w.shape[0],))
    _same(winner_shape(winner), shape(out))
    if s.N:
        with nogil:
            failed = kernels(level, sizeof(floating) == 8).conv_forward(
                &s, &q, &x[0, 0, 0, 0], &w[0, 0, 0, 0], &b[0], &out[0, 0, 0, 0], &winner[0, 0, 0, 0])
    _done(failed)


def conv_backward_x(const floating[:, :, :, ::1] dout, const floating[:, :, :, ::1] w, floating[:, :, :, ::1] dx, int stride, int pad):
    """Fill ``dx`` (N, C, H, W) with the gradient of the images."""
    cdef conv_t s = conv_sizes(shape(dx), shape(w), shape(dout), stride, pad)
    cdef int failed = 0
    if s.N:
        with nogil:
            failed = kernels(level, sizeof(floating) == 8).conv_dx(&s, &dout[0, 0, 0, 0], &w[0, 0, 0, 0], &dx[0, 0, 0, 0])
    _done(failed)


def conv_backward_w(const floating[:, :, :, ::1] x, const floating[:, :, :, ::1] dout, floating[:, :, :, ::1] dw, floating[::1] db,
                    int stride, int pad):
    """Fill ``dw`` (F, C, HH, WW) and ``db`` (F,), which hold zeros, with the gradients of filters and biases."""
    cdef conv_t s = conv_sizes(shape(x), shape(dw), shape(dout), stride, pad)
    cdef int failed = 0
    _same((db.shape[0],), (dw.shape[0],))
    if s.N:
        with nogil:
            failed = kernels(level, sizeof(floating) == 8).conv_dw(&s, &x[0, 0, 0, 0], &dout[0, 0, 0, 0], &dw[0, 0, 0, 0], &db[0])
    _done(failed)


def conv_relu_pool_backward_w(const floating[:, :, :, ::1] x, const floating[:, :, :, ::1] dout, const uint16_t[:, :, :, ::1] winner,
                              floating[:, :, :, ::1] dw, floating[::1] db, int stride, int pad, tuple features, int height, int width,
                              int pool_stride):
    """As `conv_backward_w`, with ``dout`` (N, F, H'', W'') behind ReLU and pooling and the winners of the forward pass."""
    cdef tuple inner = (x.shape[0], dw.shape[0], *features)
    cdef conv_t s = conv_sizes(shape(x), shape(dw), inner, stride, pad)
    cdef pool_t q = pool_sizes(inner, shape(dout), height, width, pool_stride)
    cdef int failed = 0
    _same((db.shape[0],), (dw.shape[0],))
    _same(winner_shape(winner), shape(dout))
    if s.N:
        with nogil:
            failed = kernels(level, sizeof(floating) == 8).conv_dw_sparse(
                &s, &q, &x[0, 0, 0, 0], &dout[0, 0, 0, 0], &winner[0, 0, 0, 0], &dw[0, 0, 0, 0], &db[0])
    _done(failed)


def max_pool(const floating[:, :, :, ::1] x, floating[:, :, :, ::1] out, uint16_t[:, :, :, ::1] winner, int height, int width, int stride):
    """Fill ``out`` (N, C, H', W') with the maxima and ``winner`` with the position of the first one, counted row-major in its window."""
    cdef pool_t q = pool_sizes(shape(x), shape(out), height, width, stride)
    cdef idx planes = x.shape[0] * x.shape[1]
    cdef int failed = 0, threads = threads_for(x.shape[2] * x.shape[3] * planes)
    _same(winner_shape(winner), shape(out))
    if planes:
        with nogil:
            failed = kernels(level, sizeof(floating) == 8).pool_forward(
                &q, planes, x.shape[2], x.shape[3], &x[0, 0, 0, 0], &out[0, 0, 0, 0], &winner[0, 0, 0, 0], threads)
    _done(failed)


def max_pool_backward(const floating[:, :, :, ::1] dout, const uint16_t[:, :, :, ::1] winner, floating[:, :, :, ::1] dx, int height,
                      int width, int stride):
    """Fill ``dx`` (N, C, H, W): each entry of ``dout`` is added where the maximum of its window was."""
    cdef pool_t q = pool_sizes(shape(dx), shape(dout), height, width, stride)
    cdef idx planes = dx.shape[0] * dx.shape[1]
    cdef int failed = 0, threads = threads_for(dx.shape[2] * dx.shape[3] * planes)
    _same(winner_shape(winner), shape(dout))
    if planes:
        with nogil:
            failed = kernels(level, sizeof(floating) == 8).pool_backward(
                &q, planes, dx.shape[2], dx.shape[3], &dout[0, 0, 0, 0], &winner[0, 0, 0, 0], &dx[0, 0, 0, 0], threads)
    _done(failed)


def adam(floating[::1] w, const floating[::1] dw, floating[::1] m, floating[::1] v, double learning_rate, double beta1, double beta2,
         double epsilon, long t):
    """Step number ``t`` of Adam, written into ``w``, ``m`` and ``v``."""
    cdef double[5] rates = [learning_rate / (1 - beta1**t), beta1, beta2, (1 - beta2**t) ** -0.5, epsilon]
    cdef int threads = threads_for(w.shape[0])
    for other in (dw.shape[0], m.shape[0], v.shape[0]):
        _same((other,), (w.shape[0],))
    if w.shape[0]:
        with nogil:
            kernels(level, sizeof(floating) == 8).adam(w.shape[0], &w[0], &dw[0], &m[0], &v[0], rates, threads)
