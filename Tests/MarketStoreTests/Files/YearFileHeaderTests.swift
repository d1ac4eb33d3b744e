import Foundation
import TestSupport
import Testing

@testable import MarketStore

@Suite("Headers of year files")
struct YearFileHeaderTests {
    private static let columns: [(name: String, type: UInt8)] = [("Open", 0), ("Volume", 3), ("Exchange", 14)]

    /// A header as the format's text has it.
    static func header(
        year: Int64 = 2024,
        timeframe: Int64 = 60_000_000_000,
        kind: Int64 = 0,
        length: Int64 = 88,
        columns: [(name: String, type: UInt8)] = columns
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 37_024)
        func put(_ value: Int64, _ offset: Int) {
            for index in 0..<8 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> Int64(8 * index)) }
        }
        for (offset, value) in [
            (0, 2), (264, year), (272, timeframe), (280, kind), (288, Int64(columns.count)), (296, length),
        ] as [(Int, Int64)] { put(value, offset) }
        for (index, column) in columns.enumerated() {
            bytes.replaceSubrange(312 + 32 * index..<312 + 32 * index + column.name.utf8.count, with: column.name.utf8)
            bytes[33_080 + index] = column.type
        }
        return bytes
    }

    private func read(_ bytes: [UInt8]) throws -> YearFileHeader {
        try bytes.withUnsafeBytes { try YearFileHeader($0) }
    }

    @Test("tell year, timeframe and columns")
    func whole() throws {
        let header = try read(Self.header())
        #expect(header.year == 2024 && header.timeframe == 60_000_000_000 && !header.isVariable)
        #expect(
            header.columns == [
                .init(name: "Open", type: .float32), .init(name: "Volume", type: .int64),
                .init(name: "Exchange", type: .string16),
            ]
        )
        #expect(header.slotCount == 366 * 1440)
        #expect(header.offset(ofIndex: 1) == 37_024)
    }

    @Test(
        "that contradict themselves are refused with the place",
        arguments: [
            (header(year: 20_240), 264), (header(timeframe: 0), 272), (header(kind: 7), 280), (header(length: 80), 296),
            (header(columns: [("", 0)]), 312), (header(length: 16, columns: [("a", 8)]), 33_080),
            (Array(header().prefix(100)), 100), ([UInt8](repeating: 0, count: 40_000), 0),
        ] as [([UInt8], Int64)]
    )
    func contradictions(bytes: [UInt8], offset: Int64) {
        #expect(performing: { try read(bytes) }, throws: { ($0 as? FileDamage)?.offset == offset })
    }

    @Test("with flipped bits never trap", arguments: UInt64(1)...4)
    func flippedBits(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            var bytes = Self.header()
            for _ in 0..<3 {
                let place = random.oneIn(2) ? random.int(0...420) : random.int(33_080...33_090)
                bytes[place] ^= UInt8(1) << UInt8(random.int(0...7))
            }
            guard let header = try? read(bytes) else { continue }
            #expect(header.slotsEnd >= 37_024)
        }
    }
}
