import Columnar

/// Compares what a slice says of a column without reading it to the values that it then gives.
struct StatisticsCheck {
    private let slice: any SeriesSlice
    private let column: Int
    private let vector: Vector
    private let values: [Scalar]
    private let schema: TableSchema

    init(_ slice: any SeriesSlice, _ column: Int, _ vector: Vector, _ values: [Scalar], _ schema: TableSchema) {
        self.slice = slice
        self.column = column
        self.vector = vector
        self.values = values
        self.schema = schema
    }

    func run() throws {
        guard let statistics = slice.statistics(column: column) else { return }
        try expect("nulls", statistics.nullCount, values.count { $0.isNull })
        let present = values.filter { !$0.isNull && $0 == $0 }
        // Text may be without bounds; numbers may not.
        if !schema.columns[column].type.isText || statistics.min != nil || statistics.max != nil {
            try expect("min", statistics.min, present.min(by: Self.precedes))
            try expect("max", statistics.max, present.max(by: Self.precedes))
        }
        if let first = statistics.first { try expectSame("first", first, values.first) }
        if let last = statistics.last { try expectSame("last", last, values.last) }
        if let sum = statistics.sum { try check(sum) }
    }

    private func expect<Value: Equatable>(_ what: String, _ given: Value, _ actual: Value) throws {
        guard given == actual else { throw wrong(what, "\(given)", "\(actual)") }
    }

    private func expectSame(_ what: String, _ given: Scalar, _ actual: Scalar?) throws {
        guard let actual, given.isSame(as: actual) else {
            throw wrong(what, "\(given)", "\(String(describing: actual))")
        }
    }

    private func wrong(_ what: String, _ given: String, _ actual: String) -> ModelViolation {
        let name = "\(schema.name).\(schema.columns[column].name)"
        return ModelViolation("statistics of \(name) say \(what) \(given), the \(values.count) values say \(actual)")
    }

    private func check(_ sum: ColumnSum) throws {
        switch sum {
        case .integer(let given):
            let actual = values.reduce(Int128(0)) { if case .int64(let value) = $1 { $0 + Int128(value) } else { $0 } }
            try expect("sum", given, actual)
        case .decimal(let mantissa, let scale):
            guard case .scaledInteger(let mantissas, let actualScale) = vector.form else {
                return try checkDouble(Double(mantissa) / ScaledInteger.powersOfTen[scale])
            }
            var actual = Int128(0)
            for row in values.indices where !values[row].isNull { actual += Int128(mantissas[row]) }
            let common = max(scale, actualScale)
            try expect("sum", Self.scaled(mantissa, by: common - scale), Self.scaled(actual, by: common - actualScale))
        case .double(let high, let low): try checkDouble(high + low)
        }
    }

    private static func scaled(_ mantissa: Int128, by digits: Int) -> Int128 {
        (0..<digits).reduce(mantissa) { value, _ in value &* 10 }
    }

    private func checkDouble(_ given: Double) throws {
        let present = values.compactMap { if case .float64(let value) = $0 { value } else { nil } }
        guard present.allSatisfy(\.isFinite) else { throw wrong("sum", "\(given)", "not finite") }
        let magnitude = present.reduce(0) { $0 + $1.magnitude }
        let sum = present.reduce(0, +)
        // Naive summing errs by less than this itself.
        guard !magnitude.isFinite || (given - sum).magnitude <= magnitude * 1e-12 else {
            throw wrong("sum", "\(given)", "\(sum)")
        }
    }

    private static func precedes(_ first: Scalar, _ second: Scalar) -> Bool {
        switch (first, second) {
        case (.boolean(let a), .boolean(let b)): !a && b
        case (.int64(let a), .int64(let b)), (.timestamp(let a), .timestamp(let b)): a < b
        case (.float64(let a), .float64(let b)): a < b
        case (.text(let a), .text(let b)): a < b
        default: false
        }
    }
}
