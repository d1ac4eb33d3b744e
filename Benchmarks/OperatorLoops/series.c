#include <math.h>
#include <stdlib.h>

#include "statistic_values.h"

/// The values as an array that the caller frees.
static double *values_of(const struct loop_statistic *s) {
    double *values = malloc(s->rows * sizeof *values);
    if (values != NULL)
        for (size_t i = 0; i < s->rows; i++) values[i] = value_a(s, i);
    return values;
}

struct line {
    double n, x, y, xx, xy;
};

static void add_point(struct line *line, double x, double y) {
    line->n++;
    line->x += x;
    line->y += y;
    line->xx += x * x;
    line->xy += x * y;
}

static double slope(const struct line *l) { return (l->xy - l->x * l->y / l->n) / (l->xx - l->x * l->x / l->n); }

double loop_hurst(const struct loop_statistic *s) {
    double *values = values_of(s);
    struct line line = {0};
    if (values == NULL) return NAN;
    for (size_t size = 16; size <= s->rows / 2; size *= 2) {
        double ratios = 0, blocks = 0;
        for (size_t start = 0; start + size <= s->rows; start += size) {
            double sum = 0, squares = 0, path = 0, low = INFINITY, high = -INFINITY;
            for (size_t i = start; i < start + size; i++) sum += values[i];
            double mean = sum / (double)size;
            for (size_t i = start; i < start + size; i++) {
                double d = values[i] - mean;
                squares += d * d;
                path += d;
                low = path < low ? path : low;
                high = path > high ? path : high;
            }
            ratios += (high - low) / sqrt(squares / (double)size);
            blocks++;
        }
        add_point(&line, log((double)size), log(ratios / blocks));
    }
    free(values);
    return slope(&line);
}

double loop_fluctuation(const struct loop_statistic *s) {
    double *profile = values_of(s), sum = 0, path = 0;
    struct line line = {0};
    if (profile == NULL) return NAN;
    for (size_t i = 0; i < s->rows; i++) sum += profile[i];
    double mean = sum / (double)s->rows;
    for (size_t i = 0; i < s->rows; i++) profile[i] = path += profile[i] - mean;
    for (size_t size = 16; size <= s->rows / 4; size *= 2) {
        double squares = 0, windows = 0, n = (double)size, middle = (n - 1) / 2;
        for (size_t start = 0; start + size <= s->rows; start += size) {
            double level = 0, moment = 0, rest = 0;
            for (size_t i = 0; i < size; i++) {
                level += profile[start + i];
                moment += ((double)i - middle) * profile[start + i];
            }
            level /= n;
            moment /= n * (n * n - 1) / 12;
            for (size_t i = 0; i < size; i++) {
                double d = profile[start + i] - level - moment * ((double)i - middle);
                rest += d * d;
            }
            squares += rest / n;
            windows++;
        }
        add_point(&line, log(n), log(sqrt(squares / windows)));
    }
    free(profile);
    return slope(&line);
}

double loop_permutation_entropy(const struct loop_statistic *s) {
    size_t counts[6] = {0};
    int64_t a = s->a[0], b = s->a[1];
    for (size_t i = 2; i < s->rows; i++) {
        int64_t c = s->a[i];
        counts[((b < a) + (c < a)) * 2 + (c < b)]++;
        a = b;
        b = c;
    }
    double sum = 0, total = (double)(s->rows - 2);
    for (int i = 0; i < 6; i++)
        if (counts[i]) sum -= (double)counts[i] / total * log((double)counts[i] / total);
    return sum / log(6);
}

double loop_percentile_rank(const struct loop_statistic *s) {
    int64_t last = s->a[s->rows - 1];
    size_t less = 0, equal = 0;
    for (size_t i = 0; i < s->rows; i++) {
        less += s->a[i] < last;
        equal += s->a[i] == last;
    }
    return ((double)less + (double)(equal + 1) / 2) / (double)s->rows;
}
