#include "CKernels.h"

#include <math.h>

// A product that is fused with a sum has other bits.
#pragma STDC FP_CONTRACT OFF

typedef double four __attribute__((vector_size(32)));
typedef double four_anywhere __attribute__((vector_size(32), aligned(8), may_alias));

#define LOAD(place) (*(const four_anywhere *)(place))
#define STORE(place, value) (*(four_anywhere *)(place) = (value))

/// Halves of 26 bits, so that products of halves are exact (Dekker 1971); the factor is 2^27 + 1.
#define SPLIT(value, high, low)                                \
  const four high##_scaled = (value) * 134217729.0;            \
  const four high = high##_scaled - (high##_scaled - (value)); \
  const four low = (value) - high

/// What rounding lost of a product, given the halves of its factors.
#define LOST(product, left_high, left_low, right_high, right_low)                                                   \
  ((((left_high) * (right_high) - (product)) + (left_high) * (right_low) + (left_low) * (right_high)) + \
   (left_low) * (right_low))

/// `value + opposite` and what rounding lost of it (Knuth's two-sum).
#define DEVIATION(value, opposite, high, low)    \
  const four high = (value) + (opposite);        \
  const four high##_shadow = high - (value);     \
  const four low = ((value) - (high - high##_shadow)) + ((opposite)-high##_shadow)

/// Adds `term + rest` to the sum of each lane, and what rounding lost to its error.
#define ADD(sum, error, term, rest)                                                    \
  do {                                                                                 \
    const four total = (sum) + (term);                                                 \
    const four shadow = total - (sum);                                                 \
    (error) = (error) + ((((sum) - (total - shadow)) + ((term)-shadow)) + (rest));      \
    (sum) = total;                                                                     \
  } while (0)

/// ln(a / b) = 2 artanh((a - b) / (a + b)): shares below this leave less than 2^-60 beyond the last term.
#define SHARE_MAX 0x1p-5
/// Sums of numbers from here on might not be finite.
#define REFERENCE_MAX 0x1p1000
#define LOG_SERIES(share) \
  (2.0 * (share) + 2.0 * (share) * ((share) * (share)) * LOG_TERMS((share) * (share)))
#define LOG_TERMS(square)                                                                     \
  (1.0 / 3 + (square) * (1.0 / 5 + (square) * (1.0 / 7 + (square) * (1.0 / 9 + (square) * (1.0 / 11)))))

double tickgate_log_ratio(double value, double reference) {
  if (!(value > 0) || !(reference > 0) || !(value < INFINITY) || !(reference < INFINITY)) return NAN;
  const double share = (value - reference) / (value + reference);
  if (share < SHARE_MAX && share > -SHARE_MAX && reference < REFERENCE_MAX) return LOG_SERIES(share);
  const double change = (value - reference) / reference;
  if (change < 1 && change > -0.5) return log1p(change);
  // Far apart the quotient loses nothing that matters, unless it leaves the range.
  const double quotient = value / reference;
  return isnormal(quotient) ? log(quotient) : log(value) - log(reference);
}

#define KERNEL(name) name##_baseline
#define TARGET
#include "statistics_kernel.h"
#undef KERNEL
#undef TARGET

#if defined(__x86_64__)

#define KERNEL(name) name##_avx2
#define TARGET __attribute__((target("avx2")))
#include "statistics_kernel.h"
#undef KERNEL
#undef TARGET

#define CHOOSE(level, name) ((level) == TICKGATE_BEST && tickgate_has_vectors() ? name##_avx2 : name##_baseline)

#else

#define CHOOSE(level, name) name##_baseline

#endif

int tickgate_all_below(const double *values, size_t count, double bound, int level) {
  return CHOOSE(level, all_below)(values, count, bound);
}

int tickgate_all_positive(const double *values, size_t count, int level) {
  return CHOOSE(level, all_positive)(values, count);
}

void tickgate_add_powers(const double *values, size_t count, double origin, int powers, int level, double *state) {
  CHOOSE(level, add_powers)(values, count, origin, powers, state);
}

void tickgate_add_products(const double *x, const double *y, size_t count, double originX, double originY, int level,
                           double *state) {
  CHOOSE(level, add_products)(x, y, count, originX, originY, state);
}

void tickgate_log_ratios(const double *values, const double *references, size_t count, int level, double *target) {
  CHOOSE(level, log_ratios)(values, references, count, target);
}
