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
 * part in several products. That is what brings the speed; the rest is bookkeeping. Source: book: fast-layers.
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
#define ROW_LENGTH(q) (CEIL((q)->PW + (q)->w / (q)->stride, 16) * 16 + 16) /* pixels of one remainder, with room for a full vector */
#define SORTED_LENGTH(q) ((q)->h * MAX(2, MIN((q)->stride, (q)->w)) * ROW_LENGTH(q) + 16) /* a row of windows, and for `ALIGN` */
#define ALIGN(p) ((void *)(((uintptr_t)(p) + 63) & ~(uintptr_t)63)) /* what is stored across two lines of the cache is slow to load again */
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

typedef struct {          /* the buffer of one image: a source of H x W with zeros around it, in A x B phases of rows x pitch */
    idx channels, H, W, top, left, sh, sw, A, B, rows, pitch;
} buffer_t;

typedef struct {          /* the places of a filter, cut into vectors, and the taps that meet there */
    idx rows, cols;       /* places */
    idx vectors;          /* how many vectors cover them */
    idx *start;           /* first pixel of each, in the buffer */
    idx pitch, plane;     /* from one row of results to the next, and of one filter, in numbers */
    int whole;            /* whether the results are exactly the places, without a gap */
    idx taps, *offset;
    void *packed;         /* weights */
    idx target;           /* where the first result goes */
} phase_t;

static idx length(const buffer_t *b) { return b->channels * b->A * b->B * b->rows * b->pitch; }

/* Buffer of padded images, in which a filter of HH x WW finds its taps at strides sh and sw. */
static buffer_t padded(const conv_t *s, idx sh, idx sw)
{
    buffer_t b = {s->C, s->H, s->W, s->pad, s->pad, sh, sw, MIN(sh, s->HH), MIN(sw, s->WW), CEIL(s->H + 2 * s->pad, sh), CEIL(s->W + 2 * s->pad, sw)};
    return b;
}

/* Offset of each tap (c, i, j) of a filter, in the order of w[f]. */
static void tap_offsets(const conv_t *s, const buffer_t *b, idx *offset)
{
    for (idx c = 0; c < s->C; c++)
        for (idx i = 0; i < s->HH; i++)
            for (idx j = 0; j < s->WW; j++)
                *offset++ = (((c * b->A + i % b->sh) * b->B + j % b->sw) * b->rows + i / b->sh) * b->pitch + j / b->sw;
}

/* Cut rows x cols places into vectors: each row on its own, or all rows in one go, over the ends of rows, if that takes fewer.
 * What lies between two rows is then computed as well and thrown away. Room for up to `most` taps of `filters` filters. */
static int make_phase(phase_t *p, idx rows, idx cols, idx pitch, idx most, idx filters, idx lanes, idx size)
{
    idx by_row = rows * CEIL(cols, lanes), in_one_go = CEIL((rows - 1) * pitch + cols, lanes);
    int joined = in_one_go < by_row;
    p->rows = rows;
    p->cols = cols;
    p->vectors = joined ? in_one_go : by_row;
    p->pitch = joined ? pitch : CEIL(cols, lanes) * lanes;
    p->plane = p->vectors * lanes;
    p->whole = p->plane == rows * cols && p->pitch == cols;
    p->start = malloc((p->vectors + 1) * sizeof(idx));
    p->offset = malloc((most + 1) * sizeof(idx));
    p->packed = malloc((most * filters + 1) * size);
    for (idx k = 0; p->start && k < p->vectors; k++)
        p->start[k] = joined ? k * lanes : k * lanes / p->pitch * pitch + k * lanes % p->pitch;
    return !p->start || !p->offset || !p->packed;
}

static void free_phase(phase_t *p)
{
    free(p->start);
    free(p->offset);
    free(p->packed);
}

typedef struct {          /* one copy of the template */
    int (*conv_forward)(const conv_t *, const pool_t *, const void *x, const void *w, const void *b, void *out, place_t *winner);
    int (*conv_dx)(const conv_t *, const void *dout, const void *w, void *dx);
    int (*conv_dw)(const conv_t *, const pool_t *, const void *x, const void *dout, const place_t *winner, void *dw, void *db);
    int (*pool_forward)(const pool_t *, idx planes, idx H, idx W, const void *x, void *out, place_t *winner, int threads);
    int (*pool_backward)(const pool_t *, idx planes, idx H, idx W, const void *dout, const place_t *winner, void *dx, int threads);
    void (*adam)(idx n, void *w, const void *dw, void *m, void *v, const double *rates, int threads);
} kernels_t;

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(a) JOIN(JOIN(a, TYPE), SET)
#define KERNELS {NAME(conv_forward), NAME(conv_dx), NAME(conv_dw), NAME(pool_forward), NAME(pool_backward), NAME(adam)}

/* A switch over the height R of a tile: the compiler makes a copy of the loop for each, with R known. */
#define COPIES_6(LOOP) case 1: LOOP(1); break; case 2: LOOP(2); break; case 3: LOOP(3); break; case 4: LOOP(4); break; case 5: LOOP(5); break; case 6: LOOP(6); break;
#define COPIES_8(LOOP) COPIES_6(LOOP) case 7: LOOP(7); break; case 8: LOOP(8); break;
#define COPIES_(rows, LOOP) COPIES_##rows(LOOP)
#define COPIES(rows, LOOP) COPIES_(rows, LOOP)

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
static void NAME(spread)(const T *x, const buffer_t *b, T *image)
{
    for (idx c = 0; c < b->channels; c++)
        for (idx i = 0; i < b->A; i++)
            for (idx j = 0; j < b->B; j++, image += b->rows * b->pitch) {
                idx first = b->left > j ? CEIL(b->left - j, b->sw) : 0;
                idx count = MAX(CEIL(b->W + b->left - j, b->sw) - first, 0);
                for (idx r = b->top > i ? CEIL(b->top - i, b->sh) : 0; r * b->sh + i - b->top < b->H; r++) {
                    T *target = image + r * b->pitch + first;
                    const T *source = x + (c * b->H + r * b->sh + i - b->top) * b->W + first * b->sw + j - b->left;
                    if (b->sw == 1)
                        memcpy(target, source, count * sizeof(T));
                    else if (b->sw == 2) /* a constant step, so that the compiler makes vectors of it */
                        for (idx k = 0; k < count; k++) target[k] = source[2 * k];
                    else
                        for (idx k = 0; k < count; k++) target[k] = source[b->sw * k];
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

/* One image and all filters. out[f] holds p->plane results. Low tiles are made wide, to have enough sums on their way. */
static void NAME(correlate)(const phase_t *p, const T *image, const T *bias, idx filters, T *out)
{
    idx blocks = MAX(CEIL(p->taps, BLOCK), 1), tiles = CEIL(filters, ROWS);
    for (idx block = 0; block < blocks; block++) {
        idx t = block * p->taps / blocks, count = (block + 1) * p->taps / blocks - t;
        for (idx tile = 0; tile < tiles; tile++) {
            idx f = tile * filters / tiles, height = (tile + 1) * filters / tiles - f, k = 0;
            const T *w = (const T *)p->packed + f * p->taps + t * height, *start = block ? NULL : bias + f;
            T *to = out + f * p->plane;
#define WIDTH(R) ((R) <= (ROWS == 8 ? 4 : 2) ? 4 : 2)
#define LOOP(R)                                                                                                           \
    for (; k + WIDTH(R) <= p->vectors; k += WIDTH(R))                                                                     \
        NAME(tile)(R, WIDTH(R), count, p->offset + t, w, image, p->start + k, start, to + k * LANES, p->plane);           \
    for (; k < p->vectors; k++)                                                                                           \
        NAME(tile)(R, 1, count, p->offset + t, w, image, p->start + k, start, to + k * LANES, p->plane)
            switch (height) { COPIES(ROWS, LOOP) }
#undef LOOP
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
                *packed++ = weights[f * along_f + (from ? from[t] : t)];
}

/* Take the places out of results; in the target, neighbours lie `step` apart. */
static void NAME(take_out)(const phase_t *p, idx filters, const T *results, T *target, idx plane, idx pitch, idx step)
{
    for (idx f = 0; f < filters; f++)
        for (idx r = 0; r < p->rows; r++) {
            const T *source = results + f * p->plane + r * p->pitch;
            T *row = target + f * plane + r * pitch;
            if (step == 1)
                memcpy(row, source, p->cols * sizeof(T));
            else
                for (idx k = 0; k < p->cols; k++) row[step * k] = source[k];
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

/* One image after the other: into the buffer, then for each phase through the filters and into target, which has `filters`
 * channels of H x W and in which the places of a phase lie sh and sw apart. With q, ReLU and pooling come before the target. */
static int NAME(convolve)(idx N, int threads, const T *x, const buffer_t *b, const phase_t *phases, idx count, const T *bias,
                          idx filters, T *target, idx H, idx W, idx sh, idx sw, const pool_t *q, place_t *winner)
{
    int failed = 0;
    idx most = 1, per_image = filters * (q ? q->PH * q->PW : H * W);
    for (idx k = 0; k < count; k++) most = MAX(most, filters * phases[k].plane);
#pragma omp parallel num_threads(threads) reduction(| : failed)
    {
        T *image = calloc(length(b) + LANES, sizeof(T)), *results = malloc(most * sizeof(T));
        T *space = q ? calloc(SORTED_LENGTH(q), sizeof(T)) : NULL, *sorted = ALIGN(space);
        failed |= !image || !results || (q && !space);
#pragma omp for schedule(static)
        for (idx n = 0; n < N; n++) {
            if (failed) continue;
            NAME(spread)(x + n * b->channels * b->H * b->W, b, image);
            for (idx k = 0; k < count; k++) {
                const phase_t *p = phases + k;
                T *to = target + n * per_image + p->target;
                int direct = p->whole && !q && sh == 1 && sw == 1;
                NAME(correlate)(p, image, bias, filters, direct ? to : results);
                if (q)
                    for (idx f = 0, at = n * per_image; f < filters; f++, at += q->PH * q->PW)
                        NAME(pool_plane)(q, 1, W, results + f * p->plane, p->pitch, target + at, winner + at, sorted);
                else if (!direct)
                    NAME(take_out)(p, filters, results, to, H * W, sh * W, sw);
            }
        }
        free(image);
        free(results);
        free(space);
    }
    (void)threads;
    return failed;
}

static int NAME(conv_forward)(const conv_t *s, const pool_t *q, const void *x, const void *w, const void *bias, void *out, place_t *winner)
{
    buffer_t b = padded(s, s->sh, s->sw);
    idx taps = s->C * s->HH * s->WW;
    phase_t p = {0};
    int failed = make_phase(&p, s->OH, s->OW, b.pitch, taps, s->F, LANES, sizeof(T));
    if (!failed) {
        p.taps = taps;
        tap_offsets(s, &b, p.offset);
        NAME(pack)(w, s->F, taps, taps, NULL, p.packed);
        failed = NAME(convolve)(s->N, s->threads, x, &b, &p, 1, bias, s->F, out, s->OH, s->OW, 1, 1, q, winner);
    }
    free_phase(&p);
    return failed;
}

/* Gradient of the images. The pixels whose position, padding included, leaves the remainder (a, b) under the strides meet the
 * taps (a + sh u, b + sw v) only: there it is a convolution of dout, with zeros around it, with those taps in reverse. */
static int NAME(conv_dx)(const conv_t *s, const void *dout, const void *w, void *dx)
{
    idx U = CEIL(s->HH, s->sh), V = CEIL(s->WW, s->sw), across = MIN(s->sw, s->W), count = MIN(s->sh, s->H) * across;
    idx rows = U - 1 + MAX(s->OH, (s->H - 1 + s->pad) / s->sh + 1), pitch = V - 1 + MAX(s->OW, (s->W - 1 + s->pad) / s->sw + 1);
    buffer_t buffer = {s->F, s->OH, s->OW, U - 1, V - 1, 1, 1, 1, 1, rows, pitch};
    phase_t *phases = calloc(count, sizeof(phase_t));
    idx *from = malloc(s->F * U * V * sizeof(idx));
    T *zeros = calloc(s->C, sizeof(T));
    int failed = !phases || !from || !zeros;
    for (idx k = 0; k < count && !failed; k++) {
        idx y = k / across, x = k % across, taps = 0; /* first pixel of the phase */
        phase_t *p = phases + k;
        failed = make_phase(p, CEIL(s->H - y, s->sh), CEIL(s->W - x, s->sw), pitch, s->F * U * V, s->C, LANES, sizeof(T));
        if (failed) break;
        for (idx f = 0; f < s->F; f++)
            for (idx i = (y + s->pad) % s->sh, u = U - 1 + (y + s->pad) / s->sh; i < s->HH; i += s->sh, u--)
                for (idx j = (x + s->pad) % s->sw, v = V - 1 + (x + s->pad) / s->sw; j < s->WW; j += s->sw, v--, taps++) {
                    p->offset[taps] = (f * rows + u) * pitch + v;
                    from[taps] = (f * s->C * s->HH + i) * s->WW + j;
                }
        p->taps = taps;
        p->target = y * s->W + x;
        NAME(pack)(w, s->C, s->HH * s->WW, taps, from, p->packed);
    }
    if (!failed) failed = NAME(convolve)(s->N, s->threads, dout, &buffer, phases, count, zeros, s->C, dx, s->H, s->W, s->sh, s->sw, NULL, NULL);
    for (idx k = 0; phases && k < count; k++) free_phase(phases + k);
    free(phases);
    free(from);
    free(zeros);
    return failed;
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

static double NAME(total)(const T *values, idx count)
{
    double sums[8] = {0}, all = 0;
    for (idx k = 0; k < count / 8 * 8; k += 8)
        for (int lane = 0; lane < 8; lane++) sums[lane] += values[k + lane];
    for (idx k = count / 8 * 8; k < count; k++) all += values[k];
    for (int lane = 0; lane < 8; lane++) all += sums[lane];
    return all;
}

/* Add the gradients of one image: dw[tap, filter] of `width` filters. dout is turned, so that the filters of a place lie together. */
static void NAME(dense)(const conv_t *s, const buffer_t *b, const idx *offset, const T *image, const T *dout, T *turned, idx width, T *dw, double *db)
{
    idx places = s->OH * s->OW, taps = s->C * s->HH * s->WW, tiles = CEIL(taps, ROWS);
    for (idx f = 0; f < s->F; f++) db[f] += NAME(total)(dout + f * places, places);
    for (idx f = 0; f < s->F; f += 8) /* in squares that fit into the first-level cache */
        for (idx k = 0; k < places; k += 8)
            for (idx kk = k; kk < MIN(k + 8, places); kk++)
                for (idx ff = f; ff < MIN(f + 8, s->F); ff++) turned[kk * width + ff] = dout[ff * places + kk];
    for (idx tile = 0; tile < tiles; tile++) {
        idx t = tile * taps / tiles, f = 0;
#define LOOP(R)                                                                                                           \
    for (; f + 2 * LANES <= width; f += 2 * LANES)                                                                        \
        NAME(outer)(R, 2, offset + t, image, s, b->pitch, turned + f, width, dw + t * width + f);                         \
    if (f < width) NAME(outer)(R, 1, offset + t, image, s, b->pitch, turned + f, width, dw + t * width + f)
        switch ((tile + 1) * taps / tiles - t) { COPIES(ROWS, LOOP) }
#undef LOOP
    }
}

/* Sum over places of upstream gradient times pixels, for R pieces of rows of one filter. */
INLINE void NAME(visit)(const int R, idx count, const idx *at, const T *d, const T *image, const idx *offset, T *dw)
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

/* The same behind ReLU and pooling: all places but the winners have gradient zero, so only they are visited. dw[filter, row of
 * a filter in pieces of SHORT]; `step` leads from the corner of a pooling window to its places. */
static void NAME(sparse)(const conv_t *s, const buffer_t *b, const pool_t *q, const idx *offset, idx pieces, const idx *step,
                         const T *image, const T *dout, const place_t *winner, idx *at, T *d, T *dw, double *db)
{
    idx tiles = CEIL(pieces, ROWS);
    for (idx f = 0; f < s->F; f++, dw += pieces * SHORT) {
        idx count = 0;
        for (idx r = 0; r < q->PH; r++)
            for (idx k = 0; k < q->PW; k++, dout++, winner++) {
                int alive = *winner < q->h * q->w;
                at[count] = q->stride * (r * s->sh * b->pitch + k * s->sw) + step[alive ? *winner : 0];
                d[count] = *dout;
                count += alive & (*dout != 0);
            }
        db[f] += NAME(total)(d, count);
        for (idx tile = 0; tile < tiles; tile++) {
            idx k = tile * pieces / tiles;
#define LOOP(R) NAME(visit)(R, count, at, d, image, offset + k, dw + k * SHORT)
            switch ((tile + 1) * pieces / tiles - k) { COPIES(ROWS, LOOP) }
#undef LOOP
        }
    }
}

/* Gradients of filters and biases; with q of those behind ReLU and pooling. Each thread has sums of its own. */
static int NAME(conv_dw)(const conv_t *s, const pool_t *q, const void *x, const void *dout, const place_t *winner, void *dw, void *db)
{
    buffer_t b = q ? padded(s, 1, 1) : padded(s, s->sh, s->sw);
    idx taps = s->C * s->HH * s->WW, width = CEIL(s->F, LANES) * LANES, in_row = CEIL(s->WW, SHORT), pieces = s->C * s->HH * in_row;
    idx places = q ? q->PH * q->PW : s->OH * s->OW, size = q ? s->F * pieces * SHORT : taps * width;
    idx *offset = malloc((MAX(taps, pieces) + (q ? q->h * q->w : 0)) * sizeof(idx)), *step = offset + pieces;
    T *sums = calloc(s->threads * size, sizeof(T));
    double *db_sums = calloc(s->threads * s->F, sizeof(double));
    int failed = !offset || !sums || !db_sums;
    if (!failed) {
        if (q) {
            for (idx k = 0; k < pieces; k++)
                offset[k] = (k / in_row / s->HH * b.rows + k / in_row % s->HH) * b.pitch + k % in_row * SHORT;
            for (idx k = 0; k < q->h * q->w; k++) step[k] = k / q->w * s->sh * b.pitch + k % q->w * s->sw;
        } else
            tap_offsets(s, &b, offset);
#pragma omp parallel for num_threads(s->threads) reduction(| : failed) schedule(static)
        for (idx thread = 0; thread < s->threads; thread++) {
            T *image = calloc(length(&b) + LANES, sizeof(T)), *d = calloc((places + 1) * (q ? 1 : width), sizeof(T));
            idx *at = q ? malloc((places + 1) * sizeof(idx)) : NULL;
            failed |= !image || !d || (q && !at);
            for (idx n = thread * s->N / s->threads; n < (thread + 1) * s->N / s->threads && !failed; n++) {
                const T *upstream = (const T *)dout + n * s->F * places;
                T *to = sums + thread * size;
                NAME(spread)((const T *)x + n * s->C * s->H * s->W, &b, image);
                if (q)
                    NAME(sparse)(s, &b, q, offset, pieces, step, image, upstream, winner + n * s->F * places, at, d, to, db_sums + thread * s->F);
                else
                    NAME(dense)(s, &b, offset, image, upstream, d, width, to, db_sums + thread * s->F);
            }
            free(image);
            free(d);
            free(at);
        }
        for (idx f = 0; f < s->F; f++) {
            double db_sum = 0;
            for (idx thread = 0; thread < s->threads; thread++) db_sum += db_sums[thread * s->F + f];
            ((T *)db)[f] = (T)db_sum;
            for (idx t = 0; t < taps; t++) {
                idx at = q ? (f * pieces + t / s->WW * in_row) * SHORT + t % s->WW : t * width + f;
                T sum = 0;
                for (idx thread = 0; thread < s->threads; thread++) sum += sums[thread * size + at];
                ((T *)dw)[f * taps + t] = sum;
            }
        }
    }
    free(offset);
    free(sums);
    free(db_sums);
    return failed;
}

static int NAME(pool_forward)(const pool_t *q, idx planes, idx H, idx W, const void *x, void *out, place_t *winner, int threads)
{
    int failed = 0;
#pragma omp parallel num_threads(threads) reduction(| : failed)
    {
        T *space = calloc(SORTED_LENGTH(q), sizeof(T)), *sorted = ALIGN(space);
        failed |= !space;
#pragma omp for schedule(static)
        for (idx p = 0; p < planes; p++)
            if (!failed)
                NAME(pool_plane)(q, 0, W, (const T *)x + p * H * W, W, (T *)out + p * q->PH * q->PW, winner + p * q->PH * q->PW, sorted);
        free(space);
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
#pragma omp parallel for num_threads(threads) schedule(static)
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
#pragma omp parallel for num_threads(threads) schedule(static)
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
#undef WIDTH
#endif
