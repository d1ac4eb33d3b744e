import Columnar
import Glibc
import Measurement
import OperatorLoops

/// Bars of several series, the same in every run: each column one array, a series after the other.
///
/// Prices walk around 100.00 on a tick of 0.01 and are drawn back; a bar opens where the one before closed, every fourth
/// with a gap, and moves by a few ticks or not at all.
struct PriceBars {
    let seriesCount: Int
    /// Rows of each series.
    let rows: Int
    let open: Buffer<Double>
    let high: Buffer<Double>
    let low: Buffer<Double>
    let close: Buffer<Double>
    let volume: Buffer<Double>
    /// Lengths of windows for `mavp`.
    let periods: Buffer<Double>

    /// A cent.
    private static let tick = 0.01

    init(series seriesCount: Int, rows: Int) {
        self.seriesCount = seriesCount
        self.rows = rows
        var random = SplitMix64(state: 7)
        var columns = [[Double]](repeating: [], count: Self.names.count)
        for _ in 0..<seriesCount {
            var before = Market.middle
            for _ in 0..<rows {
                let gap = random.below(4) == 0 ? random.below(21) - 10 : 0
                let opens = before + gap
                let closes = opens + random.below(31) - 15 - (opens - Market.middle) / 64
                let highest = max(opens, closes) + random.below(10)
                let lowest = min(opens, closes) - random.below(10)
                before = closes
                let ticks = [opens, highest, lowest, closes]
                for (index, price) in ticks.enumerated() { columns[index].append(Double(price) * Self.tick) }
                columns[4].append(Double(1 + random.below(5_000)))
                columns[5].append(Double(2 + random.below(29)))
            }
        }
        (open, high, low) = (Buffer(columns[0]), Buffer(columns[1]), Buffer(columns[2]))
        (close, volume, periods) = (Buffer(columns[3]), Buffer(columns[4]), Buffer(columns[5]))
    }

    private static let names = ["open", "high", "low", "close", "volume", "periods"]
    private var columns: [Buffer<Double>] { [open, high, low, close, volume, periods] }

    /// The bars as a table.
    func table(_ name: String, times: Buffer<Int64>, series: [String]) throws(BenchFailure) -> ColumnTable {
        return try ColumnTable(
            name,
            series: series,
            rows: rows,
            times: times,
            [(name: "symbol", type: .symbol, values: .series)]
                + zip(Self.names, columns).map { (name: $0, type: .float64, values: .float64($1)) }
        )
    }

    /// Writes the columns one after the other, doubles as they lie in memory.
    func write(to path: String) throws(BenchFailure) {
        guard let file = fopen(path, "wb") else { throw BenchFailure("cannot write \(path)") }
        var isWhole = true
        for column in columns { isWhole = fwrite(column.base, 8, column.count, file) == column.count && isWhole }
        guard fclose(file) == 0, isWhole else { throw BenchFailure("cannot write all of \(path)") }
    }

    /// The bars as the loops take them.
    var loopBars: loop_price_bars {
        loop_price_bars(
            open: open.base,
            high: high.base,
            low: low.base,
            close: close.base,
            volume: volume.base,
            series: seriesCount,
            rows: rows
        )
    }
}
