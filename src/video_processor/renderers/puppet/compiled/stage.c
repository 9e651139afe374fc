/* Head and skin composed on the coarse grids. */
#include "fields.h"

#include <math.h>

/* A texture's corner in the picture, and how many of its samples there are to a pixel. */
typedef struct {
    Py_ssize_t x, y, fineness;
} Texture;

/* A position of the picture in samples of the texture. */
static inline void put(const Texture *texture, float x, float y, float *place)
{
    place[0] = (x - (float)texture->x) * (float)texture->fineness;
    place[1] = (y - (float)texture->y) * (float)texture->fineness;
}

/* Cells from the first to before the last. */
typedef struct {
    Py_ssize_t top, bottom, left, right;
} Cells;

static const Cells NONE = {PY_SSIZE_T_MAX, 0, PY_SSIZE_T_MAX, 0};

static void include(Cells *cells, Py_ssize_t column, Py_ssize_t row)
{
    cells->top = row < cells->top ? row : cells->top;
    cells->bottom = row >= cells->bottom ? row + 1 : cells->bottom;
    cells->left = column < cells->left ? column : cells->left;
    cells->right = column >= cells->right ? column + 1 : cells->right;
}

/* One more cell around them; none where there are none. */
static Cells with_one_more(Cells cells)
{
    if (cells.bottom == 0)
        return (Cells){0, 0, 0, 0};
    return (Cells){cells.top - 1, cells.bottom + 1, cells.left - 1, cells.right + 1};
}

/* carried(turned (rows, columns, 2), grid, person (rows, columns), still, skin box, texture,
 * places (rows, columns, 2)) */
PyObject *carried(PyObject *module, PyObject *arguments)
{
    Py_buffer given[3];
    Grid grid;
    Texture texture;
    float still, left, top, right, bottom;
    Cells skin = NONE, moving = NONE;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*(nnnnn)y*f(ffff)(nnn)w*", &given[0], &grid.x, &grid.y, &grid.columns,
                          &grid.rows, &grid.step, &given[1], &still, &top, &bottom, &left, &right, &texture.x,
                          &texture.y, &texture.fineness, &given[2]))
        return NULL;
    const float *turned = given[0].buf, *person = given[1].buf;
    float *places = given[2].buf, finer = 1 / (float)grid.step;
    Py_BEGIN_ALLOW_THREADS;
    for (Py_ssize_t row = 0, i = 0; row < grid.rows; row++)
        for (Py_ssize_t column = 0; column < grid.columns; column++, i++) {
            float x = node_at(grid.x, grid.step, column) + turned[2 * i];
            float y = node_at(grid.y, grid.step, row) + turned[2 * i + 1], near = person[i];
            put(&texture, x, y, places + 2 * i);
            if (x >= left && x <= right && y >= top && y <= bottom)
                include(&skin, column, row);
            if (fabsf(turned[2 * i]) <= still && fabsf(turned[2 * i + 1]) <= still)
                continue;
            if (!(near > 0))
                look_up(person, grid.columns, grid.rows, 1, index_of(x, grid.x, finer),
                        index_of(y, grid.y, finer), &near);
            if (near > 0)
                include(&moving, column, row);
        }
    Py_END_ALLOW_THREADS;
    release(given, 3);
    skin = with_one_more(skin), moving = with_one_more(moving);
    return Py_BuildValue("(nnnn)(nnnn)", skin.top, skin.bottom, skin.left, skin.right, moving.top, moving.bottom,
                         moving.left, moving.right);
}

/* A field of two channels and its grid. */
typedef struct {
    const float *field;
    Grid grid;
} Field;

enum { AT_ONCE = 64 };

/* Of places on a grid: the node up and left of each, and the shares of the four around it. */
typedef struct {
    int node[AT_ONCE];
    float nw[AT_ONCE], ne[AT_ONCE], sw[AT_ONCE], se[AT_ONCE];
} Around;

/* `look_up`'s first half for up to AT_ONCE positions (count, 2) in the picture: nothing but sums, many at once. */
static void find_around(const Grid *grid, const float *restrict positions, Py_ssize_t count,
                        Around *restrict around)
{
    float finer = 1 / (float)grid->step, columns = (float)grid->columns;
    float last_x = columns - 1, last_y = (float)(grid->rows - 1);
    float most_x = last_x > 1 ? last_x - 1 : 0, most_y = last_y > 1 ? last_y - 1 : 0;
    float left = (float)grid->x - 0.5f, top = (float)grid->y - 0.5f;
    for (Py_ssize_t i = 0; i < count; i++) {
        float x = (positions[2 * i] - left) * finer - 0.5f, y = (positions[2 * i + 1] - top) * finer - 0.5f;
        x = x > 0 ? x : 0, y = y > 0 ? y : 0; /* NaN counts as 0 */
        x = x < last_x ? x : last_x, y = y < last_y ? y : last_y;
        float column = (float)(int)(x < most_x ? x : most_x), row = (float)(int)(y < most_y ? y : most_y);
        float across = x - column, down = y - row, both = across * down;
        around->node[i] = (int)(row * columns + column);
        around->se[i] = both, around->sw[i] = down - both, around->ne[i] = across - both;
        around->nw[i] = 1 - down - (across - both);
    }
}

/* Adds to positions (count, 2) what the field has there. */
static void go_on(const Field *field, const float *positions, Py_ssize_t count, float *further)
{
    Around around;
    Py_ssize_t right = field->grid.columns > 1 ? 2 : 0, below = field->grid.rows > 1 ? 2 * field->grid.columns : 0;
    for (Py_ssize_t start = 0; start < count; start += AT_ONCE) {
        Py_ssize_t length = count - start < AT_ONCE ? count - start : AT_ONCE;
        find_around(&field->grid, positions + 2 * start, length, &around);
        for (Py_ssize_t i = 0, k = 2 * start; i < length; i++, k += 2) {
            const float *node = field->field + 2 * around.node[i], *under = node + below;
            float nw = around.nw[i], ne = around.ne[i], sw = around.sw[i], se = around.se[i];
            float x = positions[k], y = positions[k + 1];
            further[k] = x + (node[0] * nw + node[right] * ne + under[0] * sw + under[right] * se);
            further[k + 1] = y + (node[1] * nw + node[right + 1] * ne + under[1] * sw + under[right + 1] * se);
        }
    }
}

/* The sheets' nodes: those of the face, and the part of them from `row` and `column` on that has the lower one too.
 * Further down the face than `under` the lower one is alone. */
typedef struct {
    Field turned, upper, lower;
    Grid face;
    Py_ssize_t row, column, rows, columns;
    float across, down, under;
    Texture texture;
} Sheets;

/* Where a row of the face's nodes comes from in the portrait (columns, 2), as the head has turned. */
static void turn_row(const Sheets *sheets, Py_ssize_t row, float *found)
{
    const Grid *face = &sheets->face;
    for (Py_ssize_t column = 0; column < face->columns; column++) {
        found[2 * column] = node_at(face->x, face->step, column);
        found[2 * column + 1] = node_at(face->y, face->step, row);
    }
    go_on(&sheets->turned, found, face->columns, found);
}

/* Where nodes come from in the texture (columns, 2) that a sheet's field moves from where they are `found`. */
static void move_row(const Field *sheet, const Texture *texture, const float *found, Py_ssize_t columns, float *places)
{
    go_on(sheet, found, columns, places);
    for (Py_ssize_t column = 0; column < columns; column++, places += 2)
        put(texture, places[0], places[1], places);
}

static void cover_row(const Sheets *sheets, Py_ssize_t row, const float *lower, float *upper)
{
    const Grid *face = &sheets->face;
    float y = node_at(face->y, face->step, row);
    for (Py_ssize_t column = 0; column < sheets->columns; column++, upper += 2, lower += 2) {
        float x = node_at(face->x, face->step, sheets->column + column);
        if (x * sheets->across + y * sheets->down > sheets->under)
            upper[0] = lower[0], upper[1] = lower[1];
    }
}

static void lay_row(const Sheets *sheets, Py_ssize_t row, float *upper, float *lower_rows)
{
    turn_row(sheets, row, upper);
    if (row >= sheets->row && row < sheets->row + sheets->rows) {
        float *lower = lower_rows + 2 * (row - sheets->row) * sheets->columns;
        move_row(&sheets->lower, &sheets->texture, upper + 2 * sheets->column, sheets->columns, lower);
        move_row(&sheets->upper, &sheets->texture, upper, sheets->face.columns, upper);
        cover_row(sheets, row, lower, upper + 2 * sheets->column);
    } else {
        move_row(&sheets->upper, &sheets->texture, upper, sheets->face.columns, upper);
    }
}

/* sheets_laid(turned, grid, upper, grid, lower, grid, face, part, (across, down, under), texture, face's places (rows,
 * columns, 2), lower's places (rows, columns, 2)) */
PyObject *sheets_laid(PyObject *module, PyObject *arguments)
{
    Py_buffer given[5];
    Sheets sheets;
    Grid *turned = &sheets.turned.grid, *upper = &sheets.upper.grid, *lower = &sheets.lower.grid, *face = &sheets.face;
    Texture *texture = &sheets.texture;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*(nnnnn)y*(nnnnn)y*(nnnnn)(nnnnn)(nnnn)(fff)(nnn)w*w*", &given[0], &turned->x,
                          &turned->y, &turned->columns, &turned->rows, &turned->step, &given[1], &upper->x, &upper->y,
                          &upper->columns, &upper->rows, &upper->step, &given[2], &lower->x, &lower->y,
                          &lower->columns, &lower->rows, &lower->step, &face->x, &face->y, &face->columns, &face->rows,
                          &face->step, &sheets.row, &sheets.column, &sheets.rows, &sheets.columns, &sheets.across,
                          &sheets.down, &sheets.under, &texture->x, &texture->y, &texture->fineness, &given[3],
                          &given[4]))
        return NULL;
    sheets.turned.field = given[0].buf, sheets.upper.field = given[1].buf, sheets.lower.field = given[2].buf;
    float *into = given[3].buf, *below = given[4].buf;
    Py_BEGIN_ALLOW_THREADS;
    for (Py_ssize_t row = 0; row < face->rows; row++)
        lay_row(&sheets, row, into + 2 * row * face->columns, below);
    Py_END_ALLOW_THREADS;
    release(given, 5);
    Py_RETURN_NONE;
}
