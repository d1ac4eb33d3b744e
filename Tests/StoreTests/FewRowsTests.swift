import Columnar
import Store
import StoreSupport
import Testing

/// Scans of a few rows of long series: in many row groups, that overlap, replace each other and are deleted in part.
@Suite struct FewRowsTests {
    private static let start: Int64 = 1_700_006_400_000_000_000

    private static let bars = Fixture.schema(
        "bars",
        [("price", .float64), ("side", .symbol), ("size", .int64)],
        kind: .regular(timeframe: CivilTime.second)
    )

    /// Rows a second apart or less, with gaps; prices as floats, decimals or any double.
    private func group(
        _ schema: TableSchema,
        _ series: String,
        from start: Int64,
        count: Int,
        _ generator: inout SeededGenerator
    ) -> AppendGroup {
        var time = start
        let shape = Int.random(in: 0..<3, using: &generator)
        let times = (0..<count).map { _ -> Int64 in
            let chance = Int.random(in: 0..<400, using: &generator)
            time += chance == 0 ? 600 * CivilTime.second : chance < 20 ? 0 : CivilTime.second
            return time
        }
        let prices = times.map { _ -> Double in
            let price = Int.random(in: 9_000...11_000, using: &generator)
            return shape == 0 ? Double(Float(price) / 100) : shape == 1 ? Double(price) / 100 : Double(price) / 97
        }
        return AppendGroup(
            table: schema.name,
            series: series,
            columns: [
                .timestamps(times), nil, .float64(prices),
                .symbols(times.map { $0 % 3 == 0 ? "buy" : "sell" }),
                .int64(times.indices.map { Int64($0) }),
            ],
            rowCount: count
        )
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func theFirstRowsOfAScanAreThoseOfTheWhole(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let schema = seed % 2 == 0 ? Self.bars : Fixture.ticks
        let directory = TemporaryDirectory()
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(schema)
        var clock = Self.start
        for _ in 0..<6 {
            switch Int.random(in: 0..<8, using: &generator) {
            case 0:
                let start = Int64.random(in: Self.start...clock + 1, using: &generator)
                let time = TimeRange(start: start, end: start + 1_500 * CivilTime.second)
                try store.dropRows(of: schema.name, series: .named(["A"]), time: time)
            case 1: clock += 20 * CivilTime.hour
            default: break
            }
            let count = [30, 1_500, 9_000, 20_000].randomElement(using: &generator) ?? 30
            // Late now and then, by some rows or by all.
            let isLate = Int.random(in: 0..<3, using: &generator) == 0
            let lateness = isLate ? Int64.random(in: 0...5_000, using: &generator) : 0
            let start = clock - lateness * CivilTime.second
            try store.append(group(schema, "A", from: start, count: count, &generator))
            try store.append(group(schema, "B", from: start, count: 40, &generator))
            if Int.random(in: 0..<3, using: &generator) != 0 { try store.flush() }
            clock = max(clock, start + Int64(count) * CivilTime.second)
        }
        let snapshot = store.snapshot()
        for number in 0..<14 {
            let first = Int64.random(in: Self.start - CivilTime.hour...clock, using: &generator)
            let length: Int64 = [1, 5_000, 40_000].randomElement(using: &generator) ?? 1
            let time =
                number < 2
                ? TimeRange.all
                : TimeRange(start: number % 4 == 3 ? .min : first, end: first + length * CivilTime.second)
            let request = ScanRequest(
                table: schema.name,
                time: time,
                columns: Array(schema.columns.indices),
                isForward: number % 2 == 0
            )
            _ = try SnapshotReader(snapshot).rows(request)
        }
        store.close()
    }

    @Test func aScanOfFewRowsMayNameSeriesWithoutAny() throws {
        let directory = TemporaryDirectory()
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        try store.append(Fixture.ticks("A", times: [1, 2, 3]), Fixture.ticks("B", times: [10]))
        let request = ScanRequest(
            table: "ticks",
            series: .named(["B", "A", "A", "absent"]),
            time: TimeRange(start: 5, end: 20),
            columns: [0],
            isForward: false,
            rowsMax: 1
        )
        let scan = try store.snapshot().scan(request)
        #expect(scan.series == ["A", "B"])
        var empty = try scan.open(series: 0)
        #expect(try empty.next() == nil)
        var other = try scan.open(series: 1)
        #expect(try other.next()?.lastTime == 10)
        store.close()
    }
}
