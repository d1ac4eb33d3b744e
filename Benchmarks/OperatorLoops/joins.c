#include "hash_table.h"

static inline __attribute__((always_inline)) int64_t asof(const struct loop_trades *trades,
                                                          const struct loop_quotes *quotes, int is_strict) {
    int64_t sum = 0;
    for (size_t series = 0; series < trades->series; series++) {
        const int64_t *time = trades->time + series * trades->rows;
        const int64_t *quote_time = quotes->time + series * quotes->rows;
        const int64_t *price = trades->price + series * trades->rows, *bid = quotes->bid + series * quotes->rows;
        size_t next = 0;
        for (size_t i = 0; i < trades->rows; i++) {
            while (next < quotes->rows && (is_strict ? quote_time[next] < time[i] : quote_time[next] <= time[i])) next++;
            if (next > 0) sum += price[i] - bid[next - 1];
        }
    }
    return sum;
}

int64_t loop_asof(const struct loop_trades *trades, const struct loop_quotes *quotes, int is_strict) {
    return is_strict ? asof(trades, quotes, 1) : asof(trades, quotes, 0);
}

int64_t loop_window_join(const struct loop_trades *trades, const struct loop_quotes *quotes, int64_t distance) {
    int64_t sum = 0;
    for (size_t series = 0; series < trades->series; series++) {
        const int64_t *time = trades->time + series * trades->rows, *quote_time = quotes->time + series * quotes->rows;
        const int64_t *bid_size = quotes->bid_size + series * quotes->rows;
        size_t first = 0, end = 0;
        int64_t window = 0;
        for (size_t i = 0; i < trades->rows; i++) {
            while (end < quotes->rows && quote_time[end] <= time[i] + distance) window += bid_size[end++];
            while (first < end && quote_time[first] < time[i] - distance) window -= bid_size[first++];
            sum += window;
        }
    }
    return sum;
}

int64_t loop_hash_join(const struct loop_trades *trades, const struct loop_accounts *accounts, struct loop_group *table,
                       size_t slots) {
    hash_clear(table, slots);
    for (size_t i = 0; i < accounts->count; i++) {
        struct loop_group *group = hash_find(table, slots, accounts->account[i]);
        group->key = accounts->account[i];
        group->sum = accounts->fee[i];
        group->count = 1;
    }
    int64_t sum = 0;
    for (size_t i = 0; i < trades->series * trades->rows; i++) {
        const struct loop_group *group = hash_find(table, slots, trades->account[i]);
        if (group->count != 0) sum += group->sum;
    }
    return sum;
}
