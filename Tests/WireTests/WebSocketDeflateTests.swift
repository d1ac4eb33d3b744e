import NIOCore
import Testing

@testable import Wire

@Suite struct WebSocketDeflateTests {
    /// Bytes that compress more or less well.
    private static func payload(_ generator: inout SeededGenerator) -> ByteBuffer {
        let count = [0, 1, 255, 256, 257, 1_000, 40_000, 100_000].randomElement(using: &generator) ?? 0
        let alphabet = [1, 2, 16, 256].randomElement(using: &generator) ?? 1
        return ByteBuffer(bytes: (0..<count).map { _ in UInt8(Int.random(in: 0..<alphabet, using: &generator)) })
    }

    /// What one end deflates, with and without context, in every window, the other inflates, however it is cut.
    @Test(arguments: 8...15, [true, false]) func messagesComeBack(windowBits: Int, keepsContext: Bool) throws {
        var generator = SeededGenerator(UInt64(windowBits))
        let deflater = try #require(WebSocketDeflater(windowBits: windowBits, level: 6))
        let inflation = WebSocketInflation(windowBits: windowBits, keepsContext: keepsContext)
        var receiver = WebSocketReceiver(role: .client, messageBytesMax: 200_000, inflation: inflation)
        for _ in 0..<40 {
            let payload = Self.payload(&generator)
            var frame = WebSocketFrameWriter.begin(capacity: 0)
            #expect(payload.withUnsafeReadableBytes { deflater.deflate($0, into: &frame, keepsContext: keepsContext) })
            WebSocketFrameWriter.seal(&frame, as: .binary, isCompressed: true)
            let events = receiver.events(frame.pieces(using: &generator, max: 20_000))
            #expect(events == [.message(.binary(payload))])
        }
    }

    @Test func oneFrameServesAllThatKeepNoContext() {
        let payload = ByteBuffer(string: String(repeating: "{\"price\":1234.5},", count: 100))
        let compression = WebSocketCompression(windowBits: 12)
        let frame = WebSocketFrameWriter.compressed(.text, payload, by: compression)
        #expect(frame.readableBytes < 200)
        #expect(WebSocketFrameWriter.compressed(.text, payload, by: compression) == frame)
        let plain = WebSocketFrameWriter.frame(.text, payload.readableBytesView)
        #expect(WebSocketFrameWriter.compressed(frame: plain, by: compression) == frame)
        for windowBits in [12, 15] {
            let inflation = WebSocketInflation(windowBits: windowBits, keepsContext: true)
            var receiver = WebSocketReceiver(role: .client, messageBytesMax: 2_000, inflation: inflation)
            for _ in 0..<3 { #expect(receiver.events([frame]) == [.message(.text(payload))]) }
        }
    }

    @Test func shortAndRandomMessagesGoOutAsTheyAre() {
        let short = ByteBuffer(repeating: 0x61, count: 255)
        #expect(
            WebSocketFrameWriter.compressed(.text, short, by: WebSocketCompression())
                == WebSocketFrameWriter.frame(.text, short.readableBytesView)
        )
        var generator = SeededGenerator(1)
        let noise = ByteBuffer(bytes: (0..<1_000).map { _ in UInt8.random(in: 0...255, using: &generator) })
        #expect(
            WebSocketFrameWriter.compressed(.binary, noise, by: WebSocketCompression())
                == WebSocketFrameWriter.frame(.binary, noise.readableBytesView)
        )
        let ping = ByteBuffer(repeating: 0, count: 100)
        let frame = WebSocketFrameWriter.compressed(.ping, ping, by: WebSocketCompression(messageBytesMin: 0))
        #expect(frame == WebSocketFrameWriter.frame(.ping, ping.readableBytesView))
    }

    @Test func aBombIsCutAtTheLimit() throws {
        let deflater = try #require(WebSocketDeflater(windowBits: 15, level: 9))
        var frame = WebSocketFrameWriter.begin(capacity: 0)
        let zeros = ByteBuffer(repeating: 0, count: 50_000_000)
        #expect(zeros.withUnsafeReadableBytes { deflater.deflate($0, into: &frame, keepsContext: false) })
        WebSocketFrameWriter.seal(&frame, as: .binary, isCompressed: true)
        #expect(frame.readableBytes < 60_000)
        let inflation = WebSocketInflation(windowBits: 15, keepsContext: false)
        var receiver = WebSocketReceiver(role: .client, messageBytesMax: 65_536, inflation: inflation)
        #expect(receiver.events([frame]) == [.violation(1009)])
    }

    private static func event(_ frames: [[UInt8]], bytesMax: Int = 1_000) -> [ReceivedEvent] {
        let inflation = WebSocketInflation(windowBits: 15, keepsContext: true)
        var receiver = WebSocketReceiver(role: .client, messageBytesMax: bytesMax, inflation: inflation)
        return receiver.events(frames.map { ByteBuffer(bytes: $0) })
    }

    /// RFC 7692 §7.2.3.
    @Test func examplesOfTheStandardAreUnderstood() {
        let hello = ReceivedEvent.message(.text(ByteBuffer(string: "Hello")))
        let deflated: [UInt8] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
        #expect(Self.event([frameBytes(0xC1, deflated, key: nil)]) == [hello])
        #expect(
            Self.event([
                frameBytes(0x41, Array(deflated[..<3]), key: nil), frameBytes(0x80, Array(deflated[3...]), key: nil),
            ])
                == [hello]
        )
        // The second message refers to the first.
        let again = frameBytes(0xC1, [0xF2, 0x00, 0x11, 0x00, 0x00], key: nil)
        #expect(Self.event([frameBytes(0xC1, deflated, key: nil), again]) == [hello, hello])
        let stored: [UInt8] = [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00]
        #expect(Self.event([frameBytes(0xC1, stored, key: nil)]) == [hello])
        // A block that says it is the last one.
        let final: [UInt8] = [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]
        #expect(Self.event([frameBytes(0xC1, final, key: nil), again]) == [hello, hello])
        // Two blocks.
        let two: [UInt8] = [0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00]
        #expect(Self.event([frameBytes(0xC1, two, key: nil)]) == [hello])
    }

    @Test func whatIsNotDeflateIsRefused() {
        #expect(Self.event([frameBytes(0xC1, [0x07, 0xFF], key: nil)]) == [.violation(1007)], "a block of no type")
        #expect(Self.event([frameBytes(0xC1, [0xF2, 0x48], key: nil)]) == [.violation(1007)], "a message cut short")
        #expect(Self.event([frameBytes(0xC0, [0x00], key: nil)]) == [.violation(1002)], "a compressed continuation")
        #expect(Self.event([frameBytes(0xC9, [0x00], key: nil)]) == [.violation(1002)], "a compressed ping")
        let text: [UInt8] = [0x00, 0x02, 0x00, 0xFD, 0xFF, 0xC3, 0x28, 0x00]
        #expect(Self.event([frameBytes(0xC1, text, key: nil)]) == [.violation(1007)], "text that is not UTF-8")
        let empty = (0..<180).flatMap { _ in [0x00, 0x00, 0x00, 0xFF, 0xFF] as [UInt8] }
        let flood = (0..<9).map { frameBytes($0 == 0 ? 0x42 : 0, empty, key: nil) }
        #expect(Self.event(flood) == [.violation(1009)], "bytes that inflate to nothing count, too")
    }

    private static func answer(_ offer: String, _ options: WebSocketCompressionOptions = .init()) -> String? {
        WebSocketExtension.read([offer]).flatMap { WebSocketDeflateParameters.accept($0, options)?.text }
    }

    @Test func offersAreAnswered() {
        let both = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        #expect(Self.answer("permessage-deflate") == both)
        #expect(Self.answer("Permessage-Deflate; client_max_window_bits") == both)
        #expect(Self.answer("x-webkit-deflate-frame, permessage-deflate") == both)
        #expect(
            Self.answer("permessage-deflate; server_max_window_bits=\"10\"") == both + "; server_max_window_bits=10"
        )
        #expect(
            Self.answer("permessage-deflate; server_max_window_bits=8; client_max_window_bits=9")
                == both + "; server_max_window_bits=8; client_max_window_bits=9"
        )
        #expect(Self.answer("permessage-deflate; x, permessage-deflate; server_no_context_takeover") == both)
        var options = WebSocketCompressionOptions()
        options.keepsServerContext = true
        options.keepsClientContext = true
        options.serverWindowBitsMax = 11
        options.clientWindowBitsMax = 12
        #expect(Self.answer("permessage-deflate", options) == "permessage-deflate; server_max_window_bits=11")
        #expect(
            Self.answer("permessage-deflate; client_max_window_bits; client_no_context_takeover", options)
                == "permessage-deflate; client_no_context_takeover; server_max_window_bits=11; client_max_window_bits=12"
        )
    }

    @Test(arguments: [
        "", "gzip", "permessage-deflate; x", "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=7", "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=08", "permessage-deflate; client_max_window_bits=",
        "permessage-deflate; server_no_context_takeover=1", "permessage-deflate;",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; client_max_window_bits; client_max_window_bits=10", "per message",
    ])
    func offersThatCannotBeTakenAreDeclined(offer: String) {
        #expect(Self.answer(offer) == nil)
    }

    @Test func aClientTakesOnlyWhatItOffered() throws {
        var options = WebSocketCompressionOptions()
        func agreed(_ answer: String) -> WebSocketDeflateParameters? {
            WebSocketExtension.read([answer]).flatMap { WebSocketDeflateParameters.agreed($0, options) }
        }
        #expect(
            WebSocketDeflateParameters.offer(options)
                == "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits"
        )
        #expect(agreed("permessage-deflate") == nil, "it was to keep no context")
        let small = try #require(agreed("permessage-deflate; server_no_context_takeover; client_max_window_bits=9"))
        #expect(small.windowBits(of: .client) == 9 && small.clientNoContextTakeover)
        #expect(agreed("permessage-deflate; server_no_context_takeover; client_max_window_bits") == nil)
        #expect(agreed("permessage-deflate; server_no_context_takeover, permessage-deflate") == nil)
        #expect(agreed("other") == nil)
        options.keepsServerContext = true
        options.serverWindowBitsMax = 10
        #expect(agreed("permessage-deflate; server_max_window_bits=11") == nil)
        #expect(agreed("permessage-deflate; server_max_window_bits=10") != nil)
        #expect(agreed("permessage-deflate") == nil, "the window was to be small")
    }
}
