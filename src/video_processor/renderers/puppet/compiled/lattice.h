/* Where the pixels of a patch lie on a sheet of skin. */
#ifndef PUPPET_LATTICE_H
#define PUPPET_LATTICE_H

#include "patches.h"

enum { AT_ONCE = 64 };

/* The field `nodes` (rows, columns, 2) of a grid with cells of `step` pixels, from the pixel (`y`, `x`) of it on. */
typedef struct {
    const float *nodes;
    Py_ssize_t rows, columns, step, y, x;
} Lattice;

static inline float node_of(Py_ssize_t pixel, float cells, Py_ssize_t count)
{
    return clamped(((float)pixel + 0.5f) * cells - 0.5f, 0, (float)(count - 1));
}

/* The field at the pixels from `first` to before `end` of row `y`, into `places` (end - first, 2). */
static inline void places_of_row(const Lattice *field, Py_ssize_t y, Py_ssize_t first, Py_ssize_t end, float *places)
{
    float cells = 1 / (float)field->step, down = node_of(field->y + y, cells, field->rows), start[2], way[2];
    Py_ssize_t row = (Py_ssize_t)down, next = row + 1 < field->rows ? row + 1 : row, known = -1;
    const float *above = field->nodes + 2 * row * field->columns, *below = field->nodes + 2 * next * field->columns;
    down -= (float)row;
    for (Py_ssize_t x = first; x < end; x++, places += 2) {
        float across = node_of(field->x + x, cells, field->columns);
        Py_ssize_t left = (Py_ssize_t)across, right = left + 1 < field->columns ? left + 1 : left;
        for (int k = 0; known != left && k < 2; k++) {
            start[k] = above[2 * left + k] + down * (below[2 * left + k] - above[2 * left + k]);
            way[k] = above[2 * right + k] + down * (below[2 * right + k] - above[2 * right + k]) - start[k];
        }
        known = left;
        places[0] = start[0] + (across - (float)left) * way[0];
        places[1] = start[1] + (across - (float)left) * way[1];
    }
}

#endif
