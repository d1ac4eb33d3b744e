public import Columnar
public import TestSupport

/// Random tables out of a seed: trades and quotes by series, and facts that are one series.
public struct RandomTables {
    private var generator: SeededGenerator
    /// 2024-08-08T00:00:00Z.
    public static let origin: Int64 = 1_723_075_200_000_000_000
    /// Times are multiples of this from ``origin``, so that many are equal.
    static let tick: Int64 = 250_000_000

    /// Trades, with a column of each type.
    public static let trades = schema(
        "trades",
        [
            Column("time", .timestamp), Column("symbol", .symbol), Column("seq", .int64), Column("price", .float64),
            Column("size", .float64), Column("raw", .float64), Column("side", .symbol), Column("note", .string),
            Column("flag", .boolean), Column("level", .int64), Column("seen", .timestamp),
        ]
    )
    /// Quotes.
    public static let quotes = schema(
        "quotes",
        [
            Column("time", .timestamp), Column("symbol", .symbol), Column("bid", .float64), Column("ask", .float64),
            Column("qty", .int64), Column("side", .symbol), Column("level", .int64),
        ]
    )
    /// Facts without a series key, whose time has another name.
    public static let facts = schema(
        "facts",
        [
            Column("symbol", .symbol), Column("ts", .timestamp), Column("rank", .int64), Column("weight", .float64),
            Column("label", .string),
        ],
        time: "ts",
        series: nil
    )

    private static func schema(
        _ name: String,
        _ columns: [Column],
        time: String = "time",
        series: String? = "symbol"
    ) -> TableSchema {
        guard let schema = TableSchema(name: name, kind: .event, columns: columns, time: time, series: series) else {
            preconditionFailure("BUG: the schema of \(name) is valid")
        }
        return schema
    }

    /// The tables of a seed.
    public init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// The next three tables.
    ///
    /// - Parameter rowsMax: no table has more rows.
    public mutating func tables(rowsMax: Int = 60) -> [MemoryTable] {
        let series = (0..<generator.int(1...4)).map { "S\($0)" }
        let isExtreme = generator.oneIn(8)
        return [
            table(Self.trades, rowsMax, isExtreme, series) { $0.trade($1, $2, $3) },
            table(Self.quotes, rowsMax, isExtreme, series) { tables, time, symbol, _ in tables.quote(time, symbol) },
            table(Self.facts, rowsMax, isExtreme, series) { tables, time, symbol, _ in tables.fact(time, symbol) },
        ]
    }

    private mutating func table(
        _ schema: TableSchema,
        _ rowsMax: Int,
        _ isExtreme: Bool,
        _ series: [String],
        _ row: (inout RandomTables, Int64, String, Int64) -> [Scalar]
    ) -> MemoryTable {
        let rowCount = min(rowsMax, generator.pick([0, 1, 2, 5, 12, 12, 25, 40, 60, 150]))
        let stepMax = generator.pick([0, 1, 3, 3, 20])
        // Some tables reach over weeks, so that days and months differ.
        let tick = generator.oneIn(8) ? Self.tick * 40_000 : Self.tick
        var time = Self.origin
        var rows: [[Scalar]] = []
        for index in 0..<rowCount {
            time += Int64(generator.int(0...stepMax)) * tick
            let extreme = generator.pick([Int64.min, .min + 1, -1, 0, 1, .max - 1, .max])
            let own = isExtreme && generator.oneIn(4) ? extreme : time
            rows.append(row(&self, own, generator.pick(series), Int64(index)))
        }
        if generator.oneIn(3) { rows.shuffle(using: &generator) }
        return MemoryTable(schema, rows: rows)
    }

    // MARK: Rows

    /// A trade.
    public mutating func trade(_ time: Int64, _ symbol: String, _ seq: Int64) -> [Scalar] {
        [
            .timestamp(time), .text(symbol), .int64(seq), maybe(quarters(392...408), 9), maybe(hundredths(0...400), 9),
            maybe(wild(), 7), maybe(.text(generator.pick(["buy", "sell"])), 12),
            maybe(.text(generator.pick(["", "a", "ab", "é", "e\u{301}", "Zürich"])), 6),
            maybe(.boolean(generator.oneIn(2)), 5), maybe(.int64(Int64(generator.int(-3...5))), 6),
            maybe(seen(time), 8),
        ]
    }

    private mutating func quote(_ time: Int64, _ symbol: String) -> [Scalar] {
        let bid = generator.int(784...816)
        return [
            .timestamp(time), .text(symbol), maybe(.float64(Double(bid) / 8), 9),
            maybe(.float64(Double(bid + generator.int(1...4)) / 8), 9),
            maybe(.int64(generator.oneIn(20) ? generator.pick([.max, .min]) : Int64(generator.int(0...900))), 9),
            maybe(.text(generator.pick(["buy", "sell", "none"])), 12), maybe(.int64(Int64(generator.int(-2...3))), 6),
        ]
    }

    private mutating func fact(_ time: Int64, _ symbol: String) -> [Scalar] {
        [
            maybe(.text(symbol), 6), .timestamp(time), maybe(.int64(Int64(generator.int(-3...5))), 5),
            maybe(generator.oneIn(3) ? wild() : hundredths(-50...50), 8),
            maybe(.text(generator.pick(["buy", "sell", "a", "é", ""])), 6),
        ]
    }

    private mutating func maybe(_ value: Scalar, _ n: UInt64) -> Scalar { generator.oneIn(n) ? .null : value }

    /// Binary fractions: every order of additions gives the same sum.
    private mutating func quarters(_ range: ClosedRange<Int>) -> Scalar { .float64(Double(generator.int(range)) / 4) }

    /// Decimals that doubles do not hold exactly.
    private mutating func hundredths(_ range: ClosedRange<Int>) -> Scalar {
        .float64(Double(generator.int(range)) / 100)
    }

    private mutating func wild() -> Scalar {
        .float64(
            generator.pick([
                .nan, .infinity, -.infinity, 0, -0.0, 1.5, -2.25, 0.1, 1.0 / 3, 1e-3, 1e300, -1e300, 1e-300,
                .leastNonzeroMagnitude,
                1e15 + 0.5, Double.random(in: -9...9, using: &generator), Double.random(in: -9...9, using: &generator),
            ])
        )
    }

    private mutating func seen(_ time: Int64) -> Scalar {
        .timestamp(time &+ Int64(generator.int(0...3)) &* 1_000_000_000)
    }
}
