#ifndef TICKGATE_OPERATOR_LOOPS_H
#define TICKGATE_OPERATOR_LOOPS_H

#include <stddef.h>
#include <stdint.h>

// What the query engine's operators do, as the plainest loop over the same arrays that is not foolish: no intrinsics,
// no threads, nulls or overflow checks, tables sized beforehand. Numbers are mantissas of decimals; sums of them are
// exact.

/// Trades of several series of `rows` rows each: row r of series s is at `s * rows + r`. Times of a series ascend.
struct loop_trades {
    const int64_t *time, *price, *size, *account;
    /// Codes of a dictionary.
    const uint32_t *side;
    size_t series, rows;
};

/// Quotes, laid out as ``loop_trades``, of the same series.
struct loop_quotes {
    const int64_t *time, *bid, *bid_size;
    size_t series, rows;
};

/// Accounts, each once.
struct loop_accounts {
    const int64_t *account, *fee;
    size_t count;
};

// Aggregates.

int64_t loop_sum(const int64_t *values, size_t count);
void loop_min_max(const int64_t *values, size_t count, int64_t *minimum, int64_t *maximum);
size_t loop_count_above(const int64_t *values, size_t count, int64_t bound);
/// Sum of the sizes of trades above a price and of one side.
int64_t loop_sum_where(const struct loop_trades *trades, int64_t bound, uint32_t side);
/// Sum of the products of prices and sizes, as doubles.
double loop_sum_products(const struct loop_trades *trades, double price_power, double size_power);

// Statistics, each of the rows of one series.

/// Up to four columns of a series, as mantissas; values are mantissas over the powers.
struct loop_statistic {
    const int64_t *a, *b, *c, *d;
    double power_a, power_b;
    const int64_t *time;
    size_t rows;
};

/// The statistic by the formula that its name has, in doubles.
typedef double loop_statistic_function(const struct loop_statistic *statistic);

loop_statistic_function loop_average, loop_vwap, loop_twap, loop_deviation, loop_correlation, loop_arg_max;
loop_statistic_function loop_skewness, loop_kurtosis, loop_slope, loop_autocorrelation, loop_rank_correlation;
loop_statistic_function loop_geometric_mean, loop_harmonic_mean, loop_product, loop_range, loop_sharpe, loop_sortino;
loop_statistic_function loop_xor, loop_count_above_100;
// Of values held: columns `a`, where a second one is not named.
loop_statistic_function loop_median, loop_third_decile, loop_quartile_range, loop_median_deviation, loop_mean_deviation;
loop_statistic_function loop_mode, loop_entropy, loop_count_distinct;
// Of a path of prices.
loop_statistic_function loop_drawdown, loop_realized, loop_semivariance, loop_bipower, loop_jump_ratio, loop_min_rv;
loop_statistic_function loop_med_rv, loop_close_to_close, loop_ewma, loop_variance_ratio;
// Of bars: `a` to `d` are open, high, low and close.
loop_statistic_function loop_parkinson, loop_garman_klass, loop_rogers_satchell, loop_yang_zhang;
// Of values in their order.
loop_statistic_function loop_hurst, loop_fluctuation, loop_permutation_entropy, loop_half_life, loop_zscore;
loop_statistic_function loop_percentile_rank, loop_seasonal_score, loop_ewma_covariance, loop_ewma_correlation;
loop_statistic_function loop_hayashi_yoshida;

// Groups.

struct loop_bar {
    int64_t bucket, open, high, low, close, volume;
};

/// Bars of `width` nanoseconds of each series, one series after the other; returns their number. `ends[s]` is the
/// number up to and with series s.
size_t loop_bars(const struct loop_trades *trades, int64_t width, struct loop_bar *bars, size_t *ends);
/// Σ price × size and Σ size of all series by bucket, counted from `first`. Both are zeroed here.
void loop_notionals(const struct loop_trades *trades, int64_t width, int64_t first, size_t buckets, int64_t *notionals,
                    int64_t *volumes);
/// Trades and Σ size of each side.
void loop_by_side(const struct loop_trades *trades, size_t sides, int64_t *counts, int64_t *volumes);

struct loop_group {
    int64_t key, sum, count;
};

/// Σ size by account, in order of the accounts; returns their number. `slots` is a power of two of room for a hash
/// table, at least twice the number of accounts.
size_t loop_by_account(const struct loop_trades *trades, struct loop_group *table, size_t slots,
                       struct loop_group *groups);

// Orders. A place is a row's index in the arrays.

/// Time and price of all rows by time, then series.
void loop_merge(const struct loop_trades *trades, int64_t *times, int64_t *prices);
/// The accounts in the order in which they first trade; returns their number. `table` as in ``loop_by_account``.
size_t loop_distinct(const struct loop_trades *trades, struct loop_group *table, size_t slots, int64_t *accounts);
/// Price and account of all rows by price, then time, then series.
void loop_sort(const struct loop_trades *trades, uint32_t *places, uint32_t *scratch, int64_t *prices,
               int64_t *accounts);
/// The first `count` places by price, then time, then series.
void loop_top(const struct loop_trades *trades, uint32_t *places, size_t count);

// Joins.

/// Σ (price − bid) of the trades with the last quote not later, or (if strict) earlier, of their series.
int64_t loop_asof(const struct loop_trades *trades, const struct loop_quotes *quotes, int is_strict);
/// Sum over the trades of Σ bid size of the quotes of their series at most `distance` away.
int64_t loop_window_join(const struct loop_trades *trades, const struct loop_quotes *quotes, int64_t distance);
/// Sum over the trades of their account's fee. `table` as in ``loop_by_account``.
int64_t loop_hash_join(const struct loop_trades *trades, const struct loop_accounts *accounts, struct loop_group *table,
                       size_t slots);

// Windows, each series its own, summed over all rows.

/// Σ of the means of the last `length` rows' prices.
double loop_mean_of_rows(const struct loop_trades *trades, size_t length, double power);
/// Σ of the means of the prices of the last `distance` nanoseconds.
double loop_mean_of_range(const struct loop_trades *trades, int64_t distance, double power);
/// Σ of the least of the last `length` rows' prices. `queue` has room for `length` places.
int64_t loop_min_of_rows(const struct loop_trades *trades, size_t length, size_t *queue);
/// Σ of the price of the row before.
int64_t loop_lag(const struct loop_trades *trades);
/// Σ of exponential averages of the prices with α = 2 / (length + 1), from the mean of the first `length` on.
double loop_exponential_average(const struct loop_trades *trades, size_t length, double power);

// Indicators that TA-Lib does not have, and their sum over the rows that have a value if that is asked for. `o` and
// other outputs have room for the rows of a series.

/// Bars of several series, laid out as ``loop_trades``.
struct loop_price_bars {
    const double *open, *high, *low, *close, *volume;
    size_t series, rows;
};

double loop_variable_index_average(const struct loop_price_bars *bars, size_t length, double *o, int is_summed);
double loop_ichimoku(const struct loop_price_bars *bars, double *o, double *base, double *span_a, double *span_b, int is_summed);
double loop_weighted_bands(const struct loop_price_bars *bars, double *o, double *middle, double *lower, int is_summed);
double loop_psychological_line(const struct loop_price_bars *bars, size_t length, double *o, int is_summed);
double loop_klinger(const struct loop_price_bars *bars, double *o, double *signal, double *force, double *slow, int is_summed);
double loop_range_ratio(const struct loop_price_bars *bars, size_t fast, size_t slow, double *o, int is_summed);

#endif
