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
        // By bytes, as MarketStore splits them: letters are slow to tell apart, and a write may name many keys.
        let utf8 = text.utf8
        let slash = UInt8(ascii: "/")
        let end = utf8.firstIndex(of: UInt8(ascii: ":")) ?? utf8.endIndex
        guard let first = utf8[..<end].firstIndex(of: slash) else { return nil }
        let timeframe = utf8.index(after: first)
        guard let second = utf8[timeframe..<end].firstIndex(of: slash) else { return nil }
        let attribute = utf8.index(after: second)
        guard !utf8[attribute..<end].contains(slash) else { return nil }
        self.init(
            symbol: String(text[..<first]),
            timeframe: String(text[timeframe..<second]),
            attribute: String(text[attribute..<end])
        )
    }

    /// The three parts, without the category.
    public var description: String { "\(symbol)/\(timeframe)/\(attribute)" }

    /// By symbol, then timeframe, then attribute, in the order of their UTF-8 bytes.
    public static func < (left: BucketKey, right: BucketKey) -> Bool {
        if left.symbol != right.symbol { return precedes(left.symbol, right.symbol) }
        if left.timeframe != right.timeframe { return precedes(left.timeframe, right.timeframe) }
        return precedes(left.attribute, right.attribute)
    }

    /// Whether a text comes before another in the order of their UTF-8 bytes.
    static func precedes(_ left: String, _ right: String) -> Bool {
        var (left, right) = (left, right)
        return left.withUTF8 { left in right.withUTF8 { right in left.lexicographicallyPrecedes(right) } }
    }
}
