import Columnar
import Testing

@testable import Store

/// Bytes that pass their checksums and are nonsense nevertheless: an error or rows, never a trap.
@Suite struct WildBytesTests {
    private func stored(flushes: Bool) throws -> TemporaryDirectory {
        let directory = TemporaryDirectory()
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.wide)
        for (index, columns) in StoreRoundTripTests.everyForm.enumerated() {
            try store.append(StoreRoundTripTests.wide(columns, count: 3, from: Int64(index) * 10))
        }
        store.close(flush: flushes)
        return directory
    }

    /// Reads all there is; what it finds does not matter.
    private func read(_ directory: TemporaryDirectory) throws {
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        defer { store.close(flush: false) }
        for table in store.catalog.tables {
            let request = ScanRequest(table: table.name, columns: Array(table.columns.indices))
            let scan = try store.snapshot().scan(request)
            for index in scan.series.indices {
                var cursor = try scan.open(series: index)
                while let slice = try cursor.next() {
                    for column in table.columns.indices {
                        let vector = try slice.vector(column: column)
                        for row in 0..<vector.count { _ = vector.scalar(at: row) }
                    }
                }
            }
        }
    }

    private func value<Value: FixedWidthInteger>(_ bytes: [UInt8], _ offset: Int) -> Value {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Value.self) }
    }

    private func put(_ checksum: UInt32, _ offset: Int, in bytes: inout [UInt8]) {
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * index)) }
    }

    private func checksum(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 {
        bytes[range].withUnsafeBytes { Checksum.crc32c($0) }
    }

    /// Changes one to three bytes of a range, mostly to extremes.
    private func spoil(_ bytes: inout [UInt8], _ range: Range<Int>, _ generator: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let offset = Int.random(in: range, using: &generator)
            bytes[offset] = [0, 1, 0x7F, 0x80, 0xFF, generator.next8()].randomElement(using: &generator) ?? 0
        }
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func aWALRecordOfWildBytes(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let directory = try stored(flushes: false)
        let wal = try #require(try directory.walFiles().last)
        let bytes = try directory.read(wal)
        for _ in 0..<60 {
            var records: [Range<Int>] = []
            var offset = WALFormat.fileHeaderBytes
            while offset < bytes.count {
                let length = Int(value(bytes, offset + 8) as UInt32)
                records.append(offset..<offset + length)
                offset += length
            }
            let record = try #require(records.randomElement(using: &generator))
            var wild = bytes
            spoil(&wild, record.dropFirst(WALFormat.recordHeaderBytes - 16), &generator)
            put(checksum(wild, record.lowerBound + 8..<record.upperBound), record.lowerBound + 4, in: &wild)
            let copy = try directory.copy()
            try copy.write(wild, to: wal)
            do { try read(copy) } catch let error as TableError { #expect(error.code == .corrupt) }
        }
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func aSegmentOfWildMetadata(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let directory = try stored(flushes: true)
        let segment = try #require(directory.segments().first)
        let bytes = try directory.read(segment)
        let footer = bytes.count - SegmentFormat.footerBytes
        let tail = bytes.count - SegmentFormat.footerTailBytes
        let meta = Int(value(bytes, footer) as UInt64)..<footer
        for round in 0..<60 {
            var wild = bytes
            spoil(&wild, round % 6 == 0 ? footer..<tail : meta, &generator)
            if round % 6 != 0 { put(checksum(wild, meta), footer + 16, in: &wild) }
            put(checksum(wild, footer..<tail + 4), tail + 4, in: &wild)
            try directory.write(wild, to: segment)
            do { try read(directory) } catch let error as TableError { #expect(error.code == .corrupt) }
        }
    }
}

extension SeededGenerator {
    fileprivate mutating func next8() -> UInt8 { UInt8(truncatingIfNeeded: next()) }
}
