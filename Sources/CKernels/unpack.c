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
  uint64_t (*sum_rows)(const uint64_t *, size_t, unsigned);
  uint32_t (*narrow32)(const uint64_t *, size_t, uint32_t, uint32_t *);
  void (*narrow8)(const uint64_t *, size_t, uint8_t *);
};

static const struct kernels baseline = {
    unpack_rows_baseline, running_sum_baseline, sum_rows_baseline, narrow32_baseline, narrow8_baseline};

#if defined(__x86_64__)
static const struct kernels avx2 = {unpack_rows_avx2, running_sum_avx2, sum_rows_avx2, narrow32_avx2, narrow8_avx2};

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

/// The exceptions of a stream, from the first.
static struct exceptions exceptions_of(const struct tickgate_integers *stream) {
  return (struct exceptions){
      .gaps = stream->gaps,
      .gaps_end = stream->gaps + stream->gaps_length,
      .highs = stream->highs,
      .highs_length = stream->highs_length,
      .left = stream->exceptions,
      .position = SIZE_MAX,
      .high_width = stream->high_width,
      .high_base = stream->high_base,
  };
}

/// What the exception adds to its offset; goes to the next one, and clears `is_whole` if the gaps end before it.
static uint64_t take_exception(struct exceptions *next, unsigned width, int *is_whole) {
  const uint64_t high = take_high(next);
  if (--next->left > 0 && !advance(next)) *is_whole = 0;
  return width < 64 ? high << width : 0;
}

// MARK: Unpacking

int tickgate_unpack(const struct tickgate_integers *stream, int level, int64_t *target) {
  const struct kernels *kernels = chosen(level);
  const unsigned width = stream->width;
  const size_t count = stream->count;
  const uint64_t *packed = stream->packed;
  // Row 0 of a delta stream has offset 0: the running sum starts one base early.
  uint64_t running = stream->first - stream->base;
  struct exceptions next = exceptions_of(stream);
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

uint64_t tickgate_packed_offset(const uint64_t *packed, size_t row, unsigned width) {
  if (width == 0) return 0;
  const size_t lane_row = row % BLOCK / LANES;
  const size_t bit = lane_row * width;
  const uint64_t *low = packed + row / BLOCK * LANES * width + (bit >> 6) * LANES + row % LANES;
  const unsigned shift = bit & 63;
  uint64_t offset = *low >> shift;
  if (shift + width > 64) offset |= low[LANES] << (64 - shift);
  return offset & (~0ull >> (64 - width));
}

/// The sum of the offsets of rows before `end`, modulo 2^64, without what exceptions add.
static uint64_t sum_before(const struct tickgate_integers *stream, size_t end, const struct kernels *kernels) {
  const unsigned width = stream->width;
  if (width == 0) return 0;
  uint64_t sum = 0;
  for (size_t start = 0; start < end; start += BLOCK) {
    const size_t block = end - start < BLOCK ? end - start : BLOCK;
    sum += kernels->sum_rows(stream->packed + start * width / 64, block / LANES, width);
  }
  for (size_t row = end / LANES * LANES; row < end; row++) sum += tickgate_packed_offset(stream->packed, row, width);
  return sum;
}

int tickgate_unpack_rows(const struct tickgate_integers *stream, size_t start, size_t end, int level, int64_t *target) {
  const unsigned width = stream->width;
  uint64_t *values = (uint64_t *)target;
  // Of differences: the sum of the offsets before `start`.
  uint64_t before = stream->is_delta ? sum_before(stream, start, chosen(level)) : 0;
  for (size_t row = start; row < end; row++) values[row - start] = tickgate_packed_offset(stream->packed, row, width);
  struct exceptions next = exceptions_of(stream);
  int is_whole = next.left == 0 || advance(&next);
  while (is_whole && next.left > 0 && next.position < end) {
    const size_t position = next.position;
    const uint64_t high = take_exception(&next, width, &is_whole);
    if (position >= start) {
      values[position - start] += high;
    } else {
      before += high;
    }
  }
  if (!is_whole) return 0;
  uint64_t running = stream->first + (start - 1) * stream->base + before * stream->step;
  for (size_t index = 0; index < end - start; index++) {
    const uint64_t value = stream->base + stream->step * values[index];
    running += value;
    values[index] = stream->is_delta ? running : value;
  }
  return 1;
}

int tickgate_find(const struct tickgate_integers *stream, int64_t value, int level, struct tickgate_place *place) {
  const struct kernels *kernels = chosen(level);
  const unsigned width = stream->width;
  const uint64_t *packed = stream->packed;
  struct exceptions next = exceptions_of(stream);
  int is_whole = next.left == 0 || advance(&next);
  // The last value of the block before; of differences that of row 0 less its own.
  uint64_t last = stream->first - stream->base;
  uint64_t values[BLOCK];
  for (size_t start = 0; start < stream->count; start += BLOCK) {
    const size_t block = stream->count - start < BLOCK ? stream->count - start : BLOCK;
    // What the block's last value is, without the others: of differences by the sum of all, else by its own offset.
    const struct exceptions first = next;
    uint64_t sum = 0, own = 0;
    while (is_whole && next.left > 0 && next.position < start + block) {
      const int is_last = next.position == start + block - 1;
      const uint64_t high = take_exception(&next, width, &is_whole);
      sum += high;
      if (is_last) own = high;
    }
    if (!is_whole) return 0;
    uint64_t end;
    if (stream->is_delta) {
      if (width > 0) sum += kernels->sum_rows(packed, block / LANES, width);
      for (size_t row = block / LANES * LANES; row < block; row++) sum += tickgate_packed_offset(packed, row, width);
      end = last + block * stream->base + sum * stream->step;
    } else {
      end = stream->base + stream->step * (own + tickgate_packed_offset(packed, block - 1, width));
    }
    if ((int64_t)end < value) {
      last = end;
      packed += (size_t)LANES * width;
      continue;
    }
    for (size_t row = 0; row < block; row++) values[row] = stream->base;
    if (width > 0) {
      kernels->unpack_rows(packed, (block + LANES - 1) / LANES, width, stream->base, stream->step, values);
    }
    struct exceptions again = first;
    while (again.left > 0 && again.position < start + block) {
      const size_t row = again.position - start;
      values[row] += take_exception(&again, width, &is_whole) * stream->step;
      if (!is_whole) return 0;
    }
    if (stream->is_delta) kernels->running_sum(values, block, last);
    size_t low = 0, high = block - 1;
    while (low < high) {
      const size_t middle = (low + high) / 2;
      if ((int64_t)values[middle] < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    *place = (struct tickgate_place){start + low, (int64_t)(low > 0 ? values[low - 1] : last), (int64_t)values[low]};
    return 1;
  }
  *place = (struct tickgate_place){stream->count, (int64_t)last, 0};
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

// MARK: Bits that threads set

int tickgate_bit_is_set(const uint64_t *words, size_t bit) {
  return (int)(__atomic_load_n(words + bit / 64, __ATOMIC_RELAXED) >> (bit & 63) & 1);
}

void tickgate_set_bit(uint64_t *words, size_t bit) {
  __atomic_fetch_or(words + bit / 64, 1ull << (bit & 63), __ATOMIC_RELAXED);
}
