import Columnar
import Market

/// Powers of ten, and mantissas of columns that may hold doubles.
enum ExactDecimal {
    /// 10^digits as an integer; nil if it does not fit.
    static func power(_ digits: Int) -> Int64? {
        guard digits >= 0, digits <= Decimal.scaleMax else { return nil }
        var power: Int64 = 1
        for _ in 0..<digits { power &*= 10 }
        return power
    }

    /// The shortest decimal that reads back as the double; nil if it is not finite or does not fit 64 bits.
    static func decimal(_ value: Double) -> Decimal? {
        if value == 0 { return Decimal(mantissa: 0, scale: 0) }
        guard value.isFinite else { return nil }
        let shortest = ShortestDecimal(value.magnitude)
        guard var mantissa = Int64(exactly: shortest.digits) else { return nil }
        var scale = -shortest.exponent
        while scale > 0, mantissa % 10 == 0 {
            mantissa /= 10
            scale -= 1
        }
        if scale < 0 {
            guard let power = power(-scale) else { return nil }
            let (product, overflow) = mantissa.multipliedReportingOverflow(by: power)
            guard !overflow else { return nil }
            mantissa = product
            scale = 0
        }
        guard scale <= Decimal.scaleMax else { return nil }
        return Decimal(mantissa: value < 0 ? -mantissa : mantissa, scale: scale)
    }

    /// The value of a row of an aggregate's argument; nil if it is no decimal of 64 bits.
    static func decimal(_ argument: FoldArguments.Argument, _ row: Int) -> Decimal? {
        guard let (mantissa, scale) = argument.mantissa(row) else { return decimal(argument.double(row)) }
        return scale <= Decimal.scaleMax ? Decimal(mantissa: mantissa, scale: scale) : nil
    }
}

/// The values of a numeric column as mantissas of one scale.
struct DecimalMantissas {
    let values: Buffer<Int64>
    let scale: Int

    /// Reads a column; nil if a value is no decimal of 64 bits.
    init?(_ vector: Vector) {
        switch vector.form {
        case .scaledInteger(let mantissas, let scale) where scale <= Decimal.scaleMax:
            self.values = mantissas
            self.scale = scale
        case .int64, .sequence:
            self.values = vector.int64Values
            self.scale = 0
        default:
            guard vector.type == .float64 || vector.type == .int64 else { return nil }
            let decimals = vector.float64Values.withUnsafeBufferPointer { doubles in
                doubles.indices.map { row in
                    vector.validity.map { $0[row] } ?? true
                        ? ExactDecimal.decimal(doubles[row]) : Decimal(mantissa: 0, scale: 0)
                }
            }
            let scale = decimals.reduce(0) { max($0, $1?.scale ?? 0) }
            var mantissas: [Int64] = []
            mantissas.reserveCapacity(decimals.count)
            for decimal in decimals {
                guard let raised = try? decimal?.rescaled(to: scale) else { return nil }
                mantissas.append(raised.mantissa)
            }
            self.values = Buffer(mantissas)
            self.scale = scale
        }
    }
}
