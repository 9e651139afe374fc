/* Masks made soft, and how deep a place lies in them. All pictures are (height, width). */
#ifndef PUPPET_SOFTNESS_H
#define PUPPET_SOFTNESS_H

#include <stddef.h>
#include <stdint.h>

enum { MOST_TAPS = 255 };

/* Odd, at most MOST_TAPS of them; they add up to 1. */
typedef struct {
    int count;
    float weights[MOST_TAPS];
} Taps;

typedef struct {
    ptrdiff_t height, width;
} Shape;

Taps gaussian_taps(float sigma);
Taps box_taps(int count);

/* Floats that `blur` and `depth_within` need beside their arguments. */
size_t scratch_floats(Shape shape);

/* A mask of 0..255 blurred, as 0..1; past the edges it is mirrored. */
void blur(const uint8_t *mask, Shape shape, const Taps *taps, float *scratch, float *soft);

/* Distance from each pixel to the nearest one under 128, in steps of one pixel along the axes and the diagonals. */
void depth_within(const uint8_t *mask, Shape shape, float *scratch, float *depth);

#endif
