#ifndef TICKGATE_STATISTIC_VALUES_H
#define TICKGATE_STATISTIC_VALUES_H

#include "OperatorLoops.h"

/// The values of a row.
static inline double value_a(const struct loop_statistic *s, size_t row) { return (double)s->a[row] / s->power_a; }
static inline double value_b(const struct loop_statistic *s, size_t row) { return (double)s->b[row] / s->power_b; }

#endif
