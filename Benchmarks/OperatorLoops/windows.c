#include "OperatorLoops.h"

double loop_mean_of_rows(const struct loop_trades *trades, size_t length, double power) {
    double total = 0;
    for (size_t series = 0; series < trades->series; series++) {
        const int64_t *price = trades->price + series * trades->rows;
        int64_t sum = 0;
        for (size_t i = 0; i < trades->rows; i++) {
            sum += price[i];
            if (i >= length) sum -= price[i - length];
            total += (double)sum / ((double)(i < length ? i + 1 : length) * power);
        }
    }
    return total;
}

double loop_mean_of_range(const struct loop_trades *trades, int64_t distance, double power) {
    double total = 0;
    for (size_t series = 0; series < trades->series; series++) {
        const int64_t *time = trades->time + series * trades->rows, *price = trades->price + series * trades->rows;
        size_t first = 0;
        int64_t sum = 0;
        for (size_t i = 0; i < trades->rows; i++) {
            sum += price[i];
            while (time[first] < time[i] - distance) sum -= price[first++];
            total += (double)sum / ((double)(i + 1 - first) * power);
        }
    }
    return total;
}

int64_t loop_min_of_rows(const struct loop_trades *trades, size_t length, size_t *queue) {
    int64_t total = 0;
    for (size_t series = 0; series < trades->series; series++) {
        const int64_t *price = trades->price + series * trades->rows;
        // Rows that may still become the least, their prices ascending: a ring from `first`.
        size_t first = 0, count = 0;
        for (size_t i = 0; i < trades->rows; i++) {
            if (count > 0 && queue[first] + length <= i) {
                first = first + 1 == length ? 0 : first + 1;
                count--;
            }
            size_t last = first + count;
            for (; count > 0; count--) {
                last = first + count - 1;
                if (price[queue[last < length ? last : last - length]] < price[i]) break;
            }
            last = first + count++;
            queue[last < length ? last : last - length] = i;
            total += price[queue[first]];
        }
    }
    return total;
}

int64_t loop_lag(const struct loop_trades *trades) {
    int64_t total = 0;
    for (size_t series = 0; series < trades->series; series++) {
        const int64_t *price = trades->price + series * trades->rows;
        for (size_t i = 1; i < trades->rows; i++) total += price[i - 1];
    }
    return total;
}

double loop_exponential_average(const struct loop_trades *trades, size_t length, double power) {
    double total = 0, alpha = 2 / ((double)length + 1);
    for (size_t series = 0; series < trades->series; series++) {
        const int64_t *price = trades->price + series * trades->rows;
        int64_t seed = 0;
        double average = 0;
        for (size_t i = 0; i < trades->rows; i++) {
            if (i < length) {
                seed += price[i];
                average = (double)seed / ((double)length * power);
                if (i + 1 < length) continue;
            } else {
                average += alpha * ((double)price[i] / power - average);
            }
            total += average;
        }
    }
    return total;
}
