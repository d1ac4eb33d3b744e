import TestSupport
import Testing

@testable import MarketStore

@Suite("Snappy blocks")
struct SnappyBlockTests {
    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = Array(hexadecimal)
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }

    private static func unpacked(_ block: [UInt8], bytesMax: Int = 1 << 20) throws -> [UInt8] {
        try block.withUnsafeBytes { try SnappyBlock.unpack($0, bytesMax: bytesMax) }
    }

    /// What Google's library made of some bytes (cramjam 2.14.0, `snappy.compress_raw`).
    static let golden: [(block: String, text: [UInt8])] = [
        ("00", []),
        ("010061", Array("a".utf8)),
        ("7808616263fe0300d20300", Array(String(repeating: "abc", count: 40).utf8)),
        (
            "aa0b704141504c203138372e3235203130303b4d534654203430322e3520373b" + String(repeating: "fe1d00", count: 22)
                + "321d00", Array(String(repeating: "AAPL 187.25 100;MSFT 402.5 7;", count: 50).utf8)
        ),
    ]

    @Test("give what went in", arguments: 0..<4)
    func golden(index: Int) throws {
        let (block, text) = Self.golden[index]
        #expect(try Self.unpacked(Self.bytes(block)) == text)
    }

    @Test("of literals and copies of every form are read")
    func forms() throws {
        // Length 20; literal "abcd"; copy of 4 at 4 (one byte of offset); of 3 at 8 (two); of 5 at 3 (four).
        var block: [UInt8] = [16, 3 << 2]
        block += Array("abcd".utf8)
        block += [0 << 2 | 1, 4]
        block += [2 << 2 | 2, 8, 0]
        block += [4 << 2 | 3, 3, 0, 0, 0]
        #expect(try Self.unpacked(block) == Array("abcdabcdabcabcab".utf8))
        // A literal of 61 bytes has its length in a byte of its own.
        let long = [UInt8](repeating: 7, count: 61)
        #expect(try Self.unpacked([61, 60 << 2, 60] + long) == long)
    }

    @Test(
        "that reach beyond themselves are refused",
        arguments: [
            [], [0x80], [0x80, 0x80, 0x80, 0x80, 0x80, 1], [4, 3 << 2, 1], [4, 0 << 2 | 1, 1],
            [5, 0, 1, 0 << 2 | 1, 2],
            [1, 0, 1, 0, 2], [2, 0, 1], [4, 63 << 2, 255, 255, 255, 255, 1], [5, 0, 1, 0 << 2 | 1, 0],
            [9, 0, 1, 1 << 2 | 2, 1],
        ] as [[UInt8]]
    )
    func malformed(block: [UInt8]) {
        #expect(throws: SnappyBlock.Malformed.self) { try Self.unpacked(block) }
    }

    @Test("never take more than may be")
    func bound() {
        #expect(throws: SnappyBlock.Malformed.self) { try Self.unpacked([3, 2 << 2, 1, 2, 3], bytesMax: 2) }
    }

    @Test("of any bytes never trap", arguments: UInt64(1)...20)
    func anyBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let count = Int.random(in: 0...40, using: &random)
            let block = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = try? Self.unpacked(block, bytesMax: 4096)
        }
    }
}
