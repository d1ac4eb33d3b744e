import CKernels
import Columnar

/// Doubles that are decimals, as mantissas: 101.25 is 10125 / 10^2, bit for bit (after ALP, Afroozeh and Boncz 2023).
///
/// Feeds send decimals; as mantissas they pack like integers and sum exactly. Mantissas are at most 2^53, so that one
/// division of exact doubles gives the value back.
///
/// Doubles that came as floats are decimals too, if the quotient is rounded to a float again: 101.2 as a float is
/// 101.19999694824219, and 1012 / 10^1 rounded twice. Mantissas of more than 24 bits are no shorter than the floats.
struct DecimalDoubles {
    /// What the quotient is rounded to.
    enum Precision {
        case double
        case float

        /// The largest mantissa.
        var mantissaMax: Double { self == .double ? 0x1p53 : 0x1p24 }

        /// The quotient of two doubles as it is read.
        func quotient(_ mantissa: Double, _ power: Double) -> Double {
            self == .double ? mantissa / power : Double(Float(mantissa / power))
        }
    }

    /// Digits after the point.
    let scale: Int
    /// One a row; at the rows of exceptions the one before.
    let mantissas: Buffer<Int64>
    /// Rows whose value is no decimal of this scale: NaN, infinities, -0.0 and others. Ascending.
    let exceptions: [UInt16]

    /// Beyond 15 digits after the point a double is hardly ever a decimal that someone wrote.
    static let scaleMax = 15
    /// Values looked at to find the scale.
    private static let sampleCount = 32
    /// At most one row in this many may be an exception; more, and the column is not one of decimals.
    private static let rowsPerException = 16

    /// Nil if too many values are no decimals.
    static func find(_ values: UnsafeBufferPointer<Double>, _ precision: Precision = .double) -> DecimalDoubles? {
        let stride = max(values.count / sampleCount, 1)
        var scale = 0
        var misses = 0
        var seen = 0
        for row in Swift.stride(from: 0, to: values.count, by: stride) {
            seen += 1
            let own = Self.scale(of: values[row], from: scale, precision)
            if let own { scale = max(scale, own) } else { misses += 1 }
        }
        guard misses * 4 <= seen else { return nil }
        var found = DecimalDoubles(values, scale: scale, precision)
        // The sample may have missed the longest fractions.
        let needed = found.exceptions.reduce(scale) {
            max($0, Self.scale(of: values[Int($1)], from: scale, precision) ?? 0)
        }
        if needed > scale {
            let finer = DecimalDoubles(values, scale: needed, precision)
            if finer.exceptions.count < found.exceptions.count { found = finer }
        }
        return found.exceptions.count * rowsPerException <= values.count ? found : nil
    }

    /// Whether no mantissa needs more bits than a float has.
    var areShorterThanFloats: Bool {
        mantissas.withUnsafeBufferPointer { mantissas in
            let summary = tickgate_summarize(mantissas.baseAddress, mantissas.count)
            return summary.minimum >= Int64(Int32.min) && summary.maximum <= Int64(UInt32.max)
        }
    }

    private init(_ values: UnsafeBufferPointer<Double>, scale: Int, _ precision: Precision) {
        self.scale = scale
        let memory = OwnedMemory<Int64>(capacity: values.count)
        exceptions = [UInt16](unsafeUninitializedCapacity: values.count) { rows, count in
            let encode = precision == .double ? tickgate_decimals_encode : tickgate_float_decimals_encode
            count = encode(
                values.baseAddress,
                values.count,
                ScaledInteger.powersOfTen[scale],
                memory.base,
                rows.baseAddress
            )
        }
        mantissas = Buffer(base: UnsafePointer(memory.base), count: values.count, owner: memory)
    }

    /// The least scale from `start` on at which a value is a decimal.
    private static func scale(of value: Double, from start: Int, _ precision: Precision) -> Int? {
        for scale in start...scaleMax {
            let power = ScaledInteger.powersOfTen[scale]
            let scaled = (value * power).rounded()
            guard abs(scaled) <= precision.mantissaMax else { return nil }
            let isSame = precision.quotient(scaled, power).bitPattern == value.bitPattern
            if isSame, !(scaled == 0 && value.sign == .minus) { return scale }
        }
        return nil
    }
}
