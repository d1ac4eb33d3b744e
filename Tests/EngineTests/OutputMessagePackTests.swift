import Columnar
import Engine
import QueryLang
import TestSupport
import Testing

/// The bytes by the specification; Tests/EndToEnd reads whole answers with another implementation.
@Suite("Answers in MessagePack")
struct OutputMessagePackTests {
    private func value(_ scalar: Scalar, _ type: ColumnType) -> [UInt8] {
        var writer = ResultWriter(format: .msgpack, columns: [ResultColumn(name: "x", type: type)])
        var bytes: [UInt8] = []
        writer.write(
            RecordBatch(columns: [MemoryVectors.vector([scalar], type, forms: .plain)], rowCount: 1),
            into: &bytes
        )
        #expect(bytes.prefix(2) == [0x91, 0x91], "one row of one value")
        return Array(bytes.dropFirst(2))
    }

    @Test(
        "write integers in their shortest form",
        arguments: [
            (0, [0x00]), (127, [0x7F]), (128, [0xCC, 0x80]), (255, [0xCC, 0xFF]), (256, [0xCD, 1, 0]),
            (65535, [0xCD, 0xFF, 0xFF]), (65536, [0xCE, 0, 1, 0, 0]), (4_294_967_296, [0xCF, 0, 0, 0, 1, 0, 0, 0, 0]),
            (-1, [0xFF]), (-32, [0xE0]), (-33, [0xD0, 0xDF]), (-129, [0xD1, 0xFF, 0x7F]),
            (-32769, [0xD2, 0xFF, 0xFF, 0x7F, 0xFF]),
            (Int64.min, [0xD3, 0x80, 0, 0, 0, 0, 0, 0, 0]),
            (Int64.max, [0xCF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
        ] as [(Int64, [UInt8])]
    )
    func integers(number: Int64, bytes: [UInt8]) { #expect(value(.int64(number), .int64) == bytes) }

    @Test("write moments in the three forms of the extension")
    func moments() {
        #expect(value(.timestamp(5_000_000_000), .timestamp) == [0xD6, 0xFF, 0, 0, 0, 5])
        #expect(value(.timestamp(5_000_000_001), .timestamp) == [0xD7, 0xFF, 0, 0, 0, 4, 0, 0, 0, 5])
        #expect(
            value(.timestamp(-1), .timestamp)
                == [0xC7, 12, 0xFF, 0x3B, 0x9A, 0xC9, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
        )
    }

    @Test("write the other types")
    func others() {
        #expect(value(.null, .int64) == [0xC0])
        #expect(value(.boolean(true), .boolean) == [0xC3] && value(.boolean(false), .boolean) == [0xC2])
        #expect(value(.float64(1.5), .float64) == [0xCB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0])
        #expect(value(.text("é"), .string) == [0xA2, 0xC3, 0xA9] && value(.text("A"), .symbol) == [0xA1, 0x41])
        let long = String(repeating: "x", count: 300)
        #expect(value(.text(long), .string).prefix(4) == [0xDA, 0x01, 0x2C, 0x78])
    }

    @Test("say that they are whole, or what failed")
    func ends() {
        var writer = ResultWriter(format: .msgpack, columns: [])
        var bytes: [UInt8] = []
        writer.end(QueryStatistics(), into: &bytes)
        #expect(bytes.prefix(5) == [0x81, 0xA3, 0x65, 0x6E, 0x64], "{\"end\": …}")
        bytes = []
        writer.fail(QueryError(.timeout, "slow"), into: &bytes)
        #expect(bytes.prefix(7) == [0x81, 0xA5, 0x65, 0x72, 0x72, 0x6F, 0x72], "{\"error\": …}")
    }
}
