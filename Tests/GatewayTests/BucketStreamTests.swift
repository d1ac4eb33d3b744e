import Columnar
import Documents
import MarketStore
import NIOCore
import NIOPosix
import Synchronization
import Testing
import Wire

@testable import Gateway

/// MarketStore's stream over real sockets.
@Suite("MarketStore's stream", .serialized) struct BucketStreamTests {
    private static let everything: [UInt8] = [0x81, 0xA7] + Array("streams".utf8) + [0x91, 0xA5] + Array("*/*/*".utf8)

    @Test("echoes what a client follows, refuses what is none, and pushes every row")
    func followsAndPushes() async throws {
        let fixture = try await BucketStreamFixture()
        let client = try await fixture.connect()
        try await client.send(Self.everything)
        #expect(try await client.next() == Self.everything)
        fixture.commit("BTC/1Min/OHLCV", [0, 60, 120])
        for epoch in [0, 60, 120] { #expect(try await client.next() == fixture.message("BTC/1Min/OHLCV", epoch)) }

        let bad: [UInt8] =
            [0x81, 0xA7] + Array("streams".utf8) + [0x92, 0xA5] + Array("X/Y/Z".utf8) + [0xA3] + Array("bad".utf8)
        try await client.send(bad)
        #expect(try await client.next() == FollowRequest.refusal(DataServiceError("bad is an invalid stream")))
        // Nothing of it was taken: all is followed as before.
        fixture.commit("ETH/1Min/OHLCV", [0])
        #expect(try await client.next() == fixture.message("ETH/1Min/OHLCV", 0))
        await fixture.stop()
    }

    @Test("replaces what a client followed before, and an empty request changes nothing")
    func replaces() async throws {
        let fixture = try await BucketStreamFixture()
        let client = try await fixture.connect()
        try await client.send(Self.everything)
        _ = try await client.next()
        let one: [UInt8] = [0x81, 0xA7] + Array("streams".utf8) + [0x91, 0xAE] + Array("ETH/1Min/OHLCV".utf8)
        for request in [one, [0x81, 0xA7] + Array("streams".utf8) + [0x90], [0x81, 0xA1, 0x61, 0x01]] {
            try await client.send(request)
            #expect(try await client.next() == request)
        }
        // No answer comes to what is not understood; the one to what follows says that it was read.
        try await client.send(Array(#"{"streams":["*/*/*"]}"#.utf8))
        try await client.send(one)
        #expect(try await client.next() == one)
        fixture.commit("BTC/1Min/OHLCV", [0])
        fixture.commit("ETH/1Min/OHLCV", [60])
        #expect(try await client.next() == fixture.message("ETH/1Min/OHLCV", 60, value: 0))
        #expect(fixture.stream.counters.ignored.value == 1)
        await fixture.stop()
    }

    @Test("takes MessagePack in a text message, as MarketStore does")
    func textMessage() async throws {
        let fixture = try await BucketStreamFixture()
        let client = try await fixture.connect()
        try await client.send(Self.everything, isText: true)
        #expect(try await client.next() == Self.everything)
        await fixture.stop()
    }

    @Test("pushes a long bar when it ends by the clock that it was given")
    func longBars() async throws {
        let fixture = try await BucketStreamFixture()
        let client = try await fixture.connect()
        try await client.send(Self.everything)
        _ = try await client.next()
        fixture.clock.now.store(300 * 1_000_000_000 + 1, ordering: .relaxed)
        fixture.commit("BTC/5Min/OHLCV", [300, 0, 300])
        // The one of 0 has ended; it comes at once.
        #expect(try await client.next() == fixture.message("BTC/5Min/OHLCV", 0, value: 1))
        fixture.commit("BTC/1Min/OHLCV", [60])
        #expect(try await client.next() == fixture.message("BTC/1Min/OHLCV", 60, value: 0))
        #expect(fixture.stream.counters.shelved.value == 1)
        fixture.clock.now.store(600 * 1_000_000_000, ordering: .relaxed)
        #expect(try await client.next() == fixture.message("BTC/5Min/OHLCV", 300, value: 2))
        await fixture.stop()
    }

    @Test("makes one message for all that follow a row")
    func sharedEncoding() async throws {
        let fixture = try await BucketStreamFixture()
        var clients: [BucketStreamClient] = []
        for _ in 0..<8 {
            let client = try await fixture.connect()
            try await client.send(Self.everything)
            _ = try await client.next()
            clients.append(client)
        }
        fixture.commit("BTC/1Min/OHLCV", (0..<50).map { $0 * 60 })
        for client in clients {
            for row in 0..<50 {
                #expect(try await client.next() == fixture.message("BTC/1Min/OHLCV", row * 60, value: row))
            }
        }
        #expect(fixture.stream.counters.messages.value == 50)
        #expect(fixture.stream.counters.pushes.value == 400)
        await fixture.stop()
    }

    @Test("closes a client that stalls, with a code that says so, and nobody else waits")
    func stalledClient() async throws {
        var limits = BucketStreamLimits()
        limits.queueBytesMax = 1 << 18
        let fixture = try await BucketStreamFixture(limits: limits) { $0.http.socketSendBufferBytes = 16_384 }
        let reader = try await fixture.connect()
        try await reader.send(Self.everything)
        _ = try await reader.next()
        let stalled = RawBucketStream(port: fixture.gateway.gateway.port, Self.everything)
        let counters = fixture.stream.counters
        var (row, most) = (0, 0)
        while counters.lagCloses.value == 0, row < 1_000_000 {
            let rows = row..<row + 500
            fixture.commit("BTC/1Min/OHLCV", rows.map { $0 * 60 })
            for (value, row) in rows.enumerated() {
                let message = try await reader.next()
                if message != fixture.message("BTC/1Min/OHLCV", row * 60, value: value) {
                    Issue.record("the reader that reads misses row \(row)")
                    return
                }
            }
            row = rows.upperBound
            most = max(most, counters.queueBytes.value)
        }
        #expect(counters.lagCloses.value == 1)
        #expect(most <= 1 << 18)
        #expect(counters.queueBytes.value == 0)
        #expect(stalled.readUntilClose() == 4008)
        await fixture.stop()
    }

    @Test("loses rows rather than hold up the writer, and tells all clients")
    func fullInbox() async throws {
        var limits = BucketStreamLimits()
        limits.inboxBytesMax = 1_000
        let fixture = try await BucketStreamFixture(limits: limits)
        let client = try await fixture.connect()
        try await client.send(Self.everything)
        _ = try await client.next()
        fixture.commit("BTC/1Min/OHLCV", (0..<1_000).map { $0 * 60 })
        #expect(try await client.closeCode() == 1013)
        #expect(fixture.stream.counters.lostRows.value == 1_000)
        await fixture.stop()
    }

    @Test("does not let a client ask without end")
    func requestRate() async throws {
        var limits = BucketStreamLimits()
        limits.requestBurst = 5
        limits.requestsPerSecond = 1
        limits.refusedRequestsMax = 3
        let fixture = try await BucketStreamFixture(limits: limits)
        let client = try await fixture.connect()
        for _ in 0..<12 { try await client.send(Self.everything) }
        #expect(try await client.closeCode() == 4009)
        await fixture.stop()
    }

    @Test("is closed to pages of other sites and to other hosts, and says what a plain request lacks")
    func originsAndHosts() async throws {
        let fixture = try await BucketStreamFixture()
        let gateway = fixture.gateway
        #expect(try await gateway.get("/ws", ["Origin": "https://evil.example"]).status == .forbidden)
        #expect(try await gateway.get("/ws", ["Sec-Fetch-Site": "cross-site"]).status == .forbidden)
        let strange = RawRequest(port: gateway.gateway.port)
        #expect(strange.status("GET /ws HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n") == 421)
        #expect(try await gateway.get("/ws").status.code < 500)
        #expect(try await gateway.get("/ws").status.code >= 400)
        #expect(try await gateway.post("/ws", "").status == .methodNotAllowed)
        let error = await #expect(throws: WireError.self) {
            _ = try await fixture.connect(fields: ["Origin": "https://evil.example"])
        }
        #expect(error?.code == .refused)
        // A page of the gateway itself may.
        let own = try await fixture.connect(fields: ["Origin": "http://127.0.0.1:\(gateway.gateway.port)"])
        try await own.send(Self.everything)
        #expect(try await own.next() == Self.everything)
        await fixture.stop()
        let without = try await GatewayFixture()
        #expect(try await without.get("/ws").status == .notFound)
        await without.gateway.stop()
    }

    @Test("forgets a client that leaves, and says goodbye when the server goes")
    func leaving() async throws {
        let fixture = try await BucketStreamFixture()
        let first = try await fixture.connect()
        let second = try await fixture.connect()
        for client in [first, second] {
            try await client.send(Self.everything)
            _ = try await client.next()
        }
        #expect(fixture.stream.counters.streams.value == 2)
        try await first.close()
        try await fixture.gateway.poll("the client is forgotten") { fixture.stream.counters.streams.value == 1 }
        fixture.commit("BTC/1Min/OHLCV", [0])
        #expect(try await second.next() == fixture.message("BTC/1Min/OHLCV", 0))
        #expect(fixture.stream.counters.pushes.value == 1)
        await fixture.stop()
        #expect(try await second.closeCode() == 1012)
        #expect(fixture.stream.counters.streams.value == 0)
    }
}

/// A gateway whose buckets are written by hand.
private final class BucketStreamFixture {
    let stream: BucketStream
    let gateway: GatewayFixture
    let clock = SetClock()
    private let feed = FakeFeed()
    private let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init(
        limits: BucketStreamLimits = BucketStreamLimits(),
        configure: (inout GatewayConfiguration) -> Void = { _ in }
    ) async throws {
        var limits = limits
        limits.shelfCheckInterval = .milliseconds(5)
        stream = BucketStream(
            store: feed,
            directory: FakeDirectory(),
            loop: loops.next(),
            eventLoops: Array(sharedGroup.makeIterator()),
            limits: limits,
            clock: { [clock] in clock.now.load(ordering: .relaxed) }
        )
        gateway = try await GatewayFixture(bucketStream: stream, configure: configure)
        stream.start()
    }

    func stop() async {
        stream.stop()
        #expect(feed.listenerCount == 0)
        await gateway.gateway.stop()
        try? await loops.shutdownGracefully()
    }

    func connect(fields: HTTPFields = [:]) async throws -> BucketStreamClient {
        let client = BucketStreamClient()
        let connection = try await WebSocketClient(group: sharedGroup)
            .connect(to: gateway.url("/ws", scheme: "ws"), fields: fields) { _ in client }
            .get()
        client.connection.withLock { $0 = connection }
        return client
    }

    /// Commits rows of a bucket: the values are 0, 1, 2, …
    func commit(_ key: String, _ epochs: [Int]) {
        let key = BucketKey(key)!
        let group = AppendGroup(
            table: "\(key.timeframe)/\(key.attribute)",
            series: key.symbol,
            columns: [
                .timestamps(epochs.map { Int64($0) * 1_000_000_000 }), nil, .int64(epochs.indices.map { Int64($0) }),
            ],
            rowCount: epochs.count
        )
        feed.commit([group])
    }

    func message(_ key: String, _ epoch: Int, value: Int? = nil) -> [UInt8] {
        let value = value ?? epoch / 60 % 1_000
        var bytes: [UInt8] = [0x82, 0xA3] + Array("key".utf8)
        bytes += [0xA0 | UInt8(key.utf8.count)] + Array(key.utf8) + [0xA4] + Array("data".utf8) + [0x82, 0xA5]
        bytes += Array("Epoch".utf8) + [0xD3] + (0..<8).map { UInt8(truncatingIfNeeded: epoch >> (56 - 8 * $0)) }
        return bytes + [0xA1] + Array("V".utf8) + [0xD1, UInt8(value >> 8), UInt8(value & 255)]
    }
}

/// A clock that stands until it is set.
private final class SetClock: Sendable {
    let now = Atomic<Int64>(1_000_000_000_000_000)
}

/// Every key of three parts is a bucket.
private struct FakeDirectory: BucketDirectory {
    var all: [Bucket] { [] }
    func buckets(timeframe: String, attribute: String) -> [Bucket] { [] }
    func bucket(_ key: BucketKey) -> Bucket? {
        let columns = [Bucket.Column(name: "V", type: .int16)]
        return Bucket(key: key, columns: columns, isVariable: false, table: "\(key.timeframe)/\(key.attribute)")
    }
}

/// A store that only tells of writes.
private final class FakeFeed: CommitFeed {
    private let listeners = Mutex<[any CommitListener]>([])
    private let lsn = Atomic<Int>(1)

    var listenerCount: Int { listeners.withLock { $0.count } }

    func snapshot() -> any TableSnapshot { preconditionFailure("nothing is read") }
    func addListener(_ listener: any CommitListener) { listeners.withLock { $0.append(listener) } }
    func removeListener(_ listener: any CommitListener) { listeners.withLock { $0.removeAll { $0 === listener } } }

    func commit(_ groups: [AppendGroup]) {
        let next = lsn.add(1, ordering: .relaxed).newValue
        for listener in listeners.withLock({ $0 }) {
            listener.committed(CommittedBatch(lsn: LSN(next), groups: groups))
        }
    }
}

/// A client of the stream: its messages, one by one.
private final class BucketStreamClient: WebSocketDelegate, Sendable {
    private struct State {
        var messages: [[UInt8]] = []
        var index = 0
        var code: Int?
    }

    private let state = Mutex(State())
    let connection = Mutex<WebSocketConnection?>(nil)

    func webSocket(_ connection: WebSocketConnection, didReceive message: WebSocketMessage) {
        state.withLock { $0.messages.append(Array(message.bytes.readableBytesView)) }
    }

    func webSocket(_ connection: WebSocketConnection, didClose closure: WebSocketClosure) {
        state.withLock { $0.code = Int(closure.code.rawValue) }
    }

    func send(_ bytes: [UInt8], isText: Bool = false) async throws {
        guard let connection = connection.withLock({ $0 }) else { return }
        try await connection.eventLoop.submit {
            let buffer = ByteBuffer(bytes: bytes)
            if isText { connection.send(text: buffer) } else { connection.send(binary: buffer) }
        }.get()
    }

    func close() async throws {
        guard let connection = connection.withLock({ $0 }) else { return }
        try await connection.eventLoop.submit { connection.close(.normal) }.get()
    }

    func next() async throws -> [UInt8] {
        try await wait { state in
            guard state.index < state.messages.count else { return nil }
            defer { state.index += 1 }
            return state.messages[state.index]
        }
    }

    func closeCode() async throws -> Int { try await wait { $0.code } }

    /// The bound is for failures only.
    private func wait<Value: Sendable>(_ take: @Sendable (inout State) -> Value?) async throws -> Value {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            if let value = state.withLock({ take(&$0) }) { return value }
            try #require(ContinuousClock.now < end, "it never came")
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}

/// A client with a small buffer that reads only when it is told to.
private final class RawBucketStream {
    private let socket: RawRequest
    private var unread: [UInt8] = []

    init(port: Int, _ request: [UInt8]) {
        socket = RawRequest(port: port, receiveBufferBytes: 4_096)
        socket.send(
            "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        socket.send([0x82, 0x80 | UInt8(request.count), 0, 0, 0, 0] + request)
        let head = Array("\r\n\r\n".utf8)
        while !unread.contains(head) { unread += socket.receive() }
        unread.removeFirst(unread.firstRange(of: head)!.upperBound)
        while unread.count < request.count + 2 { unread += socket.receive() }
    }

    /// Reads up to the close frame; its code. All frames here are short.
    func readUntilClose() -> Int {
        var (bytes, index) = (unread, 0)
        while true {
            while bytes.count - index < 4 || bytes.count - index < 2 + Int(bytes[index + 1]) {
                let more = socket.receive()
                if more.isEmpty { return 0 }
                bytes = Array(bytes[index...]) + more
                index = 0
            }
            if bytes[index] & 15 == 8 { return Int(bytes[index + 2]) << 8 | Int(bytes[index + 3]) }
            index += 2 + Int(bytes[index + 1])
        }
    }
}
