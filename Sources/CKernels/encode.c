#include "CKernels.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

struct tickgate_summary tickgate_summarize(const int64_t *values, size_t count) {
  struct tickgate_summary summary = {.minimum = values[0], .maximum = values[0]};
  // Halves summed apart fit 64 bits for 2^31 values, and the loop vectorises.
  uint64_t low = 0;
  int64_t high = 0;
  int64_t minimum = values[0], maximum = values[0];
  for (size_t index = 0; index < count; index++) {
    const int64_t value = values[index];
    minimum = value < minimum ? value : minimum;
    maximum = value > maximum ? value : maximum;
    low += (uint64_t)value & UINT32_MAX;
    high += value >> 32;
  }
  const __int128 sum = ((__int128)high << 32) + (__int128)low;
  summary.minimum = minimum;
  summary.maximum = maximum;
  summary.sum_low = (uint64_t)sum;
  summary.sum_high = (int64_t)(sum >> 64);
  return summary;
}

void tickgate_count_widths(const uint64_t *values, size_t count, uint64_t base, uint32_t counts[65]) {
  // Four tables, so that runs of one width do not wait for the same counter.
  uint32_t tables[4][65] = {{0}};
  for (size_t index = 0; index < count; index++) {
    const uint64_t offset = values[index] - base;
    const int width = offset ? 64 - __builtin_clzll(offset) : 0;
    tables[index & 3][width]++;
  }
  for (int width = 0; width <= 64; width++)
    counts[width] = tables[0][width] + tables[1][width] + tables[2][width] + tables[3][width];
}

void tickgate_differences(const uint64_t *values, size_t count, uint64_t *target) {
  if (count == 0) return;
  target[0] = 0;
  for (size_t index = 1; index < count; index++) target[index] = values[index] - values[index - 1];
}

/// To the nearest integer, ties to even, for values of at most 2^53.
static inline int64_t nearest(double value) {
#if defined(__x86_64__)
  return _mm_cvtsd_si64(_mm_set_sd(value));  // llrint() would be a call
#else
  return llrint(value);
#endif
}

size_t tickgate_decimals_encode(const double *values, size_t count, double power, int64_t *mantissas,
                                uint16_t *exceptions) {
  const double limit = 9007199254740992.0;  // 2^53
  size_t number = 0;
  int64_t before = 0;
  for (size_t index = 0; index < count; index++) {
    const double scaled = values[index] * power;
    if (scaled >= -limit && scaled <= limit) {  // false for NaN
      const int64_t mantissa = nearest(scaled);
      const double back = (double)mantissa / power;
      // Bit for bit: -0.0 has no mantissa.
      if (memcmp(&values[index], &back, sizeof back) == 0) {
        mantissas[index] = before = mantissa;
        continue;
      }
    }
    exceptions[number++] = (uint16_t)index;
    mantissas[index] = before;
  }
  return number;
}

void tickgate_decimals_decode(const int64_t *mantissas, size_t count, double power, double *values) {
  for (size_t index = 0; index < count; index++) values[index] = (double)mantissas[index] / power;
}

size_t tickgate_float_decimals_encode(const double *values, size_t count, double power, int64_t *mantissas,
                                      uint16_t *exceptions) {
  const double limit = 16777216.0;  // 2^24
  size_t number = 0;
  int64_t before = 0;
  for (size_t index = 0; index < count; index++) {
    const double scaled = values[index] * power;
    if (scaled >= -limit && scaled <= limit) {  // false for NaN
      const int64_t mantissa = nearest(scaled);
      const double back = (float)((double)mantissa / power);
      if (memcmp(&values[index], &back, sizeof back) == 0) {
        mantissas[index] = before = mantissa;
        continue;
      }
    }
    exceptions[number++] = (uint16_t)index;
    mantissas[index] = before;
  }
  return number;
}

void tickgate_float_decimals_decode(const int64_t *mantissas, size_t count, double power, double *values) {
  for (size_t index = 0; index < count; index++) values[index] = (float)((double)mantissas[index] / power);
}

int tickgate_floats_encode(const double *values, size_t count, int64_t *bits) {
  for (size_t index = 0; index < count; index++) {
    const float narrow = (float)values[index];
    const double back = narrow;
    // Bit for bit: a NaN has a payload.
    if (memcmp(&values[index], &back, sizeof back) != 0) return 0;
    uint32_t word;
    memcpy(&word, &narrow, sizeof word);
    bits[index] = word;
  }
  return 1;
}

void tickgate_floats_decode(const int64_t *bits, size_t count, double *values) {
  for (size_t index = 0; index < count; index++) {
    const uint32_t word = (uint32_t)bits[index];
    float narrow;
    memcpy(&narrow, &word, sizeof narrow);
    values[index] = narrow;
  }
}

void tickgate_shuffle(const uint64_t *values, size_t count, uint8_t *bytes) {
  for (int byte = 0; byte < 8; byte++)
    for (size_t index = 0; index < count; index++)
      bytes[(size_t)byte * count + index] = (uint8_t)(values[index] >> (8 * byte));
}

/// Values from `index` on, one at a time.
static void unshuffle_rest(const uint8_t *bytes, size_t count, size_t index, uint64_t *values) {
  for (; index < count; index++) {
    uint64_t value = 0;
    for (int byte = 0; byte < 8; byte++) value |= (uint64_t)bytes[(size_t)byte * count + index] << (8 * byte);
    values[index] = value;
  }
}

#if defined(__x86_64__)
void tickgate_unshuffle(const uint8_t *bytes, size_t count, uint64_t *values) {
  size_t index = 0;
  for (; index + 16 <= count; index += 16) {
    // Sixteen values: planes to pairs of bytes, pairs to fours, fours to whole values.
    __m128i plane[8], pair[8], four[8];
    for (int byte = 0; byte < 8; byte++)
      plane[byte] = _mm_loadu_si128((const __m128i *)(bytes + (size_t)byte * count + index));
    for (int half = 0; half < 4; half++) {
      pair[half] = _mm_unpacklo_epi8(plane[2 * half], plane[2 * half + 1]);
      pair[half + 4] = _mm_unpackhi_epi8(plane[2 * half], plane[2 * half + 1]);
    }
    for (int part = 0; part < 2; part++) {
      four[4 * part] = _mm_unpacklo_epi16(pair[4 * part], pair[4 * part + 1]);
      four[4 * part + 1] = _mm_unpackhi_epi16(pair[4 * part], pair[4 * part + 1]);
      four[4 * part + 2] = _mm_unpacklo_epi16(pair[4 * part + 2], pair[4 * part + 3]);
      four[4 * part + 3] = _mm_unpackhi_epi16(pair[4 * part + 2], pair[4 * part + 3]);
    }
    __m128i *target = (__m128i *)(values + index);
    for (int part = 0; part < 2; part++) {
      for (int half = 0; half < 2; half++) {
        const __m128i low = four[4 * part + half], high = four[4 * part + half + 2];
        _mm_storeu_si128(target++, _mm_unpacklo_epi32(low, high));
        _mm_storeu_si128(target++, _mm_unpackhi_epi32(low, high));
      }
    }
  }
  unshuffle_rest(bytes, count, index, values);
}
#else
void tickgate_unshuffle(const uint8_t *bytes, size_t count, uint64_t *values) {
  unshuffle_rest(bytes, count, 0, values);
}
#endif
