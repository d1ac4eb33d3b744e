import Documents
import NIOCore
import Synchronization
import Testing
import Wire

@testable import Gateway

/// The stream over real sockets.
@Suite(.serialized) struct LiveStreamTests {
    private func subscribe(
        _ fixture: GatewayFixture,
        mode: String,
        _ log: StreamLog
    ) async throws -> WebSocketConnection {
        let connection = try await WebSocketClient(group: sharedGroup)
            .connect(to: fixture.url("/v1/stream", scheme: "ws"), subprotocols: ["tickgate.v1.json"]) { _ in log }
            .get()
        #expect(connection.subprotocol == "tickgate.v1.json")
        let text = #"{"op":"subscribe","id":1,"symbols":["*"],"mode":"\#(mode)"}"#
        try await connection.eventLoop.submit { connection.send(text: text) }.get()
        #expect(try await log.wait(for: "snap"))
        return connection
    }

    @Test func subscriberThatStopsReadingStaysBoundedAndDelaysNobody() async throws {
        var limits = StreamLimits()
        limits.queueBytesMax = 1 << 18
        let fixture = try await GatewayFixture(limits: limits) { $0.http.socketSendBufferBytes = 16_384 }
        fixture.start(0)
        let log = StreamLog()
        _ = try await subscribe(fixture, mode: "all", log)
        let stalled = RawStream(port: fixture.gateway.port, mode: "all")
        let conflated = RawStream(port: fixture.gateway.port, mode: "conflate")
        let counters = fixture.streams.context.counters
        var seq: Int64 = 1
        var most = 0
        // Enough for the kernel's buffers, the watermark and the budget together.
        while counters.lagCloses.value == 0, seq < 100_000 {
            for _ in 0..<500 {
                seq += 1
                fixture.publish(0, seq: seq, testFeatures.indices.map { ($0, Double(seq) + 0.123456789) })
            }
            #expect(try await log.waitForSeq(seq), "the reader that reads gets everything")
            most = max(most, counters.queueBytes.value)
        }
        #expect(counters.lagCloses.value == 1)
        #expect(most <= 1 << 18)
        #expect(counters.queueBytes.value == 0)
        #expect(log.failure == nil)
        #expect(log.count(of: "d") == Int(seq) - 1)
        // What was merged for the other one arrives as one state once it reads again.
        #expect(conflated.readUntil(seq: seq) > 0)
        #expect(counters.conflated.value > 0)
        #expect(stalled.readUntilClose() == 4008)
        await fixture.gateway.stop()
    }

    @Test func shutdownSaysGoodbye() async throws {
        let fixture = try await GatewayFixture { $0.shutdownGrace = .seconds(20) }
        fixture.start(0)
        let log = StreamLog()
        _ = try await subscribe(fixture, mode: "all", log)
        await fixture.gateway.stop()
        let code = try await log.waitForClose()
        #expect(code == 1012)
        #expect(log.count(of: "goaway") == 1)
    }

    @Test func messageBeyondTheLimitClosesItsConnection() async throws {
        let fixture = try await GatewayFixture()
        fixture.start(0)
        let log = StreamLog()
        let connection = try await subscribe(fixture, mode: "all", log)
        try await connection.eventLoop.submit { connection.send(text: String(repeating: "x", count: 65_537)) }.get()
        let code = try await log.waitForClose()
        #expect(code == 1009)
        await fixture.gateway.stop()
    }

    @Test func unknownSubprotocolIsRefused() async throws {
        let fixture = try await GatewayFixture()
        let error = await #expect(throws: WireError.self) {
            try await WebSocketClient(group: sharedGroup)
                .connect(to: fixture.url("/v1/stream", scheme: "ws"), subprotocols: ["other"]) { _ in StreamLog() }
                .get()
        }
        #expect(error?.code == .refused)
        await fixture.gateway.stop()
    }
}

/// A subscriber with small buffers that reads only when it is told to.
final class RawStream {
    private let socket: RawRequest
    private var unread: [UInt8] = []

    init(port: Int, mode: String) {
        socket = RawRequest(port: port, receiveBufferBytes: 4_096)
        socket.send(
            "GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        let text = Array(#"{"op":"subscribe","id":1,"symbols":["*"],"mode":"\#(mode)"}"#.utf8)
        socket.send([0x81, 0x80 | UInt8(text.count), 0, 0, 0, 0] + text)
        var isSubscribed = false
        while !unread.contains(Array("\r\n\r\n".utf8)) { unread += socket.receive() }
        unread.removeFirst(unread.firstRange(of: Array("\r\n\r\n".utf8))!.upperBound)
        while !isSubscribed {
            guard let (_, payload) = nextFrame() else { return }
            isSubscribed = String(decoding: payload, as: UTF8.self).contains(#""op":"snap""#)
        }
    }

    private func nextFrame() -> (opcode: UInt8, payload: [UInt8])? {
        func has(_ count: Int) -> Bool {
            while unread.count < count {
                let more = socket.receive()
                if more.isEmpty { return false }
                unread += more
            }
            return true
        }
        guard has(2) else { return nil }
        var (header, length) = (2, Int(unread[1]))
        if length == 126 {
            guard has(4) else { return nil }
            (header, length) = (4, Int(unread[2]) << 8 | Int(unread[3]))
        }
        guard has(header + length) else { return nil }
        defer { unread.removeFirst(header + length) }
        return (unread[0] & 15, Array(unread[header..<header + length]))
    }

    /// Reads up to a delta of this `seq`, and gives the number of deltas that were merged; -1 if a chain is broken.
    func readUntil(seq: Int64) -> Int {
        var merged = 0
        var last: Int64 = 1
        while let (opcode, payload) = nextFrame() {
            guard opcode == 1, let value = try? JSONReader.value(of: payload), value["op"]?.string == "d" else {
                continue
            }
            guard value["prev"]?.integer == last, let next = value["seq"]?.integer else { return -1 }
            last = next
            merged += Int(value["n"]?.integer ?? 1) - 1
            if next == seq { return merged }
        }
        return -1
    }

    /// Reads up to the close frame; its code.
    func readUntilClose() -> Int {
        while let (opcode, payload) = nextFrame() {
            if opcode == 8, payload.count >= 2 { return Int(payload[0]) << 8 | Int(payload[1]) }
        }
        return 0
    }
}

/// What a subscriber received, checked for broken chains as it comes.
final class StreamLog: WebSocketDelegate, Sendable {
    private struct State {
        var counts: [String: Int] = [:]
        var subscriptions: [Int64: Int64] = [:]
        var seq: Int64 = 0
        var failure: String?
        var close: UInt16?
        var waiter: (condition: @Sendable (State) -> Bool, continuation: CheckedContinuation<Bool, Never>)?

        mutating func due() -> CheckedContinuation<Bool, Never>? {
            guard let waiter, waiter.condition(self) || close != nil else { return nil }
            self.waiter = nil
            return waiter.continuation
        }
    }

    private let state = Mutex<State>(State())

    var failure: String? { state.withLock { $0.failure } }
    func count(of op: String) -> Int { state.withLock { $0.counts[op] ?? 0 } }

    func webSocket(_ connection: WebSocketConnection, didReceive message: WebSocketMessage) {
        guard let value = try? JSONReader.value(of: Array(message.bytes.readableBytesView)),
            let op = value["op"]?.string
        else { return }
        let waiter = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            state.counts[op, default: 0] += 1
            if op == "snap" || op == "d", let sid = value["sid"]?.integer, let seq = value["seq"]?.integer {
                if op == "d", value["prev"]?.integer != state.subscriptions[sid] { state.failure = "\(value)" }
                state.subscriptions[sid] = seq
                state.seq = seq
            }
            return state.due()
        }
        waiter?.resume(returning: true)
    }

    func webSocket(_ connection: WebSocketConnection, didClose closure: WebSocketClosure) {
        let waiter = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            state.close = closure.code.rawValue
            return state.due()
        }
        waiter?.resume(returning: true)
    }

    private func wait(until condition: @escaping @Sendable (State) -> Bool) async {
        _ = await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
            let isDue = state.withLock { state in
                state.waiter = (condition, continuation)
                return state.due() != nil
            }
            if isDue { continuation.resume(returning: true) }
        }
    }

    func wait(for op: String) async throws -> Bool {
        await wait(until: { (state: State) in state.counts[op] != nil })
        return state.withLock { $0.close == nil }
    }

    func waitForSeq(_ seq: Int64) async throws -> Bool {
        await wait(until: { (state: State) in state.seq >= seq })
        return state.withLock { $0.seq >= seq }
    }

    func waitForClose() async throws -> UInt16? {
        await wait(until: { (state: State) in state.close != nil })
        return state.withLock { $0.close }
    }
}
