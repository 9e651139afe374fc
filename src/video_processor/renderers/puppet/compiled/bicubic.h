/* Bicubic samples of pictures, as cv2.remap takes them. */
#ifndef PUPPET_BICUBIC_H
#define PUPPET_BICUBIC_H

#include "pixels.h"

#include <math.h>

#define WEIGHTS 2048 /* what those of four samples in a row add up to */

typedef int16_t Weights[SUBPIXELS][4];

/* Of four samples in a row in the bicubic one (a = -0.75), by how far it lies from the second to the third. */
static inline void fill_weights(Weights weights)
{
    const float a = -0.75f;
    for (int i = 0; i < SUBPIXELS; i++) {
        float t = (float)i / SUBPIXELS, rest = 1 - t;
        weights[i][0] = (int16_t)lrintf(WEIGHTS * a * t * rest * rest);
        weights[i][1] = (int16_t)lrintf(WEIGHTS * (((a + 2) * t - (a + 3)) * t * t + 1));
        weights[i][3] = (int16_t)lrintf(WEIGHTS * a * t * t * rest);
        weights[i][2] = (int16_t)(WEIGHTS - weights[i][0] - weights[i][1] - weights[i][3]);
    }
}

/* Four rows of four pixels of four channels. */
static inline uint32_t bicubic(const uint8_t *const rows[4], const int16_t down[4], const int16_t across[4])
{
    int32_t sums[16];
    uint32_t colour = 0;
    for (int i = 0; i < 16; i++)
        sums[i] = rows[0][i] * down[0] + rows[1][i] * down[1] + rows[2][i] * down[2] + rows[3][i] * down[3];
    for (int channel = 0; channel < 4; channel++) {
        int32_t sum = sums[channel] * across[0] + sums[4 + channel] * across[1] + sums[8 + channel] * across[2] +
                      sums[12 + channel] * across[3] + WEIGHTS * WEIGHTS / 2;
        sum = sum < 0 ? 0 : sum / (WEIGHTS * WEIGHTS);
        colour |= (uint32_t)(sum > 255 ? 255 : sum) << (8 * channel);
    }
    return colour;
}

/* The colour at a place in SUBPIXELS within the picture; what lies past its edges is mirrored. */
static inline uint32_t cubic_at(const Weights weights, const Picture *picture, uint32_t x, uint32_t y)
{
    ptrdiff_t column = (ptrdiff_t)(x / SUBPIXELS) - 1, row = (ptrdiff_t)(y / SUBPIXELS) - 1;
    uint8_t copied[4][16];
    const uint8_t *rows[4];
    int inside = column >= 0 && column + 4 <= picture->width;
    for (ptrdiff_t i = 0; i < 4; i++) {
        const uint8_t *from = picture->pixels + 4 * mirrored(row + i, picture->height) * picture->stride;
        rows[i] = inside ? from + 4 * column : copied[i];
        for (ptrdiff_t k = 0; k < 4 && !inside; k++)
            memcpy(copied[i] + 4 * k, from + 4 * mirrored(column + k, picture->width), 4);
    }
    return bicubic(rows, weights[y % SUBPIXELS], weights[x % SUBPIXELS]);
}

#endif
