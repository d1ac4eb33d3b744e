import Columnar
import Store
import Testing

/// Tables with a dedup key: of rows that agree in series, time and key the last written one stands, and no reader sees two.
@Suite struct DuplicateTests {
    private static let schema = TableSchema(
        name: "fills",
        kind: .event,
        columns: [
            Column("time", .timestamp), Column("symbol", .symbol), Column("id", .int64), Column("price", .float64),
        ],
        dedup: ["id", "time"]
    )!

    private struct Row {
        let series: String
        let time: Int64
        let id: Int64?
        let price: Int64
    }

    private static func group(_ rows: [Row]) -> [AppendGroup] {
        Dictionary(grouping: rows, by: \.series).sorted { $0.key < $1.key }.map { series, rows in
            let ids = Vector.int64(rows.map { $0.id ?? 0 })
            return AppendGroup(
                table: "fills",
                series: series,
                columns: [
                    .timestamps(rows.map(\.time)), nil,
                    Vector(type: .int64, form: ids.form, validity: Validity(rows.map { $0.id != nil })),
                    .decimals(rows.map(\.price), scale: 2),
                ],
                rowCount: rows.count
            )
        }
    }

    /// The rows that should be seen, the simple way.
    private static func expected(_ rows: [Row]) -> [String: [[Scalar]]] {
        var result: [String: [[Scalar]]] = [:]
        let ordered = rows.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(
            \.element
        )
        for (index, row) in ordered.enumerated() {
            let isReplaced = ordered[(index + 1)...].contains {
                $0.series == row.series && $0.time == row.time && $0.id == row.id
            }
            if isReplaced { continue }
            result[row.series, default: []].append([
                .timestamp(row.time), .text(row.series), row.id.map { .int64($0) } ?? .null,
                .float64(ScaledInteger.double(row.price, scale: 2)),
            ])
        }
        return result
    }

    @Test(arguments: 1...24 as ClosedRange<UInt64>)
    func noReaderSeesBothOfTwoRowsOfOneKey(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let directory = TemporaryDirectory()
        var store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Self.schema)
        var rows: [Row] = []
        for _ in 0..<30 {
            let batch = (0..<Int.random(in: 1...40, using: &generator)).map { _ in
                Row(
                    series: ["A", "B", "C"].randomElement(using: &generator) ?? "A",
                    time: Int64.random(in: 0..<25, using: &generator) * CivilTime.hour,
                    id: Int.random(in: 0..<5, using: &generator) == 0
                        ? nil : Int64.random(in: 0..<3, using: &generator),
                    price: Int64.random(in: 1...10_000, using: &generator)
                )
            }
            rows += batch
            try store.append(AppendBatch(groups: Self.group(batch)), durability: .interval)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: try store.flush()
            case 1: try store.compact()
            case 2:
                store.close(flush: Bool.random(using: &generator))
                store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
            default: break
            }
            #expect(try store.rows("fills") == Self.expected(rows))
            #expect(try store.rows("fills", isForward: false) == Self.expected(rows))
        }
        try store.compact()
        #expect(try store.rows("fills") == Self.expected(rows))
        store.close()
    }

    @Test func keysOfDoublesTakeNaNForOneValueAndBothZerosToo() throws {
        let schema = TableSchema(
            name: "t",
            kind: .event,
            columns: [Column("time", .timestamp), Column("x", .float64), Column("n", .int64)],
            series: nil,
            dedup: ["x"]
        )!
        let store = try Store.open(directory: TemporaryDirectory().path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(schema)
        let keys: [Double] = [.nan, 0, -.zero, .nan, 1]
        try store.append(
            AppendGroup(
                table: "t",
                series: "",
                columns: [
                    .timestamps([Int64](repeating: 7, count: 5)), .float64(keys), .int64([1, 2, 3, 4, 5]),
                ],
                rowCount: 5
            )
        )
        #expect(try store.rows("t")[""]?.map { $0[2] } == [.int64(3), .int64(4), .int64(5)])
        store.close()
    }
}
