import Columnar
import Foundation
import Glibc
import Testing

@testable import Store

/// Sizes and speeds on the generated market data, printed: `TICKGATE_MARKET=<folder> swift test --filter SegmentMarketTests`,
/// in release. The folder is made by the tool `gen_market_data.py`.
@Suite(.enabled(if: getenv("TICKGATE_MARKET") != nil), .serialized) struct SegmentMarketTests {
    private static let folder = getenv("TICKGATE_MARKET").map { String(cString: $0) } ?? ""

    private static let trades = Fixture.schema("trades", [("price", .float64), ("size", .float64), ("side", .symbol)])
    private static let quotes = Fixture.schema(
        "quotes",
        [("bid", .float64), ("ask", .float64), ("bid_size", .float64), ("ask_size", .float64)]
    )

    private func column<Value: BitwiseCopyable>(_ name: String, _: Value.Type) throws -> [Value] {
        let data = try Data(contentsOf: URL(fileURLWithPath: Self.folder + "/" + name))
        return data.withUnsafeBytes { Array($0.bindMemory(to: Value.self)) }
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Writes a table a day a file, series by series in groups of 8,192 rows; prints bytes a row.
    private func write(
        _ schema: TableSchema,
        times: [Int64],
        symbols: [UInt8],
        _ values: [(Range<Int>, [Int]) -> Vector]
    ) throws -> [(SegmentEntry, String)] {
        let directory = TemporaryDirectory()
        let files = PosixFileSystem()
        try files.createDirectory(directory.path)
        let table = TableEntry(id: TableID(rawValue: 1), schema: schema)
        var rows = [[Int]](repeating: [], count: 20)
        for row in times.indices { rows[Int(symbols[row])].append(row) }
        var entries: [(SegmentEntry, String)] = []
        var seconds = 0.0
        for (number, day) in Set(stride(from: 0, to: times.count, by: 1_000).map { times[$0] / CivilTime.day }).sorted()
            .enumerated()
        {
            var writer = try SegmentWriter(
                table: table,
                partition: Int32(day),
                id: UInt64(number),
                directory: directory.path,
                files: files,
                compression: .smallest
            )
            for series in 0..<20 {
                let own = rows[series].filter { times[$0] / CivilTime.day == day }
                for start in stride(from: 0, to: own.count, by: 8_192) {
                    let group = Array(own[start..<min(start + 8_192, own.count)])
                    let columns: [Vector?] =
                        [.timestamps(group.map { times[$0] }), nil] + values.map { $0(0..<group.count, group) }
                    let begin = Self.now()
                    try writer.append(
                        series: SeriesID(series),
                        name: "S\(series)",
                        columns: columns,
                        rowCount: group.count
                    )
                    seconds += Self.now() - begin
                }
            }
            let entry = try writer.finish(firstLSN: 1, lastLSN: 1, filteredLSN: 1)
            entries.append((entry, directory.file("seg-\(number).seg")))
        }
        let bytes = entries.reduce(0) { $0 + Int($1.0.byteCount) }
        print("\(schema.name): \(Double(bytes) / Double(times.count)) bytes a row,", terminator: " ")
        print("written at \(Double(times.count) / seconds / 1e6) M rows/s")
        return entries
    }

    private func read(_ entries: [(SegmentEntry, String)], _ schema: TableSchema, columns: [Int]) throws {
        let files = PosixFileSystem()
        var readers: [SegmentReader] = []
        for (entry, path) in entries {
            let mapped = try #require(try files.map(path))
            readers.append(try SegmentReader(bytes: .mapped(mapped), path: path, entry: entry))
        }
        var best = Double.infinity
        var total: Int64 = 0
        var rows = 0
        for _ in 0..<5 {
            let begin = Self.now()
            total = 0
            rows = 0
            for reader in readers {
                for group in 0..<reader.groupCount {
                    for column in columns {
                        let type = schema.columns[column].type
                        let vector = try reader.vector(group: group, column: column, type: type, series: "")
                        if column == columns.first { rows += vector.count }
                        total &+= Self.sum(vector)
                    }
                }
            }
            best = min(best, Self.now() - begin)
        }
        let names = columns.map { schema.columns[$0].name }.joined(separator: ", ")
        print("\(schema.name) (\(names)): \(Double(rows) / best / 1e6) M rows/s, sum \(total)")
    }

    private static func sum(_ vector: Vector) -> Int64 {
        var total: Int64 = 0
        switch vector.form {
        case .int64(let values), .scaledInteger(let values, _):
            values.withUnsafeBufferPointer { for value in $0 { total &+= value } }
        case .float64(let values):
            values.withUnsafeBufferPointer { for value in $0 { total &+= Int64(truncatingIfNeeded: value.bitPattern) } }
        case .dictionary(let codes, _):
            codes.withUnsafeBufferPointer { for code in $0 { total &+= Int64(code) } }
        default: break
        }
        return total
    }

    @Test func tradesAndQuotes() throws {
        let times = try column("trades/ts.i64", Int64.self)
        let prices = try column("trades/price.f64", Double.self)
        let sizes = try column("trades/size.f64", Double.self)
        let sides = try column("trades/side.u8", UInt8.self)
        let dictionary = StringDictionary(["buy", "sell"])
        let trades = try write(
            Self.trades,
            times: times,
            symbols: try column("trades/sym.u8", UInt8.self),
            [
                { _, rows in .float64(rows.map { prices[$0] }) }, { _, rows in .float64(rows.map { sizes[$0] }) },
                { _, rows in
                    Vector(type: .symbol, form: .dictionary(Buffer(rows.map { UInt32(sides[$0]) }), dictionary))
                },
            ]
        )
        try read(trades, Self.trades, columns: [2, 3, 4])
        for column in [0, 2, 3, 4] { try read(trades, Self.trades, columns: [column]) }
        try read(trades, Self.trades, columns: [0, 2, 3, 4])
        let names = ["bid", "ask", "bsz", "asz"]
        let columns = try names.map { try column("quotes/\($0).f64", Double.self) }
        let quotes = try write(
            Self.quotes,
            times: try column("quotes/ts.i64", Int64.self),
            symbols: try column("quotes/sym.u8", UInt8.self),
            columns.map { values in { _, rows in .float64(rows.map { values[$0] }) } }
        )
        try read(quotes, Self.quotes, columns: [0, 2, 3, 4, 5])
    }
}
