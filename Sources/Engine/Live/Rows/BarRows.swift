import Columnar

/// Rows of the `1Min/OHLCV` table.
struct BarRows {
    private var bars: [(start: Int64, bar: Bar)] = []

    mutating func append(start: Int64, _ bar: Bar) { bars.append((start, bar)) }

    mutating func take(series: Series, into batch: inout AppendBatch) {
        guard !bars.isEmpty else { return }
        let columns: [Vector?] = [
            .timestamps(bars.map(\.start)), nil, .float64(bars.map(\.bar.open)), .float64(bars.map(\.bar.high)),
            .float64(bars.map(\.bar.low)), .float64(bars.map(\.bar.close)), .float64(bars.map(\.bar.volume)),
        ]
        batch.groups.append(
            AppendGroup(table: MarketTables.bars, series: series.name, columns: columns, rowCount: bars.count)
        )
        bars.removeAll(keepingCapacity: true)
    }
}
