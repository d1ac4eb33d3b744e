import Documents
import Engine
import Market
import NIOCore
import NIOEmbedded
import Testing
import Wire

@testable import Gateway

@Suite struct ResumeTests {
    private func subscribe(
        _ peer: StreamPeer,
        _ features: String = "*",
        mode: String = "all",
        from position: (epoch: String, seq: Int64)? = nil
    ) throws -> DocumentValue {
        let resume = position.map {
            #","resume":{"BTC-USDT.BINANCE":{"epoch":"\#($0.epoch)","seq":\#($0.seq)}}"#
        }
        try peer.receive()
        try peer.send(
            #"{"op":"subscribe","id":1,"symbols":["BTC-USDT.BINANCE"],"features":["\#(features)"],"mode":"\#(mode)"\#(resume ?? "")}"#
        )
        return .null
    }

    /// All but what is no part of a delta's identity.
    private func identity(_ message: DocumentValue) -> DocumentValue {
        guard let members = message.members else { return message }
        return .object(
            members.filter { $0.key != "sid" }.map { member in
                guard member.key == "t", let times = member.value.array else { return member }
                return .init(key: "t", value: .array(Array(times.prefix(2))))
            }
        )
    }

    @Test(arguments: ["*", "mid", "ofi_*"], [StreamEncoding.json, .messagePack])
    func subscriberThatComesBackGetsExactlyWhatTheOthersGot(features: String, encoding: StreamEncoding) throws {
        let fixture = StreamFixture()
        fixture.start(0)
        let witness = try StreamPeer(fixture, encoding)
        _ = try subscribe(witness, features)
        let start = try #require(try witness.receive().last?["seq"]?.integer)
        for turn in 0..<20 {
            fixture.publish(
                0,
                [(turn % 8, Double(turn), turn % 5 == 0 ? .null : .present)],
                book: turn == 7 ? .stale : .live
            )
        }
        let deltas = try witness.receive()
        #expect(!deltas.isEmpty)
        for (missed, first) in deltas.enumerated().map({ ($0.offset, $0.element["prev"]?.integer) }) {
            let peer = try StreamPeer(fixture, encoding)
            _ = try subscribe(peer, features, from: ("k1", try #require(first)))
            let messages = try peer.receive()
            let entry = try #require(messages.first?["subs"]?.array?.first)
            #expect(entry["resumed"] == .boolean(true))
            #expect(entry["replay"] == .integer(Int64(deltas.count - missed)))
            #expect(messages.dropFirst().map(identity) == deltas.dropFirst(missed).map(identity))
        }
        #expect(start == 1)
        #expect(fixture.counters.resumed.value == deltas.count)
    }

    @Test func deltasGoOnBehindTheReplay() throws {
        let fixture = StreamFixture()
        fixture.start(0)
        for turn in 0..<5 { fixture.publish(0, [(2, Double(turn), .present)]) }
        let peer = try StreamPeer(fixture)
        peer.carried["BTC-USDT.BINANCE"] = nil
        _ = try subscribe(peer, "mid", from: ("k1", 3))
        fixture.publish(0, [(2, 99, .present)])
        let messages = try peer.receive()
        #expect(messages.compactMap { $0["prev"]?.integer } == [3, 4, 5, 6])
        #expect(messages.last?["v"] == .array([.integer(99)]))
    }

    @Test func nothingMissedIsAReplayOfNothing() throws {
        let fixture = StreamFixture()
        fixture.start(0)
        let peer = try StreamPeer(fixture)
        _ = try subscribe(peer, "mid", from: ("k1", 1))
        let messages = try peer.receive()
        #expect(messages.count == 1)
        #expect(messages[0]["subs"]?.array?.first?["replay"] == .integer(0))
        fixture.publish(0, [(2, 5, .present)])
        #expect(try peer.receive().first?["prev"] == .integer(1))
    }

    @Test func anotherEpochIsASnapshot() throws {
        let fixture = StreamFixture()
        fixture.start(0)
        fixture.start(0, epoch: "k1-1")
        for epoch in ["k1", "k0", ""] {
            let peer = try StreamPeer(fixture)
            _ = try subscribe(peer, from: (epoch, 1))
            let messages = try peer.receive()
            #expect(messages.map { $0["op"]?.string } == ["subscribed", "snap"])
            #expect(messages[0]["subs"]?.array?.first?["resumed"] == .boolean(false))
            #expect(messages[0]["subs"]?.array?.first?["reason"] == .string("epoch"))
        }
    }

    @Test func whatIsNotHeldAnyMoreIsASnapshot() throws {
        var limits = StreamLimits()
        limits.resumeEventsMax = 10
        let fixture = StreamFixture(limits: limits)
        fixture.start(0)
        for turn in 0..<15 { fixture.publish(0, [(2, Double(turn), .present)]) }
        #expect(fixture.counters.resumeEvents.value == 10)
        // 16 is the last, so those from 7 on are held: whoever has 6 misses nothing else.
        for (seq, reason) in [(Int64(5), "too_old"), (6, nil), (16, nil), (17, "too_old"), (-1, "too_old")] {
            let peer = try StreamPeer(fixture)
            _ = try subscribe(peer, from: ("k1", seq))
            let entry = try #require(try peer.receive().first?["subs"]?.array?.first)
            #expect(entry["reason"]?.string == reason, "\(seq)")
        }
    }

    @Test func updatesAreHeldForSoLong() throws {
        var limits = StreamLimits()
        limits.resumeSeconds = 10
        let fixture = StreamFixture(limits: limits)
        fixture.start(0)
        fixture.publish(0, [(2, 1, .present)])
        fixture.uptime.add(5_000_000_000)
        fixture.publish(0, [(2, 2, .present)])
        fixture.uptime.add(5_000_000_001)
        for (seq, reason) in [(Int64(1), "too_old"), (2, nil)] {
            let peer = try StreamPeer(fixture)
            _ = try subscribe(peer, from: ("k1", seq))
            #expect(try peer.receive().first?["subs"]?.array?.first?["reason"]?.string == reason)
        }
        fixture.uptime.add(20_000_000_000)
        fixture.publish(1, [])
        #expect(fixture.counters.resumeBytes.value < 200)
    }

    @Test func subscriberMayComeBackToALoopThatIsBehind() throws {
        let fixture = StreamFixture(loopCount: 2)
        fixture.start(0)
        fixture.loops[1].run()
        for turn in 0..<6 { fixture.publish(0, [(2, Double(turn), .present)]) }
        let peer = try StreamPeer(fixture, loop: 1)
        #expect(fixture.hub(1).state(named: "BTC-USDT.BINANCE")?.latest.seq == 1, "it has not taken over yet")
        _ = try subscribe(peer, from: ("k1", 4))
        let messages = try peer.receive()
        #expect(messages.compactMap { $0["prev"]?.integer } == [4, 5, 6])
        fixture.loops[1].run()
        fixture.publish(0, [(2, 77, .present)])
        fixture.loops[1].run()
        #expect(try peer.receive().map { $0["prev"] } == [.integer(7)])
    }

    @Test func replayThatDoesNotFitIsASnapshot() throws {
        var limits = StreamLimits()
        limits.queueBytesMax = 10_000
        let fixture = StreamFixture(limits: limits)
        fixture.start(0)
        for turn in 0..<500 { fixture.publish(0, [(2, Double(turn), .present)]) }
        let peer = try StreamPeer(fixture)
        _ = try subscribe(peer, from: ("k1", 1))
        let messages = try peer.receive()
        #expect(messages.map { $0["op"]?.string } == ["subscribed", "snap"])
        #expect(messages[0]["subs"]?.array?.first?["reason"] == .string("too_old"))
    }

    @Test func slowConflatingSubscriberGetsTheRestOfAReplayMerged() throws {
        let fixture = StreamFixture()
        fixture.start(0)
        for turn in 0..<2_000 { fixture.publish(0, [(2, Double(turn), .present)]) }
        let peer = try StreamPeer(fixture)
        try peer.receive()
        peer.setWritable(false)
        _ = try subscribe(peer, "mid", mode: "conflate", from: ("k1", 1))
        peer.setWritable(true)
        let messages = try peer.receive()
        #expect(messages.map { $0["op"]?.string } == ["subscribed", "d"])
        #expect(messages[0]["subs"]?.array?.first?["replay"] == .integer(2_000))
        #expect(messages[1]["n"] == .integer(2_000))
        #expect(messages[1]["prev"] == .integer(1))
        #expect(messages[1]["seq"] == .integer(2_001))
    }

    @Test func unsubscribedTellsWhereToResume() throws {
        let fixture = StreamFixture()
        fixture.start(0)
        let peer = try StreamPeer(fixture)
        _ = try subscribe(peer, "mid")
        fixture.publish(0, [(2, 5, .present)])
        try peer.receive()
        try peer.send(#"{"op":"unsubscribe","id":2,"sid":"*"}"#)
        let last = try #require(try peer.receive().first?["last"]?["1"]?.integer)
        fixture.publish(0, [(2, 6, .present)])
        _ = try subscribe(peer, "mid", from: ("k1", last))
        let messages = try peer.receive()
        #expect(messages.last?["prev"] == .integer(last))
        #expect(messages.last?["v"] == .array([.integer(6)]))
    }

    /// The ring against a list of all updates.
    @Test(arguments: 0..<30 as Range<UInt64>)
    func ringHoldsWhatAListWouldHold(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var limits = StreamLimits()
        limits.resumeEventsMax = [1, 7, 50, 1_000].randomElement(using: &random)!
        limits.resumeBytesMax = [600, 5_000, 1 << 20].randomElement(using: &random)!
        limits.resumeSeconds = 3
        let counters = StreamCounters()
        let ring = ResumeRing(limits: limits, counters: counters)
        let group = FeatureGroup(index: 0, view: nil, features: testFeatures, instruments: ViewInstruments())
        var all: [(instrument: UInt32, epoch: String, seq: Int64, values: [Double])] = []
        var (seqs, epochs) = ([Int64](repeating: 0, count: 3), [0, 0, 0])
        var now: Int64 = 0
        for _ in 0..<400 {
            now += Int64.random(in: 0...30_000_000, using: &random)
            let instrument = Int.random(in: 0..<3, using: &random)
            let isStart = seqs[instrument] == 0 || Int.random(in: 0..<60, using: &random) == 0
            if isStart { epochs[instrument] += 1 }
            seqs[instrument] += Int64.random(in: 1...3, using: &random)
            var batch = FeatureBatch()
            let values = (0..<Int.random(in: 0...5, using: &random)).map { _ in Double.random(in: 0..<1, using: &random)
            }
            batch.values = values.enumerated().map {
                FeatureValue(feature: $0.offset, value: $0.element, status: .present)
            }
            batch.updates = [
                FeatureUpdate(
                    instrument: InstrumentID(rawValue: UInt32(instrument)),
                    epoch: "e\(epochs[instrument])",
                    isEpochStart: isStart,
                    prev: 0,
                    seq: seqs[instrument],
                    exchangeTime: 0,
                    receiveTime: 0,
                    computeTime: 0,
                    updateID: 0,
                    bookState: .live,
                    valuesStart: 0,
                    valuesCount: values.count
                )
            ]
            ring.append(batch, group: group, now: now)
            if !isStart { all.append((UInt32(instrument), "e\(epochs[instrument])", seqs[instrument], values)) }
            #expect(counters.resumeEvents.value <= limits.resumeEventsMax)
            #expect(counters.resumeBytes.value <= limits.resumeBytesMax)
            let asked = Int.random(in: 0..<3, using: &random)
            let after = Int64.random(in: -1...max(0, seqs[asked] + 1), using: &random)
            let epoch = "e\(epochs[asked])"
            let answer = ring.updates(of: UInt32(asked), group, epoch: epoch, after: after, through: .max, now: now)
            guard case .missed(let missed) = answer else { continue }
            let expected = all.filter { $0.instrument == asked && $0.epoch == epoch && $0.seq > after }
            var found: [(Int64, [Double])] = []
            missed.forEach { found.append(($0.cause.seq, $1.map(\.value))) }
            #expect(found.map(\.0) == expected.map(\.seq))
            #expect(found.map(\.1) == expected.map(\.values))
        }
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func ringBufferIsAQueue(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var ring = RingBuffer<Int>()
        var array: [Int] = []
        for turn in 0..<3_000 {
            if Int.random(in: 0..<(turn / 500 % 2 == 0 ? 3 : 2), using: &random) > 0 {
                ring.append(turn)
                array.append(turn)
            } else {
                let number = Int.random(in: 0...4, using: &random)
                ring.removeFirst(number)
                array.removeFirst(min(number, array.count))
            }
            #expect(ring.count == array.count)
            #expect(ring.first == array.first)
            if let index = array.indices.randomElement(using: &random) { #expect(ring[index] == array[index]) }
        }
        #expect(ring.capacity <= max(16, array.count * 8))
    }
}
