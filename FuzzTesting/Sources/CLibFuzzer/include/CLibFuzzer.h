// libFuzzer's driver, for programs that have a main of their own (as SwiftPM's executables must).
#pragma once
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *data, size_t size));
