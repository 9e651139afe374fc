#include "sampling.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAS_AVX2
#endif

#if defined(__GNUC__)
#define INLINE __attribute__((always_inline)) static inline
#else
#define INLINE static inline
#endif

#define SHARE_BITS 7
#define ONE (1 << SHARE_BITS)
#define HALF (1 << (2 * SHARE_BITS - 1))

/* Where a pixel's four samples begin, and its shares of those to the right and below. */
typedef struct {
    int32_t first[PIXELS_AT_ONCE], right[PIXELS_AT_ONCE], below[PIXELS_AT_ONCE];
} Reads;

/* In shares of a sample; what is no number is 0. */
static inline int32_t steps(float place, float most)
{
    place = place > 0.0f ? place : 0.0f;
    return (int32_t)((place < most ? place : most) * ONE + 0.5f);
}

static inline int32_t at_most(int32_t value, int32_t most)
{
    return value < most ? value : most;
}

INLINE void find_reads(const Samples *samples, const Places *places, ptrdiff_t first, ptrdiff_t count, Reads *reads)
{
    const int32_t right = samples->width - 1, low = samples->height - 1;
    for (ptrdiff_t i = 0; i < count; i++) {
        float across = between(places->x[first + i], places->next_x[first + i], places->share);
        float down = between(places->y[first + i], places->next_y[first + i], places->share);
        int32_t x = at_most(steps(across, (float)right), right * ONE - 1);
        int32_t y = at_most(steps(down, (float)low), low * ONE - 1);
        reads->first[i] = (y >> SHARE_BITS) * samples->width + (x >> SHARE_BITS);
        reads->right[i] = x & (ONE - 1);
        reads->below[i] = y & (ONE - 1);
    }
}

static void read_some(const Samples *samples, const Reads *reads, ptrdiff_t from, ptrdiff_t to, uint8_t *pixels)
{
    for (ptrdiff_t i = from; i < to; i++) {
        const uint8_t *top = samples->pixels + 4 * (ptrdiff_t)reads->first[i], *low = top + 4 * (ptrdiff_t)samples->width;
        int32_t right = reads->right[i], below = reads->below[i];
        for (int channel = 0; channel < 4; channel++) {
            int32_t left = top[channel] * (ONE - below) + low[channel] * below;
            int32_t beside = top[channel + 4] * (ONE - below) + low[channel + 4] * below;
            pixels[4 * i + channel] = (uint8_t)((left * (ONE - right) + beside * right + HALF) >> (2 * SHARE_BITS));
        }
    }
}

#ifdef HAS_AVX2
#define AVX2 __attribute__((target("avx2")))

/* The samples right of each other, and below, of two pixels: (8 pairs of bytes) each. */
AVX2 static inline __m256i both(const uint8_t *first, const uint8_t *second, ptrdiff_t stride)
{
    __m128i one = _mm_unpacklo_epi8(_mm_loadl_epi64((const __m128i *)first),
                                    _mm_loadl_epi64((const __m128i *)(first + stride)));
    __m128i other = _mm_unpacklo_epi8(_mm_loadl_epi64((const __m128i *)second),
                                      _mm_loadl_epi64((const __m128i *)(second + stride)));
    return _mm256_inserti128_si256(_mm256_castsi128_si256(one), other, 1);
}

/* Two pixels from their samples; `down` and `across`: the shares, (rest, share) for each channel. */
AVX2 static inline __m256i mixed(__m256i samples, __m256i down, __m256i across)
{
    __m256i zero = _mm256_setzero_si256();
    __m256i left = _mm256_madd_epi16(_mm256_unpacklo_epi8(samples, zero), down);
    __m256i right = _mm256_madd_epi16(_mm256_unpackhi_epi8(samples, zero), down);
    __m256i pairs = _mm256_or_si256(left, _mm256_slli_epi32(right, 16));
    __m256i sums = _mm256_add_epi32(_mm256_madd_epi16(pairs, across), _mm256_set1_epi32(HALF));
    return _mm256_srli_epi32(sums, 2 * SHARE_BITS);
}

AVX2 static void sample_eights(const Samples *samples, const Places *places, ptrdiff_t start, ptrdiff_t count,
                               uint8_t *pixels)
{
    Reads reads;
    find_reads(samples, places, start, count, &reads);
    const ptrdiff_t stride = 4 * (ptrdiff_t)samples->width;
    const __m256i one = _mm256_set1_epi32(ONE), order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    __m256i pair[4] = {_mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1), _mm256_setr_epi32(2, 2, 2, 2, 3, 3, 3, 3),
                       _mm256_setr_epi32(4, 4, 4, 4, 5, 5, 5, 5), _mm256_setr_epi32(6, 6, 6, 6, 7, 7, 7, 7)};
    for (ptrdiff_t i = 0; i + 8 <= count; i += 8) {
        __m256i right = _mm256_loadu_si256((const __m256i *)(reads.right + i));
        __m256i below = _mm256_loadu_si256((const __m256i *)(reads.below + i));
        __m256i across = _mm256_or_si256(_mm256_slli_epi32(right, 16), _mm256_sub_epi32(one, right));
        __m256i down = _mm256_or_si256(_mm256_slli_epi32(below, 16), _mm256_sub_epi32(one, below));
        __m256i two[4];
        for (int k = 0; k < 4; k++) {
            const uint8_t *first = samples->pixels + 4 * (ptrdiff_t)reads.first[i + 2 * k];
            const uint8_t *second = samples->pixels + 4 * (ptrdiff_t)reads.first[i + 2 * k + 1];
            two[k] = mixed(both(first, second, stride), _mm256_permutevar8x32_epi32(down, pair[k]),
                           _mm256_permutevar8x32_epi32(across, pair[k]));
        }
        __m256i found = _mm256_packus_epi16(_mm256_packus_epi32(two[0], two[1]), _mm256_packus_epi32(two[2], two[3]));
        _mm256_storeu_si256((__m256i *)(pixels + 4 * i), _mm256_permutevar8x32_epi32(found, order));
    }
    read_some(samples, &reads, count - count % 8, count, pixels);
}
#endif

void sample_row(const Samples *samples, const Places *places, ptrdiff_t first, ptrdiff_t count, uint8_t *pixels)
{
    Reads reads;
#ifdef HAS_AVX2
    if (__builtin_cpu_supports("avx2")) {
        sample_eights(samples, places, first, count, pixels);
        return;
    }
#endif
    find_reads(samples, places, first, count, &reads);
    read_some(samples, &reads, 0, count, pixels);
}
