// The loops of windows, without include guard: window.c includes it once a processor level, with
//   KERNEL(name)  the name at that level
//   TARGET        the attribute that lets the compiler use its instructions
// They are plain C, which the compiler turns into vectors; all levels give the same values.

/// Whether times fall from one to the next, and whether two neighbours are equal.
TARGET static int KERNEL(order)(const int64_t *restrict times, size_t count) {
  uint64_t falls = 0, repeats = 0;
  for (size_t index = 1; index < count; index++) {
    falls |= (uint64_t)(times[index] < times[index - 1]);
    repeats |= (uint64_t)(times[index] == times[index - 1]);
  }
  return (falls ? TICKGATE_TIMES_FALL : 0) | (repeats ? TICKGATE_TIMES_REPEAT : 0);
}

/// All bits that are set in a magnitude (of a negative value: in its complement).
TARGET static uint64_t KERNEL(magnitude_bits)(const int64_t *restrict values, size_t count) {
  uint64_t bits = 0;
  for (size_t index = 0; index < count; index++) {
    const int64_t value = values[index];
    bits |= (uint64_t)(value < 0 ? ~value : value);
  }
  return bits;
}

/// `(ends - starts) / divisor`.
TARGET static void KERNEL(quotients)(const int64_t *restrict starts, const int64_t *restrict ends, size_t count,
                                     double divisor, double *restrict target) {
  for (size_t index = 0; index < count; index++)
    target[index] = small_to_double((uint64_t)ends[index] - (uint64_t)starts[index]) / divisor;
}

/// `(ends - starts) / (counts * power)`.
TARGET static void KERNEL(means)(const int64_t *restrict starts, const int64_t *restrict ends,
                                 const ptrdiff_t *restrict counts, size_t count, double power, double *restrict target) {
  for (size_t index = 0; index < count; index++)
    target[index] = small_to_double((uint64_t)ends[index] - (uint64_t)starts[index]) /
                    (small_to_double((uint64_t)counts[index]) * power);
}
