import Foundation
import TestSupport
import Testing

@testable import MarketStore

@Suite("Write-ahead logs")
struct WALMessageTests {
    static let sample = "protocols/marketstore-wire/WALFile.1795227161640179699.walfile"

    private static func messages(_ bytes: [UInt8]) throws -> [WALMessage] {
        var (messages, at): ([WALMessage], Int) = ([], 0)
        while at < bytes.count {
            let rest = Array(bytes[at...])
            guard let length = try rest.withUnsafeBytes({ try WALMessage.length($0, at: Int64(at)) }),
                length <= Int64(rest.count)
            else { break }
            messages.append(
                try rest.withUnsafeBytes {
                    try WALMessage(UnsafeRawBufferPointer(rebasing: $0[..<Int(length)]), at: Int64(at))
                }
            )
            at += Int(length)
        }
        return messages
    }

    @Test(
        "digests are those of RFC 1321",
        arguments: [
            ("", "d41d8cd98f00b204e9800998ecf8427e"), ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            (
                String(repeating: "1234567890", count: 8), "57edf4a22be3c955ac49da2e2107b67a"
            ),
        ]
    )
    func digests(text: String, digest: String) {
        let found = Array(text.utf8).withUnsafeBytes { MD5.digest($0) }
        #expect(found.map { String(format: "%02x", $0) }.joined() == digest)
    }

    @Test("a real one is read", .enabled(if: SharedData.has(sample), "\(SharedData.skipMessage)"))
    func realLog() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: SharedData.path(Self.sample)))
        let messages = try Self.messages(Array(data))
        #expect(messages.count == 4)
        #expect(messages.first == .status(file: 1, replay: 1, instance: 1_795_227_161_640_175_968))
        guard case .transaction(let transaction) = messages[2] else {
            Issue.record("no transaction")
            return
        }
        #expect(transaction.writes.map(\.path) == ["GR/1Min/X/2024.bin", "GR/1Min/X/2024.bin"])
        #expect(transaction.writes.map(\.index) == [2_311, 2_312])
        #expect(transaction.writes[0].slotOffset == 37_024 + 2_310 * 24)
        #expect(transaction.writes[0].columns == [.init(name: "Px", type: .float32), .init(name: "V", type: .int64)])
        #expect(messages[3] == .progress(transaction: transaction.id, isCheckpoint: false, state: 2))
    }

    @Test("damaged bytes are refused, never a trap", .enabled(if: SharedData.has(sample), "\(SharedData.skipMessage)"))
    func damage() throws {
        let whole = Array(try Data(contentsOf: URL(fileURLWithPath: SharedData.path(Self.sample))))
        for count in 0..<whole.count { _ = try? Self.messages(Array(whole[..<count])) }
        var random = SeededGenerator(seed: 3)
        for place in whole.indices {
            var bytes = whole
            bytes[place] ^= UInt8(1) << UInt8.random(in: 0..<8, using: &random)
            let found = try? Self.messages(bytes)
            // A bit of a transaction is covered by its checksum.
            if (31..<206).contains(place) { #expect(found?.count != 4) }
        }
    }
}
