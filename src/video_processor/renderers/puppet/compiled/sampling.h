/* Reading a picture between its pixels. */
#ifndef PUPPET_SAMPLING_H
#define PUPPET_SAMPLING_H

#include <stddef.h>
#include <stdint.h>

#define PIXELS_AT_ONCE 512

/* A picture (height, width) of four channels. */
typedef struct {
    const uint8_t *pixels;
    int32_t width, height;
} Samples;

/* Places of a row of pixels, in samples: so much of the way from those of one row to those of another. */
typedef struct {
    const float *x, *y, *next_x, *next_y;
    float share;
} Places;

static inline float between(float first, float second, float share)
{
    return first + (second - first) * share;
}

/* The pixels (count, 4) from place `first` on, at most PIXELS_AT_ONCE; what lies past the picture's edges is its edge.
 * Places are read to the nearest 1/128 of a sample.
 */
void sample_row(const Samples *samples, const Places *places, ptrdiff_t first, ptrdiff_t count, uint8_t *pixels);

#endif
