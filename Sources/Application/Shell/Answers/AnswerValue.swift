import Columnar
import Engine

/// A column of an answer.
struct AnswerColumn: Equatable {
    let name: String
    /// The type's name, as the gateway tells it: `float64`.
    let type: String

    /// Whether values stand at the right of their column.
    var isNumeric: Bool { type == "int64" || type == "float64" }
    /// Whether a value may be cut to fit: what is left of a number or a time would be another one.
    var isCuttable: Bool { type == "string" || type == "symbol" }
}

/// A value of an answer.
enum AnswerValue: Equatable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case double(Double)
    /// A number that was kept in 32 bits, which fewer digits tell apart from its neighbours.
    case single(Float)
    /// Nanoseconds since the Unix epoch.
    case timestamp(Int64)
    case text(String)

    /// The value for people: numbers in their shortest form, times as ISO 8601, text on one line.
    var shown: String {
        switch self {
        case .null: return "NULL"
        case .boolean(let value): return value ? "true" : "false"
        case .integer(let value): return String(value)
        case .double(let value):
            var bytes: [UInt8] = []
            NumberText.append(value, to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        case .single(let value):
            guard value.isFinite else { return AnswerValue.double(Double(value)).shown }
            let text = "\(value)"
            return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
        case .timestamp(let value): return CivilTime.text(value)
        case .text(let value): return DisplayWidth.printable(value)
        }
    }
}

/// What an execution tells of itself at its end.
struct AnswerSummary: Equatable {
    var rows: Int64 = 0
    var elapsedMicroseconds: Int64 = 0
    var rowsScanned: Int64 = 0
    var blocksScanned: Int64 = 0
}

/// A part of an answer, in the order in which they come: columns, rows, then an end or a failure.
enum AnswerPart: Equatable {
    case columns([AnswerColumn])
    case row([AnswerValue])
    case end(AnswerSummary)
    case failure(String)
}
