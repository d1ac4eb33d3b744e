import Documents
import Engine
import Market
import NIOCore
import NIOEmbedded
import Testing
import Wire

@testable import Gateway

/// Clients that come and go, stall, read slowly, resume on any loop, and believe nothing. In the end each has the server's
/// state; in mode `all`, what each received is what the updates say, every delta once, across its connections.
@Suite struct StreamClientModelTests {
    /// What every shape's deltas are, by the updates that were published: the naive reading of docs/protocol.md.
    private final class Oracle {
        private struct Update {
            var epoch: String
            var isStart: Bool
            var seq: Int64
            var updateID: Int64
            var book: BookState
            var values: [FeatureValue]
        }

        private var updates: [String: [Update]] = [:]

        func take(_ batch: FeatureBatch, _ instruments: InstrumentRegistry) {
            for update in batch.updates {
                let name = instruments.instrument(update.instrument).name
                updates[name, default: []].append(
                    Update(
                        epoch: update.epoch,
                        isStart: update.isEpochStart,
                        seq: update.seq,
                        updateID: update.updateID,
                        book: update.bookState,
                        values: Array(batch.values[update.valueRange])
                    )
                )
            }
        }

        /// The deltas of an instrument and some fields, as texts, by `seq`.
        func deltas(_ symbol: String, fields: [String]) -> [Int64: String] {
            var deltas: [Int64: String] = [:]
            var statuses: [Int: ValueStatus] = [:]
            var book = BookState.syncing
            let places = fields.map { field in testFeatures.firstIndex { $0.name == field }! }
            for update in updates[symbol] ?? [] {
                if update.isStart { statuses = [:] }
                var parts: [String] = []
                for value in update.values {
                    let before = update.isStart ? nil : statuses[value.feature]
                    statuses[value.feature] = value.status
                    guard let place = places.firstIndex(of: value.feature) else { continue }
                    let shown = value.hasValue ? "\(value.value)" : "null"
                    let status = before == value.status ? "" : " \(value.status.name)"
                    parts.append("\(place)=\(shown)\(status)")
                }
                let changed = book == update.book ? "" : update.book.name
                book = update.book
                let followsBook = fields.count == testFeatures.count
                guard !update.isStart, !parts.isEmpty || !changed.isEmpty || followsBook && update.updateID != 0 else {
                    continue
                }
                deltas[update.seq] = "\(update.seq) \(parts) \(changed) u\(update.updateID)"
            }
            return deltas
        }

        /// A delta that was received, as such a text.
        static func text(_ message: DocumentValue) -> String {
            let statuses = Dictionary(
                (message["s"]?.array ?? []).map { ($0.array?[0].integer ?? -1, $0.array?[1].string ?? "") },
                uniquingKeysWith: { $1 }
            )
            let parts = zip(message["i"]?.array ?? [], message["v"]?.array ?? []).map { place, value in
                let shown =
                    switch value {
                    case .integer(let number): "\(Double(number))"
                    case .number(let number): "\(number)"
                    default: "null"
                    }
                let status = statuses[place.integer ?? -1].map { " \($0)" } ?? ""
                return "\(place.integer ?? -1)=\(shown)\(status)"
            }
            return
                "\(message["seq"]?.integer ?? -1) \(parts) \(message["book"]?.string ?? "") u\(message["u"]?.integer ?? 0)"
        }
    }

    private final class Client {
        let symbols = #"["*"]"#
        let features: String
        let mode: String
        let more: String
        let encoding: StreamEncoding
        var peer: StreamPeer?
        var carried: [String: PeerSubscription] = [:]
        var resumed = 0

        init(_ random: inout SeededGenerator) {
            features = ["\"*\"", "\"mid\"", "\"ofi_*\",\"bid\"", "\"last_price\",\"vwap\""].randomElement(
                using: &random
            )!
            mode = Bool.random(using: &random) ? "all" : "conflate"
            let rate = mode == "conflate" && Int.random(in: 0..<3, using: &random) == 0 ? #","max_rate_hz":20"# : ""
            let lag = Bool.random(using: &random) ? #","on_lag":"snapshot""# : ""
            let batch = Bool.random(using: &random) ? #","batch":true"# : ""
            more = rate + lag + batch
            encoding = Bool.random(using: &random) ? .json : .messagePack
        }

        func connect(_ fixture: StreamFixture, loop: Int) throws {
            let peer = try StreamPeer(fixture, loop: loop, encoding)
            peer.carried = carried
            self.peer = peer
            let positions = carried.values.compactMap { old -> String? in
                guard let epoch = old.epoch, let seq = old.seq else { return nil }
                return #""\#(old.symbol)":{"epoch":"\#(epoch)","seq":\#(seq)}"#
            }
            let resume = positions.isEmpty ? "" : #","resume":{\#(positions.joined(separator: ","))}"#
            try peer.send(
                #"{"op":"subscribe","id":1,"symbols":\#(symbols),"features":[\#(features)],"mode":"\#(mode)"\#(more)\#(resume)}"#
            )
        }

        /// Keeps what arrived, as a client that was cut off would.
        func disconnect() {
            guard let peer else { return }
            for subscription in peer.subscriptions.values { carried[subscription.symbol] = subscription }
            resumed += peer.others.reduce(0) { count, message in
                count + (message["subs"]?.array ?? []).count { $0["resumed"] == .boolean(true) }
            }
            peer.disconnect()
            self.peer = nil
        }
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func clientsThatComeAndGoEndWithTheServersState(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var limits = StreamLimits()
        limits.requestBurst = 10_000
        limits.queueBytesMax = [4_000, 100_000, 8 << 20].randomElement(using: &random)!
        limits.resumeEventsMax = [0, 5, 60, 100_000].randomElement(using: &random)!
        limits.handoffUpdatesMax = [5, 100_000].randomElement(using: &random)!
        let loopCount = Int.random(in: 1...3, using: &random)
        let fixture = StreamFixture(loopCount: loopCount, limits: limits)
        let oracle = Oracle()
        var epochs = [0, 0, 0]
        let clients = (0..<4).map { _ in Client(&random) }
        for _ in 0..<400 {
            let client = clients.randomElement(using: &random)!
            switch Int.random(in: 0..<24, using: &random) {
            case 0 where client.peer == nil, 1 where client.peer == nil:
                try client.connect(fixture, loop: Int.random(in: 0..<loopCount, using: &random))
            case 1: client.disconnect()
            case 2, 3: client.peer?.setWritable(Bool.random(using: &random))
            case 4, 5, 6: try client.peer?.receive()
            case 7: for loop in fixture.loops { loop.run() }
            case 8: for loop in fixture.loops { loop.advanceTime(by: .milliseconds(30)) }
            default:
                var batch = FeatureBatch()
                fixture.change(&epochs, startOnceIn: 60, &random, in: &batch)
                oracle.take(batch, fixture.instruments)
                let instrument = batch.updates.first.map { Int($0.instrument.rawValue) } ?? 0
                fixture.hubs.publish(batch, shard: instrument % loopCount)
            }
            if client.peer?.closeCode != nil { client.disconnect() }
        }
        for client in clients where client.peer == nil { try client.connect(fixture, loop: 0) }
        for client in clients { client.peer?.setWritable(true) }
        for loop in fixture.loops { loop.advanceTime(by: .milliseconds(200)) }
        for client in clients { try client.peer?.receive() }
        for client in clients { try check(client, fixture, oracle) }
        #expect(fixture.counters.queueBytes.value == 0)
    }

    private func check(_ client: Client, _ fixture: StreamFixture, _ oracle: Oracle) throws {
        let peer = try #require(client.peer)
        if peer.closeCode != nil { return }
        #expect(peer.failures.isEmpty, "\(peer.failures.prefix(3))")
        for subscription in peer.subscriptions.values where subscription.seq != nil {
            let state = try #require(fixture.hub(peer.loop).state(named: subscription.symbol))
            #expect(subscription.difference(from: state) == nil)
            guard client.mode == "all" else { continue }
            let expected = oracle.deltas(subscription.symbol, fields: subscription.fields)
            var last: Int64?
            for message in subscription.log {
                let seq = try #require(message["seq"]?.integer)
                if message["op"] == .string("d") {
                    // The chain has no hole: with `prev` checked, each delta is there once.
                    if let last { #expect(message["prev"]?.integer == last) }
                    #expect(Oracle.text(message) == expected[seq])
                    if let last {
                        #expect(!expected.keys.contains { $0 > last && $0 < seq }, "between \(last) and \(seq)")
                    }
                }
                last = seq
            }
        }
    }
}
