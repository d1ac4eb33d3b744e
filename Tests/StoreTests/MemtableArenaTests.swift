import Columnar
import Synchronization
import Testing

@testable import Store

/// The rows of small series, which share chunks, against arrays.
@Suite struct MemtableArenaTests {
    /// A memtable of one table, and its rows the simple way.
    private struct Model {
        let entry: TableEntry
        let memtable = Memtable()
        var rows: [SeriesID: [(time: Int64, lsn: LSN, values: [Scalar])]] = [:]

        init(_ schema: TableSchema) { entry = TableEntry(id: TableID(rawValue: 1), schema: schema) }

        mutating func append(_ columns: [Vector?], rowCount: Int, series: SeriesID, lsn: LSN) {
            memtable.append(entry, columns, rowCount: rowCount, series: series, lsn: lsn)
            for row in 0..<rowCount {
                var values = columns.map { $0?.scalar(at: row) ?? .null }
                values[1] = .text("S\(series)")
                guard case .timestamp(let time) = values[0] else { continue }
                rows[series, default: []].append((time, lsn, values))
            }
        }

        /// What a snapshot at `lsn` should read of a series in a time range.
        func expected(_ series: SeriesID, upTo lsn: LSN, _ time: TimeRange) -> [[Scalar]] {
            let visible = rows[series, default: []].filter { $0.lsn <= lsn && time.contains($0.time) }
            let ordered = visible.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            let isRegular = entry.schema.kind != .event
            return ordered.indices.compactMap { index in
                let isReplaced =
                    isRegular && index + 1 < ordered.count
                    && ordered[index].element.time == ordered[index + 1].element.time
                return isReplaced ? nil : ordered[index].element.values
            }
        }

        func read(_ series: SeriesID, upTo lsn: LSN, _ time: TimeRange) throws -> [[Scalar]] {
            let context = SeriesContext(entry: entry, id: series, name: "S\(series)")
            let state = StoreState(memtables: [memtable])
            let finder = RunFinder(state: state, committed: lsn, time: time)
            var cursor = SeriesCursor(runs: try finder.runs(of: context), context: context, isForward: true)
            var result: [[Scalar]] = []
            while let slice = try cursor.next() {
                let vectors = try entry.schema.columns.indices.map { try slice.vector(column: $0) }
                for (vector, column) in zip(vectors, entry.schema.columns) { #expect(vector.type == column.type) }
                for row in 0..<slice.count { result.append(vectors.map { $0.scalar(at: row) }) }
            }
            #expect(try finder.hasRows(context) == !result.isEmpty)
            return result
        }
    }

    private static let wideBars = Fixture.schema(
        "bars",
        [
            ("flag", .boolean), ("count", .int64), ("price", .float64), ("seen", .timestamp), ("side", .symbol),
            ("note", .string),
        ],
        kind: .regular(timeframe: CivilTime.second)
    )

    /// One column of each type, each in a form at random, null at times.
    private func columns(_ times: [Int64], _ generator: inout SeededGenerator) -> [Vector?] {
        func isNull() -> Bool { Int.random(in: 0..<5, using: &generator) == 0 }
        func number() -> Int64 { Int64.random(in: -1_000...1_000, using: &generator) }
        let count = times.count
        let validity = isNull() ? Validity(times.map { _ in Bool.random(using: &generator) }) : nil
        let texts = times.map { _ in ["", "a", "two words", "naïve"].randomElement(using: &generator) ?? "" }
        var price: Vector?
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: price = .decimals(times.map { _ in number() }, scale: 2)
        case 1: price = .decimals(times.map { _ in number() }, scale: 5)
        case 2: price = .float64(times.map { _ in Double(number()) / 3 })
        default: price = nil
        }
        let isConstant = isNull()
        let side = Vector.symbols(texts)
        return [
            .timestamps(times), nil,
            isNull() ? nil : Vector(type: .boolean, form: .boolean(Buffer(times.map { UInt8($0 & 1) }))),
            isConstant
                ? Vector(type: .int64, form: .constant(.int64(number()), count: count))
                : Vector(type: .int64, form: .sequence(start: number(), step: 3, count: count)),
            price.map { Vector(type: $0.type, form: $0.form, validity: validity) },
            isNull() ? nil : .timestamps(times.map { $0 &+ 5 }),
            isConstant
                ? Vector(type: .symbol, form: .constant(.text("same"), count: count))
                : Vector(type: .symbol, form: side.form, validity: validity),
            isNull() ? nil : .strings(texts),
        ]
    }

    @Test(arguments: 1...16 as ClosedRange<UInt64>)
    func rowsOfManySeriesInAnyOrderAreReadAsOfEachBatch(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var model = Model(seed % 2 == 0 ? Self.wideBars : Fixture.wide)
        var clock: Int64 = 0
        let seriesCount = SeriesID([2, 9, 25].randomElement(using: &generator) ?? 2)
        for lsn in 1...LSN(100) {
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let count = [1, 1, 1, 2, 7, 30, 90].randomElement(using: &generator) ?? 1
                let times = (0..<count).map { _ in
                    clock += Int64.random(in: 0...1, using: &generator)
                    return Int.random(in: 0..<8, using: &generator) == 0
                        ? clock - Int64.random(in: 0...20, using: &generator) : clock
                }
                let series = SeriesID.random(in: 0..<seriesCount, using: &generator)
                model.append(columns(times, &generator), rowCount: count, series: series, lsn: lsn)
            }
        }
        for series in 0..<seriesCount {
            for lsn in [0, 60, 99, LSN.max] {
                let start = Int64.random(in: 0...max(clock, 1), using: &generator)
                for time in [TimeRange.all, TimeRange(start: start, end: start + 50)] {
                    #expect(try model.read(series, upTo: lsn, time) == model.expected(series, upTo: lsn, time))
                }
            }
        }
    }

    @Test func aSeriesLeavesTheArenaWithThe65thRow() throws {
        var model = Model(Fixture.ticks)
        for row in 0..<200 {
            let group = Fixture.ticks("S0", times: [Int64(row)], seq: Int64(row))
            model.append(group.columns, rowCount: 1, series: 0, lsn: LSN(row + 1))
            let table = try #require(model.memtable.table(model.entry.id))
            let series = try #require(table.series(0))
            let context = SeriesContext(entry: model.entry, id: 0, name: "S0")
            #expect(table.smallRows(of: series, context, upTo: .max)?.rowCount == min(row + 1, 64))
            #expect(series.chunks.main.reduce(0) { $0 + $1.visibleCount(upTo: .max) } == max(row - 63, 0))
        }
        #expect(try model.read(0, upTo: .max, .all) == model.expected(0, upTo: .max, .all))
        let big = Fixture.ticks("S1", times: Array(0..<65))
        model.append(big.columns, rowCount: 65, series: 1, lsn: 201)
        let table = try #require(model.memtable.table(model.entry.id))
        let series = try #require(table.series(1))
        #expect(series.lastSmallRow == .none)
        #expect(series.chunks.main.count == 1)
    }

    @Test func rowsOfTheTimeThatTheArenaEndedWithMeetThemInAMergeWhereTheyMayReplaceThem() throws {
        var model = Model(Fixture.bars)
        for lsn in 1...LSN(70) {
            let time = min(Int64(lsn), 60) * CivilTime.minute
            model.append([.timestamps([time]), nil, .float64([Double(lsn)])], rowCount: 1, series: 0, lsn: lsn)
        }
        for lsn in [60, 64, 65, 70] as [LSN] {
            let rows = try model.read(0, upTo: lsn, .all)
            #expect(rows == model.expected(0, upTo: lsn, .all))
            #expect(rows.last?[2] == .float64(Double(lsn)))
        }
    }

    @Test func equalTimesOfATableWithADedupKeyAreNeverBothInTheMainRun() throws {
        let schema = TableSchema(
            name: "trades",
            kind: .event,
            columns: [Column("time", .timestamp), Column("symbol", .symbol), Column("id", .int64)],
            dedup: ["id"]
        )!
        let entry = TableEntry(id: TableID(rawValue: 1), schema: schema)
        let table = MemtableTable(entry)
        let times = (0..<100).map { Int64($0 / 2) }
        _ = table.append([.timestamps(times), nil, .int64(0..<100)], rowCount: 100, series: 0, lsn: 1)
        _ = table.append([.timestamps([7, 7]), nil, .int64([1, 2])], rowCount: 2, series: 1, lsn: 2)
        let chunks = try #require(table.series(0)).chunks
        for chunk in chunks.main {
            let main = chunk.times(column: 0, rows: chunk.visibleCount(upTo: .max)).array
            #expect(zip(main, main.dropFirst()).allSatisfy { $0 < $1 })
        }
        #expect(chunks.late.reduce(0) { $0 + $1.visibleCount(upTo: .max) } == 50)
        let small = try #require(table.series(1))
        let context = SeriesContext(entry: entry, id: 1, name: "S1")
        #expect(table.smallRows(of: small, context, upTo: .max)?.hasDuplicates == true)
    }

    @Test func aHundredThousandSeriesOfTenRowsTakeFiftyMegabytes() throws {
        let entry = TableEntry(id: TableID(rawValue: 1), schema: Fixture.ticks)
        let memtable = Memtable()
        for round in 0..<2 {
            let group = Fixture.ticks("S", times: (0..<5).map { Int64(round * 5 + $0) })
            for series in 0..<SeriesID(100_000) {
                let lsn = LSN(round * 100_000) + LSN(series)
                memtable.append(entry, group.columns, rowCount: 5, series: series, lsn: lsn)
            }
        }
        #expect(memtable.rowCount.load(ordering: .relaxed) == 1_000_000)
        let bytes = memtable.byteCount.load(ordering: .relaxed)
        // 32 bytes of values and stamps and 4 of a link a row, and what a series costs.
        #expect((36_000_000...50_000_000).contains(bytes), "\(bytes) bytes")
    }

    @Test func formsThatAlternateFillAChunkEach() throws {
        let entry = TableEntry(id: TableID(rawValue: 1), schema: Fixture.bars)
        let memtable = Memtable()
        for row in 0..<20_000 {
            let price = Vector.decimals([5], scale: row % 23)
            memtable.append(
                entry,
                [.timestamps([Int64(row)]), nil, row % 5 == 0 ? nil : price],
                rowCount: 1,
                series: SeriesID(row % 1_000),
                lsn: LSN(row + 1)
            )
        }
        let chunks = try #require(memtable.table(entry.id)).arena.chunks
        #expect(chunks.count < 24 * 12)
        #expect(memtable.byteCount.load(ordering: .relaxed) < 20_000 * 2 * 26 + 1_000 * 112 + 24 * 12 * 1_024)
    }

    @Test func aLongTextDoesNotMakeTheNextChunkHuge() throws {
        let entry = TableEntry(id: TableID(rawValue: 1), schema: Fixture.schema("notes", [("note", .string)]))
        let memtable = Memtable()
        let long = String(repeating: "x", count: 300_000)
        for row in 0..<40 {
            let note = Vector.strings([row % 3 == 0 ? long : "short"])
            memtable.append(
                entry,
                [.timestamps([Int64(row)]), nil, note],
                rowCount: 1,
                series: SeriesID(row % 4),
                lsn: LSN(row + 1)
            )
        }
        #expect(memtable.byteCount.load(ordering: .relaxed) < 3 * 14 * 300_000)
    }

    @Test func aColumnThatWasAddedLaterIsNullInRowsThatWereThere() throws {
        let grown = try #require(Fixture.ticks.adding(Column("note", .string)))
        let entry = TableEntry(id: TableID(rawValue: 1), schema: Fixture.ticks)
        let table = MemtableTable(entry)
        for (series, count) in [(0, 3), (1, 100)] {
            let group = Fixture.ticks("S", times: (0..<count).map { Int64($0) })
            _ = table.append(group.columns, rowCount: count, series: SeriesID(series), lsn: 1)
        }
        let later = TableEntry(id: entry.id, schema: grown)
        let context = SeriesContext(entry: later, id: 0, name: "S")
        let series = try #require(table.series(0))
        let small = try #require(table.smallRows(of: series, context, upTo: 1))
        let chunk = try #require(table.series(1)?.chunks.main.first)
        let own = ChunkSource(chunk: chunk, rowCount: 100, table: table, context: context)
        for (vector, count) in [(try small.vector(column: 5), 3), (try own.vector(column: 5), 100)] {
            #expect(vector.count == count)
            #expect(vector.type == .string)
            #expect(vector.scalar(at: count - 1) == .null)
        }
    }
}
