import Columnar
import QueryLang

/// Collects rows of one column from vectors of any form, and single values.
///
/// Decimals stay decimals while all have one scale, and symbols keep a dictionary while all share it; otherwise decimals
/// become doubles, and symbols get a dictionary of their own.
final class VectorBuilder {
    /// What ``numbers`` or ``doubles`` hold.
    private enum Mode: Equatable {
        case integers
        case decimals(scale: Int)
        case doubles
        case booleans
        case symbols
        case strings
    }

    let type: ColumnType
    private(set) var count = 0
    private var mode: Mode
    private var integers = BufferBuilder<Int64>(capacity: 1)
    private var doubles = BufferBuilder<Double>(capacity: 1)
    private var booleans = BufferBuilder<UInt8>(capacity: 1)
    private var symbols = SymbolBuilder()
    private var offsets = BufferBuilder<UInt32>(capacity: 1)
    private var bytes = BufferBuilder<UInt8>(capacity: 1)
    /// Row ranges without a value, ascending.
    private var nullRanges: [Range<Int>] = []

    init(_ type: ColumnType) {
        self.type = type
        self.mode =
            switch type {
            case .boolean: .booleans
            case .int64, .timestamp: .integers
            case .float64: .decimals(scale: Self.anyScale)
            case .symbol: .symbols
            case .string: .strings
            }
        if type == .string { offsets.append(0) }
    }

    /// The scale of a decimal column before the first value.
    private static let anyScale = -1

    /// Bytes of the values collected, about.
    var byteCount: Int {
        switch mode {
        case .integers, .decimals, .doubles: count &* 8
        case .booleans: count
        case .symbols: count &* 4
        case .strings: count &* 4 &+ bytes.count
        }
    }

    /// The last row of a numeric, timestamp or boolean column; text gives null.
    var lastRow: Vector {
        guard count > 0, nullRanges.last?.upperBound != count else { return .nulls(type, count: 1) }
        switch mode {
        case .integers: return Vector(type: type, form: .int64(Buffer([integers[count - 1]])))
        case .decimals(let scale):
            return Vector(type: type, form: .scaledInteger(Buffer([integers[count - 1]]), scale: max(scale, 0)))
        case .doubles: return Vector(type: type, form: .float64(Buffer([doubles[count - 1]])))
        case .booleans: return Vector(type: type, form: .boolean(Buffer([booleans[count - 1]])))
        case .symbols, .strings: return .nulls(type, count: 1)
        }
    }

    /// The last value of an integer or timestamp column; null for other types and if there is none.
    var last: Scalar {
        guard mode == .integers, count > 0, nullRanges.last?.upperBound != count else { return .null }
        return type == .timestamp ? .timestamp(integers[count - 1]) : .int64(integers[count - 1])
    }

    /// Appends rows of a vector of the same type.
    func append(_ vector: Vector, _ range: Range<Int>) {
        if range.isEmpty { return }
        if case .constant(let value, _) = vector.form {
            append(value, count: range.count)
        } else {
            switch mode {
            case .integers: vector.int64Values.withUnsafeBufferPointer { integers.append(contentsOf: $0.part(range)) }
            case .decimals, .doubles: appendNumbers(vector, range)
            case .booleans:
                vector.booleanValues.withUnsafeBufferPointer { booleans.append(contentsOf: $0.part(range)) }
            case .symbols: appendSymbols(vector, range)
            case .strings: appendStrings(vector, range)
            }
            count += range.count
        }
        appendNulls(of: vector, range)
    }

    private func appendNulls(of vector: Vector, _ range: Range<Int>) {
        guard let validity = vector.validity else { return }
        let base = count - range.upperBound
        for row in range where !validity[row] { addNull(base + row..<base + row + 1) }
    }

    private func addNull(_ range: Range<Int>) {
        if let last = nullRanges.last, last.upperBound == range.lowerBound {
            nullRanges[nullRanges.count - 1] = last.lowerBound..<range.upperBound
        } else {
            nullRanges.append(range)
        }
    }

    /// Appends one value a number of times; it must fit the type, or be null.
    func append(_ value: Scalar, count number: Int = 1) {
        if value.isNull { addNull(count..<count + number) }
        switch mode {
        case .integers: integers.append(repeating: value.int64 ?? 0, count: number)
        case .decimals:
            if value.isNull {
                integers.append(repeating: 0, count: number)
            } else {
                becomeDoubles()
                doubles.append(repeating: value.double ?? 0, count: number)
            }
        case .doubles: doubles.append(repeating: value.double ?? 0, count: number)
        case .booleans: booleans.append(repeating: value == .boolean(true) ? 1 : 0, count: number)
        case .symbols: symbols.append(value.text ?? "", count: number)
        case .strings:
            for _ in 0..<number {
                var text = value.text ?? ""
                text.withUTF8 { bytes.append(contentsOf: $0) }
                offsets.append(UInt32(clamping: bytes.count))
            }
        }
        count += number
    }

    /// Appends doubles to a column of them.
    ///
    /// - Parameter fill: writes the values, and appends the indices of those that are null, in ascending order.
    func appendDoubles(
        count number: Int,
        _ fill: (UnsafeMutablePointer<Double>, inout [Int]) throws(QueryError) -> Void
    ) throws(QueryError) {
        becomeDoubles()
        var nulls: [Int] = []
        try doubles.append(count: number) { target throws(QueryError) in try fill(target, &nulls) }
        for index in nulls { addNull(count + index..<count + index + 1) }
        count += number
    }

    /// Appends integers to a column of integers or timestamps.
    ///
    /// - Parameter fill: as in ``appendDoubles(count:_:)``.
    func appendIntegers(
        count number: Int,
        _ fill: (UnsafeMutablePointer<Int64>, inout [Int]) throws(QueryError) -> Void
    ) throws(QueryError) {
        precondition(mode == .integers, "BUG: integers in a column of \(type.name)")
        var nulls: [Int] = []
        try integers.append(count: number) { target throws(QueryError) in try fill(target, &nulls) }
        for index in nulls { addNull(count + index..<count + index + 1) }
        count += number
    }

    /// Gives the rows away and starts again, empty.
    func take() -> Vector {
        defer {
            count = 0
            nullRanges = []
            if type == .float64 { mode = .decimals(scale: Self.anyScale) }
            if type == .string { offsets.append(0) }
        }
        let form: Vector.Form =
            switch mode {
            case .integers: .int64(integers.take())
            case .decimals(let scale): .scaledInteger(integers.take(), scale: max(scale, 0))
            case .doubles: .float64(doubles.take())
            case .booleans: .boolean(booleans.take())
            case .symbols: symbols.take()
            case .strings: .text(offsets: offsets.take(), bytes: bytes.take())
            }
        return Vector(type: type, form: form, validity: takeValidity())
    }

    private func takeValidity() -> Validity? {
        if nullRanges.isEmpty { return nil }
        var words = [UInt64](repeating: .max, count: (count + 63) / 64)
        for range in nullRanges {
            for row in range { words[row >> 6] &= ~(1 << UInt64(row & 63)) }
        }
        return Validity(words: Buffer(words), count: count)
    }
}

extension VectorBuilder {
    private func appendNumbers(_ vector: Vector, _ range: Range<Int>) {
        if case .scaledInteger(let mantissas, let scale) = vector.form, case .decimals(let current) = mode,
            current == scale || current == Self.anyScale
        {
            mode = .decimals(scale: scale)
            mantissas.withUnsafeBufferPointer { integers.append(contentsOf: $0.part(range)) }
            return
        }
        becomeDoubles()
        vector.slice(range).float64Values.withUnsafeBufferPointer { doubles.append(contentsOf: $0) }
    }

    private func becomeDoubles() {
        guard case .decimals(let scale) = mode else { return }
        mode = .doubles
        let mantissas = integers.take()
        let converted = Vector(type: .float64, form: .scaledInteger(mantissas, scale: max(scale, 0))).float64Values
        converted.withUnsafeBufferPointer { doubles.append(contentsOf: $0) }
    }

    private func appendSymbols(_ vector: Vector, _ range: Range<Int>) {
        if case .dictionary(let codes, let dictionary) = vector.form {
            codes.withUnsafeBufferPointer {
                symbols.append($0.part(range), of: dictionary, validity: vector.validity, range)
            }
        } else {
            for row in range { symbols.append(vector.scalar(at: row).text ?? "", count: 1) }
        }
    }

    private func appendStrings(_ vector: Vector, _ range: Range<Int>) {
        guard case .text(let sourceOffsets, let sourceBytes) = vector.form else {
            for row in range {
                var text = vector.scalar(at: row).text ?? ""
                text.withUTF8 { bytes.append(contentsOf: $0) }
                offsets.append(UInt32(clamping: bytes.count))
            }
            return
        }
        let start = Int(sourceOffsets[range.lowerBound])
        let base = bytes.count
        sourceBytes.withUnsafeBufferPointer {
            bytes.append(contentsOf: $0.part(start..<Int(sourceOffsets[range.upperBound])))
        }
        for row in range { offsets.append(UInt32(clamping: base + Int(sourceOffsets[row + 1]) - start)) }
    }
}

extension UnsafeBufferPointer {
    /// The values of a range.
    @inline(__always)
    func part(_ range: Range<Int>) -> UnsafeBufferPointer { UnsafeBufferPointer(rebasing: self[range]) }
}
