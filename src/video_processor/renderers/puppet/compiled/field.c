#include "field.h"

#include <math.h>

/* A row of the field at pixels; past its ends it goes on as it ends. */
static void expand_row(const Field *field, ptrdiff_t row, Rows *rows, int place)
{
    const float *nodes = field->nodes + 2 * field->columns * row;
    float share = 1.0f / (float)field->step;
    ptrdiff_t ahead = 2 * rows->first + 1 - field->step, column = ahead < 0 ? -1 : ahead / (2 * field->step);
    for (ptrdiff_t done = 0; done < rows->count; column++) {
        const float *left = nodes + 2 * kept(column, field->columns);
        const float *right = nodes + 2 * kept(column + 1, field->columns);
        ptrdiff_t end = least((((2 * column + 3) * field->step) >> 1) - rows->first, rows->count);
        float along = ((float)(rows->first + done) + 0.5f) * share - 0.5f - (float)column;
        for (; done < end; done++, along += share) {
            rows->x[place][done] = between(left[0], right[0], along);
            rows->y[place][done] = between(left[1], right[1], along);
        }
    }
    rows->held[place] = row;
}

/* Which of the two holds that row; it is expanded where none does, over the one that does not hold `other`. */
static int holding(const Field *field, ptrdiff_t row, ptrdiff_t other, Rows *rows)
{
    for (int place = 0; place < 2; place++)
        if (rows->held[place] == row)
            return place;
    int place = rows->held[0] == other;
    expand_row(field, row, rows, place);
    return place;
}

Places places_of(const Field *field, ptrdiff_t index, Rows *rows)
{
    float down = ((float)(field->y + index) + 0.5f) / (float)field->step - 0.5f;
    ptrdiff_t row = (ptrdiff_t)floorf(down), above = kept(row, field->rows), below = kept(row + 1, field->rows);
    int upper = holding(field, above, below, rows), lower = holding(field, below, above, rows);
    Places found = {rows->x[upper], rows->y[upper], rows->x[lower], rows->y[lower], down - (float)row};
    return found;
}
