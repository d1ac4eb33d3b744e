import Documents
import Engine
import NIOCore
import NIOEmbedded
import QueryLang
import Testing
import Wire

@testable import Gateway

/// What a subscription may ask for, and what ends a stream.
@Suite struct StreamProtocolTests {
    private func started(_ limits: StreamLimits = StreamLimits()) -> StreamFixture {
        let fixture = StreamFixture(limits: limits)
        fixture.start(0)
        return fixture
    }

    // MARK: - Rate

    @Test func rateMergesByTimeAndSaysHowMany() throws {
        let fixture = started()
        let peer = try StreamPeer(fixture)
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"],"features":["mid","bid"],"max_rate_hz":10}"#)
        #expect(try peer.receive().last?["op"] == .string("snap"))
        fixture.publish(0, [(2, 1, .present)])
        #expect(try peer.receive().count == 1, "the first goes at once")
        for turn in 0..<50 {
            fixture.publish(0, [(turn % 2 * 2, Double(turn), .present)])
            #expect(try peer.receive().isEmpty)
        }
        fixture.loops[0].advanceTime(by: .milliseconds(99))
        #expect(try peer.receive().isEmpty)
        fixture.loops[0].advanceTime(by: .milliseconds(1))
        let messages = try peer.receive()
        #expect(messages.count == 1)
        #expect(messages[0]["n"] == .integer(50))
        #expect(messages[0]["v"] == .array([.integer(48), .integer(49)]))
        fixture.loops[0].advanceTime(by: .seconds(1))
        #expect(try peer.receive().allSatisfy { $0["op"] != .string("d") })
        fixture.publish(0, [(2, 7, .present)])
        #expect(try peer.receive().count == 1)
        #expect(peer.failures.isEmpty)
    }

    @Test func aNewEpochDoesNotWaitForTheRate() throws {
        let fixture = started()
        let peer = try StreamPeer(fixture)
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"],"max_rate_hz":0.5}"#)
        fixture.publish(0, [(2, 1, .present)])
        fixture.publish(0, [(2, 2, .present)])
        try peer.receive()
        fixture.publish(0, [(2, 3, .present)])
        try peer.receive()
        fixture.start(0, epoch: "k1-1")
        #expect(try peer.receive().map { $0["op"]?.string } == ["snap"])
        fixture.loops[0].advanceTime(by: .seconds(3))
        #expect(try peer.receive().allSatisfy { $0["op"] != .string("d") })
        #expect(peer.failures.isEmpty)
    }

    @Test func aRateMayChangeWhileADeltaWaits() throws {
        let fixture = started()
        let peer = try StreamPeer(fixture)
        let subscribe = #"{"op":"subscribe","id":1,"symbols":["*"],"features":["mid"],"snapshot":false"#
        try peer.send(subscribe + #","max_rate_hz":1}"#)
        for turn in 0..<3 {
            fixture.publish(0, [(2, Double(turn), .present)])
            fixture.hub().endTurn()
        }
        peer.wantsSnapshots = false
        try peer.receive()
        try peer.send(subscribe + "}")
        fixture.loops[0].advanceTime(by: .seconds(1))
        fixture.publish(0, [(2, 50, .present)])
        let messages = try peer.receive().filter { $0["op"] == .string("d") }
        #expect(messages.compactMap { $0["seq"]?.integer } == [4, 5])
        #expect(messages.first?["n"] == .integer(2))
        #expect(peer.failures.isEmpty)
    }

    @Test func aStreamThatGoesAwayDoesNotWaitForTheRate() throws {
        let fixture = started()
        let peer = try StreamPeer(fixture)
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"],"features":["mid"],"max_rate_hz":0.1}"#)
        for turn in 0..<3 {
            fixture.publish(0, [(2, Double(turn), .present)])
            fixture.hub().endTurn()
        }
        fixture.hub().goAway()
        #expect(try peer.receive().suffix(2).map { $0["op"]?.string } == ["d", "goaway"])
        #expect(peer.subscriptions.values.first?.seq == 4)
        #expect(peer.failures.isEmpty)
    }

    @Test(arguments: ["0", "0.01", "2000", "\"x\"", "null"])
    func rateMustBeARate(rate: String) throws {
        let peer = try StreamPeer(started())
        try peer.receive()
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"],"max_rate_hz":\#(rate)}"#)
        #expect(try peer.receive().first?["code"] == .string("bad_request"))
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"],"mode":"all","max_rate_hz":5}"#)
        #expect(try peer.receive().first?["code"] == .string("bad_request"))
    }

    // MARK: - Batches

    @Test(arguments: [StreamEncoding.json, .messagePack])
    func messagesThatGatherComeAsOneArrayToThoseWhoAsk(encoding: StreamEncoding) throws {
        let fixture = started()
        let peer = try StreamPeer(fixture, encoding)
        let other = try StreamPeer(fixture, encoding)
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"],"features":["mid"],"mode":"all","batch":true}"#)
        try other.send(#"{"op":"subscribe","id":1,"symbols":["*"],"features":["mid"],"mode":"all"}"#)
        for each in [peer, other] { try each.receive() }
        #expect(peer.batches == 0)
        for turn in 0..<5 { fixture.publish(0, [(2, Double(turn), .present)]) }
        #expect(try peer.receive().count == 5)
        #expect(peer.batches == 1)
        fixture.publish(0, [(2, 50, .present)])
        #expect(try peer.receive().count == 1)
        #expect(peer.batches == 1, "one alone is no array")
        peer.setWritable(false)
        for turn in 0..<40 {
            fixture.publish(0, [(2, Double(turn), .present)])
            fixture.hub().endTurn()
        }
        peer.setWritable(true)
        #expect(try peer.receive().count == 40)
        #expect(peer.batches == 2)
        #expect(try other.receive().count == 46)
        #expect(other.batches == 0)
        #expect(peer.failures.isEmpty && other.failures.isEmpty)
        #expect(fixture.counters.queueBytes.value == 0)
    }

    // MARK: - Requests

    @Test func withoutASnapshotTheDeltasGoOnFromTheAnswer() throws {
        let fixture = started()
        fixture.publish(0, [(2, 1, .present)])
        let peer = try StreamPeer(fixture)
        try peer.receive()
        peer.wantsSnapshots = false
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"],"features":["mid"],"snapshot":false}"#)
        let messages = try peer.receive()
        #expect(messages.count == 1)
        #expect(messages[0]["subs"]?.array?.first?["seq"] == .integer(2))
        fixture.publish(0, [(2, 2, .present)])
        #expect(try peer.receive().first?["prev"] == .integer(2))
        #expect(peer.failures.isEmpty)
    }

    @Test func listTellsWhatWasAskedFor() throws {
        let fixture = started()
        let peer = try StreamPeer(fixture)
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"],"features":["mid"],"max_rate_hz":20}"#)
        try peer.receive()
        try peer.send(#"{"op":"list","id":5}"#)
        let list = try #require(try peer.receive().first)
        #expect(list["id"] == .integer(5))
        let entry = try #require(list["subs"]?.array?.first)
        #expect(entry["fields"]?.strings == ["mid"])
        #expect(entry["mode"] == .string("conflate"))
        #expect(entry["max_rate_hz"] == .integer(20))
        #expect(entry["epoch"] == .string("k1"))
    }

    @Test func requestsMayComeInEitherEncodingWhateverWasAgreedOn() throws {
        let fixture = started()
        for encoding in [StreamEncoding.json, .messagePack] {
            let peer = try StreamPeer(fixture, encoding)
            #expect(try peer.receive().first?["op"] == .string("welcome"))
            try peer.send(#"{"op":"ping","id":1}"#)
            #expect(try peer.receive().first?["id"] == .integer(1))
            var request = MessagePackBuffer()
            request.beginObject()
            request.member("op", "subscribe")
            request.member("id", 2)
            request.member("symbols", ["BTC-USDT.BINANCE"])
            request.endObject()
            try peer.send(WebSocketFrameWriter.frame(.binary, request.bytes))
            #expect(try peer.receive().map { $0["op"]?.string } == ["subscribed", "snap"])
            try peer.send(WebSocketFrameWriter.frame(.binary, [0xC1]))
            #expect(try peer.receive().first?["code"] == .string("bad_msgpack"))
            fixture.publish(0, [(2, 9.5, .present)])
            try peer.receive()
            let state = try #require(fixture.hub().state(named: "BTC-USDT.BINANCE"))
            #expect(peer.subscriptions.values.first?.difference(from: state) == nil)
            #expect(peer.failures.isEmpty)
        }
    }

    @Test(arguments: [
        (#""resume":7"#, "bad_request"), (#""resume":{"x":{"epoch":"k1"}}"#, "bad_request"),
        (#""snapshot":1"#, "bad_request"), (#""batch":"yes""#, "bad_request"), (#""view":"micro@v3""#, "unknown_view"),
        (#""on_lag":"wait""#, "bad_request"), (#""query":"SELECT 1""#, "bad_request"),
    ])
    func malformedSubscriptionIsRefused(member: String, code: String) throws {
        let peer = try StreamPeer(started())
        try peer.receive()
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"],\#(member)}"#)
        #expect(try peer.receive().first?["code"] == .string(code))
    }

    // MARK: - Access

    private struct TokenAuthorizer: Authorizer {
        func authorize(_ statementClass: StatementClass, _ request: HTTPRequest) -> Authorization {
            switch request.fields["Authorization"] {
            case "Bearer good": .allowed
            case "Bearer banned": .forbidden("not you")
            default: .unauthenticated("who are you?")
            }
        }
    }

    private var access: StreamAccess {
        StreamAccess(authorizer: TokenAuthorizer(), request: HTTPRequest(method: .get, target: "/v1/stream")!)
    }

    @Test func subscriberMustSayWhoItIsWhereThatIsAsked() throws {
        let fixture = started()
        let peer = try StreamPeer(fixture, access: access)
        #expect(try peer.receive().first?["op"] == .string("welcome"))
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"]}"#)
        #expect(try peer.receive().first?["code"] == .string("unauthenticated"))
        try peer.send(#"{"op":"auth","id":2,"token":"good"}"#)
        let answer = try peer.receive().first
        #expect(answer?["op"] == .string("authenticated") && answer?["id"] == .integer(2))
        try peer.send(#"{"op":"subscribe","id":3,"symbols":["*"]}"#)
        #expect(try peer.receive().map { $0["op"]?.string } == ["subscribed", "snap"])
        fixture.loops[0].advanceTime(by: .seconds(6))
        try peer.receive()
        #expect(peer.closeCode == nil)
    }

    @Test(arguments: [("bad", 4101, "unauthenticated"), ("banned", 4103, "forbidden")])
    func wrongTokenEndsTheStream(token: String, code: UInt16, word: String) throws {
        let peer = try StreamPeer(started(), access: access)
        try peer.receive()
        try peer.send(#"{"op":"auth","id":2,"token":"\#(token)"}"#)
        #expect(try peer.receive().first?["code"] == .string(word))
        #expect(peer.closeCode == code)
        #expect(peer.closeReason == #"{"code":"\#(word)"}"#)
    }

    @Test func whoDoesNotSayItInTimeIsClosed() throws {
        let peer = try StreamPeer(started(), access: access)
        peer.fixture.loops[0].advanceTime(by: .seconds(5))
        try peer.receive()
        #expect(peer.closeCode == 4101)
        #expect(peer.closeReason == #"{"code":"auth_timeout"}"#)
    }

    @Test func whereNothingIsAskedATokenIsFine() throws {
        let peer = try StreamPeer(started())
        try peer.receive()
        try peer.send(#"{"op":"auth","id":0,"token":"x"}"#)
        #expect(try peer.receive().first?["op"] == .string("authenticated"))
    }

    @Test func ticketOpensOneStreamWithinAMinute() throws {
        let tickets = StreamTickets()
        let ticket = try #require(tickets.issue(now: 0))
        #expect(ticket.count == 32)
        #expect(!tickets.redeem("x", now: 1))
        #expect(tickets.redeem(ticket, now: 60_000_000_000))
        #expect(!tickets.redeem(ticket, now: 60_000_000_000))
        let late = try #require(tickets.issue(now: 0))
        #expect(!tickets.redeem(late, now: 60_000_000_001))
        for _ in 0..<StreamTickets.countMax { _ = tickets.issue(now: 0) }
        #expect(tickets.issue(now: 1) == nil)
        #expect(tickets.issue(now: 60_000_000_001) != nil)
    }

    @Test func pageOpensAStreamByItsTicket() async throws {
        let fixture = try await GatewayFixture(authorizer: TokenAuthorizer())
        #expect(try await fixture.post("/v1/ws-ticket", "").status == .unauthorized)
        let answer = try await fixture.post("/v1/ws-ticket", "", ["Authorization": "Bearer good"])
        let ticket = try #require(answer.json["ticket"]?.string)
        let log = StreamLog()
        let target = fixture.url("/v1/stream?ticket=\(ticket)", scheme: "ws")
        let connection = try await WebSocketClient(group: sharedGroup).connect(to: target) { _ in log }.get()
        try await connection.eventLoop.submit { connection.send(text: #"{"op":"list"}"#) }.get()
        #expect(try await log.wait(for: "list"))
        await #expect(throws: WireError.self) {
            try await WebSocketClient(group: sharedGroup).connect(to: target) { _ in StreamLog() }.get()
        }
        #expect(try await fixture.get("/v1/stream/sse?symbols=*").status == .unauthorized)
        await fixture.gateway.stop()
    }

    // MARK: - Ends

    @Test func serverThatGoesAwaySendsWhatWaitsFirst() throws {
        let fixture = started()
        let peer = try StreamPeer(fixture)
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"],"features":["mid"],"mode":"all"}"#)
        try peer.receive()
        peer.setWritable(false)
        for turn in 0..<10 { fixture.publish(0, [(2, Double(turn), .present)]) }
        fixture.hub().goAway()
        fixture.publish(0, [(2, 100, .present)])
        try peer.receive()
        #expect(peer.closeCode == nil)
        peer.setWritable(true)
        let messages = try peer.receive()
        #expect(messages.map { $0["op"]?.string } == Array(repeating: "d", count: 10) + ["goaway"])
        #expect(messages.last?["reconnect_after_ms"] == .array([.integer(0), .integer(5_000)]))
        #expect(peer.closeCode == 1012)
        #expect(fixture.counters.subscriptions.value == 0)
        #expect(fixture.counters.queueBytes.value == 0)
    }

    @Test func subscriberWhoseSocketIsFullWhenAPingIsDueIsAskedLater() throws {
        let fixture = started()
        let peer = try StreamPeer(fixture)
        try peer.send(#"{"op":"subscribe","id":1,"symbols":["*"]}"#)
        try peer.receive()
        peer.setWritable(false)
        fixture.loops[0].advanceTime(by: .seconds(25))
        try peer.receive()
        #expect(peer.pings == 0)
        for isWritable in [true, false, true] { peer.setWritable(isWritable) }
        try peer.receive()
        #expect(peer.pings == 1)
    }

    @Test func readerIsNotSilentWhileItsFullSocketTakesBytes() throws {
        let fixture = started()
        let peer = try StreamPeer(fixture)
        try peer.receive()
        for _ in 0..<8 {
            peer.setWritable(false)
            fixture.loops[0].advanceTime(by: .seconds(25))
            peer.setWritable(true)
            try peer.receive()
        }
        #expect(peer.closeCode == nil, "it reads; its pongs are behind all that it has yet to read")
        #expect(peer.pings == 8, "one each time that the socket has room, however many were due")
        peer.setWritable(false)
        fixture.loops[0].advanceTime(by: .seconds(59))
        try peer.receive()
        #expect(peer.closeCode == nil)
        fixture.loops[0].advanceTime(by: .seconds(21))
        try peer.receive()
        #expect(peer.closeCode == 1001, "it took nothing for a minute")
    }

    @Test func everyReasonOfACloseIsShortJSON() throws {
        var limits = StreamLimits()
        limits.requestBurst = 1
        limits.refusedRequestsMax = 1
        let peer = try StreamPeer(started(limits))
        for _ in 0..<4 { try peer.send(#"{"op":"ping"}"#) }
        try peer.receive()
        #expect(peer.closeCode == 4009)
        #expect(try JSONReader.value(of: Array(peer.closeReason.utf8))["code"] == .string("rate_limited"))
    }
}
