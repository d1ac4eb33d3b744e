import Documents
import NIOCore
import Testing
import Wire

@testable import Gateway

/// How many queries run, wait and send, and for how long.
@Suite(.serialized) struct QueryAdmissionTests {
    private func ask(
        _ fixture: GatewayFixture,
        _ text: String,
        _ id: String,
        _ more: String = ""
    ) -> EventLoopFuture<HTTPResponse> {
        let target = "/v1/query?q=\(PercentCoding.encode(text))\(more)"
        return fixture.client.execute(HTTPClientRequest(url: fixture.url(target), fields: ["X-Query-Id": id]))
    }

    /// A reader with small buffers that reads nothing of a long answer.
    private func openReader(_ fixture: GatewayFixture, _ id: String) -> RawRequest {
        let request = RawRequest(port: fixture.gateway.port, receiveBufferBytes: 8_192)
        request.send("GET /v1/query?q=rows%20100000000 HTTP/1.1\r\nHost: localhost\r\nX-Query-Id: \(id)\r\n\r\n")
        return request
    }

    /// As ``openReader(_:_:)``, once the gateway waits for it.
    private func stall(_ fixture: GatewayFixture, _ id: String) async throws -> RawRequest {
        let request = openReader(fixture, id)
        try await fixture.poll("\(id) waits for its reader") {
            let mine = try await fixture.activeQueries().first { $0["id"] == .string(id) }
            return mine?["state"] == .string("sending")
        }
        return request
    }

    private func cancel(_ fixture: GatewayFixture, _ id: String) async throws {
        #expect(try await fixture.delete("/v1/queries/\(id)").status == .noContent)
    }

    private func expectBusy(_ response: HTTPResponse, _ id: String) {
        #expect(response.status == .serviceUnavailable)
        #expect(response.fields["Retry-After"] == "1")
        #expect(response.fields["X-Query-Id"] == id)
        #expect(response.json["code"] == .string("busy"))
    }

    @Test func onlyAsManyRunAsThereAreWorkersAndOnlyAsManyWaitAsMay() async throws {
        let fixture = try await GatewayFixture {
            $0.query.workers = 2
            $0.query.queued = 1
        }
        let running = ["a", "b"].map { ask(fixture, "spin", $0) }
        try await fixture.poll("two run") { fixture.queries.spinning.value == 2 }
        let waiting = ask(fixture, "rows 1", "c")
        try await fixture.poll("one waits") { fixture.metric("tickgate_queries_queued") == 1 }
        expectBusy(try await ask(fixture, "rows 1", "d").get(), "d")
        let text = try await fixture.get("/v1/query?q=rows%201", ["Accept": "text/plain"])
        #expect(text.status == .serviceUnavailable && text.text.contains("too many queries"))
        #expect(fixture.metrics.text().contains("tickgate_queries_refused_total{reason=\"full\"} 2\n"))
        #expect(fixture.queries.pieces.value == 2)
        try await cancel(fixture, "a")
        #expect(try await waiting.get().status == .ok)
        try await cancel(fixture, "b")
        for answer in running { _ = try await answer.get() }
        await fixture.gateway.stop()
    }

    @Test func queryThatIsNotBegunInTimeIsToldToComeBack() async throws {
        let fixture = try await GatewayFixture {
            $0.query.workers = 1
            $0.query.queueWaitNanoseconds = 20_000_000
        }
        let running = ask(fixture, "spin", "a")
        try await fixture.poll("it runs") { fixture.queries.spinning.value == 1 }
        expectBusy(try await ask(fixture, "rows 1", "b").get(), "b")
        #expect(fixture.metrics.text().contains("tickgate_queries_refused_total{reason=\"waited\"} 1\n"))
        #expect(fixture.queries.spinning.value == 1, "one that was begun stays")
        try await cancel(fixture, "a")
        _ = try await running.get()
        await fixture.gateway.stop()
    }

    @Test func timeOfAQueryCountsFromItsArrivalWhereverItIs() async throws {
        let fixture = try await GatewayFixture {
            $0.query.workers = 1
            $0.query.timeoutNanoseconds = 500_000_000
        }
        let running = ask(fixture, "spin", "a")
        try await fixture.poll("it runs") { fixture.queries.spinning.value == 1 }
        let inLine = try await ask(fixture, "rows 1", "b", "&timeout_ms=10").get()
        #expect(inLine.status == .gatewayTimeout)
        #expect(inLine.json["code"] == .string("timeout"))
        #expect(inLine.json["detail"] == .string("the query took longer than 10 ms"))
        #expect(inLine.fields["X-Query-Id"] == "b")
        let late = try await running.get()
        #expect(late.status == .gatewayTimeout)
        #expect(late.json["detail"] == .string("the query took longer than 500 ms"))
        let reader = openReader(fixture, "c")
        try await fixture.poll("its reader is too slow") { fixture.metric("tickgate_queries_timed_out_total") == 3 }
        #expect(try await fixture.activeQueries().isEmpty)
        #expect(fixture.metric("tickgate_queries_failed_total") == 0)
        withExtendedLifetime(reader) {}
        await fixture.gateway.stop()
    }

    @Test func requestCannotAllowItselfMoreTimeThanTheServerDoes() async throws {
        let fixture = try await GatewayFixture { $0.query.timeoutNanoseconds = 10_000_000 }
        let answer = try await ask(fixture, "spin", "a", "&timeout_ms=9000000000000000").get()
        #expect(answer.status == .gatewayTimeout)
        #expect(answer.json["detail"] == .string("the query took longer than 10 ms"))
        await fixture.gateway.stop()
    }

    @Test func slowReadersHoldNoWorker() async throws {
        let fixture = try await GatewayFixture {
            $0.query.workers = 1
            $0.query.readers = 2
        }
        let readers = [try await stall(fixture, "a"), try await stall(fixture, "b")]
        for _ in 0..<20 { #expect(try await fixture.get("/v1/query?q=rows%201").status == .ok) }
        withExtendedLifetime(readers) {}
        await fixture.gateway.stop()
    }

    @Test func readersThatAreNotSlowKeepTheirPlaces() async throws {
        let fixture = try await GatewayFixture {
            $0.query.workers = 1
            $0.query.readers = 1
            $0.query.queueWaitNanoseconds = 50_000_000
            $0.query.readerPatienceNanoseconds = 60_000_000_000
        }
        var readers = [try await stall(fixture, "a"), try await stall(fixture, "b")]
        expectBusy(try await ask(fixture, "rows 1", "c").get(), "c")
        // The kernel's buffers may still grow, so each may take another turn.
        try await fixture.poll("both are there") { fixture.metric("tickgate_queries_sending") == 2 }
        readers.removeFirst()
        try await fixture.poll("the reader that left made room") {
            try await fixture.get("/v1/query?q=rows%201").status == .ok
        }
        #expect(fixture.metric("tickgate_queries_cut_total") == 0)
        withExtendedLifetime(readers) {}
        await fixture.gateway.stop()
    }

    @Test func slowestReaderIsCutOffWhenItsPlaceIsWanted() async throws {
        let fixture = try await GatewayFixture {
            $0.query.workers = 1
            $0.query.readers = 1
            $0.query.readerPatienceNanoseconds = 1_000_000
        }
        let readers = ["a": try await stall(fixture, "a"), "b": try await stall(fixture, "b")]
        #expect(fixture.metric("tickgate_queries_cut_total") == 0, "nobody wanted its place")
        #expect(try await fixture.get("/v1/query?q=rows%201").status == .ok)
        #expect(fixture.metric("tickgate_queries_cut_total") == 1)
        try await fixture.poll("one is left") { try await fixture.activeQueries().count == 1 }
        // The kernel's buffers may have let either go on for a while, so either may have been slow for longer.
        let left = try #require(try await fixture.activeQueries().first?["id"]?.string)
        let cut = try #require(readers[left == "a" ? "b" : "a"])
        let rest = cut.receiveRest()
        #expect(!rest.hasSuffix("\r\n\r\n") && rest != "endless", "it can see that it was cut")
        withExtendedLifetime(readers) {}
        await fixture.gateway.stop()
    }

    @Test func longAnswerLetsShortQueriesThrough() async throws {
        let fixture = try await GatewayFixture { $0.query.workers = 1 }
        let request = HTTPClientRequest(
            url: fixture.url("/v1/query?q=rows%2010000000000"),
            fields: ["X-Query-Id": "long"]
        )
        let ended = Counter()
        fixture.client.open(request, streamsBody: false) { AnswerRecorder { _ in ended.add() } }
        try await fixture.poll("it goes on") { fixture.queries.pieces.value > 100 }
        for _ in 0..<20 { #expect(try await fixture.get("/v1/query?q=rows%201").status == .ok) }
        #expect(ended.value == 0)
        try await cancel(fixture, "long")
        try await fixture.poll("it ends") { ended.value == 1 }
        await fixture.gateway.stop()
    }

    @Test func queryThatGivesNothingForLongLetsShortOnesThrough() async throws {
        let fixture = try await GatewayFixture {
            $0.query.workers = 1
            $0.query.turnNanoseconds = 1_000_000
        }
        let long = ask(fixture, "idle 1000000000", "long")
        try await fixture.poll("it goes on") { fixture.queries.pieces.value > 100 }
        for _ in 0..<20 { #expect(try await fixture.get("/v1/query?q=rows%201").status == .ok) }
        try await cancel(fixture, "long")
        #expect(try await long.get().status == .conflict)
        await fixture.gateway.stop()
    }

    @Test func limitsInForceAreTold() async throws {
        let fixture = try await GatewayFixture {
            $0.query.workers = 3
            $0.query.readers = 5
            $0.query.queueWaitNanoseconds = 7_000_000
            $0.query.memoryBytesMax = 11 << 20
        }
        let limits = try await fixture.get("/v1/limits").json["query"]
        #expect(limits?["workers"] == .integer(3))
        #expect(limits?["queued"] == .integer(64))
        #expect(limits?["queue_wait_ms"] == .integer(7))
        #expect(limits?["readers"] == .integer(5))
        #expect(limits?["timeout_ms"] == .integer(60_000))
        #expect(limits?["memory_bytes"] == .integer(11 << 20))
        await fixture.gateway.stop()
    }
}
