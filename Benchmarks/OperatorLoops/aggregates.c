#include "OperatorLoops.h"

int64_t loop_sum(const int64_t *values, size_t count) {
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += values[i];
    return sum;
}

void loop_min_max(const int64_t *values, size_t count, int64_t *minimum, int64_t *maximum) {
    int64_t low = INT64_MAX, high = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }
    *minimum = low;
    *maximum = high;
}

size_t loop_count_above(const int64_t *values, size_t count, int64_t bound) {
    size_t above = 0;
    for (size_t i = 0; i < count; i++) above += values[i] > bound;
    return above;
}

int64_t loop_sum_where(const struct loop_trades *trades, int64_t bound, uint32_t side) {
    int64_t sum = 0;
    for (size_t i = 0; i < trades->series * trades->rows; i++) {
        // A mask in place of a branch that nobody could predict.
        int64_t counts = (trades->price[i] > bound) & (trades->side[i] == side);
        sum += trades->size[i] & -counts;
    }
    return sum;
}

double loop_sum_products(const struct loop_trades *trades, double price_power, double size_power) {
    double sum = 0;
    for (size_t i = 0; i < trades->series * trades->rows; i++)
        sum += ((double)trades->price[i] / price_power) * ((double)trades->size[i] / size_power);
    return sum;
}
