/// `SYMBOL/TIMEFRAME/ATTRIBUTE`: the name of a bucket.
public struct BucketKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// What answers append to a key: the names of its parts.
    public static let category = ":Symbol/Timeframe/AttributeGroup"

    /// What the rows are of.
    public var symbol: String
    /// The timeframe, as it was written: `1Min`.
    public var timeframe: String
    /// The name of the group of columns: `OHLCV`.
    public var attribute: String

    /// Creates a key of its parts, which are not checked.
    public init(symbol: String, timeframe: String, attribute: String) {
        self.symbol = symbol
        self.timeframe = timeframe
        self.attribute = attribute
    }

    /// Splits `SYMBOL/TIMEFRAME/ATTRIBUTE`, and what may follow from the first `:` on; nil unless there are three parts.
    /// Parts are not checked.
    public init?(_ text: some StringProtocol) {
        let parts = text.prefix { $0 != ":" }.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        self.init(symbol: String(parts[0]), timeframe: String(parts[1]), attribute: String(parts[2]))
    }

    /// The three parts, without the category.
    public var description: String { "\(symbol)/\(timeframe)/\(attribute)" }

    /// By symbol, then timeframe, then attribute, in the order of their UTF-8 bytes.
    public static func < (left: BucketKey, right: BucketKey) -> Bool {
        if left.symbol != right.symbol { return left.symbol.utf8.lexicographicallyPrecedes(right.symbol.utf8) }
        if left.timeframe != right.timeframe {
            return left.timeframe.utf8.lexicographicallyPrecedes(right.timeframe.utf8)
        }
        return left.attribute.utf8.lexicographicallyPrecedes(right.attribute.utf8)
    }
}
