import Documents
import Engine
import Market
import NIOCore
import NIOEmbedded
import Testing
import Wire

@testable import Gateway

@Suite struct StreamTests {
    private func text(_ value: DocumentValue?) -> String { "\(value ?? .null)" }

    @Test func welcomeTellsTheLimits() throws {
        let peer = try StreamPeer(StreamFixture())
        let welcome = try #require(try peer.receive().first)
        #expect(welcome["op"] == .string("welcome"))
        #expect(welcome["conn"] == .string("c-1"))
        #expect(welcome["heartbeat_s"] == .integer(5))
        #expect(welcome["time"] == .integer(1_723_161_254_000_000))
        #expect(welcome["limits"]?["queue_bytes"] == .integer(8_388_608))
        #expect(welcome["limits"]?["message_bytes"] == .integer(65_536))
    }

    @Test func subscriptionGetsItsAnswerThenASnapshotThenDeltas() throws {
        let fixture = StreamFixture()
        fixture.start(0)
        let peer = try StreamPeer(fixture)
        try peer.receive()
        try peer.send(
            #"{"op":"subscribe","id":7,"symbols":["BTC-USDT.BINANCE"],"features":["spread","mid"],"mode":"all"}"#
        )
        let messages = try peer.receive()
        #expect(messages.map { $0["op"] } == [.string("subscribed"), .string("snap")])
        #expect(messages[0]["id"] == .integer(7))
        #expect(messages[0]["subs"]?.array?.first?["fields"]?.strings == ["mid", "spread"])
        #expect(messages[1]["v"] == .array([.integer(3), .integer(4)]))
        #expect(messages[1]["t"] == .array([.integer(1_000), .integer(1_005), .integer(1_007)]))
        #expect(messages[1]["book"] == .string("live"))

        fixture.publish(0, [(2, 3.5, .present), (6, 9, .present)])
        fixture.publish(0, [(6, 10, .present)])
        fixture.publish(0, [(3, 0, .null)], book: .crossed)
        let deltas = try peer.receive()
        #expect(deltas.count == 2, "a change of other features is no delta of this shape")
        #expect(deltas[0]["prev"] == .integer(1))
        #expect(deltas[0]["seq"] == .integer(2))
        #expect(deltas[0]["i"] == .array([.integer(0)]))
        #expect(deltas[0]["v"] == .array([.number(3.5)]))
        #expect(deltas[0]["s"] == nil)
        #expect(deltas[0]["book"] == nil)
        #expect(deltas[1]["prev"] == .integer(2))
        #expect(deltas[1]["seq"] == .integer(4))
        #expect(deltas[1]["v"] == .array([.null]))
        #expect(deltas[1]["s"] == .array([.array([.integer(1), .string("NULL")])]))
        #expect(deltas[1]["book"] == .string("crossed"))
    }

    @Test func changeOfTheBookAloneReachesEveryShape() throws {
        let fixture = StreamFixture()
        fixture.start(0)
        let peer = try StreamPeer(fixture)
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"],"features":["vwap"]}"#)
        try peer.receive()
        fixture.publish(0, [], book: .stale)
        let delta = try #require(try peer.receive().first)
        #expect(delta["book"] == .string("stale"))
        #expect(delta["i"] == .array([]))
    }

    @Test func snapshotBearsTheLastChangeOfItsShapeWhoeverCameBefore() throws {
        let fixture = StreamFixture()
        fixture.start(0)
        fixture.publish(0, [(2, 5, .present)])
        fixture.publish(0, [(6, 5, .present)])
        let peer = try StreamPeer(fixture)
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["BTC-USDT.BINANCE"],"features":["mid"]}"#)
        #expect(try peer.receive().last?["seq"] == .integer(2))
    }

    @Test func frameIsSharedByAllSubscribersOfAShape() throws {
        let fixture = StreamFixture()
        fixture.start(0)
        let peers = try (0..<3).map { _ in try StreamPeer(fixture) }
        for peer in peers { try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"],"features":["mid"]}"#) }
        for peer in peers { try peer.receive() }
        #expect(Set(peers.flatMap { $0.subscriptions.keys }) == [1])
        fixture.publish(0, [(2, 5, .present)])
        fixture.hub().endTurn()
        let frames = try peers.map { try #require(try $0.channel.readOutbound(as: ByteBuffer.self)) }
        #expect(Set(frames.map { String(buffer: $0) }).count == 1)
    }

    @Test func newEpochBringsANewSnapshot() throws {
        let fixture = StreamFixture()
        fixture.start(0)
        let peer = try StreamPeer(fixture)
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["BTC-USDT.BINANCE"],"mode":"all"}"#)
        try peer.receive()
        fixture.start(0, epoch: "k1-1")
        let messages = try peer.receive()
        #expect(messages.map { $0["op"] } == [.string("snap")])
        #expect(peer.subscriptions[1]?.epoch == "k1-1")
    }

    @Test func registeredInstrumentWithoutDataGetsItsSnapshotWithTheFirstUpdate() throws {
        let fixture = StreamFixture()
        let peer = try StreamPeer(fixture)
        try peer.receive()
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["ETH-USDT.BINANCE"]}"#)
        let answer = try peer.receive()
        #expect(answer.count == 1)
        #expect(answer[0]["subs"]?.array?.first?["epoch"] == .null)
        fixture.start(1)
        #expect(try peer.receive().map { $0["op"] } == [.string("snap")])
    }

    @Test func patternAlsoCoversInstrumentsThatAppearLater() throws {
        let fixture = StreamFixture()
        fixture.start(0)
        let peer = try StreamPeer(fixture)
        try peer.send(#"{"op":"subscribe","id":3,"symbols":["*.BINANCE"],"features":["mid"]}"#)
        try peer.receive()
        fixture.start(2)
        let messages = try peer.receive()
        #expect(messages.map { $0["op"] } == [.string("subscribed"), .string("snap")])
        #expect(messages[0]["id"] == .integer(3))
        #expect(messages[0]["subs"]?.array?.first?["symbol"] == .string("SOL-USDT.BINANCE"))
        try peer.send(#"{"op":"unsubscribe","id":4,"sid":"*"}"#)
        try peer.receive()
        fixture.start(1)
        #expect(try peer.receive().isEmpty)
    }

    @Test func unknownSymbolsAndFeaturesAreRejectedWithTheNearest() throws {
        let fixture = StreamFixture()
        fixture.start(0)
        let peer = try StreamPeer(fixture)
        try peer.receive()
        try peer.send(
            #"{"op":"subscribe","id":1,"symbols":["BTC-USDT.BINANC","BTCUSDT","NOTHING","BTC-USDT.BINANCE"]}"#
        )
        let answer = try #require(try peer.receive().first)
        #expect(answer["subs"]?.array?.count == 1)
        let rejected = try #require(answer["rejected"]?.array)
        #expect(rejected.map { $0["code"]?.string } == ["unknown_symbol", "unknown_symbol", "unknown_symbol"])
        #expect(rejected[0]["hint"] == .string("did you mean 'BTC-USDT.BINANCE'?"))
        #expect(rejected[1]["hint"] == .string("did you mean 'BTC-USDT.BINANCE'?"))
        #expect(rejected[2]["hint"]?.string?.contains("NOTHING*") == true)
        try peer.send(#"{"op":"subscribe","id":2,"symbols":["BTC-USDT.BINANCE"],"features":["spred"]}"#)
        let error = try #require(try peer.receive().first)
        #expect(error["code"] == .string("unknown_feature"))
        #expect(error["hint"] == .string("did you mean 'spread'?"))
    }

    @Test(arguments: [
        ("{", "bad_json"), ("[]", "bad_request"), ("1", "bad_request"), (#"{"op":"dance","id":1}"#, "unknown_op"),
        (#"{"op":"subscribe","id":1}"#, "bad_request"), (#"{"op":"subscribe","symbols":7}"#, "bad_request"),
        (#"{"op":"subscribe","symbols":["*"],"mode":"some"}"#, "bad_request"),
        (#"{"op":"subscribe","symbols":["*"],"view":"x@v1"}"#, "unknown_view"),
        (#"{"op":"unsubscribe","sid":"x"}"#, "bad_request"), ("", "bad_json"), (#"{"op":"\ud800"}"#, "bad_json"),
    ])
    func malformedRequestIsAnErrorAndTheStreamGoesOn(text: String, code: String) throws {
        let peer = try StreamPeer(StreamFixture())
        try peer.receive()
        try peer.send(text)
        let error = try #require(try peer.receive().first)
        #expect(error["op"] == .string("error"))
        #expect(error["code"] == .string(code))
        #expect(error["message"]?.string?.isEmpty == false)
        try peer.send(#"{"op":"ping","id":9}"#)
        #expect(try peer.receive().first?["op"] == .string("pong"))
    }

    @Test func unsubscribedIsTheLastWordAboutASubscription() throws {
        let fixture = StreamFixture()
        fixture.start(0)
        let peer = try StreamPeer(fixture)
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"],"mode":"all"}"#)
        fixture.publish(0, [(2, 5, .present)])
        try peer.receive()
        try peer.send(#"{"op":"unsubscribe","id":2,"sid":[1,99]}"#)
        fixture.publish(0, [(2, 6, .present)])
        let messages = try peer.receive()
        #expect(messages.count == 1)
        #expect(messages[0]["sid"] == .array([.integer(1)]))
        #expect(messages[0]["last"]?["1"] == .integer(2))
        #expect(fixture.counters.subscriptions.value == 0)
    }

    @Test func heartbeatTellsTheHeads() throws {
        let fixture = StreamFixture()
        fixture.start(0)
        let peer = try StreamPeer(fixture)
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"]}"#)
        fixture.publish(0, [(2, 5, .present)])
        try peer.receive()
        fixture.loops[0].advanceTime(by: .seconds(5))
        let heartbeat = try #require(try peer.receive().first)
        #expect(heartbeat["op"] == .string("hb"))
        #expect(heartbeat["heads"]?["1"] == .integer(2))
    }

    @Test func silentConnectionIsClosed() throws {
        let peer = try StreamPeer(StreamFixture())
        for _ in 0..<20 { peer.fixture.loops[0].advanceTime(by: .seconds(5)) }
        try peer.receive()
        #expect(peer.closeCode == 1001)
        #expect(peer.fixture.counters.connections.value == 0 || peer.channel.isActive)
    }

    @Test func tooManyRequestsAreRefusedAndThenClosedWith4009() throws {
        var limits = StreamLimits()
        limits.requestBurst = 3
        limits.refusedRequestsMax = 5
        let peer = try StreamPeer(StreamFixture(limits: limits))
        for _ in 0..<3 { try peer.send(#"{"op":"ping"}"#) }
        #expect(try peer.receive().filter { $0["op"] == .string("pong") }.count == 3)
        try peer.send(#"{"op":"ping"}"#)
        #expect(try peer.receive().first?["code"] == .string("rate_limited"))
        for _ in 0..<6 { try peer.send(#"{"op":"ping"}"#) }
        try peer.receive()
        #expect(peer.closeCode == 4009)
    }

    @Test func subscriptionsBeyondTheLimitAreRejected() throws {
        var limits = StreamLimits()
        limits.subscriptionsMax = 2
        let fixture = StreamFixture(limits: limits)
        for instrument in 0..<3 { fixture.start(instrument) }
        let peer = try StreamPeer(fixture)
        try peer.receive()
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"]}"#)
        let answer = try #require(try peer.receive().first)
        #expect(answer["subs"]?.array?.count == 2)
        #expect(answer["rejected"]?.array?.first?["code"] == .string("limit_exceeded"))
        #expect(fixture.hub().state(named: "SOL-USDT.BINANCE")?.shapes.isEmpty == true)
    }

    @Test func slowConflatingSubscriberGetsOneDeltaThatSaysHowManyItIs() throws {
        let fixture = StreamFixture()
        fixture.start(0)
        let peer = try StreamPeer(fixture)
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"],"features":["bid","ask","mid"]}"#)
        try peer.receive()
        peer.setWritable(false)
        for turn in 0..<1_000 { fixture.publish(0, [(turn % 2, Double(turn), .present)]) }
        #expect(try peer.receive().isEmpty)
        #expect(fixture.counters.queueBytes.value == 0, "merged deltas take no bytes")
        peer.setWritable(true)
        let messages = try peer.receive()
        #expect(messages.count == 1)
        #expect(messages[0]["n"] == .integer(1_000))
        #expect(messages[0]["prev"] == .integer(1))
        #expect(messages[0]["seq"] == .integer(1_001))
        #expect(messages[0]["v"] == .array([.integer(998), .integer(999)]))
        #expect(fixture.counters.conflated.value == 999)
    }

    @Test func slowSubscriberOfAllIsClosedAtTheBudgetAndCostsNothingAfterwards() throws {
        var limits = StreamLimits()
        limits.queueBytesMax = 10_000
        let fixture = StreamFixture(limits: limits)
        fixture.start(0)
        let slow = try StreamPeer(fixture)
        let fast = try StreamPeer(fixture)
        for peer in [slow, fast] { try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"],"mode":"all"}"#) }
        try slow.receive()
        slow.setWritable(false)
        var most = 0
        for turn in 0..<1_000 {
            fixture.publish(0, [(0, Double(turn), .present)])
            fixture.hub().endTurn()
            most = max(most, fixture.counters.queueBytes.value)
        }
        try fast.receive()
        try slow.receive()
        #expect(fast.subscriptions[1]?.deltas == 1_000)
        #expect(fast.failures.isEmpty)
        #expect(most > 9_000 && most <= 10_000)
        #expect(fixture.counters.queueBytes.value == 0)
        #expect(fixture.counters.lagCloses.value == 1)
        #expect(fixture.counters.subscriptions.value == 1)
        #expect(slow.closeCode == 4008)
    }

    @Test func slowSubscriberMayAskForASnapshotInsteadOfTheClose() throws {
        var limits = StreamLimits()
        limits.queueBytesMax = 10_000
        let fixture = StreamFixture(limits: limits)
        fixture.start(0)
        let peer = try StreamPeer(fixture)
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"],"mode":"all","on_lag":"snapshot"}"#)
        try peer.receive()
        peer.setWritable(false)
        for turn in 0..<1_000 { fixture.publish(0, [(0, Double(turn), .present)]) }
        peer.setWritable(true)
        let messages = try peer.receive()
        #expect(messages.map { $0["op"] } == [.string("lag"), .string("snap")])
        #expect(messages[0]["from"] == .integer(2))
        #expect(messages[0]["to"] == .integer(1_001))
        #expect(peer.failures.isEmpty)
        #expect(peer.subscriptions[1]?.seq == 1_001)
    }

    @Test func busyLoopGetsMergedUpdatesAndItsSubscribersAreToldSo() throws {
        var limits = StreamLimits()
        limits.handoffUpdatesMax = 3
        let fixture = StreamFixture(loopCount: 2, limits: limits)
        fixture.start(0)
        fixture.loops[1].run()
        let peers = try ["conflate", "all"].map { mode in
            let peer = try StreamPeer(fixture, loop: 1)
            try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"],"mode":"\#(mode)","on_lag":"snapshot"}"#)
            try peer.receive()
            return peer
        }
        for turn in 0..<10 { fixture.publish(0, [(turn % 3, Double(turn * 100), .present)]) }
        #expect(fixture.counters.handoffUpdates.value == 10)
        fixture.loops[1].run()
        #expect(fixture.counters.handoffUpdates.value == 0)
        let conflated = try peers[0].receive()
        #expect(conflated.map { $0["n"] } == [nil, nil, nil, .integer(7)])
        #expect(try peers[1].receive().map { $0["op"]?.string } == ["d", "d", "d", "lag", "snap"])
        for peer in peers {
            #expect(peer.failures.isEmpty)
            let subscription = try #require(peer.subscriptions.values.first)
            #expect(
                subscription.difference(from: try #require(fixture.hub(1).state(named: subscription.symbol))) == nil
            )
        }
    }

    @Test func sidNamesTheSameShapeOnEveryLoop() throws {
        let fixture = StreamFixture(loopCount: 2)
        fixture.start(0)
        fixture.loops[1].run()
        let peers = try (0..<2).map { try StreamPeer(fixture, loop: $0) }
        for peer in peers {
            try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"],"features":["mid"]}"#)
            try peer.receive()
        }
        #expect(peers.map { Array($0.subscriptions.keys) } == [[1], [1]])
    }
}
