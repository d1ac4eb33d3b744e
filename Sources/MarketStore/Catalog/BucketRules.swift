/// What a new bucket may be called, and its columns.
enum BucketRules {
    /// Columns of a bucket, as MarketStore has it.
    static let columnsMax = 1_024
    /// Bytes of a part of a key: what a store takes for the name of a series, less room for the parts beside it.
    static let partBytesMax = 96
    /// Bytes of a column's name; MarketStore cuts at 32.
    static let columnBytesMax = 96

    /// Reads the key of a bucket that may be made, and its timeframe.
    static func key(_ text: String) throws(DataServiceError) -> (key: BucketKey, timeframe: Timeframe) {
        guard let key = BucketKey(text) else {
            throw DataServiceError(
                "key \"\(text)\" is not in proper format, should be like: TSLA/1Min/OHLCV\(BucketKey.category)"
            )
        }
        try check(key.symbol, "symbol", key)
        guard !key.symbol.utf8.contains(UInt8(ascii: ",")), key.symbol != "*" else {
            throw DataServiceError(
                "the symbol of \"\(key)\" holds a comma or is *, which queries read as several symbols"
            )
        }
        guard let timeframe = Timeframe(key.timeframe), key.timeframe.utf8.count <= 24 else {
            throw DataServiceError(
                "error: Unable to get timeframe from key \"\(key)\": "
                    + Timeframe.explanation(of: key.timeframe)
            )
        }
        try check(key.attribute, "attribute group", key)
        if let mark = key.attribute.utf8.lastIndex(of: UInt8(ascii: "~")) {
            let rest = key.attribute.utf8[mark...].dropFirst()
            // The tables of a family are called so.
            guard rest.isEmpty || !(rest.elementsEqual("*".utf8) || rest.allSatisfy { (0x30...0x39).contains($0) })
            else {
                throw DataServiceError(
                    "the attribute group of \"\(key)\" ends with ~ and a number or *, as tables of a family of buckets do"
                )
            }
        }
        return (key, timeframe)
    }

    private static func check(_ part: String, _ what: String, _ key: BucketKey) throws(DataServiceError) {
        guard !part.isEmpty else { throw DataServiceError("the \(what) of \"\(key)\" is empty") }
        guard part.utf8.count <= partBytesMax else {
            throw DataServiceError("the \(what) of \"\(key)\" has more than \(partBytesMax) bytes")
        }
        guard part.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw DataServiceError("the \(what) of a key holds a control character")
        }
        guard !part.contains("..") else { throw DataServiceError("the \(what) of \"\(key)\" holds '..'") }
    }

    /// Checks the columns of a new bucket, without `Epoch`.
    static func check(_ columns: [Bucket.Column], of key: BucketKey) throws(DataServiceError) {
        guard columns.count <= columnsMax else {
            throw DataServiceError("\"\(key)\" would have \(columns.count) columns; \(columnsMax) is the limit")
        }
        var names: Set<String> = []
        for column in columns {
            let bytes = column.name.utf8
            guard !bytes.isEmpty, bytes.count <= columnBytesMax, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw DataServiceError(
                    "a column of \"\(key)\" has a name that is empty, longer than \(columnBytesMax) bytes or holds a "
                        + "control character"
                )
            }
            guard names.insert(column.name).inserted else {
                throw DataServiceError("\"\(key)\" would have two columns '\(column.name)'")
            }
        }
    }
}
