import Columnar
import Testing

@testable import Store

@Suite struct SegmentTests {
    private func stored() throws -> (TemporaryDirectory, segment: String, rows: [String: [[Scalar]]]) {
        let directory = TemporaryDirectory()
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.wide)
        for (index, columns) in StoreRoundTripTests.everyForm.enumerated().dropFirst() where index != 1 {
            try store.append(StoreRoundTripTests.wide(columns, count: 3, from: Int64(index) * 10))
        }
        let rows = try store.rows("wide")
        store.close()
        return (directory, try #require(directory.segments().first), rows)
    }

    @Test func anyFlippedByteGivesTheRightRowsOrAnErrorThatNamesTheFile() throws {
        let (directory, segment, rows) = try stored()
        let bytes = try directory.read(segment)
        var detected = 0
        let offsets = stride(from: 0, to: bytes.count, by: 3)
        for offset in offsets {
            var damaged = bytes
            damaged[offset] ^= 1 << UInt8(offset % 8)
            try directory.write(damaged, to: segment)
            let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
            do {
                #expect(try store.rows("wide") == rows)
            } catch let error as TableError {
                #expect(error.code == .corrupt)
                #expect(error.message.contains("seg-1.seg") && error.message.contains("offset"))
                detected += 1
            }
            store.close(flush: false)
        }
        // Only padding may go unnoticed.
        #expect(detected > bytes.count / 3 * 9 / 10)
    }

    @Test func aSegmentOfAnotherLengthOrNoneIsReportedAndOtherTablesStayReadable() throws {
        let (directory, segment, _) = try stored()
        var store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        try store.append(Fixture.ticks("A", times: [1]))
        store.close()
        try directory.write(Array(try directory.read(segment).dropLast()), to: segment)
        store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        let error = #expect(throws: TableError.self) { try store.rows("wide") }
        #expect(error?.code == .corrupt)
        #expect(try store.rows("ticks").count == 1)
        store.close()
    }

    @Test func rowsOfTwoDaysGoToTwoPartitions() throws {
        let directory = TemporaryDirectory()
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        let midnight: Int64 = 19_944 * CivilTime.day
        try store.append(Fixture.ticks("A", times: [midnight - 1, midnight, midnight + 1]))
        try store.append(Fixture.ticks("B", times: [midnight + 5]))
        try store.flush()
        let partitions = directory.segments().map { $0.split(separator: "/").dropLast().last ?? "" }
        #expect(partitions == ["2024-08-08", "2024-08-09"])
        let early = try store.rows("ticks", TimeRange(start: .min, end: midnight))
        #expect(early.keys.sorted() == ["A"])
        #expect(try store.rows("ticks")["A"]?.count == 3)
        store.close()
    }

    @Test(arguments: [1, 2, 3, 7, 10, 1_000, 1 << 20, 3_000_000_000, UInt64.max, 1 << 63, 999_999_999_999])
    func exactDivisionAgreesWithDivision(divisor: UInt64) {
        var generator = SeededGenerator(seed: divisor)
        let division = ExactDivision(by: divisor)
        for _ in 0..<1_000 {
            let value = generator.next() >> UInt64.random(in: 0..<64, using: &generator)
            #expect(division.divides(value) == (value % divisor == 0))
            let multiple = value / divisor * divisor
            #expect(division.divides(multiple))
            #expect(division.quotient(multiple) == multiple / divisor)
        }
    }

    @Test func checksumsAreCRC32C() {
        let check = Array("123456789".utf8)
        #expect(check.withUnsafeBytes { Checksum.crc32c($0) } == 0xE306_9283)
        var generator = SeededGenerator(seed: 1)
        for length in [0, 1, 7, 8, 9, 63, 64, 767, 768, 769, 1_000, 4_097, 6_144, 6_145, 20_003] {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            bytes.withUnsafeBytes { #expect(Checksum.crc32c($0) == Checksum.crc32cByTable($0)) }
        }
    }
}
