import Documents
import Market
import NIOEmbedded
import Synchronization
import Testing
import Wire

@testable import Engine
@testable import Gateway

/// Makes updates of a view again out of all that were ever published of it.
private final class FakePastViews: PastViews {
    private struct State {
        var updates: [ViewUpdate] = []
        var asked: [ViewGap] = []
        var isBroken = false
        var isBusy = false
    }

    private let state = Mutex(State())

    var asked: [ViewGap] { state.withLock { $0.asked } }
    func take(_ update: ViewUpdate) { state.withLock { $0.updates.append(update) } }
    /// From now on something else is made than was published.
    func breakUp() { state.withLock { $0.isBroken = true } }
    func refuse() { state.withLock { $0.isBusy = true } }

    func rebuild(_ gaps: [ViewGap], completion: @escaping @Sendable ([[ViewUpdate]?]) -> Void) -> Bool {
        let made = state.withLock { state -> [[ViewUpdate]?]? in
            state.asked += gaps
            guard !state.isBusy else { return nil }
            return gaps.map { gap in Self.made(gap, state) }
        }
        guard let made else { return false }
        completion(made)
        return true
    }

    /// The state after the update that the subscriber has, as the first update of a chain, and what follows.
    private static func made(_ gap: ViewGap, _ state: State) -> [ViewUpdate]? {
        var known: [Int: ViewUpdate.Value] = [:]
        var made: [ViewUpdate] = []
        for var update in state.updates where update.instrument == gap.symbol && update.seq <= gap.through {
            for value in update.values { known[value.field] = value }
            if state.isBroken { for index in update.values.indices { update.values[index].value = -1 } }
            if update.seq > gap.after {
                made.append(update)
            } else if update.seq == gap.after {
                update.values = known.values.sorted { $0.field < $1.field }
                update.isEpochStart = true
                update.prev = 0
                made.append(update)
            }
        }
        return made.first?.seq == gap.after ? made : nil
    }
}

/// Fields of feature views that fell out of memory come from the store.
@Suite("Stored replay of views") struct StoredViewReplayTests {
    private static let names = ["a", "b", "c", "d"]
    private static let symbol = "BTC-USDT.BINANCE"

    private let past = FakePastViews()

    /// A stream whose memory holds the last five of `count` updates.
    private func started(_ count: Int, hasPast: Bool = true) -> StreamFixture {
        var limits = StreamLimits()
        limits.resumeEventsMax = 5
        let fixture = StreamFixture(limits: limits, pastViews: hasPast ? past : nil)
        let views = StreamViews(fixture.hubs)
        views.set([("v@v1", Self.names.map { Feature(name: $0, unit: "", view: "v@v1", summary: "") })])
        for number in 1...count { publish(views, fixture, number) }
        return fixture
    }

    private func publish(_ views: StreamViews, _ fixture: StreamFixture, _ number: Int) {
        let isStart = number == 1
        // Not every event changes a field, so that numbers leave some out.
        let seq = Int64(number * 3)
        let values = Self.names.indices.filter { isStart || $0 == number % 4 }.map { field in
            ViewUpdate.Value(
                field: field,
                value: number % 7 == 0 ? nil : Double(number) / 3,
                status: number % 7 == 0 ? .null : .present
            )
        }
        let update = ViewUpdate(
            view: 0,
            instrument: Self.symbol,
            epoch: "k1",
            isEpochStart: isStart,
            prev: isStart ? 0 : seq - 3,
            seq: seq,
            exchangeTime: seq * 1_000_000,
            receiveTime: seq * 1_000_000 + 5_000,
            computeTime: seq * 1_000_000 + 7_000,
            values: values
        )
        past.take(update)
        views.publish([
            StreamViewUpdate(
                view: "v@v1",
                instrument: update.instrument,
                epoch: update.epoch,
                isEpochStart: isStart,
                prev: update.prev,
                seq: seq,
                exchangeTime: update.exchangeTime,
                receiveTime: update.receiveTime,
                computeTime: update.computeTime,
                values: values.map { FeatureValue($0) }
            )
        ])
        for loop in fixture.loops { loop.run() }
    }

    private func subscribe(
        _ fixture: StreamFixture,
        from seq: Int64,
        epoch: String = "k1",
        features: String = ""
    ) throws -> [DocumentValue] {
        let peer = try StreamPeer(fixture)
        try peer.receive()
        let position = #"{"\#(Self.symbol)":{"epoch":"\#(epoch)","seq":\#(seq)}}"#
        try peer.send(
            #"{"op":"subscribe","id":1,"view":"v@v1","symbols":["*"],"mode":"all"\#(features),"resume":\#(position)}"#
        )
        fixture.loops[0].run()
        return try peer.receive()
    }

    @Test("every update that was missed is replayed, and no other")
    func whatFellOutOfMemoryComesFromTheStore() throws {
        let fixture = started(40)
        for from in [1, 2, 20, 33] {
            let messages = try subscribe(fixture, from: Int64(from * 3))
            let entry = try #require(messages.first?["subs"]?.array?.first)
            #expect(entry["resumed"] == .boolean(true))
            #expect(entry["replay"] == .integer(Int64(40 - from)))
            let deltas = messages.dropFirst()
            #expect(deltas.compactMap { $0["op"]?.string } == Array(repeating: "d", count: 40 - from))
            #expect(deltas.compactMap { $0["prev"]?.integer } == (from..<40).map { Int64($0 * 3) } as [Int64])
            #expect(deltas.compactMap { $0["i"]?.array?.first?.integer } == (from + 1...40).map { Int64($0 % 4) })
        }
        #expect(past.asked.count == 4)
        #expect(past.asked[0].view == "v@v1" && past.asked[0].symbol == Self.symbol)
        #expect(fixture.counters.resumedFromStore.value == 4)
        #expect(try subscribe(fixture, from: 36 * 3).count == 5, "what memory has needs no store")
        #expect(past.asked.count == 4)
        #expect(fixture.counters.resumesWaiting.value == 0)
    }

    @Test("a subscriber of some fields gets their updates alone")
    func someFieldsOfAView() throws {
        let fixture = started(40)
        // Field `b` changed at 1, 5, 9, and so on.
        let messages = try subscribe(fixture, from: 9 * 3, features: #","features":["b"]"#)
        #expect(messages.first?["subs"]?.array?.first?["replay"] == .integer(7))
        let expected: [Int64] = [13, 17, 21, 25, 29, 33, 37].map { $0 * 3 }
        #expect(messages.dropFirst().compactMap { $0["seq"]?.integer } == expected)
    }

    @Test("what cannot be made again is a snapshot that says why")
    func whatCannotBeMadeAgainIsASnapshot() throws {
        let fixture = started(40)
        func check(_ fixture: StreamFixture, from seq: Int64, epoch: String = "k1", _ reason: String) throws {
            let messages = try subscribe(fixture, from: seq, epoch: epoch)
            #expect(messages.map { $0["op"]?.string } == ["subscribed", "snap"])
            let entry = messages.first?["subs"]?.array?.first
            #expect(entry?["resumed"] == .boolean(false))
            #expect(entry?["reason"] == .string(reason))
        }
        try check(fixture, from: 4, "too_old")
        try check(fixture, from: 3, epoch: "k0", "epoch")
        past.breakUp()
        try check(fixture, from: 3, "too_old")
        past.refuse()
        try check(fixture, from: 3, "too_old")
        try check(started(40, hasPast: false), from: 3, "too_old")
    }
}
