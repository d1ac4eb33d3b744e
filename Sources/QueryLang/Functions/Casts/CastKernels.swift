import Columnar

extension ScalarKernel {
    /// CAST: what cannot be turned into the type is NULL, as in QuestDB, so that no row ends a query.
    static func cast(_ call: Call) -> ScalarKernel? {
        guard call.function == .cast, call.count == 2, let name = call.constants[1]?.string,
            let target = CastType(rawValue: name)
        else { return nil }
        switch (call.types[0], target) {
        case (.int64, .double): return ScalarKernel(.double { $0 }, of: [0])
        case (.float64, .byte), (.float64, .short), (.float64, .int), (.float64, .long):
            let range = target.integers ?? .min ... .max
            return ScalarKernel(.rounding { integer($0, in: range) }, of: [0])
        case (.int64, .byte), (.int64, .short), (.int64, .int), (.int64, .long), (.timestamp, .long):
            let range = target.integers ?? .min ... .max
            return ScalarKernel(.integer { range.contains($0) ? $0 : nil }, of: [0])
        case (.int64, .timestamp), (.timestamp, .timestamp): return ScalarKernel(.integer { $0 }, of: [0])
        case (.int64, .date), (.timestamp, .date): return ScalarKernel(.integer(startOfDay), of: [0])
        default: return ScalarKernel(.rows { converted($0[0], to: target) }, of: [0])
        }
    }

    @Sendable
    private static func startOfDay(_ time: Int64) -> Int64? {
        let (start, overflow) = floorDivide(time, CivilTime.day).multipliedReportingOverflow(by: CivilTime.day)
        return overflow ? nil : start
    }

    /// Cut off towards zero.
    private static func integer(_ value: Double, in range: ClosedRange<Int64>) -> Int64? {
        Int64(exactly: value.rounded(.towardZero)).flatMap { range.contains($0) ? $0 : nil }
    }

    private static func converted(_ value: Scalar, to target: CastType) -> Scalar {
        switch target {
        case .boolean: return truth(value)
        case .byte, .short, .int, .long:
            let range = target.integers ?? .min ... .max
            switch value {
            case .boolean(let truth): return .int64(truth ? 1 : 0)
            case .text(let text): return Int64(trimmed(text)).flatMap { range.contains($0) ? .int64($0) : nil } ?? .null
            default: return .null
            }
        case .double:
            switch value {
            case .boolean(let truth): return .float64(truth ? 1 : 0)
            case .text(let text): return double(trimmed(text)).map { .float64($0) } ?? .null
            default: return .null
            }
        case .timestamp, .date:
            guard let text = value.string, let time = CivilTime.interval(trimmed(text))?.start else { return .null }
            return (target == .date ? startOfDay(time) : time).map { .timestamp($0) } ?? .null
        case .string, .symbol: return text(value).map { .text($0) } ?? .null
        case .char:
            if case .int64(let code) = value {
                guard let number = UInt32(exactly: code), number > 0, let scalar = Unicode.Scalar(number) else {
                    return .null
                }
                return .text(String(scalar))
            }
            return text(value)?.unicodeScalars.first.map { .text(String($0)) } ?? .null
        }
    }

    private static func trimmed(_ text: String) -> String {
        TextSlicing.trimmed(text, " \t\r\n", start: true, end: true)
    }

    private static func truth(_ value: Scalar) -> Scalar {
        switch value {
        case .boolean: return value
        case .int64(let value): return .boolean(value != 0)
        case .float64(let value): return value.isNaN ? .null : .boolean(value != 0)
        case .text(let text):
            switch trimmed(text).lowercased() {
            case "true", "t", "yes", "y", "1", "on": return .boolean(true)
            case "false", "f", "no", "n", "0", "off": return .boolean(false)
            default: return .null
            }
        case .null, .timestamp: return .null
        }
    }

    /// A decimal number, `inf` or `nan`; the hexadecimal ones that Swift would read are none.
    private static func double(_ text: String) -> Double? {
        guard !text.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "x") || $0 | 0x20 == UInt8(ascii: "p") }) else {
            return nil
        }
        return Double(text)
    }

    /// A value as text: doubles by the shortest digits that read back as the same double, timestamps as ISO 8601.
    static func text(_ value: Scalar) -> String? {
        switch value {
        case .null: nil
        case .boolean(let value): value ? "true" : "false"
        case .int64(let value): "\(value)"
        case .float64(let value):
            value.isNaN ? "NaN" : value.isInfinite ? (value > 0 ? "Infinity" : "-Infinity") : "\(value)"
        case .timestamp(let value): CivilTime.text(value)
        case .text(let text): text
        }
    }
}
