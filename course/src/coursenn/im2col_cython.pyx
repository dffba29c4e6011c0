# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The inner loops of `coursenn.im2col` and `coursenn.fast_layers`, compiled.

Bounds checks are off: the callers, which are the only users, allocate every array with the sizes computed by
`coursenn.im2col.output_size`, and `_sizes` below refuses arrays that do not fit together before a loop starts.
Row and column tests inside the loops then keep every index inside the images.
"""

from cython cimport floating
from libc.string cimport memcpy

INTERFACE = 1  # raised when a signature below changes; coursenn.im2col ignores an extension with another number


def _sizes(tuple image, tuple out, int height, int width, int stride, int pad):
    """Refuse sizes for which the loops would read or write outside an array."""
    if min(height, width, stride) < 1 or pad < 0 or image[:2] != out[:2]:
        raise ValueError("windows, stride and padding do not fit the arrays")
    for size, count, window in ((image[2], out[2], height), (image[3], out[3], width)):
        if count < 1 or (count - 1) * stride + window > size + 2 * pad:
            raise ValueError("the output has more windows than the image holds")


def im2col(const floating[:, :, :, ::1] x, floating[:, ::1] cols, int height, int width, int stride, int pad, int out_h, int out_w):
    """Fill ``cols`` (C * height * width, N * out_h * out_w) with the windows of ``x`` (N, C, H, W)."""
    cdef Py_ssize_t N = x.shape[0], C = x.shape[1], H = x.shape[2], W = x.shape[3]
    cdef Py_ssize_t n, c, i, j, r, s, row, first, last
    cdef Py_ssize_t line, start
    _sizes((N, C, H, W), (N, C, out_h, out_w), height, width, stride, pad)
    if cols.shape[0] != C * height * width or cols.shape[1] != N * out_h * out_w:
        raise ValueError("cols has the wrong shape")
    with nogil:
        for c in range(C):
            for i in range(height):
                for j in range(width):
                    line = (c * height + i) * width + j
                    first, last = _inside(j - pad, stride, W, out_w)
                    for n in range(N):
                        for r in range(out_h):
                            start = (n * out_h + r) * out_w
                            row = r * stride + i - pad
                            if row < 0 or row >= H:
                                for s in range(out_w):
                                    cols[line, start + s] = 0
                                continue
                            for s in range(first):
                                cols[line, start + s] = 0
                            if first < last:
                                _gather(&cols[line, start + first], &x[n, c, row, first * stride + j - pad], last - first, stride)
                            for s in range(last, out_w):
                                cols[line, start + s] = 0


def col2im(const floating[:, ::1] cols, floating[:, :, :, ::1] x, int height, int width, int stride, int pad, int out_h, int out_w):
    """Add ``cols`` to ``x`` (N, C, H, W), each entry where `im2col` reads it."""
    cdef Py_ssize_t N = x.shape[0], C = x.shape[1], H = x.shape[2], W = x.shape[3]
    cdef Py_ssize_t n, c, i, j, r, row, first, last
    cdef Py_ssize_t line, start
    _sizes((N, C, H, W), (N, C, out_h, out_w), height, width, stride, pad)
    if cols.shape[0] != C * height * width or cols.shape[1] != N * out_h * out_w:
        raise ValueError("cols has the wrong shape")
    with nogil:
        for c in range(C):
            for n in range(N):
                for i in range(height):
                    for j in range(width):
                        line = (c * height + i) * width + j
                        first, last = _inside(j - pad, stride, W, out_w)
                        for r in range(out_h):
                            row = r * stride + i - pad
                            if row < 0 or row >= H:
                                continue
                            start = (n * out_h + r) * out_w
                            if first < last:
                                _scatter(&x[n, c, row, first * stride + j - pad], &cols[line, start + first], last - first, stride)


cdef inline void _gather(floating* target, const floating* source, Py_ssize_t count, Py_ssize_t stride) noexcept nogil:
    """Copy ``count`` entries that lie ``stride`` apart."""
    cdef Py_ssize_t s
    if stride == 1:
        memcpy(target, source, count * sizeof(floating))
    else:
        for s in range(count):
            target[s] = source[s * stride]


cdef inline void _scatter(floating* target, const floating* source, Py_ssize_t count, Py_ssize_t stride) noexcept nogil:
    """Add ``count`` entries to places that lie ``stride`` apart."""
    cdef Py_ssize_t s
    if stride == 1:  # a loop of its own, which the compiler turns into vector instructions
        for s in range(count):
            target[s] += source[s]
    else:
        for s in range(count):
            target[s * stride] += source[s]


cdef inline (Py_ssize_t, Py_ssize_t) _inside(Py_ssize_t offset, Py_ssize_t stride, Py_ssize_t size, Py_ssize_t count) noexcept nogil:
    """Range of s in 0 .. count for which ``s * stride + offset`` is an index of an axis of that size."""
    cdef Py_ssize_t first = 0, last = 0
    if offset < 0:
        first = (-offset + stride - 1) // stride
    if offset < size:
        last = (size - 1 - offset) // stride + 1
    first = min(first, count)
    return first, max(first, min(last, count))


def max_pool(const floating[:, :, :, ::1] x, floating[:, :, :, ::1] out, int[:, :, :, ::1] winner, int height, int width, int stride):
    """Fill ``out`` (N, C, H', W') with the maxima and ``winner`` with the position of the first one, counted row-major in its window."""
    cdef Py_ssize_t N = x.shape[0], C = x.shape[1], OH = out.shape[2], OW = out.shape[3]
    cdef Py_ssize_t n, c, r, s, i, j
    cdef int best
    cdef floating value, candidate
    _sizes((N, C, x.shape[2], x.shape[3]), (out.shape[0], out.shape[1], OH, OW), height, width, stride, 0)
    _same((winner.shape[0], winner.shape[1], winner.shape[2], winner.shape[3]), (N, C, OH, OW))
    with nogil:
        for n in range(N):
            for c in range(C):
                for r in range(OH):
                    for s in range(OW):
                        value = x[n, c, r * stride, s * stride]
                        best = 0
                        for i in range(height):
                            for j in range(width):
                                candidate = x[n, c, r * stride + i, s * stride + j]
                                # The second half lets the first NaN win, as in np.max.
                                if candidate > value or (candidate != candidate and value == value):
                                    value = candidate
                                    best = <int>(i * width + j)
                        out[n, c, r, s] = value
                        winner[n, c, r, s] = best


def max_pool_backward(
    const floating[:, :, :, ::1] dout, const int[:, :, :, ::1] winner, floating[:, :, :, ::1] dx, int height, int width, int stride
):
    """Add each entry of ``dout`` to ``dx`` where the maximum of its window was."""
    cdef Py_ssize_t N = dout.shape[0], C = dout.shape[1], OH = dout.shape[2], OW = dout.shape[3]
    cdef Py_ssize_t n, c, r, s
    cdef int best
    _sizes((dx.shape[0], dx.shape[1], dx.shape[2], dx.shape[3]), (N, C, OH, OW), height, width, stride, 0)
    _same((winner.shape[0], winner.shape[1], winner.shape[2], winner.shape[3]), (N, C, OH, OW))
    with nogil:
        for n in range(N):
            for c in range(C):
                for r in range(OH):
                    for s in range(OW):
                        best = winner[n, c, r, s]
                        if 0 <= best < height * width:
                            dx[n, c, r * stride + best // width, s * stride + best % width] += dout[n, c, r, s]


def _same(tuple given, tuple wanted):
    """Refuse an array of another shape."""
    if given != wanted:
        raise ValueError(f"an array has shape {given} where {wanted} is needed")
