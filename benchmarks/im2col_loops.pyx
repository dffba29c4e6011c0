# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""A plain compiled im2col and its transpose, as the courses of this family have them: what the fast layers are measured against."""

from cython cimport floating


def im2col(const floating[:, :, :, ::1] padded, floating[:, ::1] cols, int height, int width, int stride, int rows, int columns):
    """Fill ``cols`` (C * height * width, N * rows * columns) with the windows of padded images (N, C, H, W)."""
    cdef Py_ssize_t N = padded.shape[0], C = padded.shape[1], n, c, i, j, r, s, line, k
    with nogil:
        for c in range(C):
            for i in range(height):
                for j in range(width):
                    line = (c * height + i) * width + j
                    for n in range(N):
                        for r in range(rows):
                            k = (n * rows + r) * columns
                            for s in range(columns):
                                cols[line, k + s] = padded[n, c, r * stride + i, s * stride + j]


def col2im(const floating[:, ::1] cols, floating[:, :, :, ::1] padded, int height, int width, int stride, int rows, int columns):
    """Add ``cols`` to padded images that hold zeros."""
    cdef Py_ssize_t N = padded.shape[0], C = padded.shape[1], n, c, i, j, r, s, line, k
    with nogil:
        for n in range(N):
            for c in range(C):
                for i in range(height):
                    for j in range(width):
                        line = (c * height + i) * width + j
                        for r in range(rows):
                            k = (n * rows + r) * columns
                            for s in range(columns):
                                padded[n, c, r * stride + i, s * stride + j] += cols[line, k + s]


def direct(const floating[:, :, :, ::1] padded, const floating[:, :, :, ::1] w, floating[:, :, :, ::1] out):
    """Direct convolution at stride 1 without register tiles: each tap is multiplied with a row and added to the results in memory."""
    cdef Py_ssize_t N = padded.shape[0], C = padded.shape[1], n, f, c, i, j, r, s
    cdef const floating* source
    cdef floating* target
    cdef floating tap
    with nogil:
        for n in range(N):
            for f in range(w.shape[0]):
                for c in range(C):
                    for i in range(w.shape[2]):
                        for j in range(w.shape[3]):
                            tap = w[f, c, i, j]
                            for r in range(out.shape[2]):
                                source, target = &padded[n, c, r + i, j], &out[n, f, r, 0]
                                for s in range(out.shape[3]):
                                    target[s] += tap * source[s]
