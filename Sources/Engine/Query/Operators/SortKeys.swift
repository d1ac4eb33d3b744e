import Columnar
import QueryLang

/// Turns columns into unsigned integers whose order is the order of the rows.
///
/// Order: numbers by value, then NaN; text by its bytes; false before true; null after everything. Descending is the exact
/// reverse.
struct SortKeys {
    private var columns: [Buffer<UInt64>] = []
    private let rowCount: Int

    init(_ vectors: [(vector: Vector, isDescending: Bool)], rowCount: Int) {
        self.rowCount = rowCount
        for (vector, isDescending) in vectors {
            if vector.constant != nil { continue }
            if let validity = vector.validity {
                let nullKey: UInt64 = isDescending ? 0 : 1
                columns.append(
                    .filled(count: rowCount) { target in
                        for row in 0..<rowCount { target[row] = validity[row] ? 1 - nullKey : nullKey }
                    }
                )
            }
            columns.append(Self.keys(vector, inverting: isDescending ? .max : 0))
        }
    }

    /// Whether two rows compare equal.
    func areEqual(_ left: Int, _ right: Int) -> Bool { columns.allSatisfy { $0[left] == $0[right] } }

    /// Row numbers in order. Rows with equal keys keep theirs.
    ///
    /// - Parameters:
    ///   - checkpoint: called often, so that a long sort can be ended by an error.
    func sortedRows(_ checkpoint: () throws(QueryError) -> Void) throws(QueryError) -> [UInt32] {
        var order = RadixOrder(count: rowCount)
        for column in columns.reversed() { try order.sort(by: column, checkpoint) }
        return order.rows
    }

    /// Row numbers in order, of rows that are few.
    func sortedRows() -> [UInt32] {
        // Without a checkpoint nothing throws.
        (try? sortedRows { () throws(QueryError) in }) ?? []
    }

    /// Keys that can be compared with those of other batches, for columns whose keys do not depend on the batch: all but
    /// text. Null, where it comes last, has the largest; where it comes first, the smallest; others may share those.
    static func comparableKeys(_ vector: Vector, isDescending: Bool) -> Buffer<UInt64>? {
        if vector.type.isText { return nil }
        var plain = vector
        if vector.type == .float64, !vector.isNull {
            plain = Vector(type: .float64, form: .float64(vector.float64Values), validity: vector.validity)
        }
        let nullKey: UInt64 = isDescending ? 0 : .max
        if vector.isNull {
            return .filled(count: vector.count) { $0.initialize(repeating: nullKey, count: vector.count) }
        }
        let keys = keys(plain, inverting: isDescending ? .max : 0)
        guard let validity = vector.validity else { return keys }
        return .filled(count: vector.count) { target in
            for row in 0..<vector.count { target[row] = validity[row] ? keys[row] : nullKey }
        }
    }

    private static func keys(_ vector: Vector, inverting mask: UInt64) -> Buffer<UInt64> {
        let validity = vector.validity
        func filled(_ key: (Int) -> UInt64) -> Buffer<UInt64> {
            .filled(count: vector.count) { target in
                for row in 0..<vector.count {
                    let isValid = validity.map { $0[row] } ?? true
                    target[row] = isValid ? key(row) ^ mask : 0
                }
            }
        }
        switch vector.type {
        case .int64, .timestamp:
            let values = vector.int64Values
            return filled { UInt64(bitPattern: values[$0] ^ .min) }
        case .float64:
            // Decimals of up to 15 digits have doubles of their own, so the mantissas order them.
            if case .scaledInteger(let mantissas, _) = vector.form,
                mantissas.withUnsafeBufferPointer({ $0.magnitudeBits }) < 1 << 49
            {
                return filled { UInt64(bitPattern: mantissas[$0] ^ .min) }
            }
            let values = vector.float64Values
            return filled { key(values[$0]) }
        case .boolean:
            let values = vector.booleanValues
            return filled { UInt64(values[$0]) }
        case .symbol, .string: return textKeys(vector, filled)
        }
    }

    /// Doubles in IEEE order with one zero and one NaN, NaN last.
    private static func key(_ value: Double) -> UInt64 {
        if value.isNaN { return .max }
        let bits = (value + 0).bitPattern
        return bits >> 63 == 1 ? ~bits : bits | 1 << 63
    }

    private static func textKeys(_ vector: Vector, _ filled: ((Int) -> UInt64) -> Buffer<UInt64>) -> Buffer<UInt64> {
        if case .dictionary(let codes, let dictionary) = vector.form {
            let ranks = ranks(of: dictionary.values)
            return filled { ranks[Int(codes[$0])] }
        }
        var interner = TextInterner()
        let ids = (0..<vector.count).map { interner.id(of: vector.scalar(at: $0).text ?? "") }
        let ranks = ranks(of: interner.texts)
        return filled { ranks[Int(ids[$0])] }
    }

    /// The place of each text among the sorted ones; equal texts have the same.
    private static func ranks(of texts: [String]) -> [UInt64] {
        let order = texts.indices.sorted { OrderedText(texts[$0]) < OrderedText(texts[$1]) }
        var ranks = [UInt64](repeating: 0, count: texts.count)
        var rank: UInt64 = 0
        for (place, index) in order.enumerated() {
            if place > 0, TextBytes(texts[order[place - 1]]) != TextBytes(texts[index]) { rank += 1 }
            ranks[index] = rank
        }
        return ranks
    }
}
