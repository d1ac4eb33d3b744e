import Documents
import Engine
import NIOCore
import NIOEmbedded
import Testing
import Wire

@testable import Gateway

/// What a request names, and what it misspells.
@Suite struct StreamRequestTests {
    private func opened(_ fixture: StreamFixture) throws -> StreamPeer {
        let peer = try StreamPeer(fixture, .json)
        try peer.receive()
        return peer
    }

    private func started(_ limits: StreamLimits = StreamLimits()) -> StreamFixture {
        let fixture = StreamFixture(limits: limits)
        fixture.start(0)
        return fixture
    }

    // MARK: - Views

    private func views(_ fixture: StreamFixture, _ names: [String]) -> StreamViews {
        let views = StreamViews(fixture.hubs)
        views.set(
            names.map { name in (name, [Feature(name: "edge of \(name)", unit: "", view: name, summary: "")]) }
        )
        return views
    }

    private func update(_ view: String, _ seq: Int64) -> StreamViewUpdate {
        StreamViewUpdate(
            view: view,
            instrument: "BTC-USDT.BINANCE",
            epoch: "k1",
            isEpochStart: seq == 1,
            prev: seq - 1,
            seq: seq,
            exchangeTime: seq,
            receiveTime: seq,
            computeTime: seq,
            values: [FeatureValue(feature: 0, value: Double(seq), status: .present)]
        )
    }

    @Test func aViewWithoutAVersionIsItsNewestOne() throws {
        let fixture = started()
        let views = self.views(fixture, ["micro@v9", "micro@v10", "microscope@v11"])
        views.publish([update("micro@v10", 1), update("micro@v10", 2)])
        fixture.loops[0].run()
        let peer = try opened(fixture)
        try peer.send(#"{"op":"subscribe","id":1,"view":"micro","symbols":["*"]}"#)
        let messages = try peer.receive()
        #expect(messages.first?["subs"]?.array?.first?["view"] == .string("micro@v10"))
        #expect(messages.last?["v"] == .array([.number(2)]) || messages.last?["v"] == .array([.integer(2)]))
        try peer.send(#"{"op":"subscribe","id":2,"view":"micro@v9","symbols":["BTC-USDT.BINANCE"]}"#)
        #expect(try peer.receive().first?["subs"]?.array?.first?["view"] == .string("micro@v9"))
        try peer.send(#"{"op":"subscribe","id":3,"view":"micr","symbols":["*"]}"#)
        let error = try peer.receive().first
        #expect(error?["code"] == .string("unknown_view"))
        #expect(error?["hint"]?.string?.contains("micro@v") == true)
    }

    /// Who comes back may have had fields of the version before.
    @Test func aViewWithoutAVersionBeginsAnewWhereOneWithItResumes() throws {
        let fixture = started()
        let views = self.views(fixture, ["micro@v1"])
        views.publish([update("micro@v1", 1), update("micro@v1", 2)])
        fixture.loops[0].run()
        let resume = #""symbols":["BTC-USDT.BINANCE"],"resume":{"BTC-USDT.BINANCE":{"epoch":"k1","seq":1}}"#
        for (view, expected) in [("micro", ["subscribed", "snap"]), ("micro@v1", ["subscribed", "d"])] {
            let peer = try opened(fixture)
            try peer.send(#"{"op":"subscribe","id":1,"view":"\#(view)",\#(resume)}"#)
            #expect(try peer.receive().map { $0["op"]?.string } == expected, "\(view)")
        }
    }

    @Test(arguments: ["book_features", "book_features@v1"])
    func theViewsOfTheBuiltInFeaturesHaveNames(view: String) throws {
        let fixture = started()
        let peer = try opened(fixture)
        try peer.send(#"{"op":"subscribe","id":1,"view":"\#(view)","symbols":["*"],"features":["ofi_*"]}"#)
        #expect(try peer.receive().first?["subs"]?.array?.first?["fields"]?.strings == ["ofi_cum", "ofi_1_cum"])
    }

    // MARK: - Names of members, and ids

    @Test(arguments: [
        (#"{"op":"subscribe","id":7,"symbols":["*"],"featurs":["mid"]}"#, "features"),
        (#"{"op":"subscribe","id":7,"symbols":["*"],"max_rate":5}"#, "max_rate_hz"),
        (#"{"op":"subscribe","id":7,"query":"SELECT 1","onlag":"close"}"#, "on_lag"),
        (#"{"op":"unsubscribe","id":7,"sids":[1]}"#, "sid"),
    ])
    func aMisspeltMemberIsRefusedWithTheNearestName(text: String, nearest: String) throws {
        let peer = try opened(started())
        try peer.send(text)
        let error = try #require(try peer.receive().first)
        #expect(error["op"] == .string("error"))
        #expect(error["id"] == .integer(7))
        #expect(error["hint"]?.string == "did you mean '\(nearest)'?")
    }

    @Test(arguments: [#""seven""#, "7.5", "1e1", "99999999999999999999", "true", "[7]"])
    func anIDThatIsNoWholeNumberIsRefused(id: String) throws {
        let peer = try opened(started())
        try peer.send(#"{"op":"ping","id":\#(id)}"#)
        let error = try #require(try peer.receive().first)
        #expect(error["code"] == .string("bad_request"))
        #expect(error["message"]?.string?.contains("\"id\"") == true)
        try peer.send(#"{"op":"ping","id":null}"#)
        #expect(try peer.receive().first?["op"] == .string("pong"))
    }

    @Test func aRequestBeyondTheRateIsRefusedUnderItsID() throws {
        var limits = StreamLimits()
        limits.requestBurst = 1
        let peer = try opened(started(limits))
        try peer.send(#"{"op":"ping","id":1}"#)
        try peer.send(#"{"op":"ping","id":2}"#)
        try peer.send(#"{"op":"subscribe","id":3,"symbols":["\#(String(repeating: "x", count: 2_000))"]}"#)
        let answers = try peer.receive()
        #expect(answers.map { $0["id"] } == [.integer(1), .integer(2), nil])
        #expect(answers.dropFirst().allSatisfy { $0["code"] == .string("rate_limited") && $0["hint"] != nil })
    }
}
