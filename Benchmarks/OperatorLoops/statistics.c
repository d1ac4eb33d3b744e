#include <math.h>
#include <stdlib.h>

#include "OperatorLoops.h"

static double value(const int64_t *mantissas, size_t row, double power) { return (double)mantissas[row] / power; }

// Running central sums of a series (Pébay 2008).
struct moments {
    double n, mean, m2, m3, m4;
};

static struct moments moments_of(const int64_t *values, size_t rows, double power) {
    struct moments m = {0};
    for (size_t i = 0; i < rows; i++) {
        double before = m.n++;
        double delta = value(values, i, power) - m.mean;
        double step = delta / m.n, step2 = step * step, term = delta * step * before;
        m.mean += step;
        m.m4 += term * step2 * (m.n * m.n - 3 * m.n + 3) + 6 * step2 * m.m2 - 4 * step * m.m3;
        m.m3 += term * step * (m.n - 2) - 3 * step * m.m2;
        m.m2 += term;
    }
    return m;
}

static double skewness(const struct loop_statistic *s) {
    struct moments m = moments_of(s->first, s->rows, s->first_power);
    return sqrt(m.n) * m.m3 / pow(m.m2, 1.5) * sqrt(m.n * (m.n - 1)) / (m.n - 2);
}

static double kurtosis(const struct loop_statistic *s) {
    struct moments m = moments_of(s->first, s->rows, s->first_power);
    double excess = m.n * m.m4 / (m.m2 * m.m2) - 3;
    return ((m.n + 1) * excess + 6) * (m.n - 1) / ((m.n - 2) * (m.n - 3));
}

static double slope(const struct loop_statistic *s) {
    double n = 0, mean_x = 0, mean_y = 0, sxx = 0, sxy = 0;
    for (size_t i = 0; i < s->rows; i++) {
        double y = value(s->first, i, s->first_power), x = value(s->second, i, s->second_power);
        n++;
        double dx = x - mean_x;
        mean_x += dx / n;
        mean_y += (y - mean_y) / n;
        sxx += dx * (x - mean_x);
        sxy += dx * (y - mean_y);
    }
    return sxy / sxx;
}

static double autocorrelation(const struct loop_statistic *s) {
    size_t lag = 5;
    double n = 0, mean_x = 0, mean_y = 0, sxx = 0, syy = 0, sxy = 0;
    for (size_t i = lag; i < s->rows; i++) {
        double y = value(s->first, i, s->first_power), x = value(s->first, i - lag, s->first_power);
        n++;
        double dx = x - mean_x, dy = y - mean_y;
        mean_x += dx / n;
        mean_y += dy / n;
        sxx += dx * (x - mean_x);
        syy += dy * (y - mean_y);
        sxy += dx * (y - mean_y);
    }
    return sxy / sqrt(sxx * syy);
}

static double geometric_mean(const struct loop_statistic *s) {
    double sum = 0;
    for (size_t i = 0; i < s->rows; i++) sum += log(value(s->first, i, s->first_power));
    return exp(sum / (double)s->rows);
}

static double product_of_ratios(const struct loop_statistic *s) {
    double product = 1;
    for (size_t i = 0; i < s->rows; i++) product *= value(s->first, i, s->first_power) / 100;
    return product;
}

static double drawdown(const struct loop_statistic *s) {
    double peak = 0, worst = 0;
    for (size_t i = 0; i < s->rows; i++) {
        double price = value(s->first, i, s->first_power);
        if (price > peak) peak = price;
        double loss = 1 - price / peak;
        if (loss > worst) worst = loss;
    }
    return worst;
}

static double logarithm(const struct loop_statistic *s, size_t row) {
    return log(value(s->first, row, s->first_power) / value(s->first, row - 1, s->first_power));
}

static double realized(const struct loop_statistic *s) {
    double sum = 0;
    for (size_t i = 1; i < s->rows; i++) {
        double r = logarithm(s, i);
        sum += r * r;
    }
    return sqrt(sum);
}

static double bipower(const struct loop_statistic *s) {
    double sum = 0, before = 0;
    for (size_t i = 1; i < s->rows; i++) {
        double r = fabs(logarithm(s, i));
        sum += r * before;
        before = r;
    }
    return acos(-1) / 2 * sum;
}

static double ewma(const struct loop_statistic *s) {
    double variance = 0;
    for (size_t i = 1; i < s->rows; i++) {
        double r = logarithm(s, i);
        variance = i == 1 ? r * r : 0.94 * variance + 0.06 * r * r;
    }
    return sqrt(variance);
}

static double parkinson(const struct loop_statistic *s) {
    double sum = 0;
    for (size_t i = 0; i < s->rows; i++) {
        double range = log(value(s->first, i, s->first_power) / value(s->second, i, s->second_power));
        sum += range * range;
    }
    return sum / (double)s->rows / (4 * log(2));
}

static int compare(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double third_decile(const struct loop_statistic *s) {
    double *sorted = malloc(s->rows * sizeof *sorted);
    if (sorted == NULL) return NAN;
    for (size_t i = 0; i < s->rows; i++) sorted[i] = value(s->first, i, s->first_power);
    qsort(sorted, s->rows, sizeof *sorted, compare);
    double found = sorted[(size_t)ceil(0.3 * (double)s->rows) - 1];
    free(sorted);
    return found;
}

static double least_mode(const struct loop_statistic *s) {
    // Mantissas lie close together, so that counts can be an array.
    int64_t low = INT64_MAX, high = INT64_MIN;
    for (size_t i = 0; i < s->rows; i++) {
        if (s->first[i] < low) low = s->first[i];
        if (s->first[i] > high) high = s->first[i];
    }
    size_t *counts = calloc((size_t)(high - low) + 1, sizeof *counts), best = 0;
    if (counts == NULL) return NAN;
    for (size_t i = 0; i < s->rows; i++) counts[s->first[i] - low]++;
    for (size_t i = 1; i <= (size_t)(high - low); i++)
        if (counts[i] > counts[best]) best = i;
    free(counts);
    return (double)(low + (int64_t)best) / s->first_power;
}

double loop_statistic_of(enum loop_statistic_kind kind, const struct loop_statistic *statistic) {
    switch (kind) {
        case LOOP_SKEWNESS: return skewness(statistic);
        case LOOP_KURTOSIS: return kurtosis(statistic);
        case LOOP_SLOPE: return slope(statistic);
        case LOOP_AUTOCORRELATION: return autocorrelation(statistic);
        case LOOP_GEOMETRIC_MEAN: return geometric_mean(statistic);
        case LOOP_PRODUCT: return product_of_ratios(statistic);
        case LOOP_DRAWDOWN: return drawdown(statistic);
        case LOOP_REALIZED: return realized(statistic);
        case LOOP_BIPOWER: return bipower(statistic);
        case LOOP_EWMA: return ewma(statistic);
        case LOOP_PARKINSON: return parkinson(statistic);
        case LOOP_THIRD_DECILE: return third_decile(statistic);
        case LOOP_MODE: return least_mode(statistic);
    }
    return NAN;
}
