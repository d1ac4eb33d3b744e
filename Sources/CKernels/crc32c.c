#include "CKernels.h"

#include <string.h>

// 0x1EDC6F41, bit-reversed.
#define CRC32C_POLYNOMIAL 0x82F63B78u

static uint32_t tables[8][256];

__attribute__((constructor)) static void make_tables(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) ? CRC32C_POLYNOMIAL : 0);
    tables[0][byte] = crc;
  }
  for (uint32_t byte = 0; byte < 256; byte++)
    for (int slice = 1; slice < 8; slice++)
      tables[slice][byte] = (tables[slice - 1][byte] >> 8) ^ tables[0][tables[slice - 1][byte] & 0xFF];
}

uint32_t tickgate_crc32c_table(uint32_t crc, const void *bytes, size_t length) {
  const uint8_t *next = bytes;
  crc = ~crc;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  while (length >= 8) {
    uint64_t word;
    memcpy(&word, next, 8);
    word ^= crc;
    crc = tables[7][word & 0xFF] ^ tables[6][(word >> 8) & 0xFF] ^ tables[5][(word >> 16) & 0xFF] ^
          tables[4][(word >> 24) & 0xFF] ^ tables[3][(word >> 32) & 0xFF] ^ tables[2][(word >> 40) & 0xFF] ^
          tables[1][(word >> 48) & 0xFF] ^ tables[0][word >> 56];
    next += 8;
    length -= 8;
  }
#endif
  while (length--) crc = (crc >> 8) ^ tables[0][(crc ^ *next++) & 0xFF];
  return ~crc;
}

#if defined(__x86_64__) || (defined(__aarch64__) && defined(__linux__))

#if defined(__x86_64__)
#define HARDWARE __attribute__((target("sse4.2")))
#define CRC_WORD(crc, word) ((uint32_t)__builtin_ia32_crc32di((crc), (word)))
#define CRC_BYTE(crc, byte) __builtin_ia32_crc32qi((crc), (byte))
static int has_instruction(void) { return __builtin_cpu_supports("sse4.2"); }
#else
#include <asm/hwcap.h>
#include <sys/auxv.h>
#define HARDWARE __attribute__((target("crc")))
#define CRC_WORD(crc, word) __builtin_arm_crc32cd((crc), (word))
#define CRC_BYTE(crc, byte) __builtin_arm_crc32cb((crc), (byte))
static int has_instruction(void) { return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0; }
#endif

// The instruction gives a result a cycle but takes three, so three runs of equal length go side by side. Joining them
// needs the CRC of a run followed by as many zeros as the next one is long: a linear map, here as four tables
// (the method of Mark Adler's crc32c.c). Long runs make joining rare, short ones take what is left.
#define LONG_RUN 2048
#define SHORT_RUN 256

static uint32_t after_long[4][256], after_short[4][256];

/// The state after `length` zero bytes for each state with one byte set.
static void make_zeros_tables(uint32_t zeros[4][256], size_t length) {
  uint32_t of_bit[32];
  for (int bit = 0; bit < 32; bit++) {
    uint32_t state = 1u << bit;
    for (size_t byte = 0; byte < length; byte++) state = (state >> 8) ^ tables[0][state & 0xFF];
    of_bit[bit] = state;
  }
  for (int slice = 0; slice < 4; slice++)
    for (uint32_t byte = 0; byte < 256; byte++) {
      uint32_t state = 0;
      for (int bit = 0; bit < 8; bit++)
        if (byte >> bit & 1) state ^= of_bit[slice * 8 + bit];
      zeros[slice][byte] = state;
    }
}

static inline uint32_t skip_zeros(const uint32_t zeros[4][256], uint32_t state) {
  return zeros[0][state & 0xFF] ^ zeros[1][(state >> 8) & 0xFF] ^ zeros[2][(state >> 16) & 0xFF] ^ zeros[3][state >> 24];
}

__attribute__((constructor)) static void make_run_tables(void) {
  make_tables();
  make_zeros_tables(after_long, LONG_RUN);
  make_zeros_tables(after_short, SHORT_RUN);
}

static inline uint64_t load(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, 8);
  return word;
}

HARDWARE static const uint8_t *three_runs(uint32_t *state, const uint8_t *next, size_t *length, size_t run,
                                          const uint32_t zeros[4][256]) {
  uint32_t first = *state;
  while (*length >= 3 * run) {
    uint32_t second = 0, third = 0;
    for (size_t offset = 0; offset < run; offset += 8) {
      first = CRC_WORD(first, load(next + offset));
      second = CRC_WORD(second, load(next + run + offset));
      third = CRC_WORD(third, load(next + 2 * run + offset));
    }
    first = skip_zeros(zeros, skip_zeros(zeros, first) ^ second) ^ third;
    next += 3 * run;
    *length -= 3 * run;
  }
  *state = first;
  return next;
}

HARDWARE static uint32_t crc32c_by_instruction(uint32_t crc, const void *bytes, size_t length) {
  const uint8_t *next = bytes;
  uint32_t state = ~crc;
  next = three_runs(&state, next, &length, LONG_RUN, after_long);
  next = three_runs(&state, next, &length, SHORT_RUN, after_short);
  for (; length >= 8; next += 8, length -= 8) state = CRC_WORD(state, load(next));
  while (length--) state = CRC_BYTE(state, *next++);
  return ~state;
}

uint32_t tickgate_crc32c(uint32_t crc, const void *bytes, size_t length) {
  if (has_instruction()) return crc32c_by_instruction(crc, bytes, length);
  return tickgate_crc32c_table(crc, bytes, length);
}

#else

uint32_t tickgate_crc32c(uint32_t crc, const void *bytes, size_t length) {
  return tickgate_crc32c_table(crc, bytes, length);
}

#endif
