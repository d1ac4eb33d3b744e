import Documents
import Engine
import Foundation
import Market
import NIOCore
import Testing
import Wire

@testable import Gateway

@Suite struct RouteTests {
    private func problem(_ response: HTTPResponse, _ status: Int, _ code: String) -> DocumentValue {
        #expect(response.status.code == status)
        #expect(response.fields["Content-Type"] == "application/problem+json")
        let document = response.json
        #expect(document["status"] == .integer(Int64(status)))
        #expect(document["code"] == .string(code))
        #expect(document["title"]?.string?.isEmpty == false)
        #expect(document["detail"]?.string?.isEmpty == false)
        return document
    }

    @Test func latestFeaturesComeFromMemory() async throws {
        let fixture = try await GatewayFixture()
        fixture.start(0)
        let response = try await fixture.get("/v1/features/BTC-USDT.BINANCE?features=mid,ofi_*")
        #expect(response.status == .ok)
        let document = response.json
        #expect(document["symbol"] == .string("BTC-USDT.BINANCE"))
        #expect(document["seq"] == .integer(1))
        #expect(
            document["t"]
                == .array(
                    [1_723_161_255_508_000, 1_723_161_254_236_551, 1_723_161_254_236_600].map(DocumentValue.integer)
                )
        )
        #expect(document["times"]?["receive"] == .string("2024-08-08T23:54:14.236551067Z"))
        #expect(document["book"] == .string("live"))
        #expect(document["features"]?["mid"]?["value"] == .number(2.5))
        #expect(document["features"]?["mid"]?["status"] == .string("PRESENT"))
        #expect(document["features"]?["bid"] == nil)
        let all = try await fixture.get("/v1/features?symbols=BTC*").json
        #expect(all["features"]?.array?.count == testFeatures.count)
        #expect(all["instruments"]?.array?.count == 1)
        #expect(try await fixture.get("/v1/symbols").json["symbols"]?.strings == ["BTC-USDT.BINANCE"])
        await fixture.gateway.stop()
    }

    @Test func unknownThingsAreProblemsWithHints() async throws {
        let fixture = try await GatewayFixture()
        let symbol = problem(try await fixture.get("/v1/features/BTC-USDT.BINANC"), 404, "unknown_symbol")
        #expect(symbol["hint"] == .string("did you mean 'BTC-USDT.BINANCE'?"))
        _ = problem(try await fixture.get("/v1/features/ETH-USDT.BINANCE"), 404, "no_data")
        let feature = problem(try await fixture.get("/v1/features?features=spred"), 404, "unknown_feature")
        #expect(feature["hint"] == .string("did you mean 'spread'?"))
        _ = problem(try await fixture.get("/v1/nothing"), 404, "unknown_path")
        _ = problem(try await fixture.get("/v1/features/"), 404, "unknown_path")
        let method = try await fixture.client.execute(
            HTTPClientRequest(url: fixture.url("/v1/query"), method: .delete)
        ).get()
        _ = problem(method, 405, "method_not_allowed")
        #expect(method.fields["Allow"] == "GET, HEAD, POST")
        _ = problem(try await fixture.get("/v1/stream"), 426, "upgrade_required")
        await fixture.gateway.stop()
    }

    @Test func aViewWithoutAVersionAndTheBuiltInOnesAreFoundByTheirNames() async throws {
        let fixture = try await GatewayFixture()
        fixture.start(0)
        let book = try await fixture.get("/v1/features/BTC-USDT.BINANCE?view=book_features&features=mid").json
        #expect(book["features"]?["mid"]?["value"] == .number(2.5))
        _ = problem(try await fixture.get("/v1/features?view=trade_feature"), 404, "unknown_view")
        let views = StreamViews(fixture.streams)
        views.set([("micro@v2", [Feature(name: "edge", unit: "", view: "micro@v2", summary: "")])])
        let micro = try await fixture.get("/v1/features?view=micro").json
        #expect(micro["features"]?.array?.map { $0["name"]?.string } == ["edge"])
        let body = #"{"features":["micro:edge"],"entities":{"symbol":["BTC-USDT.BINANCE"]}}"#
        let request = HTTPClientRequest(
            url: fixture.url("/get-online-features"),
            method: .post,
            body: ByteBuffer(string: body)
        )
        let feast = try await fixture.client.execute(request).get().json
        #expect(feast["metadata"]?["feature_names"]?.strings == ["symbol", "edge"])
        await fixture.gateway.stop()
    }

    @Test func aBodyThatIsCompressedIsRefusedAndNotReadAsIfItWerePlain() async throws {
        let fixture = try await GatewayFixture()
        for (coding, isRefused) in [("gzip", true), ("identity", false)] {
            let request = HTTPClientRequest(
                url: fixture.url("/v1/query"),
                method: .post,
                fields: ["Content-Encoding": coding],
                body: ByteBuffer(string: "SELECT 1")
            )
            let response = try await fixture.client.execute(request).get()
            #expect((response.status.code == 415) == isRefused, "\(coding)")
            if isRefused { _ = problem(response, 415, "unsupported_encoding") }
        }
        await fixture.gateway.stop()
    }

    @Test func requestsForOtherHostsAreRefused() async throws {
        let fixture = try await GatewayFixture { $0.allowedHosts = ["gate.example"] }
        for host in ["evil.example", "127.0.0.1.evil.example", "localhost:x", "[::1", ""] {
            let client = RawRequest(port: fixture.gateway.port)
            #expect(client.status("GET /v1/features HTTP/1.1\r\nHost: \(host)\r\n\r\n") == 421, "\(host)")
        }
        for host in ["localhost", "localhost:1", "127.0.0.1", "[::1]:80", "gate.example", "GATE.example:443"] {
            let client = RawRequest(port: fixture.gateway.port)
            #expect(client.status("GET /v1/features HTTP/1.1\r\nHost: \(host)\r\n\r\n") == 200, "\(host)")
        }
        #expect(RawRequest(port: fixture.gateway.port).status("GET / HTTP/1.1\r\n\r\n") == 400)
        #expect(
            RawRequest(port: fixture.gateway.port).status(
                "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"
            ) == 400
        )
        await fixture.gateway.stop()
    }

    @Test func pagesOfOtherSitesMayNeitherWriteNorStream() async throws {
        let fixture = try await GatewayFixture { $0.allowedOrigins = ["https://console.example"] }
        let own = "http://127.0.0.1:\(fixture.gateway.port)"
        let foreign: [HTTPFields] = [
            ["Origin": "https://evil.example"], ["Origin": "null"], ["Origin": "http://127.0.0.1:1"],
            ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"],
            ["Origin": own, "Sec-Fetch-Site": "cross-site"],
        ]
        for fields in foreign {
            _ = problem(try await fixture.post("/v1/replay", "a\n", fields), 403, "cross_site")
            _ = problem(try await fixture.post("/v1/query", "rows 1", fields), 403, "cross_site")
            await #expect(throws: WireError.self) { try await self.connect(fixture, fields) }
        }
        let friendly: [HTTPFields] = [
            [:], ["Origin": own], ["Origin": own, "Sec-Fetch-Site": "same-origin"], ["Sec-Fetch-Site": "none"],
            ["Origin": "https://console.example"],
        ]
        for fields in friendly {
            #expect(try await fixture.post("/v1/query", "rows 1", fields).status == .ok)
            _ = try await connect(fixture, fields)
        }
        let read = try await fixture.get("/v1/features", ["Origin": "https://evil.example"])
        #expect(read.status == .ok)
        #expect(read.fields["Access-Control-Allow-Origin"] == nil)
        #expect(read.fields["Cross-Origin-Resource-Policy"] == "same-origin")
        await fixture.gateway.stop()
    }

    private func connect(_ fixture: GatewayFixture, _ fields: HTTPFields) async throws -> WebSocketConnection {
        try await WebSocketClient(group: sharedGroup)
            .connect(to: fixture.url("/v1/stream", scheme: "ws"), fields: fields) { _ in SilentDelegate() }
            .get()
    }

    @Test func filesOfTheConsoleAreServedAndNothingElse() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("tickgate-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let files = directory.appendingPathComponent("public")
        try FileManager.default.createDirectory(
            at: files.appendingPathComponent("sub"),
            withIntermediateDirectories: true
        )
        try "<html>".write(to: files.appendingPathComponent("index.html"), atomically: true, encoding: .utf8)
        try "x=1".write(to: files.appendingPathComponent("sub/a.js"), atomically: true, encoding: .utf8)
        try "hidden".write(to: files.appendingPathComponent(".secret"), atomically: true, encoding: .utf8)
        try "secret".write(to: directory.appendingPathComponent("secret.txt"), atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(
            at: files.appendingPathComponent("link.txt"),
            withDestinationURL: directory.appendingPathComponent("secret.txt")
        )
        let description = directory.appendingPathComponent("api.yaml")
        try "openapi: 3.1.0".write(to: description, atomically: true, encoding: .utf8)
        let fixture = try await GatewayFixture {
            $0.publicDirectory = files.path
            $0.openAPIFile = description.path
        }
        let index = try await fixture.get("/")
        #expect(index.text == "<html>")
        #expect(index.fields["Content-Type"] == "text/html; charset=utf-8")
        #expect(index.fields["Content-Security-Policy"]?.hasPrefix("default-src 'self'") == true)
        #expect(index.fields["X-Content-Type-Options"] == "nosniff")
        let tag = try #require(index.fields["ETag"])
        #expect(try await fixture.get("/", ["If-None-Match": "\"x\", \(tag)"]).status == .notModified)
        #expect(try await fixture.get("/sub/a.js").fields["Content-Type"] == "text/javascript; charset=utf-8")
        #expect(try await fixture.get("/openapi.yaml").fields["Content-Type"] == "application/yaml")
        for path in [
            "/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/sub/../../secret.txt", "//etc/passwd",
            "/link.txt", "/.secret", "/sub", "/sub/", "/index.html/", "/%00",
        ] {
            #expect(
                RawRequest(port: fixture.gateway.port).status("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n") == 404,
                "\(path)"
            )
        }
        await fixture.gateway.stop()
    }

    @Test func unreadableDirectoryStopsTheStart() async throws {
        await #expect(throws: GatewayError.self) {
            try await GatewayFixture { $0.publicDirectory = "/nonexistent/console" }
        }
    }

    @Test func readinessNamesItsReasons() async throws {
        let fixture = try await GatewayFixture(readiness: ["the store is read-only"])
        #expect(try await fixture.get("/health/live").status == .ok)
        let ready = try await fixture.get("/health/ready")
        #expect(ready.status == .serviceUnavailable)
        #expect(ready.json["reasons"]?.strings == ["the store is read-only"])
        await fixture.gateway.stop()
    }

    @Test func metricsAreInPrometheusForm() async throws {
        let fixture = try await GatewayFixture()
        fixture.metrics.register("tickgate_test", "With \"quotes\" and\na line.", .gauge) {
            [.init(1.5, labels: [("name", "a\"b\\c")]), .init(.infinity, labels: [("name", "d")])]
        }
        _ = try await fixture.get("/v1/symbols")
        _ = try await fixture.post("/v1/query", "rows 1")
        let response = try await fixture.get("/metrics")
        #expect(response.fields["Content-Type"]?.hasPrefix("text/plain; version=0.0.4") == true)
        var types: [String: String] = [:]
        for line in response.text.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") {
                let words = line.split(separator: " ")
                #expect(types[String(words[2])] == nil, "each metric is described once")
                types[String(words[2])] = String(words[3])
            } else if !line.hasPrefix("#") {
                let name = String(line.prefix { $0 != "{" && $0 != " " })
                let value = line.split(separator: " ").last.map(String.init) ?? ""
                #expect(Double(value.replacingOccurrences(of: "Inf", with: "infinity")) != nil, "\(line)")
                let base = ["_bucket", "_sum", "_count"].reduce(name) {
                    $0.hasSuffix($1) ? String($0.dropLast($1.count)) : $0
                }
                #expect(types[name] != nil || types[base] == "histogram", "\(line)")
                if types[name] == "counter" { #expect(name.hasSuffix("_total")) }
            }
        }
        #expect(response.text.contains(#"tickgate_test{name="a\"b\\c"} 1.5"#))
        #expect(response.text.contains(#"tickgate_http_requests_total{route="symbols",status="200"} 1"#))
        #expect(response.text.contains("tickgate_query_seconds_count 1\n"))
        await fixture.gateway.stop()
    }

    @Test func limitsAndTablesAreTold() async throws {
        let fixture = try await GatewayFixture()
        #expect(try await fixture.get("/v1/limits").json["stream"]?["queue_bytes"] == .integer(8 << 20))
        let table = try #require(try await fixture.get("/v1/tables").json["tables"]?.array?.first)
        #expect(table["name"] == .string("trades"))
        #expect(table["columns"]?.array?.first?["type"] == .string("timestamp"))
        await fixture.gateway.stop()
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.8.9.1", true), ("::1", true), ("localhost", true), ("0.0.0.0", false), ("::", false),
        ("192.168.1.1", false), ("example.com", false), ("127.0.0.1.example.com", false), ("", false),
    ])
    func onlyLoopbackMayBeOpenToAnybody(host: String, isAllowed: Bool) throws {
        if isAllowed {
            try BindPolicy.check(host: host, isInsecureAnonymousAllowed: false)
        } else {
            let error = #expect(throws: GatewayError.self) {
                try BindPolicy.check(host: host, isInsecureAnonymousAllowed: false)
            }
            #expect(error?.message.contains("--insecure-anonymous") == true)
            try BindPolicy.check(host: host, isInsecureAnonymousAllowed: true)
            try BindPolicy.check(host: host, hasAuthentication: true, isInsecureAnonymousAllowed: false)
        }
    }
}

final class SilentDelegate: WebSocketDelegate {
    func webSocket(_ connection: WebSocketConnection, didReceive message: WebSocketMessage) {}
    func webSocket(_ connection: WebSocketConnection, didClose closure: WebSocketClosure) {}
}
