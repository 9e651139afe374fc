/* A texture seen through a field of places, which is expanded row by row. */
#include "kernels.h"

#include <math.h>
#include <stdint.h>

#include "compose.h"
#include "field.h"
#include "sampling.h"

/* Pixels of which one test tells whether they show anything. */
#define GROUP 16

/* A texture, and which of its blocks of `block` samples, or their neighbours, have anything: `covered` (down, across),
 * or NULL where all have.
 */
typedef struct {
    Samples samples;
    const uint8_t *covered;
    Py_ssize_t block, across, down;
} Texture;

/* A row of output: RGBA `canvas`, or RGB `frame` with `under` which lies RGBA behind it. */
typedef struct {
    uint8_t *canvas, *frame;
    const uint8_t *under;
} Output;

static int is_covered(const Texture *texture, float x, float y)
{
    float right = (float)(texture->samples.width - 1), low = (float)(texture->samples.height - 1);
    Py_ssize_t column = (Py_ssize_t)(x > 0 ? (x < right ? x : right) : 0) / texture->block;
    Py_ssize_t row = (Py_ssize_t)(y > 0 ? (y < low ? y : low) : 0) / texture->block;
    return texture->covered[kept(row, texture->down) * texture->across + kept(column, texture->across)];
}

/* Whether `count` pixels from `first` on may show anything: where their ends lie in, or beside, blocks that have some,
 * or so far apart that there may be one between them.
 */
static int may_show(const Texture *texture, const Places *places, Py_ssize_t first, Py_ssize_t count)
{
    Py_ssize_t last = first + count - 1;
    float x = between(places->x[first], places->next_x[first], places->share);
    float y = between(places->y[first], places->next_y[first], places->share);
    float last_x = between(places->x[last], places->next_x[last], places->share);
    float last_y = between(places->y[last], places->next_y[last], places->share);
    float far = 2.0f * (float)texture->block;
    int near = fabsf(last_x - x) < far && fabsf(last_y - y) < far;
    return !near || is_covered(texture, x, y) || is_covered(texture, last_x, last_y);
}

static void paint_row(const Texture *texture, const Places *places, Py_ssize_t count, const Output *output)
{
    uint8_t pixels[4 * PIXELS_AT_ONCE];
    for (Py_ssize_t first = 0, end; first < count; first = end) {
        int shows = may_show(texture, places, first, least(GROUP, count - first));
        end = least(first + GROUP, count);
        while (end < count && may_show(texture, places, end, least(GROUP, count - end)) == shows)
            end = least(end + GROUP, count);
        if (!shows) {
            uncover_row(output->under + 4 * first, output->frame + 3 * first, end - first);
            continue;
        }
        sample_row(&texture->samples, places, first, end - first, pixels);
        compose_row(pixels, output->under + 4 * first, output->frame + 3 * first, end - first);
    }
}

/* `width` pixels at once of all rows, from `column` on; `output` is the first row's, and as far apart as `strides` say. */
static void show_columns(const Texture *texture, const Field *field, Py_ssize_t column, const Output *output,
                         const Py_ssize_t *strides)
{
    Rows rows;
    rows.held[0] = rows.held[1] = -1;
    rows.first = field->x + column;
    rows.count = least(PIXELS_AT_ONCE, field->width - column);
    for (Py_ssize_t i = 0; i < field->height; i++) {
        Places places = places_of(field, i, &rows);
        if (output->canvas != NULL) {
            uint8_t *canvas = output->canvas + 4 * (i * strides[0] + column);
            sample_row(&texture->samples, &places, 0, rows.count, canvas);
            continue;
        }
        Output row = {NULL, output->frame + 3 * (i * strides[0] + column), output->under + 4 * (i * strides[1] + column)};
        paint_row(texture, &places, rows.count, &row);
    }
}

static void show(const Texture *texture, const Field *field, const Output *output, const Py_ssize_t *strides)
{
    for (Py_ssize_t column = 0; column < field->width; column += PIXELS_AT_ONCE)
        show_columns(texture, field, column, output, strides);
}

/* shown(texture (h, w, 4), h, w, field, canvas (H, W, 4), W, row, column); a field is as `native.Field` says. */
PyObject *shown(PyObject *module, PyObject *arguments)
{
    Py_buffer pixels, nodes, canvas;
    Py_ssize_t samples_down, samples_across, canvas_width, row, column;
    Field field;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*nn(y*nnnnnnn)w*nnn", &pixels, &samples_down, &samples_across, &nodes, &field.rows,
                          &field.columns, &field.step, &field.y, &field.x, &field.height, &field.width, &canvas,
                          &canvas_width, &row, &column))
        return NULL;
    Texture texture = {{pixels.buf, (int32_t)samples_across, (int32_t)samples_down}, NULL, 1, 0, 0};
    field.nodes = nodes.buf;
    Output output = {(uint8_t *)canvas.buf + 4 * (row * canvas_width + column), NULL, NULL};
    Py_ssize_t strides[2] = {canvas_width, 0};
    Py_BEGIN_ALLOW_THREADS;
    show(&texture, &field, &output, strides);
    Py_END_ALLOW_THREADS;
    PyBuffer_Release(&pixels);
    PyBuffer_Release(&nodes);
    PyBuffer_Release(&canvas);
    Py_RETURN_NONE;
}

/* painted(texture (h, w, 4), h, w, (covered (rows, columns), rows, columns, block), field,
 *         behind (h, w, 4), w, row, column, frame (h, w, 3), w, row, column)
 */
PyObject *painted(PyObject *module, PyObject *arguments)
{
    Py_buffer pixels, covered, nodes, behind, frame;
    Py_ssize_t samples_down, samples_across, blocks_down, blocks_across, block;
    Py_ssize_t behind_width, behind_row, behind_column, frame_width, row, column;
    Field field;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*nn(y*nnn)(y*nnnnnnn)y*nnnw*nnn", &pixels, &samples_down, &samples_across, &covered,
                          &blocks_down, &blocks_across, &block, &nodes, &field.rows, &field.columns, &field.step,
                          &field.y, &field.x, &field.height, &field.width, &behind, &behind_width, &behind_row,
                          &behind_column, &frame, &frame_width, &row, &column))
        return NULL;
    Texture texture = {{pixels.buf, (int32_t)samples_across, (int32_t)samples_down}, covered.buf, block,
                       blocks_across, blocks_down};
    field.nodes = nodes.buf;
    Output output = {NULL, (uint8_t *)frame.buf + 3 * (row * frame_width + column),
                     (const uint8_t *)behind.buf + 4 * (behind_row * behind_width + behind_column)};
    Py_ssize_t strides[2] = {frame_width, behind_width};
    Py_BEGIN_ALLOW_THREADS;
    show(&texture, &field, &output, strides);
    Py_END_ALLOW_THREADS;
    PyBuffer_Release(&pixels);
    PyBuffer_Release(&covered);
    PyBuffer_Release(&nodes);
    PyBuffer_Release(&behind);
    PyBuffer_Release(&frame);
    Py_RETURN_NONE;
}
