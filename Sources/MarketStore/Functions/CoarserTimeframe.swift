import Columnar

/// Bars of a longer timeframe than the one that is stored, made when they are asked for.
///
/// `Open` is the first of its slot, `High` the largest, `Low` the smallest, `Close` the last, `Volume` the sum, any other
/// column the last. Rows with a `Price` and none of those, ticks, give candles of it.
struct CoarserTimeframe {
    let timeframe: Timeframe
    let zone: ZoneRules

    init(_ timeframe: Timeframe, zone: ZoneRules) {
        self.timeframe = timeframe
        self.zone = zone
    }

    /// The bucket that bars of a key's timeframe are made of: of those with its symbol and attribute whose timeframe divides
    /// it, the one with the fewest rows, which is the coarsest. Nil if there is none.
    static func source(
        of key: BucketKey,
        _ timeframe: Timeframe,
        _ directory: any BucketDirectory,
        _ zone: ZoneRules
    ) -> Bucket? {
        var best: (bucket: Bucket, timeframe: Timeframe)?
        for spelling in directory.timeframes(symbol: key.symbol, attribute: key.attribute) {
            guard let shorter = Timeframe(spelling), shorter.nanoseconds < timeframe.nanoseconds,
                shorter.divides(timeframe, in: zone), shorter.nanoseconds > best?.timeframe.nanoseconds ?? 0,
                let bucket = directory.readable(
                    BucketKey(symbol: key.symbol, timeframe: spelling, attribute: key.attribute)
                )
            else { continue }
            best = (bucket, shorter)
        }
        return best?.bucket
    }

    /// A column of the bars.
    struct Column {
        let name: String
        /// An aggregate over the table's columns.
        let value: String
    }

    /// The columns of bars of a bucket, besides `Epoch`, by their names in statements.
    static func columns(of bucket: Bucket) -> [Column] {
        // Names do not mind case: those that are shown name the columns of the feed's table, too.
        let columns = zip(bucket.shownNames, bucket.columns.map(\.type)).map { (name: $0, isText: $1 == .string16) }
        let names = Set(columns.map { $0.name.lowercased() })
        let isCandle = ["open", "high", "low", "close"].contains(where: names.contains)
        if !isCandle, let price = columns.first(where: { $0.name.lowercased() == "price" && !$0.isText }) {
            let size = columns.first { ["volume", "size"].contains($0.name.lowercased()) && !$0.isText }
            return candles(of: price.name, volume: size?.name)
        }
        return columns.map { column in
            Column(name: column.name, value: "\(fold(of: column))(\(BucketText.quoted(column.name)))")
        }
    }

    private static func fold(of column: (name: String, isText: Bool)) -> String {
        switch column.name.lowercased() {
        case "open": "first"
        case "high" where !column.isText: "max"
        case "low" where !column.isText: "min"
        case "volume" where !column.isText: "sum"
        default: "last"
        }
    }

    private static func candles(of price: String, volume: String?) -> [Column] {
        let price = BucketText.quoted(price)
        let folds = [("Open", "first"), ("High", "max"), ("Low", "min"), ("Close", "last")]
        return folds.map { Column(name: $0, value: "\($1)(\(price))") }
            + (volume.map { [Column(name: "Volume", value: "sum(\(BucketText.quoted($0)))")] } ?? [])
    }

    /// The SELECT of the bars of buckets of one table.
    func text(_ buckets: [Bucket], symbol: BucketText.Symbol) -> String {
        let bucket = buckets[0]
        var items = symbol == .column ? [BucketText.symbol] : []
        items.append("\(BucketText.time) AS \(BucketText.epoch)")
        items += Self.columns(of: bucket).map { "\($0.value) AS \(BucketText.quoted($0.name))" }
        return "SELECT \(items.joined(separator: ", ")) \(BucketText.from(bucket, symbol)) \(sampling)"
    }

    /// The clause that makes slots of the timeframe.
    var sampling: String {
        let (unit, isOfCalendar) =
            switch timeframe.unit {
            case .second: ("s", false)
            case .minute: ("m", false)
            case .hour: ("h", false)
            case .day: ("d", true)
            case .week: ("w", true)
            case .month: ("M", true)
            case .year: ("y", true)
            }
        let clause = "SAMPLE BY \(timeframe.count)\(unit)"
        guard isOfCalendar, zone != .utc else { return clause }
        return "\(clause) ALIGN TO CALENDAR TIME ZONE \(BucketText.text(zone.name))"
    }
}
