/* An eye's patch with lids and iris moved. */
#include "kernels.h"

#include <math.h>

#include "bicubic.h"
#include "pixels.h"

#define FINENESS 2
#define CHUNK 128 /* pixels of a row at once */
#define UNCOVERED 0x00ffffffu
#define PRESSED 0.3f
#define SHADE 0.35f

/* How far an eye is from its look in the picture. `sink`: of the skin below, as `lower`; `lid`, `plain`: shares of the
 * upper lid's own skin and of a closed eye's; `turned`, `met`: of the lashes and the rim. */
typedef struct {
    float upper, lower, sink, iris_x, iris_y, lid, plain, turned, met;
} State;

/* `row`, `column`: where the patch begins in the whole eye's one. All but the axis in pixels. */
typedef struct {
    float row, column, down_x, down_y, iris_x, iris_y, iris_radius, lash, lash_edge, overlap;
} Measures;

typedef struct {
    const float *down, *upper, *lower, *cheek, *span, *way, *crisp, *within, *shown, *depth, *stretch;
} Maps;

typedef struct {
    const uint8_t *face, *eyeball, *closed;
} Layers;

typedef struct {
    Picture own, picture, lashes, ink, ball;
} Skins;

/* Places in a picture, in SUBPIXELS. */
typedef struct {
    int32_t x[CHUNK], y[CHUNK];
} Places;

/* What is worked out for the pixels of a row: shares of 256 of the eyeball, of the skin above, of the lid's own skin
 * and of the light on the ball; how far the upper lid comes down; how far, and from where, something has moved. */
typedef struct {
    int32_t ball[CHUNK], above[CHUNK], lid[CHUNK], light[CHUNK];
    float drop[CHUNK], shift[CHUNK];
    Places from;
} Row;

typedef struct {
    State state;
    Measures measures;
    Skins skins;
    Weights weights;
    uint32_t closed, turned, met;
    float x, y;
} Eye;

static inline float eased(float low, float high, float x)
{
    float t = clipped((x - low) * (1 / (high - low)));
    return t * t * (3 - 2 * t);
}

static Maps maps_from(const float *maps, ptrdiff_t size, ptrdiff_t first)
{
    const float *m = maps + first;
    return (Maps){m,           m + size,     m + 2 * size, m + 3 * size, m + 4 * size, m + 5 * size,
                  m + 6 * size, m + 7 * size, m + 8 * size, m + 9 * size, m + 10 * size};
}

static void find_edges(const Eye *eye, const Maps *maps, Row *restrict row, Span span)
{
    float upper = eye->state.upper, lower = eye->state.lower, level = 0.5f - eye->state.met, lid = eye->state.lid;
    float overlap = upper > 0 ? eye->measures.overlap : 0, edge = upper > 0 ? eye->measures.lash_edge : 0;
    float lash = 1 / eye->measures.lash;
    const float *way = upper > 0 ? maps->way : maps->span;
    for (int32_t i = span.first; i < span.end; i++) {
        float drop = way[i] * upper, down = maps->down[i];
        float top = maps->upper[i] + drop, bottom = maps->lower[i] - maps->span[i] * lower;
        float line = top + edge * eased(0.02f, 0.25f, drop * lash);
        float over = down - line, under = bottom - down;
        row->drop[i] = drop;
        row->lid[i] = of_256(maps->shown[i] * lid);
        row->ball[i] = of_256(clipped((over < under ? over : under) + level) * maps->within[i]);
        row->above[i] = of_256(clipped(((top + bottom) * 0.5f - down + overlap) * maps->crisp[i] + 0.5f));
    }
}

static void shade_ball(const Eye *eye, const Maps *maps, Row *restrict row, Span span)
{
    float lash = eye->measures.lash;
    float reach = 1 / (2.2f * lash > 1 ? 2.2f * lash : 1), way = 1 / (2 * lash > 1 ? 2 * lash : 1);
    for (int32_t i = span.first; i < span.end; i++) {
        float depth = (maps->down[i] - maps->upper[i] - row->drop[i]) * reach;
        row->light[i] = of_256(1 - SHADE * clipped(row->drop[i] * way) * clipped(1 - depth));
    }
}

/* Past the edges of a picture of that size it goes on. */
static inline int32_t nearest_place(float x, uint32_t size)
{
    return (int32_t)(bounded(0, (float)(int32_t)(size - 1), x) * SUBPIXELS + 0.5f);
}

/* Past the edges it is mirrored. */
static inline int32_t mirrored_place(float x, uint32_t size)
{
    float last = (float)(int32_t)(size - 1), place = last - fabsf(last - fabsf(x));
    return (int32_t)((place > 0 ? place : 0) * SUBPIXELS + 0.5f);
}

static void turn_ball(const Eye *eye, Row *restrict row, Span span)
{
    float dx = eye->state.iris_x, dy = eye->state.iris_y, radius = eye->measures.iris_radius;
    float y = eye->y - eye->measures.iris_y - dy;
    for (int32_t i = span.first; i < span.end; i++) {
        float x = eye->x + (float)i - eye->measures.iris_x - dx;
        float follow = 1 - eased(1.15f * radius, 3 * radius, sqrtf(x * x + y * y));
        row->from.x[i] = nearest_place((eye->x + (float)i - dx * follow) * FINENESS, eye->skins.ball.width);
        row->from.y[i] = nearest_place((eye->y - dy * follow) * FINENESS, eye->skins.ball.height);
    }
}

static void lower_skin(const Maps *maps, Row *restrict row, Span span)
{
    for (int32_t i = span.first; i < span.end; i++) {
        float stretch = maps->stretch[i], depth = maps->depth[i], drop = row->drop[i];
        float root = sqrtf(stretch * stretch + 4 * drop * depth);
        float shift = depth * (2 * stretch / (stretch + root) - 1);
        row->shift[i] = shift > -drop ? shift : -drop;
    }
}

static void raise_skin(const Maps *maps, Row *restrict row, Span span)
{
    for (int32_t i = span.first; i < span.end; i++) {
        float stretch = maps->stretch[i], drop = row->drop[i];
        float pressed = stretch + drop > PRESSED * stretch ? stretch + drop : PRESSED * stretch;
        float shift = maps->depth[i] * (stretch / pressed - 1);
        row->shift[i] = shift < -drop ? shift : -drop;
    }
}

static void lift_cheek(const Eye *eye, const Maps *maps, Row *restrict row, Span span)
{
    for (int32_t i = span.first; i < span.end; i++) {
        float lift = maps->span[i] * eye->state.sink, height = maps->cheek[i] - maps->lower[i] + lift;
        float sink = clipped((maps->cheek[i] - maps->down[i]) / (height > 1 ? height : 1));
        row->shift[i] = lift * sink * sqrtf(sink);
    }
}

/* Where what moves against a row's shifts was. */
static void find_skin(const Eye *eye, Row *restrict row, Span span)
{
    float down_x = eye->measures.down_x, down_y = eye->measures.down_y;
    for (int32_t i = span.first; i < span.end; i++) {
        row->from.x[i] = mirrored_place(eye->x + (float)i + row->shift[i] * down_x, eye->skins.own.width);
        row->from.y[i] = mirrored_place(eye->y + row->shift[i] * down_y, eye->skins.own.height);
    }
}

static void find_lashes(const Eye *eye, Row *restrict row, Span span)
{
    float down_x = eye->measures.down_x, down_y = eye->measures.down_y;
    for (int32_t i = span.first; i < span.end; i++) {
        row->from.x[i] = nearest_place(eye->x + (float)i - row->drop[i] * down_x, eye->skins.ink.width);
        row->from.y[i] = nearest_place(eye->y - row->drop[i] * down_y, eye->skins.ink.height);
    }
}

static void draw_above(const Eye *eye, const Maps *maps, const Layers *layers, Row *row, uint8_t *patch, Span span)
{
    uint32_t closed = eye->closed;
    Span lid = closed < 256 ? spanned(row->lid, 0, span) : (Span){0, 0};
    if (eye->state.upper > 0)
        lower_skin(maps, row, lid);
    else
        raise_skin(maps, row, lid);
    find_skin(eye, row, lid);
    for (int32_t i = lid.first; i < lid.end; i++)
        if (row->lid[i] > 0 && row->above[i] > 0 && row->ball[i] < 256) {
            uint32_t skin = bilinear(&eye->skins.own, row->from.x[i], row->from.y[i]);
            set_colour(patch, i, mixed(skin, colour_at(patch, i), row->lid[i]));
        }
    if (closed > 0)
        for (int32_t i = span.first; i < span.end; i++)
            set_colour(patch, i, mixed(colour_at(layers->closed, i), colour_at(patch, i), closed));
}

/* What of a lower lid's skin may be seen; the picture already is there. */
static void draw_below(const Eye *eye, const Maps *maps, const Layers *layers, Row *row, uint8_t *patch, Span span)
{
    uint32_t met = eye->met;
    int sinks = eye->state.sink > 0 && met < 256, moved = sinks || met > 0 || eye->closed > 0;
    span = spanned(row->above, 256, span);
    if (sinks) {
        lift_cheek(eye, maps, row, span);
        find_skin(eye, row, span);
    }
    for (int32_t i = span.first; i < span.end; i++) {
        if (row->above[i] == 256 || row->ball[i] == 256 || !(moved || row->lid[i] > 0))
            continue;
        uint32_t skin = sinks ? cubic_at(eye->weights, &eye->skins.picture, row->from.x[i], row->from.y[i])
                              : colour_at(layers->face, i);
        if (met > 0)
            skin = mixed(colour_at(layers->closed, i), skin, met);
        set_colour(patch, i, mixed(colour_at(patch, i), skin, row->above[i]));
    }
}

static void draw_ball(const Eye *eye, const Maps *maps, const Layers *layers, Row *row, uint8_t *patch, Span span)
{
    int turns = eye->state.iris_x != 0 || eye->state.iris_y != 0, shaded = eye->state.upper > 0;
    span = spanned(row->ball, 0, span);
    if (turns)
        turn_ball(eye, row, span);
    if (shaded)
        shade_ball(eye, maps, row, span);
    for (int32_t i = span.first; i < span.end; i++) {
        uint32_t ball = turns ? bilinear(&eye->skins.ball, row->from.x[i], row->from.y[i])
                              : colour_at(layers->eyeball, i);
        if (shaded)
            ball = mixed(ball, 0, row->light[i]);
        set_colour(patch, i, mixed(ball, colour_at(patch, i), row->ball[i]));
    }
}

/* How much of each channel an ink leaves, of 255. */
static uint32_t inked(uint32_t colour, uint32_t ink)
{
    uint32_t result = 0;
    if (ink == 0xffffffffu)
        return colour;
    for (int shift = 0; shift < 32; shift += 8) {
        uint32_t product = (colour >> shift & 255) * (ink >> shift & 255) + 128;
        result |= (product + (product >> 8)) >> 8 << shift;
    }
    return result;
}

/* Lashes without their shadow leave all light wherever those with it do. */
static void draw_lashes(const Eye *eye, Row *row, uint8_t *patch, Span span)
{
    uint32_t met = eye->met;
    find_lashes(eye, row, span);
    for (int32_t i = span.first; i < span.end; i++) {
        uint32_t x = row->from.x[i], y = row->from.y[i];
        Corners dark = corners_at(&eye->skins.ink, x, y);
        if ((dark.above & dark.below) == UINT64_MAX)
            continue;
        uint32_t ink = met > 0 ? bilinear(&eye->skins.ink, x, y) : 0;
        if (met < 256)
            ink = mixed(ink, bilinear(&eye->skins.lashes, x, y), met);
        set_colour(patch, i, inked(colour_at(patch, i), mixed(ink, 0xffffffffu, eye->turned)));
    }
}

static void draw_row(const Eye *eye, const Maps *maps, const Layers *layers, uint8_t *patch, int32_t count)
{
    Row row;
    Span span = {0, count};
    find_edges(eye, maps, &row, span);
    memcpy(patch, layers->face, 4 * (size_t)count);
    draw_above(eye, maps, layers, &row, patch, span);
    draw_below(eye, maps, layers, &row, patch, span);
    draw_ball(eye, maps, layers, &row, patch, span);
    if (eye->turned > 0)
        draw_lashes(eye, &row, patch, span);
    for (int32_t i = 0; i < count; i++)
        set_colour(patch, i, (colour_at(patch, i) & UNCOVERED) | (colour_at(layers->face, i) & ~UNCOVERED));
}

static void draw_eye(Eye *eye, const float *maps, const uint8_t *layers, uint8_t *patch, ptrdiff_t height,
                     ptrdiff_t width)
{
    ptrdiff_t size = height * width;
    State *state = &eye->state;
    state->lid = clipped(state->lid), state->met = clipped(state->met);
    eye->closed = of_256(clipped(state->plain)), eye->turned = of_256(clipped(state->turned));
    eye->met = of_256(state->met);
    if (state->sink > 0)
        fill_weights(eye->weights);
    for (ptrdiff_t y = 0; y < height; y++)
        for (ptrdiff_t x = 0; x < width; x += CHUNK) {
            ptrdiff_t first = y * width + x;
            Maps here = maps_from(maps, size, first);
            Layers over = {layers + 4 * first, layers + 4 * (size + first), layers + 4 * (2 * size + first)};
            int32_t count = (int32_t)(width - x < CHUNK ? width - x : CHUNK);
            eye->x = eye->measures.column + (float)x;
            eye->y = eye->measures.row + (float)y;
            draw_row(eye, &here, &over, patch + 4 * first, count);
        }
}

static Skins skins_from(const uint8_t *skins, const uint8_t *ball, ptrdiff_t height, ptrdiff_t width)
{
    ptrdiff_t size = 4 * height * width;
    uint32_t rows = (uint32_t)height, columns = (uint32_t)width;
    Picture own = {skins, rows, columns, columns}, picture = {skins + size, rows, columns, columns};
    Picture lashes = {skins + 2 * size, rows, columns, columns}, ink = {skins + 3 * size, rows, columns, columns};
    Picture fine = {ball, 2 * rows - 1, 2 * columns - 1, 2 * columns - 1};
    return (Skins){own, picture, lashes, ink, fine};
}

/* drawn_eye(maps (11, h, w), layers (3, h, w, 4), h, w, skins (4, H, W, 4), ball (2 H - 1, 2 W - 1, 4), H, W,
 * measures, state, patch (h, w, 4)) */
PyObject *drawn_eye(PyObject *module, PyObject *arguments)
{
    Py_buffer maps, layers, skins, ball, patch;
    Py_ssize_t height, width, whole_height, whole_width;
    Eye eye;
    State *s = &eye.state;
    Measures *m = &eye.measures;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*y*nny*y*nn(ffffffffff)(fffffffff)w*", &maps, &layers, &height, &width, &skins,
                          &ball, &whole_height, &whole_width, &m->row, &m->column, &m->down_x, &m->down_y, &m->iris_x,
                          &m->iris_y, &m->iris_radius, &m->lash, &m->lash_edge, &m->overlap, &s->upper, &s->lower,
                          &s->sink, &s->iris_x, &s->iris_y, &s->lid, &s->plain, &s->turned, &s->met, &patch))
        return NULL;
    Py_BEGIN_ALLOW_THREADS;
    if (whole_height > 1 && whole_width > 1) {
        eye.skins = skins_from(skins.buf, ball.buf, whole_height, whole_width);
        draw_eye(&eye, maps.buf, layers.buf, patch.buf, height, width);
    }
    Py_END_ALLOW_THREADS;
    PyBuffer_Release(&maps);
    PyBuffer_Release(&layers);
    PyBuffer_Release(&skins);
    PyBuffer_Release(&ball);
    PyBuffer_Release(&patch);
    Py_RETURN_NONE;
}
