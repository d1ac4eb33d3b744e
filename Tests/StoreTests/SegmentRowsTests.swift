import CKernels
import Columnar
import Testing

@testable import Store

/// Few rows of a chunk: the same values as when all are decoded.
@Suite struct SegmentRowsTests {
    private let files = FaultyFileSystem.quick

    /// Encodes a column and compares some rows, and single ones, with the whole.
    private func check(_ vector: Vector, _ generator: inout SeededGenerator, _ comment: Comment) throws {
        for compression in [StoreOptions.Compression.smallest, .none] {
            let symbols = SymbolDictionary()
            var writer = ByteWriter()
            let entry = ColumnEncoder(rowCount: vector.count, symbols: symbols, compression: compression)
                .encode(vector, to: &writer)
            let owner = OwnedMemory<UInt64>(capacity: writer.count / 8)
            UnsafeMutableRawBufferPointer(start: owner.base, count: writer.count).copyMemory(from: writer.bytes)
            let bytes = UnsafeRawBufferPointer(start: owner.base, count: writer.count)
            for _ in 0..<24 {
                let start = Int.random(in: 0..<vector.count, using: &generator)
                let longest = [1, 1, 3, 40, 2_000].randomElement(using: &generator) ?? 1
                let rows = start..<min(start + Int.random(in: 1...longest, using: &generator), vector.count)
                var reader = ByteReader(bytes, owner: owner)
                let found = try RowDecoder(entry: entry, type: vector.type, rowCount: vector.count, rows: rows)
                    .decode(from: &reader, symbols.stable)
                try #require(found.count == rows.count && found.type == vector.type)
                for row in rows {
                    let value = SegmentCodecTests.exact(found, row - rows.lowerBound)
                    guard value != SegmentCodecTests.exact(vector, row) else { continue }
                    Issue.record("row \(row) of \(rows): \(vector.scalar(at: row)) became \(value), \(comment)")
                    return
                }
            }
        }
    }

    @Test(arguments: 1...90 as ClosedRange<UInt64>)
    func fewIntegersAreThoseOfTheWhole(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let count = SegmentCodecTests.counts[Int(seed) % SegmentCodecTests.counts.count]
        let validity = SegmentCodecTests.validity(count, &generator)
        let values = Buffer(SegmentCodecTests.integers(count, &generator))
        let vector = Vector(type: .int64, form: .int64(values), validity: validity)
        try check(vector, &generator, "seed \(seed)")
        try check(Vector(type: .timestamp, form: .int64(values)), &generator, "times, seed \(seed)")
        let decimals = Vector(type: .float64, form: .scaledInteger(values, scale: 3), validity: validity)
        try check(decimals, &generator, "decimals, seed \(seed)")
    }

    /// Doubles of every encoding: decimals with and without exceptions, floats, short decimals of floats, anything.
    private func doubles(_ count: Int, _ generator: inout SeededGenerator) -> [Double] {
        let shape = Int.random(in: 0..<7, using: &generator)
        var price = 10_000
        return (0..<count).map { _ in
            price += Int.random(in: -9...9, using: &generator)
            let isOdd = Int.random(in: 0..<90, using: &generator) == 0
            let odd: [Double] = [.nan, .infinity, -0.0, 1e300, 1 / 3]
            switch shape {
            case 0: return Double(price) / 100
            case 1: return isOdd ? odd.randomElement(using: &generator) ?? 0 : Double(price) / 100
            case 2: return Double(Float(price) / 100)
            case 3: return isOdd ? Double(Float.random(in: 0...1, using: &generator)) : Double(Float(price) / 100)
            case 4: return Double(Float.random(in: 90...110, using: &generator))
            case 5: return Double(Float(bitPattern: UInt32.random(in: 0..<0xFF00_0000, using: &generator)))
            default: return Double.random(in: 90...110, using: &generator)
            }
        }
    }

    @Test(arguments: 1...120 as ClosedRange<UInt64>)
    func fewDoublesAreThoseOfTheWhole(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let count = SegmentCodecTests.counts[Int(seed) % SegmentCodecTests.counts.count]
        let validity = SegmentCodecTests.validity(count, &generator)
        let vector = Vector(type: .float64, form: .float64(Buffer(doubles(count, &generator))), validity: validity)
        try SegmentCodecTests.check(vector, "seed \(seed)")
        try check(vector, &generator, "seed \(seed)")
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func fewTruthValuesAndTextsAreThoseOfTheWhole(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let count = SegmentCodecTests.counts[Int(seed) % SegmentCodecTests.counts.count]
        let validity = SegmentCodecTests.validity(count, &generator)
        let flags = (0..<count).map { _ in UInt8.random(in: 0...(seed % 5 == 0 ? 0 : 1), using: &generator) }
        let distinct = [1, 3, 300].randomElement(using: &generator) ?? 1
        let texts = (0..<count).map { _ in "s\(Int.random(in: 0..<distinct, using: &generator))" }
        try check(Vector(type: .boolean, form: .boolean(Buffer(flags)), validity: validity), &generator, "flags")
        try check(Vector(type: .symbol, form: Vector.symbols(texts).form, validity: validity), &generator, "symbols")
        try check(Vector(type: .string, form: Vector.strings(texts).form, validity: validity), &generator, "texts")
    }

    // MARK: Floats

    @Test func pricesThatCameAsFloatsTakeAsManyBitsAsDecimals() throws {
        var generator = SeededGenerator(seed: 8)
        var price = 10_000
        let values = (0..<8_192).map { _ -> Double in
            price += Int.random(in: -4...4, using: &generator)
            return Double(Float(price) / 100)
        }
        let (decoded, entry, byteCount) = try SegmentCodecTests.roundTrip(.float64(values))
        #expect(entry.kind == .float64 && entry.encoding == .floatDecimals && entry.scale == 2)
        #expect(byteCount < 8_192 * 5 / 8)
        guard case .float64 = decoded.form else {
            Issue.record("they are doubles: sums are those of the floats")
            return
        }
        let whole = values.map { Double(Int($0)) }
        #expect(try SegmentCodecTests.roundTrip(.float64(whole)).1.kind == .scaledInteger)
    }

    @Test func otherFloatsTakeLessThanFourBytes() throws {
        var generator = SeededGenerator(seed: 9)
        let values = (0..<8_192).map { _ in Double(Float.random(in: 90...110, using: &generator)) }
        let (_, entry, byteCount) = try SegmentCodecTests.roundTrip(.float64(values))
        #expect(entry.kind == .float64 && entry.encoding == .floats)
        #expect(byteCount < 8_192 * 23 / 8)
        // At 4 to 9 every double is a decimal of 15 digits after the point, and of 53 bits.
        let small = values.map { Double(Float($0 / 20)) }
        #expect(try SegmentCodecTests.roundTrip(.float64(small)).1.encoding == .floats)
    }

    // MARK: Search

    @Test(arguments: 1...120 as ClosedRange<UInt64>)
    func aPlaceAmongTimesIsFoundWithoutDecodingThem(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let count = SegmentCodecTests.counts[Int(seed) % SegmentCodecTests.counts.count]
        let shape = Int.random(in: 0..<5, using: &generator)
        var time = Int64.random(in: -5...1_700_000_000_000_000_000, using: &generator)
        let times = (0..<count).map { row -> Int64 in
            switch shape {
            case 0: time += 60
            case 1: time += row % 390 == 0 ? 60_000 : 60
            case 2: time += Int64.random(in: 0...1_000_000, using: &generator)
            case 3: time += Int.random(in: 0..<40, using: &generator) == 0 ? 1 << 40 : Int64(row & 1)
            default: time += 0
            }
            return time
        }
        for compression in [StoreOptions.Compression.smallest, .none] {
            var writer = ByteWriter()
            times.withUnsafeBufferPointer { times in
                let summary = tickgate_summarize(times.baseAddress, times.count)
                IntegerStreamEncoder.put(times, summary, compression: compression, to: &writer)
            }
            let owner = OwnedMemory<UInt64>(capacity: writer.count / 8)
            UnsafeMutableRawBufferPointer(start: owner.base, count: writer.count).copyMemory(from: writer.bytes)
            var wanted: [Int64] = [.min, .max, times[0], times[count - 1], times[0] - 1, times[count - 1] + 1]
            for _ in 0..<30 { wanted.append(times[Int.random(in: 0..<count, using: &generator)]) }
            for _ in 0..<30 { wanted.append(Int64.random(in: times[0]...times[count - 1], using: &generator)) }
            for value in wanted {
                var reader = ByteReader(UnsafeRawBufferPointer(start: owner.base, count: writer.count), owner: owner)
                let place = try IntegerStream(from: &reader).place(of: value, count: count, from: &reader)
                let row = times.firstIndex { $0 >= value } ?? count
                #expect(place.row == row, "\(value), seed \(seed)")
                if row > 0 { #expect(place.before == times[row - 1], "\(value), seed \(seed)") }
                if row < count { #expect(place.at == times[row], "\(value), seed \(seed)") }
            }
        }
    }

    @Test(arguments: 0...64)
    func someRowsUnpackTheSameWithAndWithoutVectors(width: Int) {
        var generator = SeededGenerator(seed: UInt64(width))
        let count = 2_500
        let values = (0..<count).map { _ in width == 0 ? 0 : generator.next() >> UInt64(64 - width) }
        var packed = [UInt64](repeating: 0, count: tickgate_packed_words(count, UInt32(width)))
        tickgate_pack(values, count, UInt32(width), &packed)
        for isDelta in [false, true] {
            packed.withUnsafeBufferPointer { packed in
                var stream = tickgate_integers()
                stream.packed = packed.baseAddress
                stream.count = count
                stream.width = UInt32(width)
                stream.base = generator.next()
                stream.step = 7
                stream.is_delta = isDelta ? 1 : 0
                stream.first = 99
                var whole = [Int64](repeating: 0, count: count + 16)
                #expect(tickgate_unpack(&stream, TICKGATE_BEST, &whole) == 1)
                for (start, end) in [(0, 1), (0, 40), (15, 17), (1_023, 1_025), (2_047, 2_100), (2_499, 2_500)] {
                    for level in [TICKGATE_BEST, TICKGATE_BASELINE] {
                        var some = [Int64](repeating: 0, count: end - start)
                        #expect(tickgate_unpack_rows(&stream, start, end, level, &some) == 1)
                        #expect(some == Array(whole[start..<end]), "\(start) to \(end), level \(level)")
                    }
                }
            }
        }
    }

    // MARK: Files

    private func bytes(_ path: String, _ mode: StoreOptions.ReadMode) throws -> SegmentBytes {
        switch mode {
        case .mapped: .mapped(try #require(try files.map(path)))
        case .buffered: .file(try #require(try files.openForReading(path)))
        }
    }

    /// 3,000 rows of one series, prices a random walk.
    private func write(_ directory: TemporaryDirectory) throws -> SegmentEntry {
        try files.createDirectory(directory.path)
        let table = TableEntry(id: TableID(rawValue: 3), schema: Fixture.ticks)
        var writer = try SegmentWriter(
            table: table,
            partition: 5,
            id: 9,
            directory: directory.path,
            files: files,
            compression: .smallest
        )
        let times = (0..<3_000).map { Int64($0) * 1_003 }
        let columns = Fixture.ticks("A", times: times).columns.map { $0 ?? .symbols(times.map { _ in "A" }) }
        try writer.append(series: 0, name: "A", columns: columns, rowCount: times.count)
        return try writer.finish(firstLSN: 7, lastLSN: 8, filteredLSN: 6)
    }

    @Test(arguments: [StoreOptions.ReadMode.mapped, .buffered])
    func aDamagedChunkIsFoundWhenItsFirstRowIsRead(mode: StoreOptions.ReadMode) throws {
        let directory = TemporaryDirectory()
        let entry = try write(directory)
        let path = directory.file("seg-9.seg")
        let reader = try SegmentReader(bytes: try bytes(path, mode), path: path, entry: entry)
        let chunk = try #require(try reader.chunkEntry(group: 0, column: 2))
        var damaged = try directory.read("seg-9.seg")
        // A byte that the rows that are read do not need.
        damaged[Int(chunk.offset) + Int(chunk.byteCount) - 1] ^= 1
        try directory.write(damaged, to: "seg-9.seg")
        let broken = try SegmentReader(bytes: try bytes(path, mode), path: path, entry: entry)
        for _ in 0..<2 {
            let error = #expect(throws: TableError.self) {
                _ = try broken.vector(group: 0, column: 2, type: .float64, series: "A", rows: 5..<6)
            }
            #expect(error?.code == .corrupt)
        }
        // Other columns are not harmed, nor is what the index knows.
        let seq = try broken.vector(group: 0, column: 4, type: .int64, series: "A", rows: 5..<6)
        #expect(seq.scalar(at: 0) == .int64(5))
        let last = try broken.vector(group: 0, column: 2, type: .float64, series: "A", rows: 2_999..<3_000)
        #expect(last.scalar(at: 0) == .float64(109.97))
    }

    @Test func aFileOfVersion2IsRead() throws {
        let directory = TemporaryDirectory()
        let entry = try write(directory)
        var old = try directory.read("seg-9.seg")
        let footer = old.count - SegmentFormat.footerBytes
        old[8] = 2
        old[footer + 72] = 2
        let checksum = old[footer..<footer + 76].withUnsafeBytes { Checksum.crc32c($0) }
        for byte in 0..<4 { old[footer + 76 + byte] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * byte)) }
        try directory.write(old, to: "seg-9.seg")
        let path = directory.file("seg-9.seg")
        let reader = try SegmentReader(bytes: try bytes(path, .mapped), path: path, entry: entry)
        #expect(reader.index.footer.version == 2 && reader.rowCount == 3_000)
        try reader.verify()
        old[8] = 4
        old[footer + 72] = 4
        try directory.write(old, to: "seg-9.seg")
        #expect(throws: TableError.self) {
            try SegmentReader(bytes: try bytes(path, .mapped), path: path, entry: entry)
        }
    }
}
