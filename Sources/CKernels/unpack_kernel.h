// The loops of bit-unpacking, without include guard: unpack.c includes it once a processor level, with
//   KERNEL(name)  the name at that level
//   TARGET        the attribute that lets the compiler use its instructions
// They are plain C over 16 lanes, which the compiler turns into vectors; all levels give the same values.
//
// Callers have checked widths and lengths.

/// One row of lanes: the 16 offsets whose bits start at `shift` of `word`.
#define FOR_EACH_ROW(BODY)                                                               \
  do {                                                                                   \
    size_t bit = 0;                                                                      \
    for (size_t row = 0; row < rows; row++, bit += width) {                              \
      const uint64_t *restrict low = packed + (bit >> 6) * LANES;                        \
      const unsigned shift = bit & 63;                                                   \
      uint64_t *restrict out = target + row * LANES;                                     \
      if (shift + width <= 64) {                                                         \
        for (int lane = 0; lane < LANES; lane++) {                                       \
          const uint64_t offset = (low[lane] >> shift) & mask;                           \
          BODY;                                                                          \
        }                                                                                \
      } else {                                                                           \
        const uint64_t *restrict high = low + LANES;                                     \
        const unsigned rest = 64 - shift;                                                \
        for (int lane = 0; lane < LANES; lane++) {                                       \
          const uint64_t offset = ((low[lane] >> shift) | (high[lane] << rest)) & mask;  \
          BODY;                                                                          \
        }                                                                                \
      }                                                                                  \
    }                                                                                    \
  } while (0)

/// `base + step * offset` for `rows` rows of lanes; `width` is 1 to 64.
TARGET static void KERNEL(unpack_rows)(const uint64_t *restrict packed, size_t rows, unsigned width, uint64_t base,
                                       uint64_t step, uint64_t *restrict target) {
  const uint64_t mask = ~0ull >> (64 - width);
  if (step == 1) {
    FOR_EACH_ROW(out[lane] = base + offset);
  } else if (width <= 32 && step <= UINT32_MAX) {
    // One 32-bit multiplication, which vectors have.
    const uint64_t narrow = step & UINT32_MAX;
    FOR_EACH_ROW(out[lane] = base + (offset & UINT32_MAX) * narrow);
  } else {
    FOR_EACH_ROW(out[lane] = base + offset * step);
  }
}

/// The sum of the offsets of `rows` rows of lanes, modulo 2^64; `width` is 1 to 64.
TARGET static uint64_t KERNEL(sum_rows)(const uint64_t *packed, size_t rows, unsigned width) {
  const uint64_t mask = ~0ull >> (64 - width);
  uint64_t sums[LANES] = {0};
  size_t bit = 0;
  for (size_t row = 0; row < rows; row++, bit += width) {
    const uint64_t *low = packed + (bit >> 6) * LANES;
    const unsigned shift = bit & 63;
    if (shift + width <= 64) {
      for (int lane = 0; lane < LANES; lane++) sums[lane] += (low[lane] >> shift) & mask;
    } else {
      const unsigned rest = 64 - shift;
      for (int lane = 0; lane < LANES; lane++) {
        sums[lane] += ((low[lane] >> shift) | (low[lane + LANES] << rest)) & mask;
      }
    }
  }
  uint64_t sum = 0;
  for (int lane = 0; lane < LANES; lane++) sum += sums[lane];
  return sum;
}

#undef FOR_EACH_ROW

/// Narrows offsets to 32 bits, adds `base`, and returns the largest sum.
TARGET static uint32_t KERNEL(narrow32)(const uint64_t *restrict values, size_t count, uint32_t base,
                                        uint32_t *restrict target) {
  uint32_t largest = 0;
  for (size_t index = 0; index < count; index++) {
    const uint32_t value = (uint32_t)values[index] + base;
    target[index] = value;
    largest = value > largest ? value : largest;
  }
  return largest;
}

/// Narrows offsets to bytes.
TARGET static void KERNEL(narrow8)(const uint64_t *restrict values, size_t count, uint8_t *restrict target) {
  for (size_t index = 0; index < count; index++) target[index] = (uint8_t)values[index];
}
