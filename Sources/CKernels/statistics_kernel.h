// The loops of statistics, without include guard: statistics.c includes it once a processor level, with
//   KERNEL(name)  the name at that level
//   TARGET        the attribute that lets the compiler use its instructions
// All levels, and the same formulas in Swift, give the same bits: no fused multiplications, one order of operations.

/// Whether all magnitudes are below a bound; NaN is not.
TARGET static int KERNEL(all_below)(const double *values, size_t count, double bound) {
  int beyond = 0;
  for (size_t row = 0; row < count; row++) beyond |= !(values[row] < bound) | !(values[row] > -bound);
  return !beyond;
}

/// Whether all values are positive and finite.
TARGET static int KERNEL(all_positive)(const double *values, size_t count) {
  int other = 0;
  for (size_t row = 0; row < count; row++) other |= !(values[row] > 0) | !(values[row] < INFINITY);
  return !other;
}

/// `powers` is a constant where this is called.
TARGET static inline __attribute__((always_inline)) void KERNEL(add_some_powers)(
    const double *values, size_t count, double origin, const int powers, double *state) {
  four sums[4], errors[4];
  for (int power = 0; power < powers; power++) {
    sums[power] = LOAD(state + power * 8);
    errors[power] = LOAD(state + power * 8 + 4);
  }
  const four opposite = {-origin, -origin, -origin, -origin};
  for (size_t row = 0; row < count; row += 4) {
    const four value = LOAD(values + row);
    DEVIATION(value, opposite, high, low);
    SPLIT(high, upper, lower);
    ADD(sums[0], errors[0], high, low);
    const four square = high * high;
    const four square_rest = LOST(square, upper, lower, upper, lower) + 2.0 * high * low;
    ADD(sums[1], errors[1], square, square_rest);
    if (powers < 3) continue;
    SPLIT(square, square_upper, square_lower);
    const four cube = square * high;
    const four cube_rest = LOST(cube, square_upper, square_lower, upper, lower) + (square * low + square_rest * high);
    ADD(sums[2], errors[2], cube, cube_rest);
    if (powers < 4) continue;
    const four fourth = square * square;
    const four fourth_rest =
        LOST(fourth, square_upper, square_lower, square_upper, square_lower) + 2.0 * square * square_rest;
    ADD(sums[3], errors[3], fourth, fourth_rest);
  }
  for (int power = 0; power < powers; power++) {
    STORE(state + power * 8, sums[power]);
    STORE(state + power * 8 + 4, errors[power]);
  }
}

TARGET static void KERNEL(add_powers)(const double *values, size_t count, double origin, int powers, double *state) {
  switch (powers) {
    case 2: KERNEL(add_some_powers)(values, count, origin, 2, state); break;
    case 3: KERNEL(add_some_powers)(values, count, origin, 3, state); break;
    default: KERNEL(add_some_powers)(values, count, origin, 4, state);
  }
}

TARGET static void KERNEL(add_products)(const double *x, const double *y, size_t count, double originX,
                                        double originY, double *state) {
  four sums[5], errors[5];
  for (int term = 0; term < 5; term++) {
    sums[term] = LOAD(state + term * 8);
    errors[term] = LOAD(state + term * 8 + 4);
  }
  const four oppositeX = {-originX, -originX, -originX, -originX};
  const four oppositeY = {-originY, -originY, -originY, -originY};
  for (size_t row = 0; row < count; row += 4) {
    const four left = LOAD(x + row), right = LOAD(y + row);
    DEVIATION(left, oppositeX, a, restA);
    DEVIATION(right, oppositeY, b, restB);
    SPLIT(a, upperA, lowerA);
    SPLIT(b, upperB, lowerB);
    ADD(sums[0], errors[0], a, restA);
    ADD(sums[1], errors[1], b, restB);
    const four squareA = a * a, squareB = b * b, product = a * b;
    ADD(sums[2], errors[2], squareA, LOST(squareA, upperA, lowerA, upperA, lowerA) + 2.0 * a * restA);
    ADD(sums[3], errors[3], squareB, LOST(squareB, upperB, lowerB, upperB, lowerB) + 2.0 * b * restB);
    ADD(sums[4], errors[4], product, LOST(product, upperA, lowerA, upperB, lowerB) + (a * restB + b * restA));
  }
  for (int term = 0; term < 5; term++) {
    STORE(state + term * 8, sums[term]);
    STORE(state + term * 8 + 4, errors[term]);
  }
}

TARGET static void KERNEL(log_ratios)(const double *restrict values, const double *restrict references, size_t count,
                                      double *restrict target) {
  int beyond = 0;
  for (size_t row = 0; row < count; row++) {
    const double value = values[row], reference = references[row];
    const double share = (value - reference) / (value + reference);
    beyond |= !(share < SHARE_MAX) | !(share > -SHARE_MAX) | !(reference > 0) | !(reference < REFERENCE_MAX);
    target[row] = LOG_SERIES(share);
  }
  if (!beyond) return;
  for (size_t row = 0; row < count; row++) target[row] = tickgate_log_ratio(values[row], references[row]);
}
