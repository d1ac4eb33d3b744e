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

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const void *bytes, size_t length) {
  const uint8_t *next = bytes;
  uint64_t state = (uint32_t)~crc;
  while (length >= 8) {
    uint64_t word;
    memcpy(&word, next, 8);
    state = __builtin_ia32_crc32di(state, word);
    next += 8;
    length -= 8;
  }
  uint32_t tail = (uint32_t)state;
  while (length--) tail = __builtin_ia32_crc32qi(tail, *next++);
  return ~tail;
}

uint32_t tickgate_crc32c(uint32_t crc, const void *bytes, size_t length) {
  if (__builtin_cpu_supports("sse4.2")) return crc32c_sse42(crc, bytes, length);
  return tickgate_crc32c_table(crc, bytes, length);
}

#else

uint32_t tickgate_crc32c(uint32_t crc, const void *bytes, size_t length) {
  return tickgate_crc32c_table(crc, bytes, length);
}

#endif
