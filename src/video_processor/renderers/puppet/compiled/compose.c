/* The moving picture over what lies behind it. */
#include "compose.h"
#include "kernels.h"

#include <string.h>

#define LEAST_COVERED 0x01000000u
#define COVERED 0xff000000u

/* `share` of 255 of a channel over another one, rounded. */
static inline uint8_t mixed(uint32_t over, uint32_t under, uint32_t share)
{
    uint32_t sum = over * share + under * (255 - share) + 127;
    return (uint8_t)((sum + 1 + (sum >> 8)) >> 8);
}

static inline void compose_pixel(const uint8_t *over, const uint8_t *under, uint8_t *frame)
{
    for (int channel = 0; channel < 3; channel++)
        frame[channel] = mixed(over[channel], under[channel], over[3]);
}

static inline void put_word(uint8_t *target, uint32_t word)
{
    memcpy(target, &word, sizeof word);
}

/* Four pixels (r, g, b, a), each read as a little-endian number, without their last channel. */
static inline void copy_four(const uint32_t *pixels, uint8_t *frame)
{
    put_word(frame, (pixels[0] & 0xffffff) | pixels[1] << 24);
    put_word(frame + 4, (pixels[1] >> 8 & 0xffff) | pixels[2] << 16);
    put_word(frame + 8, (pixels[2] >> 16 & 0xff) | pixels[3] << 8);
}

void compose_row(const uint8_t *over, const uint8_t *under, uint8_t *frame, ptrdiff_t width)
{
    ptrdiff_t x = 0;
    for (; x + 4 <= width; x += 4, over += 16, under += 16, frame += 12) {
        uint32_t front[4], back[4];
        memcpy(front, over, sizeof front);
        memcpy(back, under, sizeof back);
        if ((front[0] & front[1] & front[2] & front[3]) >= COVERED)
            copy_four(front, frame);
        else if ((front[0] | front[1] | front[2] | front[3]) < LEAST_COVERED)
            copy_four(back, frame);
        else
            for (int i = 0; i < 4; i++)
                compose_pixel(over + 4 * i, under + 4 * i, frame + 3 * i);
    }
    for (; x < width; x++, over += 4, under += 4, frame += 3)
        compose_pixel(over, under, frame);
}

void uncover_row(const uint8_t *pixels, uint8_t *frame, ptrdiff_t width)
{
    ptrdiff_t x = 0;
    for (; x + 4 <= width; x += 4, pixels += 16, frame += 12) {
        uint32_t four[4];
        memcpy(four, pixels, sizeof four);
        copy_four(four, frame);
    }
    for (; x < width; x++, pixels += 4, frame += 3)
        memcpy(frame, pixels, 3);
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
