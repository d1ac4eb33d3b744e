import Columnar

/// The order of values in ORDER BY, and when two are one group.
enum ValueOrder {
    /// Negative, zero or positive. Nulls after everything, NaN after all numbers, text by its UTF-8 bytes.
    static func compare(_ left: Scalar, _ right: Scalar) -> Int {
        switch (left, right) {
        case (.null, .null): 0
        case (.null, _): 1
        case (_, .null): -1
        case (.boolean(let a), .boolean(let b)): order(a ? 1 : 0, b ? 1 : 0)
        case (.int64(let a), .int64(let b)), (.timestamp(let a), .timestamp(let b)): order(a, b)
        case (.int64(let a), .timestamp(let b)), (.timestamp(let a), .int64(let b)): order(a, b)
        case (.float64(let a), .float64(let b)): compare(a, b)
        case (.int64(let a), .float64(let b)): compare(Double(a), b)
        case (.float64(let a), .int64(let b)): compare(a, Double(b))
        case (.text(let a), .text(let b)): compare(Array(a.utf8), Array(b.utf8))
        default: preconditionFailure("BUG: \(left) and \(right) have no order")
        }
    }

    private static func order<Number: Comparable>(_ left: Number, _ right: Number) -> Int {
        left < right ? -1 : left > right ? 1 : 0
    }

    private static func compare(_ left: Double, _ right: Double) -> Int {
        if left.isNaN || right.isNaN { return left.isNaN && right.isNaN ? 0 : left.isNaN ? 1 : -1 }
        return order(left, right)
    }

    private static func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
        left.lexicographicallyPrecedes(right) ? -1 : right.lexicographicallyPrecedes(left) ? 1 : 0
    }

    /// The same for values that may be off.
    static func compare(_ left: Value, _ right: Value) throws(OracleFailure) -> Int {
        let result = try Lifting.apply([left, right], "the order of \(left.scalar) and \(right.scalar)") {
            .int64(Int64(compare($0[0], $0[1])))
        }
        return Int(result.integer ?? 0)
    }

    /// Sorts without changing the order of what compares equal: by insertion of halves, so that comparing may fail.
    static func sort<Element>(
        _ elements: [Element],
        by compare: (Element, Element) throws(OracleFailure) -> Int
    ) throws(OracleFailure) -> [Element] {
        guard elements.count > 1 else { return elements }
        let middle = elements.count / 2
        let left = try sort(Array(elements[..<middle]), by: compare)
        let right = try sort(Array(elements[middle...]), by: compare)
        var sorted: [Element] = []
        var (i, j) = (0, 0)
        while i < left.count, j < right.count {
            if try compare(left[i], right[j]) <= 0 {
                sorted.append(left[i])
                i += 1
            } else {
                sorted.append(right[j])
                j += 1
            }
        }
        return sorted + left[i...] + right[j...]
    }

    /// Compares rows by several terms.
    static func compare(
        _ left: [Value],
        _ right: [Value],
        descending: [Bool]
    ) throws(OracleFailure) -> Int {
        for index in left.indices {
            let order = try compare(left[index], right[index])
            if order != 0 { return descending[index] ? -order : order }
        }
        return 0
    }
}

/// A value as a key of groups: null is one, NaN is one, 0 and -0 are the same, text goes by its bytes.
enum GroupKey: Hashable {
    case null
    case nan
    case boolean(Bool)
    case integer(Int64)
    case double(Double)
    case text([UInt8])

    init(_ value: Value) throws(OracleFailure) {
        guard value.isExact else { throw .undecided("groups by \(value.scalar)") }
        switch value.scalar {
        case .null: self = .null
        case .boolean(let value): self = .boolean(value)
        case .int64(let value), .timestamp(let value): self = .integer(value)
        case .float64(let value): self = value.isNaN ? .nan : .double(value == 0 ? 0 : value)
        case .text(let text): self = .text(Array(text.utf8))
        }
    }

    static func of(_ values: [Value]) throws(OracleFailure) -> [GroupKey] {
        var keys: [GroupKey] = []
        for value in values { keys.append(try GroupKey(value)) }
        return keys
    }
}
