import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing

@testable import Wire

@Suite struct WebSocketReceiverTests {
    /// A random stream of frames of a client, mostly right, with now and then a fault.
    private static func stream(_ generator: inout SeededGenerator, faults: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        var isOpen = false
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
            let size = [0, 1, 5, 124, 125, 126, 127, 300, 65_535, 65_536].randomElement(using: &generator) ?? 0
            let key = (0..<4).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let kind = Int.random(in: 0..<10, using: &generator)
            if kind < 3 {
                let payload = [UInt8](repeating: 0x70, count: min(size, 125))
                bytes += frameBytes(0x80 | (kind == 0 ? 10 : 9), payload, key: key)
                continue
            }
            let isFinal = Bool.random(using: &generator)
            let text = Array("aé€𝄞".utf8)
            let payload = (0..<size).map { text[$0 % text.count] }
            let opcode: UInt8 = isOpen ? 0 : 2
            isOpen = !isFinal
            bytes += frameBytes((isFinal ? 0x80 : 0) | opcode, payload, key: key)
        }
        if faults, !bytes.isEmpty {
            let place = Int.random(in: 0..<min(bytes.count, 40), using: &generator)
            bytes[place] = UInt8.random(in: 0...255, using: &generator)
        }
        return bytes
    }

    @Test(arguments: 0..<200) func anyCutGivesTheSameEvents(seed: UInt64) {
        var generator = SeededGenerator(seed)
        let bytes = ByteBuffer(bytes: Self.stream(&generator, faults: seed % 2 == 0))
        var whole = WebSocketReceiver(role: .server, messageBytesMax: 200_000)
        var cut = WebSocketReceiver(role: .server, messageBytesMax: 200_000)
        let pieces = bytes.pieces(using: &generator, max: seed % 3 == 0 ? 3 : 5_000)
        #expect(whole.events([bytes]) == cut.events(pieces))
    }

    @Test func everyCutInTwoGivesTheSameEvents() {
        let bytes =
            frameBytes(0x01, Array("h€".utf8)) + frameBytes(0x89, [9]) + frameBytes(0x80, Array("𝄞l".utf8))
            + frameBytes(0x82, [UInt8](repeating: 7, count: 130)) + frameBytes(0x8A, [])
            + frameBytes(0x88, [3, 0xE8, 0x61])
        let expected: [ReceivedEvent] = [
            .ping([9]), .message(.text(ByteBuffer(string: "h€𝄞l"))),
            .message(.binary(ByteBuffer(repeating: 7, count: 130))), .pong, .closed(1000, "a"),
        ]
        for place in 0...bytes.count {
            var receiver = WebSocketReceiver(role: .server, messageBytesMax: 1_000)
            let pieces = [ByteBuffer(bytes: bytes[..<place]), ByteBuffer(bytes: bytes[place...])]
            #expect(receiver.events(pieces) == expected, "cut at \(place)")
        }
    }

    /// NIO's decoder sees the same frames. Where it refuses, ours does, too.
    @Test(arguments: 0..<200) func framesAreThoseOfNIOsDecoder(seed: UInt64) throws {
        var generator = SeededGenerator(seed &+ 10_000)
        let bytes = ByteBuffer(bytes: Self.stream(&generator, faults: false))
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: 200_000)))
        for piece in bytes.pieces(using: &generator, max: 4_000) { try channel.writeInbound(piece) }
        var expected: [ReceivedEvent] = []
        var message: ByteBuffer?
        while let frame = try channel.readInbound(as: WebSocketFrame.self) {
            switch frame.opcode {
            case .ping: expected.append(.ping(Array(frame.unmaskedData.readableBytesView)))
            case .pong: expected.append(.pong)
            default:
                var whole = message ?? ByteBuffer()
                whole.writeImmutableBuffer(frame.unmaskedData)
                message = frame.fin ? nil : whole
                if frame.fin { expected.append(.message(.binary(whole))) }
            }
        }
        var receiver = WebSocketReceiver(role: .server, messageBytesMax: 700_000)
        #expect(receiver.events([bytes]) == expected)
    }

    /// Each with the rule that it breaks, as a client's or a server's frame.
    private static let violations: [String: (bytes: [UInt8], code: UInt16)] = [
        "server must not see unmasked frames": (frameBytes(0x81, [0x61], key: nil), 1002),
        "RSV1 without an extension": (frameBytes(0xC1, [0x61]), 1002),
        "RSV2": (frameBytes(0xA1, [0x61]), 1002),
        "RSV3": (frameBytes(0x91, [0x61]), 1002),
        "opcode 3": (frameBytes(0x83, []), 1002),
        "opcode 11": (frameBytes(0x8B, []), 1002),
        "a length of two bytes for 125": (frameBytes(0x82, [UInt8](repeating: 1, count: 125), lengthForm: 2), 1002),
        "a length of eight bytes for 65535": (
            frameBytes(0x82, [UInt8](repeating: 1, count: 65_535), lengthForm: 8), 1002
        ),
        "a length with its highest bit set": ([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4], 1002),
        "a length beyond the limit, before its payload": ([0x82, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4], 1009),
        "fragments beyond the limit": (
            frameBytes(0x02, [UInt8](repeating: 1, count: 40_000))
                + frameBytes(0x00, [UInt8](repeating: 1, count: 30_000)),
            1009
        ),
        "text that is wrong before its frame ends": ([0x81, 0x84, 0, 0, 0, 0, 0xC3, 0x28], 1007),
        "text that ends within a character": (frameBytes(0x01, [0xE2]) + frameBytes(0x80, [0x82]), 1007),
        "a fragmented ping": (frameBytes(0x09, []), 1002),
        "a continuation of nothing": (frameBytes(0x80, []), 1002),
        "a message within a message": (frameBytes(0x01, []) + frameBytes(0x81, []), 1002),
        "a close frame of one byte": (frameBytes(0x88, [3]), 1002),
        "close code 1004": (frameBytes(0x88, [0x03, 0xEC]), 1002),
        "close code 1006": (frameBytes(0x88, [0x03, 0xEE]), 1002),
        "close code 5000": (frameBytes(0x88, [0x13, 0x88]), 1002),
        "a reason that is not UTF-8": (frameBytes(0x88, [0x03, 0xE8, 0xFF]), 1007),
    ]

    @Test(arguments: violations.keys.sorted()) func violationIsSeen(name: String) throws {
        let (bytes, code) = try #require(Self.violations[name])
        var receiver = WebSocketReceiver(role: .server, messageBytesMax: 65_535)
        let pieces = bytes.map { ByteBuffer(bytes: [$0]) }
        #expect(receiver.events(pieces + [ByteBuffer(bytes: frameBytes(0x81, [0x61]))]) == [.violation(code)])
    }

    /// Frames without bytes would never reach the limit of bytes.
    @Test func moreFragmentsThanTheLimitAreRefused() {
        for count in [3, 4] {
            var receiver = WebSocketReceiver(role: .server, messageBytesMax: 100, fragmentsMax: 3)
            var bytes = frameBytes(0x01, [])
            for _ in 2..<count { bytes += frameBytes(0x00, []) + frameBytes(0x8A, []) }
            bytes += frameBytes(0x80, [0x61])
            let events = receiver.events([ByteBuffer(bytes: bytes)]).filter { $0 != .pong }
            #expect(events == [count > 3 ? .violation(1009) : .message(.text(ByteBuffer(string: "a")))], "\(count)")
        }
    }

    @Test func aClientRefusesMaskedFramesAndTakesOthersWithoutACopy() {
        var receiver = WebSocketReceiver(role: .client, messageBytesMax: 100)
        #expect(receiver.events([ByteBuffer(bytes: frameBytes(0x81, [0x61]))]) == [.violation(1002)])
        receiver = WebSocketReceiver(role: .client, messageBytesMax: 100)
        let text = receiver.events([ByteBuffer(bytes: frameBytes(0x81, [0x61], key: nil))])
        #expect(text == [.message(.text(ByteBuffer(string: "a")))])
    }
}

@Suite struct UTF8ValidatorTests {
    /// Every sequence of one to three bytes, and of four around the borders, is judged as the standard library does.
    @Test func judgesAsTheStandardLibrary() {
        func check(_ bytes: [UInt8]) {
            var validator = UTF8Validator()
            let isValid = bytes.withUnsafeBytes { validator.take($0) } && validator.isComplete
            let expected = String(validating: bytes, as: UTF8.self) != nil
            if isValid != expected { Issue.record("\(bytes): \(isValid)") }
        }
        let borders: [UInt8] = [
            0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xFF,
        ]
        for first in UInt8.min ... .max {
            check([first])
            for second in borders {
                check([first, second])
                for third in borders {
                    check([first, second, third])
                    if first >= 0xF0 { for fourth in borders { check([first, second, third, fourth]) } }
                }
            }
        }
    }

    @Test(arguments: 0..<50) func refusesAtTheFirstByteThatCannotBe(seed: UInt64) {
        var generator = SeededGenerator(seed)
        let characters: [Character] = [
            "A", "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "\u{FFFF}", "\u{10000}", "\u{10FFFF}",
        ]
        let text = String((0..<30).map { _ in characters.randomElement(using: &generator) ?? "A" })
        var bytes = Array(text.utf8)
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[place] = 0xFF
        var validator = UTF8Validator()
        let taken = bytes.firstIndex { byte in !withUnsafeBytes(of: byte) { validator.take($0) } }
        #expect(taken == place)
    }

    @Test(arguments: 0..<60) func maskingIsByteByByte(offset: Int) {
        let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ offset) }
        let key: [UInt8] = [0xA1, 0x02, 0xF3, 0x44]
        let expected = bytes.enumerated().map { $1 ^ key[($0 + offset) % 4] }
        for count in [0, 1, 7, 8, 31, 32, 33, 64, 100] {
            var masked = Array(bytes[..<count])
            masked.withUnsafeMutableBytes { room in
                guard let start = room.baseAddress else { return }
                let word = WebSocketMask.key(key[0], key[1], key[2], key[3])
                WebSocketMask.apply(word, at: offset, from: UnsafeRawBufferPointer(room), to: start)
            }
            #expect(masked == Array(expected[..<count]))
        }
    }
}
