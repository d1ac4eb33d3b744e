import Columnar
import Market

/// Restores from the store what a restart would otherwise tear: the minutes whose bars were not written yet.
enum WarmUp {
    /// Minutes before the last trade that can still be open: a bar closes within its lateness of the next minute.
    private static let minutesBack: Int64 = 1

    /// The open bars of an instrument; none if nothing is stored.
    ///
    /// A bar and the event that closed it are in one batch, so every minute after the last stored bar is open.
    static func openBars(of instrument: Instrument, source: (any TableSource)?) throws(TableError) -> OpenBars {
        guard let snapshot = source?.snapshot() else { return OpenBars() }
        return try openBars(of: instrument, snapshot: snapshot)
    }

    private static func openBars(of instrument: Instrument, snapshot: any TableSnapshot) throws(TableError) -> OpenBars
    {
        var bars = OpenBars()
        if let stored = try lastTime(of: instrument, table: MarketTables.bars, snapshot) {
            bars = OpenBars(storedThrough: stored &+ CivilTime.minute)
        }
        guard let last = try lastTime(of: instrument, table: MarketTables.trades, snapshot) else { return bars }
        let start = CivilTime.floor(last, to: CivilTime.minute) &- minutesBack * CivilTime.minute
        let request = ScanRequest(
            table: MarketTables.trades,
            series: .named([instrument.name]),
            time: TimeRange(start: start, end: .max),
            columns: [timeColumn, priceColumn, sizeColumn]
        )
        let scan = try snapshot.scan(request)
        for index in scan.series.indices {
            var cursor = try scan.open(series: index)
            while let slice = try cursor.next() { try take(slice, instrument, into: &bars) }
        }
        return bars
    }

    private static let timeColumn = 0
    private static let priceColumn = 6
    private static let sizeColumn = 7

    private static func take(
        _ slice: any SeriesSlice,
        _ instrument: Instrument,
        into bars: inout OpenBars
    ) throws(TableError) {
        let times = try slice.vector(column: timeColumn)
        let prices = try slice.vector(column: priceColumn)
        let sizes = try slice.vector(column: sizeColumn)
        for row in 0..<slice.count {
            guard case .timestamp(let time) = times.scalar(at: row),
                let price = decimal(prices, row), let size = decimal(sizes, row)
            else { continue }
            _ = bars.update(time: time, price: price, size: size)
        }
    }

    private static func decimal(_ vector: Vector, _ row: Int) -> Decimal? {
        switch vector.form {
        case .scaledInteger(let mantissas, let scale) where scale <= Decimal.scaleMax:
            return Decimal(mantissa: mantissas[row], scale: scale)
        default:
            return nil  // the live runtime writes trades as decimals; other rows are not its own
        }
    }

    private static func lastTime(
        of instrument: Instrument,
        table: String,
        _ snapshot: any TableSnapshot
    ) throws(TableError) -> Int64? {
        let request = ScanRequest(table: table, series: .named([instrument.name]), columns: [0], isForward: false)
        let scan = try snapshot.scan(request)
        guard !scan.series.isEmpty else { return nil }
        var cursor = try scan.open(series: 0)
        return try cursor.next()?.lastTime
    }
}
