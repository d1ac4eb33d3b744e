import Columnar
import QueryLang

/// Computes window calls over rows.
struct WindowEvaluator {
    private let call: WindowCall
    /// The rows of one partition in the window's order.
    private let rows: [RowLeaves]
    private let frames: WindowFrames

    /// Computes the calls and puts their values into the rows.
    static func fill(_ rows: inout [RowLeaves], _ calls: [WindowCall]) throws(OracleFailure) {
        for call in calls {
            var partitions: [[GroupKey]: [Int]] = [:]
            for (index, row) in rows.enumerated() {
                let key = try GroupKey.of(try ExpressionEvaluator.values(call.partition, row))
                partitions[key, default: []].append(index)
            }
            var values = [Value](repeating: .null, count: rows.count)
            for partition in partitions.values {
                let terms = call.order.map(\.expression)
                var keys: [(index: Int, terms: [Value])] = []
                for index in partition { keys.append((index, try ExpressionEvaluator.values(terms, rows[index]))) }
                let descending = call.order.map(\.isDescending)
                keys = try ValueOrder.sort(keys) { left, right throws(OracleFailure) in
                    try ValueOrder.compare(left.terms, right.terms, descending: descending)
                }
                let window = WindowEvaluator(
                    call: call,
                    rows: keys.map { rows[$0.index] },
                    frames: WindowFrames(
                        call.frame,
                        keys.map(\.terms),
                        keys.map { rows[$0.index].time },
                        isDescending: descending.first ?? false
                    )
                )
                for (place, value) in try window.values().enumerated() { values[keys[place].index] = value }
            }
            for index in rows.indices { rows[index].windows.append(values[index]) }
        }
    }

    private func values() throws(OracleFailure) -> [Value] {
        switch call.function {
        case .aggregate(let function):
            return try overFrames(
                AggregateCall(function: function, arguments: call.arguments, filter: call.filter)
            )
        case .rowNumber: return rows.indices.map { Value(.int64(Int64($0 + 1))) }
        case .rank, .denseRank, .percentRank, .cumulativeDistribution, .tile: return try places()
        case .firstValue: return try picked { $0.first }
        case .lastValue: return try picked { $0.last }
        case .nthValue(let number): return try picked { $0.dropFirst(number - 1).first }
        case .nthPresentValue(let number):
            return try picked { (rows) throws(OracleFailure) in try present(rows).dropFirst(number - 1).first }
        case .presentLag(let offset): return try presentNeighbours(offset, before: true)
        case .presentLead(let offset): return try presentNeighbours(offset, before: false)
        case .lag(let offset): return try neighbours(-offset)
        case .lead(let offset): return try neighbours(offset)
        case .difference(let offset): return try differences(offset)
        case .cumulativeSum: return try cumulativeSums()
        case .simpleMovingAverage(let count): return try simpleAverages(count)
        case .exponentialMovingAverage(let count): return try exponentialAverages(count)
        case .indicator: throw .undecided("indicators, which have an oracle of their own")
        }
    }

    /// Rows of all frames of a partition that are worth the wait.
    private static let patience = 200_000

    private func overFrames(_ call: AggregateCall) throws(OracleFailure) -> [Value] {
        var values: [Value] = []
        var summed = 0
        for row in rows.indices {
            let frame = try frames.rows(of: row)
            summed += frame.count
            if summed > Self.patience { throw .undecided("frames that are too many to try") }
            values.append(try AggregateFormulas.outputs(of: call, over: frame.map { rows[$0] })[0])
        }
        return values
    }

    private func argument(_ row: Int, _ index: Int = 0) throws(OracleFailure) -> Value {
        let value = try ExpressionEvaluator.value(call.arguments[index], rows[row])
        return call.type == .float64 ? AggregateFormulas.asDouble(value) : value
    }

    // MARK: Places and picks

    /// Numbers of rows among those of the partition.
    private func places() throws(OracleFailure) -> [Value] {
        var values: [Value] = []
        for row in rows.indices {
            let peers = try frames.peers(of: row)
            switch call.function {
            case .rank: values.append(Value(.int64(Int64(peers.lowerBound + 1))))
            case .denseRank:
                var starts: Set<Int> = []
                for other in 0...row { starts.insert(try frames.peers(of: other).lowerBound) }
                values.append(Value(.int64(Int64(starts.count))))
            case .percentRank:
                let share = rows.count == 1 ? 0 : Double(peers.lowerBound) / Double(rows.count - 1)
                values.append(Value(.float64(share)))
            case .cumulativeDistribution:
                values.append(Value(.float64(Double(peers.upperBound) / Double(rows.count))))
            case .tile(let count):
                // Row by row into parts of which the first ones are larger.
                let sizes = (0..<count).map { rows.count / count + ($0 < rows.count % count ? 1 : 0) }
                var (part, left) = (0, row)
                while left >= sizes[part] {
                    left -= sizes[part]
                    part += 1
                }
                values.append(Value(.int64(Int64(part + 1))))
            default: throw .unknown("\(call.function)")
            }
        }
        return values
    }

    /// For each row the value of one of the rows of its frame.
    private func picked(
        _ pick: ([Int]) throws(OracleFailure) -> Int?
    ) throws(OracleFailure) -> [Value] {
        var values: [Value] = []
        for row in rows.indices {
            values.append(
                try pick(try frames.rows(of: row)).map { place throws(OracleFailure) in try argument(place) } ?? .null
            )
        }
        return values
    }

    /// Those of some rows that have a value.
    private func present(_ places: [Int]) throws(OracleFailure) -> [Int] {
        var present: [Int] = []
        for place in places where !(try argument(place).isNull) { present.append(place) }
        return present
    }

    private func presentNeighbours(_ offset: Int, before: Bool) throws(OracleFailure) -> [Value] {
        var values: [Value] = []
        for row in rows.indices {
            if offset == 0 {
                values.append(try argument(row))
                continue
            }
            let places = try present(before ? Array((0..<row).reversed()) : Array((row + 1)..<rows.count))
            if let place = places.dropFirst(offset - 1).first {
                values.append(try argument(place))
            } else {
                values.append(call.arguments.count > 1 ? try argument(row, 1) : .null)
            }
        }
        return values
    }

    private func arguments() throws(OracleFailure) -> [Value] {
        var values: [Value] = []
        for row in rows.indices { values.append(try argument(row)) }
        return values
    }

    private func neighbours(_ offset: Int) throws(OracleFailure) -> [Value] {
        var values: [Value] = []
        for row in rows.indices {
            let (place, overflow) = row.addingReportingOverflow(offset)
            if !overflow, rows.indices.contains(place) {
                values.append(try argument(place))
            } else {
                values.append(call.arguments.count > 1 ? try argument(row, 1) : .null)
            }
        }
        return values
    }

    private func differences(_ offset: Int) throws(OracleFailure) -> [Value] {
        let values = try arguments()
        var differences: [Value] = []
        for row in rows.indices {
            guard row >= offset else {
                differences.append(.null)
                continue
            }
            differences.append(
                try Lifting.apply([values[row], values[row - offset]], "diff") {
                    ScalarFormulas.binary(.subtract, $0[0], $0[1], call.type)
                }
            )
        }
        return differences
    }

    // MARK: Running

    private func cumulativeSums() throws(OracleFailure) -> [Value] {
        var seen: [Value] = []
        var sums: [Value] = []
        for value in try arguments() {
            if !value.isNull { seen.append(value) }
            sums.append(try AggregateFormulas.sum(seen, call.type))
        }
        return sums
    }

    private func simpleAverages(_ count: Int) throws(OracleFailure) -> [Value] {
        var seen: [Value] = []
        var averages: [Value] = []
        for value in try arguments() {
            if !value.isNull { seen.append(value) }
            let last = seen.suffix(count)
            averages.append(last.count < count ? .null : ExactSum(Array(last)).value(over: ExactNumber(Int64(count))))
        }
        return averages
    }

    /// Seeded with the mean of the first values, then `average + α × (x - average)`.
    private func exponentialAverages(_ count: Int) throws(OracleFailure) -> [Value] {
        let alpha = 2 / (Double(count) + 1)
        var seed: [Value] = []
        var average = Value.null
        var largest = 0.0
        var results: [Value] = []
        for value in try arguments() {
            if !value.isNull {
                largest = max(largest, (value.double ?? 0).magnitude)
                if seed.count < count {
                    seed.append(value)
                    if seed.count == count { average = ExactSum(seed).value(over: ExactNumber(Int64(count))) }
                } else if let old = average.double, let x = value.double {
                    average.scalar = .float64(old + alpha * (x - old))
                    average.error = max(average.error, value.error)
                }
                if !average.isNull { average = Self.rounded(average, largest, value) }
            }
            results.append(average)
        }
        return results
    }

    /// What the formula may lose by rounding; of infinities it is not said what becomes of them.
    private static func rounded(_ average: Value, _ largest: Double, _ value: Value) -> Value {
        guard let double = average.double, !largest.isInfinite, !average.isOpen, !value.isOpen else { return .open }
        if double.isNaN { return Value(.float64(.nan)) }
        return Value(
            average.scalar,
            error: max(average.error, value.error, largest * ExactSum.errorShare),
            isReproducible: average.isReproducible
        )
    }
}
