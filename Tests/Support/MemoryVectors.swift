public import Columnar

/// Makes vectors of values.
public enum MemoryVectors {
    /// A vector of values of one type.
    public static func vector(
        _ values: [Scalar],
        _ type: ColumnType,
        forms: MemoryForms = .plain,
        scale: Int = 4
    ) -> Vector {
        if forms == .mixed, let value = values.first, values.allSatisfy({ isSame($0, value) }) {
            return Vector(type: type, form: .constant(value, count: values.count))
        }
        let validity = values.contains(.null) ? Validity(values.map { !$0.isNull }) : nil
        return Vector(type: type, form: form(values, type, forms, scale), validity: validity)
    }

    /// Whether two values are the same to the bit: 0 is not -0, and text goes by its bytes.
    private static func isSame(_ left: Scalar, _ right: Scalar) -> Bool {
        switch (left, right) {
        case (.float64(let left), .float64(let right)): left.bitPattern == right.bitPattern
        case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
        default: left == right
        }
    }

    private static func form(_ values: [Scalar], _ type: ColumnType, _ forms: MemoryForms, _ scale: Int) -> Vector.Form
    {
        switch type {
        case .boolean: return .boolean(Buffer(values.map { $0 == .boolean(true) ? 1 : 0 }))
        case .int64, .timestamp:
            let integers = values.map { integer($0) }
            if forms == .mixed, integers.count > 1, let sequence = sequence(integers) { return sequence }
            return .int64(Buffer(integers))
        case .float64:
            let doubles = values.map { value -> Double in if case .float64(let double) = value { double } else { 0 } }
            if forms != .plain, let mantissas = mantissas(doubles, scale) {
                return .scaledInteger(Buffer(mantissas), scale: scale)
            }
            return .float64(Buffer(doubles))
        case .symbol:
            let form = Vector.symbols(values.map { text($0) }).form
            guard forms == .mixed, case .dictionary(let codes, let dictionary) = form else { return form }
            // What stands where there is no value may be anything: here a code that no dictionary has.
            let hostile = codes.array.enumerated().map { values[$0.offset].isNull ? UInt32.max : $0.element }
            return .dictionary(Buffer(hostile), dictionary)
        case .string: return Vector.strings(values.map { text($0) }).form
        }
    }

    private static func integer(_ value: Scalar) -> Int64 {
        switch value {
        case .int64(let value), .timestamp(let value): value
        default: 0
        }
    }

    private static func text(_ value: Scalar) -> String {
        if case .text(let text) = value { text } else { "" }
    }

    private static func sequence(_ values: [Int64]) -> Vector.Form? {
        let (step, overflow) = values[1].subtractingReportingOverflow(values[0])
        guard !overflow else { return nil }
        for index in 1..<values.count where values[index] &- values[index - 1] != step { return nil }
        return .sequence(start: values[0], step: step, count: values.count)
    }

    /// Whether all values are null or decimals of a scale.
    static func areDecimals(_ values: [Scalar], scale: Int) -> Bool {
        mantissas(values.compactMap { if case .float64(let double) = $0 { double } else { nil } }, scale) != nil
    }

    private static func mantissas(_ values: [Double], _ scale: Int) -> [Int64]? {
        var mantissas: [Int64] = []
        for value in values {
            let scaled = value * ScaledInteger.powersOfTen[scale]
            guard scaled.magnitude < 1e15, value.bitPattern != (-0.0).bitPattern else { return nil }
            let mantissa = Int64(scaled.rounded())
            guard ScaledInteger.double(mantissa, scale: scale) == value else { return nil }
            mantissas.append(mantissa)
        }
        return mantissas
    }

    /// The order of values of one type that are neither null nor NaN.
    public static func isLess(_ left: Scalar, _ right: Scalar) -> Bool {
        switch (left, right) {
        case (.int64(let left), .int64(let right)), (.timestamp(let left), .timestamp(let right)): left < right
        case (.float64(let left), .float64(let right)): left < right
        case (.text(let left), .text(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.boolean(let left), .boolean(let right)): !left && right
        default: false
        }
    }
}
