import MarketStore

/// What people are told of a text that is no key of a bucket.
enum KeyText {
    /// Why it is none.
    static func fault(of text: String) -> String {
        guard let key = BucketKey(text) else {
            return "'\(text)' is no key of a bucket, SYMBOL/TIMEFRAME/ATTRIBUTE such as AAPL/1Min/OHLCV"
        }
        return "'\(text)' is no key of a bucket: \(Timeframe.explanation(of: key.timeframe))"
    }
}
