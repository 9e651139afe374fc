/* Where the nodes of the head's grid come from as it turns. */
#include "fields.h"
#include "head.h"

#include <math.h>

/* A node: its shift in cells, and the inverse Jacobian of the map that shifts; a round number of them. */
enum { X, Y, INVERSE, CHANNELS = 8 };

/* The head's grid, its `nodes` (rows, columns, CHANNELS), and the search for where they come from. */
typedef struct {
    Grid grid;
    Py_ssize_t steps;
    float close_enough, least_area, strayed;
    float least[2], most[2];
    float *nodes, *before, *missed;
} Search;

/* The `depth` of a row of nodes: a mixture of the reliefs. */
static void mix(const float *reliefs, Py_ssize_t size, const float *shares, Py_ssize_t count, Py_ssize_t columns,
                float *depth)
{
    for (Py_ssize_t c = 0; c < columns; c++)
        depth[c] = 0;
    for (Py_ssize_t k = 0; k < count; k++, reliefs += size) {
        float share = shares[k];
        for (Py_ssize_t c = 0; c < columns && share != 0; c++)
            depth[c] += reliefs[c] * share;
    }
}

/* How far a row of nodes at those depths moves (columns, 2), in cells, as far as the `reach` (columns, 2) lets it. */
static void shift_row(const Grid *grid, const View *view, Py_ssize_t row, const float *restrict depth,
                      const float *restrict reach, float *restrict shift)
{
    float turn[9], px = (float)view->pivot[0], py = (float)view->pivot[1], pz = (float)view->pivot[2];
    float camera = (float)view->camera, step = (float)grid->step, cell = 1 / step, recession = 1 / camera;
    float right = (float)view->shift[0], down = (float)view->shift[1], back = (float)(view->shift[2] + view->camera);
    float left = (float)grid->x - 0.5f + 0.5f * step, y = node_at(grid->y, grid->step, row);
    int columns = (int)grid->columns;
    for (int i = 0; i < 9; i++)
        turn[i] = (float)view->turn[i];
    for (int c = 0; c < columns; c++) {
        float x = left + (float)c * step, z = depth[c] - pz, away = 1 + z * recession;
        float u = (x - px) * away, v = (y - py) * away;
        float nearer = camera / (turn[6] * u + turn[7] * v + turn[8] * z + back);
        shift[2 * c] = (px + (turn[0] * u + turn[1] * v + turn[2] * z + right) * nearer - x) * (reach[2 * c] * cell);
        shift[2 * c + 1] =
            (py + (turn[3] * u + turn[4] * v + turn[5] * z + down) * nearer - y) * (reach[2 * c + 1] * cell);
    }
}

/* No offset is longer than the longest of the shifts (count, 2). */
static void find_ends(Search *search, const float *shift, Py_ssize_t count)
{
    for (int axis = 0; axis < 2; axis++) {
        float least = shift[axis], most = shift[axis];
        for (Py_ssize_t i = axis; i < 2 * count; i += 2) {
            least = shift[i] < least ? shift[i] : least;
            most = shift[i] > most ? shift[i] : most;
        }
        search->least[axis] = -most, search->most[axis] = -least;
    }
}

static inline float within(const Search *search, int axis, float offset)
{
    float more = offset > search->least[axis] ? offset : search->least[axis];
    return more < search->most[axis] ? more : search->most[axis];
}

/* Takes a row's shifts (columns, 2) down in its nodes. */
static void take_down(const float *shift, Py_ssize_t columns, float *node)
{
    for (Py_ssize_t c = 0; c < columns; c++, node += CHANNELS)
        node[X] = shift[2 * c], node[Y] = shift[2 * c + 1], node[CHANNELS - 2] = node[CHANNELS - 1] = 0;
}

/* Of a row of nodes the inverse Jacobians, by central differences, one-sided at the ends. */
static void invert_row(const Search *search, Py_ssize_t row)
{
    Py_ssize_t columns = search->grid.columns, stride = columns * CHANNELS;
    Py_ssize_t above = row > 0 ? -stride : 0, below = row + 1 < search->grid.rows ? stride : 0;
    float *node = search->nodes + row * stride, tall = above && below ? 0.5f : 1;
    for (Py_ssize_t c = 0; c < columns; c++, node += CHANNELS) {
        Py_ssize_t left = c > 0 ? -CHANNELS : 0, right = c + 1 < columns ? CHANNELS : 0;
        float wide = left && right ? 0.5f : 1;
        float xx = (node[right + X] - node[left + X]) * wide + 1, yx = (node[right + Y] - node[left + Y]) * wide;
        float xy = (node[below + X] - node[above + X]) * tall, yy = (node[below + Y] - node[above + Y]) * tall + 1;
        float area = xx * yy - xy * yx, scale = 1 / (area > search->least_area ? area : search->least_area);
        float *inverse = node + INVERSE;
        inverse[0] = yy * scale, inverse[1] = -xy * scale, inverse[2] = -yx * scale, inverse[3] = xx * scale;
    }
}

/* One step of Newton's method from the offset of a node on: the next, and by how much the last one misses. */
static inline float nearer(const Search *search, float column, float row, const float *offset, float *next)
{
    float here[CHANNELS];
    const float *inverse = here + INVERSE;
    look_up_eight(search->nodes, search->grid.columns, search->grid.rows, column + offset[0], row + offset[1], here);
    float x = offset[0] + here[X], y = offset[1] + here[Y];
    next[0] = within(search, 0, offset[0] - (inverse[0] * x + inverse[1] * y));
    next[1] = within(search, 1, offset[1] - (inverse[2] * x + inverse[3] * y));
    return fabsf(x) > fabsf(y) ? fabsf(x) : fabsf(y);
}

/* The offset at a node, how much the last step but one missed by, and what it had found. */
static void seek(const Search *search, Py_ssize_t column, Py_ssize_t row, float *offset)
{
    Py_ssize_t place = row * search->grid.columns + column;
    const float *node = search->nodes + place * CHANNELS, *inverse = node + INVERSE;
    float *before = search->before + 2 * place, miss = 0;
    offset[0] = offset[1] = before[0] = before[1] = 0;
    if (node[X] != 0 || node[Y] != 0) {
        offset[0] = within(search, 0, -(inverse[0] * node[X] + inverse[1] * node[Y]));
        offset[1] = within(search, 1, -(inverse[2] * node[X] + inverse[3] * node[Y]));
        for (Py_ssize_t step = 0; step < search->steps; step++) {
            before[0] = offset[0], before[1] = offset[1];
            miss = nearer(search, (float)column, (float)row, before, offset);
            if (miss < search->close_enough)
                break;
        }
    }
    search->missed[place] = miss;
}

/* The middle one of nine, which it sorts so far. */
static float median(float *values)
{
    for (int i = 1; i < 9; i++)
        for (int k = i; k > 0 && values[k - 1] > values[k]; k--) {
            float other = values[k];
            values[k] = values[k - 1], values[k - 1] = other;
        }
    return values[4];
}

/* A node whose search strayed goes with its neighbours. */
static void join(const Search *search, Py_ssize_t column, Py_ssize_t row, float *offset)
{
    Py_ssize_t columns = search->grid.columns, rows = search->grid.rows;
    for (int axis = 0; axis < 2; axis++) {
        float around[9];
        for (int i = 0; i < 9; i++) {
            Py_ssize_t r = row + i / 3 - 1, c = column + i % 3 - 1;
            r = r < 0 ? 0 : r < rows ? r : rows - 1, c = c < 0 ? 0 : c < columns ? c : columns - 1;
            around[i] = search->before[2 * (r * columns + c) + axis];
        }
        offset[axis] = median(around);
    }
}

static void search_all(const Search *search, float *offsets)
{
    Py_ssize_t columns = search->grid.columns, rows = search->grid.rows;
    for (Py_ssize_t row = 0; row < rows; row++)
        invert_row(search, row);
    for (Py_ssize_t row = 0; row < rows; row++)
        for (Py_ssize_t column = 0; column < columns; column++)
            seek(search, column, row, offsets + 2 * (row * columns + column));
    for (Py_ssize_t i = 0; i < rows * columns; i++) {
        if (search->missed[i] > search->strayed)
            join(search, i % columns, i / columns, offsets + 2 * i);
        offsets[2 * i] *= (float)search->grid.step, offsets[2 * i + 1] *= (float)search->grid.step;
    }
}

/* sought(view, shares (k,), reliefs (k, rows, columns), count, reach (rows, columns, 2), grid, limits, scratch,
 * offsets (rows, columns, 2)) */
PyObject *sought(PyObject *module, PyObject *arguments)
{
    Py_buffer given[6];
    Py_ssize_t count;
    Search search;
    Grid *grid = &search.grid;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*y*y*ny*(nnnnn)(nfff)w*w*", &given[0], &given[1], &given[2], &count, &given[3],
                          &grid->x, &grid->y, &grid->columns, &grid->rows, &grid->step, &search.steps,
                          &search.close_enough, &search.least_area, &search.strayed, &given[4], &given[5]))
        return NULL;
    const float *shares = given[1].buf, *reliefs = given[2].buf, *reach = given[3].buf;
    Py_ssize_t size = grid->rows * grid->columns;
    search.nodes = given[4].buf;
    search.before = search.nodes + CHANNELS * size;
    search.missed = search.before + 2 * size;
    Py_BEGIN_ALLOW_THREADS;
    for (Py_ssize_t row = 0, at = 0; row < grid->rows; row++, at += grid->columns) {
        mix(reliefs + at, size, shares, count, grid->columns, search.missed + at);
        shift_row(grid, given[0].buf, row, search.missed + at, reach + 2 * at, search.before + 2 * at);
        take_down(search.before + 2 * at, grid->columns, search.nodes + CHANNELS * at);
    }
    find_ends(&search, search.before, size);
    search_all(&search, given[5].buf);
    Py_END_ALLOW_THREADS;
    release(given, 6);
    Py_RETURN_NONE;
}
