/* The outline of the opening between two lips. */
#include "patches.h"

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
