import Columnar
import OperatorLoops

extension Market {
    /// Statistics and volatility, a value a series: their sum is the answer. Functions that look at one row after the other need
    /// the rows of each series alone.
    var statistics: [Question] {
        let calls: [(call: String, kind: loop_statistic_kind, columns: Columns)] = [
            ("skewness(price)", LOOP_SKEWNESS, .price),
            ("kurtosis(price)", LOOP_KURTOSIS, .price),
            ("regr_slope(price, size)", LOOP_SLOPE, .priceAndSize),
            ("autocorr(price, 5)", LOOP_AUTOCORRELATION, .price),
            ("geometric_mean(price)", LOOP_GEOMETRIC_MEAN, .price),
            ("product(price / 100)", LOOP_PRODUCT, .price),
            ("max_drawdown(price)", LOOP_DRAWDOWN, .price),
            ("realized_volatility(price)", LOOP_REALIZED, .price),
            ("bipower_variation(price)", LOOP_BIPOWER, .price),
            ("ewma_volatility(price, 0.94)", LOOP_EWMA, .price),
            ("parkinson(price, size)", LOOP_PARKINSON, .priceAndSize),
            ("quantile_disc(price, 0.3)", LOOP_THIRD_DECILE, .price),
            ("mode(price)", LOOP_MODE, .price),
        ]
        // Approximations have no loop that gives their answer: the exact function beside them is the measure.
        let approximate = ["approx_quantile(price, 0.3)", "approx_count_distinct(account)"]
        return calls.map { Question($0.call, text($0.call), loop($0.kind, $0.columns)) }
            + approximate.map { Question($0, text($0)) }
    }

    private enum Columns {
        case price
        case priceAndSize
    }

    private func text(_ call: String) -> String {
        "SELECT sum(value) FROM (SELECT symbol, \(call) AS value FROM trades GROUP BY symbol)"
    }

    private func loop(_ kind: loop_statistic_kind, _ columns: Columns) -> Loop {
        .double(over: self) { [self] trades in
            var sum = 0.0
            for index in series.indices {
                var statistic = loop_statistic(
                    first: trades.pointee.price + index * rows,
                    second: trades.pointee.size + index * rows,
                    first_power: pricePower,
                    second_power: columns == .priceAndSize ? sizePower : pricePower,
                    rows: rows
                )
                sum += loop_statistic_of(kind, &statistic)
            }
            return sum
        }
    }
}
