#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// MARK: Any processor

static uint64_t magnitude_bits_baseline(const int64_t *values, size_t count) {
  uint64_t bits = 0;
  for (size_t index = 0; index < count; index++) bits |= (uint64_t)(values[index] ^ (values[index] >> 63));
  return bits;
}

static void bounds_baseline(const int64_t *values, int64_t count, int64_t *minimum, int64_t *maximum) {
  int64_t low = values[0], high = values[0];
  for (int64_t index = 1; index < count; index++) {
    low = values[index] < low ? values[index] : low;
    high = values[index] > high ? values[index] : high;
  }
  *minimum = low;
  *maximum = high;
}

static void run_bounds_baseline(const int64_t *values, const struct tickgate_run *runs, size_t count, int64_t *minima,
                                int64_t *maxima) {
  for (size_t run = 0; run < count; run++)
    bounds_baseline(values + runs[run].start, runs[run].end - runs[run].start, minima + run, maxima + run);
}

static void run_sums_baseline(const int64_t *values, const struct tickgate_run *runs, size_t count, int64_t *sums) {
  for (size_t run = 0; run < count; run++) {
    uint64_t sum = 0;
    for (int64_t row = runs[run].start; row < runs[run].end; row++) sum += (uint64_t)values[row];
    sums[run] = (int64_t)sum;
  }
}

static void run_products_baseline(const int64_t *left, const int64_t *right, const struct tickgate_run *runs,
                                  size_t count, int64_t *sums) {
  for (size_t run = 0; run < count; run++) {
    uint64_t sum = 0;
    for (int64_t row = runs[run].start; row < runs[run].end; row++) sum += (uint64_t)left[row] * (uint64_t)right[row];
    sums[run] = (int64_t)sum;
  }
}

void tickgate_run_wide_products(const int64_t *left, const int64_t *right, const struct tickgate_run *runs,
                                size_t count, uint64_t *low, int64_t *high) {
  for (size_t run = 0; run < count; run++) {
    // Two sums, so that an addition with carry need not wait for the one before.
    unsigned __int128 even = 0, odd = 0;
    int64_t row = runs[run].start;
    for (; row + 1 < runs[run].end; row += 2) {
      even += (unsigned __int128)((__int128)left[row] * right[row]);
      odd += (unsigned __int128)((__int128)left[row + 1] * right[row + 1]);
    }
    if (row < runs[run].end) even += (unsigned __int128)((__int128)left[row] * right[row]);
    even += odd;
    low[run] = (uint64_t)even;
    high[run] = (int64_t)(even >> 64);
  }
}

#if defined(__x86_64__)

// MARK: AVX2

#define AVX2 __attribute__((target("avx2")))

/// Loads from `masks + 4 - n` give the first n of four lanes.
static const int64_t masks[8] = {-1, -1, -1, -1, 0, 0, 0, 0};

AVX2 static inline __m256i load(const int64_t *values) { return _mm256_loadu_si256((const __m256i *)values); }

/// The first `count` values, fewer than four, and zeros.
AVX2 static inline __m256i load_some(const int64_t *values, int64_t count) {
  return _mm256_maskload_epi64((const long long *)values, load(masks + 4 - count));
}

AVX2 static inline __m256i smaller(__m256i a, __m256i b) { return _mm256_blendv_epi8(a, b, _mm256_cmpgt_epi64(a, b)); }

AVX2 static inline __m256i larger(__m256i a, __m256i b) { return _mm256_blendv_epi8(a, b, _mm256_cmpgt_epi64(b, a)); }

AVX2 static inline __m256i swap_halves(__m256i a) { return _mm256_permute4x64_epi64(a, 0x4E); }

AVX2 static inline __m256i swap_neighbours(__m256i a) { return _mm256_shuffle_epi32(a, 0x4E); }

AVX2 static inline int64_t horizontal_sum(__m256i sum) {
  sum = _mm256_add_epi64(sum, swap_halves(sum));
  return _mm256_extract_epi64(_mm256_add_epi64(sum, swap_neighbours(sum)), 0);
}

AVX2 static uint64_t magnitude_bits_avx2(const int64_t *values, size_t count) {
  const __m256i zero = _mm256_setzero_si256();
  __m256i bits = zero;
  size_t index = 0;
  for (; index + 4 <= count; index += 4) {
    const __m256i some = load(values + index);
    bits = _mm256_or_si256(bits, _mm256_xor_si256(some, _mm256_cmpgt_epi64(zero, some)));
  }
  bits = _mm256_or_si256(bits, swap_halves(bits));
  bits = _mm256_or_si256(bits, swap_neighbours(bits));
  return (uint64_t)_mm256_extract_epi64(bits, 0) | magnitude_bits_baseline(values + index, count - index);
}

AVX2 static void run_bounds_avx2(const int64_t *values, const struct tickgate_run *runs, size_t count,
                                 int64_t *minima, int64_t *maxima) {
  for (size_t run = 0; run < count; run++) {
    const int64_t *first = values + runs[run].start;
    const int64_t rows = runs[run].end - runs[run].start;
    if (rows < 4) {
      bounds_baseline(first, rows, minima + run, maxima + run);
      continue;
    }
    // The last vector overlaps the one before: a value that is compared twice changes nothing.
    __m256i low = load(first + rows - 4), high = low;
    for (int64_t row = 0; row + 4 < rows; row += 4) {
      const __m256i some = load(first + row);
      low = smaller(low, some);
      high = larger(high, some);
    }
    low = smaller(low, swap_halves(low));
    high = larger(high, swap_halves(high));
    minima[run] = _mm256_extract_epi64(smaller(low, swap_neighbours(low)), 0);
    maxima[run] = _mm256_extract_epi64(larger(high, swap_neighbours(high)), 0);
  }
}

AVX2 static void run_sums_avx2(const int64_t *values, const struct tickgate_run *runs, size_t count, int64_t *sums) {
  for (size_t run = 0; run < count; run++) {
    const int64_t end = runs[run].end;
    int64_t row = runs[run].start;
    __m256i sum = _mm256_setzero_si256();
    for (; row + 4 <= end; row += 4) sum = _mm256_add_epi64(sum, load(values + row));
    sum = _mm256_add_epi64(sum, load_some(values + row, end - row));
    sums[run] = horizontal_sum(sum);
  }
}

AVX2 static void run_products_avx2(const int64_t *left, const int64_t *right, const struct tickgate_run *runs,
                                   size_t count, int64_t *sums) {
  for (size_t run = 0; run < count; run++) {
    const int64_t end = runs[run].end;
    int64_t row = runs[run].start;
    __m256i sum = _mm256_setzero_si256();
    for (; row + 4 <= end; row += 4)
      sum = _mm256_add_epi64(sum, _mm256_mul_epi32(load(left + row), load(right + row)));
    const __m256i rest = _mm256_mul_epi32(load_some(left + row, end - row), load_some(right + row, end - row));
    sums[run] = horizontal_sum(_mm256_add_epi64(sum, rest));
  }
}

static int has_avx2(int level) { return level != TICKGATE_BASELINE && __builtin_cpu_supports("avx2"); }

#define BEST(name) (has_avx2(level) ? name##_avx2 : name##_baseline)

#else

#define BEST(name) ((void)level, name##_baseline)

#endif

// MARK: The best there is

uint64_t tickgate_magnitude_bits(const int64_t *values, size_t count, int level) {
  return BEST(magnitude_bits)(values, count);
}

void tickgate_run_bounds(const int64_t *values, const struct tickgate_run *runs, size_t count, int level,
                         int64_t *minima, int64_t *maxima) {
  BEST(run_bounds)(values, runs, count, minima, maxima);
}

void tickgate_run_sums(const int64_t *values, const struct tickgate_run *runs, size_t count, int level, int64_t *sums) {
  BEST(run_sums)(values, runs, count, sums);
}

void tickgate_run_products(const int64_t *left, const int64_t *right, const struct tickgate_run *runs, size_t count,
                           int level, int64_t *sums) {
  BEST(run_products)(left, right, runs, count, sums);
}
