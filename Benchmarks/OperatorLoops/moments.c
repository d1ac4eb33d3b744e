#include <math.h>

#include "statistic_values.h"

double loop_average(const struct loop_statistic *s) {
    int64_t sum = 0;
    for (size_t i = 0; i < s->rows; i++) sum += s->a[i];
    return (double)sum / s->power_a / (double)s->rows;
}

double loop_vwap(const struct loop_statistic *s) {
    double sum = 0, volume = 0;
    for (size_t i = 0; i < s->rows; i++) {
        sum += value_a(s, i) * value_b(s, i);
        volume += value_b(s, i);
    }
    return sum / volume;
}

double loop_twap(const struct loop_statistic *s) {
    double sum = 0;
    for (size_t i = 0; i + 1 < s->rows; i++) sum += value_a(s, i) * (double)(s->time[i + 1] - s->time[i]);
    return sum / (double)(s->time[s->rows - 1] - s->time[0]);
}

double loop_arg_max(const struct loop_statistic *s) {
    size_t best = 0;
    for (size_t i = 1; i < s->rows; i++)
        if (s->b[i] > s->b[best]) best = i;
    return value_a(s, best);
}

double loop_deviation(const struct loop_statistic *s) {
    double n = 0, mean = 0, squares = 0;
    for (size_t i = 0; i < s->rows; i++) {
        double delta = value_a(s, i) - mean;
        mean += delta / ++n;
        squares += delta * (value_a(s, i) - mean);
    }
    return sqrt(squares / (n - 1));
}

// Running central sums of a series (Pébay 2008).
struct moments {
    double n, mean, m2, m3, m4;
};

double loop_skewness(const struct loop_statistic *s) {
    struct moments m = {0};
    for (size_t i = 0; i < s->rows; i++) {
        double before = m.n++;
        double delta = value_a(s, i) - m.mean;
        double step = delta / m.n, term = delta * step * before;
        m.mean += step;
        m.m3 += term * step * (m.n - 2) - 3 * step * m.m2;
        m.m2 += term;
    }
    return sqrt(m.n) * m.m3 / pow(m.m2, 1.5) * sqrt(m.n * (m.n - 1)) / (m.n - 2);
}

double loop_kurtosis(const struct loop_statistic *s) {
    struct moments m = {0};
    for (size_t i = 0; i < s->rows; i++) {
        double before = m.n++;
        double delta = value_a(s, i) - m.mean;
        double step = delta / m.n, step2 = step * step, term = delta * step * before;
        m.mean += step;
        m.m4 += term * step2 * (m.n * m.n - 3 * m.n + 3) + 6 * step2 * m.m2 - 4 * step * m.m3;
        m.m3 += term * step * (m.n - 2) - 3 * step * m.m2;
        m.m2 += term;
    }
    double excess = m.n * m.m4 / (m.m2 * m.m2) - 3;
    return ((m.n + 1) * excess + 6) * (m.n - 1) / ((m.n - 2) * (m.n - 3));
}

// Running central sums of pairs.
struct pairs {
    double n, mean_x, mean_y, sxx, syy, sxy;
};

static inline void add_pair(struct pairs *p, double x, double y) {
    p->n++;
    double dx = x - p->mean_x, dy = y - p->mean_y;
    p->mean_x += dx / p->n;
    p->mean_y += dy / p->n;
    p->sxx += dx * (x - p->mean_x);
    p->syy += dy * (y - p->mean_y);
    p->sxy += dx * (y - p->mean_y);
}

static double correlation(const struct pairs *p) { return p->sxy / sqrt(p->sxx * p->syy); }

double loop_correlation(const struct loop_statistic *s) {
    struct pairs p = {0};
    for (size_t i = 0; i < s->rows; i++) add_pair(&p, value_a(s, i), value_b(s, i));
    return correlation(&p);
}

double loop_slope(const struct loop_statistic *s) {
    struct pairs p = {0};
    for (size_t i = 0; i < s->rows; i++) add_pair(&p, value_b(s, i), value_a(s, i));
    return p.sxy / p.sxx;
}

double loop_autocorrelation(const struct loop_statistic *s) {
    struct pairs p = {0};
    for (size_t i = 5; i < s->rows; i++) add_pair(&p, value_a(s, i), value_a(s, i - 5));
    return correlation(&p);
}

double loop_half_life(const struct loop_statistic *s) {
    struct pairs p = {0};
    for (size_t i = 1; i < s->rows; i++) {
        double before = value_a(s, i - 1);
        add_pair(&p, before, value_a(s, i) - before);
    }
    return log(2) / -(p.sxy / p.sxx);
}

double loop_zscore(const struct loop_statistic *s) {
    return (value_a(s, s->rows - 1) - loop_average(s)) / loop_deviation(s);
}

double loop_sharpe(const struct loop_statistic *s) { return loop_average(s) / loop_deviation(s); }

double loop_sortino(const struct loop_statistic *s) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < s->rows; i++) {
        double r = value_a(s, i) - 100;
        sum += r;
        squares += r < 0 ? r * r : 0;
    }
    return sum / (double)s->rows / sqrt(squares / (double)s->rows);
}

double loop_geometric_mean(const struct loop_statistic *s) {
    double sum = 0;
    for (size_t i = 0; i < s->rows; i++) sum += log(value_a(s, i));
    return exp(sum / (double)s->rows);
}

double loop_harmonic_mean(const struct loop_statistic *s) {
    double sum = 0;
    for (size_t i = 0; i < s->rows; i++) sum += 1 / value_a(s, i);
    return (double)s->rows / sum;
}

double loop_product(const struct loop_statistic *s) {
    double product = 1;
    for (size_t i = 0; i < s->rows; i++) product *= value_a(s, i) / 100;
    return product;
}

double loop_range(const struct loop_statistic *s) {
    int64_t low = INT64_MAX, high = INT64_MIN;
    for (size_t i = 0; i < s->rows; i++) {
        low = s->a[i] < low ? s->a[i] : low;
        high = s->a[i] > high ? s->a[i] : high;
    }
    return (double)high / s->power_a - (double)low / s->power_a;
}

double loop_xor(const struct loop_statistic *s) {
    int64_t bits = 0;
    for (size_t i = 0; i < s->rows; i++) bits ^= s->a[i];
    return (double)bits;
}

double loop_count_above_100(const struct loop_statistic *s) {
    int64_t bound = (int64_t)(100 * s->power_a);
    size_t count = 0;
    for (size_t i = 0; i < s->rows; i++) count += s->a[i] > bound;
    return (double)count;
}
