/* A picture of four channels, read between its pixels. */
#ifndef PUPPET_SAMPLING_H
#define PUPPET_SAMPLING_H

#include "patches.h"

#include <string.h>

/* A picture (rows, columns, 4). */
typedef struct {
    const uint8_t *pixels;
    Py_ssize_t rows, columns;
} Picture;

/* The channels of a pixel, each in 16 bits: the first, the third, the second, the fourth. */
static inline uint64_t spread(const uint8_t *pixel)
{
    uint32_t channels;
    memcpy(&channels, pixel, sizeof channels);
    return (channels & 0xff00ff) | (uint64_t)(channels >> 8 & 0xff00ff) << 32;
}

/* Two of them, each in 32 bits. */
static inline uint64_t mixed(uint64_t upper, uint64_t lower, uint64_t low)
{
    return (upper & 0xffff0000ffff) * (32 - low) + (lower & 0xffff0000ffff) * low + 0x20000000200;
}

/* The picture between its pixels, to a 32nd of one; past its edges they go on. */
static inline void sampled(const Picture picture, float x, float y, uint8_t sample[4])
{
    uint32_t u = (uint32_t)(int32_t)(between(x, 0, (float)(picture.columns - 1)) * 32 + 0.5f), right = u & 31;
    uint32_t v = (uint32_t)(int32_t)(between(y, 0, (float)(picture.rows - 1)) * 32 + 0.5f), low = v & 31;
    const uint8_t *pixel = picture.pixels + 4 * ((Py_ssize_t)(v >> 5) * picture.columns + (Py_ssize_t)(u >> 5));
    Py_ssize_t aside = right ? 4 : 0, under = low ? 4 * picture.columns : 0;
    uint64_t upper = spread(pixel) * (32 - right) + spread(pixel + aside) * right;
    uint64_t lower = spread(pixel + under) * (32 - right) + spread(pixel + under + aside) * right;
    uint64_t even = mixed(upper, lower, low), odd = mixed(upper >> 16, lower >> 16, low);
    sample[0] = (uint8_t)(even >> 10), sample[1] = (uint8_t)(even >> 42);
    sample[2] = (uint8_t)(odd >> 10), sample[3] = (uint8_t)(odd >> 42);
}

#endif
