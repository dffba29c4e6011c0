/* The inner loops of fast_cython.pyx: convolution, pooling and Adam for float32 and float64.
 *
 * How one reads this file. It is a template: C has none, so the file includes itself once for each pair of number type and
 * instruction set, with other values of T (the number type), BYTES (size of a vector register) and ROWS (see `tile`). The
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
#if !defined(__GNUC__)
#error "Vectors are written in a language that gcc and clang know. Without one of them the layers run on numpy."
#endif
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#else
#define omp_get_max_threads() 1
#endif

typedef ptrdiff_t idx;
typedef int32_t int_float; /* whole numbers as wide as the others */
typedef int64_t int_double;
typedef uint16_t place_t; /* position of a maximum in its window, row by row; DEAD: there is none that gets a gradient */
#define DEAD 0xFFFF
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define CEIL(a, b) (((a) + (b) - 1) / (b))
#define BLOCK 288 /* taps in a row over one tile: their weights and pixels stay in the first-level cache */

typedef struct {          /* sizes of a layer; all arrays are contiguous */
    idx N, C, H, W;       /* images */
    idx F, HH, WW;        /* filters */
    idx OH, OW;           /* places of a filter */
    idx pad, sh, sw;      /* padding, strides; the caller gives stride 1 to an axis with one place */
    idx h, w, stride;     /* windows of a pooling, of the images or of what the filters give; h is 0 where there is none */
    idx PH, PW, threads;  /* places of a window; threads */
} sizes_t;

typedef struct {          /* the buffer of one image: a source of H x W with zeros around it, in A x B phases of rows x pitch */
    idx channels, H, W, top, left, sh, sw, A, B, rows, pitch;
} buffer_t;

typedef struct {          /* the places of a filter, cut into vectors, and the taps that meet there */
    idx rows, cols;       /* places */
    idx vectors, *start;  /* how many vectors cover them, and the first pixel of each in the buffer */
    idx pitch, plane;     /* from one row of results to the next, and of one filter, in numbers */
    idx taps, *offset, *from; /* where each tap finds its pixel, and its weight in w */
    void *packed;         /* weights, in the order in which they are read */
    idx target;           /* where the first result goes */
} phase_t;

static idx length(const buffer_t *b) { return b->channels * b->A * b->B * b->rows * b->pitch; }

/* Buffer of padded images, in which a filter of HH x WW finds its taps at strides sh and sw. */
static buffer_t padded(const sizes_t *s, idx sh, idx sw)
{
    buffer_t b = {s->C, s->H, s->W, s->pad, s->pad, sh, sw, MIN(sh, s->HH), MIN(sw, s->WW), CEIL(s->H + 2 * s->pad, sh), CEIL(s->W + 2 * s->pad, sw)};
    return b;
}

/* Offset of tap number t, (c, i, j) in the order of w[f]. */
static idx tap_offset(const sizes_t *s, const buffer_t *b, idx t)
{
    idx c = t / (s->HH * s->WW), i = t / s->WW % s->HH, j = t % s->WW;
    return (((c * b->A + i % b->sh) * b->B + j % b->sw) * b->rows + i / b->sh) * b->pitch + j / b->sw;
}

/* Cut rows x cols places into vectors: each row on its own, or all rows in one go, over the ends of rows, if that takes fewer.
 * What lies between two rows is then computed as well and thrown away. Room for up to `most` taps of `filters` filters. */
static int make_phase(phase_t *p, idx rows, idx cols, idx pitch, idx most, idx filters, idx lanes, size_t size)
{
    idx by_row = rows * CEIL(cols, lanes), in_one_go = CEIL((rows - 1) * pitch + cols, lanes);
    int joined = in_one_go < by_row;
    p->rows = rows, p->cols = cols;
    p->vectors = joined ? in_one_go : by_row;
    p->pitch = joined ? pitch : CEIL(cols, lanes) * lanes;
    p->plane = p->vectors * lanes;
    p->start = malloc((p->vectors + 2 * most + 1) * sizeof(idx));
    p->packed = malloc((most * filters + 1) * size);
    if (!p->start || !p->packed) return -1;
    p->offset = p->start + p->vectors, p->from = p->offset + most;
    for (idx k = 0; k < p->vectors; k++)
        p->start[k] = joined ? k * lanes : k * lanes / p->pitch * pitch + k * lanes % p->pitch;
    return 0;
}

typedef struct {          /* one copy of the template */
    int (*conv_forward)(const sizes_t *, const void *x, const void *w, const void *b, void *out, place_t *winner);
    int (*conv_dx)(const sizes_t *, const void *dout, const void *w, void *dx);
    int (*conv_dw)(const sizes_t *, const void *x, const void *dout, const place_t *winner, void *dw, void *db);
    int (*pool_forward)(const sizes_t *, const void *x, void *out, place_t *winner);
    int (*pool_backward)(const sizes_t *, const void *dout, const place_t *winner, void *dx);
    int (*adam)(idx n, void *w, const void *dw, void *m, void *v, const double *rates, idx threads);
} kernels_t;

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(a) JOIN(JOIN(a, T), SET)
#define VEC NAME(vec)
#define SHORT_VEC NAME(short_vec)
#define MASK NAME(mask)

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")
#define LANES ((idx)(BYTES / sizeof(T)))
#define APART ((idx)(256 / sizeof(T))) /* numbers between what two threads write: they would wait for each other on a shared line of the cache */
#define SHORT MIN(LANES, 8)
#define VECTOR(bytes) __attribute__((vector_size(bytes)))
#define SELECT(where, a, b) ((__typeof__(b))(((where) & (MASK)(a)) | (~(where) & (MASK)(b))))

/* From the first pixel of a plane to the last that pooling loads: vectors may go beyond the last window of a row. */
#define REACH(s, pitch) ((((s)->PH - 1) * (s)->stride + (s)->h - 1) * (pitch) + (s)->w + CEIL((s)->PW, LANES) * LANES * (s)->stride)

/* A switch over the height R of a tile: the compiler makes a copy of the loop for each, with R known. */
#define COPIES(LOOP) case 1: LOOP(1); break; case 2: LOOP(2); break; case 3: LOOP(3); break; case 4: LOOP(4); break; \
                     case 5: LOOP(5); break; case 6: LOOP(6); break; case 7: LOOP(7); break; case 8: LOOP(8); break;

/* The plain copies: vectors of 16 bytes, which every x86-64 and aarch64 has. */
#define SET plain
#define BYTES 16
#if defined(__aarch64__)
#define ROWS 8 /* twice as many registers */
#else
#define ROWS 6
#endif
#include "fast_kernels.h"

#if defined(__x86_64__)
#define PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define TARGET(features) PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define END_TARGET PRAGMA(clang attribute pop)
#else
#define TARGET(features) PRAGMA(GCC push_options) PRAGMA(GCC target(features))
#define END_TARGET PRAGMA(GCC pop_options)
#endif
TARGET("avx2,fma")
#define SET avx2
#define BYTES 32
#define ROWS 6
#include "fast_kernels.h"
END_TARGET
TARGET("avx512f,avx512vl,avx512bw,avx512dq,fma")
#define SET avx512
#define BYTES 64
#define ROWS 8
#include "fast_kernels.h"
END_TARGET
#endif

/* 0: plain, 1: AVX2, 2: AVX-512. */
static int best_level(void)
{
#if defined(__x86_64__)
#define HAS(feature) __builtin_cpu_supports(feature)
    __builtin_cpu_init();
    if (HAS("avx2") && HAS("fma")) return HAS("avx512f") && HAS("avx512vl") && HAS("avx512bw") && HAS("avx512dq") ? 2 : 1;
#endif
    return 0;
}

static const kernels_t *const kernels[][2] = {
    {&kernels_float_plain, &kernels_double_plain},
#if defined(__x86_64__)
    {&kernels_float_avx2, &kernels_double_avx2},
    {&kernels_float_avx512, &kernels_double_avx512},
#endif
};

#elif !defined(T) /* ----------------------------------------------------------------- one instruction set: both number types */
#define T float
#include "fast_kernels.h"
#undef T
#define T double
#include "fast_kernels.h"
#undef T
#undef SET
#undef BYTES
#undef ROWS

#else /* ------------------------------------------------------------------------------------------------ the template */
typedef T VEC VECTOR(BYTES);
typedef T SHORT_VEC VECTOR(MIN(BYTES, 8 * sizeof(T)));
typedef JOIN(int, T) MASK VECTOR(BYTES); /* -1 where a comparison holds, else 0 */
typedef place_t NAME(places) VECTOR(BYTES / sizeof(T) * sizeof(place_t));

/* Vectors from and to wherever a number may lie: a copy of known size is one instruction. */
INLINE VEC NAME(load)(const T *p) { VEC v; memcpy(&v, p, sizeof v); return v; }
INLINE SHORT_VEC NAME(load_short)(const T *p) { SHORT_VEC v; memcpy(&v, p, sizeof v); return v; }
INLINE void NAME(store)(T *p, VEC v) { memcpy(p, &v, sizeof v); }

/* x[from], x[from + step] and so on. Every other number takes one shuffle of two loads, which may go one number further. */
INLINE VEC NAME(every)(const T *x, const idx from, const idx step)
{
    VEC v = {0};
#if !defined(__clang__)
    if (step == 2) {
        const T *pairs = x + from / 2 * 2;
        MASK lanes = {0};
        UNROLL for (int lane = 0; lane < LANES; lane++) lanes[lane] = 2 * lane + from % 2;
        return __builtin_shuffle(NAME(load)(pairs), NAME(load)(pairs + LANES), lanes);
    }
#endif
    UNROLL for (int lane = 0; lane < LANES; lane++) v[lane] = x[from + lane * step];
    return v;
}

/* Copy numbers; neighbours lie `gap` apart where they go and `step` apart where they come from. */
INLINE void NAME(copy)(idx count, T *to, idx gap, const T *from, idx step)
{
    if (gap == 1 && step == 1)
        memcpy(to, from, count * sizeof(T));
    else if (gap == 1 && step == 2) /* constants, so that the compiler makes vectors of it */
        for (idx k = 0; k < count; k++) to[k] = from[2 * k];
    else
        for (idx k = 0; k < count; k++) to[gap * k] = from[step * k];
}

/* Copy the pixels of one image into its buffer. The zeros around them are there already, and stay. */
static void NAME(spread)(const T *x, const buffer_t *b, T *image)
{
    for (idx c = 0; c < b->channels; c++)
        for (idx i = 0; i < b->A; i++)
            for (idx j = 0; j < b->B; j++, image += b->rows * b->pitch) {
                idx first = b->left > j ? CEIL(b->left - j, b->sw) : 0;
                idx count = MAX(CEIL(b->W + b->left - j, b->sw) - first, 0);
                const T *source = x + c * b->H * b->W + first * b->sw + j - b->left;
                for (idx r = b->top > i ? CEIL(b->top - i, b->sh) : 0; r * b->sh + i - b->top < b->H; r++)
                    NAME(copy)(count, image + r * b->pitch + first, 1, source + (r * b->sh + i - b->top) * b->W, b->sw);
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
            sum[r][p] = bias ? (VEC){0} + bias[r] : NAME(load)(out + r * plane + p * LANES);
    for (idx t = 0; t < taps; t++, w += R) {
        VEC pixels[4];
        UNROLL for (int p = 0; p < P; p++) pixels[p] = NAME(load)(at[p] + offset[t]);
        UNROLL for (int r = 0; r < R; r++)
            UNROLL for (int p = 0; p < P; p++) sum[r][p] += pixels[p] * w[r];
    }
    UNROLL for (int r = 0; r < R; r++)
        UNROLL for (int p = 0; p < P; p++) NAME(store)(out + r * plane + p * LANES, sum[r][p]);
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
#define AT(R, P) NAME(tile)(R, P, count, p->offset + t, w, image, p->start + k, start, to + k * LANES, p->plane)
#define LOOP(R)                                                           \
    for (; k + WIDTH(R) <= p->vectors; k += WIDTH(R)) AT(R, WIDTH(R));    \
    for (; k < p->vectors; k++) AT(R, 1)
            switch (height) { COPIES(LOOP) }
#undef LOOP
        }
    }
}

/* Bring weights[f * along_f + p->from[t]] into the order in which `correlate` reads them: tile of filters, tap, filter. */
static void NAME(pack)(const phase_t *p, const T *weights, idx filters, idx along_f)
{
    T *packed = p->packed;
    idx tiles = CEIL(filters, ROWS);
    for (idx tile = 0; tile < tiles; tile++)
        for (idx t = 0; t < p->taps; t++)
            for (idx f = tile * filters / tiles; f < (tile + 1) * filters / tiles; f++) *packed++ = weights[f * along_f + p->from[t]];
}

/* One row of windows, a vector of them at a time, from the last place to the first. The first maximum wins, and the first NaN
 * over any number, as in np.max and np.argmax. With relu a negative maximum becomes 0, and one of 0 or below is DEAD. There is
 * room for `room` results: the next row writes over what is too much. */
INLINE void NAME(pool_row)(const idx h, const idx w, const idx stride, idx PW, int relu, const T *x, idx pitch, idx room, T *out, place_t *winner)
{
    for (idx k = 0; k < PW; k += LANES) {
        VEC best = NAME(every)(x + (h - 1) * pitch + k * stride, w - 1, stride);
        MASK at = (MASK){0} + (int)(h * w - 1);
        UNROLL for (idx i = h - 1; i >= 0; i--)
            UNROLL for (idx j = w - 1 - (i == h - 1); j >= 0; j--) {
                VEC candidate = NAME(every)(x + i * pitch + k * stride, j, stride);
                MASK wins = (candidate >= best) | (candidate != candidate);
                best = SELECT(wins, candidate, best);
                at = SELECT(wins, (MASK){0} + (int)(i * w + j), at);
            }
        if (relu) {
            at = SELECT(best > 0, at, (MASK){0} + DEAD);
            best = SELECT(best <= 0, (VEC){0}, best);
        }
        NAME(places) places = __builtin_convertvector(at, NAME(places));
        if (k + LANES <= room) {
            memcpy(out + k, &best, sizeof best);
            memcpy(winner + k, &places, sizeof places);
        } else {
            memcpy(out + k, &best, (PW - k) * sizeof(T));
            memcpy(winner + k, &places, (PW - k) * sizeof(place_t));
        }
    }
}

/* All windows of one channel; REACH(s, pitch) numbers of it are read. The usual windows get a copy of their own, in which the
 * compiler knows their size. What lies a page ahead is asked for early, since the processor does not look beyond a page itself. */
static void NAME(pool_plane)(const sizes_t *s, int relu, const T *x, idx pitch, T *out, place_t *winner)
{
    for (idx room = s->PH * s->PW; room > 0; room -= s->PW, out += s->PW, winner += s->PW, x += s->stride * pitch) {
        for (const char *line = (const char *)x; line < (const char *)(x + s->stride * pitch); line += 64) __builtin_prefetch(line + 4096);
        if (s->h == 2 && s->w == 2 && s->stride == 2)
            NAME(pool_row)(2, 2, 2, s->PW, relu, x, pitch, room, out, winner);
        else if (s->h == 3 && s->w == 3 && s->stride == 2)
            NAME(pool_row)(3, 3, 2, s->PW, relu, x, pitch, room, out, winner);
        else
            NAME(pool_row)(s->h, s->w, s->stride, s->PW, relu, x, pitch, room, out, winner);
    }
}

/* One image after the other: into the buffer, then for each phase through the filters and into target, which has `filters`
 * channels of H x W and in which the places of a phase lie sh and sw apart. With windows, ReLU and pooling come before the target. */
static int NAME(convolve)(const sizes_t *s, const T *x, const buffer_t *b, const phase_t *phases, idx count, const T *bias,
                          idx filters, T *target, idx H, idx W, idx sh, idx sw, place_t *winner)
{
    idx most = 1, space = length(b) + LANES + APART, plane = winner ? s->PH * s->PW : H * W;
    for (idx k = 0; k < count; k++) most = MAX(most, filters * phases[k].plane + (winner ? REACH(s, phases[k].pitch) : 0));
    most += APART;
    T *images = calloc(s->threads * space, sizeof(T)), *all_results = malloc(s->threads * most * sizeof(T));
    int failed = !images || !all_results;
    if (!failed) {
#pragma omp parallel for num_threads(s->threads) schedule(static)
        for (idx thread = 0; thread < s->threads; thread++)
            for (idx n = thread * s->N / s->threads; n < (thread + 1) * s->N / s->threads; n++) {
                T *image = images + thread * space, *results = all_results + thread * most;
                NAME(spread)(x + n * b->channels * b->H * b->W, b, image);
                for (const phase_t *p = phases; p < phases + count; p++) {
                    T *to = target + n * filters * plane + p->target;
                    int direct = !winner && sh == 1 && sw == 1 && p->plane == p->rows * p->cols && p->pitch == p->cols;
                    NAME(correlate)(p, image, bias, filters, direct ? to : results);
                    for (idx f = 0; f < filters && !direct; f++, to += plane)
                        if (winner)
                            NAME(pool_plane)(s, 1, results + f * p->plane, p->pitch, to, winner + (to - target));
                        else
                            for (idx r = 0; r < p->rows; r++)
                                NAME(copy)(p->cols, to + r * sh * W, sw, results + f * p->plane + r * p->pitch, 1);
                }
            }
    }
    free(images), free(all_results);
    return failed;
}

static int NAME(conv_forward)(const sizes_t *s, const void *x, const void *w, const void *bias, void *out, place_t *winner)
{
    buffer_t b = padded(s, s->sh, s->sw);
    idx taps = s->C * s->HH * s->WW;
    phase_t p = {0};
    int failed = make_phase(&p, s->OH, s->OW, b.pitch, taps, s->F, LANES, sizeof(T));
    if (!failed) {
        for (; p.taps < taps; p.taps++) p.offset[p.taps] = tap_offset(s, &b, p.taps), p.from[p.taps] = p.taps;
        NAME(pack)(&p, w, s->F, taps);
        failed = NAME(convolve)(s, x, &b, &p, 1, bias, s->F, out, s->OH, s->OW, 1, 1, winner);
    }
    free(p.start), free(p.packed);
    return failed;
}

/* Gradient of the images. The pixels whose position, padding included, leaves the remainder (a, b) under the strides meet the
 * taps (a + sh u, b + sw v) only: there it is a convolution of dout, with zeros around it, with those taps in reverse. */
static int NAME(conv_dx)(const sizes_t *s, const void *dout, const void *w, void *dx)
{
    idx U = CEIL(s->HH, s->sh), V = CEIL(s->WW, s->sw), across = MIN(s->sw, s->W), count = MIN(s->sh, s->H) * across;
    idx rows = U - 1 + MAX(s->OH, (s->H - 1 + s->pad) / s->sh + 1), pitch = V - 1 + MAX(s->OW, (s->W - 1 + s->pad) / s->sw + 1);
    buffer_t buffer = {s->F, s->OH, s->OW, U - 1, V - 1, 1, 1, 1, 1, rows, pitch};
    phase_t *phases = calloc(count, sizeof(phase_t));
    T *zeros = calloc(s->C, sizeof(T));
    int failed = !phases || !zeros;
    for (idx k = 0; k < count && !failed; k++) {
        idx y = k / across, x = k % across; /* first pixel of the phase */
        phase_t *p = phases + k;
        if ((failed = make_phase(p, CEIL(s->H - y, s->sh), CEIL(s->W - x, s->sw), pitch, s->F * U * V, s->C, LANES, sizeof(T)))) break;
        for (idx f = 0; f < s->F; f++)
            for (idx i = (y + s->pad) % s->sh, u = U - 1 + (y + s->pad) / s->sh; i < s->HH; i += s->sh, u--)
                for (idx j = (x + s->pad) % s->sw, v = V - 1 + (x + s->pad) / s->sw; j < s->WW; j += s->sw, v--, p->taps++) {
                    p->offset[p->taps] = (f * rows + u) * pitch + v;
                    p->from[p->taps] = (f * s->C * s->HH + i) * s->WW + j;
                }
        p->target = y * s->W + x;
        NAME(pack)(p, w, s->C, s->HH * s->WW);
    }
    if (!failed) failed = NAME(convolve)(s, dout, &buffer, phases, count, zeros, s->C, dx, s->H, s->W, s->sh, s->sw, NULL);
    for (idx k = 0; phases && k < count; k++) free(phases[k].start), free(phases[k].packed);
    free(phases), free(zeros);
    return failed;
}

/* Outer products of R taps with P vectors of filters, summed over the places of one image. d[place] holds all filters. */
INLINE void NAME(outer)(const int R, const int P, const idx *offset, const T *image, const sizes_t *s, idx pitch, const T *d, idx width, T *dw)
{
    VEC sum[8][2];
    const T *at[8];
    UNROLL for (int r = 0; r < R; r++) {
        at[r] = image + offset[r];
        UNROLL for (int p = 0; p < P; p++) sum[r][p] = NAME(load)(dw + r * width + p * LANES);
    }
    for (idx y = 0; y < s->OH; y++)
        for (idx x = y * pitch; x < y * pitch + s->OW; x++, d += width) {
            VEC upstream[2];
            UNROLL for (int p = 0; p < P; p++) upstream[p] = NAME(load)(d + p * LANES);
            UNROLL for (int r = 0; r < R; r++)
                UNROLL for (int p = 0; p < P; p++) sum[r][p] += upstream[p] * at[r][x];
        }
    UNROLL for (int r = 0; r < R; r++)
        UNROLL for (int p = 0; p < P; p++) NAME(store)(dw + r * width + p * LANES, sum[r][p]);
}

static double NAME(total)(const T *values, idx count)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (idx k = 0; k < count; k++) sum += values[k];
    return sum;
}

/* Add the gradients of one image: dw[tap, filter] of `width` filters. dout is turned, so that the filters of a place lie together. */
static void NAME(dense)(const sizes_t *s, const buffer_t *b, const idx *offset, const T *image, const T *dout, T *turned, idx width, T *dw, double *db)
{
    idx places = s->OH * s->OW, taps = s->C * s->HH * s->WW, tiles = CEIL(taps, ROWS);
    for (idx f = 0; f < s->F; f++) db[f] += NAME(total)(dout + f * places, places);
    for (idx f = 0; f < s->F; f += 8) /* in squares that fit into the first-level cache */
        for (idx k = 0; k < places; k += 8)
            for (idx kk = k; kk < MIN(k + 8, places); kk++)
                for (idx ff = f; ff < MIN(f + 8, s->F); ff++) turned[kk * width + ff] = dout[ff * places + kk];
    for (idx tile = 0; tile < tiles; tile++) {
        idx t = tile * taps / tiles, f = 0;
#define WITH(R, P) NAME(outer)(R, P, offset + t, image, s, b->pitch, turned + f, width, dw + t * width + f)
#define LOOP(R)                                                           \
    for (; f + 2 * LANES <= width; f += 2 * LANES) WITH(R, 2);            \
    if (f < width) WITH(R, 1)
        switch ((tile + 1) * taps / tiles - t) { COPIES(LOOP) }
#undef LOOP
    }
}

/* Sum over places of upstream gradient times pixels, for R pieces of rows of one filter. */
INLINE void NAME(visit)(const int R, idx count, const idx *at, const T *d, const T *image, const idx *offset, T *dw)
{
    SHORT_VEC sum[8];
    const T *row[8];
    UNROLL for (int r = 0; r < R; r++) row[r] = image + offset[r], sum[r] = NAME(load_short)(dw + r * SHORT);
    for (idx e = 0; e < count; e++)
        UNROLL for (int r = 0; r < R; r++) sum[r] += NAME(load_short)(row[r] + at[e]) * d[e];
    UNROLL for (int r = 0; r < R; r++) memcpy(dw + r * SHORT, sum + r, sizeof *sum);
}

/* The same behind ReLU and pooling: all places but the winners have gradient zero, so only they are visited. dw[filter, row of
 * a filter in pieces of SHORT]; `step` leads from the corner of a pooling window to its places. */
static void NAME(sparse)(const sizes_t *s, const buffer_t *b, const idx *offset, idx pieces, const idx *step, const T *image,
                         const T *dout, const place_t *winner, idx *at, T *d, T *dw, double *db)
{
    idx tiles = CEIL(pieces, ROWS);
    for (idx f = 0; f < s->F; f++, dw += pieces * SHORT) {
        idx count = 0;
        for (idx r = 0; r < s->PH; r++)
            for (idx k = 0; k < s->PW; k++, dout++, winner++) {
                int alive = *winner < s->h * s->w;
                at[count] = s->stride * (r * s->sh * b->pitch + k * s->sw) + step[alive ? *winner : 0];
                d[count] = *dout;
                count += alive & (*dout != 0);
            }
        db[f] += NAME(total)(d, count);
        for (idx tile = 0; tile < tiles; tile++) {
            idx k = tile * pieces / tiles;
#define LOOP(R) NAME(visit)(R, count, at, d, image, offset + k, dw + k * SHORT)
            switch ((tile + 1) * pieces / tiles - k) { COPIES(LOOP) }
#undef LOOP
        }
    }
}

/* Gradients of filters and biases; with windows those behind ReLU and pooling. Each thread has sums of its own. */
static int NAME(conv_dw)(const sizes_t *s, const void *x, const void *dout, const place_t *winner, void *dw, void *db)
{
    buffer_t b = winner ? padded(s, 1, 1) : padded(s, s->sh, s->sw);
    idx taps = s->C * s->HH * s->WW, width = CEIL(s->F, LANES) * LANES, in_row = CEIL(s->WW, SHORT), pieces = s->C * s->HH * in_row;
    idx places = winner ? s->PH * s->PW : s->OH * s->OW, size = (winner ? s->F * pieces * SHORT : taps * width) + APART;
    idx space = length(&b) + LANES + APART, turned = (places + 1) * (winner ? 1 : width) + APART, room = places + 1 + APART, filters = s->F + APART;
    idx *offset = malloc((MAX(taps, pieces) + s->h * s->w) * sizeof(idx)), *step = offset + pieces;
    idx *at = malloc(s->threads * room * sizeof(idx));
    T *images = calloc(s->threads * space, sizeof(T)), *d = calloc(s->threads * turned, sizeof(T)), *sums = calloc(s->threads * size, sizeof(T));
    double *db_sums = calloc(s->threads * filters, sizeof(double));
    int failed = !offset || !at || !images || !d || !sums || !db_sums;
    if (!failed) {
        for (idx t = 0; t < taps && !winner; t++) offset[t] = tap_offset(s, &b, t);
        for (idx k = 0; k < pieces && winner; k++) offset[k] = tap_offset(s, &b, k / in_row * s->WW) + k % in_row * SHORT;
        for (idx k = 0; k < s->h * s->w; k++) step[k] = k / s->w * s->sh * b.pitch + k % s->w * s->sw;
#pragma omp parallel for num_threads(s->threads) schedule(static)
        for (idx thread = 0; thread < s->threads; thread++)
            for (idx n = thread * s->N / s->threads; n < (thread + 1) * s->N / s->threads; n++) {
                const T *upstream = (const T *)dout + n * s->F * places;
                T *image = images + thread * space, *mine = d + thread * turned, *sum = sums + thread * size;
                NAME(spread)((const T *)x + n * s->C * s->H * s->W, &b, image);
                if (winner)
                    NAME(sparse)(s, &b, offset, pieces, step, image, upstream, winner + n * s->F * places, at + thread * room, mine, sum, db_sums + thread * filters);
                else
                    NAME(dense)(s, &b, offset, image, upstream, mine, width, sum, db_sums + thread * filters);
            }
        for (idx thread = 1; thread < s->threads; thread++) {
            for (idx k = 0; k < size; k++) sums[k] += sums[thread * size + k];
            for (idx f = 0; f < s->F; f++) db_sums[f] += db_sums[thread * filters + f];
        }
        for (idx f = 0; f < s->F; f++) ((T *)db)[f] = (T)db_sums[f];
        for (idx f = 0; f < s->F; f++)
            for (idx t = 0; t < taps; t++)
                ((T *)dw)[f * taps + t] = sums[winner ? (f * pieces + t / s->WW * in_row) * SHORT + t % s->WW : t * width + f];
    }
    free(offset), free(at), free(images), free(d), free(sums), free(db_sums);
    return failed;
}

/* Behind the last planes there is nothing that vectors might read: those are copied first. */
static int NAME(pool_forward)(const sizes_t *s, const void *x, void *out, place_t *winner)
{
    idx planes = s->N * s->C, size = s->H * s->W, space = MAX(size, REACH(s, s->W)), places = s->PH * s->PW;
    T *copies = calloc(s->threads * space, sizeof(T));
    if (!copies) return -1;
#pragma omp parallel for num_threads(s->threads) schedule(static)
    for (idx thread = 0; thread < s->threads; thread++)
        for (idx p = thread * planes / s->threads; p < (thread + 1) * planes / s->threads; p++) {
            const T *plane = (const T *)x + p * size;
            if (p * size + space > planes * size) plane = memcpy(copies + thread * space, plane, size * sizeof(T));
            NAME(pool_plane)(s, 0, plane, s->W, (T *)out + p * places, winner + p * places);
        }
    free(copies);
    return 0;
}

/* Each upstream entry goes to the maximum of its window; entries that are DEAD go nowhere. */
static int NAME(pool_backward)(const sizes_t *s, const void *dout, const place_t *winner, void *dx)
{
    idx *step = malloc(s->h * s->w * sizeof(idx));
    if (!step) return -1;
    for (idx k = 0; k < s->h * s->w; k++) step[k] = k / s->w * s->W + k % s->w;
#pragma omp parallel for num_threads(s->threads) schedule(static)
    for (idx p = 0; p < s->N * s->C; p++) {
        const T *upstream = (const T *)dout + p * s->PH * s->PW;
        const place_t *place = winner + p * s->PH * s->PW;
        T *image = (T *)dx + p * s->H * s->W;
        memset(image, 0, s->H * s->W * sizeof(T));
        for (idx r = 0; r < s->PH; r++)
            for (idx k = 0; k < s->PW; k++, upstream++, place++)
                if (*place < s->h * s->w) image[(r * s->W + k) * s->stride + step[*place]] += *upstream;
    }
    free(step);
    return 0;
}

/* One step of Adam in one pass over memory. rates: learning rate over 1 - beta1^t, beta1, beta2, 1 over sqrt(1 - beta2^t), epsilon. */
static int NAME(adam)(idx n, void *w_, const void *dw_, void *m_, void *v_, const double *rates, idx threads)
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
    return 0;
}

static const kernels_t NAME(kernels) = {NAME(conv_forward), NAME(conv_dx), NAME(conv_dw), NAME(pool_forward), NAME(pool_backward), NAME(adam)};
#endif
