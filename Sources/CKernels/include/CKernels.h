#ifndef TICKGATE_CKERNELS_H
#define TICKGATE_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli) of `length` bytes, continuing from `crc`; start with 0.
///
/// Uses the processor's instruction (SSE4.2, ARMv8 CRC) on three runs at once where it has one, else eight tables.
/// Both give the same value.
uint32_t tickgate_crc32c(uint32_t crc, const void *bytes, size_t length);

/// The table form of `tickgate_crc32c`, for tests that compare the two.
uint32_t tickgate_crc32c_table(uint32_t crc, const void *bytes, size_t length);

/// Gives the calling thread the name that tools show, cut to 15 bytes.
void tickgate_name_thread(const char *name);

// Bit-packing (docs/segment-format.md, "Packed offsets").

/// Values of a row of lanes: value i of a block is in lane i % 16.
#define TICKGATE_LANES 16
/// Values of a block: 64 rows of lanes, so that a lane of any width ends at the end of a word.
#define TICKGATE_BLOCK 1024
/// A gap byte that skips this many rows without an exception after them.
#define TICKGATE_GAP_ESCAPE 255

/// The best instructions that the processor has.
#define TICKGATE_BEST 0
/// Only those that every processor has, for tests that compare the two.
#define TICKGATE_BASELINE 1

/// Whether `TICKGATE_BEST` differs from `TICKGATE_BASELINE` on this processor.
int tickgate_has_vectors(void);

/// Words of 64 bits that `count` values of `width` bits take.
size_t tickgate_packed_words(size_t count, unsigned width);

/// Packs the low `width` bits of the values into `tickgate_packed_words(count, width)` words. Little-endian hosts only.
void tickgate_pack(const uint64_t *values, size_t count, unsigned width, uint64_t *packed);

/// A stream of packed integers. All lengths are checked by the caller; positions of exceptions are not.
struct tickgate_integers {
  /// `tickgate_packed_words(count, width)` words.
  const uint64_t *packed;
  size_t count;
  /// 0 to 64.
  unsigned width;
  /// A value, or the difference to the value before, is `base + step * offset`, modulo 2^64.
  uint64_t base, step;
  /// Whether offsets are of differences; `first` is then the first value and its offset 0.
  int is_delta;
  uint64_t first;
  /// Bytes of gaps between exceptions.
  const uint8_t *gaps;
  size_t gaps_length;
  /// High bits of exceptions: `(exceptions * high_width + 7) / 8` bytes.
  const uint8_t *highs;
  size_t highs_length;
  size_t exceptions;
  /// 0 to 64.
  unsigned high_width;
  uint64_t high_base;
};

/// Writes the values; `target` has room for `count` rounded up to `TICKGATE_LANES`. 0 if an exception lies past the end.
int tickgate_unpack(const struct tickgate_integers *stream, int level, int64_t *target);

/// Writes the values of rows `start` up to `end`, at most `count`, to room for as many; what lies before them is added up, not
/// written. For a few rows. 0 if the gaps end before the exceptions that they need.
int tickgate_unpack_rows(const struct tickgate_integers *stream, size_t start, size_t end, int level, int64_t *target);

/// Where a value would stand among ascending ones: the first row whose value is at least it, `count` if there is none. With the
/// values of that row and of the one before, which are unspecified where there is none.
struct tickgate_place {
  size_t row;
  int64_t before, at;
};

/// Finds the place of a value; unpacks one block of values at most. Sets `place`, and is 0 as `tickgate_unpack` is.
int tickgate_find(const struct tickgate_integers *stream, int64_t value, int level, struct tickgate_place *place);

/// The offset of `width` bits at a row.
uint64_t tickgate_packed_offset(const uint64_t *packed, size_t row, unsigned width);

/// Writes `base + offset`, modulo 2^32, for offsets of 1 to 32 bits, and returns the largest.
uint32_t tickgate_unpack32(const uint64_t *packed, size_t count, unsigned width, uint32_t base, int level,
                           uint32_t *target);

/// Writes a byte, 0 or 1, for each offset of 1 bit.
void tickgate_unpack_booleans(const uint64_t *packed, size_t count, int level, uint8_t *target);

// What an encoder wants to know.

/// Smallest, largest and sum of integers.
struct tickgate_summary {
  int64_t minimum, maximum;
  /// The sum as 128 bits of two's complement.
  uint64_t sum_low;
  int64_t sum_high;
};

/// `count` is at least 1.
struct tickgate_summary tickgate_summarize(const int64_t *values, size_t count);

/// Counts the values by the bits that `value - base`, modulo 2^64, needs: 0 to 64.
void tickgate_count_widths(const uint64_t *values, size_t count, uint64_t base, uint32_t counts[65]);

/// Writes the difference of each value to the one before, modulo 2^64; 0 for the first.
void tickgate_differences(const uint64_t *values, size_t count, uint64_t *target);

// Doubles.

/// Writes the mantissas `m` for which `m / power` is bit for bit the value and |m| is at most 2^53, and returns how many
/// values have none: their positions are in `exceptions` (room for `count`), their mantissa is that of the row before.
size_t tickgate_decimals_encode(const double *values, size_t count, double power, int64_t *mantissas,
                                uint16_t *exceptions);

/// Writes `mantissa / power`, correctly rounded for mantissas of at most 2^53.
void tickgate_decimals_decode(const int64_t *mantissas, size_t count, double power, double *values);

/// The same for values that are floats: `m / power`, rounded to a float, is the value, and |m| is at most 2^24.
size_t tickgate_float_decimals_encode(const double *values, size_t count, double power, int64_t *mantissas,
                                      uint16_t *exceptions);

/// Writes `mantissa / power`, rounded to a double and then to a float.
void tickgate_float_decimals_decode(const int64_t *mantissas, size_t count, double power, double *values);

/// Writes the bits of the floats that the values are; 0 if one is no float, bit for bit.
int tickgate_floats_encode(const double *values, size_t count, int64_t *bits);

/// Writes the floats of which the low 32 bits are given.
void tickgate_floats_decode(const int64_t *bits, size_t count, double *values);

// Bits that threads set.

/// Whether a bit is set.
int tickgate_bit_is_set(const uint64_t *words, size_t bit);

/// Sets a bit, for all threads.
void tickgate_set_bit(uint64_t *words, size_t bit);

// Reductions of runs of rows: what aggregates over short groups spend their time with.

/// Rows `start` up to `end`, which belong to one group.
struct tickgate_run {
  int64_t group, start, end;
};

/// Every bit that is set in the magnitude of a value (of its complement, for negative ones): below 2^n if they all are.
uint64_t tickgate_magnitude_bits(const int64_t *values, size_t count, int level);

/// The smallest and the largest value of each run; runs are not empty.
void tickgate_run_bounds(const int64_t *values, const struct tickgate_run *runs, size_t count, int level,
                         int64_t *minima, int64_t *maxima);

/// The sum of each run, modulo 2^64.
void tickgate_run_sums(const int64_t *values, const struct tickgate_run *runs, size_t count, int level, int64_t *sums);

/// The sum of `left * right` of each run; values from -2^31 up to 2^31, sums within 64 bits.
void tickgate_run_products(const int64_t *left, const int64_t *right, const struct tickgate_run *runs, size_t count,
                           int level, int64_t *sums);

/// The sum of `left * right` of each run, modulo 2^128: its low and its high half.
void tickgate_run_wide_products(const int64_t *left, const int64_t *right, const struct tickgate_run *runs,
                                size_t count, uint64_t *low, int64_t *high);

/// Byte k of every value one after the other, for k from 0 to 7.
void tickgate_shuffle(const uint64_t *values, size_t count, uint8_t *bytes);

/// The reverse of `tickgate_shuffle`.
void tickgate_unshuffle(const uint8_t *bytes, size_t count, uint64_t *values);

// Windows.

/// Finds the edges of frames on an axis: `edges[i]` is the first row whose time is at least that of row `row + i` plus
/// `distance`, for the rows up to `row_end`.
///
/// `times` holds the ascending times of the rows from `first` up to and including `limit`, whose time is beyond all that is
/// looked for; `from` is a row not behind the first edge. Times and `distance` are of less than 2^61, so that nothing
/// overflows.
void tickgate_window_edges(const int64_t *times, ptrdiff_t first, ptrdiff_t row, ptrdiff_t row_end, ptrdiff_t from,
                           ptrdiff_t limit, int64_t distance, ptrdiff_t *edges);

#define TICKGATE_TIMES_FALL 1
#define TICKGATE_TIMES_REPEAT 2

/// Which of `TICKGATE_TIMES_FALL` and `TICKGATE_TIMES_REPEAT` happens from some time to the next.
int tickgate_window_order(const int64_t *times, size_t count, int level);

/// Writes `before` and the values up to each, added modulo 2^64, and returns all bits that are set in the magnitude of a
/// value (of a negative one: in its complement).
uint64_t tickgate_running_sums(const int64_t *values, size_t count, int64_t before, int level, int64_t *sums);

/// Writes `(ends[i] - starts[i]) / divisor`; differences are of at most 2^51, and the divisor is exact.
void tickgate_quotients(const int64_t *starts, const int64_t *ends, size_t count, double divisor, int level,
                        double *target);

/// Writes `(ends[i] - starts[i]) / (counts[i] * power)`; differences and counts are of at most 2^51, and products are exact.
void tickgate_means(const int64_t *starts, const int64_t *ends, const ptrdiff_t *counts, size_t count, double power,
                    int level, double *target);

// Joins by time.

/// For each left time how many right times come before it: are not later, or (if `is_strict`) are earlier. Both ascend.
void tickgate_asof_counts(
    const int64_t *left, size_t left_count, const int64_t *right, size_t right_count, int is_strict, uint32_t *out);

// Rows and numbers of queries.

/// Writes the numbers of the rows whose byte is 1 (the others are 0), ascending, and returns how many there are. `rows` has
/// room for `count`.
size_t tickgate_select_rows(const uint8_t *truth, size_t count, int level, uint32_t *rows);

/// Writes `mantissa / power` for each mantissa, all below 2^51 in magnitude; `power` is a power of ten below 10^23. Both are
/// exact doubles, so that the quotient is rounded correctly.
void tickgate_decimal_doubles(const int64_t *mantissas, size_t count, double power, int level, double *target);

// Statistics. A state is some sums, each eight doubles: those of four lanes, then what rounding lost of them. Values come
// four at a time, the first to lane 0. All levels give the same bits.

/// Whether all magnitudes are below a bound; NaN is not.
int tickgate_all_below(const double *values, size_t count, double bound, int level);

/// Whether all values are positive and finite.
int tickgate_all_positive(const double *values, size_t count, int level);

/// Adds the powers of `value - origin`, from the first up to the second, third or fourth, to as many sums. `count` is a
/// multiple of four, and no power leaves the range.
void tickgate_add_powers(const double *values, size_t count, double origin, int powers, int level, double *state);

/// Adds a = x - originX, b = y - originY, a², b² and ab to five sums. `count` is a multiple of four, and no term leaves the
/// range.
void tickgate_add_products(const double *x, const double *y, size_t count, double originX, double originY, int level,
                           double *state);

/// ln(value / reference), right to a few roundings of itself however small it is; NaN unless both are positive and finite.
double tickgate_log_ratio(double value, double reference);

/// Writes `tickgate_log_ratio` of each pair. The target is apart from both.
void tickgate_log_ratios(const double *values, const double *references, size_t count, int level, double *target);

#endif
