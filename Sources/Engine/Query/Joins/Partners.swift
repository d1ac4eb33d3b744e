import Columnar

/// For each of some rows one of the other side, or none.
struct Partners {
    /// Row numbers; 0 where there is none.
    private let rows: Buffer<UInt32>
    /// Which rows have a partner; nil if all do.
    private let isPresent: Validity?

    /// Stands for no partner.
    static let none = UInt32.max

    /// - Parameter rows: row numbers, or ``none``.
    init(_ rows: Buffer<UInt32>) {
        let count = rows.count
        let hasNone = rows.withUnsafeBufferPointer { rows in
            var largest: UInt32 = 0
            for row in rows { largest = max(largest, row) }
            return largest == Self.none
        }
        guard hasNone else {
            self.rows = rows
            self.isPresent = nil
            return
        }
        self.isPresent = .filled(count: count) { rows[$0] != Self.none }
        self.rows = .filled(count: count) { target in
            for index in 0..<count { target[index] = rows[index] == Self.none ? 0 : rows[index] }
        }
    }

    /// The partners' values of a column; null for rows without a partner.
    func gather(_ vector: Vector) -> Vector {
        if vector.count == 0 { return .nulls(vector.type, count: rows.count) }
        return rows.withUnsafeBufferPointer { vector.gather($0) }.nulled(except: isPresent)
    }
}

extension Vector {
    /// The same values with null in the rows that a bitmap leaves out; nil leaves out none.
    func nulled(except isKept: Validity?) -> Vector {
        guard let isKept, !isNull else { return self }
        return Vector(type: type, form: form, validity: .both(validity, isKept))
    }
}
