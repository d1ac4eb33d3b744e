import CKernels
import Columnar

extension ChunkEntry {
    /// Notes what is known of integers or mantissas. `summary` is of `values`, in which null rows repeat others.
    mutating func note(
        _ values: UnsafeBufferPointer<Int64>,
        _ summary: tickgate_summary,
        validity: Validity?
    ) {
        minimum = UInt64(bitPattern: summary.minimum)
        maximum = UInt64(bitPattern: summary.maximum)
        sumLow = summary.sum_low
        sumHigh = UInt64(bitPattern: summary.sum_high)
        if let validity {
            var sum: Int128 = 0
            for row in values.indices where validity[row] { sum += Int128(values[row]) }
            setSum(sum)
        }
        facts.formUnion([.bounds, .sum])
        noteEnds(UInt64(bitPattern: values[0]), UInt64(bitPattern: values[values.count - 1]), values.count, validity)
    }

    /// Notes what is known of doubles.
    mutating func note(_ values: UnsafeBufferPointer<Double>, validity: Validity?) {
        var low = Double.infinity
        var high = -Double.infinity
        var hasBounds = false
        var sum = (high: 0.0, low: 0.0)
        for row in values.indices where validity?[row] ?? true {
            let value = values[row]
            if value == value {
                hasBounds = true
                if value < low { low = value }
                if value > high { high = value }
            }
            // Knuth's exact addition; NaN and infinities make the sum NaN or infinite, which is seen below.
            let total = sum.high + value
            let shadow = total - sum.high
            sum.low += (sum.high - (total - shadow)) + (value - shadow)
            sum.high = total
        }
        if hasBounds {
            facts.insert(.bounds)
            minimum = low.bitPattern
            maximum = high.bitPattern
        }
        let total = sum.high + sum.low
        if total.isFinite {
            facts.insert(.sum)
            sumLow = total.bitPattern
            sumHigh = ((sum.high - total) + sum.low).bitPattern
        }
        noteEnds(values[0].bitPattern, values[values.count - 1].bitPattern, values.count, validity)
    }

    /// Notes the values of the first and the last row.
    mutating func noteEnds(_ first: UInt64, _ last: UInt64, _ count: Int, _ validity: Validity?) {
        facts.insert(.ends)
        if validity?[0] ?? true {
            facts.insert(.first)
            self.first = first
        }
        if validity?[count - 1] ?? true {
            facts.insert(.last)
            self.last = last
        }
    }

    private mutating func setSum(_ sum: Int128) {
        sumLow = UInt64(truncatingIfNeeded: sum)
        sumHigh = UInt64(truncatingIfNeeded: sum >> 64)
    }

    /// Notes which codes have the smallest and the largest text, if the texts are few and plain ASCII, which every order
    /// of text agrees on.
    mutating func noteBounds(of codes: UnsafeBufferPointer<UInt32>, validity: Validity?, texts: [String]) {
        guard texts.count <= Self.comparedTextsMax else { return }
        var isSeen = [Bool](repeating: false, count: texts.count)
        for row in codes.indices where validity?[row] ?? true { isSeen[Int(codes[row])] = true }
        let seen = texts.indices.filter { isSeen[$0] }
        guard seen.allSatisfy({ texts[$0].utf8.allSatisfy { $0 < 0x80 } }),
            let least = seen.min(by: { texts[$0] < texts[$1] }), let greatest = seen.max(by: { texts[$0] < texts[$1] })
        else { return }
        facts.insert(.bounds)
        minimum = UInt64(least)
        maximum = UInt64(greatest)
    }

    /// Sides, venues and conditions are fewer; comparing more would take longer than packing them.
    private static let comparedTextsMax = 64

    /// The statistics of a column of `type`, for a chunk of `rowCount` rows; `text` gives the text of a code. Nil if
    /// nothing is known.
    func statistics(type: ColumnType, rowCount: Int, text: (UInt64) -> String?) -> ColumnStatistics? {
        // A text without bounds would claim that it has no smallest value.
        if kind == .text || (kind == .code && !facts.contains(.bounds)) { return nil }
        guard kind != .none else {
            return ColumnStatistics(nullCount: rowCount, min: nil, max: nil, first: .null, last: .null)
        }
        func scalar(_ bits: UInt64) -> Scalar? { self.scalar(bits, type: type, text: text) }
        let hasBounds = facts.contains(.bounds)
        if kind == .code, text(minimum) == nil || text(maximum) == nil { return nil }
        let hasEnds = facts.contains(.ends)
        return ColumnStatistics(
            nullCount: Int(nullCount),
            min: hasBounds ? scalar(minimum) : nil,
            max: hasBounds ? scalar(maximum) : nil,
            sum: facts.contains(.sum) ? sum(type: type) : nil,
            first: hasEnds ? (facts.contains(.first) ? scalar(first) : .null) : nil,
            last: hasEnds ? (facts.contains(.last) ? scalar(last) : .null) : nil
        )
    }

    /// A value as statistics hold it; nil if its text is not known.
    func scalar(_ bits: UInt64, type: ColumnType, text: (UInt64) -> String?) -> Scalar? {
        switch kind {
        case .boolean: .boolean(bits != 0)
        case .int64: type == .timestamp ? .timestamp(Int64(bitPattern: bits)) : .int64(Int64(bitPattern: bits))
        case .float64: .float64(Double(bitPattern: bits))
        case .scaledInteger: .float64(ScaledInteger.double(Int64(bitPattern: bits), scale: Int(scale)))
        case .code: text(bits).map { .text($0) }
        case .none, .text, .seriesKey: nil
        }
    }

    private func sum(type: ColumnType) -> ColumnSum? {
        let integer = Int128(truncatingIfNeeded: Int64(bitPattern: sumHigh)) << 64 | Int128(sumLow)
        switch kind {
        case .int64: return type == .int64 ? .integer(integer) : nil
        case .scaledInteger: return .decimal(mantissa: integer, scale: Int(scale))
        case .float64: return .double(high: Double(bitPattern: sumLow), low: Double(bitPattern: sumHigh))
        case .none, .boolean, .code, .text, .seriesKey: return nil
        }
    }
}

extension ColumnStatistics {
    /// Of rows that all hold the same value.
    static func constant(_ value: Scalar) -> ColumnStatistics {
        ColumnStatistics(nullCount: 0, min: value, max: value, first: value, last: value)
    }
}
