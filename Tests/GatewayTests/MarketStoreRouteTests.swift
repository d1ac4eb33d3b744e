import Documents
import MarketStore
import NIOCore
import Synchronization
import Testing
import Wire

@testable import Gateway

/// A service that lists one symbol, and counts what is destroyed.
private final class FakeService: DataService, BucketDirectory {
    let destroyed = Mutex<[String]>([])

    var directory: any BucketDirectory { self }
    var version: String { "v" }
    var timezone: String { "UTC" }
    func query(_ queries: [DataQuery]) throws(DataServiceError) -> [Dataset] { throw DataServiceError("no") }
    func write(_ writes: [DataWrite]) -> [DataServiceError?] { writes.map { _ in nil } }
    func create(_ creations: [BucketCreation]) -> [DataServiceError?] { creations.map { _ in nil } }
    func destroy(_ keys: [String]) -> [DataServiceError?] {
        destroyed.withLock { $0 += keys }
        return keys.map { _ in nil }
    }
    func list(_ format: ListFormat) -> [String] { ["A"] }
    func info(_ keys: [String]) -> [Result<BucketInfo, DataServiceError>] { [] }
    func bucket(_ key: BucketKey) -> Bucket? { nil }
    func buckets(timeframe: String, attribute: String) -> [Bucket] { [] }
    var all: [Bucket] { [] }
}

@Suite("MarketStore's routes") struct MarketStoreRouteTests {
    private let list = #"{"jsonrpc":"2.0","method":"DataService.ListSymbols","id":1}"#
    private let json: HTTPFields = ["Content-Type": "application/json; charset=utf-8"]

    @Test("answer calls, and say which version serves")
    func calls() async throws {
        let fixture = try await GatewayFixture(dataService: FakeService())
        let answer = try await fixture.post("/rpc", list, json)
        #expect(answer.status == .ok)
        #expect(answer.fields["Content-Type"] == "application/json; charset=utf-8")
        #expect(answer.fields["Marketstore-Version"] == "v")
        #expect(answer.fields["X-Content-Type-Options"] == "nosniff")
        #expect(String(buffer: answer.body) == "{\"jsonrpc\":\"2.0\",\"result\":{\"Results\":[\"A\"]},\"id\":1}\n")
        let notification = try await fixture.post(
            "/rpc",
            #"{"jsonrpc":"2.0","method":"DataService.ListSymbols"}"#,
            json
        )
        #expect(notification.status == .ok)
        #expect(notification.body.readableBytes == 0)
        #expect(notification.fields["Content-Type"] == nil)
        let metrics = fixture.metrics.text()
        #expect(metrics.contains(#"tickgate_marketstore_calls_total{method="ListSymbols",outcome="answered"} 2"#))
        await fixture.gateway.stop()
    }

    @Test("refuse what is no call")
    func refusals() async throws {
        let fixture = try await GatewayFixture(dataService: FakeService())
        let method = try await fixture.get("/rpc")
        #expect(method.status.code == 405)
        #expect(method.fields["Marketstore-Version"] == "v")
        #expect(String(buffer: method.body) == "rpc: POST method required, received GET")
        let head = try await fixture.client.execute(HTTPClientRequest(url: fixture.url("/rpc"), method: .head)).get()
        #expect(head.status.code == 405)
        #expect(head.fields["Marketstore-Version"] == "v")
        let type = try await fixture.post("/rpc", "x", ["Content-Type": "text/plain"])
        #expect(type.status.code == 415)
        #expect(String(buffer: type.body) == "rpc: unrecognized Content-Type: text/plain")
        #expect(type.fields["Marketstore-Version"] == "v")
        await fixture.gateway.stop()
    }

    @Test("are not for pages of other sites")
    func origins() async throws {
        let service = FakeService()
        let fixture = try await GatewayFixture(dataService: service)
        let destroy =
            #"{"jsonrpc":"2.0","method":"DataService.Destroy","id":1,"params":{"requests":[{"key":"A/1D/X"}]}}"#
        var fields = json
        fields["Origin"] = "https://evil.example"
        #expect(try await fixture.post("/rpc", destroy, fields).status.code == 403)
        #expect(service.destroyed.withLock { $0 } == [])
        #expect(try await fixture.post("/rpc", destroy, json).status == .ok)
        #expect(service.destroyed.withLock { $0 } == ["A/1D/X"])
        await fixture.gateway.stop()
    }

    @Test("bound bodies")
    func bodies() async throws {
        let fixture = try await GatewayFixture(dataService: FakeService()) { $0.marketStoreBodyBytesMax = 100 }
        #expect(try await fixture.post("/rpc", String(repeating: " ", count: 101), json).status.code == 413)
        #expect(try await fixture.post("/rpc", list, json).status == .ok)
        await fixture.gateway.stop()
    }

    @Test("tell whether calls are answered")
    func heartbeat() async throws {
        let fixture = try await GatewayFixture(dataService: FakeService())
        let answer = try await fixture.get("/heartbeat")
        #expect(answer.status == .ok)
        #expect(answer.json["status"]?.string == "queryable")
        #expect(answer.json["version"]?.string == "v")
        #expect(answer.json["uptime"]?.string?.hasSuffix("s") == true)
        await fixture.gateway.stop()
        let unready = try await GatewayFixture(readiness: ["because"], dataService: FakeService())
        let refusal = try await unready.get("/heartbeat")
        #expect(refusal.status.code == 503)
        #expect(refusal.json["status"]?.string == "not queryable")
        await unready.gateway.stop()
    }

    @Test("are not there without a service, and on both addresses with two")
    func addresses() async throws {
        let without = try await GatewayFixture()
        #expect(try await without.post("/rpc", list, json).status.code == 404)
        #expect(try await without.get("/heartbeat").status.code == 404)
        await without.gateway.stop()
        let fixture = try await GatewayFixture(dataService: FakeService()) {
            $0.secondAddress = .init(host: "127.0.0.1", port: 0)
        }
        let port = try #require(fixture.gateway.secondPort)
        #expect(port != fixture.gateway.port)
        let url = try WireURL("http://127.0.0.1:\(port)/rpc")
        let request = HTTPClientRequest(url: url, method: .post, fields: json, body: ByteBuffer(string: list))
        #expect(try await fixture.client.execute(request).get().status == .ok)
        await fixture.gateway.stop()
    }
}
