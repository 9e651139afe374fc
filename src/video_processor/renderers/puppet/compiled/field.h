/* Fields of places, which are expanded row by row. */
#ifndef PUPPET_FIELD_H
#define PUPPET_FIELD_H

#include "sampling.h"

/* A field (rows, columns, 2) of places, and the part of what it shows: pixels from (y, x) on, height by width. */
typedef struct {
    const float *nodes;
    ptrdiff_t rows, columns, step, y, x, height, width;
} Field;

/* Two of the field's rows, each at `count` pixels from `x` on; `held`: which ones. */
typedef struct {
    float x[2][PIXELS_AT_ONCE], y[2][PIXELS_AT_ONCE];
    ptrdiff_t held[2], first, count;
} Rows;

static inline ptrdiff_t least(ptrdiff_t a, ptrdiff_t b)
{
    return a < b ? a : b;
}

static inline ptrdiff_t kept(ptrdiff_t index, ptrdiff_t count)
{
    return index < 0 ? 0 : least(index, count - 1);
}

/* Those of a row of what a field shows, of the rows' pixels; `held` is -1 for rows that hold nothing yet. */
Places places_of(const Field *field, ptrdiff_t index, Rows *rows);

#endif
