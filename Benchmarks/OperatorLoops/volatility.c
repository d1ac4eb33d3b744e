#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "statistic_values.h"

static const double pi = 3.14159265358979323846;

/// The return to a row from the one before.
static inline double change(const struct loop_statistic *s, size_t row) {
    return log(value_a(s, row) / value_a(s, row - 1));
}

double loop_drawdown(const struct loop_statistic *s) {
    double peak = 0, worst = 0;
    for (size_t i = 0; i < s->rows; i++) {
        double price = value_a(s, i);
        if (price > peak) peak = price;
        double loss = 1 - price / peak;
        if (loss > worst) worst = loss;
    }
    return worst;
}

double loop_realized(const struct loop_statistic *s) {
    double sum = 0;
    for (size_t i = 1; i < s->rows; i++) {
        double r = change(s, i);
        sum += r * r;
    }
    return sqrt(sum);
}

double loop_semivariance(const struct loop_statistic *s) {
    double sum = 0;
    for (size_t i = 1; i < s->rows; i++) {
        double r = change(s, i);
        sum += r < 0 ? r * r : 0;
    }
    return sum;
}

double loop_bipower(const struct loop_statistic *s) {
    double sum = 0, before = 0;
    for (size_t i = 1; i < s->rows; i++) {
        double r = fabs(change(s, i));
        sum += r * before;
        before = r;
    }
    return pi / 2 * sum;
}

double loop_jump_ratio(const struct loop_statistic *s) {
    double products = 0, squares = 0, before = 0;
    for (size_t i = 1; i < s->rows; i++) {
        double r = fabs(change(s, i));
        products += r * before;
        squares += r * r;
        before = r;
    }
    double share = 1 - pi / 2 * products / squares;
    return share > 0 ? share : 0;
}

double loop_min_rv(const struct loop_statistic *s) {
    double sum = 0, before = 0, n = (double)s->rows - 1;
    for (size_t i = 1; i < s->rows; i++) {
        double r = fabs(change(s, i)), least = r < before ? r : before;
        if (i > 1) sum += least * least;
        before = r;
    }
    return pi / (pi - 2) * n / (n - 1) * sum;
}

double loop_med_rv(const struct loop_statistic *s) {
    double sum = 0, a = 0, b = 0, n = (double)s->rows - 1;
    for (size_t i = 1; i < s->rows; i++) {
        double c = fabs(change(s, i));
        double low = a < b ? a : b, high = a < b ? b : a;
        double least = high < c ? high : c, middle = low > least ? low : least;
        if (i > 2) sum += middle * middle;
        a = b;
        b = c;
    }
    return pi / (6 - 4 * sqrt(3) + pi) * n / (n - 2) * sum;
}

double loop_close_to_close(const struct loop_statistic *s) {
    double n = 0, mean = 0, squares = 0;
    for (size_t i = 1; i < s->rows; i++) {
        double r = change(s, i), delta = r - mean;
        mean += delta / ++n;
        squares += delta * (r - mean);
    }
    return squares / (n - 1);
}

double loop_ewma(const struct loop_statistic *s) {
    double variance = 0;
    for (size_t i = 1; i < s->rows; i++) {
        double r = change(s, i);
        variance = i == 1 ? r * r : 0.94 * variance + 0.06 * r * r;
    }
    return sqrt(variance);
}

double loop_variance_ratio(const struct loop_statistic *s) {
    const size_t q = 5, n = s->rows - 1;
    double mean = log(value_a(s, n) / value_a(s, 0)) / (double)n, shorts = 0, longs = 0;
    // Logarithms of the last prices: each is taken once.
    double ring[5] = {0}, before = log(value_a(s, 0));
    ring[0] = before;
    for (size_t i = 1, place = 1; i <= n; i++) {
        double now = log(value_a(s, i)), r = now - before - mean;
        shorts += r * r;
        if (i >= q) {
            double d = now - ring[place] - (double)q * mean;
            longs += d * d;
        }
        ring[place] = before = now;
        place = place + 1 == q ? 0 : place + 1;
    }
    double count = (double)(n - q + 1);
    return longs / ((double)q * count * (1 - (double)q / (double)n)) / (shorts / (double)(n - 1));
}

static inline double price(const int64_t *column, const struct loop_statistic *s, size_t row) {
    return (double)column[row] / s->power_a;
}

double loop_parkinson(const struct loop_statistic *s) {
    double sum = 0;
    for (size_t i = 0; i < s->rows; i++) {
        double range = log(price(s->b, s, i) / price(s->c, s, i));
        sum += range * range;
    }
    return sum / (double)s->rows / (4 * log(2));
}

double loop_garman_klass(const struct loop_statistic *s) {
    double sum = 0;
    for (size_t i = 0; i < s->rows; i++) {
        double range = log(price(s->b, s, i) / price(s->c, s, i));
        double body = log(price(s->d, s, i) / price(s->a, s, i));
        sum += 0.5 * range * range - (2 * log(2) - 1) * body * body;
    }
    return sum / (double)s->rows;
}

/// The term of a bar; logarithms of its four prices are enough.
static inline double drift(double open, double high, double low, double close) {
    return (high - close) * (high - open) + (low - close) * (low - open);
}

double loop_rogers_satchell(const struct loop_statistic *s) {
    double sum = 0;
    for (size_t i = 0; i < s->rows; i++)
        sum += drift(log(price(s->a, s, i)), log(price(s->b, s, i)), log(price(s->c, s, i)), log(price(s->d, s, i)));
    return sum / (double)s->rows;
}

double loop_yang_zhang(const struct loop_statistic *s) {
    double n = 0, before = log(price(s->d, s, 0)), drifts = 0;
    double open_mean = 0, open_squares = 0, close_mean = 0, close_squares = 0;
    for (size_t i = 1; i < s->rows; i++) {
        double o = log(price(s->a, s, i)), h = log(price(s->b, s, i)), l = log(price(s->c, s, i)),
               c = log(price(s->d, s, i));
        n++;
        double gap = o - before, delta = gap - open_mean;
        open_mean += delta / n;
        open_squares += delta * (gap - open_mean);
        double body = c - o;
        delta = body - close_mean;
        close_mean += delta / n;
        close_squares += delta * (body - close_mean);
        drifts += drift(o, h, l, c);
        before = c;
    }
    double k = 0.34 / (1.34 + (n + 1) / (n - 1));
    return open_squares / (n - 1) + k * close_squares / (n - 1) + (1 - k) * drifts / n;
}

double loop_ewma_covariance(const struct loop_statistic *s) {
    double covariance = value_a(s, 0) * value_b(s, 0);
    for (size_t i = 1; i < s->rows; i++) covariance = 0.94 * covariance + 0.06 * value_a(s, i) * value_b(s, i);
    return covariance;
}

double loop_ewma_correlation(const struct loop_statistic *s) {
    double xy = value_a(s, 0) * value_b(s, 0), xx = value_a(s, 0) * value_a(s, 0), yy = value_b(s, 0) * value_b(s, 0);
    for (size_t i = 1; i < s->rows; i++) {
        double x = value_a(s, i), y = value_b(s, i);
        xy = 0.94 * xy + 0.06 * x * y;
        xx = 0.94 * xx + 0.06 * x * x;
        yy = 0.94 * yy + 0.06 * y * y;
    }
    return xy / sqrt(xx * yy);
}

double loop_hayashi_yoshida(const struct loop_statistic *s) {
    // Two paths, each with its times, as one that does not know that these are the same would go along them.
    double sum = 0;
    size_t lower = 0, upper = 0;
    for (size_t i = 1; i < s->rows; i++) {
        while (lower + 1 < s->rows && s->time[lower + 1] <= s->time[i - 1]) lower++;
        while (upper + 1 < s->rows && s->time[upper] < s->time[i]) upper++;
        if (upper <= lower) continue;
        sum += change(s, i) * log(value_b(s, upper) / value_b(s, lower));
    }
    return sum;
}

double loop_seasonal_score(const struct loop_statistic *s) {
    struct minute {
        size_t count;
        double origin, weight, sum, squares;
    } minutes[1440], before = {0};
    memset(minutes, 0, sizeof minutes);
    double last = 0;
    for (size_t i = 0; i < s->rows; i++) {
        struct minute *m = &minutes[s->time[i] / 60000000000 % 1440];
        before = *m;
        last = value_a(s, i);
        if (m->count++ == 0) m->origin = last;
        double d = last - m->origin;
        m->weight = 0.94 * m->weight + 1;
        m->sum = 0.94 * m->sum + d;
        m->squares = 0.94 * m->squares + d * d;
    }
    double mean = before.sum / before.weight;
    return (last - before.origin - mean) / sqrt(before.squares / before.weight - mean * mean);
}
