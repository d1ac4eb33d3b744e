#include <stdlib.h>

#include "hash_table.h"

size_t loop_bars(const struct loop_trades *trades, int64_t width, struct loop_bar *bars, size_t *ends) {
    size_t count = 0;
    for (size_t series = 0; series < trades->series; series++) {
        const int64_t *time = trades->time + series * trades->rows;
        const int64_t *price = trades->price + series * trades->rows;
        const int64_t *size = trades->size + series * trades->rows;
        for (size_t i = 0; i < trades->rows;) {
            int64_t bucket = time[i] / width, end = (bucket + 1) * width;
            struct loop_bar bar = {bucket, price[i], price[i], price[i], price[i], 0};
            for (; i < trades->rows && time[i] < end; i++) {
                bar.high = price[i] > bar.high ? price[i] : bar.high;
                bar.low = price[i] < bar.low ? price[i] : bar.low;
                bar.close = price[i];
                bar.volume += size[i];
            }
            bars[count++] = bar;
        }
        ends[series] = count;
    }
    return count;
}

void loop_notionals(const struct loop_trades *trades, int64_t width, int64_t first, size_t buckets, int64_t *notionals,
                    int64_t *volumes) {
    memset(notionals, 0, buckets * sizeof *notionals);
    memset(volumes, 0, buckets * sizeof *volumes);
    for (size_t series = 0; series < trades->series; series++) {
        const int64_t *time = trades->time + series * trades->rows;
        const int64_t *price = trades->price + series * trades->rows;
        const int64_t *size = trades->size + series * trades->rows;
        for (size_t i = 0; i < trades->rows;) {
            int64_t bucket = time[i] / width, end = (bucket + 1) * width;
            int64_t notional = 0, volume = 0;
            for (; i < trades->rows && time[i] < end; i++) {
                notional += price[i] * size[i];
                volume += size[i];
            }
            notionals[bucket - first] += notional;
            volumes[bucket - first] += volume;
        }
    }
}

void loop_by_side(const struct loop_trades *trades, size_t sides, int64_t *counts, int64_t *volumes) {
    memset(counts, 0, sides * sizeof *counts);
    memset(volumes, 0, sides * sizeof *volumes);
    for (size_t i = 0; i < trades->series * trades->rows; i++) {
        counts[trades->side[i]]++;
        volumes[trades->side[i]] += trades->size[i];
    }
}

static int compare_keys(const void *left, const void *right) {
    int64_t a = ((const struct loop_group *)left)->key, b = ((const struct loop_group *)right)->key;
    return (a > b) - (a < b);
}

size_t loop_by_account(const struct loop_trades *trades, struct loop_group *table, size_t slots,
                       struct loop_group *groups) {
    hash_clear(table, slots);
    for (size_t i = 0; i < trades->series * trades->rows; i++) {
        struct loop_group *group = hash_find(table, slots, trades->account[i]);
        group->key = trades->account[i];
        group->sum += trades->size[i];
        group->count++;
    }
    size_t count = 0;
    for (size_t slot = 0; slot < slots; slot++)
        if (table[slot].count != 0) groups[count++] = table[slot];
    qsort(groups, count, sizeof *groups, compare_keys);
    return count;
}
