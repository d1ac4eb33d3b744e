#include "CKernels.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define LANES TICKGATE_LANES
#define BLOCK TICKGATE_BLOCK
#define BLOCK_ROWS (BLOCK / LANES)

#define KERNEL(name) name##_baseline
#define TARGET
#include "unpack_kernel.h"
#undef KERNEL
#undef TARGET

/// Sums as they run, in place; the first is added to `running`. Returns the last sum.
static uint64_t running_sum_baseline(uint64_t *values, size_t count, uint64_t running) {
  for (size_t index = 0; index < count; index++) {
    running += values[index];
    values[index] = running;
  }
  return running;
}

#if defined(__x86_64__)

#define KERNEL(name) name##_avx2
#define TARGET __attribute__((target("avx2")))
#include "unpack_kernel.h"
#undef KERNEL
#undef TARGET

/// The same by fours: two shifted additions inside a vector; only the broadcast of the last sum waits for the one before.
__attribute__((target("avx2"))) static uint64_t running_sum_avx2(uint64_t *values, size_t count, uint64_t running) {
  size_t index = 0;
  __m256i before = _mm256_set1_epi64x((long long)running);
  for (; index + 4 <= count; index += 4) {
    __m256i sums = _mm256_loadu_si256((const __m256i *)(values + index));
    sums = _mm256_add_epi64(sums, _mm256_slli_si256(sums, 8));
    const __m256i low = _mm256_permute4x64_epi64(sums, 0x50);
    sums = _mm256_add_epi64(sums, _mm256_blend_epi32(_mm256_setzero_si256(), low, 0xF0));
    const __m256i total = _mm256_permute4x64_epi64(sums, 0xFF);
    _mm256_storeu_si256((__m256i *)(values + index), _mm256_add_epi64(sums, before));
    before = _mm256_add_epi64(before, total);
  }
  running = (uint64_t)_mm256_extract_epi64(before, 0);
  return running_sum_baseline(values + index, count - index, running);
}

#endif

/// The loops of one processor level.
struct kernels {
  void (*unpack_rows)(const uint64_t *, size_t, unsigned, uint64_t, uint64_t, uint64_t *);
  uint64_t (*running_sum)(uint64_t *, size_t, uint64_t);
  uint32_t (*narrow32)(const uint64_t *, size_t, uint32_t, uint32_t *);
  void (*narrow8)(const uint64_t *, size_t, uint8_t *);
};

static const struct kernels baseline = {unpack_rows_baseline, running_sum_baseline, narrow32_baseline, narrow8_baseline};

#if defined(__x86_64__)
static const struct kernels avx2 = {unpack_rows_avx2, running_sum_avx2, narrow32_avx2, narrow8_avx2};

static const struct kernels *best(void) { return __builtin_cpu_supports("avx2") ? &avx2 : &baseline; }
#else
static const struct kernels *best(void) { return &baseline; }
#endif

static const struct kernels *chosen(int level) { return level == TICKGATE_BASELINE ? &baseline : best(); }

int tickgate_has_vectors(void) { return best() != &baseline; }

// MARK: Packing

size_t tickgate_packed_words(size_t count, unsigned width) {
  const size_t rest = count % BLOCK;
  const size_t rest_rows = (rest + LANES - 1) / LANES;
  return count / BLOCK * LANES * width + (rest_rows * width + 63) / 64 * LANES;
}

void tickgate_pack(const uint64_t *values, size_t count, unsigned width, uint64_t *packed) {
  memset(packed, 0, tickgate_packed_words(count, width) * 8);
  if (width == 0) return;
  const uint64_t mask = ~0ull >> (64 - width);
  for (size_t start = 0; start < count; start += BLOCK) {
    const size_t block = count - start < BLOCK ? count - start : BLOCK;
    for (size_t index = 0; index < block; index++) {
      const size_t bit = index / LANES * width;
      const unsigned shift = bit & 63;
      uint64_t *word = packed + (bit >> 6) * LANES + index % LANES;
      const uint64_t value = values[start + index] & mask;
      *word |= value << shift;
      if (shift + width > 64) word[LANES] |= value >> (64 - shift);
    }
    packed += (size_t)LANES * width;
  }
}

// MARK: Exceptions

/// Where the next exception of a stream lies, and its high bits.
struct exceptions {
  const uint8_t *gaps, *gaps_end;
  const uint8_t *highs;
  size_t highs_length, highs_bit;
  size_t left, position;
  unsigned high_width;
  uint64_t high_base;
};

/// Goes to the next exception; false if the gaps end before it.
static int advance(struct exceptions *next) {
  while (next->gaps < next->gaps_end) {
    const uint8_t gap = *next->gaps++;
    if (gap != TICKGATE_GAP_ESCAPE) {
      next->position += (size_t)gap + 1;
      return 1;
    }
    next->position += TICKGATE_GAP_ESCAPE;
  }
  return 0;
}

static uint64_t take_high(struct exceptions *next) {
  const unsigned width = next->high_width;
  if (width == 0) return next->high_base;
  const size_t byte = next->highs_bit >> 3;
  const unsigned shift = next->highs_bit & 7;
  next->highs_bit += width;
  uint64_t low = 0;
  uint8_t top = 0;
  const size_t rest = next->highs_length - byte;
  if (rest > 8) {  // a copy of fixed length is one load
    memcpy(&low, next->highs + byte, 8);
    top = next->highs[byte + 8];
  } else {
    memcpy(&low, next->highs + byte, rest);
  }
  uint64_t value = low >> shift;
  if (shift + width > 64) value |= (uint64_t)top << (64 - shift);
  return next->high_base + (value & (~0ull >> (64 - width)));
}

// MARK: Unpacking

int tickgate_unpack(const struct tickgate_integers *stream, int level, int64_t *target) {
  const struct kernels *kernels = chosen(level);
  const unsigned width = stream->width;
  const size_t count = stream->count;
  const uint64_t *packed = stream->packed;
  // Row 0 of a delta stream has offset 0: the running sum starts one base early.
  uint64_t running = stream->first - stream->base;
  struct exceptions next = {
      .gaps = stream->gaps,
      .gaps_end = stream->gaps + stream->gaps_length,
      .highs = stream->highs,
      .highs_length = stream->highs_length,
      .left = stream->exceptions,
      .position = SIZE_MAX,
      .high_width = stream->high_width,
      .high_base = stream->high_base,
  };
  if (next.left > 0 && !advance(&next)) return 0;
  for (size_t start = 0; start < count; start += BLOCK) {
    const size_t block = count - start < BLOCK ? count - start : BLOCK;
    uint64_t *values = (uint64_t *)target + start;
    if (width == 0) {
      for (size_t index = 0; index < block; index++) values[index] = stream->base;
    } else {
      kernels->unpack_rows(packed, (block + LANES - 1) / LANES, width, stream->base, stream->step, values);
      packed += (size_t)LANES * width;
    }
    while (next.left > 0 && next.position < start + block) {
      const uint64_t high = take_high(&next);
      if (width < 64) ((uint64_t *)target)[next.position] += (high << width) * stream->step;
      if (--next.left > 0 && !advance(&next)) return 0;
    }
    if (stream->is_delta) running = kernels->running_sum(values, block, running);
  }
  return next.left == 0;
}

uint32_t tickgate_unpack32(const uint64_t *packed, size_t count, unsigned width, uint32_t base, int level,
                           uint32_t *target) {
  const struct kernels *kernels = chosen(level);
  uint64_t block_values[BLOCK];
  uint32_t largest = 0;
  for (size_t start = 0; start < count; start += BLOCK) {
    const size_t block = count - start < BLOCK ? count - start : BLOCK;
    kernels->unpack_rows(packed, (block + LANES - 1) / LANES, width, 0, 1, block_values);
    packed += (size_t)LANES * width;
    const uint32_t found = kernels->narrow32(block_values, block, base, target + start);
    largest = found > largest ? found : largest;
  }
  return largest;
}

void tickgate_unpack_booleans(const uint64_t *packed, size_t count, int level, uint8_t *target) {
  const struct kernels *kernels = chosen(level);
  uint64_t block_values[BLOCK];
  for (size_t start = 0; start < count; start += BLOCK) {
    const size_t block = count - start < BLOCK ? count - start : BLOCK;
    kernels->unpack_rows(packed, (block + LANES - 1) / LANES, 1, 0, 1, block_values);
    packed += LANES;
    kernels->narrow8(block_values, block, target + start);
  }
}
