/* Colours of four channels, each read as one little-endian number, and pictures of them. */
#ifndef PUPPET_PIXELS_H
#define PUPPET_PIXELS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef _MSC_VER
#define restrict __restrict
#endif

#define SUBPIXELS 128 /* places in a picture are told apart to this share of a pixel */
#define PAIRS 0x00ff00ffu
#define FOURS 0x00ff00ff00ff00ffu

/* At least two pixels high and wide; `stride` in pixels. */
typedef struct {
    const uint8_t *pixels;
    uint32_t height, width, stride;
} Picture;

/* In 0..1; what is no number gives 0, or in `bounded` the lower bound. */
static inline float clipped(float x)
{
    x = x > 0 ? x : 0;
    return x < 1 ? x : 1;
}

static inline float bounded(float low, float high, float x)
{
    x = x > low ? x : low;
    return x < high ? x : high;
}

/* An index of 0..size - 1 for one somewhat beyond. */
static inline ptrdiff_t mirrored(ptrdiff_t index, ptrdiff_t size)
{
    index = index < 0 ? -index : index;
    index = index < size ? index : 2 * (size - 1) - index;
    return index < 0 ? 0 : index;
}

static inline uint32_t colour_at(const uint8_t *pixels, ptrdiff_t index)
{
    uint32_t colour;
    memcpy(&colour, pixels + 4 * index, sizeof colour);
    return colour;
}

static inline void set_colour(uint8_t *pixels, ptrdiff_t index, uint32_t colour)
{
    memcpy(pixels + 4 * index, &colour, sizeof colour);
}

/* Pixels of a row. */
typedef struct {
    int32_t first, end;
} Span;

/* From the first to the last pixel with a share other than `none`. */
static inline Span spanned(const int32_t *shares, int32_t none, Span span)
{
    while (span.first < span.end && shares[span.first] == none)
        span.first++;
    while (span.first < span.end && shares[span.end - 1] == none)
        span.end--;
    return span;
}

/* A share of 0..1 in 256ths. */
static inline int32_t of_256(float share)
{
    return (int32_t)(share * 256 + 0.5f);
}

/* `share` of 256 of a colour with another one: two channels at a time, each with room for its product. What differences
 * below 0 borrow of the next channel the sum gives back.
 */
static inline uint32_t mixed(uint32_t over, uint32_t under, uint32_t share)
{
    uint32_t even = under & PAIRS, odd = under >> 8 & PAIRS;
    even = (even << 8) + ((over & PAIRS) - even) * share + 0x00800080u;
    odd = (odd << 8) + ((over >> 8 & PAIRS) - odd) * share + 0x00800080u;
    return (even >> 8 & PAIRS) | (odd & ~PAIRS);
}

/* Every other channel of a pixel and of its right neighbour, mixed with those of the row below, times SUBPIXELS. */
static inline uint64_t mixed_rows(uint64_t above, uint64_t below, uint32_t share)
{
    uint64_t upper = above & FOURS;
    return upper * SUBPIXELS + ((below & FOURS) - upper) * share;
}

/* Two numbers of 16 bits with 32 bits for each. */
static inline uint64_t apart(uint64_t two)
{
    return (two & 0xffff) | (two & 0xffff0000u) << 16;
}

/* Two channels of a pixel, in the lower half, mixed with its right neighbour's. */
static inline uint32_t mixed_columns(uint64_t pair, uint32_t share)
{
    uint64_t left = apart(pair), half = SUBPIXELS * SUBPIXELS / 2;
    uint64_t sum = left * SUBPIXELS + (apart(pair >> 32) - left) * share + (half << 32 | half);
    sum = sum / (SUBPIXELS * SUBPIXELS) & 0x000000ff000000ffu;
    return (uint32_t)(sum | sum >> 16);
}

/* The four pixels round a place in SUBPIXELS, both within the picture, and how far it lies from the first of them. */
typedef struct {
    uint64_t above, below;
    uint32_t right, down;
} Corners;

static inline Corners corners_at(const Picture *picture, uint32_t x, uint32_t y)
{
    uint32_t column = x / SUBPIXELS < picture->width - 2 ? x / SUBPIXELS : picture->width - 2;
    uint32_t row = y / SUBPIXELS < picture->height - 2 ? y / SUBPIXELS : picture->height - 2;
    const uint8_t *first = picture->pixels + 4 * ((size_t)row * picture->stride + column);
    Corners corners = {0, 0, x - column * SUBPIXELS, y - row * SUBPIXELS};
    memcpy(&corners.above, first, 8);
    memcpy(&corners.below, first + 4 * (size_t)picture->stride, 8);
    return corners;
}

static inline uint32_t bilinear(const Picture *picture, uint32_t x, uint32_t y)
{
    Corners at = corners_at(picture, x, y);
    uint32_t even = mixed_columns(mixed_rows(at.above, at.below, at.down), at.right);
    uint32_t odd = mixed_columns(mixed_rows(at.above >> 8, at.below >> 8, at.down), at.right);
    return even | odd << 8;
}

#endif
