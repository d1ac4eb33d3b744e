import Columnar
import FoundationEssentials

/// What was made, for those who ask questions about it: `market.json`.
struct MarketSummary: Encodable {
    /// One table.
    struct Table: Encodable {
        var rows = 0
        /// Nanoseconds since the epoch.
        var firstTime: Int64 = .max
        var lastTime: Int64 = .min
        /// The sum of each column of decimals, exact and then rounded to a double.
        var sums: [String: Double] = [:]
        /// The largest value of each.
        var maxima: [String: Double] = [:]
    }

    let seed: UInt64
    let days = RowMaker.days
    /// Names of the symbols, by their code.
    let symbols: [String]
    /// Names of the sides, by their code.
    let sides = MarketTable.sides.values
    var tables: [String: Table] = [:]

    init(_ options: LoaderOptions, symbols: [String]) {
        seed = options.seed
        self.symbols = symbols
    }

    /// Writes it; whoever finds the file knows that all else is there.
    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(self).write(to: URL(filePath: path), options: .atomic)
    }
}

/// Adds up one table while it is made.
struct TableTotals {
    private let columns: [MarketTable.MadeColumn]
    private var rows = 0
    private var sums: [Int64]
    private var extremes: [(least: Int64, most: Int64)]

    init(_ table: MarketTable) {
        columns = table.columns
        sums = columns.map { _ in 0 }
        extremes = columns.map { _ in (.max, .min) }
    }

    mutating func add(_ more: MarketRows) {
        rows += more.count
        for (index, values) in more.columns.enumerated() {
            for value in values {
                // Sums of times wrap; nobody asks for them.
                sums[index] &+= value
                extremes[index] = (min(extremes[index].least, value), max(extremes[index].most, value))
            }
        }
    }

    /// As `market.json` tells it.
    var summary: MarketSummary.Table {
        var summary = MarketSummary.Table(rows: rows)
        for (index, column) in columns.enumerated() {
            let (least, most) = extremes[index]
            switch column.meaning {
            case .time where column.name == "time": (summary.firstTime, summary.lastTime) = (least, most)
            case .decimal(let scale):
                summary.sums[column.name] = ScaledInteger.double(sums[index], scale: scale)
                summary.maxima[column.name] = ScaledInteger.double(most, scale: scale)
            case .time, .count, .side: break
            }
        }
        return summary
    }
}
