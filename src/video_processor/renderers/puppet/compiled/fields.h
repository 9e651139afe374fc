/* Fields on grids of square cells, as in fields.py: a value, or a few, at the centre of each cell. */
#ifndef PUPPET_FIELDS_H
#define PUPPET_FIELDS_H

#include "kernels.h"

typedef struct {
    Py_ssize_t x, y, columns, rows, step;
} Grid;

/* Where the node of a column or row lies in the picture, whose first cell begins at `start`. */
static inline float node_at(Py_ssize_t start, Py_ssize_t step, Py_ssize_t index)
{
    return (float)start - 0.5f + ((float)index + 0.5f) * (float)step;
}

/* A position in the picture as a fractional index of nodes, whose first cell begins at `start`. */
static inline float index_of(float position, Py_ssize_t start, float nodes_per_pixel)
{
    return (position + 0.5f - (float)start) * nodes_per_pixel - 0.5f;
}

/* The two of `count` nodes that a place lies between, and the second one's share. Past the ends it is the end's. */
typedef struct {
    Py_ssize_t first, second;
    float share;
} Between;

static inline Between between(float place, Py_ssize_t count)
{
    float last = (float)(count - 1);
    float held = place > 0 ? (place < last ? place : last) : 0; /* NaN counts as 0 */
    Py_ssize_t first = (Py_ssize_t)held;
    return (Between){first, first + 1 < count ? first + 1 : first, held - (float)first};
}

/* A `field` of `channels` at the node indices (x, y), interpolated bilinearly. */
static inline void look_up(const float *restrict field, Py_ssize_t columns, Py_ssize_t rows, int channels, float x,
                           float y, float *restrict found)
{
    Between across = between(x, columns), down = between(y, rows);
    const float *upper = field + down.first * columns * channels, *lower = field + down.second * columns * channels;
    Py_ssize_t left = across.first * channels, right = across.second * channels;
    float se = across.share * down.share, sw = down.share - se, ne = across.share - se, nw = 1 - down.share - ne;
    for (int k = 0; k < channels; k++)
        found[k] = upper[left + k] * nw + upper[right + k] * ne + lower[left + k] * sw + lower[right + k] * se;
}

/* The same for eight channels. */
void look_up_eight(const float *field, Py_ssize_t columns, Py_ssize_t rows, float x, float y, float *restrict found);

#endif
