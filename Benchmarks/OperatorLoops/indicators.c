#include "OperatorLoops.h"

#include <math.h>

// Each series of the bars in turn; `o` is the first output. Values before the first are left out of the sum, which is only
// made where it is asked for.

static double sum_from(const double *values, size_t first, size_t rows) {
    double sum = 0;
    for (size_t i = first; i < rows; i++) sum += values[i];
    return sum;
}

double loop_variable_index_average(const struct loop_price_bars *bars, size_t length, double *o, int is_summed) {
    double total = 0, alpha = 2 / ((double)length + 1);
    for (size_t series = 0; series < bars->series; series++) {
        const double *x = bars->close + series * bars->rows;
        double gains = 0, losses = 0, average = 0;
        for (size_t i = 1; i < bars->rows; i++) {
            if (i > length) {
                double old = x[i - length] - x[i - length - 1];
                if (old > 0) gains -= old; else losses += old;
            }
            double change = x[i] - x[i - 1];
            if (change > 0) gains += change; else losses -= change;
            if (i < length) continue;
            if (i == length) average = x[i - 1];
            double sum = gains + losses, share = sum == 0 ? 0 : (gains - losses) / sum;
            o[i] = average += alpha * fabs(share) * (x[i] - average);
        }
        if (is_summed) total += sum_from(o, length, bars->rows);
    }
    return total;
}

/// The middle of the highest high and the lowest low of the last `length` rows, looked for anew when it has left.
static void middles(const double *high, const double *low, size_t rows, size_t length, double *o) {
    size_t highest = 0, lowest = 0;
    for (size_t i = 0; i < rows; i++) {
        size_t first = i + 1 < length ? 0 : i + 1 - length;
        if (highest < first) {
            highest = first;
            for (size_t j = first + 1; j <= i; j++) if (high[j] >= high[highest]) highest = j;
        } else if (high[i] >= high[highest]) highest = i;
        if (lowest < first) {
            lowest = first;
            for (size_t j = first + 1; j <= i; j++) if (low[j] <= low[lowest]) lowest = j;
        } else if (low[i] <= low[lowest]) lowest = i;
        o[i] = (high[highest] + low[lowest]) / 2;
    }
}

double loop_ichimoku(const struct loop_price_bars *bars, double *o, double *base, double *span_a, double *span_b, int is_summed) {
    double total = 0;
    for (size_t series = 0; series < bars->series; series++) {
        const double *high = bars->high + series * bars->rows, *low = bars->low + series * bars->rows;
        middles(high, low, bars->rows, 9, o);
        middles(high, low, bars->rows, 26, base);
        middles(high, low, bars->rows, 52, span_b);
        for (size_t i = bars->rows; i-- > 77;) {
            span_a[i] = (o[i - 26] + base[i - 26]) / 2;
            span_b[i] = span_b[i - 26];
        }
        if (is_summed) total += sum_from(o, 77, bars->rows);
    }
    return total;
}

double loop_weighted_bands(const struct loop_price_bars *bars, double *o, double *middle, double *lower, int is_summed) {
    double total = 0;
    for (size_t series = 0; series < bars->series; series++) {
        size_t first = series * bars->rows;
        const double *high = bars->high + first, *low = bars->low + first, *close = bars->close + first;
        const double *volume = bars->volume + first;
        double weight = 0, mean = 0, squares = 0;
        for (size_t i = 0; i < bars->rows; i++) {
            double before = weight, distance = (high[i] + low[i] + close[i]) / 3 - mean;
            weight += volume[i];
            double move = distance * volume[i] / weight;
            mean += move;
            squares += before * distance * move;
            double spread = 2 * sqrt(squares > 0 ? squares / weight : 0);
            o[i] = mean + spread;
            middle[i] = mean;
            lower[i] = mean - spread;
        }
        if (is_summed) total += sum_from(o, 0, bars->rows);
    }
    return total;
}

double loop_psychological_line(const struct loop_price_bars *bars, size_t length, double *o, int is_summed) {
    double total = 0;
    for (size_t series = 0; series < bars->series; series++) {
        const double *x = bars->close + series * bars->rows;
        int rises = 0;
        for (size_t i = 1; i < bars->rows; i++) {
            rises += x[i] > x[i - 1];
            if (i > length) rises -= x[i - length] > x[i - length - 1];
            o[i] = 100.0 * rises / (double)length;
        }
        if (is_summed) total += sum_from(o, length, bars->rows);
    }
    return total;
}

/// The exponential average from the mean of `length` values on; the first of them is at `first`.
static void exponential(const double *x, size_t first, size_t rows, size_t length, double *o) {
    double alpha = 2 / ((double)length + 1), average = 0;
    size_t i = first;
    for (; i < rows && i < first + length; i++) average += x[i];
    average /= (double)length;
    o[i - 1] = average;
    for (; i < rows; i++) o[i] = average = (x[i] - average) * alpha + average;
}

double loop_klinger(const struct loop_price_bars *bars, double *o, double *signal, double *force, double *slow, int is_summed) {
    double total = 0;
    for (size_t series = 0; series < bars->series; series++) {
        size_t first = series * bars->rows;
        const double *high = bars->high + first, *low = bars->low + first, *close = bars->close + first;
        const double *volume = bars->volume + first;
        double direction = 0, movement = 0;
        for (size_t i = 1; i < bars->rows; i++) {
            double range = high[i] - low[i], before = high[i - 1] - low[i - 1];
            double sum = high[i] + low[i] + close[i];
            double next = sum > high[i - 1] + low[i - 1] + close[i - 1] ? 1 : -1;
            movement = next == direction ? movement + range : before + range;
            direction = next;
            double share = movement == 0 ? 0 : fabs(2 * (range / movement - 1));
            force[i] = volume[i] * share * direction * 100;
        }
        exponential(force, 1, bars->rows, 34, o);
        exponential(force, 1, bars->rows, 55, slow);
        for (size_t i = 55; i < bars->rows; i++) o[i] -= slow[i];
        exponential(o, 55, bars->rows, 13, signal);
        if (is_summed) total += sum_from(o, 67, bars->rows);
    }
    return total;
}

double loop_range_ratio(const struct loop_price_bars *bars, size_t fast, size_t slow, double *o, int is_summed) {
    double total = 0;
    for (size_t series = 0; series < bars->series; series++) {
        size_t first = series * bars->rows;
        const double *high = bars->high + first, *low = bars->low + first, *close = bars->close + first;
        double few = 0, many = 0;
        for (size_t i = 1; i < bars->rows; i++) {
            double range = high[i] - low[i], up = fabs(high[i] - close[i - 1]), down = fabs(low[i] - close[i - 1]);
            if (up > range) range = up;
            if (down > range) range = down;
            if (i <= fast) few += range; else few = (few * (double)(fast - 1) + range) / (double)fast;
            if (i == fast) few /= (double)fast;
            if (i <= slow) many += range; else many = (many * (double)(slow - 1) + range) / (double)slow;
            if (i == slow) many /= (double)slow;
            o[i] = many == 0 ? 0 : few / many;
        }
        if (is_summed) total += sum_from(o, slow, bars->rows);
    }
    return total;
}
