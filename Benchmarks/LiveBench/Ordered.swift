import Columnar
import Engine
import Foundation
import Market
import QueryLang
import Store

/// What the ordered path costs, by which history is compared with what was computed as rows came, beside an ad-hoc query.
enum Ordered {
    private static let queries = [
        "SELECT time, symbol, sum(price * size) AS n, stddev(price) AS d FROM trades SAMPLE BY 1m",
        "SELECT time, sum(price * size) AS n, vwap(price, size) AS v FROM trades SAMPLE BY 1m",
        "SELECT time, ohlcv(price, size) FROM trades SAMPLE BY 1m",
        "SELECT symbol, count() AS n, sum(size) AS s, max(price) AS m FROM trades GROUP BY symbol",
    ]

    /// Prints milliseconds of each query, the best of some: as it is asked once, and along the ordered path.
    static func run(directory: String, rows: Int) throws {
        let store = try Store.open(directory: directory)
        defer { store.close(flush: false) }
        for schema in MarketTables.schemas { try store.createTable(schema) }
        try fill(store, rows: rows)
        for query in queries {
            var cells = [query]
            for options in [ExecutionOptions(), ExecutionOptions(isOrdered: true)] {
                let engine = QueryEngine(source: store, options: options)
                var best = Int64.max
                for _ in 0..<5 {
                    let start = MonotonicClock.now()
                    let stream = try engine.execute(try engine.prepare(query))
                    while try stream.next() != nil {}
                    best = min(best, MonotonicClock.now() - start)
                }
                cells.append(String(format: "%.1f", Double(best) / 1e6))
            }
            print(cells.joined(separator: "\t"))
        }
    }

    private static func fill(_ store: Store, rows: Int) throws {
        guard let table = MarketTables.schemas.first(where: { $0.name == MarketTables.trades }) else { return }
        let series = 4
        let count = rows / series
        for number in 0..<series {
            let start = 1_700_000_000_000_000_000 + Int64(number) * 1_000_000
            let times = (0..<count).map { start + Int64($0) * 4_000_000 }
            let numbers = (0..<count).map { Int64($0) }
            var columns: [Vector?] = table.columns.map { column in
                switch column.type {
                case .timestamp: .timestamps(times)
                case .int64: Vector(type: .int64, form: .int64(Buffer(numbers)))
                default: nil
                }
            }
            for (name, base, spread) in [("price", Int64(10_000), Int64(200)), ("size", 2_000, 5_000)] {
                let values = numbers.map { base + ($0 &* 7_919) % spread }
                guard let index = table.index(of: name) else { continue }
                columns[index] = Vector(type: .float64, form: .scaledInteger(Buffer(values), scale: 2))
            }
            let group = AppendGroup(table: table.name, series: "S\(number)-USDT.T", columns: columns, rowCount: count)
            let done = DispatchSemaphore(value: 0)
            store.append(AppendBatch(groups: [group]), durability: .interval) { _ in done.signal() }
            done.wait()
        }
    }
}
