public import Columnar

/// What a value can be cast to. Several spellings, those of QuestDB and of SQL, share a physical type; the narrow integers
/// keep their range.
public enum CastType: String, Sendable, Hashable, CaseIterable {
    /// True or false.
    case boolean
    /// Integers of 8, 16, 32 and 64 bits: what does not fit is NULL.
    case byte, short, int, long
    /// IEEE 754 doubles, whatever they are called.
    case double
    /// Nanoseconds since the epoch.
    case timestamp
    /// The timestamp at which a day begins, UTC.
    case date
    /// Text.
    case string
    /// Text out of a small set.
    case symbol
    /// The first character of a text, or the character of a code.
    case char

    /// The type of a spelling, in any case; nil if there is none.
    public init?(spelling: String) {
        guard spelling.utf8.count <= 32, let type = Self.spellings[spelling.lowercased()] else { return nil }
        self = type
    }

    /// The type of the column that comes of it.
    public var columnType: ColumnType {
        switch self {
        case .boolean: .boolean
        case .byte, .short, .int, .long: .int64
        case .double: .float64
        case .timestamp, .date: .timestamp
        case .string, .char: .string
        case .symbol: .symbol
        }
    }

    /// The integers that it holds, if it is of integers.
    var integers: ClosedRange<Int64>? {
        switch self {
        case .byte: Int64(Int8.min)...Int64(Int8.max)
        case .short: Int64(Int16.min)...Int64(Int16.max)
        case .int: Int64(Int32.min)...Int64(Int32.max)
        case .long: Int64.min...Int64.max
        case .boolean, .double, .timestamp, .date, .string, .symbol, .char: nil
        }
    }

    /// All spellings.
    public static let spellings: [String: CastType] = [
        "boolean": .boolean, "bool": .boolean, "byte": .byte, "tinyint": .byte, "int1": .byte, "short": .short,
        "smallint": .short, "int2": .short, "int16": .short, "int": .int, "integer": .int, "int4": .int, "int32": .int,
        "long": .long, "bigint": .long, "int8": .long, "int64": .long, "float64": .double, "double": .double,
        "double precision": .double, "float": .double, "real": .double, "float4": .double, "float8": .double,
        "float32": .double, "timestamp": .timestamp, "timestamp_ns": .timestamp, "datetime": .timestamp, "date": .date,
        "string": .string, "varchar": .string, "text": .string, "symbol": .symbol, "char": .char, "character": .char,
    ]

    /// Whether values of a type can be cast to it.
    func accepts(_ type: ColumnType) -> Bool {
        switch (type, self) {
        case (_, .string), (_, .symbol), (.symbol, _), (.string, _): true
        case (.boolean, .byte), (.boolean, .short), (.boolean, .int), (.boolean, .long), (.boolean, .boolean),
            (.boolean, .double):
            true
        case (.int64, _): true
        case (.float64, .boolean), (.float64, .byte), (.float64, .short), (.float64, .int), (.float64, .long),
            (.float64, .double):
            true
        case (.timestamp, .long), (.timestamp, .timestamp), (.timestamp, .date): true
        case (.boolean, _), (.float64, _), (.timestamp, _): false
        }
    }
}
