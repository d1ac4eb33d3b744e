import Documents
import Foundation
import NIOCore
import Testing
import Wire

@testable import Gateway

@Suite struct AdministrationRouteTests {
    private let token: HTTPFields = ["Authorization": "Bearer secret"]

    private func request(_ fixture: GatewayFixture, _ directory: String) -> HTTPClientRequest {
        HTTPClientRequest(
            url: fixture.url("/v1/admin/backup"),
            method: .post,
            fields: token,
            body: ByteBuffer(string: #"{"directory": "\#(directory)"}"#)
        )
    }

    private func backup(_ fixture: GatewayFixture, _ directory: String) async throws -> HTTPResponse {
        try await fixture.client.execute(request(fixture, directory)).get()
    }

    private func expectProblem(_ response: HTTPResponse, _ status: Int, _ code: String) {
        #expect(response.status.code == status)
        #expect(response.fields["Content-Type"] == "application/problem+json")
        #expect(response.json["code"] == .string(code))
    }

    @Test func statusIsADocumentThatReadsBackAsItself() async throws {
        let fixture = try await GatewayFixture()
        let response = try await fixture.get("/v1/admin/store", token)
        #expect(response.status == .ok)
        let document = response.json
        #expect(document["wal_bytes"] == .integer(72))
        #expect(document["read_only"] == .string("fdatasync failed"))
        let tables = try #require(document["tables"]?.array)
        #expect(tables[0]["rows"] == .integer(9_007_199_254_740_993))
        #expect(tables[0]["time_to_live_s"] == .integer(86_400))
        #expect(tables[1]["first_time"] == .null && tables[1]["time_to_live_s"] == .null)
        let data = Data(response.body.readableBytesView)
        #expect(try JSONDecoder().decode(StoreStatus.self, from: data) == FakeAdministration.status)
        await fixture.gateway.stop()
    }

    @Test func jobsAreDoneWhenTheAnswerComes() async throws {
        let fixture = try await GatewayFixture()
        let answer = try await backup(fixture, "/backups/1")
        #expect(answer.status == .ok)
        #expect(answer.json["directory"] == .string("/backups/1"))
        #expect(answer.json["elapsed_us"]?.integer != nil)
        #expect(try await fixture.post("/v1/admin/compact", "", token).status == .ok)
        #expect(fixture.administration.calls == ["backup /backups/1", "compact"])
        await fixture.gateway.stop()
    }

    @Test func oneJobRunsAtATimeAndLooksGoOn() async throws {
        let fixture = try await GatewayFixture()
        fixture.administration.hold()
        let held = fixture.client.execute(request(fixture, "/backups/1"))
        try await fixture.poll("the job begins") { !fixture.administration.calls.isEmpty }
        for path in ["/v1/admin/compact", "/v1/admin/backup"] {
            let second = try await fixture.post(path, #"{"directory": "/b"}"#, token)
            expectProblem(second, 409, "busy")
            #expect(second.json["detail"]?.string?.contains("backup is running") == true)
        }
        #expect(try await fixture.get("/v1/admin/store", token).status == .ok)
        #expect(try await fixture.get("/health/live").status == .ok)
        fixture.administration.release()
        #expect(try await held.get().status == .ok)
        #expect(try await fixture.post("/v1/admin/compact", "", token).status == .ok)
        await fixture.gateway.stop()
    }

    @Test func theGatewayStopsWhileAJobRuns() async throws {
        let fixture = try await GatewayFixture()
        fixture.administration.hold()
        let held = fixture.client.execute(request(fixture, "/backups/1"))
        try await fixture.poll("the job begins") { !fixture.administration.calls.isEmpty }
        await fixture.gateway.stop()
        #expect(try await held.map { $0.status.code }.recover { _ in 0 }.get() != 200)
        fixture.administration.release()
    }

    @Test(arguments: [("GET", "/v1/admin/store"), ("POST", "/v1/admin/backup"), ("POST", "/v1/admin/compact")])
    func everyRouteNeedsTheToken(method: String, path: String) async throws {
        let fixture = try await GatewayFixture()
        func status(_ fields: HTTPFields) async throws -> Int {
            let body = #"{"directory": "/b"}"#
            let response =
                method == "GET" ? try await fixture.get(path, fields) : try await fixture.post(path, body, fields)
            return response.status.code
        }
        #expect(try await status([:]) == 401)
        #expect(try await status(["Authorization": "Bearer wrong"]) == 403)
        if method == "POST" {
            #expect(try await status(["Authorization": "Bearer secret", "Origin": "https://evil.example"]) == 403)
            #expect(try await fixture.get(path, token).status == .methodNotAllowed)
        }
        #expect(fixture.administration.calls.isEmpty)
        #expect(try await status(token) == 200)
        await fixture.gateway.stop()
    }

    @Test(arguments: [
        ("", "bad_json"), ("{", "bad_json"), ("[]", "bad_json"), ("{}", "bad_json"), (#"{"directory": 1}"#, "bad_json"),
        (#"{"directory": "/b", "force": true}"#, "bad_json"), (#"{"directory": "b"}"#, "bad_directory"),
        (#"{"directory": ""}"#, "bad_directory"), (#"{"directory": "/b\u0000"}"#, "bad_directory"),
    ])
    func bodiesThatAreNoneAreRefused(body: String, code: String) async throws {
        let fixture = try await GatewayFixture()
        expectProblem(try await fixture.post("/v1/admin/backup", body, token), 400, code)
        #expect(fixture.administration.calls.isEmpty)
        await fixture.gateway.stop()
    }

    @Test(arguments: [("/full", 503, "disk_full"), ("/taken", 400, "invalid"), ("/broken", 500, "corrupt")])
    func failuresOfTheStoreAreProblems(directory: String, status: Int, code: String) async throws {
        let fixture = try await GatewayFixture()
        expectProblem(try await backup(fixture, directory), status, code)
        #expect(try await backup(fixture, "/b").status == .ok)
        await fixture.gateway.stop()
    }
}
