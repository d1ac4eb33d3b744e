import Columnar
import TestSupport
import Testing

@testable import MarketStore

@Suite("Slots as rows")
struct SlotRowsTests {
    private static let columns: [Bucket.Column] = [.init(name: "Price", type: .float32)]

    private static func reader(_ compression: SlotRows.Compression = .automatic) throws -> SlotRows {
        let header = try #require(
            YearFileHeader(year: 2024, timeframe: CivilTime.minute, isVariable: true, columns: columns)
        )
        return SlotRows(
            header: header,
            times: SlotTimes(year: 2024, timeframe: header.timeframe, zone: .utc),
            compression: compression
        )
    }

    private static func record(_ value: UInt32, ticks: UInt32) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) } + withUnsafeBytes(of: ticks.littleEndian) { Array($0) }
    }

    private static func packed(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8(bytes.count), UInt8((bytes.count - 1) << 2)] + bytes
    }

    private func records(_ reader: SlotRows, _ payload: [UInt8]) throws -> [UInt8] {
        try payload.withUnsafeBytes { try reader.records($0, at: 1_000) }
    }

    @Test("of Snappy blocks and plain payloads are told apart")
    func payloads() throws {
        let reader = try Self.reader()
        let rows = Self.record(0x3F80_0000, ticks: 5) + Self.record(0x4000_0000, ticks: 9)
        #expect(try records(reader, Self.packed(rows)) == rows)
        #expect(try records(reader, rows) == rows)
    }

    @Test("of a broken block are damage")
    func brokenBlock() throws {
        let reader = try Self.reader()
        let rows = Self.record(1, ticks: 0xFFFF) + Self.record(2, ticks: 0x1_0000)
        // Eighteen bytes packed; cut to sixteen they are as long as two rows, of ticks that do not rise.
        var broken = Array(Self.packed(rows).prefix(16))
        #expect(throws: FileDamage.self) { try records(reader, broken) }
        broken[0] = 255
        #expect(throws: FileDamage.self) { try records(reader, Array(broken.prefix(15))) }
    }

    @Test("that are said to be of one kind are of no other")
    func forced() throws {
        let rows = Self.record(1, ticks: 5)
        let plain = try Self.reader(.none)
        #expect(try records(plain, rows) == rows)
        let snappy = try Self.reader(.snappy)
        #expect(throws: FileDamage.self) { try records(snappy, rows) }
    }

    @Test("out of the order of their ticks are damage")
    func order() throws {
        let reader = try Self.reader()
        let rows = Self.record(1, ticks: 9) + Self.record(2, ticks: 5)
        #expect(throws: FileDamage.self) { try records(reader, Self.packed(rows)) }
    }

    @Test("have one form for NaN and for what follows the end of a text")
    func forms() {
        let columns: [Bucket.Column] = [.init(name: "x", type: .float64), .init(name: "s", type: .string16)]
        var rows = BucketRows(columns: columns, isVariable: false)
        var source = [UInt8](repeating: 0xFF, count: 8) + [0x41, 0, 0, 0, 0, 0, 0, 0]
        source += [UInt8](repeating: 0x7F, count: 56)
        source.withUnsafeBytes { rows.append(time: 1_500_000_000, $0) }
        let dataset = rows.dataset(key: "A/1Min/X")
        #expect(dataset.columns.map(\.name) == ["Epoch", "x", "s"])
        #expect(dataset.columns[0].bytes == [1, 0, 0, 0, 0, 0, 0, 0])
        #expect(dataset.columns[2].bytes == [0x41] + [UInt8](repeating: 0, count: 63))
        let again = BucketRows(dataset, columns: columns, isVariable: false)
        #expect(again?.bytes == rows.bytes)
        #expect(again?.times == [1_000_000_000])
    }
}
