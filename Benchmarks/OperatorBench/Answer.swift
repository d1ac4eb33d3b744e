import Columnar

/// The rows of an answer, by column.
struct Answer {
    var columns: [[Scalar]]

    var rowCount: Int { columns.first?.count ?? 0 }

    /// Wraps columns.
    init(_ columns: [Scalar]...) { self.columns = columns }

    /// No rows yet.
    init(columnCount: Int) { columns = [[Scalar]](repeating: [], count: columnCount) }

    /// Appends rows.
    mutating func append(_ vectors: [Vector]) {
        for (index, vector) in vectors.enumerated() {
            columns[index].append(contentsOf: (0..<vector.count).lazy.map(vector.scalar(at:)))
        }
    }

    /// Sums of doubles depend on the order of their terms in the last digits; more than this is another answer.
    private static let tolerance = 1e-11

    /// The first cell in which two answers differ, in words; nil if they agree.
    func difference(from other: Answer) -> String? {
        guard columns.count == other.columns.count else { return "\(columns.count) columns, \(other.columns.count)" }
        guard rowCount == other.rowCount else { return "\(rowCount) rows, the loop \(other.rowCount)" }
        for (index, (own, others)) in zip(columns, other.columns).enumerated() {
            for (row, (value, expected)) in zip(own, others).enumerated() where !Self.agree(value, expected) {
                return "row \(row), column \(index): \(value), the loop \(expected)"
            }
        }
        return nil
    }

    private static func agree(_ value: Scalar, _ expected: Scalar) -> Bool {
        guard case .float64(let a) = value, case .float64(let b) = expected else { return value == expected }
        return (a - b).magnitude <= tolerance * max(a.magnitude, b.magnitude)
    }

    /// Sixteen digits that differ if any value does. Doubles count with seven digits, so that an answer has the same
    /// hash whatever the order of its sums.
    var hash: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func mix(_ bits: UInt64) {
            hash = (hash ^ bits) &* 0x9e37_79b9_7f4a_7c15
            hash ^= hash >> 29
        }
        for column in columns {
            for value in column {
                switch value {
                case .null: mix(1)
                case .boolean(let truth): mix(truth ? 3 : 2)
                case .int64(let number), .timestamp(let number): mix(UInt64(bitPattern: number))
                case .float64(let number): mix(Double(Float(number)).bitPattern)
                case .text(let text): for byte in text.utf8 { mix(UInt64(byte)) }
                }
            }
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
