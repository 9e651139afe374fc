/* What is best not compiled into the loops that call it: by itself it does four channels at once. */
#include "fields.h"

void look_up_eight(const float *field, Py_ssize_t columns, Py_ssize_t rows, float x, float y, float *restrict found)
{
    look_up(field, columns, rows, 8, x, y, found);
}
