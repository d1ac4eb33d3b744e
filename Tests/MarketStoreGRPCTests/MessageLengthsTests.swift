import Testing

@testable import MarketStoreGRPC

@Suite("Lengths of the messages of a call")
struct MessageLengthsTests {
    /// A message of so many bytes with its prefix.
    private static func message(_ count: UInt32) -> [UInt8] {
        [0] + withUnsafeBytes(of: count.bigEndian) { Array($0) } + [UInt8](repeating: 0xFF, count: Int(count))
    }

    @Test("find the first message beyond the limit, however its bytes are split", arguments: 1...12)
    func splits(step: Int) {
        let small = Self.message(0) + Self.message(10) + Self.message(3)
        for (bytes, expected) in [(small, nil), (small + Self.message(11), 11), (Self.message(300) + small, 300)] {
            var lengths = MessageLengths()
            var found: Int?
            var start = 0
            while start < bytes.count, found == nil {
                let end = min(bytes.count, start + step)
                found = lengths.first(beyond: 10, in: bytes[start..<end])
                start = end
            }
            #expect(found == expected)
        }
    }

    @Test("are known with the prefix, before any byte of the message")
    func prefixAlone() {
        var lengths = MessageLengths()
        #expect(lengths.first(beyond: 1 << 30, in: ([0, 0xFF, 0xFF, 0xFF, 0xFF] as [UInt8])[...]) == Int(UInt32.max))
    }
}
