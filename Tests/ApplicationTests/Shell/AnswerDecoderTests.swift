import Documents
import Testing

@testable import Application

@Suite("Answers in MessagePack")
struct AnswerDecoderTests {
    /// {"columns": [{"name": "n", "type": "int64"}, {"name": "t", "type": "timestamp"}]}, then two rows in one batch and one in
    /// another, then {"end": {"rows": 3, "elapsed_us": 7, "stats": {"rows_scanned": 300}}}.
    private static let bytes: [UInt8] =
        [0x81, 0xA7] + Array("columns".utf8) + [0x92]
        + [0x82, 0xA4] + Array("name".utf8) + [0xA1] + Array("n".utf8) + [0xA4] + Array("type".utf8)
        + [0xA5] + Array("int64".utf8)
        + [0x82, 0xA4] + Array("name".utf8) + [0xA1] + Array("t".utf8) + [0xA4] + Array("type".utf8)
        + [0xA9] + Array("timestamp".utf8)
        + [0x92, 0x92, 0x05, 0xD6, 0xFF, 0, 0, 0, 1, 0x92, 0xD1, 0xFF, 0x00, 0xC0]
        + [0xDC, 0, 1, 0x92, 0xC0, 0xC7, 12, 0xFF, 0, 0, 0, 9, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
        + [0x81, 0xA3] + Array("end".utf8) + [0x83, 0xA4] + Array("rows".utf8) + [3, 0xAA] + Array("elapsed_us".utf8)
        + [7, 0xA5] + Array("stats".utf8) + [0x81, 0xAC] + Array("rows_scanned".utf8) + [0xCD, 1, 44]

    private static let parts: [AnswerPart] = [
        .columns([AnswerColumn(name: "n", type: "int64"), AnswerColumn(name: "t", type: "timestamp")]),
        .row([.integer(5), .timestamp(1_000_000_000)]), .row([.integer(-256), .null]),
        .row([.null, .timestamp(-999_999_991)]),
        .end(AnswerSummary(rows: 3, elapsedMicroseconds: 7, rowsScanned: 300, blocksScanned: 0)),
    ]

    @Test("are read however their bytes arrive", arguments: [1, 2, 3, 7, 1_000])
    func pieces(size: Int) throws {
        var decoder = AnswerDecoder()
        var parts: [AnswerPart] = []
        var rest = Self.bytes[...]
        while !rest.isEmpty {
            decoder.feed(rest.prefix(size))
            rest = rest.dropFirst(size)
            while let part = try decoder.next() { parts.append(part) }
        }
        #expect(parts == Self.parts)
    }

    @Test("are refused where they are none")
    func malformed() {
        for bytes: [UInt8] in [
            [0x81, 0x01, 0x01], [0xC1], [0x05], [0x81, 0xA1, 0x61, 0x01], [0xD6, 0x01, 0, 0, 0, 0],
        ] {
            var decoder = AnswerDecoder()
            decoder.feed(bytes)
            #expect(throws: DocumentError.self) { try decoder.next() }
        }
        var nested = AnswerDecoder()
        nested.feed([0x81] + [UInt8](repeating: 0x81, count: 100))
        #expect(throws: DocumentError.self) { try nested.next() }
    }

    @Test("do not trap on any bytes")
    func anyBytes() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            var decoder = AnswerDecoder()
            var bytes = Self.bytes
            for _ in 0..<3 {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            decoder.feed(bytes)
            while let part = try? decoder.next() { if case .end = part { break } }
        }
    }
}
