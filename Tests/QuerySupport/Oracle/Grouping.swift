import Columnar
import QueryLang

/// GROUP BY and SAMPLE BY with FILL.
struct Grouping {
    private struct Group {
        /// The bucket; nil without SAMPLE BY.
        var bucket: Int64?
        var keys: [Value]
        var rows: [RowLeaves] = []
        var aggregates: [[Value]] = []

        var leaves: RowLeaves {
            let time = bucket.map { Value(.timestamp($0)) }
            return RowLeaves(bucket: time ?? .null, keys: keys, aggregates: aggregates, time: time)
        }
    }

    private struct Identity: Hashable {
        var bucket: Int64?
        var keys: [GroupKey]
    }

    /// Rows of a filled answer; an engine need not give more.
    static let filledRowsMax: Int128 = 1_000_000
    /// What the oracle has the patience for.
    static let patience: Int128 = 20_000

    private let aggregation: Aggregation

    init(_ aggregation: Aggregation) { self.aggregation = aggregation }

    /// The groups by (bucket, keys).
    func rows(_ input: Relation) throws(OracleFailure) -> [RowLeaves] {
        var groups = try groups(input)
        for index in groups.indices {
            for call in aggregation.aggregates {
                groups[index].aggregates.append(try AggregateFormulas.outputs(of: call, over: groups[index].rows))
            }
        }
        if let sampling = aggregation.sampling, !sampling.fills.isEmpty {
            let axis = SampleAxis(sampling, origin: try origin(input, sampling))
            groups = try filled(groups, sampling, axis)
        }
        let descending = [Bool](repeating: false, count: aggregation.keys.count + 1)
        let sorted = try ValueOrder.sort(groups) { left, right throws(OracleFailure) in
            try ValueOrder.compare(Self.order(left), Self.order(right), descending: descending)
        }
        return sorted.map(\.leaves)
    }

    private static func order(_ group: Group) -> [Value] { [Value(.timestamp(group.bucket ?? 0))] + group.keys }

    private func groups(_ input: Relation) throws(OracleFailure) -> [Group] {
        let axis = try aggregation.sampling.map { sampling throws(OracleFailure) in
            SampleAxis(sampling, origin: try origin(input, sampling))
        }
        var groups: [Group] = []
        var places: [Identity: Int] = [:]
        for row in input.rows {
            let leaves = input.leaves(row)
            var bucket: Int64?
            if let axis {
                guard let time = leaves.time?.integer else { throw .unknown("SAMPLE BY of a row without a time") }
                bucket = axis.bucket(of: time)
            }
            let keys = try ExpressionEvaluator.values(aggregation.keys, leaves)
            let identity = Identity(bucket: bucket, keys: try GroupKey.of(keys))
            let place = places[identity] ?? groups.count
            if place == groups.count { groups.append(Group(bucket: bucket, keys: keys.map(Self.unsigned))) }
            places[identity] = place
            groups[place].rows.append(leaves)
        }
        if groups.isEmpty, aggregation.keys.isEmpty, aggregation.sampling == nil {
            groups = [Group(bucket: nil, keys: [])]
        }
        return groups
    }

    /// 0 and -0 are one group; which of them it shows is left open.
    private static func unsigned(_ key: Value) -> Value {
        if case .float64(0) = key.scalar { .unsigned(0) } else { key }
    }

    /// Where one bucket begins; nil for where the sampling says.
    private func origin(_ input: Relation, _ sampling: Sampling) throws(OracleFailure) -> Int64? {
        guard sampling.alignment == .firstObservation, let first = input.rows.first else { return nil }
        guard let time = input.leaves(first).time?.integer else { throw .unknown("SAMPLE BY without a time") }
        return time
    }

    // MARK: FILL

    private func filled(
        _ groups: [Group],
        _ sampling: Sampling,
        _ axis: SampleAxis
    ) throws(OracleFailure) -> [Group] {
        let buckets = groups.compactMap(\.bucket)
        let isRanged = !buckets.isEmpty || aggregation.keys.isEmpty
        let from = isRanged ? sampling.from.map { axis.bucket(of: $0) } : nil
        let to = isRanged ? sampling.to.map { axis.bucket(of: $0 - 1) } : nil
        guard let first = from ?? buckets.min(), let last = to ?? buckets.max() else { return [] }
        var byKeys: [[GroupKey]: [Int64: Group]] = [:]
        for group in groups {
            guard let bucket = group.bucket else { continue }
            byKeys[try GroupKey.of(group.keys), default: [:]][bucket] = group
        }
        if byKeys.isEmpty { byKeys[[]] = [:] }
        let count = max((Int128(last) - Int128(first)) / Int128(sampling.step) + 1, 0)
        if count * Int128(byKeys.count) > Self.filledRowsMax { throw .refused(code: "limit_exceeded") }
        if count * Int128(byKeys.count) > Self.patience { throw .undecided("a FILL that is too large to try") }
        var filled: [Group] = []
        for own in byKeys.values {
            let present = own.keys.sorted()
            for bucket in axis.starts(from: first, to: last) {
                if let group = own[bucket] {
                    filled.append(group)
                    continue
                }
                let previous = present.last { $0 < bucket }.flatMap { own[$0] }
                let next = present.first { $0 > bucket }.flatMap { own[$0] }
                var group = Group(bucket: bucket, keys: (previous ?? next)?.keys ?? [])
                for (index, fill) in sampling.fills.enumerated() {
                    let shape = (previous ?? next)?.aggregates[index] ?? Self.nothing(aggregation.aggregates[index])
                    group.aggregates.append(
                        shape.indices.map { output in
                            Self.value(
                                fill,
                                bucket,
                                previous.map { ($0.bucket ?? 0, $0.aggregates[index][output]) },
                                next.map { ($0.bucket ?? 0, $0.aggregates[index][output]) }
                            )
                        }
                    )
                }
                filled.append(group)
            }
        }
        return filled
    }

    /// As many nulls as a call has outputs.
    private static func nothing(_ call: AggregateCall) -> [Value] {
        let outputs = try? AggregateFormulas.outputs(of: call, over: [])
        return [Value](repeating: .null, count: outputs?.count ?? 1)
    }

    private static func value(
        _ fill: Sampling.Fill,
        _ bucket: Int64,
        _ previous: (bucket: Int64, value: Value)?,
        _ next: (bucket: Int64, value: Value)?
    ) -> Value {
        switch fill {
        case .null: return .null
        case .value(let value): return Value(value)
        case .previous: return previous?.value ?? .null
        case .linear:
            guard let previous, let next, !previous.value.isNull, !next.value.isNull else { return .null }
            return line(previous, next, bucket)
        }
    }

    private static func line(
        _ previous: (bucket: Int64, value: Value),
        _ next: (bucket: Int64, value: Value),
        _ bucket: Int64
    ) -> Value {
        if let a = previous.value.integer, let b = next.value.integer {
            let length = Int128(next.bucket) - Int128(previous.bucket)
            let distance = Int128(bucket) - Int128(previous.bucket)
            let value = Int64(clamping: (Int128(a) * (length - distance) + Int128(b) * distance) / length)
            if case .timestamp = previous.value.scalar { return Value(.timestamp(value)) }
            return Value(.int64(value))
        }
        let (a, b) = (previous.value.double ?? 0, next.value.double ?? 0)
        if a.isNaN || b.isNaN { return Value(.float64(.nan)) }
        let share =
            Double(Int128(bucket) - Int128(previous.bucket)) / Double(Int128(next.bucket) - Int128(previous.bucket))
        let value = a + (b - a) * share
        guard value.isFinite else { return .open }
        let rounding = (a.magnitude + b.magnitude) * Lifting.roundingShare
        return Value(
            .float64(value),
            error: max(previous.value.error, next.value.error) + rounding,
            isReproducible: previous.value.isReproducible && next.value.isReproducible
        )
    }
}
