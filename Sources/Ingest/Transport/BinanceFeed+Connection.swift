import Logging
import Market
import NIOCore
import Wire

extension BinanceFeed {
    // MARK: Instrument list

    /// Fetches the instrument list, then connects.
    func load() {
        guard isRunning else { return }
        statistics.enter(.loading)
        // One unknown symbol makes the venue refuse a list of symbols: then the whole list tells which.
        load(target: listTarget) { [self] error in
            guard !symbols.isEmpty else { return wait(after: error) }
            load(target: "/api/v3/exchangeInfo") { [self] error in wait(after: error) }
        }
    }

    private var listTarget: String {
        guard !symbols.isEmpty else { return "/api/v3/exchangeInfo" }
        let names = symbols.map { "%22\(BinanceStreams.percentEncoded($0.name))%22" }.joined(separator: "%2C")
        return "/api/v3/exchangeInfo?symbols=%5B\(names)%5D"
    }

    private func load(target: String, orElse refused: @escaping @Sendable (String) -> Void) {
        generation += 1
        let generation = self.generation
        guard let url = try? restURL.with(target: target) else { return wait(after: "bad REST URL") }
        http.execute(HTTPClientRequest(url: url), on: eventLoop).whenComplete { [self] result in
            guard generation == self.generation, isRunning else { return }
            switch result {
            case .failure(let error): wait(after: "\(error)")
            case .success(let response) where response.status == .ok: listed(response.body)
            case .success(let response) where response.status.code == 400:
                refused("the venue refused the list of instruments with status 400")
            case .success(let response):
                heedRetryAfter(response)
                wait(after: "the venue answered exchangeInfo with status \(response.status.code)")
            }
        }
    }

    private func listed(_ body: ByteBuffer) {
        let list: BinanceInstrumentList
        do throws(IngestError) {
            list = try body.withBytes { bytes throws(IngestError) in try BinanceInstrumentList(bytes) }
        } catch {
            return wait(after: "exchangeInfo: \(error)")
        }
        let wanted = Dictionary(symbols.map { ($0.name, $0) }) { first, _ in first }
        let found = symbols.isEmpty ? list.symbols : list.symbols.filter { wanted[$0.name] != nil }
        statistics.setUnknownSymbols(symbols.isEmpty ? 0 : max(0, symbols.count - found.count))
        if !symbols.isEmpty, found.count < symbols.count {
            let missing = symbols.map(\.name).filter { name in !found.contains { $0.name == name } }
            environment.logger.error(
                "the venue does not trade these symbols",
                metadata: ["symbols": .string(missing.joined(separator: ","))]
            )
        }
        guard !found.isEmpty else { return wait(after: "the venue trades none of the configured symbols") }
        guard found.count <= BinanceStreams.symbolsMax else {
            return wait(after: "the venue lists \(found.count) symbols; name at most \(BinanceStreams.symbolsMax)")
        }
        for symbol in found { try? adapter.add(symbol, now: environment.clock(), into: &batch) }
        deliver()
        connect(found)
    }

    // MARK: Stream

    private func connect(_ symbols: [BinanceSymbol]) {
        statistics.enter(.connecting)
        generation += 1
        let generation = self.generation
        let streams = symbols.flatMap { BinanceStreams.names(symbol: $0.name) }
        let micros = configuration.hasMicroseconds
        var target = BinanceStreams.combinedPath(streams: streams, microseconds: micros)
        let isLong = target.utf8.count > BinanceFeedConfiguration.targetBytesMax
        if isLong { target = BinanceStreams.combinedPath(streams: [], microseconds: micros) }
        let messages = isLong ? BinanceStreams.subscribeMessages(streams: streams) : []
        guard let url = try? webSocketURL.with(target: target) else { return wait(after: "bad stream URL") }
        let connecting = webSocket.connect(to: url, on: eventLoop) { [self] _ in
            StreamReceiver(feed: self, generation: generation)
        }
        connecting.whenSuccess { [self] _ in
            // Not before the next turn of the loop: until then the handshake's decoder still sees what is sent.
            eventLoop.execute { [self] in subscribe(messages[...], generation) }
        }
        connecting.whenFailure { [self] error in
            guard generation == self.generation else { return }
            statistics.countDisconnect()
            lose(reason: .disconnect)
            wait(after: "\(error)")
        }
    }

    fileprivate func opened(_ connection: WebSocketConnection, generation: Int) {
        guard generation == self.generation, isRunning else { return connection.close(.normal) }
        self.connection = connection
        openedAt = eventLoop.now
        lastFrame = openedAt
        statistics.countConnect()
        statistics.enter(.connected)
        environment.logger.info("feed connected", metadata: ["url": .string(configuration.webSocketURL)])
        adapter.connected(now: environment.clock())
    }

    /// Sends subscriptions one by one: the venue takes five messages a second.
    private func subscribe(_ messages: ArraySlice<String>, _ generation: Int) {
        guard let message = messages.first, generation == self.generation, let connection else { return }
        connection.send(text: message)
        subscribing = eventLoop.scheduleTask(in: .milliseconds(300)) { [self] in
            subscribe(messages.dropFirst(), generation)
        }
    }

    fileprivate func received(_ message: WebSocketMessage, generation: Int) {
        guard generation == self.generation else { return }
        let time = burstTime ?? environment.clock()
        burstTime = time
        lastFrameTime = time
        lastFrame = eventLoop.now
        // A refused frame is counted by the adapter and shown by the statistics; the stream goes on.
        message.bytes.withReadableBytes { frame in
            try? adapter.decode(frame, receiveTime: time, into: &batch)
        }
    }

    fileprivate func finishedReading(generation: Int) {
        guard generation == self.generation else { return }
        burstTime = nil
        perform(adapter.takeActions())
        deliver()
    }

    fileprivate func closed(_ closure: WebSocketClosure, generation: Int) {
        guard generation == self.generation else { return }
        lose(reason: .disconnect)
        wait(after: "the stream closed with code \(closure.code.rawValue) \(closure.reason)")
    }

    func perform(_ actions: [BinanceAction]) {
        for action in actions {
            switch action {
            case .requestSnapshot(let symbol): snapshots.enqueue(symbol, now: monotonicNow)
            case .reconnect:
                let isOld = eventLoop.now - openedAt >= configuration.backoffReset
                return reconnect(reason: .disconnect, error: isOld ? nil : "the venue announced its shutdown")
            }
        }
        if !actions.isEmpty { fetchSnapshots() }
    }
}

/// Hands one connection's messages to its feed. Used on the feed's loop only.
private final class StreamReceiver: WebSocketDelegate {
    private let feed: BinanceFeed
    private let generation: Int

    init(feed: BinanceFeed, generation: Int) {
        self.feed = feed
        self.generation = generation
    }

    func webSocketDidOpen(_ connection: WebSocketConnection) { feed.opened(connection, generation: generation) }

    func webSocket(_ connection: WebSocketConnection, didReceive message: WebSocketMessage) {
        feed.received(message, generation: generation)
    }

    func webSocketDidFinishReading(_ connection: WebSocketConnection) { feed.finishedReading(generation: generation) }

    func webSocket(_ connection: WebSocketConnection, didClose closure: WebSocketClosure) {
        feed.closed(closure, generation: generation)
    }
}

extension ByteBuffer {
    /// Calls `body` with the readable bytes.
    func withReadableBytes(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        withUnsafeReadableBytes { raw in raw.withMemoryRebound(to: UInt8.self) { body($0) } }
    }

    /// Calls `body` with the readable bytes, and passes on what it throws.
    func withBytes<Value>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(IngestError) -> Value
    ) throws(IngestError) -> Value {
        var result: Result<Value, IngestError>?
        withReadableBytes { bytes in
            result = Result { () throws(IngestError) in try body(bytes) }
        }
        guard let result else { throw IngestError(.malformedFrame, .unexpectedEnd) }
        return try result.get()
    }
}
