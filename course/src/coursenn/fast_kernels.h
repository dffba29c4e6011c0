/* The inner loops of fast_cython.pyx: convolution, pooling and Adam for float32 and float64.
 *
 * How one reads this file. It is a template: C has none, so the file includes itself once for each pair of number type and
 * instruction set, with other values of T (the number type), LANES (numbers in a vector register) and ROWS (see `tile`). The
 * template is the second half; the first half holds what all copies share and, at its end, the choice at run time.
 *
 * How the convolution works. An image is copied into a buffer with zeros around it, and the pixels that a stride skips are
 * sorted into pictures of their own (phases). Then every tap of a filter, an entry w[f, c, i, j], meets the pixel at
 * `place + offset[tap]` of that buffer, for every place of the filter: no test for the border and no step other than one is
 * left, so vectors can be loaded from anywhere. A convolution is then a sum over taps of number times vector, and `tile`
 * keeps a block of such sums in registers, several filters high and several vectors wide: each number that is loaded takes
 * part in several products. That is what brings the speed; the rest is bookkeeping.
 */
#ifndef SET

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef ptrdiff_t idx;
typedef uint16_t place_t; /* position of a maximum in its window, row by row; DEAD: there is none that gets a gradient */
#define DEAD 0xFFFF
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define CEIL(a, b) (((a) + (b) - 1) / (b))
#define ROW_LENGTH(q) (CEIL((q)->PW, 16) * 16 + (q)->w / (q)->stride) /* pixels of one remainder, with room for a full vector */
#define BLOCK 288 /* taps in a row over one tile: their weights and pixels stay in the first-level cache */

#if defined(__GNUC__)
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 8")
#else
#define INLINE static inline
#define UNROLL
#endif

typedef struct {          /* sizes of a convolution; all arrays are contiguous */
    idx N, C, H, W;       /* images */
    idx F, HH, WW;        /* filters */
    idx OH, OW;           /* places of a filter */
    idx pad, sh, sw;      /* padding, strides; the caller gives stride 1 to an axis with one place */
    int threads;
} conv_t;

typedef struct {          /* sizes of a pooling: C channels of OH x OW pixels, windows of h x w */
    idx h, w, stride;
    idx PH, PW;           /* places of a window */
} pool_t;

typedef struct {          /* where in the buffer of one image things lie */
    idx A, B, rows, pitch; /* phases along each axis; size of the picture of one phase */
    idx length;
} buffer_t;

typedef struct {          /* the places of a filter, cut into vectors */
    idx rows, cols;       /* places */
    idx vectors;          /* how many vectors cover them */
    idx *start;           /* first pixel of each, in the buffer */
    idx pitch;            /* from one row of results to the next, in numbers */
    idx plane;            /* results of one filter, in numbers */
    int whole;            /* whether the results are exactly the places, without a gap */
} grid_t;

/* Pictures of an image of H x W in which a filter of HH x WW finds its taps. */
static buffer_t layout(idx channels, idx H, idx W, idx HH, idx WW, idx pad, idx sh, idx sw)
{
    buffer_t b;
    b.A = MIN(sh, HH);
    b.B = MIN(sw, WW);
    b.rows = CEIL(H + 2 * pad, sh);
    b.pitch = CEIL(W + 2 * pad, sw);
    b.length = channels * b.A * b.B * b.rows * b.pitch;
    return b;
}

/* Offset of each tap (c, i, j) of a filter, in the order of w[f]. */
static void tap_offsets(const conv_t *s, const buffer_t *b, idx *offset)
{
    for (idx c = 0; c < s->C; c++)
        for (idx i = 0; i < s->HH; i++)
            for (idx j = 0; j < s->WW; j++)
                *offset++ = (((c * b->A + i % s->sh) * b->B + j % s->sw) * b->rows + i / s->sh) * b->pitch + j / s->sw;
}

/* Cut rows x cols places into vectors: each row on its own, or all rows in one go, over the ends of rows, if that takes fewer.
 * What lies between two rows is then computed as well and thrown away. */
static int make_grid(grid_t *g, idx rows, idx cols, idx pitch, idx lanes)
{
    idx by_row = rows * CEIL(cols, lanes), in_one_go = CEIL((rows - 1) * pitch + cols, lanes);
    int joined = in_one_go < by_row;
    g->rows = rows;
    g->cols = cols;
    g->vectors = joined ? in_one_go : by_row;
    g->pitch = joined ? pitch : CEIL(cols, lanes) * lanes;
    g->plane = g->vectors * lanes;
    g->whole = g->plane == rows * cols && g->pitch == cols;
    g->start = malloc((g->vectors + 1) * sizeof(idx));
    if (!g->start) return -1;
    for (idx k = 0; k < g->vectors; k++)
        g->start[k] = joined ? k * lanes : k * lanes / g->pitch * pitch + k * lanes % g->pitch;
    return 0;
}

typedef struct {          /* one copy of the template */
    int (*conv_forward)(const conv_t *, const pool_t *, const void *x, const void *w, const void *b, void *out, place_t *winner);
    int (*conv_dx)(const conv_t *, const void *dout, const void *w, void *dx);
    int (*conv_dw)(const conv_t *, const void *x, const void *dout, void *dw, void *db);
    int (*conv_dw_sparse)(const conv_t *, const pool_t *, const void *x, const void *dout, const place_t *winner, void *dw, void *db);
    int (*pool_forward)(const pool_t *, idx planes, idx H, idx W, const void *x, void *out, place_t *winner, int threads);
    int (*pool_backward)(const pool_t *, idx planes, idx H, idx W, const void *dout, const place_t *winner, void *dx, int threads);
    void (*adam)(idx n, void *w, const void *dw, void *m, void *v, const double *rates, int threads);
} kernels_t;

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(a) JOIN(JOIN(a, TYPE), SET)
#define KERNELS {NAME(conv_forward), NAME(conv_dx), NAME(conv_dw), NAME(conv_dw_sparse), NAME(pool_forward), NAME(pool_backward), NAME(adam)}

/* The plain copies: vectors of 16 bytes, which every x86-64 and aarch64 has; single numbers for other compilers. */
#define SET plain
#if !defined(__GNUC__)
#define BYTES 0
#define ROWS 6
#elif defined(__aarch64__)
#define BYTES 16
#define ROWS 8
#else
#define BYTES 16
#define ROWS 6
#endif
#include "fast_kernels.h"

#if defined(__GNUC__) && defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#define SET avx2
#define BYTES 32
#define ROWS 6
#include "fast_kernels.h"
#if defined(__clang__)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma"))), apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512bw,avx512dq,fma")
#endif
#define SET avx512
#define BYTES 64
#define ROWS 8 /* twice as many registers */
#include "fast_kernels.h"
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

/* 0: plain, 1: AVX2, 2: AVX-512. */
static int best_level(void)
{
#if defined(__GNUC__) && defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512dq"))
            return 2;
        return 1;
    }
#endif
    return 0;
}

static const kernels_t *kernels(int level, int is_double)
{
#if defined(__GNUC__) && defined(__x86_64__)
    if (level == 2) return is_double ? &kernels_f64_avx512 : &kernels_f32_avx512;
    if (level == 1) return is_double ? &kernels_f64_avx2 : &kernels_f32_avx2;
#endif
    (void)level;
    return is_double ? &kernels_f64_plain : &kernels_f32_plain;
}

#elif !defined(T) /* ----------------------------------------------------------------- one instruction set: both number types */

#define T float
#define TYPE f32
#define INT int32_t
#include "fast_kernels.h"
static const kernels_t NAME(kernels) = KERNELS;
#undef T
#undef TYPE
#undef INT
#define T double
#define TYPE f64
#define INT int64_t
#include "fast_kernels.h"
static const kernels_t NAME(kernels) = KERNELS;
#undef T
#undef TYPE
#undef INT
#undef SET
#undef BYTES
#undef ROWS

#else /* ------------------------------------------------------------------------------------------------ the template */

#if BYTES
#define LANES ((idx)(BYTES / sizeof(T)))
#define SHORT MIN(LANES, 8)
typedef T NAME(vec) __attribute__((vector_size(BYTES)));
typedef T NAME(anywhere) __attribute__((vector_size(BYTES), aligned(sizeof(T)), may_alias)); /* wherever a number may lie */
typedef T NAME(short_vec) __attribute__((vector_size(MIN(BYTES, 8 * sizeof(T)))));
typedef T NAME(short_anywhere) __attribute__((vector_size(MIN(BYTES, 8 * sizeof(T))), aligned(sizeof(T)), may_alias));
typedef INT NAME(mask) __attribute__((vector_size(BYTES))); /* -1 where a comparison holds, else 0 */
typedef place_t NAME(places) __attribute__((vector_size(BYTES / sizeof(T) * sizeof(place_t))));
#define TEST(comparison) ((MASK)(comparison))
#define SELECT(where, a, b) ((VEC)(((where) & (MASK)(a)) | (~(where) & (MASK)(b))))
#define PLACES(at) __builtin_convertvector(at, NAME(places))
#else
#define LANES 1
#define SHORT 1
typedef T NAME(vec), NAME(anywhere), NAME(short_vec), NAME(short_anywhere);
typedef INT NAME(mask);
typedef place_t NAME(places);
#define TEST(comparison) (-(INT)(comparison))
#define SELECT(where, a, b) ((where) ? (a) : (b))
#define PLACES(at) ((place_t)(at))
#endif
#define MASK NAME(mask)
#define VEC NAME(vec)
#define LOAD(p) ((VEC) * (const NAME(anywhere) *)(p))
#define STORE(p, v) (*(NAME(anywhere) *)(p) = (NAME(anywhere))(v))
#define SHORT_VEC NAME(short_vec)
#define SHORT_LOAD(p) ((SHORT_VEC) * (const NAME(short_anywhere) *)(p))
#define SHORT_STORE(p, v) (*(NAME(short_anywhere) *)(p) = (NAME(short_anywhere))(v))

/* Copy the pixels of one image into its buffer. The zeros around them are there already, and stay. */
static void NAME(spread)(const T *x, idx channels, idx H, idx W, idx pad, idx sh, idx sw, const buffer_t *b, T *image)
{
    for (idx c = 0; c < channels; c++)
        for (idx i = 0; i < b->A; i++)
            for (idx j = 0; j < b->B; j++, image += b->rows * b->pitch) {
                idx first = pad > j ? CEIL(pad - j, sw) : 0;
                idx count = CEIL(W + pad - j, sw) - first;
                for (idx r = pad > i ? CEIL(pad - i, sh) : 0; r * sh + i - pad < H; r++) {
                    T *target = image + r * b->pitch + first;
                    const T *source = x + (c * H + r * sh + i - pad) * W + first * sw + j - pad;
                    if (sw == 1)
                        memcpy(target, source, MAX(count, 0) * sizeof(T));
                    else if (sw == 2) /* a constant step, so that the compiler makes vectors of it */
                        for (idx k = 0; k < count; k++) target[k] = source[2 * k];
                    else
                        for (idx k = 0; k < count; k++) target[k] = source[sw * k];
                }
            }
}

/* R filters at P vectors of places: sum over taps of w times pixels, kept in registers from beginning to end. */
INLINE void NAME(tile)(const int R, const int P, idx taps, const idx *offset, const T *w, const T *image, const idx *start,
                       const T *bias, T *out, idx plane)
{
    VEC sum[8][4];
    const T *at[4];
    UNROLL for (int p = 0; p < P; p++) at[p] = image + start[p];
    UNROLL for (int r = 0; r < R; r++)
        UNROLL for (int p = 0; p < P; p++)
            sum[r][p] = bias ? (VEC){0} + bias[r] : LOAD(out + r * plane + p * LANES);
    for (idx t = 0; t < taps; t++, w += R) {
        VEC pixels[4];
        UNROLL for (int p = 0; p < P; p++) pixels[p] = LOAD(at[p] + offset[t]);
        UNROLL for (int r = 0; r < R; r++)
            UNROLL for (int p = 0; p < P; p++)
                sum[r][p] += pixels[p] * w[r];
    }
    UNROLL for (int r = 0; r < R; r++)
        UNROLL for (int p = 0; p < P; p++)
            STORE(out + r * plane + p * LANES, sum[r][p]);
}

#define ALL_TILES(R, P)                                                                                                    \
    case R:                                                                                                                \
        for (; k + P <= g->vectors; k += P)                                                                                \
            NAME(tile)(R, P, count, offset + t, tile_w, image, g->start + k, tile_bias, tile_out + k * LANES, g->plane);   \
        for (; k < g->vectors; k++)                                                                                        \
            NAME(tile)(R, 1, count, offset + t, tile_w, image, g->start + k, tile_bias, tile_out + k * LANES, g->plane);   \
        break;

/* One image and all filters. out[f] holds g->plane results. Low tiles are made wide, to have enough sums on their way. */
static void NAME(correlate)(idx taps, const idx *offset, const grid_t *g, const T *image, const T *packed, const T *bias, idx filters, T *out)
{
    idx blocks = MAX(CEIL(taps, BLOCK), 1), tiles = CEIL(filters, ROWS);
    for (idx block = 0; block < blocks; block++) {
        idx t = block * taps / blocks, count = (block + 1) * taps / blocks - t;
        for (idx tile = 0; tile < tiles; tile++) {
            idx f = tile * filters / tiles, R = (tile + 1) * filters / tiles - f, k = 0;
            const T *tile_w = packed + f * taps + t * R, *tile_bias = block ? NULL : bias + f;
            T *tile_out = out + f * g->plane;
            switch (R) {
                ALL_TILES(1, 4)
                ALL_TILES(2, 4)
#if ROWS == 8
                ALL_TILES(3, 4)
                ALL_TILES(4, 4)
                ALL_TILES(7, 2)
                ALL_TILES(8, 2)
#else
                ALL_TILES(3, 2)
                ALL_TILES(4, 2)
#endif
                ALL_TILES(5, 2)
                ALL_TILES(6, 2)
            }
        }
    }
}

/* Bring weights[f * along_f + from[t]] into the order in which `correlate` reads them: tile of filters, tap, filter. */
static void NAME(pack)(const T *weights, idx filters, idx along_f, idx taps, const idx *from, T *packed)
{
    idx tiles = CEIL(filters, ROWS);
    for (idx tile = 0; tile < tiles; tile++)
        for (idx t = 0; t < taps; t++)
            for (idx f = tile * filters / tiles; f < (tile + 1) * filters / tiles; f++)
                *packed++ = weights[f * along_f + from[t]];
}

/* Take the places out of results in the order of a grid; in the target, neighbours lie `step` apart. */
static void NAME(take_out)(const grid_t *g, idx filters, const T *results, T *target, idx plane, idx pitch, idx step)
{
    for (idx f = 0; f < filters; f++)
        for (idx r = 0; r < g->rows; r++) {
            const T *source = results + f * g->plane + r * g->pitch;
            T *row = target + f * plane + r * pitch;
            if (step == 1)
                memcpy(row, source, g->cols * sizeof(T));
            else
                for (idx k = 0; k < g->cols; k++) row[step * k] = source[k];
        }
}

/* Sort one row of pixels by remainder of their position under the stride: then neighbouring windows find theirs side by side. */
INLINE void NAME(sort_row)(const idx w, const idx stride, idx W, const T *restrict x, idx length, T *restrict sorted)
{
    idx most = MIN(W, stride * length);
    if (stride == 1)
        memcpy(sorted, x, most * sizeof(T));
    else if (stride == 2) { /* both at once, so that the compiler makes vectors of it */
        for (idx k = 0; k < most / 2; k++) {
            sorted[k] = x[2 * k];
            sorted[length + k] = x[2 * k + 1];
        }
        if (most % 2) sorted[most / 2] = x[most - 1];
    } else
        for (idx j = 0; j < MIN(stride, w); j++)
            for (idx k = 0; j + k * stride < most; k++) sorted[j * length + k] = x[j + k * stride];
}

/* One row of windows, a vector of them at a time. The first maximum wins, and the first NaN over any number, as in np.max and
 * np.argmax. With relu a negative maximum becomes 0, and a maximum of 0 or below is DEAD. */
INLINE void NAME(pool_row)(const idx h, const idx w, const idx stride, const pool_t *q, int relu, const T *sorted, T *out, place_t *winner)
{
    idx length = ROW_LENGTH(q), sorted_row = MAX(2, MIN(stride, w)) * length;
    for (idx k = 0; k < q->PW; k += LANES) {
        VEC best = LOAD(sorted + k);
        MASK at = (MASK){0};
        UNROLL for (idx i = 0; i < h; i++)
            UNROLL for (idx j = i == 0; j < w; j++) {
                VEC candidate = LOAD(sorted + i * sorted_row + j % stride * length + j / stride + k);
                MASK larger = ~TEST(candidate <= best) & TEST(best == best);
                best = SELECT(larger, candidate, best);
                at = (larger & (INT)(i * w + j)) | (~larger & at);
            }
        if (relu) {
            MASK positive = TEST(best > 0), negative = TEST(best <= 0);
            at = (positive & at) | (~positive & (INT)DEAD);
            best = SELECT(negative, (VEC){0}, best);
        }
        NAME(places) places = PLACES(at);
        if (k + LANES <= q->PW) { /* sizes known to the compiler are copied in one instruction */
            memcpy(out + k, &best, sizeof best);
            memcpy(winner + k, &places, sizeof places);
        } else {
            memcpy(out + k, &best, (q->PW - k) * sizeof(T));
            memcpy(winner + k, &places, (q->PW - k) * sizeof(place_t));
        }
    }
}

/* All windows of one channel. The usual windows get a copy of their own, in which the compiler knows their size. */
static void NAME(pool_plane)(const pool_t *q, int relu, idx W, const T *x, idx pitch, T *out, place_t *winner, T *sorted)
{
    idx length = ROW_LENGTH(q), sorted_row = MAX(2, MIN(q->stride, q->w)) * length;
    for (idx r = 0; r < q->PH; r++, out += q->PW, winner += q->PW, x += q->stride * pitch) {
        for (idx i = 0; i < q->h; i++)
            if (q->stride == 2)
                NAME(sort_row)(q->w, 2, W, x + i * pitch, length, sorted + i * sorted_row);
            else
                NAME(sort_row)(q->w, q->stride, W, x + i * pitch, length, sorted + i * sorted_row);
        if (q->h == 2 && q->w == 2 && q->stride == 2)
            NAME(pool_row)(2, 2, 2, q, relu, sorted, out, winner);
        else if (q->h == 3 && q->w == 3 && q->stride == 2)
            NAME(pool_row)(3, 3, 2, q, relu, sorted, out, winner);
        else
            NAME(pool_row)(q->h, q->w, q->stride, q, relu, sorted, out, winner);
    }
}

/* Convolution, and with q also ReLU and pooling, one image after the other. */
static int NAME(conv_forward)(const conv_t *s, const pool_t *q, const void *x, const void *w, const void *b, void *out, place_t *winner)
{
    buffer_t buffer = layout(s->C, s->H, s->W, s->HH, s->WW, s->pad, s->sh, s->sw);
    idx taps = s->C * s->HH * s->WW;
    grid_t g = {0};
    idx *offset = malloc((2 * taps + 1) * sizeof(idx)), *in_order = offset ? offset + taps : NULL;
    T *packed = malloc((s->F * taps + 1) * sizeof(T));
    int failed = !offset || !packed || make_grid(&g, s->OH, s->OW, buffer.pitch, LANES);
    if (!failed) {
        tap_offsets(s, &buffer, offset);
        for (idx t = 0; t < taps; t++) in_order[t] = t;
        NAME(pack)(w, s->F, taps, taps, in_order, packed);
#ifdef _OPENMP
#pragma omp parallel num_threads(s->threads) reduction(| : failed)
#endif
        {
            T *image = calloc(buffer.length + LANES, sizeof(T));
            T *results = malloc(s->F * g.plane * sizeof(T));
            T *sorted = q ? calloc(q->h * MAX(2, MIN(q->stride, q->w)) * ROW_LENGTH(q), sizeof(T)) : NULL;
            failed |= !image || !results || (q && !sorted);
#ifdef _OPENMP
#pragma omp for schedule(static)
#endif
            for (idx n = 0; n < s->N; n++) {
                if (failed) continue;
                T *whole = (T *)out + n * s->F * s->OH * s->OW;
                NAME(spread)((const T *)x + n * s->C * s->H * s->W, s->C, s->H, s->W, s->pad, s->sh, s->sw, &buffer, image);
                NAME(correlate)(taps, offset, &g, image, packed, b, s->F, g.whole && !q ? whole : results);
                if (q)
                    for (idx f = 0; f < s->F; f++) {
                        idx pooled = (n * s->F + f) * q->PH * q->PW;
                        NAME(pool_plane)(q, 1, s->OW, results + f * g.plane, g.pitch, (T *)out + pooled, winner + pooled, sorted);
                    }
                else if (!g.whole)
                    NAME(take_out)(&g, s->F, results, whole, s->OH * s->OW, s->OW, 1);
            }
            free(image);
            free(results);
            free(sorted);
        }
    }
    free(offset);
    free(packed);
    free(g.start);
    return failed;
}

/* Gradient of the images. The pixels whose position, padding included, leaves the remainder (a, b) under the strides meet the
 * taps (a + sh u, b + sw v) only: there it is a convolution of dout, with zeros around it, with those taps in reverse. */
static int NAME(conv_dx)(const conv_t *s, const void *dout, const void *w, void *dx)
{
    idx U = CEIL(s->HH, s->sh), V = CEIL(s->WW, s->sw), last = MIN(s->sh, s->H) * MIN(s->sw, s->W);
    idx rows = U - 1 + MAX(s->OH, (s->H - 1 + s->pad) / s->sh + 1), pitch = V - 1 + MAX(s->OW, (s->W - 1 + s->pad) / s->sw + 1);
    idx length = s->F * rows * pitch, most = s->F * U * V, failed = 0;
    struct { grid_t g; idx taps, *offset, y, x; T *packed; } *phases = calloc(last, sizeof *phases);
    idx *from = malloc((most + 1) * sizeof(idx)), results_length = 1;
    T *zeros = calloc(s->C, sizeof(T));
    failed = !phases || !from || !zeros;
    for (idx p = 0; p < last && !failed; p++) {
        idx y = p / MIN(s->sw, s->W), x = p % MIN(s->sw, s->W), taps = 0;
        idx a = (y + s->pad) % s->sh, b = (x + s->pad) % s->sw;
        idx *offset = phases[p].offset = malloc((most + 1) * sizeof(idx));
        phases[p].packed = malloc((s->C * most + 1) * sizeof(T));
        if (!offset || !phases[p].packed || make_grid(&phases[p].g, CEIL(s->H - y, s->sh), CEIL(s->W - x, s->sw), pitch, LANES)) {
            failed = 1;
            break;
        }
        for (idx f = 0; f < s->F; f++)
            for (idx i = a, u = U - 1 + (y + s->pad) / s->sh; i < s->HH; i += s->sh, u--)
                for (idx j = b, v = V - 1 + (x + s->pad) / s->sw; j < s->WW; j += s->sw, v--, taps++) {
                    offset[taps] = (f * rows + u) * pitch + v;
                    from[taps] = (f * s->C * s->HH + i) * s->WW + j;
                }
        NAME(pack)(w, s->C, s->HH * s->WW, taps, from, phases[p].packed);
        phases[p].taps = taps;
        phases[p].y = y;
        phases[p].x = x;
        results_length = MAX(results_length, s->C * phases[p].g.plane);
    }
    if (!failed) {
        buffer_t buffer = {1, 1, rows, pitch, length};
#ifdef _OPENMP
#pragma omp parallel num_threads(s->threads) reduction(| : failed)
#endif
        {
            T *image = calloc(length + LANES, sizeof(T)), *results = malloc(results_length * sizeof(T));
            failed |= !image || !results;
#ifdef _OPENMP
#pragma omp for schedule(static)
#endif
            for (idx n = 0; n < s->N; n++) {
                if (failed) continue;
                T *target = (T *)dx + n * s->C * s->H * s->W;
                const T *source = (const T *)dout + n * s->F * s->OH * s->OW;
                for (idx f = 0; f < s->F; f++)
                    for (idx r = 0; r < s->OH; r++)
                        memcpy(image + (f * rows + U - 1 + r) * buffer.pitch + V - 1, source + (f * s->OH + r) * s->OW, s->OW * sizeof(T));
                for (idx p = 0; p < last; p++) {
                    const grid_t *g = &phases[p].g;
                    int direct = g->whole && s->sw == 1 && s->sh == 1;
                    NAME(correlate)(phases[p].taps, phases[p].offset, g, image, phases[p].packed, zeros, s->C, direct ? target : results);
                    if (!direct)
                        NAME(take_out)(g, s->C, results, target + phases[p].y * s->W + phases[p].x, s->H * s->W, s->sh * s->W, s->sw);
                }
            }
            free(image);
            free(results);
        }
    }
    for (idx p = 0; phases && p < last; p++) {
        free(phases[p].offset);
        free(phases[p].packed);
        free(phases[p].g.start);
    }
    free(phases);
    free(from);
    free(zeros);
    return (int)failed;
}

/* Outer products of R taps with P vectors of filters, summed over the places of one image. d[place] holds all filters. */
INLINE void NAME(outer)(const int R, const int P, const idx *offset, const T *image, const conv_t *s, idx pitch, const T *d, idx width, T *dw)
{
    VEC sum[8][2];
    const T *at[8];
    UNROLL for (int r = 0; r < R; r++) {
        at[r] = image + offset[r];
        UNROLL for (int p = 0; p < P; p++) sum[r][p] = LOAD(dw + r * width + p * LANES);
    }
    for (idx y = 0; y < s->OH; y++)
        for (idx x = y * pitch; x < y * pitch + s->OW; x++, d += width) {
            VEC upstream[2];
            UNROLL for (int p = 0; p < P; p++) upstream[p] = LOAD(d + p * LANES);
            UNROLL for (int r = 0; r < R; r++)
                UNROLL for (int p = 0; p < P; p++) sum[r][p] += upstream[p] * at[r][x];
        }
    UNROLL for (int r = 0; r < R; r++)
        UNROLL for (int p = 0; p < P; p++) STORE(dw + r * width + p * LANES, sum[r][p]);
}

#define ALL_OUTER(R)                                                                                                       \
    case R:                                                                                                                \
        for (; f + 2 * LANES <= width; f += 2 * LANES)                                                                     \
            NAME(outer)(R, 2, offset + t, image, s, buffer.pitch, turned + f, width, sums + t * width + f);                \
        for (; f < width; f += LANES)                                                                                      \
            NAME(outer)(R, 1, offset + t, image, s, buffer.pitch, turned + f, width, sums + t * width + f);                \
        break;

/* turned[place, filter] = dout[filter, place], in squares that fit into the first-level cache. */
static void NAME(turn)(const T *dout, idx F, idx places, idx width, T *turned)
{
    for (idx f = 0; f < F; f += 8)
        for (idx k = 0; k < places; k += 8)
            for (idx kk = k; kk < MIN(k + 8, places); kk++)
                for (idx ff = f; ff < MIN(f + 8, F); ff++) turned[kk * width + ff] = dout[ff * places + kk];
}

static double NAME(total)(const T *values, idx count)
{
    double sums[8] = {0}, all = 0;
    for (idx k = 0; k < count / 8 * 8; k += 8)
        for (int lane = 0; lane < 8; lane++) sums[lane] += values[k + lane];
    for (idx k = count / 8 * 8; k < count; k++) all += values[k];
    for (int lane = 0; lane < 8; lane++) all += sums[lane];
    return all;
}

/* Gradients of filters and biases. */
static int NAME(conv_dw)(const conv_t *s, const void *x, const void *dout, void *dw, void *db)
{
    buffer_t buffer = layout(s->C, s->H, s->W, s->HH, s->WW, s->pad, s->sh, s->sw);
    idx taps = s->C * s->HH * s->WW, places = s->OH * s->OW, width = CEIL(s->F, LANES) * LANES, tiles = CEIL(taps, ROWS);
    idx *offset = malloc((taps + 1) * sizeof(idx));
    T *all_sums = calloc(s->threads * taps * width + 1, sizeof(T));
    double *all_db = calloc(s->threads * s->F, sizeof(double));
    int failed = !offset || !all_sums || !all_db;
    if (!failed) {
        tap_offsets(s, &buffer, offset);
#ifdef _OPENMP
#pragma omp parallel for num_threads(s->threads) reduction(| : failed) schedule(static)
#endif
        for (idx thread = 0; thread < s->threads; thread++) {
            T *image = calloc(buffer.length + LANES, sizeof(T)), *turned = calloc(places * width, sizeof(T));
            T *sums = all_sums + thread * taps * width;
            failed |= !image || !turned;
            for (idx n = thread * s->N / s->threads; n < (thread + 1) * s->N / s->threads && !failed; n++) {
                const T *d = (const T *)dout + n * s->F * places;
                for (idx f = 0; f < s->F; f++) all_db[thread * s->F + f] += NAME(total)(d + f * places, places);
                NAME(spread)((const T *)x + n * s->C * s->H * s->W, s->C, s->H, s->W, s->pad, s->sh, s->sw, &buffer, image);
                NAME(turn)(d, s->F, places, width, turned);
                for (idx tile = 0; tile < tiles; tile++) {
                    idx t = tile * taps / tiles, f = 0;
                    switch ((tile + 1) * taps / tiles - t) {
                        ALL_OUTER(1)
                        ALL_OUTER(2)
                        ALL_OUTER(3)
                        ALL_OUTER(4)
                        ALL_OUTER(5)
                        ALL_OUTER(6)
#if ROWS == 8
                        ALL_OUTER(7)
                        ALL_OUTER(8)
#endif
                    }
                }
            }
            free(image);
            free(turned);
        }
        for (idx f = 0; f < s->F; f++) {
            double sum = 0;
            for (idx thread = 0; thread < s->threads; thread++) sum += all_db[thread * s->F + f];
            ((T *)db)[f] = (T)sum;
            for (idx t = 0; t < taps; t++) {
                T tap_sum = 0;
                for (idx thread = 0; thread < s->threads; thread++) tap_sum += all_sums[(thread * taps + t) * width + f];
                ((T *)dw)[f * taps + t] = tap_sum;
            }
        }
    }
    free(offset);
    free(all_sums);
    free(all_db);
    return failed;
}

/* Sum over places of upstream gradient times pixels, for R pieces of rows of one filter. */
INLINE void NAME(gather)(const int R, idx count, const idx *at, const T *d, const T *image, const idx *offset, T *dw)
{
    SHORT_VEC sum[8];
    const T *row[8];
    UNROLL for (int r = 0; r < R; r++) {
        row[r] = image + offset[r];
        sum[r] = SHORT_LOAD(dw + r * SHORT);
    }
    for (idx e = 0; e < count; e++)
        UNROLL for (int r = 0; r < R; r++) sum[r] += SHORT_LOAD(row[r] + at[e]) * d[e];
    UNROLL for (int r = 0; r < R; r++) SHORT_STORE(dw + r * SHORT, sum[r]);
}

/* Gradients of filters and biases behind ReLU and pooling: all but the maxima have gradient zero, so only they are visited. */
static int NAME(conv_dw_sparse)(const conv_t *s, const pool_t *q, const void *x, const void *dout, const place_t *winner, void *dw, void *db)
{
    buffer_t buffer = layout(s->C, s->H, s->W, s->HH, s->WW, s->pad, 1, 1);
    idx pieces = CEIL(s->WW, SHORT), segments = s->C * s->HH * pieces, tiles = CEIL(segments, ROWS), pooled = q->PH * q->PW;
    idx *offset = malloc((segments + q->h * q->w) * sizeof(idx)), *step = offset ? offset + segments : NULL;
    T *all_sums = calloc(s->threads * s->F * segments * SHORT, sizeof(T));
    double *all_db = calloc(s->threads * s->F, sizeof(double));
    int failed = !offset || !all_sums || !all_db;
    if (!failed) {
        for (idx k = 0; k < segments; k++)
            offset[k] = (k / pieces / s->HH * buffer.rows + k / pieces % s->HH) * buffer.pitch + k % pieces * SHORT;
        for (idx k = 0; k < q->h * q->w; k++) step[k] = k / q->w * s->sh * buffer.pitch + k % q->w * s->sw;
#ifdef _OPENMP
#pragma omp parallel for num_threads(s->threads) reduction(| : failed) schedule(static)
#endif
        for (idx thread = 0; thread < s->threads; thread++) {
            T *image = calloc(buffer.length + LANES, sizeof(T)), *d = malloc((pooled + 1) * sizeof(T));
            idx *at = malloc((pooled + 1) * sizeof(idx));
            failed |= !image || !d || !at;
            for (idx n = thread * s->N / s->threads; n < (thread + 1) * s->N / s->threads && !failed; n++) {
                NAME(spread)((const T *)x + n * s->C * s->H * s->W, s->C, s->H, s->W, s->pad, 1, 1, &buffer, image);
                for (idx f = 0; f < s->F; f++) {
                    const T *upstream = (const T *)dout + (n * s->F + f) * pooled;
                    const place_t *place = winner + (n * s->F + f) * pooled;
                    T *sums = all_sums + (thread * s->F + f) * segments * SHORT;
                    idx count = 0;
                    for (idx r = 0; r < q->PH; r++)
                        for (idx k = 0; k < q->PW; k++, upstream++, place++) {
                            int alive = *place < q->h * q->w;
                            at[count] = r * q->stride * s->sh * buffer.pitch + k * q->stride * s->sw + step[alive ? *place : 0];
                            d[count] = *upstream;
                            count += alive & (*upstream != 0);
                        }
                    all_db[thread * s->F + f] += NAME(total)(d, count);
                    for (idx tile = 0; tile < tiles; tile++) {
                        idx k = tile * segments / tiles;
                        switch ((tile + 1) * segments / tiles - k) {
#define ALL_GATHER(R) case R: NAME(gather)(R, count, at, d, image, offset + k, sums + k * SHORT); break;
                            ALL_GATHER(1)
                            ALL_GATHER(2)
                            ALL_GATHER(3)
                            ALL_GATHER(4)
                            ALL_GATHER(5)
                            ALL_GATHER(6)
#if ROWS == 8
                            ALL_GATHER(7)
                            ALL_GATHER(8)
#endif
#undef ALL_GATHER
                        }
                    }
                }
            }
            free(image);
            free(d);
            free(at);
        }
        for (idx f = 0; f < s->F; f++) {
            double sum = 0;
            for (idx thread = 0; thread < s->threads; thread++) sum += all_db[thread * s->F + f];
            ((T *)db)[f] = (T)sum;
            for (idx t = 0; t < s->C * s->HH * s->WW; t++) {
                idx k = t / s->WW * pieces * SHORT + t % s->WW;
                T tap_sum = 0;
                for (idx thread = 0; thread < s->threads; thread++) tap_sum += all_sums[(thread * s->F + f) * segments * SHORT + k];
                ((T *)dw)[f * s->C * s->HH * s->WW + t] = tap_sum;
            }
        }
    }
    free(offset);
    free(all_sums);
    free(all_db);
    return failed;
}

static int NAME(pool_forward)(const pool_t *q, idx planes, idx H, idx W, const void *x, void *out, place_t *winner, int threads)
{
    int failed = 0;
#ifdef _OPENMP
#pragma omp parallel num_threads(threads) reduction(| : failed)
#endif
    {
        T *sorted = calloc(q->h * MAX(2, MIN(q->stride, q->w)) * ROW_LENGTH(q), sizeof(T));
        failed |= !sorted;
#ifdef _OPENMP
#pragma omp for schedule(static)
#endif
        for (idx p = 0; p < planes; p++)
            if (!failed)
                NAME(pool_plane)(q, 0, W, (const T *)x + p * H * W, W, (T *)out + p * q->PH * q->PW, winner + p * q->PH * q->PW, sorted);
        free(sorted);
    }
    (void)threads;
    return failed;
}

/* Each upstream entry goes to the maximum of its window; entries that are DEAD go nowhere. */
static int NAME(pool_backward)(const pool_t *q, idx planes, idx H, idx W, const void *dout, const place_t *winner, void *dx, int threads)
{
    idx *step = malloc(q->h * q->w * sizeof(idx));
    if (!step) return -1;
    for (idx k = 0; k < q->h * q->w; k++) step[k] = k / q->w * W + k % q->w;
#ifdef _OPENMP
#pragma omp parallel for num_threads(threads) schedule(static)
#endif
    for (idx p = 0; p < planes; p++) {
        const T *upstream = (const T *)dout + p * q->PH * q->PW;
        const place_t *place = winner + p * q->PH * q->PW;
        T *image = (T *)dx + p * H * W;
        memset(image, 0, H * W * sizeof(T));
        for (idx r = 0; r < q->PH; r++)
            for (idx k = 0; k < q->PW; k++, upstream++, place++)
                if (*place < q->h * q->w) image[r * q->stride * W + k * q->stride + step[*place]] += *upstream;
    }
    free(step);
    (void)threads;
    return 0;
}

/* One step of Adam in one pass over memory. rates: learning rate over 1 - beta1^t, beta1, beta2, 1 over sqrt(1 - beta2^t), epsilon. */
static void NAME(adam)(idx n, void *w_, const void *dw_, void *m_, void *v_, const double *rates, int threads)
{
    T *restrict w = w_, *restrict m = m_, *restrict v = v_;
    const T *restrict dw = dw_;
    const T rate = (T)rates[0], beta1 = (T)rates[1], beta2 = (T)rates[2], scale = (T)rates[3], epsilon = (T)rates[4];
    const T rest1 = (T)(1 - rates[1]), rest2 = (T)(1 - rates[2]);
#ifdef _OPENMP
#pragma omp parallel for num_threads(threads) schedule(static)
#endif
    for (idx k = 0; k < n; k++) {
        m[k] = beta1 * m[k] + rest1 * dw[k];
        v[k] = beta2 * v[k] + rest2 * dw[k] * dw[k];
        T root = sizeof(T) == 4 ? (T)sqrtf((float)v[k]) : (T)sqrt((double)v[k]);
        w[k] -= rate * m[k] / (root * scale + epsilon);
    }
    (void)threads;
}

#undef LANES
#undef SHORT
#undef VEC
#undef MASK
#undef TEST
#undef SELECT
#undef PLACES
#undef LOAD
#undef STORE
#undef SHORT_VEC
#undef SHORT_LOAD
#undef SHORT_STORE
#undef ALL_TILES
#undef ALL_OUTER
#endif
