/// The logical type of a column, as the query language shows it.
public enum ColumnType: UInt8, Sendable, Hashable, CaseIterable {
    /// True or false.
    case boolean = 1
    /// A signed 64-bit integer.
    case int64 = 2
    /// An IEEE 754 double. A column of decimals has this type too; see ``Vector/Form/scaledInteger(_:scale:)``.
    case float64 = 3
    /// Nanoseconds since the Unix epoch, UTC.
    case timestamp = 4
    /// A short string out of a small set, stored as codes of a dictionary.
    case symbol = 5
    /// Any UTF-8 text.
    case string = 6

    /// The name of the type in the query language and in results.
    public var name: String {
        switch self {
        case .boolean: "boolean"
        case .int64: "int64"
        case .float64: "float64"
        case .timestamp: "timestamp"
        case .symbol: "symbol"
        case .string: "string"
        }
    }

    /// Whether values of the type can be added and compared as numbers.
    public var isNumeric: Bool { self == .int64 || self == .float64 }

    /// Whether values of the type are text.
    public var isText: Bool { self == .symbol || self == .string }
}
