import Columnar
import TestSupport

/// Random columns: every type, every form a vector can have, nulls, NaN, decimals of mixed scale.
struct VectorMaker {
    private static let texts = ["", "buy", "sell", "naïve", "日本", "a somewhat longer text than the others", "x", "y"]
    private static let doubles: [Double] = [
        0, -0.0, 1.5, .nan, .infinity, -.infinity, 1e300, .leastNonzeroMagnitude, 0.1, -2.25,
    ]
    private static let integers: [Int64] = [0, 1, -1, .min, .max, 1 << 40, 255, 256]

    /// A column, or nil for nulls only.
    static func vector(_ type: ColumnType, count: Int, _ generator: inout SeededGenerator) -> Vector? {
        switch generator.int(0...9) {
        case 0: return nil
        case 1: return constant(type, count, &generator)
        case 2 where type == .int64 || type == .timestamp:
            let step = generator.pick([0, 1, -7, 60_000_000_000] as [Int64])
            let start = Int64(generator.int(-1_000...1_000_000))
            return Vector(type: type, form: .sequence(start: start, step: step, count: count))
        default: break
        }
        let plain = plain(type, count, &generator)
        guard generator.oneIn(4) else { return plain }
        let validity = Validity((0..<count).map { _ in !generator.oneIn(3) })
        return Vector(type: plain.type, form: plain.form, validity: validity)
    }

    private static func constant(_ type: ColumnType, _ count: Int, _ generator: inout SeededGenerator) -> Vector {
        let value: Scalar =
            switch type {
            case .boolean: .boolean(generator.oneIn(2))
            case .int64: .int64(generator.pick(integers))
            case .float64: .float64(generator.pick(doubles))
            case .timestamp: .timestamp(generator.pick(integers))
            case .symbol, .string: .text(generator.pick(texts))
            }
        return Vector(type: type, form: .constant(generator.oneIn(5) ? .null : value, count: count))
    }

    private static func plain(_ type: ColumnType, _ count: Int, _ generator: inout SeededGenerator) -> Vector {
        let rows = 0..<count
        switch type {
        case .boolean:
            return Vector(type: type, form: .boolean(Buffer(rows.map { _ in UInt8(generator.int(0...1)) })))
        case .int64, .timestamp:
            let isWild = generator.oneIn(4)
            let values = rows.map { _ in isWild ? generator.pick(integers) : Int64(generator.int(0...100_000)) }
            return type == .int64 ? .int64(values) : .timestamps(values)
        case .float64: return float64(rows, &generator)
        case .symbol: return .symbols(rows.map { _ in generator.pick(texts) })
        case .string: return .strings(rows.map { _ in generator.pick(texts) })
        }
    }

    private static func float64(_ rows: Range<Int>, _ generator: inout SeededGenerator) -> Vector {
        switch generator.int(0...4) {
        case 0: return .float64(rows.map { _ in generator.pick(doubles) })
        case 1: return .float64(rows.map { _ in Double(generator.int(-1_000...1_000)) / 3 })
        case 2: return .decimals(rows.map { _ in Int64(generator.int(1...1_000_000)) * 1_000 }, scale: 5)
        case 3: return .decimals(rows.map { _ in generator.pick(integers) }, scale: generator.pick([0, 8, 22]))
        default: return .decimals(rows.map { _ in Int64(generator.int(10_000...10_200)) }, scale: 2)
        }
    }
}
