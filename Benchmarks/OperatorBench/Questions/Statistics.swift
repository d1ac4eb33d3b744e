import Columnar
import OperatorLoops

extension Market {
    /// Statistics and volatility, a value a series: their sum is the answer. Functions that look at one row after the other need
    /// the rows of each series alone.
    var statistics: [Question] {
        (moments + heldValues + paths + sequences).map(question) + approximations
    }

    /// A call, the loop that answers it, and the columns that both look at.
    private typealias Call = (text: String, loop: StatisticLoop, columns: StatisticColumns)
    private typealias StatisticLoop = (UnsafePointer<loop_statistic>?) -> Double

    private enum StatisticColumns {
        case trades
        case accounts
        case bars
    }

    private var moments: [Call] {
        [
            ("avg(price)", loop_average, .trades),
            ("vwap(price, size)", loop_vwap, .trades),
            ("twap(price)", loop_twap, .trades),
            ("arg_max(price, size)", loop_arg_max, .trades),
            ("stddev(price)", loop_deviation, .trades),
            ("stddev(price * 1.0)", loop_deviation, .trades),
            ("corr(price, size)", loop_correlation, .trades),
            ("corr(price * 1.0, size)", loop_correlation, .trades),
            ("skewness(price)", loop_skewness, .trades),
            ("kurtosis(price)", loop_kurtosis, .trades),
            ("regr_slope(price, size)", loop_slope, .trades),
            ("autocorr(price, 5)", loop_autocorrelation, .trades),
            ("geometric_mean(price)", loop_geometric_mean, .trades),
            ("harmonic_mean(price)", loop_harmonic_mean, .trades),
            ("product(price / 100)", loop_product, .trades),
            ("value_range(price)", loop_range, .trades),
            ("sharpe(price)", loop_sharpe, .trades),
            ("sortino(price - 100)", loop_sortino, .trades),
            ("bit_xor(account)", loop_xor, .accounts),
            ("count_if(price > 100)", loop_count_above_100, .trades),
        ]
    }

    private var heldValues: [Call] {
        [
            ("median(price)", loop_median, .trades),
            ("quantile_disc(price, 0.3)", loop_third_decile, .trades),
            ("iqr(price)", loop_quartile_range, .trades),
            ("mad(price)", loop_median_deviation, .trades),
            ("mean_abs_dev(price)", loop_mean_deviation, .trades),
            ("mode(price)", loop_mode, .trades),
            ("entropy(account)", loop_entropy, .accounts),
            ("count_distinct(account)", loop_count_distinct, .accounts),
            ("rank_corr(price, size)", loop_rank_correlation, .trades),
        ]
    }

    private var paths: [Call] {
        [
            ("max_drawdown(price)", loop_drawdown, .trades),
            ("realized_volatility(price)", loop_realized, .trades),
            ("semivariance(price)", loop_semivariance, .trades),
            ("bipower_variation(price)", loop_bipower, .trades),
            ("jump_ratio(price)", loop_jump_ratio, .trades),
            ("min_rv(price)", loop_min_rv, .trades),
            ("med_rv(price)", loop_med_rv, .trades),
            ("close_to_close(price)", loop_close_to_close, .trades),
            ("ewma_volatility(price, 0.94)", loop_ewma, .trades),
            ("variance_ratio(price, 5)", loop_variance_ratio, .trades),
            ("parkinson(high, low)", loop_parkinson, .bars),
            ("garman_klass(open, high, low, close)", loop_garman_klass, .bars),
            ("rogers_satchell(open, high, low, close)", loop_rogers_satchell, .bars),
            ("yang_zhang(open, high, low, close)", loop_yang_zhang, .bars),
        ]
    }

    private var sequences: [Call] {
        [
            ("hurst(price)", loop_hurst, .trades),
            ("dfa(price)", loop_fluctuation, .trades),
            ("permutation_entropy(price)", loop_permutation_entropy, .trades),
            ("half_life(price)", loop_half_life, .trades),
            ("zscore(price)", loop_zscore, .trades),
            ("percentile_rank(price)", loop_percentile_rank, .trades),
            ("seasonal_zscore(price)", loop_seasonal_score, .trades),
            ("ewma_cov(price, size, 0.94)", loop_ewma_covariance, .trades),
            ("ewma_corr(price, size, 0.94)", loop_ewma_correlation, .trades),
            ("hayashi_yoshida(price, size)", loop_hayashi_yoshida, .trades),
        ]
    }

    /// Approximations have no loop that gives their answer: the exact function beside them is the measure.
    private var approximations: [Question] {
        ["approx_quantile(price, 0.3)", "approx_count_distinct(account)"].map { Question($0, text($0, .trades)) }
    }

    private func question(_ call: Call) -> Question {
        Question(call.text, text(call.text, call.columns), loop(call.loop, call.columns))
    }

    private func text(_ call: String, _ columns: StatisticColumns) -> String {
        let table = columns == .bars ? "decimal_bars" : "trades"
        return "SELECT sum(value * 1.0) FROM (SELECT symbol, \(call) AS value FROM \(table) GROUP BY symbol)"
    }

    private func loop(_ body: @escaping StatisticLoop, _ columns: StatisticColumns) -> Loop {
        .double(over: self) { [self] trades in
            var sum = 0.0
            for index in series.indices {
                let start = index * rows
                var statistic = loop_statistic()
                statistic.time = trades.pointee.time + start
                statistic.rows = rows
                switch columns {
                case .trades:
                    statistic.a = trades.pointee.price + start
                    statistic.b = trades.pointee.size + start
                    (statistic.power_a, statistic.power_b) = (pricePower, sizePower)
                case .accounts:
                    statistic.a = trades.pointee.account + start
                    statistic.power_a = 1
                case .bars:
                    statistic.a = decimalBarColumns.open.base + start
                    statistic.b = decimalBarColumns.high.base + start
                    statistic.c = decimalBarColumns.low.base + start
                    statistic.d = decimalBarColumns.close.base + start
                    statistic.power_a = pricePower
                }
                sum += body(&statistic)
            }
            return sum
        }
    }
}
