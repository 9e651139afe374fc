/* The teeth that the picture itself shows, in the opening between the lips. */
#include "lattice.h"

/* A mask (rows, columns) of 0..1 over the picture from (`x`, `y`) on; 0 elsewhere. */
typedef struct {
    const float *shares;
    Py_ssize_t rows, columns;
    float fineness, x, y;
} Mask;

static inline float share_at(const Mask *mask, float x, float y)
{
    if (!(x >= 0 && y >= 0 && x <= (float)(mask->columns - 1) && y <= (float)(mask->rows - 1)))
        return 0;
    Py_ssize_t left = (Py_ssize_t)x, top = (Py_ssize_t)y;
    const float *line = mask->shares + top * mask->columns + left;
    Py_ssize_t aside = left + 1 < mask->columns ? 1 : 0, under = top + 1 < mask->rows ? mask->columns : 0;
    float right = x - (float)left, low = y - (float)top;
    return (line[0] * (1 - right) + line[aside] * right) * (1 - low) +
           (line[under] * (1 - right) + line[under + aside] * right) * low;
}

static void show_run(const Mask *mask, const float *place, const uint8_t *tooth, Py_ssize_t count, float *colour)
{
    for (; count > 0; count--, place += 2, tooth += 4, colour += 3) {
        float share = share_at(mask, place[0] * mask->fineness - mask->x, place[1] * mask->fineness - mask->y);
        for (int k = 0; share > 0 && k < 3; k++)
            colour[k] += share * ((float)tooth[k] - colour[k]);
    }
}

static void show(const Patch *colours, const Patch *teeth, const Lattice *above, const Mask *mask)
{
    float places[2 * AT_ONCE];
    for (Py_ssize_t y = 0; y < colours->height; y++) {
        for (Py_ssize_t x = 0, end; x < colours->width; x = end) {
            end = x + AT_ONCE < colours->width ? x + AT_ONCE : colours->width;
            places_of_row(above, y, x, end, places);
            show_run(mask, places, (const uint8_t *)row_of(teeth, y) + 4 * x, end - x, (float *)row_of(colours, y) + 3 * x);
        }
    }
}

/* own_teeth(colours (h, w, 3), teeth (h, w, 4), (nodes, rows, columns, step, y, x), (mask, rows, columns), fineness,
 *           x, y)
 */
PyObject *own_teeth(PyObject *module, PyObject *arguments)
{
    PyObject *objects[2];
    Py_buffer nodes, shares;
    Patch patches[2];
    Lattice above;
    Mask mask;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OO(y*nnnnn)(y*nn)fff", objects, objects + 1, &nodes, &above.rows, &above.columns,
                          &above.step, &above.y, &above.x, &shares, &mask.rows, &mask.columns, &mask.fineness, &mask.x,
                          &mask.y))
        return NULL;
    int failed = read_patches(objects, (Py_ssize_t[]){12, 4}, 2, patches);
    if (!failed) {
        above.nodes = nodes.buf, mask.shares = shares.buf;
        Py_BEGIN_ALLOW_THREADS;
        show(patches, patches + 1, &above, &mask);
        Py_END_ALLOW_THREADS;
        release_patches(patches, 2);
    }
    PyBuffer_Release(&nodes), PyBuffer_Release(&shares);
    return failed ? NULL : Py_NewRef(Py_None);
}
