import Documents
import Engine
import NIOCore
import NIOEmbedded
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite struct LatestValueTests {
    private let bodies =
        #"{"features":["book_features:mid","book_features@v1:bid"],"entities":{"symbol":["BTC-USDT.BINANCE","NONE","ETH-USDT.BINANCE"]}}"#

    private func started(age: Int64 = 0) async throws -> GatewayFixture {
        // The values are computed 0.2366 s after the fixture's clock: what is older than -0.2366 s - age is stale.
        let fixture = try await GatewayFixture { $0.featureTimesToLive["book_features@v1"] = -236_600_000 - age }
        fixture.start(0)
        try await fixture.poll("the loops have it") {
            try await fixture.get("/v1/symbols").json["symbols"]?.strings == ["BTC-USDT.BINANCE"]
        }
        return fixture
    }

    @Test func valueIsStaleOnceItsTimeIsOver() async throws {
        for (age, status) in [(Int64(0), "PRESENT"), (1, "STALE")] {
            let fixture = try await started(age: age)
            let one = try await fixture.get("/v1/features/BTC-USDT.BINANCE").json
            #expect(one["features"]?["mid"]?["status"] == .string(status))
            #expect(one["features"]?["mid"]?["value"] == .number(2.5), "the value is kept, flagged")
            let all = try await fixture.get("/v1/features?features=mid").json
            #expect(all["instruments"]?.array?.first?["features"]?["mid"]?["status"] == .string(status))
            await fixture.gateway.stop()
        }
    }

    @Test func anyEventOfTheBookConfirmsItsValues() throws {
        let fixture = StreamFixture()
        fixture.start(0)
        let state = try #require(fixture.hub().state(named: "BTC-USDT.BINANCE"))
        let latest = LatestValues(timesToLive: ["book_features@v1": 1_000_000], now: 3_000_000)
        #expect(latest.values([2], of: state).map(\.status) == [.stale])
        var batch = FeatureBatch()
        fixture.update(0, [], skip: 1, updateID: 9, in: &batch)
        fixture.hubs.publish(batch, shard: 0)
        #expect(latest.values([2], of: state).map(\.status) == [.present])
        #expect(LatestValues(timesToLive: [:], now: .max).values([2], of: state).map(\.status) == [.present])
    }

    @Test func aViewsOwnTimeToLiveCountsFromItsLastEventThoughThatChangedNothing() throws {
        let fixture = StreamFixture()
        let views = StreamViews(fixture.hubs)
        let edge = Feature(name: "edge", unit: "", view: "micro@v1", summary: "")
        views.set([("micro@v1", [edge])], timesToLive: ["micro@v1": 100])
        let update = StreamViewUpdate(
            view: "micro@v1",
            instrument: "BTC-USDT.BINANCE",
            epoch: "k1",
            isEpochStart: true,
            prev: 0,
            seq: 1,
            exchangeTime: 1,
            receiveTime: 1,
            computeTime: 1_000,
            values: [FeatureValue(feature: 0, value: 1, status: .present)]
        )
        views.publish([update])
        fixture.loops[0].run()
        let group = try #require(fixture.hubs.context.scope(ofView: "micro")).group
        let state = try #require(fixture.hub().state(named: "BTC-USDT.BINANCE", in: group))
        func value(at now: Int64, _ configured: [String: Int64] = [:]) -> LatestValues.Value? {
            LatestValues(timesToLive: configured, now: now).values([0], of: state).first
        }
        #expect(value(at: 1_100)?.status == .present)
        #expect(value(at: 1_101)?.status == .stale)
        #expect(value(at: 1_101, ["micro@v1": 200])?.status == .present, "what is configured counts")
        views.confirm(view: "micro@v1", instrument: "BTC-USDT.BINANCE", exchangeTime: 7, computeTime: 1_050)
        #expect(value(at: 1_150)?.status == .present)
        #expect(value(at: 1_151)?.status == .stale)
        #expect(value(at: 1_150)?.exchangeTime == 7)
        views.confirm(view: "gone@v1", instrument: "BTC-USDT.BINANCE", exchangeTime: 8, computeTime: 1_060)
    }

    @Test func feastGetsColumns() async throws {
        let fixture = try await started()
        let response = try await fixture.post("/get-online-features", bodies)
        #expect(response.status == .ok)
        let document = response.json
        #expect(document["metadata"]?["feature_names"]?.strings == ["symbol", "mid", "bid"])
        let results = try #require(document["results"]?.array)
        #expect(results.count == 3)
        #expect(results[0]["values"]?.strings == ["BTC-USDT.BINANCE", "NONE", "ETH-USDT.BINANCE"])
        #expect(results[0]["statuses"]?.strings == ["PRESENT", "PRESENT", "PRESENT"])
        #expect(results[0]["event_timestamps"]?.strings?.first == "1970-01-01T00:00:00Z")
        #expect(results[1]["values"] == .array([.number(2.5), .null, .null]))
        #expect(results[1]["statuses"]?.strings == ["PRESENT", "NOT_FOUND", "NOT_FOUND"])
        #expect(results[1]["event_timestamps"]?.strings?.first == "2024-08-08T23:54:15.508Z")
        await fixture.gateway.stop()
        let late = try await started(age: 1)
        let stale = try await late.post("/get-online-features", bodies).json["results"]?.array?[1]
        #expect(stale?["values"]?.array?.first == .null)
        #expect(stale?["statuses"]?.strings?.first == "OUTSIDE_MAX_AGE")
        await late.gateway.stop()
    }

    @Test func feastNamesMayBeFullAndAServiceIsAView() async throws {
        let fixture = try await started()
        let body =
            #"{"feature_service":"book_features@v1","full_feature_names":true,"entities":{"symbol":["BTC-USDT.BINANCE"]}}"#
        let names = try await fixture.post("/get-online-features", body).json["metadata"]?["feature_names"]?.strings
        #expect(names == ["symbol"] + testFeatures.map { "book_features@v1__\($0.name)" })
        for (body, status, code) in [
            ("{", 400, "bad_json"), ("{}", 400, "bad_request"),
            (#"{"features":["book_features:mid"],"entities":{"user":[1]}}"#, 400, "bad_request"),
            (#"{"features":["nothing:mid"],"entities":{"symbol":["A"]}}"#, 404, "unknown_view"),
            (#"{"features":["book_features:mod"],"entities":{"symbol":["A"]}}"#, 404, "unknown_feature"),
        ] {
            let response = try await fixture.post("/get-online-features", body)
            #expect(response.status.code == status, "\(body)")
            #expect(response.json["code"] == .string(code))
        }
        await fixture.gateway.stop()
    }
}
