#ifndef TICKGATE_CKERNELS_H
#define TICKGATE_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli) of `length` bytes, continuing from `crc`; start with 0.
///
/// Uses the SSE4.2 instruction where the processor has it, else eight tables. Both give the same value.
uint32_t tickgate_crc32c(uint32_t crc, const void *bytes, size_t length);

/// The table form of `tickgate_crc32c`, for tests that compare the two.
uint32_t tickgate_crc32c_table(uint32_t crc, const void *bytes, size_t length);

/// Gives the calling thread the name that tools show, cut to 15 bytes.
void tickgate_name_thread(const char *name);

#endif
