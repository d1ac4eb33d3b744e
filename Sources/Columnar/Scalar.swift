/// One value of any column type.
public enum Scalar: Sendable, Hashable {
    /// No value.
    case null
    /// A truth value.
    case boolean(Bool)
    /// An integer.
    case int64(Int64)
    /// A double.
    case float64(Double)
    /// Nanoseconds since the Unix epoch.
    case timestamp(Int64)
    /// Text of a symbol or string column.
    case text(String)

    /// Whether this is the absent value.
    public var isNull: Bool { self == .null }
}
