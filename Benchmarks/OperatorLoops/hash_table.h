#include <string.h>

#include "OperatorLoops.h"

// Open addressing over a power of two of slots that is never full; a slot whose count is 0 is free.

static inline size_t hash_slot(int64_t key, size_t slots) {
    return (size_t)(((uint64_t)key * 0x9e3779b97f4a7c15u) >> 32) & (slots - 1);
}

static inline void hash_clear(struct loop_group *table, size_t slots) { memset(table, 0, slots * sizeof *table); }

// The slot of a key, or the free one where it belongs.
static inline struct loop_group *hash_find(struct loop_group *table, size_t slots, int64_t key) {
    size_t slot = hash_slot(key, slots);
    while (table[slot].count != 0 && table[slot].key != key) slot = (slot + 1) & (slots - 1);
    return &table[slot];
}
