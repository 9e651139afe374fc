#include "kernels.h"
#include "softness.h"

#include <math.h>
#include <string.h>

static const float STRAIGHT = 0.955f, DIAGONAL = 1.3693f; /* Borgefors 1986, of masks 3 by 3 */
static const float FAR = 1e9f;

static int odd_within_bounds(float count)
{
    if (!(count > 1))
        return 1;
    return count >= MOST_TAPS ? MOST_TAPS : (int)count | 1;
}

Taps gaussian_taps(float sigma)
{
    Taps taps = {.count = odd_within_bounds(floorf(6 * sigma + 1.5f))};
    int middle = taps.count / 2;
    float sum = 0;
    for (int i = 0; i < taps.count; i++)
        sum += taps.weights[i] = middle ? expf(-0.5f * (i - middle) * (i - middle) / (sigma * sigma)) : 1;
    for (int i = 0; i < taps.count; i++)
        taps.weights[i] /= sum;
    return taps;
}

Taps box_taps(int count)
{
    Taps taps = {.count = odd_within_bounds((float)count)};
    for (int i = 0; i < taps.count; i++)
        taps.weights[i] = 1.0f / taps.count;
    return taps;
}

size_t scratch_floats(Shape shape)
{
    return (size_t)(shape.height + 3) * (size_t)(shape.width + 2) + MOST_TAPS;
}

/* The index within 0..count - 1 that stands for one beyond. */
static ptrdiff_t mirrored(ptrdiff_t index, ptrdiff_t count)
{
    if (count <= 1)
        return 0;
    while (index < 0 || index >= count)
        index = index < 0 ? -index : 2 * (count - 1) - index;
    return index;
}

static void add_row(const float *row, float weight, ptrdiff_t width, float *restrict sum)
{
    for (ptrdiff_t x = 0; x < width; x++)
        sum[x] += weight * row[x];
}

static void blur_row(const uint8_t *mask, ptrdiff_t width, const Taps *taps, float *wide, float *soft)
{
    ptrdiff_t reach = taps->count / 2;
    for (ptrdiff_t x = 0; x < width; x++)
        wide[reach + x] = mask[x] * (1.0f / 255);
    for (ptrdiff_t x = 1; x <= reach; x++) {
        wide[reach - x] = wide[reach + mirrored(-x, width)];
        wide[reach + width - 1 + x] = wide[reach + mirrored(width - 1 + x, width)];
    }
    memset(soft, 0, (size_t)width * sizeof *soft);
    for (int i = 0; i < taps->count; i++)
        add_row(wide + i, taps->weights[i], width, soft);
}

void blur(const uint8_t *mask, Shape shape, const Taps *taps, float *scratch, float *soft)
{
    ptrdiff_t height = shape.height, width = shape.width;
    float *wide = scratch + height * width;
    for (ptrdiff_t y = 0; y < height; y++)
        blur_row(mask + y * width, width, taps, wide, scratch + y * width);
    memset(soft, 0, (size_t)(height * width) * sizeof *soft);
    for (ptrdiff_t y = 0; y < height; y++)
        for (int i = 0; i < taps->count; i++)
            add_row(scratch + mirrored(y + i - taps->count / 2, height) * width, taps->weights[i], width,
                    soft + y * width);
}

static inline float nearer(float a, float b)
{
    return a < b ? a : b;
}

static inline float nearest(float own, const float *beside, const float *row)
{
    float straight = nearer(*beside, row[0]) + STRAIGHT, diagonal = nearer(row[-1], row[1]) + DIAGONAL;
    return nearer(own, nearer(straight, diagonal));
}

void depth_within(const uint8_t *mask, Shape shape, float *scratch, float *depth)
{
    ptrdiff_t height = shape.height, width = shape.width, stride = width + 2;
    for (ptrdiff_t i = 0; i < (height + 2) * stride; i++)
        scratch[i] = FAR;
    for (ptrdiff_t y = 0; y < height; y++) {
        float *row = scratch + (y + 1) * stride + 1;
        for (ptrdiff_t x = 0; x < width; x++)
            row[x] = mask[y * width + x] > 127 ? nearest(FAR, row + x - 1, row + x - stride) : 0;
    }
    for (ptrdiff_t y = height - 1; y >= 0; y--) {
        float *row = scratch + (y + 1) * stride + 1;
        for (ptrdiff_t x = width - 1; x >= 0; x--)
            depth[y * width + x] = row[x] = nearest(row[x], row + x + 1, row + x + stride);
    }
}
