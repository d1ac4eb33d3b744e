import Documents
import Engine
import Market
import NIOCore
import NIOEmbedded

@testable import Gateway
@testable import Wire

/// Eight features, two of which begin alike.
let testFeatures = ["bid", "ask", "mid", "spread", "ofi_cum", "ofi_1_cum", "last_price", "vwap"].map {
    Feature(name: $0, unit: "price", view: "book_features@v1", summary: "The \($0).")
}

/// A generator whose sequence is fixed by its seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

/// Hubs on embedded loops: nothing happens but what the test does.
final class StreamFixture {
    let loops: [EmbeddedEventLoop]
    let instruments = InstrumentRegistry()
    let hubs: StreamHubs
    let uptime = Counter()
    var seqs: [Int64] = []
    var lastSent: [Int64] = []

    init(
        loopCount: Int = 1,
        limits: StreamLimits = StreamLimits(),
        symbols: [String] = ["BTC-USDT", "ETH-USDT", "SOL-USDT"],
        queries: (any StreamQuerySource)? = nil,
        preparing executor: (any LiveExecutor)? = nil,
        past: (any PastFeatures)? = nil,
        pastViews: (any PastViews)? = nil
    ) {
        loops = (0..<loopCount).map { _ in EmbeddedEventLoop() }
        for symbol in symbols {
            _ = instruments.register(Instrument(symbol: symbol, venue: "BINANCE", priceScale: 8, sizeScale: 8))
        }
        seqs = symbols.map { _ in 0 }
        lastSent = seqs
        hubs = StreamHubs(
            eventLoops: loops,
            features: testFeatures,
            instruments: instruments,
            limits: limits,
            serverVersion: "test",
            queries: queries,
            preparing: executor,
            past: past,
            pastViews: pastViews,
            clock: { 1_723_161_254_000_000_000 },
            uptime: { [uptime] in Int64(uptime.value) }
        )
    }

    var counters: StreamCounters { hubs.context.counters }
    func hub(_ loop: Int = 0) -> StreamHub { hubs.hub(of: loops[loop])! }

    /// An update of one instrument: `skip` events of it changed no feature.
    func update(
        _ instrument: Int,
        _ values: [(Int, Double, ValueStatus)],
        skip: Int64 = 0,
        epoch: String = "k1",
        isEpochStart: Bool = false,
        book: BookState = .live,
        updateID: Int64 = 0,
        in batch: inout FeatureBatch
    ) {
        seqs[instrument] += 1 + skip
        let seq = seqs[instrument]
        let start = batch.values.count
        batch.values += values.map { FeatureValue(feature: $0.0, value: $0.1, status: $0.2) }
        batch.updates.append(
            FeatureUpdate(
                instrument: InstrumentID(rawValue: UInt32(instrument)),
                epoch: epoch,
                isEpochStart: isEpochStart,
                prev: isEpochStart ? 0 : lastSent[instrument],
                seq: seq,
                exchangeTime: seq * 1_000_000,
                receiveTime: seq * 1_000_000 + 5_000,
                computeTime: seq * 1_000_000 + 7_999,
                updateID: updateID,
                bookState: book,
                valuesStart: start,
                valuesCount: values.count
            )
        )
        lastSent[instrument] = seq
    }

    /// The first update of an instrument: all features 1, 2, 3, …
    func start(_ instrument: Int, epoch: String = "k1", loop: Int = 0) {
        var batch = FeatureBatch()
        let values = testFeatures.indices.map { ($0, Double($0 + 1), ValueStatus.present) }
        update(instrument, values, epoch: epoch, isEpochStart: true, in: &batch)
        hubs.publish(batch, shard: loop)
    }

    func publish(_ instrument: Int, _ values: [(Int, Double, ValueStatus)], book: BookState = .live, loop: Int = 0) {
        var batch = FeatureBatch()
        update(instrument, values, book: book, in: &batch)
        hubs.publish(batch, shard: loop)
    }
}

/// The far end of a stream: what a subscriber would see and send.
final class StreamPeer {
    let channel: EmbeddedChannel
    let fixture: StreamFixture
    let loop: Int
    /// What the subscriber had before it was cut off, by symbol.
    var carried: [String: PeerSubscription] = [:]
    /// Whether its requests ask for snapshots.
    var wantsSnapshots = true
    private(set) var closeReason = ""
    private(set) var pings = 0
    /// Arrays of messages that came.
    private(set) var batches = 0
    private var unread = ByteBuffer()
    var subscriptions: [Int64: PeerSubscription] = [:]
    private(set) var closeCode: UInt16?
    var failures: [String] = []
    /// Everything that is not a snapshot or a delta.
    var others: [DocumentValue] = []

    init(
        _ fixture: StreamFixture,
        loop: Int = 0,
        _ encoding: StreamEncoding = .json,
        access: StreamAccess? = nil
    ) throws {
        self.fixture = fixture
        self.loop = loop
        let placeholder = Placeholder()
        channel = EmbeddedChannel(handler: placeholder, loop: fixture.loops[loop])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let context = try channel.pipeline.syncOperations.context(handler: placeholder)
        var limits = WebSocketLimits()
        limits.messageBytesMax = fixture.hubs.context.limits.messageBytesMax
        limits.closeTimeout = fixture.hubs.context.limits.closeTimeout
        _ = WebSocketConnection.install(
            on: context,
            after: placeholder,
            role: .server,
            limits: limits,
            subprotocol: nil,
            registry: nil
        ) { connection in
            let session = StreamSession(name: fixture.hubs.nextConnectionName(), hub: fixture.hub(loop), access: access)
            return WebSocketStream(connection, session, encoding)
        }
    }

    /// Whether the socket takes bytes.
    func setWritable(_ isWritable: Bool) {
        guard channel.isWritable != isWritable else { return }
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
    }

    func send(_ text: String) throws { try send(WebSocketFrameWriter.text(text)) }

    /// Sends a whole frame of a server, masked as a client must.
    func send(_ frame: ByteBuffer) throws {
        var frame = frame
        // A mask of zeros: set the bit and put four zero bytes behind the length.
        var masked = ByteBuffer()
        masked.writeInteger(frame.readInteger(as: UInt8.self)!)
        let length = frame.readInteger(as: UInt8.self)!
        masked.writeInteger(0x80 | length)
        if length == 126 { masked.writeInteger(frame.readInteger(as: UInt16.self)!) }
        if length == 127 { masked.writeInteger(frame.readInteger(as: UInt64.self)!) }
        masked.writeInteger(UInt32(0))
        masked.writeBuffer(&frame)
        try channel.writeInbound(masked)
    }

    /// Ends the turn, reads all that was flushed, applies snapshots and deltas, and returns the messages.
    @discardableResult
    func receive() throws -> [DocumentValue] {
        fixture.hub(loop).endTurn()
        while var bytes = try channel.readOutbound(as: ByteBuffer.self) { unread.writeBuffer(&bytes) }
        var messages: [DocumentValue] = []
        while let (opcode, payload) = nextFrame() {
            if opcode == 8 {
                closeCode = payload.getInteger(at: payload.readerIndex)
                closeReason =
                    payload.getString(at: payload.readerIndex + 2, length: max(0, payload.readableBytes - 2)) ?? ""
            }
            if opcode == 9 { pings += 1 }
            guard opcode == 1 || opcode == 2 else { continue }
            for message in try Self.messages(Array(payload.readableBytesView), isMessagePack: opcode == 2, &batches) {
                messages.append(message)
                take(message)
            }
        }
        return messages
    }

    /// The messages of a frame, those of MessagePack as they would be in JSON.
    private static func messages(_ bytes: [UInt8], isMessagePack: Bool, _ batches: inout Int) throws -> [DocumentValue]
    {
        let value = isMessagePack ? try MessagePackReader.value(of: bytes) : try JSONReader.value(of: bytes)
        guard let parts = value.array else { return [value] }
        if isMessagePack, parts.first?.array == nil { return [PositionalMessage.named(parts)] }
        batches += 1
        return isMessagePack ? parts.map { PositionalMessage.named($0.array ?? []) } : parts
    }

    /// Cuts the connection.
    func disconnect() {
        channel.close(promise: nil)
        fixture.loops[loop].run()
    }

    private func nextFrame() -> (UInt8, ByteBuffer)? {
        let start = unread.readerIndex
        guard let first: UInt8 = unread.readInteger(), let second: UInt8 = unread.readInteger() else { return nil }
        var length = Int(second)
        if second == 126 { length = Int(unread.readInteger(as: UInt16.self)!) }
        if second == 127 { length = Int(unread.readInteger(as: UInt64.self)!) }
        guard let payload = unread.readSlice(length: length) else {
            unread.moveReaderIndex(to: start)
            return nil
        }
        return (first & 15, payload)
    }

    private func take(_ message: DocumentValue) {
        switch message["op"]?.string {
        case "snap" where message["rows"] != nil, "d" where message["rows"] != nil: others.append(message)
        case "subscribed":
            for entry in message["subs"]?.array ?? [] where entry["symbol"] != nil {
                let old = entry["resumed"]?.boolean == true ? carried[entry["symbol"]?.string ?? ""] : nil
                let subscription = PeerSubscription(entry, after: old)
                if !wantsSnapshots, old == nil { subscription.seq = entry["seq"]?.integer }
                subscriptions[subscription.sid] = subscription
            }
            others.append(message)
        case "snap", "d":
            let sid = message["sid"]?.integer ?? 0
            if subscriptions[sid] == nil { failures.append("sid \(sid) is not subscribed to") }
            if let failure = subscriptions[sid]?.apply(message) { failures.append(failure) }
        default: others.append(message)
        }
    }

    private final class Placeholder: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = ByteBuffer
        typealias InboundOut = ByteBuffer
        func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.fireChannelRead(data) }
    }
}

/// The positional messages of MessagePack with the names of their elements, as docs/protocol.md lists them.
enum PositionalMessage {
    private static let layouts: [String: [String]] = [
        "d": ["op", "sid", "prev", "seq", "t", "i", "v", "u", "n", "book", "s"],
        "snap": ["op", "sid", "epoch", "seq", "t", "book", "v", "s", "u"],
        "lag": ["op", "sid", "from", "to"],
    ]
    private static let rowLayouts: [String: [String]] = [
        "d": ["op", "sid", "prev", "seq", "t", "rows", "closed", "removed"],
        "rev": ["op", "sid", "prev", "seq", "t", "rows", "closed", "removed"],
        "snap": ["op", "sid", "epoch", "seq", "t", "rows", "closed", "removed", "whole"],
    ]

    static func named(_ parts: [DocumentValue]) -> DocumentValue {
        guard let op = parts.first?.string else { return .null }
        if parts.count == 2, let members = parts[1].members {
            return .object([.init(key: "op", value: .string(op))] + members)
        }
        // The numbers of queries are negative.
        let isRows = (parts[1].integer ?? 0) < 0 && op != "lag"
        guard let names = isRows ? rowLayouts[op] : layouts[op], parts.count <= names.count else { return .null }
        return .object(zip(names, parts).filter { $1 != .null }.map { .init(key: $0, value: $1) })
    }
}

/// A subscription as a client of the protocol rebuilds it; it believes nothing.
final class PeerSubscription {
    let sid: Int64
    let symbol: String
    let fields: [String]
    var epoch: String?
    var seq: Int64?
    var book: String?
    var values: [DocumentValue]
    var statuses: [String]
    var snapshots = 0
    var deltas = 0
    var merged = 0
    /// What a mode of all deltas is held to: every message, and where a chain began.
    var log: [DocumentValue] = []

    /// - Parameter old: what the subscriber had, if the subscription goes on from there.
    init(_ entry: DocumentValue, after old: PeerSubscription? = nil) {
        sid = entry["sid"]!.integer!
        symbol = entry["symbol"]!.string!
        fields = entry["fields"]!.strings!
        values = fields.map { _ in .null }
        statuses = fields.map { _ in "PRESENT" }
        guard let old else { return }
        (epoch, seq, book) = (old.epoch, old.seq, old.book)
        (values, statuses, log) = (old.values, old.statuses, old.log)
    }

    /// Takes a `snap` or `d`; tells what is wrong with it.
    func apply(_ message: DocumentValue) -> String? {
        let isSnapshot = message["op"]?.string == "snap"
        guard let next = message["seq"]?.integer, let sent = message["v"]?.array, message["t"]?.array?.count == 3 else {
            return "sid \(sid): incomplete \(message)"
        }
        if isSnapshot {
            guard sent.count == fields.count else { return "sid \(sid): snapshot of \(sent.count) values" }
            epoch = message["epoch"]?.string
            values = sent
            statuses = fields.map { _ in "PRESENT" }
            snapshots += 1
        } else {
            guard let seq, message["prev"]?.integer == seq, next > seq else {
                return "sid \(sid): after \(seq.map(String.init) ?? "nothing") came \(message)"
            }
            let places = (message["i"]?.array ?? []).compactMap(\.integer).map(Int.init)
            guard places.count == sent.count, places == Set(places).sorted() else {
                return "sid \(sid): i and v differ"
            }
            for (place, value) in zip(places, sent) { values[place] = value }
            deltas += 1
            merged += Int(message["n"]?.integer ?? 1) - 1
        }
        for pair in message["s"]?.array ?? [] {
            guard let place = pair.array?.first?.integer, let status = pair.array?.last?.string else { return "bad s" }
            statuses[Int(place)] = status
        }
        book = message["book"]?.string ?? book
        seq = next
        log.append(message)
        return nil
    }

    /// What differs from the hub's state; nil if nothing does.
    func difference(from state: InstrumentFeatures) -> String? {
        for (place, field) in fields.enumerated() {
            let feature = testFeatures.firstIndex { $0.name == field }!
            let slot = state.slots[feature]
            let shown: Double? =
                switch values[place] {
                case .integer(let number): Double(number)
                case .number(let number): number
                default: nil
                }
            if shown != slot.shown || statuses[place] != slot.status.name {
                return "\(symbol) \(field): \(values[place]) \(statuses[place]), not \(slot.value) \(slot.status)"
            }
        }
        if book != state.bookState.name { return "\(symbol): book \(book ?? "none"), not \(state.bookState)" }
        if epoch != state.epoch { return "\(symbol): epoch \(epoch ?? "none"), not \(state.epoch)" }
        return nil
    }
}
