import Documents
import NIOCore
import QueryLang
import Testing
import Wire

@testable import Gateway

/// `/exec` and `/exp`: parameters, checks and errors. Their forms are the engine's.
@Suite(.serialized) struct QuestDBRouteTests {
    @Test func statementsRunByGET() async throws {
        let fixture = try await GatewayFixture()
        let answer = try await fixture.get("/exec?query=rows%203")
        #expect(answer.status == .ok && answer.body.readableBytes == 300)
        #expect(answer.fields["Content-Type"] == "application/json")
        let export = try await fixture.get("/exp?query=rows%203")
        #expect(export.fields["Content-Type"] == "text/csv; charset=utf-8")
        #expect(export.fields["Content-Disposition"]?.hasPrefix("attachment") == true)
        #expect(try await fixture.get("/exec?query=rows%209&limit=2").body.readableBytes == 200)
        #expect(try await fixture.get("/exec?query=rows%209&limit=3,5").body.readableBytes == 500)
        #expect(try await fixture.get("/exec?query=rows%209&limit=2&count=true").body.readableBytes == 900)
        #expect(try await fixture.post("/exec", "rows 3").status == .methodNotAllowed)
        await fixture.gateway.stop()
    }

    @Test func changesRunByGETUnlessAPageOfAnotherSiteSendsThem() async throws {
        let fixture = try await GatewayFixture()
        #expect(try await fixture.get("/exec?query=write").status == .ok)
        #expect(try await fixture.get("/exec?query=write", ["Sec-Fetch-Site": "same-origin"]).status == .ok)
        let foreign = try await fixture.get("/exec?query=write", ["Sec-Fetch-Site": "cross-site"])
        #expect(foreign.status == .forbidden)
        #expect(foreign.json["error"]?.string?.contains("another site") == true)
        #expect(try await fixture.get("/exec?query=write", ["Origin": "https://evil.example"]).status == .forbidden)
        #expect(try await fixture.get("/exec?query=rows%201", ["Sec-Fetch-Site": "cross-site"]).status == .ok)
        #expect(try await fixture.get("/v1/query?q=write").status == .methodNotAllowed)
        await fixture.gateway.stop()
    }

    @Test func classOfTheStatementDecidesWhoMayRunIt() async throws {
        let fixture = try await GatewayFixture()
        #expect(try await fixture.get("/exec?query=admin").status == .unauthorized)
        #expect(try await fixture.get("/exec?query=admin", ["Authorization": "Bearer secret"]).status == .ok)
        await fixture.gateway.stop()
    }

    @Test func errorsHaveQuestDBsForm() async throws {
        let fixture = try await GatewayFixture()
        let unknown = try await fixture.get("/exec?query=trade")
        #expect(unknown.status == .badRequest, "a table that does not exist is a bad request there")
        #expect(unknown.json["query"] == .string("trade"))
        #expect(unknown.json["error"] == .string("unknown table 'trade'; did you mean 'trades'?"))
        #expect(unknown.json["position"] == .integer(0))
        for target in [
            "/exec", "/exec?query=rows%201&limit=x", "/exec?query=rows%201&limit=1,2,3", "/exec?query=x&nm=2",
        ] {
            let answer = try await fixture.get(target)
            #expect(answer.status == .badRequest)
            #expect(answer.json["error"]?.string?.isEmpty == false)
        }
        await fixture.gateway.stop()
    }

    @Test func positionsCountUTF16Units() {
        let text = "'😀é' x"
        let error = QueryError(.syntax, "unexpected 'x'", at: SourceSpan(start: 9, end: 10))
        let response = Problem(error, in: text).questDBResponse(to: text)
        #expect(String(buffer: response.body).contains(#""position":6"#))
    }

    @Test func membersOfAJSONBodyNameAndExplainAQuery() async throws {
        let fixture = try await GatewayFixture()
        let json: HTTPFields = ["Content-Type": "application/json"]
        let named = try await fixture.post("/v1/query", #"{"query":"rows 1","query_id":"mine-1"}"#, json)
        #expect(named.status == .ok && named.fields["X-Query-Id"] == "mine-1")
        var both = json
        both["X-Query-Id"] = "other"
        let body = #"{"query":"rows 1","query_id":"mine-1"}"#
        #expect(try await fixture.post("/v1/query", body, both).status == .badRequest)
        #expect(
            try await fixture.post("/v1/query", #"{"query":"rows 1","query_id":"a b"}"#, json).status == .badRequest
        )
        #expect(try await fixture.post("/v1/query", #"{"query":"rows 1","query_id":7}"#, json).status == .badRequest)
        #expect(try await fixture.post("/v1/query", #"{"query":"rows 1","explain":true}"#, json).status == .ok)
        #expect(try await fixture.post("/v1/query", #"{"query":"rows 1","explain":"x"}"#, json).status == .badRequest)
        await fixture.gateway.stop()
    }

    @Test func severalErrorsComeInOneProblem() throws {
        let text = "SELECT prize, sise FROM t"
        var error = QueryError(.unknownColumn, "unknown column 'prize'", at: SourceSpan(start: 7, end: 12))
        error.further = [QueryError(.unknownColumn, "unknown column 'sise'", at: SourceSpan(start: 14, end: 18))]
        let response = Problem(error, in: text).response()
        let errors = try #require(response.json["errors"]?.array)
        #expect(errors.map { $0["position"]?["offset"] } == [.integer(7), .integer(14)])
        #expect(errors.map { $0["code"] } == [.string("unknown_column"), .string("unknown_column")])
        #expect(response.json["detail"] == .string("unknown column 'prize'"))
        #expect(Problem(error, in: text).response(asText: true).text.contains("^^^^ unknown column 'sise'"))
    }
}
