#include "CKernels.h"

/// The double that equals an integer of at most 2^51, by the bits of 1.5 × 2^52 plus the integer: vectors have no
/// instruction for it.
static inline __attribute__((always_inline)) double small_to_double(uint64_t value) {
  union {
    uint64_t bits;
    double number;
  } sum = {.bits = value + 0x4338000000000000};
  return sum.number - 0x1.8p52;
}

#define KERNEL(name) name##_baseline
#define TARGET
#include "window_kernel.h"
#undef KERNEL
#undef TARGET

#if defined(__x86_64__)

#define KERNEL(name) name##_avx2
#define TARGET __attribute__((target("avx2")))
#include "window_kernel.h"
#undef KERNEL
#undef TARGET

#define CHOOSE(level, name) ((level) == TICKGATE_BEST && tickgate_has_vectors() ? name##_avx2 : name##_baseline)

#else

#define CHOOSE(level, name) name##_baseline

#endif

int tickgate_window_order(const int64_t *times, size_t count, int level) { return CHOOSE(level, order)(times, count); }

/// Values that stay in the first-level cache between two loops over them.
#define CACHED 1024

uint64_t tickgate_running_sums(const int64_t *values, size_t count, int64_t before, int level, int64_t *sums) {
  uint64_t bits = 0, sum = (uint64_t)before;
  for (size_t start = 0; start < count; start += CACHED) {
    const size_t end = count - start < CACHED ? count : start + CACHED;
    bits |= CHOOSE(level, magnitude_bits)(values + start, end - start);
    for (size_t index = start; index < end; index++) {
      sum += (uint64_t)values[index];
      sums[index] = (int64_t)sum;
    }
  }
  return bits;
}

void tickgate_quotients(const int64_t *starts, const int64_t *ends, size_t count, double divisor, int level,
                        double *target) {
  CHOOSE(level, quotients)(starts, ends, count, divisor, target);
}

void tickgate_means(const int64_t *starts, const int64_t *ends, const ptrdiff_t *counts, size_t count, double power,
                    int level, double *target) {
  CHOOSE(level, means)(starts, ends, counts, count, power, target);
}

/// The first of the times from `from` on that is not below `target`; `limit` if there is none.
static ptrdiff_t lower_bound(const int64_t *times, ptrdiff_t from, ptrdiff_t limit, int64_t target) {
  while (from < limit) {
    const ptrdiff_t middle = from + (limit - from) / 2;
    if (times[middle] < target) {
      from = middle + 1;
    } else {
      limit = middle;
    }
  }
  return from;
}

/// A step of a walk over rows and edges at once: it advances the edge or the row, and which one is the sign of a
/// subtraction. A comparison would become a branch, which goes wrong every third time. The edge is written at each step,
/// and is right when it is written last.
#define STEP(row, edge)                                                                 \
  do {                                                                                  \
    const ptrdiff_t short_of_it = (ptrdiff_t)((uint64_t)(times[edge] - times[row] - distance) >> 63); \
    edges[row] = edge;                                                                  \
    edge += short_of_it;                                                                \
    row += 1 - short_of_it;                                                             \
  } while (0)

/// Walks side by side: the steps of one wait for each other, those of several do not.
#define WALKS 4
/// Steps for which it pays to ask how many can be made without looking.
#define STEPS_MIN 8

static inline ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

void tickgate_window_edges(const int64_t *times, ptrdiff_t first, ptrdiff_t row, ptrdiff_t row_end, ptrdiff_t from,
                           ptrdiff_t limit, int64_t distance, ptrdiff_t *edges) {
  // Rows and edges are numbered as in the partition, so that all four walks fit in registers.
  times = (const int64_t *)((uintptr_t)times - (uintptr_t)first * sizeof *times);
  edges = (ptrdiff_t *)((uintptr_t)edges - (uintptr_t)row * sizeof *edges);
  const ptrdiff_t part = (row_end - row) / WALKS;
  if (part >= STEPS_MIN) {
    ptrdiff_t row0 = row, row1 = row + part, row2 = row + 2 * part, row3 = row + 3 * part;
    const ptrdiff_t end0 = row1, end1 = row2, end2 = row3;
    ptrdiff_t edge0 = lower_bound(times, from, limit, times[row0] + distance);
    ptrdiff_t edge1 = lower_bound(times, edge0, limit, times[row1] + distance);
    ptrdiff_t edge2 = lower_bound(times, edge1, limit, times[row2] + distance);
    ptrdiff_t edge3 = lower_bound(times, edge2, limit, times[row3] + distance);
    for (;;) {
      // No walk advances its row by more than one a step.
      ptrdiff_t steps = smaller(smaller(end0 - row0, end1 - row1), smaller(end2 - row2, row_end - row3));
      if (steps < STEPS_MIN) break;
      while (steps-- > 0) {
        STEP(row0, edge0);
        STEP(row1, edge1);
        STEP(row2, edge2);
        STEP(row3, edge3);
      }
    }
    while (row0 < end0) STEP(row0, edge0);
    while (row1 < end1) STEP(row1, edge1);
    while (row2 < end2) STEP(row2, edge2);
    row = row3;
    from = edge3;
  }
  while (row < row_end) STEP(row, from);
}
