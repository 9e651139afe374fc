/* The inside of the mouth. */
#include "patches.h"
#include "softness.h"

#include <string.h>

enum { MOST_LAYERS = 4 };

static const float LEAST_COVER = 0.5f / 255;

/* A texture (rows, columns, 4) of colours 0..255 and alpha 0..1, lit, at `a x + b y + c` for the pixel (x, y). */
typedef struct {
    Py_buffer texture;
    Py_ssize_t rows, columns;
    float ax, bx, cx, ay, by, cy;
    float light[3], dark[3], strength;
} Layer;

typedef struct {
    float softness, inward, inward_reach, shadow_reach, deepest, rim_softness;
    float rim[3];
} Lip;

typedef struct {
    const uint8_t *hole, *round;
    Shape shape;
    Lip lip;
    const Layer *layers;
    int count;
} Inside;

/* Lays the texture between its samples over `colour`; a sample beyond it is 0. `x` and `y` are above -1, and one more
 * than them, which may be rounded up, less than one more than its size. Where `alpha` is below 0 it is the texture's own.
 */
static inline void lay_sample(const Layer *layer, float x, float y, float alpha, float colour[3])
{
    int column = (int)(x + 1) - 1, row = (int)(y + 1) - 1;
    int left = column < 0 ? 0 : column, end = column + 1 < layer->columns ? column + 1 : column;
    int top = row < 0 ? 0 : row, bottom = row + 1 < layer->rows ? row + 1 : row;
    float right = end == column ? 0 : x - (float)column, first = column < 0 ? 0 : 1 - (x - (float)column);
    float under = bottom == row ? 0 : y - (float)row, over = row < 0 ? 0 : 1 - (y - (float)row);
    const float *upper = (const float *)layer->texture.buf + 4 * top * layer->columns;
    const float *lower = (const float *)layer->texture.buf + 4 * bottom * layer->columns;
    const float *a = upper + 4 * left, *b = upper + 4 * end, *c = lower + 4 * left, *d = lower + 4 * end;
    float wa = over * first, wb = over * right, wc = under * first, wd = under * right;
    if (alpha < 0)
        alpha = layer->strength * (wa * a[3] + wb * b[3] + wc * c[3] + wd * d[3]);
    for (int k = 0; alpha > 0 && k < 3; k++) {
        float lit = (wa * a[k] + wb * b[k] + wc * c[k] + wd * d[k]) * layer->light[k] + layer->dark[k];
        colour[k] += alpha * (lit - colour[k]);
    }
}

/* The first layer goes on past its edges, the others end there. */
static inline void layered(const Inside *inside, float x, float y, float colour[3])
{
    for (int i = 0; i < inside->count; i++) {
        const Layer *layer = inside->layers + i;
        float u = layer->ax * x + layer->bx * y + layer->cx, v = layer->ay * x + layer->by * y + layer->cy;
        if (i == 0)
            lay_sample(layer, clamped(u, 0, (float)(layer->columns - 1)), clamped(v, 0, (float)(layer->rows - 1)), 1,
                       colour);
        else if (u > -1 && u + 1 < (float)(layer->columns + 1) && v > -1 && v + 1 < (float)(layer->rows + 1))
            lay_sample(layer, u, v, -1, colour);
    }
}

/* How much of the inside shows: all of it in the opening, its shade on the lips beside. Leaves the mask in `mask`. */
static void find_cover(const Inside *inside, uint8_t *mask, float *scratch, float *spare, float *cover)
{
    Py_ssize_t pixels = inside->shape.height * inside->shape.width;
    Taps soft = gaussian_taps(inside->lip.softness);
    for (Py_ssize_t i = 0; i < pixels; i++)
        mask[i] = inside->hole[i] > inside->round[i] ? inside->hole[i] : inside->round[i];
    blur(mask, inside->shape, &soft, scratch, cover);
    if (inside->lip.inward > 0) {
        Taps wide = box_taps((int)clamped(inside->lip.inward_reach, 1, MOST_TAPS));
        blur(mask, inside->shape, &wide, scratch, spare);
        for (Py_ssize_t i = 0; i < pixels; i++)
            cover[i] = clamped(inside->lip.inward * spare[i], cover[i], 1);
    }
}

/* `within`: how deep each pixel lies in the opening; `dark`: 0 where the lips' inner skin is, or NULL. */
static void paint(const Inside *inside, const float *cover, const float *within, const float *dark, float *colours)
{
    const Lip lip = inside->lip;
    Py_ssize_t height = inside->shape.height, width = inside->shape.width, i = 0;
    for (Py_ssize_t y = 0; y < height; y++) {
        for (Py_ssize_t x = 0; x < width; x++, i++) {
            float colour[3] = {0, 0, 0};
            if (cover[i] >= LEAST_COVER) {
                float shade = lip.deepest + (1 - lip.deepest) * clamped(within[i] / lip.shadow_reach, 0, 1);
                float share = dark ? dark[i] : 1;
                layered(inside, (float)x, (float)y, colour);
                for (int k = 0; k < 3; k++)
                    colour[k] = lip.rim[k] + share * (colour[k] * shade - lip.rim[k]);
            }
            memcpy(colours + 3 * i, colour, sizeof colour);
        }
    }
}

static int draw(const Inside *inside, float *colours, float *cover)
{
    size_t pixels = (size_t)(inside->shape.height * inside->shape.width);
    float *within = PyMem_RawMalloc((2 * pixels + scratch_floats(inside->shape)) * sizeof(float) + pixels);
    if (!within)
        return -1;
    float *dark = within + pixels, *scratch = dark + pixels;
    uint8_t *mask = (uint8_t *)(scratch + scratch_floats(inside->shape));
    int rimmed = inside->hole != inside->round;
    find_cover(inside, mask, scratch, within, cover);
    depth_within(mask, inside->shape, scratch, within);
    if (rimmed) {
        Taps soft = gaussian_taps(inside->lip.rim_softness);
        blur(inside->round, inside->shape, &soft, scratch, dark);
    }
    paint(inside, cover, within, rimmed ? dark : NULL, colours);
    PyMem_RawFree(within);
    return 0;
}

/* The way back of an affine map of a texture's samples to pixels. */
static void invert(Layer *layer, const double map[6])
{
    double area = map[0] * map[4] - map[1] * map[3], k = area != 0 ? 1 / area : 0;
    layer->ax = (float)(map[4] * k), layer->bx = (float)(-map[1] * k);
    layer->ay = (float)(-map[3] * k), layer->by = (float)(map[0] * k);
    layer->cx = (float)((map[1] * map[5] - map[4] * map[2]) * k);
    layer->cy = (float)((map[3] * map[2] - map[0] * map[5]) * k);
}

/* From (texture, rows, columns, map (6), light (3), dark (3), strength). */
static int read_layer(PyObject *item, Layer *layer)
{
    double m[6];
    float *light = layer->light, *dark = layer->dark;
    if (!PyArg_ParseTuple(item, "y*nn(dddddd)(fff)(fff)f", &layer->texture, &layer->rows, &layer->columns, m, m + 1,
                          m + 2, m + 3, m + 4, m + 5, light, light + 1, light + 2, dark, dark + 1, dark + 2,
                          &layer->strength))
        return -1;
    invert(layer, m);
    return 0;
}

static int read_layers(PyObject *items, Layer *layers)
{
    int count = 0;
    while (count < MOST_LAYERS && count < PyTuple_GET_SIZE(items)) {
        if (read_layer(PyTuple_GET_ITEM(items, count), layers + count) < 0)
            break;
        count++;
    }
    return count;
}

/* mouth_inside(hole (h, w), round (h, w), h, w, layers, lip (6), rim (3), colours (h, w, 3), cover (h, w)) */
PyObject *mouth_inside(PyObject *module, PyObject *arguments)
{
    Py_buffer hole, round, colours, cover;
    PyObject *items;
    Layer layers[MOST_LAYERS];
    Inside inside = {.layers = layers};
    Lip *lip = &inside.lip;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*y*nnO!(ffffff)(fff)w*w*", &hole, &round, &inside.shape.height,
                          &inside.shape.width, &PyTuple_Type, &items, &lip->softness, &lip->inward, &lip->inward_reach,
                          &lip->shadow_reach, &lip->deepest, &lip->rim_softness, lip->rim, lip->rim + 1, lip->rim + 2,
                          &colours, &cover))
        return NULL;
    int failed = 0;
    inside.hole = hole.buf, inside.round = round.buf;
    inside.count = read_layers(items, layers);
    if (!PyErr_Occurred()) {
        Py_BEGIN_ALLOW_THREADS;
        failed = draw(&inside, colours.buf, cover.buf);
        Py_END_ALLOW_THREADS;
    }
    for (int i = 0; i < inside.count; i++)
        PyBuffer_Release(&layers[i].texture);
    PyBuffer_Release(&hole), PyBuffer_Release(&round), PyBuffer_Release(&colours), PyBuffer_Release(&cover);
    if (failed)
        return PyErr_NoMemory();
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}
