#include "CKernels.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static size_t select_rows_baseline(const uint8_t *truth, size_t start, size_t count, uint32_t *rows, size_t found) {
  for (size_t row = start; row < count; row++) {
    // Stored in either case: whether a row is taken is a coin toss where it matters.
    rows[found] = (uint32_t)row;
    found += truth[row];
  }
  return found;
}

#if defined(__x86_64__)

// For each byte of bits the places of those that are set, the first first.
static uint64_t places[256];

__attribute__((constructor)) static void fill_places(void) {
  for (unsigned bits = 0; bits < 256; bits++) {
    uint8_t found[8] = {0};
    unsigned count = 0;
    for (unsigned bit = 0; bit < 8; bit++) {
      if (bits >> bit & 1) found[count++] = (uint8_t)bit;
    }
    memcpy(&places[bits], found, 8);
  }
}

__attribute__((target("avx2,popcnt"))) static size_t select_rows_avx2(
    const uint8_t *truth, size_t count, uint32_t *rows) {
  size_t found = 0;
  size_t row = 0;
  // Eight rows are stored whatever their number, so that eight must fit: there are at least as many after `found` as
  // there are rows left.
  for (; row + 32 <= count; row += 32) {
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)(truth + row));
    const unsigned none = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_setzero_si256()));
    const unsigned taken = ~none;
    if (taken == 0) continue;
    for (unsigned part = 0; part < 4; part++) {
      const unsigned bits = taken >> (8 * part) & 0xFF;
      const __m256i offsets = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)places[bits]));
      const __m256i numbers = _mm256_add_epi32(offsets, _mm256_set1_epi32((int)(row + 8 * part)));
      _mm256_storeu_si256((__m256i *)(rows + found), numbers);
      found += (size_t)__builtin_popcount(bits);
    }
  }
  return select_rows_baseline(truth, row, count, rows, found);
}

#endif

size_t tickgate_select_rows(const uint8_t *truth, size_t count, int level, uint32_t *rows) {
#if defined(__x86_64__)
  if (level == TICKGATE_BEST && __builtin_cpu_supports("avx2")) return select_rows_avx2(truth, count, rows);
#endif
  (void)level;
  return select_rows_baseline(truth, 0, count, rows, 0);
}
