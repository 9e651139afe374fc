/* Where points of the turned head come to lie, and the lips with them. */
#include "head.h"
#include "kernels.h"

#include <stdint.h>

/* Where a point of the rigid head comes to lie. */
static void place(const View *view, const double *point, double *into)
{
    const double *turn = view->turn, *pivot = view->pivot, *shift = view->shift;
    double z = point[2] - pivot[2], away = 1 + z * (1 / view->camera);
    double x = (point[0] - pivot[0]) * away, y = (point[1] - pivot[1]) * away;
    double nearer = view->camera / (turn[6] * x + turn[7] * y + turn[8] * z + (shift[2] + view->camera));
    into[0] = pivot[0] + (turn[0] * x + turn[1] * y + turn[2] * z + shift[0]) * nearer;
    into[1] = pivot[1] + (turn[3] * x + turn[4] * y + turn[5] * z + shift[1]) * nearer;
}

/* placed(view (16,), points (n, 3), count, into (n, 2)), all float64 */
PyObject *placed(PyObject *module, PyObject *arguments)
{
    Py_buffer given[3];
    Py_ssize_t count;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*y*nw*", &given[0], &given[1], &count, &given[2]))
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++)
        place(given[0].buf, (const double *)given[1].buf + 3 * i, (double *)given[2].buf + 2 * i);
    release(given, 3);
    Py_RETURN_NONE;
}

/* Moves landmarks (marks, 3) by their rows of `moved`, and gives them the mixed depths of reliefs (k, marks). */
static void lead(double *led, Py_ssize_t marks, const int32_t *which, const float *moved, const float *depths,
                 const float *shares, Py_ssize_t reliefs)
{
    for (Py_ssize_t i = 0; i < marks; i++, led += 3) {
        float depth = 0;
        for (Py_ssize_t k = 0; k < reliefs; k++)
            depth += shares[k] * depths[k * marks + i];
        led[0] += moved[2 * which[i]], led[1] += moved[2 * which[i] + 1], led[2] = depth;
    }
}

/* Places points, each the sum of its `base` and its parts (narrow, and wider) in what is led. */
static void place_led(const View *view, const double *led, Py_ssize_t count, const double *narrow, const double *wider,
                      double wide, const double *base, double *into)
{
    double point[3] = {base[0], base[1], base[2]};
    for (Py_ssize_t i = 0; i < count; i++) {
        double part = narrow[i] + wide * wider[i];
        for (int k = 0; k < 3 && part != 0; k++)
            point[k] += part * led[3 * i + k];
    }
    place(view, point, into);
}

/* led(view, shares (k,), count, moved (landmarks, 2), which (marks,), depths (k, marks), marks, narrow (n, m),
 * wider (n, m), wide, base (n, 3), n, m, led (m, 3), into (n, 2)) */
PyObject *led(PyObject *module, PyObject *arguments)
{
    Py_buffer given[10];
    Py_ssize_t reliefs, marks, points, count;
    double wide;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*y*ny*y*y*ny*y*dy*nnw*w*", &given[0], &given[1], &reliefs, &given[2], &given[3],
                          &given[4], &marks, &given[5], &given[6], &wide, &given[7], &points, &count, &given[8],
                          &given[9]))
        return NULL;
    const double *narrow = given[5].buf, *wider = given[6].buf, *base = given[7].buf;
    double *into = given[9].buf;
    lead(given[8].buf, marks, given[3].buf, given[2].buf, given[4].buf, given[1].buf, reliefs);
    for (Py_ssize_t i = 0; i < points; i++)
        place_led(given[0].buf, given[8].buf, count, narrow + i * count, wider + i * count, wide, base + 3 * i,
                  into + 2 * i);
    release(given, 10);
    Py_RETURN_NONE;
}
