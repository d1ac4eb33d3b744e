import Documents
import NIOCore
import QueryLang
import Synchronization
import Testing
import Wire

@testable import Gateway

/// Queries that are seen, named and stopped from outside.
@Suite(.serialized) struct QueryResourceTests {
    private func ask(_ fixture: GatewayFixture, _ text: String, _ id: String) -> EventLoopFuture<HTTPResponse> {
        let target = "/v1/query?format=csv&q=\(PercentCoding.encode(text))"
        return fixture.client.execute(HTTPClientRequest(url: fixture.url(target), fields: ["X-Query-Id": id]))
    }

    private func expectProblem(_ response: HTTPResponse, _ status: Int, _ code: String, id: String?) {
        #expect(response.status.code == status)
        #expect(response.json["code"] == .string(code))
        #expect(response.fields["X-Query-Id"] == id)
        if let id { #expect(response.json["instance"] == .string(id)) }
    }

    // MARK: - Seen

    @Test func activeQueryIsListedWithWhatItIsAndHowFarItIs() async throws {
        let fixture = try await GatewayFixture { $0.query.workers = 1 }
        #expect(try await fixture.activeQueries().isEmpty)
        let first = ask(fixture, "spin " + String(repeating: "ä", count: 2_000), "first")
        try await fixture.poll("it runs") { fixture.queries.spinning.value == 1 }
        let second = ask(fixture, "spin", "second")
        try await fixture.poll("both are there") { try await fixture.activeQueries().count == 2 }
        let listed = try await fixture.activeQueries()
        #expect(listed.map { $0["id"] } == [.string("first"), .string("second")])
        #expect(listed.map { $0["state"] } == [.string("running"), .string("queued")])
        let text = try #require(listed[0]["query"]?.string)
        #expect(text.hasPrefix("spin ää") && text.hasSuffix("ä…") && text.unicodeScalars.count == 1_001)
        #expect(listed[1]["query"] == .string("spin"))
        #expect(listed[0]["started"] == .string("2024-08-08T23:54:14Z"))
        #expect(try #require(listed[0]["elapsed_us"]?.integer) > 0)
        #expect(listed[0]["rows_scanned"] == .integer(0))
        #expect(listed[0]["blocks_scanned"] == .integer(3))
        #expect(listed[0]["format"] == .string("csv"))
        #expect(listed[0]["client"]?.string?.hasPrefix("127.0.0.1:") == true)
        #expect(fixture.metric("tickgate_queries_active") == 2)
        #expect(fixture.metric("tickgate_queries_running") == 1)
        #expect(fixture.metric("tickgate_queries_queued") == 1)
        for id in ["second", "first"] { #expect(try await fixture.delete("/v1/queries/\(id)").status == .noContent) }
        for answer in [first, second] { #expect(try await answer.get().status == .conflict) }
        #expect(try await fixture.activeQueries().isEmpty)
        #expect(fixture.metric("tickgate_queries_active") == 0)
        await fixture.gateway.stop()
    }

    @Test func queryThatWaitsForItsReaderIsListedAsSending() async throws {
        let fixture = try await GatewayFixture()
        let reader = RawRequest(port: fixture.gateway.port, receiveBufferBytes: 8_192)
        reader.send("GET /v1/query?q=rows%20100000000 HTTP/1.1\r\nHost: localhost\r\nX-Query-Id: r.1_-Z\r\n\r\n")
        try await fixture.poll("it waits") { try await fixture.activeQueries().first?["state"] == .string("sending") }
        try await fixture.poll("it holds no worker") {
            fixture.metric("tickgate_queries_sending") == 1 && fixture.metric("tickgate_queries_running") == 0
        }
        #expect(try #require(try await fixture.activeQueries().first?["rows"]?.integer) > 0)
        #expect(try await fixture.delete("/v1/queries/r.1_-Z").status == .noContent)
        try await fixture.poll("it is gone") { try await fixture.activeQueries().isEmpty }
        let rest = reader.receiveRest()
        #expect(!rest.hasSuffix("\r\n\r\n") && rest != "endless", "the answer is visibly cut")
        await fixture.gateway.stop()
        #expect(fixture.queries.open.value == 0)
    }

    // MARK: - Named

    @Test func nameOfAQueryIsOnEveryAnswer() async throws {
        let fixture = try await GatewayFixture()
        let name: HTTPFields = ["X-Query-Id": "mine"]
        #expect(try await fixture.get("/v1/query?q=rows%201", name).fields["X-Query-Id"] == "mine")
        expectProblem(try await fixture.get("/v1/query?q=nonsense", name), 400, "syntax_error", id: "mine")
        expectProblem(try await fixture.get("/v1/query", name), 400, "no_query", id: "mine")
        expectProblem(try await fixture.post("/v1/query", "admin", name), 401, "unauthenticated", id: "mine")
        expectProblem(try await fixture.get("/v1/query?q=write", name), 405, "read_only", id: "mine")
        expectProblem(try await fixture.delete("/v1/query", name), 405, "method_not_allowed", id: "mine")
        let foreign = try await fixture.post("/v1/query", "rows 1", ["X-Query-Id": "mine", "Origin": "https://evil"])
        expectProblem(foreign, 403, "cross_site", id: "mine")
        await fixture.gateway.stop()
    }

    @Test func nameOfAQueryIsOnTheRefusalOfItsBodyToo() async throws {
        let fixture = try await GatewayFixture { $0.query.textBytesMax = 100 }
        let head = "POST /v1/query HTTP/1.1\r\nHost: localhost\r\nX-Query-Id: mine\r\n"
        for body in ["Content-Length: 101\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n65\r\n"] {
            let request = RawRequest(port: fixture.gateway.port)
            request.send(head + body + String(repeating: "x", count: 101))
            let answer = String(decoding: request.receive(), as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 413 ") && answer.contains("X-Query-Id: mine\r\n"))
        }
        await fixture.gateway.stop()
    }

    @Test(arguments: ["", "a b", "a/b", "ä", "a,b", String(repeating: "a", count: 65)])
    func nameThatIsNoneIsRefused(name: String) async throws {
        let fixture = try await GatewayFixture()
        let response = try await fixture.get("/v1/query?q=rows%201", ["X-Query-Id": name])
        #expect(response.status == .badRequest)
        #expect(response.json["code"] == .string("bad_query_id"))
        #expect(response.fields["X-Query-Id"]?.hasPrefix("q-") == true, "it got a name all the same")
        #expect(fixture.queries.pieces.value == 0)
        await fixture.gateway.stop()
    }

    @Test func nameIsRefusedWhileAnotherQueryBearsIt() async throws {
        let fixture = try await GatewayFixture()
        let long = String(repeating: "a", count: 64)
        let first = ask(fixture, "spin", long)
        try await fixture.poll("it runs") { fixture.queries.spinning.value == 1 }
        expectProblem(try await ask(fixture, "rows 1", long).get(), 409, "duplicate_query_id", id: long)
        #expect(fixture.queries.spinning.value == 1, "the first goes on")
        #expect(try await fixture.delete("/v1/queries/\(long)").status == .noContent)
        #expect(try await first.get().status == .conflict)
        #expect(try await ask(fixture, "rows 1", long).get().status == .ok)
        await fixture.gateway.stop()
    }

    @Test func madeNameIsNeverOneThatAClientTook() async throws {
        let fixture = try await GatewayFixture()
        let taken = ask(fixture, "spin", "q-1")
        try await fixture.poll("it runs") { fixture.queries.spinning.value == 1 }
        #expect(try await fixture.get("/v1/query?q=rows%201").fields["X-Query-Id"] == "q-2")
        #expect(try await fixture.delete("/v1/queries/q-1").status == .noContent)
        _ = try await taken.get()
        await fixture.gateway.stop()
    }

    // MARK: - Stopped

    @Test func deleteStopsAStepThatIsBeingComputed() async throws {
        let fixture = try await GatewayFixture()
        let answer = ask(fixture, "spin", "mine")
        try await fixture.poll("it runs") { fixture.queries.spinning.value == 1 }
        let deleted = try await fixture.delete("/v1/queries/mine")
        #expect(deleted.status == .noContent && deleted.body.readableBytes == 0)
        expectProblem(try await answer.get(), 409, "cancelled", id: "mine")
        #expect(fixture.queries.spinning.value == 0)
        expectProblem(try await fixture.delete("/v1/queries/mine"), 404, "unknown_query", id: nil)
        #expect(fixture.metrics.text().contains("tickgate_queries_cancelled_total{reason=\"asked\"} 1\n"))
        await fixture.gateway.stop()
        #expect(fixture.queries.open.value == 0)
    }

    @Test func readerThatLeavesStopsAStepThatIsBeingComputed() async throws {
        let fixture = try await GatewayFixture()
        var reader: RawRequest? = RawRequest(port: fixture.gateway.port)
        reader?.send("GET /v1/query?q=spin HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try await fixture.poll("it runs") { fixture.queries.spinning.value == 1 }
        reader = nil
        try await fixture.poll("it has stopped") { fixture.queries.spinning.value == 0 }
        try await fixture.poll("it is gone") { try await fixture.activeQueries().isEmpty }
        #expect(fixture.metrics.text().contains("tickgate_queries_cancelled_total{reason=\"left\"} 1\n"))
        try await fixture.poll("it is freed") { fixture.queries.open.value == 0 }
        await fixture.gateway.stop()
    }

    @Test func queryThatIsStoppedWhileItIsPreparedNeverRuns() async throws {
        let fixture = try await GatewayFixture()
        fixture.queries.isHeld.store(true, ordering: .releasing)
        let answer = ask(fixture, "hold", "mine")
        try await fixture.poll("it is being prepared") { fixture.queries.held.value == 1 }
        #expect(try await fixture.delete("/v1/queries/mine").status == .noContent)
        #expect(try await fixture.delete("/v1/queries/mine").status == .noContent, "it is not over yet")
        fixture.queries.isHeld.store(false, ordering: .releasing)
        expectProblem(try await answer.get(), 409, "cancelled", id: "mine")
        #expect(fixture.queries.spinning.value == 0)
        await fixture.gateway.stop()
        #expect(fixture.queries.open.value == 0)
    }

    @Test func queryThatIsStoppedInLineIsAnsweredAtOnce() async throws {
        let fixture = try await GatewayFixture { $0.query.workers = 1 }
        let first = ask(fixture, "spin", "first")
        try await fixture.poll("it runs") { fixture.queries.spinning.value == 1 }
        let second = ask(fixture, "rows 1", "second")
        try await fixture.poll("it is in line") { fixture.metric("tickgate_queries_queued") == 1 }
        #expect(try await fixture.delete("/v1/queries/second").status == .noContent)
        expectProblem(try await second.get(), 409, "cancelled", id: "second")
        #expect(fixture.queries.spinning.value == 1)
        #expect(try await fixture.delete("/v1/queries/first").status == .noContent)
        _ = try await first.get()
        #expect(fixture.queries.pieces.value == 1)
        await fixture.gateway.stop()
    }

    @Test func pagesOfOtherSitesStopNothing() async throws {
        let fixture = try await GatewayFixture()
        let answer = ask(fixture, "spin", "mine")
        try await fixture.poll("it runs") { fixture.queries.spinning.value == 1 }
        let foreign = try await fixture.delete("/v1/queries/mine", ["Origin": "https://evil.example"])
        #expect(foreign.status == .forbidden)
        #expect(foreign.json["code"] == .string("cross_site"))
        let misdirected = RawRequest(port: fixture.gateway.port)
        #expect(misdirected.status("DELETE /v1/queries/mine HTTP/1.1\r\nHost: evil.example\r\n\r\n") == 421)
        #expect(fixture.queries.spinning.value == 1)
        let read = try await fixture.get("/v1/queries/mine")
        #expect(read.status == .methodNotAllowed && read.fields["Allow"] == "DELETE")
        #expect(try await fixture.delete("/v1/queries").status == .methodNotAllowed)
        for unknown in ["/v1/queries/", "/v1/queries/a%20b", "/v1/queries/mine/more"] {
            #expect(try await fixture.delete(unknown).status == .notFound)
        }
        #expect(try await fixture.delete("/v1/queries/mine").status == .noContent)
        _ = try await answer.get()
        await fixture.gateway.stop()
    }

    @Test func whoMayNotWriteMayNotStopQueries() async throws {
        let fixture = try await GatewayFixture(authorizer: ReadersOnly())
        #expect(try await fixture.get("/v1/queries").status == .ok)
        #expect(try await fixture.delete("/v1/queries/mine").status == .forbidden)
        await fixture.gateway.stop()
    }

    @Test func stopOfTheGatewayStopsWhatRuns() async throws {
        let fixture = try await GatewayFixture { $0.query.workers = 1 }
        let answers = ["a", "b"].map { ask(fixture, "spin", $0) }
        try await fixture.poll("one runs") { fixture.queries.spinning.value == 1 }
        await fixture.gateway.stop()
        #expect(fixture.queries.spinning.value == 0 && fixture.queries.open.value == 0)
        for answer in answers { await #expect(throws: (any Error).self) { try await answer.get() } }
    }
}

private struct ReadersOnly: Authorizer {
    func authorize(_ statementClass: StatementClass, _ request: HTTPRequest) -> Authorization {
        statementClass == .read ? .allowed : .forbidden("readers only")
    }
}
