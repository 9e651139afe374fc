/* The lower sheet of skin, and the folds at the corners of the mouth made flat. */
#include "sampling.h"

enum { AT_ONCE = 64 };

static const float LEAST_SHARE = 0.5f / 255, ALL_SHARE = 254.5f / 255;

/* The field `nodes` (rows, columns, 2) of a grid with cells of `step` pixels, from the pixel (`y`, `x`) of it on. */
typedef struct {
    const float *nodes;
    Py_ssize_t rows, columns, step, y, x;
} Field;

/* How much lighter the skin of a corner is when it is flat, from (`x`, `y`) of the picture on. */
typedef struct {
    Field field;
    Picture lighter;
    float fineness, x, y, strength;
} Fold;

static inline float node_of(Py_ssize_t pixel, float cells, Py_ssize_t count)
{
    return between(((float)pixel + 0.5f) * cells - 0.5f, 0, (float)(count - 1));
}

/* The field at the pixels from `first` to before `end` of row `y`, into `places` (end - first, 2). */
static void places_of_row(const Field *field, Py_ssize_t y, Py_ssize_t first, Py_ssize_t end, float *places)
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

static inline void lay_over(uint8_t *pixel, const uint8_t *colour, float share)
{
    if (!(share < ALL_SHARE)) {
        memcpy(pixel, colour, 4);
        return;
    }
    for (int k = 0; k < 4; k++)
        pixel[k] = (uint8_t)(int)((float)pixel[k] + share * (float)(colour[k] - pixel[k]) + 0.5f);
}

/* Within one row, from `first` to before `end`, at most AT_ONCE pixels. */
static void lay_run(uint8_t *pixels, const float *share, const Field *field, const Picture *texture, Py_ssize_t y,
                    Py_ssize_t first, Py_ssize_t end)
{
    const Picture picture = *texture;
    float places[2 * AT_ONCE], *place = places;
    while (first < end && !(share[first] >= LEAST_SHARE))
        first++;
    while (first < end && !(share[end - 1] >= LEAST_SHARE))
        end--;
    places_of_row(field, y, first, end, places);
    for (Py_ssize_t x = first; x < end; x++, place += 2) {
        uint8_t sample[4];
        if (!(share[x] >= LEAST_SHARE))
            continue;
        sampled(picture, place[0], place[1], sample);
        lay_over(pixels + 4 * x, sample, share[x]);
    }
}

static void lay_sheet(const Patch *face, const Patch *share, const Field *field, const Picture *texture)
{
    for (Py_ssize_t y = 0; y < face->height; y++)
        for (Py_ssize_t x = 0; x < face->width; x += AT_ONCE)
            lay_run(row_of(face, y), row_of(share, y), field, texture, y, x,
                    x + AT_ONCE < face->width ? x + AT_ONCE : face->width);
}

/* Adds `strength` of what `lighter` has to where the two sheets at their places show it; 0 past its edges. */
static void lighten_run(uint8_t *pixels, const float *above, const float *share, const Fold *fold, Py_ssize_t y,
                        Py_ssize_t first, Py_ssize_t end)
{
    float places[2 * AT_ONCE], *below = places;
    const Picture lighter = fold->lighter;
    places_of_row(&fold->field, y, first, end, places);
    for (Py_ssize_t x = first; x < end; x++, below += 2) {
        float u = (above[2 * x] + share[x] * (below[0] - above[2 * x])) * fold->fineness - fold->x;
        float v = (above[2 * x + 1] + share[x] * (below[1] - above[2 * x + 1])) * fold->fineness - fold->y;
        uint8_t sample[4];
        if (!(u >= 0 && v >= 0 && u <= (float)(lighter.columns - 1) && v <= (float)(lighter.rows - 1)))
            continue;
        sampled(lighter, u, v, sample);
        for (int k = 0; k < 3; k++)
            pixels[4 * x + k] = (uint8_t)between((float)pixels[4 * x + k] + fold->strength * (float)sample[k] + 0.5f, 0, 255);
    }
}

static void lighten(const Patch *face, const Patch *above, const Patch *share, const Fold *fold)
{
    for (Py_ssize_t y = 0; y < face->height; y++)
        for (Py_ssize_t x = 0; x < face->width; x += AT_ONCE)
            lighten_run(row_of(face, y), row_of(above, y), row_of(share, y), fold, y, x,
                        x + AT_ONCE < face->width ? x + AT_ONCE : face->width);
}

/* lower_sheet(face (h, w, 4), share (h, w), (nodes, rows, columns, step, y, x), (texture, rows, columns)) */
PyObject *lower_sheet(PyObject *module, PyObject *arguments)
{
    PyObject *objects[2];
    Py_buffer nodes, picture;
    Patch patches[2];
    Field field;
    Picture texture;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OO(y*nnnnn)(y*nn)", objects, objects + 1, &nodes, &field.rows, &field.columns,
                          &field.step, &field.y, &field.x, &picture, &texture.rows, &texture.columns))
        return NULL;
    int failed = read_patches(objects, (Py_ssize_t[]){4, 4}, 2, patches);
    if (!failed) {
        field.nodes = nodes.buf, texture.pixels = picture.buf;
        Py_BEGIN_ALLOW_THREADS;
        lay_sheet(patches, patches + 1, &field, &texture);
        Py_END_ALLOW_THREADS;
        release_patches(patches, 2);
    }
    PyBuffer_Release(&nodes), PyBuffer_Release(&picture);
    return failed ? NULL : Py_NewRef(Py_None);
}

/* flat_fold(face (h, w, 4), above (h, w, 2), share (h, w), (nodes, rows, columns, step, y, x),
 *           (lighter, rows, columns), fineness, x, y, strength) */
PyObject *flat_fold(PyObject *module, PyObject *arguments)
{
    PyObject *objects[3];
    Py_buffer nodes, picture;
    Patch patches[3];
    Fold fold;
    Field *field = &fold.field;
    Picture *lighter = &fold.lighter;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OOO(y*nnnnn)(y*nn)ffff", objects, objects + 1, objects + 2, &nodes, &field->rows,
                          &field->columns, &field->step, &field->y, &field->x, &picture, &lighter->rows,
                          &lighter->columns, &fold.fineness, &fold.x, &fold.y, &fold.strength))
        return NULL;
    int failed = read_patches(objects, (Py_ssize_t[]){4, 8, 4}, 3, patches);
    if (!failed) {
        field->nodes = nodes.buf, lighter->pixels = picture.buf;
        Py_BEGIN_ALLOW_THREADS;
        lighten(patches, patches + 1, patches + 2, &fold);
        Py_END_ALLOW_THREADS;
        release_patches(patches, 3);
    }
    PyBuffer_Release(&nodes), PyBuffer_Release(&picture);
    return failed ? NULL : Py_NewRef(Py_None);
}
