/* The outline of the opening between two lips, and where the sheets of skin part. */
#include "patches.h"

#include <stdint.h>

/* Lines of points (x, y) across the face; in the round the dark has `count` of them on each edge. */
typedef struct {
    const float *upper, *lower;
    const float *places, *ellipse; /* -1 at the first corner to 1 at the last, and how far its edge is from the axis */
    Py_ssize_t length, count;
    float down_x, down_y, wide, flat, arched;
} Opening;

static inline float across(const Opening *opening, const float *point)
{
    return point[0] * opening->down_y - point[1] * opening->down_x;
}

static inline float depth(const Opening *opening, const float *point)
{
    return point[0] * opening->down_x + point[1] * opening->down_y;
}

static inline float eased(float low, float high, float value)
{
    float t = clamped((value - low) / (high - low), 0, 1);
    return t * t * (3 - 2 * t);
}

/* How deep a line is where it is `place` across; flat past its ends. */
static float depth_at(const Opening *opening, const float *line, float place, Py_ssize_t *segment)
{
    Py_ssize_t last = opening->length - 1, i = *segment;
    while (i < last - 1 && across(opening, line + 2 * (i + 1)) <= place)
        i++;
    *segment = i;
    const float *start = line + 2 * i, *end = start + 2;
    float first = across(opening, start), way = across(opening, end) - first;
    float share = clamped(way > 0 ? (place - first) / way : 0, 0, 1);
    return depth(opening, start) + share * (depth(opening, end) - depth(opening, start));
}

static inline float along(const float ends[2], float place)
{
    return ends[0] + (ends[1] - ends[0]) * (place + 1) / 2;
}

/* Draws an edge towards half an ellipse about the axis from corner to corner, as high as fits it best. */
static void round_edge(const Opening *opening, const float *line, const float places[2], const float depths[2],
                       Py_ssize_t step, float *edge)
{
    Py_ssize_t segment = 0;
    float sum = 0, squares = 0;
    for (Py_ssize_t i = 0; i < opening->count; i++) {
        float place = along(places, opening->places[i]), ellipse = opening->ellipse[i];
        float away = depth_at(opening, line, place, &segment) - along(depths, opening->places[i]);
        edge[2 * step * i] = place, edge[2 * step * i + 1] = away;
        sum += away * ellipse, squares += ellipse * ellipse;
    }
    float height = sum / squares, share = opening->wide;
    if (line == opening->upper)
        share *= eased(opening->flat, opening->arched, -height);
    for (Py_ssize_t i = 0; i < opening->count; i++) {
        float *point = edge + 2 * step * i, place = point[0], away = point[1];
        float down = along(depths, opening->places[i]) + away + share * (height * opening->ellipse[i] - away);
        point[0] = place * opening->down_y + down * opening->down_x;
        point[1] = down * opening->down_y - place * opening->down_x;
    }
}

static void round_both(const Opening *opening, float *ring)
{
    float places[2], depths[2];
    for (int i = 0; i < 2; i++) {
        const float *upper = opening->upper + (i ? 2 * (opening->length - 1) : 0);
        const float *lower = opening->lower + (i ? 2 * (opening->length - 1) : 0);
        places[i] = 0.5f * (across(opening, upper) + across(opening, lower));
        depths[i] = 0.5f * (depth(opening, upper) + depth(opening, lower));
    }
    round_edge(opening, opening->upper, places, depths, 1, ring);
    round_edge(opening, opening->lower, places, depths, -1, ring + 4 * opening->count - 2);
}

/* round_opening(upper (n, 2), lower (n, 2), n, (down), wide, (flat, arched), places (m,), ellipse (m,), m,
 *               ring (2 m, 2)) */
PyObject *round_opening(PyObject *module, PyObject *arguments)
{
    Py_buffer upper, lower, places, ellipse, ring;
    Opening opening;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*y*n(ff)f(ff)y*y*nw*", &upper, &lower, &opening.length, &opening.down_x,
                          &opening.down_y, &opening.wide, &opening.flat, &opening.arched, &places, &ellipse,
                          &opening.count, &ring))
        return NULL;
    opening.upper = upper.buf, opening.lower = lower.buf, opening.places = places.buf, opening.ellipse = ellipse.buf;
    round_both(&opening, ring.buf);
    PyBuffer_Release(&upper), PyBuffer_Release(&lower), PyBuffer_Release(&places), PyBuffer_Release(&ellipse);
    PyBuffer_Release(&ring);
    return Py_NewRef(Py_None);
}

/* The smallest and the largest of two sums of the coordinates of each point, `turn` (2, 2) their weights. */
static void span(const float *points, Py_ssize_t count, const float turn[4], float least[2], float most[2])
{
    for (Py_ssize_t i = 0; i < count; i++) {
        for (int k = 0; k < 2; k++) {
            float sum = points[2 * i] * turn[k] + points[2 * i + 1] * turn[2 + k];
            least[k] = i == 0 || sum < least[k] ? sum : least[k];
            most[k] = i == 0 || sum > most[k] ? sum : most[k];
        }
    }
}

/* extent(points (n, 2), n, (turn (4))): ((least), (most)) */
PyObject *extent(PyObject *module, PyObject *arguments)
{
    Py_buffer points;
    Py_ssize_t count;
    float turn[4], least[2] = {0, 0}, most[2] = {0, 0};
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*n(ffff)", &points, &count, turn, turn + 1, turn + 2, turn + 3))
        return NULL;
    span(points.buf, count, turn, least, most);
    PyBuffer_Release(&points);
    return Py_BuildValue("(ff)(ff)", least[0], least[1], most[0], most[1]);
}

static void put(int32_t *ring, float x, float y)
{
    float way[2] = {clamped(16 * x, -1e9f, 1e9f), clamped(16 * y, -1e9f, 1e9f)};
    for (int k = 0; k < 2; k++)
        ring[k] = (int32_t)(way[k] + (way[k] < 0 ? -0.5f : 0.5f));
}

/* The seam, then its end far aside, what lies far below both of its ends, and its beginning far aside; in sixteenths. */
static void draw_seam(const float *upper, const float *lower, Py_ssize_t length, const float side[2],
                      const float down[2], float far, int32_t *ring)
{
    float x = 0, y = 0, first[2] = {0, 0}, aside[2] = {far * side[0], far * side[1]};
    for (Py_ssize_t i = 0; i < length; i++, upper += 2, lower += 2, ring += 2) {
        float lap = (upper[0] - lower[0]) * down[0] + (upper[1] - lower[1]) * down[1];
        lap = lap > 0 ? 0.5f * lap : 0;
        x = lower[0] + lap * down[0], y = lower[1] + lap * down[1];
        if (i == 0)
            first[0] = x, first[1] = y;
        put(ring, x, y);
    }
    put(ring, x + aside[0], y + aside[1]);
    put(ring + 2, x + aside[0] + far * down[0], y + aside[1] + far * down[1]);
    put(ring + 4, first[0] - aside[0] + far * down[0], first[1] - aside[1] + far * down[1]);
    put(ring + 6, first[0] - aside[0], first[1] - aside[1]);
}

/* seam(upper (n, 2), lower (n, 2), n, (sideways), (down), far, ring (n + 4, 2)) */
PyObject *seam(PyObject *module, PyObject *arguments)
{
    Py_buffer upper, lower, ring;
    Py_ssize_t length;
    float side[2], down[2], far;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*y*n(ff)(ff)fw*", &upper, &lower, &length, side, side + 1, down, down + 1, &far,
                          &ring))
        return NULL;
    draw_seam(upper.buf, lower.buf, length, side, down, far, ring.buf);
    PyBuffer_Release(&upper), PyBuffer_Release(&lower), PyBuffer_Release(&ring);
    return Py_NewRef(Py_None);
}
