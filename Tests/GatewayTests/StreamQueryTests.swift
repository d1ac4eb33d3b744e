import Columnar
import Documents
import Engine
import NIOCore
import NIOEmbedded
import QueryLang
import Synchronization
import Testing
import Wire

@testable import Gateway

/// Live plans of which a test says what happens.
final class FakeQuerySource: StreamQuerySource {
    private let receivers = Mutex<[@Sendable (StreamQueryEvent) -> Void]>([])
    private let recorders = Mutex<[@Sendable (StreamQueryEvent) -> Void]>([])
    let recorded = Counter()
    let forgotten = Counter()
    let opened = Counter()
    let cancelled = Counter()

    func prepare(_ text: String) throws(QueryError) {
        guard text.hasPrefix("SELECT") else {
            throw QueryError(.syntax, "expected SELECT", at: SourceSpan(start: 0, end: 4), hint: "begin with SELECT")
        }
    }

    func open(
        _ text: String,
        isRecorder: Bool,
        receive: @escaping @Sendable (StreamQueryEvent) -> Void
    ) throws(QueryError) -> StreamQuery {
        try prepare(text)
        if isRecorder {
            recorders.withLock { $0.append(receive) }
            recorded.add()
        } else {
            receivers.withLock { $0.append(receive) }
            opened.add()
        }
        let ended = isRecorder ? forgotten : cancelled
        return StreamQuery(
            columns: [.init(name: "time", type: "TIMESTAMP"), .init(name: "n", type: "LONG")],
            keyColumns: [0],
            epoch: "q\(max(1, opened.value))",
            cancel: { ended.add() }
        )
    }

    /// Tells the one who keeps a history.
    func record(_ event: StreamQueryEvent) { recorders.withLock { $0.last }?(event) }

    /// Tells the one who opened a query last.
    func tell(_ event: StreamQueryEvent) { receivers.withLock { $0.last }?(event) }

    static func rows(_ prev: Int64, _ seq: Int64, _ count: Int = 1, isRevision: Bool = false) -> StreamQueryRows {
        StreamQueryRows(
            prev: prev,
            seq: seq,
            exchangeTime: 1_000_000,
            receiveTime: 2_000_000,
            computeTime: 3_000_000,
            rows: (0..<count).map { [.timestamp(Int64($0) * 1_000_000), .int64(seq)] },
            isRevision: isRevision
        )
    }
}

@Suite struct StreamQueryTests {
    private func subscribed(
        _ encoding: StreamEncoding = .json,
        limits: StreamLimits = StreamLimits(),
        more: String = ""
    ) throws -> (StreamFixture, FakeQuerySource, StreamPeer) {
        let source = FakeQuerySource()
        let fixture = StreamFixture(limits: limits, queries: source)
        let peer = try StreamPeer(fixture, encoding)
        try peer.receive()
        try peer.send(
            #"{"op":"subscribe","id":3,"query":"SELECT time, count() AS n FROM trades SAMPLE BY 1s"\#(more)}"#
        )
        return (fixture, source, peer)
    }

    @Test func aSnapshotOfHistoryTellsWhenItWasMade() throws {
        let (fixture, source, peer) = try subscribed()
        try peer.receive()
        var rows = FakeQuerySource.rows(0, 41)
        (rows.exchangeTime, rows.receiveTime, rows.computeTime) = (0, 0, 0)
        source.tell(.snapshot(rows))
        fixture.loops[0].run()
        #expect(try peer.receive().first?["t"] == .array([.integer(0), .integer(0), .integer(1_723_161_254_000_000)]))
    }

    @Test(arguments: [StreamEncoding.json, .messagePack])
    func answerOfAQueryIsKeptUpToDate(encoding: StreamEncoding) throws {
        let (fixture, source, peer) = try subscribed(encoding)
        let entry = try #require(try peer.receive().first?["subs"]?.array?.first)
        #expect(entry["sid"] == .integer(-1))
        #expect(entry["columns"]?.array?.map { $0["name"]?.string } == ["time", "n"])
        #expect(entry["key"] == .array([.integer(0)]))
        source.tell(.snapshot(FakeQuerySource.rows(0, 41, 2)))
        source.tell(.change(FakeQuerySource.rows(41, 44)))
        source.tell(.change(FakeQuerySource.rows(44, 45, isRevision: true)))
        #expect(try peer.receive().isEmpty, "rows come with the loop's next turn")
        fixture.loops[0].run()
        let messages = try peer.receive()
        #expect(messages.map { $0["op"]?.string } == ["snap", "d", "rev"])
        #expect(messages[0]["epoch"] == .string("q1"))
        #expect(
            messages[0]["rows"]
                == .array([.array([.integer(0), .integer(41)]), .array([.integer(1_000), .integer(41)])])
        )
        #expect(messages[1]["prev"] == .integer(41))
        #expect(messages[1]["t"] == .array([.integer(1_000), .integer(2_000), .integer(3_000)]))
        fixture.loops[0].advanceTime(by: .seconds(5))
        #expect(try peer.receive().first?["heads"]?["-1"] == .integer(45))
        try peer.send(#"{"op":"unsubscribe","id":4,"sid":[-1]}"#)
        #expect(try peer.receive().first?["last"]?["-1"] == .integer(45))
        #expect(source.cancelled.value == 1)
        source.tell(.change(FakeQuerySource.rows(45, 46)))
        fixture.loops[0].run()
        #expect(try peer.receive().isEmpty)
        #expect(fixture.counters.queries.value == 0)
    }

    private static let text = "SELECT time, count() AS n FROM trades SAMPLE BY 1s"

    private func request(resume: String? = nil) -> String {
        #"{"op":"subscribe","id":3,"query":"\#(Self.text)"\#(resume.map { #","resume":\#($0)"# } ?? "")}"#
    }

    @Test(arguments: [StreamEncoding.json, .messagePack])
    func queryGoesOnWhereItWasCutOff(encoding: StreamEncoding) throws {
        let (fixture, source, first) = try subscribed(encoding)
        func tell(_ event: StreamQueryEvent) {
            source.record(event)
            source.tell(event)
            fixture.loops[0].run()
        }
        var snapshot = FakeQuerySource.rows(0, 41, 2)
        snapshot.epoch = "q1"
        tell(.snapshot(snapshot))
        tell(.change(FakeQuerySource.rows(41, 44)))
        try first.receive()
        first.disconnect()
        #expect(source.cancelled.value == 1)
        #expect(source.forgotten.value == 0, "what it tells is held for a while")
        source.record(.change(FakeQuerySource.rows(44, 45, isRevision: true)))
        source.record(.change(FakeQuerySource.rows(45, 48)))
        for (position, reason) in [
            (#"{"epoch":"q1","seq":44}"#, nil), (#"{"epoch":"q0","seq":44}"#, "epoch"),
            (#"{"epoch":"q1","seq":42}"#, "too_old"), (#"{"epoch":"q1","seq":40}"#, "too_old"),
        ] {
            let again = try StreamPeer(fixture, encoding)
            try again.receive()
            try again.send(request(resume: position))
            #expect(try again.receive().isEmpty, "how it goes on is known with the plan's first event")
            snapshot.seq = 48
            source.tell(.snapshot(snapshot))
            source.tell(.change(FakeQuerySource.rows(48, 50)))
            fixture.loops[0].run()
            let messages = try again.receive()
            let entry = try #require(messages.first?["subs"]?.array?.first)
            #expect(entry["resumed"] == .boolean(reason == nil))
            #expect(entry["reason"]?.string == reason)
            #expect(entry["replay"]?.integer == (reason == nil ? 2 : nil))
            let ops = messages.dropFirst().map { $0["op"]?.string }
            #expect(ops == (reason == nil ? ["rev", "d", "d"] : ["snap", "d"]))
            #expect(messages.last?["prev"] == .integer(48))
            again.disconnect()
        }
        #expect(fixture.counters.resumed.value == 1)
        #expect(fixture.counters.resumesRefused.value == 3)
        let linger = fixture.hubs.context.limits.queryResumeSeconds + 1
        fixture.uptime.add(linger * 1_000_000_000)
        fixture.loops[0].advanceTime(by: .seconds(Int64(linger)))
        #expect(source.forgotten.value == source.recorded.value)
        #expect(fixture.hubs.context.histories?.count == 0)
    }

    @Test func nothingIsHeldWhereThatIsNotWanted() throws {
        var limits = StreamLimits()
        limits.queryResumeSeconds = 0
        let (fixture, source, peer) = try subscribed(limits: limits)
        #expect(source.recorded.value == 0)
        source.tell(.snapshot(FakeQuerySource.rows(0, 41)))
        peer.disconnect()
        let again = try StreamPeer(fixture)
        try again.receive()
        try again.send(request(resume: #"{"epoch":"q2","seq":41}"#))
        source.tell(.snapshot(FakeQuerySource.rows(0, 41)))
        fixture.loops[0].run()
        let messages = try again.receive()
        #expect(messages.map { $0["op"]?.string } == ["subscribed", "snap"])
        #expect(messages[0]["subs"]?.array?.first?["reason"] == .string("epoch"))
        try again.send(request(resume: "7"))
        #expect(try again.receive().first?["code"] == .string("bad_request"))
    }

    @Test func wrongQueryIsAnErrorWithItsPlace() throws {
        let fixture = StreamFixture(queries: FakeQuerySource())
        let peer = try StreamPeer(fixture)
        try peer.receive()
        try peer.send(#"{"op":"subscribe","id":3,"query":"SELEC x"}"#)
        let error = try #require(try peer.receive().first)
        #expect(error["code"] == .string("syntax_error"))
        #expect(error["position"]?["offset"] == .integer(0))
        #expect(error["position"]?["column"] == .integer(1))
        #expect(error["hint"] == .string("begin with SELECT"))
        let without = try StreamPeer(StreamFixture())
        try without.receive()
        try without.send(#"{"op":"subscribe","id":3,"query":"SELECT 1"}"#)
        #expect(try without.receive().first?["code"] == .string("unavailable"))
    }

    @Test func queryThatEndsSaysWhy() throws {
        let (fixture, source, peer) = try subscribed()
        try peer.receive()
        source.tell(.ended(QueryError(.storage, "the table was dropped")))
        fixture.loops[0].run()
        let error = try #require(try peer.receive().first)
        #expect(error["op"] == .string("error"))
        #expect(error["sid"] == .integer(-1))
        #expect(fixture.counters.queries.value == 0)
    }

    @Test func slowReaderOfAQueryIsClosedOrBeginsAnew() throws {
        var limits = StreamLimits()
        limits.queueBytesMax = 2_000
        for (more, ops) in [(#","on_lag":"snapshot""#, ["lag", "snap"]), ("", [])] {
            let (fixture, source, peer) = try subscribed(limits: limits, more: more)
            source.tell(.snapshot(FakeQuerySource.rows(0, 1)))
            fixture.loops[0].run()
            try peer.receive()
            peer.setWritable(false)
            for seq in 1..<40 {
                source.tell(.change(FakeQuerySource.rows(Int64(seq), Int64(seq + 1), 2)))
                fixture.loops[0].run()
            }
            peer.setWritable(true)
            source.tell(.snapshot(FakeQuerySource.rows(0, 40)))
            fixture.loops[0].run()
            let messages = try peer.receive()
            #expect(messages.suffix(ops.count).map { $0["op"]?.string ?? "" } == ops)
            #expect(source.opened.value == (ops.isEmpty ? 1 : 2))
            #expect(peer.closeCode == (ops.isEmpty ? 4008 : nil))
            #expect(fixture.counters.queueBytes.value == 0)
        }
    }

    @Test func connectionThatEndsCancelsItsQueries() throws {
        let (fixture, source, peer) = try subscribed()
        try peer.receive()
        peer.disconnect()
        #expect(source.cancelled.value == 1)
        #expect(fixture.counters.queries.value == 0)
        #expect(fixture.counters.connections.value == 0)
    }
}

@Suite struct StreamViewTests {
    private func update(
        _ seq: Int64,
        _ values: [(Int, Double)],
        isStart: Bool = false,
        instrument: String = "BTC-USDT.BINANCE"
    ) -> StreamViewUpdate {
        StreamViewUpdate(
            view: "micro@v3",
            instrument: instrument,
            epoch: "k1",
            isEpochStart: isStart,
            prev: isStart ? 0 : seq - 1,
            seq: seq,
            exchangeTime: seq,
            receiveTime: seq,
            computeTime: seq,
            values: values.map { FeatureValue(feature: $0.0, value: $0.1, status: .present) }
        )
    }

    private func fields(_ names: [String]) -> [Feature] {
        names.map { Feature(name: $0, unit: "", view: "micro@v3", summary: "") }
    }

    @Test func viewTakesSubscribersToInstrumentsOfWhichItKnowsNothingYet() throws {
        let fixture = StreamFixture()
        let views = StreamViews(fixture.hubs)
        views.set([("micro@v3", fields(["edge", "tilt"]))])
        let peer = try StreamPeer(fixture)
        try peer.receive()
        try peer.send(
            #"{"op":"subscribe","id":1,"view":"micro@v3","symbols":["BTC-USDT.BINANCE","BTC-USDT.BINANC"]}"#
        )
        let answer = try #require(try peer.receive().first)
        #expect(answer["subs"]?.array?.map { $0["symbol"]?.string } == ["BTC-USDT.BINANCE"])
        #expect(answer["subs"]?.array?.first?["epoch"] == .null)
        #expect(answer["rejected"]?.array?.first?["hint"] == .string("did you mean 'BTC-USDT.BINANCE'?"))
        views.publish([update(5, [(0, 0.5), (1, 2)], isStart: true), update(6, [(1, 3)])])
        fixture.loops[0].run()
        #expect(try peer.receive().map { $0["op"]?.string } == ["snap", "d"])
    }

    @Test func fieldsOfAViewAreAStreamOfTheirOwn() throws {
        let fixture = StreamFixture(loopCount: 2)
        let views = StreamViews(fixture.hubs)
        views.set([("micro@v3", fields(["edge", "tilt"]))])
        fixture.start(0)
        for loop in fixture.loops { loop.run() }
        let peer = try StreamPeer(fixture, loop: 1)
        try peer.receive()
        try peer.send(#"{"op":"subscribe","id":1,"view":"micro@v3","symbols":["*"]}"#)
        #expect(try peer.receive().first?["subs"] == .array([]))
        views.publish([update(5, [(0, 0.5), (1, 2)], isStart: true)])
        for loop in fixture.loops { loop.run() }
        let first = try peer.receive()
        #expect(first.map { $0["op"]?.string } == ["subscribed", "snap"])
        #expect(first[0]["subs"]?.array?.first?["view"] == .string("micro@v3"))
        #expect(first[0]["subs"]?.array?.first?["fields"]?.strings == ["edge", "tilt"])
        #expect(first[1]["book"] == nil)
        views.publish([update(6, [(1, 3)]), update(7, [(1, 4)])])
        for loop in fixture.loops { loop.run() }
        #expect(try peer.receive().map { $0["seq"] } == [.integer(6), .integer(7)])
        let late = try StreamPeer(fixture)
        try late.receive()
        try late.send(
            #"{"op":"subscribe","id":1,"view":"micro@v3","symbols":["BTC-USDT.BINANCE"],"resume":{"BTC-USDT.BINANCE":{"epoch":"k1","seq":5}}}"#
        )
        #expect(try late.receive().map { $0["op"]?.string } == ["subscribed", "d", "d"])
        views.set([])
        try late.send(#"{"op":"subscribe","id":2,"view":"micro@v3","symbols":["*"]}"#)
        #expect(try late.receive().first?["code"] == .string("unknown_view"))
    }
}
