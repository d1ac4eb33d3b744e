import Glibc
import Market
import NIOCore
import NIOPosix
import Synchronization
import Testing
import Wire

@testable import Simulator

/// The simulated venue as any client sees it: over sockets.
@Suite(.timeLimit(.minutes(1))) struct ExchangeSimulatorTests {
    /// A venue on a loop of its own, and clients of it.
    struct Venue {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let simulator: ExchangeSimulator
        let http: HTTPClient
        let webSocket: WebSocketClient

        init(_ change: (inout SimulatorOptions) -> Void = { _ in }) async throws {
            var options = SimulatorOptions()
            options.symbols = Array(SimulatedSymbol.wellKnown.prefix(3))
            change(&options)
            let clock: @Sendable () -> Int64 = {
                var time = timespec()
                clock_gettime(CLOCK_REALTIME, &time)
                return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
            }
            simulator = try await ExchangeSimulator.start(options: options, eventLoop: group.any(), clock: clock).get()
            http = HTTPClient(group: group)
            webSocket = WebSocketClient(group: group)
        }

        func request(_ method: HTTPMethod = .get, _ target: String, _ body: String? = nil) async throws -> (Int, String)
        {
            let url = try WireURL(simulator.restURL + target)
            let request = HTTPClientRequest(url: url, method: method, body: body.map { ByteBuffer(string: $0) })
            let response = try await http.execute(request).get()
            return (response.status.code, String(buffer: response.body))
        }

        /// Connects and collects messages, until `count` hold or the connection ends; sends `texts` once it is open.
        func collect(_ target: String, sending texts: [String] = [], count: Int) async throws -> [String] {
            let collector = Collector(count: count)
            let url = try WireURL(simulator.webSocketURL + target)
            let connection = try await webSocket.connect(to: url) { _ in collector.delegate() }.get()
            try await connection.eventLoop.submit { for text in texts { connection.send(text: text) } }.get()
            let messages = await collector.messages
            try await connection.eventLoop.submit { connection.abort() }.get()
            return messages
        }

        func stop() async throws {
            try await simulator.stop().get()
            try await group.shutdownGracefully()
        }
    }

    /// Messages until there are enough.
    final class Collector: Sendable {
        private let state = Mutex<(texts: [String], waiter: CheckedContinuation<[String], Never>?, isDone: Bool)>(
            ([], nil, false)
        )
        private let count: Int

        init(count: Int) { self.count = count }

        private final class Delegate: WebSocketDelegate {
            let collector: Collector
            init(_ collector: Collector) { self.collector = collector }
            func webSocket(_ connection: WebSocketConnection, didReceive message: WebSocketMessage) {
                collector.add(String(buffer: message.bytes))
            }
            func webSocket(_ connection: WebSocketConnection, didClose closure: WebSocketClosure) { collector.add(nil) }
        }

        func delegate() -> any WebSocketDelegate { Delegate(self) }

        private func add(_ text: String?) {
            state.withLock { state in
                if let text { state.texts.append(text) }
                state.isDone = state.isDone || text == nil || state.texts.count >= count
                guard state.isDone, let waiter = state.waiter else { return }
                state.waiter = nil
                waiter.resume(returning: state.texts)
            }
        }

        var messages: [String] {
            get async {
                await withCheckedContinuation { continuation in
                    state.withLock { state in
                        if state.isDone {
                            continuation.resume(returning: state.texts)
                        } else {
                            state.waiter = continuation
                        }
                    }
                }
            }
        }
    }

    @Test func theInstrumentListNamesWhatTrades() async throws {
        let venue = try await Venue()
        let (status, all) = try await venue.request(.get, "/api/v3/exchangeInfo")
        #expect(status == 200)
        for name in ["BTCUSDT", "ETHUSDT", "SOLUSDT"] { #expect(all.contains("\"symbol\":\"\(name)\"")) }
        let (one, some) = try await venue.request(.get, "/api/v3/exchangeInfo?symbols=%5B%22ETHUSDT%22%5D")
        #expect(one == 200 && some.contains("ETHUSDT") && !some.contains("BTCUSDT"))
        let (none, error) = try await venue.request(.get, "/api/v3/exchangeInfo?symbol=NOPE")
        #expect(none == 400 && error == #"{"code":-1121,"msg":"Invalid symbol."}"#)
        try await venue.stop()
    }

    @Test func aSnapshotHasAsManyLevelsAsAskedFor() async throws {
        let venue = try await Venue()
        let (status, body) = try await venue.request(.get, "/api/v3/depth?symbol=BTCUSDT&limit=5")
        #expect(status == 200)
        #expect(body.hasPrefix("{\"lastUpdateId\":"))
        #expect(body.split(separator: "[\"").count - 1 == 10)
        #expect(
            try await venue.request(.get, "/api/v3/depth?symbol=BTCUSDT").1.split(separator: "[\"").count - 1 == 200
        )
        for bad in [
            "", "?symbol=NOPE", "?symbol=BTCUSDT&limit=0", "?symbol=BTCUSDT&limit=9999", "?symbol=BTCUSDT&limit=x",
        ] {
            #expect(try await venue.request(.get, "/api/v3/depth\(bad)").0 == 400, "\(bad)")
        }
        #expect(try await venue.request(.get, "/nothing").0 == 404)
        #expect(try await venue.request(.post, "/api/v3/depth").0 == 405)
        #expect(try await venue.request(.get, "/stream").0 == 400)
        #expect(try await venue.request(.get, "/api/v3/ping").1 == "{}")
        try await venue.stop()
    }

    @Test func combinedAndRawStreamsDifferInTheirWrapper() async throws {
        let venue = try await Venue()
        let combined = try await venue.collect("/stream?streams=btcusdt@trade/ethusdt@bookTicker", count: 20)
        for text in combined {
            let isTrade = text.hasPrefix(#"{"stream":"btcusdt@trade","data":{"e":"trade","E":"#)
            let isQuote = text.hasPrefix(#"{"stream":"ethusdt@bookTicker","data":{"u":"#)
            #expect(isTrade || isQuote, "\(text)")
        }
        let raw = try await venue.collect("/ws/btcusdt@depth", count: 5)
        #expect(raw.allSatisfy { $0.hasPrefix(#"{"e":"depthUpdate","E":1"#) && $0.contains(#""s":"BTCUSDT","U":"#) })
        try await venue.stop()
    }

    @Test func timesComeInTheUnitAskedFor() async throws {
        let venue = try await Venue()
        func digits(_ target: String) async throws -> Set<Int> {
            let texts = try await venue.collect(target, count: 5)
            return Set(texts.compactMap { $0.split(separator: "\"E\":").last?.prefix(while: \.isNumber).count })
        }
        #expect(try await digits("/stream?streams=btcusdt@trade") == [13])
        #expect(try await digits("/stream?streams=btcusdt@trade&timeUnit=MICROSECOND") == [16])
        await #expect(throws: WireError.self) { try await digits("/stream?streams=btcusdt@trade&timeUnit=HOUR") }
        try await venue.stop()
    }

    @Test func subscriptionsAreAcknowledgedListedAndRefused() async throws {
        let venue = try await Venue { $0.messagesPerSecond = 1 }
        let answers = try await venue.collect(
            "/ws",
            sending: [
                #"{"method":"SUBSCRIBE","params":["btcusdt@nothing","ethusdt@nothing"],"id":1}"#,
                #"{"method":"UNSUBSCRIBE","params":["btcusdt@nothing"],"id":"two"}"#,
                #"{"method":"LIST_SUBSCRIPTIONS","id":3}"#, #"{"method":"DANCE","id":4}"#, #"{"id":5}"#, "{nonsense",
            ],
            count: 6
        )
        #expect(
            answers.prefix(3) == [
                #"{"result":null,"id":1}"#, #"{"result":null,"id":"two"}"#, #"{"result":["ethusdt@nothing"],"id":3}"#,
            ]
        )
        #expect(answers[3].contains("unknown variant `DANCE`") && answers[3].hasSuffix("\"id\":4}"))
        #expect(answers[4].contains("missing field `method`") && answers[4].hasSuffix("\"id\":5}"))
        #expect(answers[5] == #"{"code":3,"msg":"Invalid JSON: expected value at line 1 column 2"}"#)
        try await venue.stop()
    }

    @Test func faultsAreOrderedByHTTP() async throws {
        let venue = try await Venue()
        #expect(try await venue.request(.post, "/sim/fault", #"{"kind":"malformed","symbol":"BTC-USDT"}"#).0 == 200)
        let texts = try await venue.collect("/stream?streams=btcusdt@trade", count: 2)
        #expect(texts[1].hasPrefix(texts[0]) && texts[1].count > texts[0].count)
        #expect(try await venue.request(.post, "/sim/fault", #"{"kind":"limit"}"#).0 == 200)
        #expect(try await venue.request(.get, "/api/v3/depth?symbol=BTCUSDT").0 == 429)
        #expect(try await venue.request(.get, "/api/v3/depth?symbol=BTCUSDT").0 == 200)
        #expect(try await venue.request(.post, "/sim/fault", #"{"kind":"disconnect"}"#).0 == 200)
        for bad in ["", "{}", "{\"kind\":\"explode\"}", "{\"kind\":\"gap\",\"symbol\":\"NOPE\"}", "[]"] {
            #expect(try await venue.request(.post, "/sim/fault", bad).0 == 400, "\(bad)")
        }
        #expect(try await venue.request(.get, "/sim/fault").0 == 405)
        try await venue.stop()
    }

    /// `U` and `u` of depth messages.
    static func ids(_ texts: [String]) -> [(first: Int, last: Int)] {
        func number(_ text: String, after key: String) -> Int {
            text.rest(after: key).map { Int($0.prefix(while: \.isNumber)) ?? 0 } ?? 0
        }
        return texts.map { (number($0, after: "\"U\":"), number($0, after: "\"u\":")) }
    }

    @Test(arguments: [false, true])
    func aGapLeavesOneDepthMessageOut(isGap: Bool) async throws {
        // The market stands still while nobody is connected, so the stream goes on from this snapshot.
        let venue = try await Venue()
        let body = try await venue.request(.get, "/api/v3/depth?symbol=BTCUSDT&limit=1").1
        let id = try #require(body.rest(after: "\"lastUpdateId\":").flatMap { Int($0.prefix(while: \.isNumber)) })
        if isGap { #expect(try await venue.simulator.inject(SimulatorFault(.gap, symbol: "BTC-USDT")).get()) }
        #expect(try await venue.simulator.inject(SimulatorFault(.gap, symbol: "NOPE")).get() == false)
        let pairs = Self.ids(try await venue.collect("/ws/btcusdt@depth@100ms", count: 20))
        #expect(pairs.count >= 20)
        #expect((pairs[0].first == id + 1) == !isGap)
        for (one, two) in zip(pairs, pairs.dropFirst()) { #expect(two.first == one.last + 1) }
        try await venue.stop()
    }

    @Test func aVenueNeedsASymbolAndAPort() async throws {
        await #expect(throws: WireError.self) { try await Venue { $0.symbols = [] } }
        await #expect(throws: WireError.self) { try await Venue { $0.tls = ("/nowhere/a", "/nowhere/b") } }
        let venue = try await Venue()
        let port = venue.simulator.port
        await #expect(throws: WireError.self) { try await Venue { $0.port = port } }
        try await venue.stop()
    }
}

extension String {
    /// What comes after the first `mark`.
    fileprivate func rest(after mark: String) -> Substring? {
        firstRange(of: mark).map { self[$0.upperBound...] }
    }
}
