#include "hash_table.h"
#include "merge_heap.h"

void loop_merge(const struct loop_trades *trades, int64_t *times, int64_t *prices) {
    struct merge_heap heap;
    heap_start(&heap, trades);
    for (size_t i = 0; heap.count > 0; i++) {
        size_t place = heap_take(&heap, trades);
        times[i] = trades->time[place];
        prices[i] = trades->price[place];
    }
}

size_t loop_distinct(const struct loop_trades *trades, struct loop_group *table, size_t slots, int64_t *accounts) {
    struct merge_heap heap;
    heap_start(&heap, trades);
    hash_clear(table, slots);
    size_t count = 0;
    while (heap.count > 0) {
        int64_t account = trades->account[heap_take(&heap, trades)];
        struct loop_group *group = hash_find(table, slots, account);
        if (group->count == 0) accounts[count++] = account;
        group->key = account;
        group->count = 1;
    }
    return count;
}

// Sorts places by a key, stably: eleven bits a pass, from the lowest.
static void radix_sort(const int64_t *keys, size_t count, uint32_t *places, uint32_t *scratch) {
    enum { BITS = 11, VALUES = 1 << BITS };
    int64_t low = INT64_MAX, high = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        low = keys[i] < low ? keys[i] : low;
        high = keys[i] > high ? keys[i] : high;
    }
    uint32_t *source = places, *target = scratch;
    for (unsigned shift = 0; shift < 64 && ((uint64_t)(high - low) >> shift) > 0; shift += BITS) {
        size_t starts[VALUES] = {0}, start = 0;
        for (size_t i = 0; i < count; i++) starts[((uint64_t)(keys[i] - low) >> shift) & (VALUES - 1)]++;
        for (size_t value = 0; value < VALUES; value++) {
            size_t length = starts[value];
            starts[value] = start;
            start += length;
        }
        for (size_t i = 0; i < count; i++) {
            uint32_t place = source[i];
            target[starts[((uint64_t)(keys[place] - low) >> shift) & (VALUES - 1)]++] = place;
        }
        uint32_t *sorted = target;
        target = source;
        source = sorted;
    }
    if (source != places) memcpy(places, source, count * sizeof *places);
}

void loop_sort(const struct loop_trades *trades, uint32_t *places, uint32_t *scratch, int64_t *prices,
               int64_t *accounts) {
    size_t count = trades->series * trades->rows;
    for (size_t i = 0; i < count; i++) places[i] = (uint32_t)i;
    radix_sort(trades->time, count, places, scratch);
    radix_sort(trades->price, count, places, scratch);
    for (size_t i = 0; i < count; i++) {
        prices[i] = trades->price[places[i]];
        accounts[i] = trades->account[places[i]];
    }
}

static int is_before(const struct loop_trades *trades, size_t a, size_t b) {
    if (trades->price[a] != trades->price[b]) return trades->price[a] < trades->price[b];
    if (trades->time[a] != trades->time[b]) return trades->time[a] < trades->time[b];
    return a < b;
}

void loop_top(const struct loop_trades *trades, uint32_t *places, size_t count) {
    size_t total = trades->series * trades->rows, kept = 0;
    if (count == 0) return;
    for (size_t i = 0; i < total; i++) {
        if (kept == count && !is_before(trades, i, places[kept - 1])) continue;
        // The kept rows stay sorted: few come in once the worst of them is good.
        size_t at = kept < count ? kept++ : kept - 1;
        for (; at > 0 && is_before(trades, i, places[at - 1]); at--) places[at] = places[at - 1];
        places[at] = (uint32_t)i;
    }
}
