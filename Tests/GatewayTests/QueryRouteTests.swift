import Documents
import NIOCore
import Testing
import Wire

@testable import Gateway

@Suite(.serialized) struct QueryRouteTests {
    @Test func everyWayToAskGivesTheSameAnswer() async throws {
        let fixture = try await GatewayFixture()
        let answers = [
            try await fixture.get("/v1/query?q=rows%203"),
            try await fixture.get("/v1/query?query=rows+3"),
            try await fixture.post("/v1/query", "rows 3"),
            try await fixture.post("/v1/query", "rows 3", ["Content-Type": "application/sql; charset=utf-8"]),
            try await fixture.post("/v1/query", "rows 3", ["Content-Type": "application/x-www-form-urlencoded"]),
            try await fixture.post("/v1/query", "q=rows%203", ["Content-Type": "application/x-www-form-urlencoded"]),
            try await fixture.post("/v1/query", #"{"query":"rows 3"}"#, ["Content-Type": "application/json"]),
            try await fixture.post("/v1/query", #"{"query":"rows 9","limit":3}"#, ["Content-Type": "application/json"]),
        ]
        for answer in answers {
            #expect(answer.status == .ok)
            #expect(answer.body.readableBytes == 300)
            #expect(answer.fields["X-Query-Id"]?.hasPrefix("q-") == true)
        }
        await fixture.gateway.stop()
    }

    @Test(arguments: [
        ("", "", "application/json"), ("text/csv", "", "text/csv; charset=utf-8"),
        ("application/x-ndjson", "", "application/x-ndjson"), ("*/*", "", "application/json"),
        ("text/html,text/csv;q=0.9,*/*;q=0.1", "", "text/csv; charset=utf-8"),
        ("text/csv", "ndjson", "application/x-ndjson"),
        ("image/png", "", "application/json"),
    ])
    func formatFollowsTheParameterAndElseTheAcceptField(accept: String, format: String, type: String) async throws {
        let fixture = try await GatewayFixture()
        let parameter = format.isEmpty ? "" : "&format=\(format)"
        let answer = try await fixture.get(
            "/v1/query?q=rows%201\(parameter)",
            accept.isEmpty ? [:] : ["Accept": accept]
        )
        #expect(answer.fields["Content-Type"] == type)
        await fixture.gateway.stop()
    }

    @Test func longAnswerIsStreamedAndSaysThatItIsWhole() async throws {
        let fixture = try await GatewayFixture()
        let end = try await stream(fixture, "rows 100000")
        #expect(end.count == 10_000_000)
        #expect(end.error == nil)
        #expect(end.trailers["X-Query-Status"] == "ok")
        #expect(end.fields["Trailer"] == "X-Query-Status, X-Query-Summary")
        let summary = try JSONReader.value(of: Array((end.trailers["X-Query-Summary"] ?? "").utf8))
        #expect(summary["rows"] == .integer(100_000))
        #expect(summary["rows_scanned"] == .integer(200_000))
        #expect(summary["elapsed_us"] == .integer(7))
        #expect(summary["blocks_scanned"] == .integer(3))
        #expect(summary["blocks_skipped"] == .integer(4))
        #expect(summary["blocks_answered"] == .integer(5))
        await fixture.gateway.stop()
        #expect(fixture.queries.open.value == 0)
    }

    @Test func shortAnswerHasItsLengthAndSaysInItsHeadThatItIsWhole() async throws {
        let fixture = try await GatewayFixture()
        let answer = try await fixture.get("/v1/query?q=rows%203")
        #expect(answer.fields["Content-Length"] == "300")
        #expect(answer.fields["Trailer"] == nil)
        #expect(answer.fields["X-Query-Status"] == "ok")
        let summary = try JSONReader.value(of: Array((answer.fields["X-Query-Summary"] ?? "").utf8))
        #expect(summary["rows"] == .integer(3))
        #expect(summary["blocks_skipped"] == .integer(4))
        await fixture.gateway.stop()
    }

    @Test func lateErrorBreaksTheAnswerOff() async throws {
        let fixture = try await GatewayFixture()
        let end = try await stream(fixture, "fail after 5000")
        #expect(end.error != nil, "a reader must see that rows are missing")
        #expect(end.status == .ok)
        #expect(end.text.hasSuffix("FAILED: storage_error\n"), "the form's own word comes last")
        #expect(end.count % 100 == 22, "rows before the failure are whole")
        let early = try await fixture.post("/v1/query", "fail after 10")
        #expect(early.status == .internalServerError)
        #expect(early.fields["Retry-After"] == nil, "what is damaged is so the next time")
        #expect(early.json["code"] == .string("storage_error"))
        await fixture.gateway.stop()
    }

    private func stream(_ fixture: GatewayFixture, _ text: String) async throws -> StreamedAnswer {
        try await withCheckedThrowingContinuation { continuation in
            let request = HTTPClientRequest(url: fixture.url("/v1/query?q=\(PercentCoding.encode(text))"))
            fixture.client.open(request, streamsBody: false) { AnswerRecorder { continuation.resume(returning: $0) } }
        }
    }

    @Test func errorsPointAtTheText() async throws {
        let fixture = try await GatewayFixture()
        let answer = try await fixture.post("/v1/query", "trade")
        #expect(answer.status == .notFound)
        #expect(answer.fields["Content-Type"] == "application/problem+json")
        let problem = answer.json
        #expect(problem["code"] == .string("unknown_table"))
        #expect(problem["position"]?["offset"] == .integer(0))
        #expect(problem["position"]?["line"] == .integer(1))
        #expect(problem["position"]?["column"] == .integer(1))
        #expect(problem["position"]?["length"] == .integer(5))
        #expect(problem["snippet"] == .string("trade\n^^^^^"))
        #expect(problem["hint"] == .string("did you mean 'trades'?"))
        #expect(problem["instance"]?.string == answer.fields["X-Query-Id"] ?? problem["instance"]?.string)
        let text = try await fixture.post("/v1/query", "trade", ["Accept": "text/plain"])
        #expect(text.fields["Content-Type"] == "text/plain; charset=utf-8")
        #expect(text.text.hasPrefix("trade\n^^^^^ "))
        let syntax = try await fixture.post("/v1/query", "nonsense")
        #expect(syntax.status == .badRequest)
        #expect(syntax.json["expected"]?.strings == ["rows", "fail"])
        await fixture.gateway.stop()
    }

    @Test(arguments: [
        ("GET", "/v1/query", "", 400), ("GET", "/v1/query?q=rows%201&format=xml", "", 400),
        ("GET", "/v1/query?q=rows%201&limit=x", "", 400), ("GET", "/v1/query?q=rows%201&timeout_ms=0", "", 400),
        ("POST", "/v1/query", "{", 400), ("POST", "/v1/query", #"{"query":"rows 1","formt":"csv"}"#, 400),
        ("POST", "/v1/query", "[]", 400), ("POST", "/v1/query", #"{"format":"csv"}"#, 400),
    ])
    func malformedRequestsAreProblems(method: String, target: String, body: String, status: Int) async throws {
        let fixture = try await GatewayFixture()
        let response =
            method == "GET"
            ? try await fixture.get(target) : try await fixture.post(target, body, ["Content-Type": "application/json"])
        #expect(response.status.code == status)
        #expect(response.json["code"]?.string?.isEmpty == false)
        await fixture.gateway.stop()
    }

    @Test func oversizedQueryIsRefused() async throws {
        let fixture = try await GatewayFixture { $0.query.textBytesMax = 100 }
        let response = try await fixture.post("/v1/query", String(repeating: "x", count: 101))
        #expect(response.status == .contentTooLarge)
        #expect(response.json["code"] == .string("body_too_large"))
        let type = try await fixture.post("/v1/query", "x", ["Content-Type": "image/png"])
        #expect(type.status == .unsupportedMediaType)
        await fixture.gateway.stop()
    }

    @Test func classOfAStatementDecidesWhoMayRunIt() async throws {
        let fixture = try await GatewayFixture()
        #expect(try await fixture.post("/v1/query", "write").status == .ok)
        #expect(try await fixture.get("/v1/query?q=write").status == .methodNotAllowed)
        #expect(try await fixture.post("/v1/query", "admin").status == .unauthorized)
        #expect(try await fixture.post("/v1/query", "admin", ["Authorization": "Bearer wrong"]).status == .forbidden)
        #expect(try await fixture.post("/v1/query", "admin", ["Authorization": "Bearer secret"]).status == .ok)
        await fixture.gateway.stop()
    }
}

struct StreamedAnswer: Sendable {
    var status = HTTPStatus(0)
    var fields: HTTPFields = [:]
    var count = 0
    /// The last bytes of the body, at most 1,000.
    var text = ""
    var error: WireError?
    var trailers: HTTPFields = [:]
}

final class AnswerRecorder: HTTPClientDelegate {
    private var answer = StreamedAnswer()
    private let done: (StreamedAnswer) -> Void
    init(_ done: @escaping @Sendable (StreamedAnswer) -> Void) { self.done = done }

    func exchange(_ exchange: HTTPClientExchange, didReceive status: HTTPStatus, _ fields: HTTPFields) {
        answer.status = status
        answer.fields = fields
    }
    func exchange(_ exchange: HTTPClientExchange, didReceive bytes: ByteBuffer) {
        answer.count += bytes.readableBytes
        answer.text = String((answer.text + String(buffer: bytes)).suffix(1_000))
    }
    func exchange(_ exchange: HTTPClientExchange, didEndWith error: WireError?, trailers: HTTPFields) {
        answer.error = error
        answer.trailers = trailers
        done(answer)
    }
}
