/* The teeth that the picture itself shows, in the opening between the lips. */
#include "sampling.h"

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

static void show_row(const float *place, const Picture texture, const Mask *mask, Py_ssize_t width, float *colour)
{
    for (Py_ssize_t x = 0; x < width; x++, place += 2, colour += 3) {
        float share = share_at(mask, place[0] * mask->fineness - mask->x, place[1] * mask->fineness - mask->y);
        uint8_t sample[4];
        if (!(share > 0))
            continue;
        sampled(texture, place[0], place[1], sample);
        for (int k = 0; k < 3; k++)
            colour[k] += share * ((float)sample[k] - colour[k]);
    }
}

/* own_teeth(colours (h, w, 3), above (h, w, 2), (texture, rows, columns), (mask, rows, columns), fineness, x, y) */
PyObject *own_teeth(PyObject *module, PyObject *arguments)
{
    PyObject *objects[2];
    Py_buffer picture, shares;
    Patch patches[2];
    Picture texture;
    Mask mask;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OO(y*nn)(y*nn)fff", objects, objects + 1, &picture, &texture.rows,
                          &texture.columns, &shares, &mask.rows, &mask.columns, &mask.fineness, &mask.x, &mask.y))
        return NULL;
    int failed = read_patches(objects, (Py_ssize_t[]){12, 8}, 2, patches);
    if (!failed) {
        texture.pixels = picture.buf, mask.shares = shares.buf;
        Py_BEGIN_ALLOW_THREADS;
        for (Py_ssize_t y = 0; y < patches->height; y++)
            show_row(row_of(patches + 1, y), texture, &mask, patches->width, row_of(patches, y));
        Py_END_ALLOW_THREADS;
        release_patches(patches, 2);
    }
    PyBuffer_Release(&picture), PyBuffer_Release(&shares);
    return failed ? NULL : Py_NewRef(Py_None);
}
