import Documents
import Engine
import Market
import NIOCore
import NIOEmbedded
import Testing
import Wire

@testable import Gateway

@Suite struct StreamPropertyTests {
    /// Random updates, subscriptions, epochs and pauses of reading: every chain holds at every message, and in the end
    /// every subscriber's state is the hub's.
    @Test(arguments: 0..<60 as Range<UInt64>)
    func everyChainHoldsAndEveryStateIsTheHubs(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var limits = StreamLimits()
        limits.queueBytesMax = [1_500, 20_000, 8 << 20].randomElement(using: &random)!
        limits.requestBurst = 10_000
        limits.handoffUpdatesMax = Int.random(in: 0...20, using: &random)
        let loopCount = Int.random(in: 1...2, using: &random)
        let fixture = StreamFixture(loopCount: loopCount, limits: limits)
        var epochs = [0, 0, 0]
        var peers = try (0..<4).map { _ in try StreamPeer(fixture, loop: Int.random(in: 0..<loopCount, using: &random))
        }
        for step in 0..<300 {
            switch Int.random(in: 0..<20, using: &random) {
            case 0: try subscribe(peers.randomElement(using: &random)!, step, &random)
            case 1: try unsubscribe(peers.randomElement(using: &random)!, &random)
            case 2, 3, 4: peers.randomElement(using: &random)!.setWritable(Bool.random(using: &random))
            case 5:
                for peer in peers { try peer.receive() }
            case 6: for loop in fixture.loops { loop.run() }
            default:
                var batch = FeatureBatch()
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    fixture.change(&epochs, startOnceIn: 40, &random, in: &batch)
                }
                // The shards of an instrument are fixed: publish each update on its own loop.
                for (index, update) in batch.updates.enumerated() {
                    var single = FeatureBatch()
                    single.updates = [update]
                    single.values = batch.values
                    fixture.hubs.publish(single, shard: Int(batch.updates[index].instrument.rawValue) % loopCount)
                }
            }
        }
        for loop in fixture.loops { loop.run() }
        for peer in peers {
            peer.setWritable(true)
            try peer.receive()
        }
        peers.removeAll { $0.closeCode != nil }
        for peer in peers {
            #expect(peer.failures.isEmpty, "\(peer.failures.prefix(3))")
            let hub = fixture.hubs.hub(of: peer.channel.eventLoop)!
            for subscription in peer.subscriptions.values where subscription.seq != nil {
                let state = try #require(hub.state(named: subscription.symbol))
                let difference = subscription.difference(from: state)
                #expect(difference == nil)
            }
        }
        #expect(fixture.counters.queueBytes.value == 0)
        #expect(fixture.counters.handoffUpdates.value == 0)
    }

    private func subscribe(_ peer: StreamPeer, _ id: Int, _ random: inout SeededGenerator) throws {
        let symbols = [["*"], ["BTC-USDT.BINANCE"], ["ETH-*", "SOL-USDT.BINANCE"], ["*.BINANCE"]].randomElement(
            using: &random
        )!
        let features = [["*"], ["mid"], ["ofi_*", "bid"], ["last_price", "vwap"]].randomElement(using: &random)!
        let mode = Bool.random(using: &random) ? "all" : "conflate"
        let lag = Bool.random(using: &random) ? "close" : "snapshot"
        let quote = { (names: [String]) in names.map { "\"\($0)\"" }.joined(separator: ",") }
        try peer.send(
            """
            {"op":"subscribe","id":\(id),"symbols":[\(quote(symbols))],"features":[\(quote(features))],\
            "mode":"\(mode)","on_lag":"\(lag)"}
            """
        )
    }

    private func unsubscribe(_ peer: StreamPeer, _ random: inout SeededGenerator) throws {
        guard let sid = peer.subscriptions.keys.sorted().randomElement(using: &random) else { return }
        try peer.send("{\"op\":\"unsubscribe\",\"id\":1,\"sid\":[\(sid)]}")
        // What is on its way may still come; afterwards nothing does, and a new subscription begins anew.
        try peer.receive()
        if peer.others.contains(where: { $0["op"]?.string == "unsubscribed" && $0["sid"]?.array?.first?.integer == sid }
        ) {
            peer.others.removeAll()
            peer.subscriptions[sid] = nil
        } else {
            peer.setWritable(true)
            try peer.receive()
            peer.subscriptions[sid] = nil
        }
    }
}
