import Columnar
import Documents
import NIOCore
import NIOEmbedded
import QueryLang
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite struct QueryHistoryTests {
    @Test(arguments: 0..<200 as Range<UInt64>)
    func answersAreThoseOfAnEndlessHistoryOrTooOld(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var history = QueryHistory(bytesMax: Int.random(in: 800...4_000, using: &random))
        var all: [StreamQueryRows] = []
        var start = FakeQuerySource.rows(0, 10)
        start.epoch = "q1-1"
        history.take(.snapshot(start))
        var seq: Int64 = 10
        for _ in 0..<Int.random(in: 0...40, using: &random) {
            let next = seq + Int64.random(in: 1...3, using: &random)
            let parts = Bool.random(using: &random) ? [false] : Bool.random(using: &random) ? [true] : [false, true]
            for isRevision in parts {
                let rows = FakeQuerySource.rows(
                    seq,
                    next,
                    Int.random(in: 1...3, using: &random),
                    isRevision: isRevision
                )
                history.take(.change(rows))
                all.append(rows)
                seq = next
            }
        }
        var held = 0
        for from in 9...seq + 1 {
            for last in [seq, Int64.random(in: 9...seq, using: &random)] {
                let position = StreamPosition(epoch: "q1-1", seq: from)
                let isPlace = from == 10 || all.contains { $0.seq == from }
                guard case .changes(let changes) = history.changes(after: position, through: last, isKeyed: true) else {
                    continue
                }
                held += 1
                #expect(isPlace && from <= last)
                // The second part of the change at the position, and all after it.
                let expected = all.filter { ($0.seq > from || $0.prev == from && $0.seq == from) && $0.seq <= last }
                #expect(changes.map(\.seq) == expected.map(\.seq))
                #expect(changes.map(\.isRevision) == expected.map(\.isRevision))
                var reached = from
                for change in changes {
                    #expect(change.prev == reached)
                    reached = change.seq
                }
                #expect(reached == last)
            }
        }
        #expect(held > 0, "whoever has the last misses nothing")
        guard case .otherEpoch = history.changes(after: .init(epoch: "q1-2", seq: seq), through: seq, isKeyed: true)
        else {
            Issue.record("another epoch")
            return
        }
    }

    @Test func subscriberToRowsWithoutKeysGetsNoneTwice() {
        var history = QueryHistory(bytesMax: 10_000)
        var start = FakeQuerySource.rows(0, 1)
        start.epoch = "q"
        history.take(.snapshot(start))
        history.take(.change(FakeQuerySource.rows(1, 2)))
        history.take(.change(FakeQuerySource.rows(2, 2, isRevision: true)))
        history.take(.change(FakeQuerySource.rows(2, 3)))
        let at = { (seq: Int64) in history.changes(after: .init(epoch: "q", seq: seq), through: 3, isKeyed: false) }
        guard case .changes(let all) = at(1), all.count == 3, case .tooOld = at(2), case .changes(let none) = at(3),
            none.isEmpty
        else {
            Issue.record("2 names two places")
            return
        }
    }
}

/// A plan that many follow: whoever comes gets its state, and then each change.
private final class FakePlan: StreamQuerySource {
    private struct State {
        var rows: [Int64: Int64] = [:]
        var seq: Int64 = 1
        var epoch = 1
        var next = 0
        var followers: [Int: @Sendable (StreamQueryEvent) -> Void] = [:]
        var log: [String: StreamQueryRows] = [:]
    }

    private let state = Mutex(State())

    func open(
        _ text: String,
        isRecorder: Bool,
        receive: @escaping @Sendable (StreamQueryEvent) -> Void
    ) throws(QueryError) -> StreamQuery {
        let (id, snapshot) = state.withLock { state in
            state.next += 1
            state.followers[state.next] = receive
            return (state.next, Self.snapshot(state))
        }
        receive(.snapshot(snapshot))
        return StreamQuery(
            columns: [.init(name: "k", type: "LONG"), .init(name: "v", type: "LONG")],
            keyColumns: [0],
            epoch: snapshot.epoch ?? "",
            cancel: { [self] in state.withLock { $0.followers[id] = nil } }
        )
    }

    private static func snapshot(_ state: State) -> StreamQueryRows {
        let rows = state.rows.sorted { $0.key < $1.key }.map { [Scalar.int64($0.key), .int64($0.value)] }
        var snapshot = StreamQueryRows(seq: state.seq, exchangeTime: 0, receiveTime: 0, computeTime: 0, rows: rows)
        snapshot.epoch = "q\(state.epoch)"
        return snapshot
    }

    func change(_ key: Int64, _ value: Int64) {
        let (event, followers) = state.withLock { state in
            state.rows[key] = value
            let rows = StreamQueryRows(
                prev: state.seq,
                seq: state.seq + 1 + key % 2,
                exchangeTime: 0,
                receiveTime: 0,
                computeTime: 0,
                rows: [[.int64(key), .int64(value)]]
            )
            state.seq = rows.seq
            state.log["q\(state.epoch) \(rows.seq)"] = rows
            return (StreamQueryEvent.change(rows), state.followers.sorted { $0.key < $1.key }.map(\.value))
        }
        for follower in followers { follower(event) }
    }

    func restart() {
        let (event, followers) = state.withLock { state in
            state.epoch += 1
            return (StreamQueryEvent.snapshot(Self.snapshot(state)), state.followers.map(\.value))
        }
        for follower in followers { follower(event) }
    }

    var rows: [Int64: Int64] { state.withLock { $0.rows } }
    func told(_ epoch: String, _ seq: Int64) -> StreamQueryRows? { state.withLock { $0.log["\(epoch) \(seq)"] } }
}

/// Subscribers to a query that are cut off, stall and come back: each holds the rows that the plan has, and was told every change
/// of a chain once.
@Suite struct QueryClientModelTests {
    private final class Client {
        let isLagging: Bool
        var peer: StreamPeer?
        var epoch: String?
        var seq: Int64?
        var rows: [Int64: Int64] = [:]
        var resumed = 0
        var failures: [String] = []

        init(isLagging: Bool) { self.isLagging = isLagging }

        func connect(_ fixture: StreamFixture, loop: Int) throws {
            let peer = try StreamPeer(fixture, loop: loop)
            self.peer = peer
            let lag = isLagging ? #","on_lag":"snapshot""# : ""
            let resume = epoch.flatMap { epoch in seq.map { #","resume":{"epoch":"\#(epoch)","seq":\#($0)}"# } } ?? ""
            try peer.send(#"{"op":"subscribe","id":1,"query":"SELECT k, v"\#(lag)\#(resume)}"#)
        }

        func receive(_ plan: FakePlan) throws {
            for message in try peer?.receive() ?? [] { take(message, plan) }
            if peer?.closeCode != nil { disconnect() }
        }

        private func take(_ message: DocumentValue, _ plan: FakePlan) {
            let pairs = (message["rows"]?.array ?? []).compactMap { row -> (Int64, Int64)? in
                guard let key = row.array?[0].integer, let value = row.array?[1].integer else { return nil }
                return (key, value)
            }
            switch message["op"]?.string {
            case "subscribed":
                if message["subs"]?.array?.first?["resumed"] == .boolean(true) { resumed += 1 }
            case "snap":
                epoch = message["epoch"]?.string
                rows = Dictionary(uniqueKeysWithValues: pairs)
                seq = message["seq"]?.integer
            case "d":
                if message["prev"]?.integer != seq { failures.append("after \(seq ?? -1): \(message)") }
                seq = message["seq"]?.integer
                let told = plan.told(epoch ?? "", seq ?? 0)
                if told?.prev != message["prev"]?.integer { failures.append("nobody was told \(message)") }
                for (key, value) in pairs { rows[key] = value }
            default: break
            }
        }

        func disconnect() {
            peer?.disconnect()
            peer = nil
        }
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func clientsThatComeAndGoHoldTheRowsOfThePlan(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var limits = StreamLimits()
        limits.queueBytesMax = [1_500, 8 << 20].randomElement(using: &random)!
        limits.queryHistoryBytesMax = [0, 1_500, 1 << 20].randomElement(using: &random)!
        limits.queryResumeSeconds = [1, 60].randomElement(using: &random)!
        let loopCount = Int.random(in: 1...2, using: &random)
        let plan = FakePlan()
        let fixture = StreamFixture(loopCount: loopCount, limits: limits, queries: plan)
        let clients = (0..<4).map { _ in Client(isLagging: Bool.random(using: &random)) }
        for _ in 0..<400 {
            let client = clients.randomElement(using: &random)!
            switch Int.random(in: 0..<20, using: &random) {
            case 0, 1, 2:
                if client.peer == nil {
                    try client.connect(fixture, loop: Int.random(in: 0..<loopCount, using: &random))
                } else {
                    client.disconnect()
                }
            case 3, 4: client.peer?.setWritable(Bool.random(using: &random))
            case 5, 6, 7: try client.receive(plan)
            case 8, 9: for loop in fixture.loops { loop.run() }
            case 10:
                fixture.uptime.add(400_000_000)
                for loop in fixture.loops { loop.advanceTime(by: .milliseconds(400)) }
            case 11 where Int.random(in: 0..<6, using: &random) == 0: plan.restart()
            default: plan.change(Int64.random(in: 0..<9, using: &random), Int64.random(in: 0..<99, using: &random))
            }
        }
        for client in clients {
            if client.peer == nil { try client.connect(fixture, loop: 0) }
            client.peer?.setWritable(true)
        }
        for _ in 0..<3 {
            for loop in fixture.loops { loop.run() }
            for client in clients { try client.receive(plan) }
        }
        for client in clients where client.peer != nil {
            #expect(client.failures.isEmpty, "\(client.failures.prefix(3))")
            #expect(client.rows == plan.rows)
        }
        let resumes = clients.reduce(0) { $0 + $1.resumed }
        #expect(fixture.counters.resumed.value >= resumes)
        for client in clients { client.disconnect() }
        #expect(fixture.counters.queries.value == 0)
        #expect(fixture.counters.queueBytes.value == 0)
    }
}
