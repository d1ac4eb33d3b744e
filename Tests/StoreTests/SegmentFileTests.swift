import Columnar
import Testing

@testable import Store

/// Whole segment files: several series, packed groups, both read modes, old files, wild bytes.
@Suite struct SegmentFileTests {
    private let files = FaultyFileSystem.quick

    private func bytes(_ path: String, _ mode: StoreOptions.ReadMode) throws -> SegmentBytes {
        switch mode {
        case .mapped: .mapped(try #require(try files.map(path)))
        case .buffered: .file(try #require(try files.openForReading(path)))
        }
    }

    /// All rows by series, and every promise of the index checked.
    private func rows(_ reader: SegmentReader, _ schema: TableSchema) throws -> [SeriesID: [[Scalar]]] {
        var result: [SeriesID: [[Scalar]]] = [:]
        for place in 0..<reader.seriesCount {
            let series = try reader.series(at: place)
            #expect(try reader.series(series.id) == series)
            var rows: [[Scalar]] = []
            for number in series.groups {
                let group = try reader.group(number)
                let vectors = try schema.columns.enumerated().map { column, definition in
                    let type = definition.type
                    let vector = try reader.vector(group: number, column: column, type: type, series: series.name)
                    let statistics = reader.statistics(group: number, column: column, type: type, series: series.name)
                    if let statistics, column != schema.seriesColumn {
                        if case .constant(.null, _) = vector.form {
                        } else if statistics.first != nil {
                            SegmentCodecTests.checkStatistics(statistics, vector)
                        }
                    }
                    return vector
                }
                let range = group.isPacked ? series.firstRow..<series.firstRow + series.rowCount : 0..<group.rowCount
                for row in range { rows.append(vectors.map { SegmentCodecTests.exact($0, row) }) }
            }
            #expect(rows.count == series.rowCount)
            #expect(rows.first?[schema.timeColumn] == .timestamp(series.firstTime))
            #expect(rows.last?[schema.timeColumn] == .timestamp(series.lastTime))
            result[series.id] = rows
        }
        return result
    }

    // MARK: Version 1

    @Test(arguments: [StoreOptions.ReadMode.mapped, .buffered])
    func aFileOfVersion1IsRead(mode: StoreOptions.ReadMode) throws {
        typealias Fixture1 = SegmentVersion1Fixture
        let directory = TemporaryDirectory()
        try files.createDirectory(directory.path)
        try directory.write(Fixture1.bytes, to: "old.seg")
        let found = try SegmentReader.entry(of: try bytes(directory.file("old.seg"), mode), path: "old.seg")
        #expect(found.entry.rowCount == 312 && found.entry.id == Fixture1.id && found.entry.lastLSN == Fixture1.lastLSN)
        #expect(found.entry.partition == Fixture1.partition && found.entry.table == Fixture1.table.id)
        #expect(found.schema.columns == Fixture.wide.columns)
        #expect(found.series.map(\.name) == ["A", "Bé"])
        let reader = try SegmentReader(
            bytes: try bytes(directory.file("old.seg"), mode),
            path: "old.seg",
            entry: found.entry
        )
        try reader.verify()
        var expected: [SeriesID: [[Scalar]]] = [:]
        for group in Fixture1.groups {
            for row in 0..<(group.columns[0]?.count ?? 0) {
                expected[group.series, default: []].append(
                    Fixture.wide.columns.indices.map { column in
                        if column == 1 { return .text(group.name) }
                        return group.columns[column].map { SegmentCodecTests.exact($0, row) } ?? .null
                    }
                )
            }
        }
        #expect(try rows(reader, Fixture.wide) == expected)
    }

    // MARK: Packed groups

    /// Rows of `ticks` of many series through the builder, as a flush does.
    private func write(
        _ series: [(id: SeriesID, count: Int)],
        _ compression: StoreOptions.Compression,
        to directory: TemporaryDirectory
    ) throws -> (SegmentEntry, [SeriesID: [[Scalar]]]) {
        try files.createDirectory(directory.path)
        let table = TableEntry(id: TableID(rawValue: 3), schema: Fixture.ticks)
        var writer = try SegmentWriter(
            table: table,
            partition: 5,
            id: 9,
            directory: directory.path,
            files: files,
            compression: compression
        )
        var groups = RowGroupBuilder(schema: Fixture.ticks)
        var expected: [SeriesID: [[Scalar]]] = [:]
        for (id, count) in series {
            let context = SeriesContext(entry: table, id: id, name: "S\(id)")
            for start in stride(from: 0, to: count, by: 700) {
                let times = (start..<min(start + 700, count)).map { Int64($0) * 1_000_003 + Int64(id) }
                let group = Fixture.ticks("S\(id)", times: times, seq: Int64(start))
                try groups.add(
                    VectorSlice(columns: group.columns, name: context.name, times: times),
                    of: context,
                    to: &writer
                )
                for row in times.indices {
                    let row = group.columns.map { $0.map { SegmentCodecTests.exact($0, row) } ?? .text("S\(id)") }
                    expected[id, default: []].append(row)
                }
            }
        }
        try groups.finish(to: &writer)
        return (try writer.finish(firstLSN: 7, lastLSN: 8, filteredLSN: 6), expected)
    }

    @Test(arguments: [StoreOptions.Compression.smallest, .none], [StoreOptions.ReadMode.mapped, .buffered])
    func smallSeriesShareGroups(compression: StoreOptions.Compression, mode: StoreOptions.ReadMode) throws {
        let directory = TemporaryDirectory()
        let series: [(SeriesID, Int)] = [
            (0, 10), (1, 1_023), (2, 1_024), (3, 1), (4, 20_000), (5, 900), (6, 1_000), (7, 1_000), (8, 1_000),
            (9, 1_000), (10, 1_000), (11, 1_000), (12, 1_000), (13, 1_000), (14, 3),
        ]
        let (entry, expected) = try write(series, compression, to: directory)
        let path = directory.file("seg-9.seg")
        let reader = try SegmentReader(bytes: try bytes(path, mode), path: path, entry: entry)
        #expect(try rows(reader, Fixture.ticks) == expected)
        #expect(try SegmentReader.entry(of: try bytes(path, mode), path: path).entry == entry)
        #expect(entry.filteredLSN == 6 && reader.lastLSN == 8 && reader.rowCount == Int(entry.rowCount))
        try reader.verify()
        #expect(try reader.series(99) == nil)
        let big = try #require(try reader.series(4))
        #expect(big.groupCount == 3)
        #expect(try reader.groups(of: big, in: .all) == big.groups)
        let middle = 10_000 * 1_000_003 as Int64
        #expect(
            try reader.groups(of: big, in: TimeRange(start: middle, end: middle + 1)) == big.firstGroup + 1..<big
                .firstGroup + 2
        )
        #expect(try reader.groups(of: big, in: TimeRange(start: .min, end: 0)).isEmpty)
        let small = try #require(try reader.series(3))
        #expect(try reader.group(small.firstGroup).isPacked)
        #expect(try reader.groups(of: small, in: TimeRange(start: 4, end: 9)).isEmpty)
        #expect(reader.statistics(group: small.firstGroup, column: 2, type: .float64, series: "S3") == nil)
        #expect(reader.statistics(group: small.firstGroup, column: 1, type: .symbol, series: "S3")?.min == .text("S3"))
    }

    @Test func aLoneSmallSeriesHasAGroupOfItsOwn() throws {
        let directory = TemporaryDirectory()
        let (entry, expected) = try write([(7, 20)], .smallest, to: directory)
        let path = directory.file("seg-9.seg")
        let reader = try SegmentReader(bytes: try bytes(path, .mapped), path: path, entry: entry)
        #expect(try !reader.group(0).isPacked)
        #expect(try rows(reader, Fixture.ticks) == expected)
        #expect(reader.statistics(group: 0, column: 4, type: .int64, series: "S7")?.sum == .integer(190))
        #expect(reader.statistics(group: 0, column: 3, type: .symbol, series: "S7")?.last != nil)
    }

    @Test func manySmallSeriesTakeLessThanTwiceTheirPlainSize() throws {
        let directory = TemporaryDirectory()
        let (entry, _) = try write((0..<5_000).map { (SeriesID($0), 10) }, .smallest, to: directory)
        #expect(entry.byteCount < 5_000 * 10 * 25 * 2)
    }

    // MARK: Wild bytes

    /// Chunks that pass their checksums and are nonsense: an error or rows, never a trap.
    @Test(arguments: 1...12 as ClosedRange<UInt64>, [StoreOptions.Compression.smallest, .none])
    func wildChunksAreRowsOrErrors(seed: UInt64, compression: StoreOptions.Compression) throws {
        var generator = SeededGenerator(seed: seed)
        for vector in wildVectors(&generator) {
            let symbols = SymbolDictionary()
            var writer = ByteWriter()
            let count = vector.count
            let entry = ColumnEncoder(rowCount: count, symbols: symbols, compression: compression)
                .encode(vector, to: &writer)
            let bytes = Array(writer.bytes)
            for _ in 0..<80 where !bytes.isEmpty {
                var wild = bytes
                // Mostly the header, where each byte decides something.
                let end = Bool.random(using: &generator) ? min(wild.count, 40) : wild.count
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    let value = [0, 1, 0x7F, 0x80, 0xFF, UInt8(truncatingIfNeeded: generator.next())]
                    wild[Int.random(in: 0..<end, using: &generator)] = value.randomElement(using: &generator) ?? 0
                }
                if Int.random(in: 0..<4, using: &generator) == 0 {
                    wild.removeLast(Int.random(in: 1...wild.count, using: &generator))
                }
                var other = entry
                if Int.random(in: 0..<4, using: &generator) == 0 {
                    other.encoding = ChunkEncoding(rawValue: UInt8.random(in: 0...5, using: &generator)) ?? .integers
                    other.kind = ChunkKind(rawValue: UInt8.random(in: 0...7, using: &generator)) ?? .none
                }
                let owner = OwnedMemory<UInt64>(capacity: wild.count / 8 + 1)
                let target = UnsafeMutableRawBufferPointer(start: owner.base, count: wild.count)
                target.copyBytes(from: wild)
                var reader = ByteReader(UnsafeRawBufferPointer(target), owner: owner)
                let whole = reader
                let decoder = ColumnDecoder(entry: other, type: vector.type, rowCount: count)
                for rows in [0..<1, count / 2..<count / 2 + 1, count - 1..<count, count / 3..<count] {
                    let few = RowDecoder(entry: other, type: vector.type, rowCount: count, rows: rows)
                    var again = whole
                    if let found = try? few.decode(from: &again, symbols.stable) {
                        #expect(found.count == rows.count)
                        for row in 0..<rows.count { _ = found.scalar(at: row) }
                    }
                }
                var search = whole
                if let stream = try? IntegerStream(from: &search),
                    let place = try? stream.place(of: Int64(bitPattern: generator.next()), count: count, from: &search)
                {
                    #expect((0...count).contains(place.row))
                }
                guard let decoded = try? decoder.decode(from: &reader, symbols.stable) else { continue }
                #expect(decoded.count == count)
                for row in 0..<count { _ = decoded.scalar(at: row) }
            }
        }
    }

    private func wildVectors(_ generator: inout SeededGenerator) -> [Vector] {
        let count = [1, 17, 300, 1_100].randomElement(using: &generator) ?? 1
        let integers = SegmentCodecTests.integers(count, &generator)
        let texts = (0..<count).map { _ in "s\(Int.random(in: 0..<300, using: &generator))" }
        let doubles = integers.map { Int($0 & 63) == 1 ? Double.nan : Double($0 & 0xFFFF) / 100 }
        let reals = integers.map { Double($0) * 1.000_000_1 }
        let floats = integers.map { Double(Float($0 & 0xFFFF) / 100) }
        return [
            .float64(floats), .float64(floats.map { Double(Float($0) * 1.37) }),
            .int64(integers), .decimals(integers, scale: 3), .symbols(texts), .strings(texts), .float64(doubles),
            .float64(reals), Vector(type: .boolean, form: .boolean(Buffer(integers.map { UInt8($0 & 1) }))),
            Vector(
                type: .int64,
                form: .int64(Buffer(integers)),
                validity: Validity(integers.map { $0 & 3 != 0 || count == 1 })
            ),
        ]
    }

    /// Every byte of a file flipped, with the index's checksums fixed up, in both read modes.
    @Test(arguments: [StoreOptions.ReadMode.mapped, .buffered])
    func aFlippedByteAnywhereIsAnErrorOrUnseen(mode: StoreOptions.ReadMode) throws {
        let directory = TemporaryDirectory()
        let (entry, expected) = try write([(0, 30), (1, 1_200), (3, 12)], .smallest, to: directory)
        let path = directory.file("seg-9.seg")
        let bytes = try directory.read("seg-9.seg")
        var detected = 0
        let offsets = Array(stride(from: 0, to: bytes.count, by: 5))
        for offset in offsets {
            var damaged = bytes
            damaged[offset] ^= 1 << UInt8(offset % 8)
            try directory.write(damaged, to: "seg-9.seg")
            do {
                let reader = try SegmentReader(bytes: try self.bytes(path, mode), path: path, entry: entry)
                try reader.verify()
                #expect(try rows(reader, Fixture.ticks) == expected)
            } catch let error as TableError {
                #expect(error.code == .corrupt && error.message.contains("seg-9.seg"))
                detected += 1
            }
        }
        #expect(detected > offsets.count * 95 / 100)
    }
}

/// Rows that lie in vectors.
private struct VectorSlice: SeriesSlice {
    let columns: [Vector?]
    let name: String
    let times: [Int64]

    var count: Int { times.count }
    var firstTime: Int64 { times[0] }
    var lastTime: Int64 { times[times.count - 1] }

    func vector(column: Int) throws(TableError) -> Vector {
        columns[column] ?? Vector(type: .symbol, form: .constant(.text(name), count: count))
    }

    func statistics(column: Int) -> ColumnStatistics? { nil }
}
