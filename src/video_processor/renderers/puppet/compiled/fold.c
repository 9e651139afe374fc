/* The folds at the corners of the mouth made flat. */
#include "lattice.h"

#include <string.h>

/* A picture (rows, columns, 4). */
typedef struct {
    const uint8_t *pixels;
    Py_ssize_t rows, columns;
} Picture;

/* The channels of a pixel, each in 16 bits: the first, the third, the second, the fourth. */
static inline uint64_t spread(const uint8_t *pixel)
{
    uint32_t channels;
    memcpy(&channels, pixel, sizeof channels);
    return (channels & 0xff00ff) | (uint64_t)(channels >> 8 & 0xff00ff) << 32;
}

/* Two of them, each in 32 bits. */
static inline uint64_t mixed(uint64_t upper, uint64_t lower, uint64_t low)
{
    return (upper & 0xffff0000ffff) * (32 - low) + (lower & 0xffff0000ffff) * low + 0x20000000200;
}

/* The picture between its pixels, to a 32nd of one; past its edges they go on. */
static inline void sampled(const Picture picture, float x, float y, uint8_t sample[4])
{
    uint32_t u = (uint32_t)(int32_t)(clamped(x, 0, (float)(picture.columns - 1)) * 32 + 0.5f), right = u & 31;
    uint32_t v = (uint32_t)(int32_t)(clamped(y, 0, (float)(picture.rows - 1)) * 32 + 0.5f), low = v & 31;
    const uint8_t *pixel = picture.pixels + 4 * ((Py_ssize_t)(v >> 5) * picture.columns + (Py_ssize_t)(u >> 5));
    Py_ssize_t aside = right ? 4 : 0, under = low ? 4 * picture.columns : 0;
    uint64_t upper = spread(pixel) * (32 - right) + spread(pixel + aside) * right;
    uint64_t lower = spread(pixel + under) * (32 - right) + spread(pixel + under + aside) * right;
    uint64_t even = mixed(upper, lower, low), odd = mixed(upper >> 16, lower >> 16, low);
    sample[0] = (uint8_t)(even >> 10), sample[1] = (uint8_t)(even >> 42);
    sample[2] = (uint8_t)(odd >> 10), sample[3] = (uint8_t)(odd >> 42);
}

/* How much lighter than in the picture flat skin is, from (`x`, `y`) of it on, and the sheets that show it. */
typedef struct {
    Lattice above, below;
    Picture lighter;
    float fineness, x, y, strength;
} Fold;

static inline void lighten_pixel(const Fold *fold, const Picture lighter, float u, float v, uint8_t *pixel)
{
    uint8_t sample[4];
    if (!(u >= 0 && v >= 0 && u <= (float)(lighter.columns - 1) && v <= (float)(lighter.rows - 1)))
        return;
    sampled(lighter, u, v, sample);
    for (int k = 0; k < 3; k++)
        pixel[k] = (uint8_t)clamped((float)pixel[k] + fold->strength * (float)sample[k] + 0.5f, 0, 255);
}

/* Within one row, from `first` to before `end`, at most AT_ONCE pixels. */
static void lighten_run(const Fold *fold, const float *share, Py_ssize_t y, Py_ssize_t first, Py_ssize_t end,
                        uint8_t *pixels)
{
    const Picture lighter = fold->lighter;
    float places[2 * AT_ONCE], lower[2 * AT_ONCE], *above = places, *below = lower;
    places_of_row(&fold->above, y, first, end, places);
    places_of_row(&fold->below, y, first, end, lower);
    for (Py_ssize_t x = first; x < end; x++, above += 2, below += 2)
        lighten_pixel(fold, lighter, (above[0] + share[x] * (below[0] - above[0])) * fold->fineness - fold->x,
                      (above[1] + share[x] * (below[1] - above[1])) * fold->fineness - fold->y, pixels + 4 * x);
}

static void lighten(const Patch *face, const Patch *share, const Fold *fold)
{
    for (Py_ssize_t y = 0; y < face->height; y++)
        for (Py_ssize_t x = 0; x < face->width; x += AT_ONCE)
            lighten_run(fold, row_of(share, y), y, x, x + AT_ONCE < face->width ? x + AT_ONCE : face->width,
                        row_of(face, y));
}

/* flat_fold(face (h, w, 4), share (h, w), above, below (nodes, rows, columns, step, y, x), (lighter, rows, columns),
 *           fineness, x, y, strength)
 */
PyObject *flat_fold(PyObject *module, PyObject *arguments)
{
    PyObject *objects[2];
    Py_buffer upper, lower, picture;
    Patch patches[2];
    Fold fold;
    Lattice *above = &fold.above, *below = &fold.below;
    Picture *lighter = &fold.lighter;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OO(y*nnnnn)(y*nnnnn)(y*nn)ffff", objects, objects + 1, &upper, &above->rows,
                          &above->columns, &above->step, &above->y, &above->x, &lower, &below->rows, &below->columns,
                          &below->step, &below->y, &below->x, &picture, &lighter->rows, &lighter->columns,
                          &fold.fineness, &fold.x, &fold.y, &fold.strength))
        return NULL;
    int failed = read_patches(objects, (Py_ssize_t[]){4, 4}, 2, patches);
    if (!failed) {
        above->nodes = upper.buf, below->nodes = lower.buf, lighter->pixels = picture.buf;
        Py_BEGIN_ALLOW_THREADS;
        lighten(patches, patches + 1, &fold);
        Py_END_ALLOW_THREADS;
        release_patches(patches, 2);
    }
    PyBuffer_Release(&upper), PyBuffer_Release(&lower), PyBuffer_Release(&picture);
    return failed ? NULL : Py_NewRef(Py_None);
}
