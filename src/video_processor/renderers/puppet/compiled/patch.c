/* A patch of a picture laid over what it moves with. */
#include "kernels.h"

#include <math.h>

#include "field.h"
#include "pixels.h"
#include "sampling.h"

/* Bytes midway between `b` and `c`, of four in a row. */
static void refine(const uint8_t *a, const uint8_t *b, const uint8_t *c, const uint8_t *d, uint8_t *restrict midway,
                   ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++) {
        int16_t sum = (int16_t)(19 * (b[i] + c[i]) - 3 * (a[i] + d[i]) + 16);
        sum = sum < 0 ? 0 : sum;
        sum = (int16_t)(sum >> 5);
        midway[i] = (uint8_t)(sum > 255 ? 255 : sum);
    }
}

static void refine_ends(const uint8_t *row, uint8_t *midway, ptrdiff_t x, ptrdiff_t width)
{
    const uint8_t *next[4];
    for (ptrdiff_t i = 0; i < 4; i++)
        next[i] = row + 4 * mirrored(x - 1 + i, width);
    refine(next[0], next[1], next[2], next[3], midway + 4 * x, 4);
}

/* A row of pixels with one between each two, (2 w); `scratch` (w). */
static void refine_row(const uint8_t *row, uint8_t *scratch, uint8_t *restrict fine, ptrdiff_t width)
{
    if (width > 3)
        refine(row, row + 4, row + 8, row + 12, scratch + 4, 4 * (width - 3));
    refine_ends(row, scratch, 0, width);
    refine_ends(row, scratch, width - 2, width);
    refine_ends(row, scratch, width - 1, width);
    for (ptrdiff_t x = 0; x < width; x++) {
        memcpy(fine + 8 * x, row + 4 * x, 4);
        memcpy(fine + 8 * x + 4, scratch + 4 * x, 4);
    }
}

/* A patch (h, w, 4) at twice the size: (2 h, 2 w, 4), whose last row and column are not filled. */
static void refine_patch(const uint8_t *patch, uint8_t *fine, ptrdiff_t height, ptrdiff_t width)
{
    ptrdiff_t row = 8 * width;
    for (ptrdiff_t y = 0; y < height; y++)
        refine_row(patch + 4 * y * width, fine + (2 * y + 1) * row, fine + 2 * y * row, width);
    for (ptrdiff_t y = 0; y + 1 < height; y++)
        refine(fine + 2 * mirrored(y - 1, height) * row, fine + 2 * y * row, fine + 2 * (y + 1) * row,
               fine + 2 * mirrored(y + 2, height) * row, fine + (2 * y + 1) * row, row);
}

/* How much of a sample's way beyond the last one is left at a place, and the nearest one within. */
static inline float left_at(float place, float last, float *nearest)
{
    *nearest = bounded(0, last, place);
    float left = 1 - fabsf(place - *nearest);
    return left > 0 ? left : 0;
}

/* Draws what of a row lies within the picture, of which `places` tell, into a row of the canvas. Over the last sample
 * beyond its edges it gives way to what is there, as with cv2.BORDER_TRANSPARENT. */
static void lay_row(const Samples *fine, const Places *places, float x, float y, uint8_t *canvas, int32_t count)
{
    float across[PIXELS_AT_ONCE], down[PIXELS_AT_ONCE];
    float right = (float)(fine->width - 2), bottom = (float)(fine->height - 2);
    int32_t shares[PIXELS_AT_ONCE];
    uint8_t pixels[4 * PIXELS_AT_ONCE];
    for (int32_t i = 0; i < count; i++) {
        float column = between(places->x[i], places->next_x[i], places->share) + x;
        float row = between(places->y[i], places->next_y[i], places->share) + y;
        shares[i] = of_256(left_at(column, right, across + i) * left_at(row, bottom, down + i));
    }
    Span span = spanned(shares, 0, (Span){0, count});
    Places within = {across, down, across, down, 0};
    sample_row(fine, &within, span.first, span.end - span.first, pixels);
    for (int32_t i = span.first; i < span.end; i++) {
        uint32_t colour = colour_at(pixels, i - span.first);
        if (shares[i] > 0)
            set_colour(canvas, i, shares[i] == 256 ? colour : mixed(colour, colour_at(canvas, i), shares[i]));
    }
}

static void lay(const Samples *fine, const Field *field, float x, float y, uint8_t *canvas, ptrdiff_t canvas_width)
{
    Rows rows;
    for (ptrdiff_t column = 0; column < field->width; column += PIXELS_AT_ONCE) {
        rows.held[0] = rows.held[1] = -1;
        rows.first = field->x + column;
        rows.count = least(PIXELS_AT_ONCE, field->width - column);
        for (ptrdiff_t i = 0; i < field->height; i++) {
            Places places = places_of(field, i, &rows);
            lay_row(fine, &places, x, y, canvas + 4 * (i * canvas_width + column), (int32_t)rows.count);
        }
    }
}

/* lay_patch(patch (h, w, 4), h, w, x, y, field, fine (2 h, 2 w, 4), canvas (H, W, 4), W, row, column); a field is as
 * `native.Field` says.
 */
PyObject *lay_patch(PyObject *module, PyObject *arguments)
{
    Py_buffer patch, nodes, fine, canvas;
    Py_ssize_t height, width, canvas_width, row, column;
    Field field;
    float x, y;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*nnff(y*nnnnnnn)w*w*nnn", &patch, &height, &width, &x, &y, &nodes, &field.rows,
                          &field.columns, &field.step, &field.y, &field.x, &field.height, &field.width, &fine, &canvas,
                          &canvas_width, &row, &column))
        return NULL;
    field.nodes = nodes.buf;
    Py_BEGIN_ALLOW_THREADS;
    if (height > 1 && width > 1) {
        Samples samples = {fine.buf, (int32_t)(2 * width), (int32_t)(2 * height)};
        refine_patch(patch.buf, fine.buf, height, width);
        lay(&samples, &field, x, y, (uint8_t *)canvas.buf + 4 * (row * canvas_width + column), canvas_width);
    }
    Py_END_ALLOW_THREADS;
    PyBuffer_Release(&patch);
    PyBuffer_Release(&nodes);
    PyBuffer_Release(&fine);
    PyBuffer_Release(&canvas);
    Py_RETURN_NONE;
}
