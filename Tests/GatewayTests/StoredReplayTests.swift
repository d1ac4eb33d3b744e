import Documents
import Engine
import Market
import NIOCore
import NIOEmbedded
import Synchronization
import Testing
import Wire

@testable import Gateway

/// Everything that was ever published, made again at once, or when a test says so.
private final class FakePast: PastFeatures {
    private struct State {
        var batch = FeatureBatch()
        var isBroken = false
        var isBusy = false
        var isSlow = false
        var answers: [@Sendable () -> Void] = []
        var asked: [FeatureGap] = []
    }

    private let state = Mutex(State())

    var asked: [FeatureGap] { state.withLock { $0.asked } }

    func take(_ batch: FeatureBatch) {
        state.withLock { state in
            for var update in batch.updates {
                let values = batch.values[update.valueRange]
                update.valuesStart = state.batch.values.count
                state.batch.values += values
                state.batch.updates.append(update)
            }
        }
    }

    /// From now on something else is made than was published.
    func breakUp() { state.withLock { $0.isBroken = true } }
    func refuse() { state.withLock { $0.isBusy = true } }

    /// From now on answers come with ``finish()`` alone.
    func slowDown() { state.withLock { $0.isSlow = true } }

    func finish() {
        let answers = state.withLock { state in
            defer { state.answers.removeAll() }
            return state.answers
        }
        for answer in answers { answer() }
    }

    func rebuild(_ gaps: [FeatureGap], completion: @escaping @Sendable ([RebuiltFeatures?]) -> Void) -> Bool {
        let rebuilt = state.withLock { state -> [RebuiltFeatures?]? in
            state.asked += gaps
            guard !state.isBusy else { return nil }
            return gaps.map { gap -> RebuiltFeatures? in
                var batch = state.batch
                batch.updates = batch.updates.filter { $0.instrument == gap.instrument && $0.seq <= gap.through }
                if state.isBroken {
                    for index in batch.values.indices { batch.values[index].value += 1 }
                }
                let statuses = testFeatures.map { _ in ValueStatus.warming }
                return RebuiltFeatures(statuses: statuses, bookState: .syncing, batch: batch)
            }
        }
        guard let rebuilt else { return false }
        let isSlow = state.withLock { state in
            if state.isSlow { state.answers.append { completion(rebuilt) } }
            return state.isSlow
        }
        if !isSlow { completion(rebuilt) }
        return true
    }
}

@Suite struct StoredReplayTests {
    private func publish(
        _ fixture: StreamFixture,
        _ past: FakePast,
        _ instrument: Int,
        _ values: [(Int, Double, ValueStatus)],
        isStart: Bool = false,
        epoch: String = "k1",
        book: BookState = .live
    ) {
        var batch = FeatureBatch()
        fixture.update(instrument, values, epoch: epoch, isEpochStart: isStart, book: book, updateID: 7, in: &batch)
        past.take(batch)
        fixture.hubs.publish(batch, shard: 0)
        for loop in fixture.loops { loop.run() }
    }

    private func started(
        _ past: FakePast,
        _ count: Int = 40,
        limits changed: (inout StreamLimits) -> Void = { _ in }
    ) -> StreamFixture {
        var limits = StreamLimits()
        limits.resumeEventsMax = 5
        changed(&limits)
        let fixture = StreamFixture(limits: limits, past: past)
        publish(fixture, past, 0, testFeatures.indices.map { ($0, Double($0), .present) }, isStart: true)
        for turn in 1..<count {
            publish(
                fixture,
                past,
                0,
                [(turn % 8, Double(turn), turn % 7 == 0 ? .null : .present)],
                book: turn % 11 == 0 ? .stale : .live
            )
        }
        return fixture
    }

    private func subscribe(_ fixture: StreamFixture, from seq: Int64, epoch: String = "k1") throws -> StreamPeer {
        let peer = try StreamPeer(fixture)
        try peer.receive()
        try peer.send(
            #"{"op":"subscribe","id":1,"symbols":["BTC-USDT.BINANCE"],"mode":"all","resume":{"BTC-USDT.BINANCE":{"epoch":"\#(epoch)","seq":\#(seq)}}}"#
        )
        return peer
    }

    @Test func whatFellOutOfMemoryComesFromTheStore() throws {
        let past = FakePast()
        let witnessed = StreamFixture()
        let witness = try StreamPeer(witnessed)
        try witness.send(#"{"op":"subscribe","id":1,"symbols":["BTC-USDT.BINANCE"],"mode":"all"}"#)
        let unused = FakePast()
        publish(witnessed, unused, 0, testFeatures.indices.map { ($0, Double($0), .present) }, isStart: true)
        for turn in 1..<40 {
            let status: ValueStatus = turn % 7 == 0 ? .null : .present
            publish(witnessed, unused, 0, [(turn % 8, Double(turn), status)], book: turn % 11 == 0 ? .stale : .live)
        }
        let expected = try witness.receive().filter { $0["op"] == .string("d") }
        #expect(expected.count == 39)
        let fixture = started(past)
        for from in [1, 2, 20, 33] as [Int64] {
            let peer = try subscribe(fixture, from: from)
            #expect(try peer.receive().isEmpty, "the answer waits for the store")
            fixture.loops[0].run()
            let messages = try peer.receive()
            let entry = try #require(messages.first?["subs"]?.array?.first)
            #expect(entry["resumed"] == .boolean(true))
            #expect(entry["replay"] == .integer(40 - from))
            let deltas = messages.dropFirst().map(Self.identity)
            #expect(deltas == expected.suffix(Int(40 - from)).map(Self.identity))
        }
        #expect(past.asked.count == 4)
        #expect(fixture.counters.resumedFromStore.value == 4)
        let near = try subscribe(fixture, from: 36)
        #expect(try near.receive().count == 5, "what memory has needs no store")
        #expect(past.asked.count == 4)
    }

    private static func identity(_ message: DocumentValue) -> DocumentValue {
        guard let members = message.members else { return message }
        return .object(
            members.filter { $0.key != "sid" }.map { member in
                guard member.key == "t", let times = member.value.array else { return member }
                return .init(key: "t", value: .array(Array(times.prefix(2))))
            }
        )
    }

    @Test func whatCannotBeMadeAgainIsASnapshot() throws {
        let cases: [(spoil: (FakePast) -> Void, seq: Int64)] = [
            ({ $0.breakUp() }, 3), ({ $0.refuse() }, 3), ({ _ in }, 0), ({ _ in }, -4),
        ]
        for (spoil, seq) in cases {
            let past = FakePast()
            let fixture = started(past)
            spoil(past)
            let peer = try subscribe(fixture, from: seq)
            fixture.loops[0].run()
            let messages = try peer.receive()
            #expect(messages.map { $0["op"]?.string } == ["subscribed", "snap"])
            #expect(messages[0]["subs"]?.array?.first?["reason"] == .string("too_old"))
        }
        let past = FakePast()
        let small = started(past, 400) { $0.queueBytesMax = 10_000 }
        let peer = try subscribe(small, from: 1)
        small.loops[0].run()
        #expect(try peer.receive().map { $0["op"]?.string } == ["subscribed", "snap"], "it does not fit")
    }

    /// Far more happens while the past is made than the ring holds.
    @Test func whatHappensMeanwhileIsKept() throws {
        let past = FakePast()
        let fixture = started(past)
        past.slowDown()
        let peer = try subscribe(fixture, from: 2)
        #expect(fixture.counters.resumesWaiting.value == 1)
        for turn in 0..<100 { publish(fixture, past, 0, [(turn % 8, Double(turn), .present)]) }
        #expect(try peer.receive().isEmpty)
        past.finish()
        fixture.loops[0].run()
        publish(fixture, past, 0, [(1, 1_000, .present)])
        let messages = try peer.receive()
        #expect(messages.first?["subs"]?.array?.first?["replay"] == .integer(138))
        #expect(messages.dropFirst().compactMap { $0["prev"]?.integer } == Array(2...140))
        #expect(fixture.counters.resumesWaiting.value == 0)
        #expect(fixture.counters.resumeEvents.value == 5)
    }

    @Test func whatHappensMeanwhileIsKeptWithinABound() throws {
        let past = FakePast()
        let fixture = started(past) { $0.queueBytesMax = 10_000 }
        past.slowDown()
        let peer = try subscribe(fixture, from: 2)
        for turn in 0..<400 { publish(fixture, past, 0, [(turn % 8, Double(turn), .present)]) }
        past.finish()
        fixture.loops[0].run()
        let messages = try peer.receive()
        #expect(messages.map { $0["op"]?.string } == ["subscribed", "snap"])
        #expect(messages[0]["subs"]?.array?.first?["reason"] == .string("too_old"))
    }

    @Test func requestsThatComeMeanwhileAreAnsweredAfterIt() throws {
        let past = FakePast()
        let fixture = started(past)
        past.slowDown()
        let peer = try subscribe(fixture, from: 30)
        try peer.send(#"{"op":"ping","id":2}"#)
        try peer.send(#"{"op":"list","id":3}"#)
        #expect(try peer.receive().isEmpty)
        past.finish()
        fixture.loops[0].run()
        let operations = try peer.receive().compactMap { $0["op"]?.string }.filter { $0 != "d" }
        #expect(operations == ["subscribed", "pong", "list"])
    }

    /// An epoch that ends meanwhile is told as such.
    @Test func epochMayEndWhileThePastIsMade() throws {
        let past = FakePast()
        let fixture = started(past)
        past.slowDown()
        let peer = try subscribe(fixture, from: 30)
        publish(fixture, past, 0, testFeatures.indices.map { ($0, Double($0), .present) }, isStart: true, epoch: "k2")
        past.finish()
        fixture.loops[0].run()
        let messages = try peer.receive()
        #expect(messages.map { $0["op"]?.string } == ["subscribed", "snap"])
        #expect(messages[0]["subs"]?.array?.first?["reason"] == .string("epoch"))
    }

    @Test(arguments: [false, true])
    func connectionMayEndWhileItsPastIsMade(isSlow: Bool) throws {
        let past = FakePast()
        let fixture = started(past)
        if isSlow { past.slowDown() }
        let peer = try subscribe(fixture, from: 2)
        peer.disconnect()
        past.finish()
        fixture.loops[0].run()
        #expect(fixture.counters.connections.value == 0)
        #expect(fixture.counters.subscriptions.value == 0)
        #expect(fixture.counters.resumesWaiting.value == 0)
    }

    /// A client in mode all that is away for long, again and again, with hardly anything in memory: it has the first snapshot of
    /// each epoch, and every delta once.
    @Test(arguments: 0..<60 as Range<UInt64>)
    func subscriberOfEveryDeltaMissesNoneHoweverLongItWasAway(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var limits = StreamLimits()
        limits.requestBurst = 10_000
        limits.resumeEventsMax = Int.random(in: 1...12, using: &random)
        let past = FakePast()
        if seed % 3 > 0 { past.slowDown() }
        let fixture = StreamFixture(loopCount: Int.random(in: 1...2, using: &random), limits: limits, past: past)
        var carried: [String: PeerSubscription] = [:]
        var peer: StreamPeer?
        var reasons: Set<String> = []
        var epoch = 0
        var updates: [Int] = [0, 0]
        for turn in 0..<600 {
            if Int.random(in: 0..<8, using: &random) == 0 {
                past.finish()
                for loop in fixture.loops { loop.run() }
            }
            switch Int.random(in: 0..<30, using: &random) {
            case 0 where peer == nil:
                let made = try StreamPeer(fixture, loop: Int.random(in: 0..<fixture.loops.count, using: &random))
                made.carried = carried
                let positions = carried.values.map { old in
                    #""\#(old.symbol)":{"epoch":"\#(old.epoch ?? "")","seq":\#(old.seq ?? 0)}"#
                }
                let resume = positions.isEmpty ? "" : #","resume":{\#(positions.joined(separator: ","))}"#
                try made.send(#"{"op":"subscribe","id":1,"symbols":["*"],"mode":"all"\#(resume)}"#)
                peer = made
            case 1, 2:
                try peer?.receive()
                for subscription in peer?.subscriptions.values.map({ $0 }) ?? [] where subscription.seq != nil {
                    carried[subscription.symbol] = subscription
                }
                for message in peer?.others ?? [] {
                    for entry in message["subs"]?.array ?? [] {
                        if let reason = entry["reason"]?.string { reasons.insert(reason) }
                    }
                }
                #expect(peer?.failures.isEmpty ?? true, "\(peer?.failures.first ?? "")")
                peer?.disconnect()
                peer = nil
            default:
                let instrument = Int.random(in: 0..<2, using: &random)
                let isStart = updates[instrument] == 0 || Int.random(in: 0..<150, using: &random) == 0
                if isStart { epoch += 1 }
                updates[instrument] = isStart ? epoch : updates[instrument]
                var values = [(turn % 8, Double(turn), turn % 5 == 0 ? ValueStatus.null : .present)]
                if isStart { values = testFeatures.indices.map { ($0, Double(turn), .present) } }
                publish(fixture, past, instrument, values, isStart: isStart, epoch: "k1-\(updates[instrument])")
            }
        }
        past.finish()
        for loop in fixture.loops { loop.run() }
        #expect(fixture.counters.resumesWaiting.value == 0)
        #expect(fixture.counters.resumedFromStore.value > 0)
        #expect(reasons.isSubset(of: ["epoch"]), "\(reasons)")
        for subscription in carried.values {
            var last: Int64?
            for message in subscription.log {
                if message["op"] == .string("d"), let last { #expect(message["prev"]?.integer == last) }
                last = message["seq"]?.integer
            }
        }
    }
}
