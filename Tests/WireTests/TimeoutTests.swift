import NIOCore
import NIOEmbedded
import Testing

@testable import Wire

/// Slow peers, on a loop whose time the test advances.
@Suite struct TimeoutTests {
    private let loop = EmbeddedEventLoop()

    private func connection(_ body: @escaping @Sendable (HTTPRequest) -> HTTPDisposition) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(loop: loop)
        try HTTPServer.install(
            on: channel,
            limits: HTTPLimits(),
            handler: ClosureHandler(body: body),
            counters: HTTPServerCounters(),
            registry: HTTPConnectionRegistry()
        )
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    private func output(_ channel: EmbeddedChannel) throws -> String {
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    private func send(_ text: String, _ channel: EmbeddedChannel) throws {
        try channel.writeInbound(ByteBuffer(string: text))
    }

    @Test func shutdownDoesNotWaitForAConnectionThatNeverBecameActive() throws {
        let registry = HTTPConnectionRegistry()
        let channel = EmbeddedChannel(loop: loop)
        try HTTPServer.install(
            on: channel,
            limits: HTTPLimits(),
            handler: ClosureHandler { _ in .collect(bodyBytesMax: 0) { _, _ in } },
            counters: HTTPServerCounters(),
            registry: registry
        )
        let drained = registry.drain(on: loop)
        // A socket that is closed before it was active loses its handlers and is never told that it is inactive; this channel
        // would tell it.
        let connection = try channel.pipeline.syncOperations.context(handlerType: HTTPServerConnection.self)
        channel.pipeline.syncOperations.removeHandler(context: connection, promise: nil)
        loop.run()
        #expect(drained.isDone)
        if drained.isDone { try drained.wait() }
    }

    @Test func idleConnectionIsClosed() throws {
        let channel = try connection(echo)
        try send("GET / HTTP/1.1\r\nHost: x\r\n\r\n", channel)
        #expect(try output(channel).hasPrefix("HTTP/1.1 200"))
        loop.advanceTime(by: .seconds(74))
        #expect(channel.isActive)
        try send("GET / HTTP/1.1\r\nHost: x\r\n\r\n", channel)
        loop.advanceTime(by: .seconds(74))
        #expect(channel.isActive, "each request begins the time anew")
        loop.advanceTime(by: .seconds(2))
        #expect(!channel.isActive)
    }

    @Test func headThatTricklesInIsRefused() throws {
        let channel = try connection(echo)
        for byte in ["G", "E", "T", " "] {
            try send(byte, channel)
            loop.advanceTime(by: .seconds(3))
        }
        #expect(try output(channel).hasPrefix("HTTP/1.1 408"))
        loop.advanceTime(by: .seconds(3))
        #expect(!channel.isActive)
    }

    @Test func bodyMayTakeLongAsLongAsItMoves() throws {
        let channel = try connection(echo)
        try send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n", channel)
        for byte in ["a", "b", "c"] {
            loop.advanceTime(by: .seconds(29))
            try send(byte, channel)
        }
        #expect(try output(channel).isEmpty)
        loop.advanceTime(by: .seconds(31))
        #expect(try output(channel).hasPrefix("HTTP/1.1 408"))
    }

    @Test func peerIsNotBlamedForAReaderThatTakesItsTime() throws {
        let readers = Inbox<Streamed>()
        let channel = try connection { _ in .stream { _, reader, writer in readers.put(Streamed(reader, writer)) } }
        try send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab", channel)
        let streamed = try #require(readers.take())
        loop.advanceTime(by: .seconds(300))
        #expect(channel.isActive)
        streamed.reader.read { _ in }
        streamed.reader.read { _ in }
        loop.advanceTime(by: .seconds(31))
        #expect(try output(channel).hasPrefix("HTTP/1.1 408"), "now the peer is late")
    }

    @Test func peerThatTakesNothingIsCutOff() throws {
        let writers = Inbox<HTTPResponseWriter>()
        let channel = try connection { _ in
            .stream { _, _, writer in
                writer.start(.ok, [:])
                writers.put(writer)
            }
        }
        try send("GET / HTTP/1.1\r\nHost: x\r\n\r\n", channel)
        let writer = try #require(writers.take())
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        loop.advanceTime(by: .seconds(59))
        #expect(channel.isActive && writer.isOpen)
        loop.advanceTime(by: .seconds(2))
        #expect(!channel.isActive && !writer.isOpen)
    }

    @Test func refusedBodyIsReadOnForAWhileAndThenCut() throws {
        let channel = try connection { _ in .collect(bodyBytesMax: 1) { _, _ in } }
        try send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n", channel)
        #expect(try output(channel).hasPrefix("HTTP/1.1 413"))
        try send(String(repeating: "x", count: 100_000), channel)
        #expect(channel.isActive, "the peer must have time to see the refusal")
        loop.advanceTime(by: .seconds(3))
        #expect(!channel.isActive)
    }

    /// Any split of the bytes gives the same answers.
    @Test(arguments: 0..<60) func requestsSplitAnywhereAreTheSame(seed: UInt64) throws {
        let text =
            "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /b?c=d HTTP/1.1\r\nHost: x\r\n\r\n"
            + "POST /e HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nfg\r\n1\r\nh\r\n0\r\nT: u\r\n\r\n"
        let whole = try connection(echo)
        try send(text, whole)
        let expected = try output(whole)
        #expect(expected.components(separatedBy: "HTTP/1.1 200 OK").count == 4)
        let split = try connection(echo)
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 7
        var rest = Substring(text)
        while !rest.isEmpty {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let part = rest.prefix(Int(state >> 59) + 1)
            rest = rest.dropFirst(part.count)
            try send(String(part), split)
        }
        // The second may have changed between the two.
        let dates = { (text: String) in text.split(separator: "\r\n").filter { !$0.hasPrefix("Date: ") } }
        #expect(dates(try output(split)) == dates(expected))
    }
}

extension String {
    func components(separatedBy separator: String) -> [String] {
        var parts: [String] = []
        var rest = Substring(self)
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}

// @unchecked: the test and its loop are one thread.
private final class Streamed: @unchecked Sendable {
    let reader: HTTPBodyReader
    let writer: HTTPResponseWriter
    init(_ reader: HTTPBodyReader, _ writer: HTTPResponseWriter) {
        self.reader = reader
        self.writer = writer
    }
}

extension EventLoopFuture<Void> {
    /// Whether it has a result; to be asked on its loop.
    fileprivate var isDone: Bool {
        var isDone = false
        assumeIsolated().whenComplete { _ in isDone = true }
        return isDone
    }
}
