import Columnar
import QueryLang

/// The aggregate functions by their textbook formulas, over rows in their order.
struct AggregateFormulas {
    /// Arguments of the rows in which none is null.
    private let rows: [[Value]]
    /// Their designated timestamps.
    private let times: [Value?]
    private let call: AggregateCall

    /// The outputs of a call over the rows of a group or a frame.
    static func outputs(of call: AggregateCall, over rows: [RowLeaves]) throws(OracleFailure) -> [Value] {
        var taken: [[Value]] = []
        var times: [Value?] = []
        for row in rows where try ExpressionEvaluator.holds(call.filter, row) {
            let arguments = try ExpressionEvaluator.values(call.arguments, row)
            if arguments.contains(where: \.isNull), !Self.takesNulls(call) { continue }
            taken.append(arguments)
            times.append(row.time)
        }
        return try AggregateFormulas(rows: taken, times: times, call: call).outputs()
    }

    /// Whether a row with a null counts.
    private static func takesNulls(_ call: AggregateCall) -> Bool {
        ["first_row", "last_row"].contains(call.function.rawValue)
    }

    private var values: [Value] { rows.map { $0[0] } }
    private var type: ColumnType { call.arguments[0].type }

    private func outputs() throws(OracleFailure) -> [Value] {
        switch call.function.rawValue {
        case "count": return [Value(.int64(Int64(rows.count)))]
        case "count_distinct":
            var seen: Set<GroupKey> = []
            for value in values { seen.insert(try GroupKey(value)) }
            return [Value(.int64(Int64(seen.count)))]
        case "count_if":
            return [Value(.int64(Int64(values.filter { $0.scalar == .boolean(true) }.count)))]
        case "regr_count": return [Value(.int64(Int64(rows.count)))]
        case "approx_count_distinct": throw .undecided("what is approximate")
        case "ohlcv": return try bar(isTraded: true)
        case "ohlc": return try bar(isTraded: false)
        default: break
        }
        if rows.isEmpty { return [.null] }
        switch call.function.rawValue {
        case "sum": return [try Self.sum(values, type)]
        case "avg": return [ExactSum(values).value(over: ExactNumber(Int64(rows.count)))]
        case "min": return [try extreme(values) { $0 < 0 }]
        case "max": return [try extreme(values) { $0 > 0 }]
        case "first", "first_row": return [values[0]]
        case "last", "last_row": return [values[values.count - 1]]
        case "arg_min": return [try valueBeside { $0 < 0 }]
        case "arg_max": return [try valueBeside { $0 > 0 }]
        case "vwap": return [try vwap()]
        case "twap": return [try twap()]
        case "median": return [try quantile(0.5)]
        case "quantile": return [try quantile(rows[0][1].double ?? 0)]
        case "bool_and": return [Value(.boolean(values.allSatisfy { $0.scalar == .boolean(true) }))]
        case "bool_or": return [Value(.boolean(values.contains { $0.scalar == .boolean(true) }))]
        case "bit_and": return [bits(-1) { $0 & $1 }]
        case "bit_or": return [bits(0) { $0 | $1 }]
        case "bit_xor": return [bits(0) { $0 ^ $1 }]
        case let name where Self.elsewhere.contains(name): throw .undecided("\(name), which test_statistics.py checks")
        default: return [try MomentFormulas(rows).value(of: call.function.rawValue)]
        }
    }

    /// Functions with an oracle of their own: Tests/EndToEnd/test_statistics.py.
    private static let elsewhere: Set<String> = [
        "skewness", "skew_pop", "kurtosis", "kurt_pop", "regr_slope", "regr_intercept", "regr_r2", "regr_avgx",
        "regr_avgy", "regr_sxx", "regr_syy", "regr_sxy", "autocorr", "rank_corr", "mode", "entropy", "mad",
        "mean_abs_dev", "iqr", "quantile_disc", "approx_quantile", "geometric_mean", "harmonic_mean", "product", "sem",
        "value_range", "sharpe", "sortino", "max_drawdown", "realized_variance", "realized_volatility", "semivariance",
        "bipower_variation", "jump_ratio", "min_rv", "med_rv", "close_to_close", "ewma_volatility", "parkinson",
        "garman_klass", "rogers_satchell", "yang_zhang", "string_agg", "variance_ratio", "hurst", "dfa",
        "permutation_entropy", "half_life", "zscore", "percentile_rank", "seasonal_zscore", "ewma_cov", "ewma_corr",
        "hayashi_yoshida",
    ]

    private func bits(_ start: Int64, _ join: (Int64, Int64) -> Int64) -> Value {
        Value(.int64(values.reduce(start) { join($0, $1.integer ?? 0) }))
    }

    // MARK: Sums

    /// Of int64 exact, or an error if it does not fit.
    static func sum(_ values: [Value], _ type: ColumnType) throws(OracleFailure) -> Value {
        if values.isEmpty { return .null }
        guard type == .int64 else { return ExactSum(values).value }
        let total = values.reduce(Int128(0)) { $0 + Int128($1.integer ?? 0) }
        guard let sum = Int64(exactly: total) else { throw .refused(code: "limit_exceeded") }
        return Value(.int64(sum))
    }

    private func vwap() throws(OracleFailure) -> Value {
        var notional = ExactSum()
        var volume = ExactSum()
        for row in rows {
            notional.add(product: row)
            volume.add(row[1])
        }
        if volume.isExact, notional.isExact, notional.special == nil, volume.special == nil {
            return volume.total.isZero ? .null : .unsigned(notional.total.divided(by: volume.total))
        }
        let (total, divisor) = (notional.value, volume.value)
        // Whether there is a value at all is a matter of rounding if the sizes may cancel out.
        if total.isOpen || divisor.isOpen || (divisor.double ?? 0).magnitude <= divisor.error { return .open }
        var quotient = try Lifting.apply([total, divisor], "vwap") {
            ScalarFormulas.binary(.divide, $0[0], $0[1], .float64)
        }
        quotient.error += (quotient.double ?? 0).magnitude * Lifting.roundingShare
        quotient.isReproducible = false
        return quotient
    }

    /// Each price weighs as long as it stands: until the next one. The last one has no weight.
    private func twap() throws(OracleFailure) -> Value {
        var ordered: [(time: Int64, price: Value)] = []
        for (time, price) in zip(times, values) {
            guard let time = time?.integer else { throw .unknown("twap of rows without a time") }
            ordered.append((time, price))
        }
        ordered = try ValueOrder.sort(ordered) { left, right in
            left.time < right.time ? -1 : left.time > right.time ? 1 : 0
        }
        let whole = ExactNumber(ordered[ordered.count - 1].time) - ExactNumber(ordered[0].time)
        if whole.isZero { return ExactSum(values).value(over: ExactNumber(Int64(rows.count))) }
        var sum = ExactSum()
        for (row, next) in zip(ordered, ordered.dropFirst()) {
            let span = ExactNumber(next.time) - ExactNumber(row.time)
            sum.add(product: [row.price, Value(.float64(span.double))])
        }
        var value = sum.value(over: whole)
        guard let mean = value.double, mean.isFinite else { return value }
        value.error += mean.magnitude * ExactSum.errorShare
        value.isReproducible = false
        return value
    }

    // MARK: Order

    /// The first value that no other one beats. NaN is skipped.
    private func extreme(_ values: [Value], _ beats: (Int) -> Bool) throws(OracleFailure) -> Value {
        let numbers = values.filter { !($0.double?.isNaN ?? false) || $0.isOpen }
        if numbers.contains(where: \.isOpen) { return .open }
        guard var best = numbers.first else { return .null }
        for value in numbers where beats(ValueOrder.compare(value.scalar, best.scalar)) { best = value }
        // Of values that are close together another may be the true one, but it is no farther off than all may be.
        best.error = max(best.error, numbers.map(\.error).max() ?? 0)
        best.isReproducible = numbers.allSatisfy(\.isReproducible)
        if best.double == 0, case .float64 = best.scalar { best.error = max(best.error, Value.signOfZero) }
        return best
    }

    /// The first argument where the second is smallest or largest; the first such row. NaN is skipped.
    private func valueBeside(_ beats: (Int) -> Bool) throws(OracleFailure) -> Value {
        // What is open may be NaN or not.
        if rows.contains(where: { $0[1].isOpen }) { throw .undecided("the row that arg_min or arg_max takes") }
        var best: [Value]?
        for row in rows where !(row[1].double?.isNaN ?? false) {
            guard let old = best else {
                best = row
                continue
            }
            if beats(try ValueOrder.compare(row[1], old[1])) { best = row }
        }
        return best?[0] ?? .null
    }

    /// Open, high, low, close, and volume.
    private func bar(isTraded: Bool) throws(OracleFailure) -> [Value] {
        guard let open = rows.first, let close = rows.last else {
            return [Value](repeating: .null, count: isTraded ? 5 : 4)
        }
        let prices = values.map { Self.asDouble($0) }
        var bar = [
            Self.asDouble(open[0]), try extreme(prices) { $0 > 0 }, try extreme(prices) { $0 < 0 },
            Self.asDouble(close[0]),
        ]
        if isTraded { bar.append(ExactSum(rows.map { $0[1] }).value) }
        return bar
    }

    static func asDouble(_ value: Value) -> Value {
        guard case .int64(let integer) = value.scalar else { return value }
        return Value(.float64(Double(integer)))
    }

    /// The value below which a share of the values lies, on a straight line between neighbours. NaN if one is NaN.
    private func quantile(_ share: Double) throws(OracleFailure) -> Value {
        if values.contains(where: \.isOpen) { return .open }
        let sorted = try ValueOrder.sort(values.map { Self.asDouble($0) }) { ValueOrder.compare($0.scalar, $1.scalar) }
        if sorted[sorted.count - 1].double?.isNaN ?? false { return Value(.float64(.nan)) }
        let place = share * Double(sorted.count - 1)
        let lower = Int(place.rounded(.down))
        let upper = min(lower + 1, sorted.count - 1)
        let (a, b) = (sorted[lower].double ?? 0, sorted[upper].double ?? 0)
        let weight = place - Double(lower)
        let inputError = sorted.map(\.error).max() ?? 0
        let isReproducible = sorted.allSatisfy(\.isReproducible)
        if weight == 0 || a == b {
            let error = max(inputError, a == 0 ? Value.signOfZero : 0)
            return Value(.float64(a), error: error, isReproducible: isReproducible)
        }
        let value = a + (b - a) * weight
        guard value.isFinite else { return .open }
        let rounding = (a.magnitude + b.magnitude) * Lifting.roundingShare
        return Value(.float64(value), error: inputError + rounding, isReproducible: isReproducible)
    }
}
