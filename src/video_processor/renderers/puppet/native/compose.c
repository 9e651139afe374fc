/* The moving picture over what lies behind it. */
#include "kernels.h"

#include <stdint.h>

/* `share` of 255 of a channel over another one, rounded. */
static inline uint8_t mixed(uint32_t over, uint32_t under, uint32_t share)
{
    uint32_t sum = over * share + under * (255 - share) + 127;
    return (uint8_t)((sum + 1 + (sum >> 8)) >> 8);
}

static void compose_row(const uint8_t *over, const uint8_t *under, uint8_t *frame, Py_ssize_t width)
{
    for (Py_ssize_t x = 0; x < width; x++, over += 4, under += 4, frame += 3) {
        uint32_t share = over[3];
        if (share == 255) {
            frame[0] = over[0], frame[1] = over[1], frame[2] = over[2];
        } else if (share == 0) {
            frame[0] = under[0], frame[1] = under[1], frame[2] = under[2];
        } else {
            frame[0] = mixed(over[0], under[0], share);
            frame[1] = mixed(over[1], under[1], share);
            frame[2] = mixed(over[2], under[2], share);
        }
    }
}

/* composed(canvas (h, w, 4), behind (H, W, 4), y, x, frame (R, C, 3), row, column, columns) */
PyObject *composed(PyObject *module, PyObject *arguments)
{
    Py_buffer canvas, behind, frame;
    Py_ssize_t height, width, behind_width, y, x, frame_width, row, column;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*nny*nnnw*nnn", &canvas, &height, &width, &behind, &behind_width, &y, &x, &frame,
                          &frame_width, &row, &column))
        return NULL;
    Py_BEGIN_ALLOW_THREADS;
    for (Py_ssize_t i = 0; i < height; i++)
        compose_row((const uint8_t *)canvas.buf + 4 * i * width,
                    (const uint8_t *)behind.buf + 4 * ((y + i) * behind_width + x),
                    (uint8_t *)frame.buf + 3 * ((row + i) * frame_width + column), width);
    Py_END_ALLOW_THREADS;
    PyBuffer_Release(&canvas);
    PyBuffer_Release(&behind);
    PyBuffer_Release(&frame);
    Py_RETURN_NONE;
}
