#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static void doubles_baseline(const int64_t *mantissas, size_t start, size_t count, double power, double *target) {
  for (size_t row = start; row < count; row++) target[row] = (double)mantissas[row] / power;
}

#if defined(__x86_64__)

// A mantissa below 2^51 in magnitude, added to the bits of 1.5 × 2^52, is that number plus the mantissa, exactly.
__attribute__((target("avx2"))) static void doubles_avx2(
    const int64_t *mantissas, size_t count, double power, double *target) {
  const __m256i magic = _mm256_set1_epi64x(0x4338000000000000);
  const __m256d offset = _mm256_castsi256_pd(magic);
  const __m256d divisor = _mm256_set1_pd(power);
  size_t row = 0;
  for (; row + 4 <= count; row += 4) {
    const __m256i bits = _mm256_add_epi64(_mm256_loadu_si256((const __m256i *)(mantissas + row)), magic);
    const __m256d values = _mm256_sub_pd(_mm256_castsi256_pd(bits), offset);
    _mm256_storeu_pd(target + row, _mm256_div_pd(values, divisor));
  }
  doubles_baseline(mantissas, row, count, power, target);
}

#endif

void tickgate_decimal_doubles(const int64_t *mantissas, size_t count, double power, int level, double *target) {
#if defined(__x86_64__)
  if (level == TICKGATE_BEST && __builtin_cpu_supports("avx2")) {
    doubles_avx2(mantissas, count, power, target);
    return;
  }
#endif
  (void)level;
  doubles_baseline(mantissas, 0, count, power, target);
}
