/// The SQL type that a column was declared with, where a statement said more than the ``ColumnType`` of its values.
///
/// It decides no byte of a value: an `INT` and a `LONG` are both ``ColumnType/int64``. It is told back to those who ask
/// for types, and says what a value may be: the range of an `INT`, the unit of a `TIMESTAMP`.
public enum DeclaredType: UInt8, Sendable, Hashable, CaseIterable {
    /// `BOOLEAN`.
    case boolean = 1
    /// `BYTE`: an integer of 8 bits.
    case byte = 2
    /// `SHORT`: an integer of 16 bits.
    case short = 3
    /// `CHAR`: one UTF-16 unit.
    case char = 4
    /// `INT`: an integer of 32 bits.
    case int = 5
    /// `LONG`: an integer of 64 bits.
    case long = 6
    /// `DATE`: milliseconds.
    case date = 7
    /// `TIMESTAMP`: microseconds.
    case timestampMicros = 8
    /// `TIMESTAMP_NS`: nanoseconds.
    case timestampNanos = 9
    /// `FLOAT`: IEEE 754 of 32 bits.
    case float = 10
    /// `DOUBLE`: IEEE 754 of 64 bits.
    case double = 11
    /// `STRING`.
    case string = 12
    /// `VARCHAR`.
    case varchar = 13
    /// `SYMBOL`.
    case symbol = 14

    /// The word of SQL for it.
    public var name: String {
        switch self {
        case .boolean: "BOOLEAN"
        case .byte: "BYTE"
        case .short: "SHORT"
        case .char: "CHAR"
        case .int: "INT"
        case .long: "LONG"
        case .date: "DATE"
        case .timestampMicros: "TIMESTAMP"
        case .timestampNanos: "TIMESTAMP_NS"
        case .float: "FLOAT"
        case .double: "DOUBLE"
        case .string: "STRING"
        case .varchar: "VARCHAR"
        case .symbol: "SYMBOL"
        }
    }

    /// The type of the values of such a column.
    public var columnType: ColumnType {
        switch self {
        case .boolean: .boolean
        case .byte, .short, .int, .long: .int64
        case .date, .timestampMicros, .timestampNanos: .timestamp
        case .float, .double: .float64
        case .char, .string, .varchar: .string
        case .symbol: .symbol
        }
    }

    /// What a column is that was declared without a word of its own: the type that holds all of its values.
    public init(_ type: ColumnType) {
        self =
            switch type {
            case .boolean: .boolean
            case .int64: .long
            case .float64: .double
            case .timestamp: .timestampNanos
            case .symbol: .symbol
            case .string: .varchar
            }
    }

    /// The type of this word, in any case; SQL's other words for the same types are understood. Nil if it is none.
    public init?(name: some StringProtocol) {
        let word = name.uppercased()
        if let named = Self.allCases.first(where: { $0.name == word }) {
            self = named
            return
        }
        switch word {
        case "BOOL": self = .boolean
        case "SMALLINT": self = .short
        case "INTEGER": self = .int
        case "BIGINT", "INT64": self = .long
        case "REAL": self = .float
        case "FLOAT64": self = .double
        case "TEXT": self = .varchar
        default: return nil
        }
    }
}
