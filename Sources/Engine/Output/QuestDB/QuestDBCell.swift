import Columnar
import QueryLang

/// Writes values as QuestDB does: by the SQL type of their column.
///
/// A double has a point or an exponent, as Java prints it; what is not finite is null. A `TIMESTAMP` has six digits of a
/// second, a `TIMESTAMP_NS` nine, a `DATE` three. Truth values and the small integers know no null.
struct QuestDBCell {
    private let type: DeclaredType
    private let isCSV: Bool
    private let quotesLargeNumbers: Bool
    private var timestampText = TimestampText()

    init(_ column: ResultColumn, _ form: QuestDBForm) {
        self.type = column.declared ?? DeclaredType(column.type)
        self.isCSV = form.kind == .csv
        self.quotesLargeNumbers = form.quotesLargeNumbers
    }

    mutating func write(_ value: Scalar, to sink: ByteSink) {
        switch value {
        case .null: writeNull(to: sink)
        case .boolean(let value): sink.append(value ? "true" : "false")
        case .int64(let value) where quotesLargeNumbers && type == .long && !isCSV:
            sink.append(UInt8(ascii: "\""))
            sink.append(value)
            sink.append(UInt8(ascii: "\""))
        case .int64(let value): sink.append(value)
        case .float64(let value) where value.isFinite:
            sink.appendJava(value, isFloat: type == .float)
        case .float64: writeNull(to: sink)
        case .timestamp(let value): writeTimestamp(value, to: sink)
        case .text(let text):
            if isCSV { sink.appendQuotedCSV(text) } else { sink.appendJSON(text) }
        }
    }

    private func writeNull(to sink: ByteSink) {
        switch type {
        case .boolean: sink.append("false")
        case .byte, .short: sink.append("0")
        default: if !isCSV { sink.append("null") }
        }
    }

    private mutating func writeTimestamp(_ nanoseconds: Int64, to sink: ByteSink) {
        let digits: Int =
            switch type {
            case .date: 3
            case .timestampNanos: 9
            default: 6
            }
        let rest = nanoseconds % CivilTime.second
        var fraction = rest < 0 ? rest + CivilTime.second : rest
        sink.append(UInt8(ascii: "\""))
        let out = sink.claim(TimestampText.bytesMax)
        // The text has as many digits as it needs: all of them are written anew.
        var count = timestampText.write(nanoseconds, to: out) - 1
        if fraction != 0 {
            while out[count] != UInt8(ascii: ".") { count -= 1 }
        }
        for _ in digits..<9 { fraction /= 10 }
        out[count] = UInt8(ascii: ".")
        for place in stride(from: digits, to: 0, by: -1) {
            out[count + place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction % 10)
            fraction /= 10
        }
        count += digits + 1
        out[count] = UInt8(ascii: "Z")
        sink.advance(by: count + 1)
        sink.append(UInt8(ascii: "\""))
    }
}

extension ByteSink {
    /// A finite double as `Double.toString` of Java writes it: `1.0`, `0.001`, `1.0E7`, `9.999E-4`; the shortest digits that
    /// mean it, of a float those that mean the float.
    func appendJava(_ value: Double, isFloat: Bool = false) {
        if value.sign == .minus { append(UInt8(ascii: "-")) }
        guard value != 0 else { return append("0.0") }
        let (digits, point) = isFloat ? Self.floatDigits(value.magnitude) : Self.digits(value.magnitude)
        let zero = UInt8(ascii: "0")
        switch point {
        case 1...7:
            append(Array(digits.prefix(point)))
            append(repeating: zero, count: max(0, point - digits.count))
            append(UInt8(ascii: "."))
            append(digits.count > point ? Array(digits.dropFirst(point)) : [zero])
        case -2...0:
            append("0.")
            append(repeating: zero, count: -point)
            append(digits)
        default:
            append(digits[0])
            append(UInt8(ascii: "."))
            append(digits.count > 1 ? Array(digits.dropFirst()) : [zero])
            append(UInt8(ascii: "E"))
            append(Int64(point - 1))
        }
    }

    /// The digits of a positive number, and the place of the point after their beginning: 0.d₁d₂… × 10^point.
    private static func digits(_ value: Double) -> ([UInt8], point: Int) {
        let shortest = ShortestDecimal(value)
        return trimmed(Array(String(shortest.digits).utf8), exponent: shortest.exponent)
    }

    private static func floatDigits(_ value: Double) -> ([UInt8], point: Int) {
        let float = Float(value)
        guard float.isFinite, float > 0 else { return digits(value) }
        // The text of a float is its shortest: digits, perhaps a point, perhaps an exponent.
        let parts = float.description.lowercased().split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let all = Array((mantissa[0] + fraction).utf8)
        return trimmed(Array(all.drop { $0 == UInt8(ascii: "0") }), exponent: exponent - fraction.utf8.count)
    }

    private static func trimmed(_ digits: [UInt8], exponent: Int) -> ([UInt8], point: Int) {
        var digits = digits
        let point = digits.count + exponent
        while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return (digits, point)
    }

    /// A text of CSV, in quotes always.
    func appendQuotedCSV(_ text: String) {
        let quote = UInt8(ascii: "\"")
        append(quote)
        for byte in text.utf8 {
            if byte == quote { append(quote) }
            append(byte)
        }
        append(quote)
    }
}
