import Columnar

/// The columns of one table of market data, in order of time, as they lie in memory or in files.
struct MarketTable: Sendable {
    /// A column of decimals.
    struct Number: Sendable {
        let name: String
        let values: Buffer<Double>
        /// Decimals that the values have.
        let scale: Int
    }

    let schema: TableSchema
    /// Names of the series, by ``series``.
    let symbols: [String]
    let times: Buffer<Int64>
    let series: Buffer<UInt8>
    /// 0 buy, 1 sell; nil for quotes.
    let sides: Buffer<UInt8>?
    let numbers: [Number]

    /// The number of rows.
    var count: Int { times.count }
    /// Bytes of a row in plain form: 8 a time or number, 4 a code of a text other than the series' name.
    var plainRowBytes: Int { 8 + 8 * numbers.count + (sides == nil ? 0 : 4) }

    /// Trades or quotes: which of the two decides whether there are sides.
    init(
        name: String,
        symbols: [String],
        times: Buffer<Int64>,
        series: Buffer<UInt8>,
        sides: Buffer<UInt8>?,
        numbers: [Number]
    ) {
        var columns = [Column("time", .timestamp), Column("symbol", .symbol)]
        if sides != nil { columns.append(Column("side", .symbol)) }
        columns += numbers.map { Column($0.name, .float64) }
        guard let schema = TableSchema(name: name, kind: .event, columns: columns) else {
            preconditionFailure("BUG: the schema of \(name) is wrong")
        }
        self.schema = schema
        self.symbols = symbols
        self.times = times
        self.series = series
        self.sides = sides
        self.numbers = numbers
    }

    /// A number column by name.
    func values(_ name: String) -> Buffer<Double> {
        guard let number = numbers.first(where: { $0.name == name }) else {
            preconditionFailure("BUG: no column \(name)")
        }
        return number.values
    }

    /// Index in the schema of a column.
    func index(_ name: String) -> Int {
        guard let index = schema.index(of: name) else { preconditionFailure("BUG: no column \(name)") }
        return index
    }

    /// The days with rows, each as a range of time.
    var days: [TimeRange] {
        let unit = PartitionUnit.day
        return (unit.index(of: times[0])...unit.index(of: times[count - 1])).map(unit.range(of:))
    }
}

/// All the data of a run.
struct Market: Sendable {
    let trades: MarketTable
    let quotes: MarketTable

    var tables: [MarketTable] { [trades, quotes] }

    /// Maps the columns of a directory, or generates that many rows a table if there is none.
    init(directory: String?, rows: Int) throws(BenchFailure) {
        if let directory {
            self = try MarketFiles(directory: directory, rowsMax: rows).market()
        } else {
            self = MarketGenerator(rows: rows).market()
        }
    }

    init(trades: MarketTable, quotes: MarketTable) {
        self.trades = trades
        self.quotes = quotes
    }
}
