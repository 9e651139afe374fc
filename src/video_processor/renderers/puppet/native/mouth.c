/* The inside of the mouth. */
#include "patches.h"
#include "softness.h"

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

/* The texture between its samples, 0 a sample beyond it; `x` and `y` are above -1 and below its size. */
static inline void sampled(const Layer *layer, float x, float y, float colour[4])
{
    int column = (int)(x + 1) - 1, row = (int)(y + 1) - 1;
    int left = column < 0 ? 0 : column, end = column + 1 < layer->columns ? column + 1 : column;
    int top = row < 0 ? 0 : row, bottom = row + 1 < layer->rows ? row + 1 : row;
    float right = x - (float)column, low = y - (float)row, first = column < 0 ? 0 : 1 - right, upper = row < 0 ? 0 : 1 - low;
    right = end == column ? 0 : right, low = bottom == row ? 0 : low;
    const float *line = (const float *)layer->texture.buf + 4 * top * layer->columns;
    const float *under = (const float *)layer->texture.buf + 4 * bottom * layer->columns;
    for (int k = 0; k < 4; k++)
        colour[k] = upper * (first * line[4 * left + k] + right * line[4 * end + k]) +
                    low * (first * under[4 * left + k] + right * under[4 * end + k]);
}

static inline void lay_sample(const Layer *layer, const float sample[4], float alpha, float colour[3])
{
    for (int k = 0; k < 3; k++)
        colour[k] += alpha * (sample[k] * layer->light[k] + layer->dark[k] - colour[k]);
}

/* The first layer goes on past its edges, the others end there. */
static void layered(const Inside *inside, float x, float y, float colour[3])
{
    for (int i = 0; i < inside->count; i++) {
        const Layer *layer = inside->layers + i;
        float u = layer->ax * x + layer->bx * y + layer->cx, v = layer->ay * x + layer->by * y + layer->cy;
        float sample[4];
        if (i == 0) {
            u = between(u, 0, (float)(layer->columns - 1)), v = between(v, 0, (float)(layer->rows - 1));
            colour[0] = colour[1] = colour[2] = 0;
        } else if (!(u > -1 && u < (float)layer->columns && v > -1 && v < (float)layer->rows)) {
            continue;
        }
        sampled(layer, u, v, sample);
        lay_sample(layer, sample, i == 0 ? 1 : sample[3] * layer->strength, colour);
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
        Taps wide = box_taps((int)between(inside->lip.inward_reach, 1, MOST_TAPS));
        blur(mask, inside->shape, &wide, scratch, spare);
        for (Py_ssize_t i = 0; i < pixels; i++)
            cover[i] = between(inside->lip.inward * spare[i], cover[i], 1);
    }
}

/* `within`: how deep each pixel lies in the opening; `dark`: 0 where the lips' inner skin is, or NULL. */
static void paint(const Inside *inside, const float *cover, const float *within, const float *dark, float *colours)
{
    const Lip *lip = &inside->lip;
    Py_ssize_t i = 0;
    for (Py_ssize_t y = 0; y < inside->shape.height; y++) {
        for (Py_ssize_t x = 0; x < inside->shape.width; x++, i++) {
            float *colour = colours + 3 * i;
            colour[0] = colour[1] = colour[2] = 0;
            if (!(cover[i] >= LEAST_COVER))
                continue;
            layered(inside, (float)x, (float)y, colour);
            float shade = lip->deepest + (1 - lip->deepest) * between(within[i] / lip->shadow_reach, 0, 1);
            for (int k = 0; k < 3; k++) {
                float lit = colour[k] * shade;
                colour[k] = dark ? lip->rim[k] + dark[i] * (lit - lip->rim[k]) : lit;
            }
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
