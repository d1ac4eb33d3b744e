import Glibc
import Measurement

/// Some rows of a table in order of time.
struct MarketRows {
    /// Indices of symbols.
    var symbols: [Int] = []
    /// The values of each column, in the order of ``MarketTable/columns``.
    var columns: [[Int64]]

    /// The number of rows.
    var count: Int { symbols.count }

    /// No rows, and room for some.
    init(_ table: MarketTable, capacity: Int) {
        columns = table.columns.map { _ in [] }
        symbols.reserveCapacity(capacity)
        for index in columns.indices { columns[index].reserveCapacity(capacity) }
    }

    fileprivate mutating func append(_ symbol: Int, _ values: Int64...) {
        symbols.append(symbol)
        for (index, value) in values.enumerated() { columns[index].append(value) }
    }
}

/// Makes the rows of one table from a seed: times in nanoseconds spread over five days, symbols of falling popularity,
/// prices that walk on a tick of 0.01, sizes on 0.001.
struct RowMaker {
    private let table: MarketTable
    private let rows: Int
    /// Nanoseconds from which a row takes its time; the next row has the next ones, so no two times are alike.
    private let share: Int64
    private let popularity: Popularity
    private var random: SplitMix64
    private var instruments: [Instrument]
    private var made = 0

    private struct Instrument {
        var middle: Double
        var count: Int64 = 0
    }

    /// 2024-01-01T00:00:00Z.
    static let start: Int64 = 1_704_067_200_000_000_000
    /// Days with rows.
    static let days = 5

    private static let dayNanoseconds: Int64 = 86_400_000_000_000
    /// The first symbol costs about 10, the last about 3,000.
    private static let cheapest = 10.0
    private static let priceRange = 300.0
    /// One step of a price's walk, relative.
    private static let volatility = 2e-5
    /// How long a row is under way: a millisecond, and up to four more.
    private static let delayNanoseconds: Int64 = 1_000_000
    private static let jitterNanoseconds = 4e6

    init(_ table: MarketTable, rows: Int, symbols: Int, seed: UInt64) {
        self.table = table
        self.rows = rows
        share = Int64(Self.days) * Self.dayNanoseconds / Int64(rows)
        popularity = Popularity(symbols: symbols)
        // Tables that share the seed must not share their numbers.
        var seeds = SplitMix64(state: seed)
        for _ in 0..<(MarketTable.allCases.firstIndex(of: table) ?? 0) { _ = seeds.next() }
        random = SplitMix64(state: seeds.next())
        let steps = Double(max(1, symbols - 1))
        instruments = (0..<symbols).map {
            Instrument(middle: Self.cheapest * pow(Self.priceRange, Double($0) / steps))
        }
    }

    /// The next rows, at most `count`; nil after the last.
    mutating func next(_ count: Int) -> MarketRows? {
        let end = min(made + count, rows)
        guard made < end else { return nil }
        var rows = MarketRows(table, capacity: end - made)
        while made < end {
            appendRow(&rows)
            made += 1
        }
        return rows
    }

    private mutating func appendRow(_ rows: inout MarketRows) {
        let time = Self.start + Int64(made) * share + Int64(random.unit() * Double(share))
        let symbol = popularity.draw(&random)
        instruments[symbol].middle *= exp(random.normal() * Self.volatility)
        instruments[symbol].count += 1
        let instrument = instruments[symbol]
        let received = time + Self.delayNanoseconds + Int64(random.unit() * Self.jitterNanoseconds)
        let id = Int64(made + 1)
        switch table {
        case .trades:
            let side = Int64(random.next() >> 63)
            rows.append(
                symbol,
                time,
                instrument.count,
                received,
                id,
                side,
                cents(instrument.middle),
                size(mean: 0)
            )
        case .quotes:
            let half = max(0.005, instrument.middle * 1e-4 * (0.2 + 1.3 * random.unit()))
            let bid = cents(instrument.middle - half)
            let ask = max(cents(instrument.middle + half), bid + 1)
            rows.append(symbol, time, instrument.count, received, id, bid, size(mean: 1), ask, size(mean: 1))
        }
    }

    private func cents(_ price: Double) -> Int64 { Int64((price * 100).rounded()) }

    /// In thousandths, at least one.
    private mutating func size(mean: Double) -> Int64 { 1 + Int64((random.lognormal(mean) * 1_000).rounded()) }
}
