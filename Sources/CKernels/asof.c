#include "CKernels.h"

// Whether a right row comes before a left one: not later, or (if strict) earlier.
static inline __attribute__((always_inline)) size_t precedes(int64_t right, int64_t left, int is_strict) {
    return is_strict ? right < left : right <= left;
}

// One step of a merge: either the next right time is taken, or the next left row is answered. The answer is stored in either
// case, so that nothing depends on a branch that nobody could predict.
#define STEP(i, j)                                             \
    {                                                          \
        size_t taken = precedes(right[j], left[i], is_strict); \
        out[i] = (uint32_t)(j);                                \
        j += taken;                                            \
        i += 1 - taken;                                        \
    }

// How many right times, which ascend, come before a left one.
static inline __attribute__((always_inline)) size_t count_before(
    const int64_t *right, size_t count, int64_t left, int is_strict) {
    size_t lower = 0, upper = count;
    while (lower < upper) {
        size_t middle = lower + (upper - lower) / 2;
        if (precedes(right[middle], left, is_strict)) lower = middle + 1; else upper = middle;
    }
    return lower;
}

static inline __attribute__((always_inline)) void merge_counts(
    const int64_t *left, size_t left_count, const int64_t *right, size_t right_count, int is_strict, uint32_t *out) {
    // Left rows that the last right one comes before have all of them; for the others right[j] is always there to be read.
    size_t rows = 0;
    if (right_count > 0) {
        size_t upper = left_count;
        while (rows < upper) {
            size_t middle = rows + (upper - rows) / 2;
            if (precedes(right[right_count - 1], left[middle], is_strict)) upper = middle; else rows = middle + 1;
        }
    }
    for (size_t i = rows; i < left_count; i++) out[i] = (uint32_t)right_count;
    if (rows == 0) return;

    // Four parts at once: each waits for its own loads and compares only.
    size_t i[4], j[4], ends[4], steps = SIZE_MAX;
    for (size_t part = 0; part < 4; part++) {
        i[part] = rows * part / 4;
        ends[part] = rows * (part + 1) / 4;
        j[part] = i[part] == 0 ? 0 : count_before(right, right_count, left[i[part] - 1], is_strict);
        size_t last = ends[part] == 0 ? 0 : count_before(right, right_count, left[ends[part] - 1], is_strict);
        // So many steps bring a part exactly to its end.
        size_t needed = (ends[part] - i[part]) + (last - j[part]);
        if (needed < steps) steps = needed;
    }
    size_t i0 = i[0], i1 = i[1], i2 = i[2], i3 = i[3], j0 = j[0], j1 = j[1], j2 = j[2], j3 = j[3];
    for (size_t step = 0; step < steps; step++) {
        STEP(i0, j0)
        STEP(i1, j1)
        STEP(i2, j2)
        STEP(i3, j3)
    }
    while (i0 < ends[0]) STEP(i0, j0)
    while (i1 < ends[1]) STEP(i1, j1)
    while (i2 < ends[2]) STEP(i2, j2)
    while (i3 < ends[3]) STEP(i3, j3)
}

void tickgate_asof_counts(
    const int64_t *left, size_t left_count, const int64_t *right, size_t right_count, int is_strict, uint32_t *out) {
    if (is_strict) merge_counts(left, left_count, right, right_count, 1, out);
    else merge_counts(left, left_count, right, right_count, 0, out);
}
