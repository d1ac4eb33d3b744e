#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "hash_table.h"
#include "statistic_values.h"

static double *values_of(const struct loop_statistic *s) {
    double *values = malloc(s->rows * sizeof *values);
    if (values != NULL)
        for (size_t i = 0; i < s->rows; i++) values[i] = value_a(s, i);
    return values;
}

/// Puts the value of a rank to its place, smaller ones before it and larger ones after it (Hoare 1961, as Wirth has it).
static double select_rank(double *values, size_t count, size_t rank) {
    ptrdiff_t low = 0, high = (ptrdiff_t)count - 1, k = (ptrdiff_t)rank;
    while (low < high) {
        double a = values[low], b = values[low + (high - low) / 2], c = values[high];
        double pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
        ptrdiff_t i = low, j = high;
        do {
            while (values[i] < pivot) i++;
            while (pivot < values[j]) j--;
            if (i <= j) {
                double swap = values[i];
                values[i++] = values[j];
                values[j--] = swap;
            }
        } while (i <= j);
        if (j < k) low = i;
        if (k < i) high = j;
    }
    return values[rank];
}

/// The quantile between two ranks.
static double quantile(double *values, size_t count, double fraction) {
    double place = (double)(count - 1) * fraction;
    size_t rank = (size_t)place;
    double weight = place - (double)rank, low = select_rank(values, count, rank);
    if (weight == 0) return low;
    double next = INFINITY;
    for (size_t i = rank + 1; i < count; i++) next = values[i] < next ? values[i] : next;
    return low * (1 - weight) + next * weight;
}

double loop_median(const struct loop_statistic *s) {
    double *values = values_of(s);
    if (values == NULL) return NAN;
    double found = quantile(values, s->rows, 0.5);
    free(values);
    return found;
}

double loop_third_decile(const struct loop_statistic *s) {
    double *values = values_of(s);
    if (values == NULL) return NAN;
    double found = select_rank(values, s->rows, (size_t)ceil(0.3 * (double)s->rows) - 1);
    free(values);
    return found;
}

double loop_quartile_range(const struct loop_statistic *s) {
    double *values = values_of(s);
    if (values == NULL) return NAN;
    double found = quantile(values, s->rows, 0.75) - quantile(values, s->rows, 0.25);
    free(values);
    return found;
}

double loop_median_deviation(const struct loop_statistic *s) {
    double *values = values_of(s);
    if (values == NULL) return NAN;
    double median = quantile(values, s->rows, 0.5);
    for (size_t i = 0; i < s->rows; i++) values[i] = fabs(values[i] - median);
    double found = quantile(values, s->rows, 0.5);
    free(values);
    return found;
}

double loop_mean_deviation(const struct loop_statistic *s) {
    double *values = values_of(s), sum = 0, distances = 0;
    if (values == NULL) return NAN;
    for (size_t i = 0; i < s->rows; i++) sum += values[i];
    double mean = sum / (double)s->rows;
    for (size_t i = 0; i < s->rows; i++) distances += fabs(values[i] - mean);
    free(values);
    return distances / (double)s->rows;
}

double loop_mode(const struct loop_statistic *s) {
    // Mantissas lie close together, so that counts can be an array.
    int64_t low = INT64_MAX, high = INT64_MIN;
    for (size_t i = 0; i < s->rows; i++) {
        if (s->a[i] < low) low = s->a[i];
        if (s->a[i] > high) high = s->a[i];
    }
    size_t *counts = calloc((size_t)(high - low) + 1, sizeof *counts), best = 0;
    if (counts == NULL) return NAN;
    for (size_t i = 0; i < s->rows; i++) counts[s->a[i] - low]++;
    for (size_t i = 1; i <= (size_t)(high - low); i++)
        if (counts[i] > counts[best]) best = i;
    free(counts);
    return (double)(low + (int64_t)best) / s->power_a;
}

/// Counts of the different values in a table that is at most half full; `slots` is set to its size.
static struct loop_group *counted(const struct loop_statistic *s, size_t *slots) {
    *slots = 64;
    while (*slots < 2 * s->rows) *slots *= 2;
    struct loop_group *table = calloc(*slots, sizeof *table);
    if (table == NULL) return NULL;
    for (size_t i = 0; i < s->rows; i++) {
        struct loop_group *group = hash_find(table, *slots, s->a[i]);
        group->key = s->a[i];
        group->count++;
    }
    return table;
}

double loop_entropy(const struct loop_statistic *s) {
    size_t slots;
    struct loop_group *table = counted(s, &slots);
    if (table == NULL) return NAN;
    double sum = 0;
    for (size_t i = 0; i < slots; i++) {
        double share = (double)table[i].count / (double)s->rows;
        if (table[i].count) sum -= share * log2(share);
    }
    free(table);
    return sum;
}

double loop_count_distinct(const struct loop_statistic *s) {
    size_t slots, count = 0;
    struct loop_group *table = counted(s, &slots);
    if (table == NULL) return NAN;
    for (size_t i = 0; i < slots; i++) count += table[i].count != 0;
    free(table);
    return (double)count;
}

struct placed {
    double value;
    size_t place;
};

/// Merges runs that double until one is left (von Neumann).
static struct placed *sorted(struct placed *items, struct placed *spare, size_t count) {
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t start = 0; start < count; start += 2 * width) {
            size_t middle = start + width < count ? start + width : count;
            size_t end = start + 2 * width < count ? start + 2 * width : count;
            size_t i = start, j = middle, k = start;
            while (i < middle && j < end) spare[k++] = items[j].value < items[i].value ? items[j++] : items[i++];
            while (i < middle) spare[k++] = items[i++];
            while (j < end) spare[k++] = items[j++];
        }
        struct placed *swap = items;
        items = spare;
        spare = swap;
    }
    return items;
}

static void rank(struct placed *items, struct placed *spare, size_t count, double *ranks) {
    struct placed *order = sorted(items, spare, count);
    for (size_t start = 0, end; start < count; start = end) {
        end = start + 1;
        while (end < count && order[end].value == order[start].value) end++;
        for (size_t i = start; i < end; i++) ranks[order[i].place] = (double)(start + end + 1) / 2;
    }
}

double loop_rank_correlation(const struct loop_statistic *s) {
    size_t n = s->rows;
    struct placed *items = malloc(2 * n * sizeof *items);
    double *ranks = malloc(2 * n * sizeof *ranks), mean = (double)(n + 1) / 2, xx = 0, yy = 0, xy = 0;
    if (items == NULL || ranks == NULL) return NAN;
    for (size_t i = 0; i < n; i++) items[i] = (struct placed){value_a(s, i), i};
    rank(items, items + n, n, ranks);
    for (size_t i = 0; i < n; i++) items[i] = (struct placed){value_b(s, i), i};
    rank(items, items + n, n, ranks + n);
    for (size_t i = 0; i < n; i++) {
        double x = ranks[i] - mean, y = ranks[n + i] - mean;
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    free(items);
    free(ranks);
    return xy / sqrt(xx * yy);
}
