/* The sheets of skin: how far shapes move their nodes, and where those come from. */
#include "fields.h"

#include <math.h>
#include <stdint.h>

/* The rows and columns that a shape moves, from the first to before the last. */
typedef struct {
    int32_t top, bottom, left, right;
} Span;

/* What the fields (shapes, rows, columns, 2) that act move the nodes of a row by, times their weights, in cells. */
static void add_up(const float *fields, const Span *spans, const float *weights, Py_ssize_t shapes, float least,
                   Py_ssize_t rows, Py_ssize_t columns, Py_ssize_t row, float cell, float *restrict sum)
{
    for (Py_ssize_t i = 0; i < 2 * columns; i++)
        sum[i] = 0;
    for (Py_ssize_t k = 0; k < shapes; k++) {
        const float *field = fields + 2 * (k * rows + row) * columns;
        if (fabsf(weights[k]) <= least || row < spans[k].top || row >= spans[k].bottom)
            continue;
        for (Py_ssize_t i = 2 * spans[k].left; i < 2 * spans[k].right; i++)
            sum[i] += field[i] * weights[k];
    }
    for (Py_ssize_t i = 0; i < 2 * columns; i++)
        sum[i] *= cell;
}

/* The offset at a node, in cells: a fixed point. */
static inline void seek(const float *cells, Py_ssize_t columns, Py_ssize_t rows, Py_ssize_t column, Py_ssize_t row,
                        Py_ssize_t steps, float close_enough, float *offset)
{
    float moved[2] = {cells[2 * (row * columns + column)], cells[2 * (row * columns + column) + 1]};
    if (fabsf(moved[0]) < close_enough && fabsf(moved[1]) < close_enough)
        steps = 0;
    for (Py_ssize_t step = 0; step < steps; step++) {
        float x = moved[0], y = moved[1];
        look_up(cells, columns, rows, 2, (float)column - x, (float)row - y, moved);
        if (fabsf(moved[0] - x) < close_enough && fabsf(moved[1] - y) < close_enough)
            break;
    }
    offset[0] = -moved[0], offset[1] = -moved[1];
}

/* inverted(weights (shapes,), shapes, least, fields (shapes, rows, columns, 2), spans (shapes, 4), columns, rows, step,
 * steps, close_enough, scratch, offsets (rows, columns, 2)) */
PyObject *inverted(PyObject *module, PyObject *arguments)
{
    Py_buffer given[5];
    Py_ssize_t shapes, columns, rows, cell, steps;
    float least, close_enough;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*nfy*y*nnnnfw*w*", &given[0], &shapes, &least, &given[1], &given[2], &columns,
                          &rows, &cell, &steps, &close_enough, &given[3], &given[4]))
        return NULL;
    const float *weights = given[0].buf, *fields = given[1].buf;
    float *cells = given[3].buf, *offsets = given[4].buf;
    Py_BEGIN_ALLOW_THREADS;
    for (Py_ssize_t row = 0; row < rows; row++)
        add_up(fields, given[2].buf, weights, shapes, least, rows, columns, row, 1 / (float)cell,
               cells + 2 * row * columns);
    for (Py_ssize_t row = 0, i = 0; row < rows; row++)
        for (Py_ssize_t column = 0; column < columns; column++, i += 2) {
            seek(cells, columns, rows, column, row, steps, close_enough, offsets + i);
            offsets[i] *= (float)cell, offsets[i + 1] *= (float)cell;
        }
    Py_END_ALLOW_THREADS;
    release(given, 5);
    Py_RETURN_NONE;
}
