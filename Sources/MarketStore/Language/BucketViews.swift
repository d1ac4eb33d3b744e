public import Columnar

/// Makes the views that buckets are by name: `AAPL/1Min/OHLCV` is the rows of that symbol in the family's table.
///
/// The name of a coarser timeframe than any that is stored, `AAPL/7Min/OHLCV`, is bars made of the coarsest stored one that
/// divides it.
public struct BucketViews: NamedViews {
    private let directory: any BucketDirectory
    /// The time zone whose calendar days, weeks, months and years follow.
    public let zone: ZoneRules

    /// Creates views of the buckets of a directory.
    public init(directory: any BucketDirectory, zone: ZoneRules) {
        self.directory = directory
        self.zone = zone
    }

    /// The view of a bucket, or of bars made of one; nil if the name is no bucket's key.
    public func view(named name: String) -> ViewDefinition? {
        guard name.utf8.contains(UInt8(ascii: "/")), let key = BucketKey(name) else { return nil }
        if let bucket = directory.readable(key) {
            return ViewDefinition(name: name, query: BucketText.rows([bucket], symbol: .fixed))
        }
        guard let timeframe = Timeframe(key.timeframe),
            let bucket = CoarserTimeframe.source(of: key, timeframe, directory, zone)
        else { return nil }
        let bars = CoarserTimeframe(timeframe, zone: zone)
        return ViewDefinition(name: name, query: bars.text([bucket], symbol: .fixed))
    }
}
