import Documents
import NIOCore
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite struct ReplayRouteTests {
    private func lines(_ response: HTTPResponse) throws -> [DocumentValue] {
        try response.text.split(separator: "\n").map { try JSONReader.value(of: Array($0.utf8)) }
    }

    @Test func linesAreAcknowledgedRejectedAndCounted() async throws {
        let fixture = try await GatewayFixture()
        let response = try await fixture.post("/v1/replay", "one\nbad\nthree")
        #expect(response.status == .ok)
        #expect(response.fields["Content-Type"] == "application/x-ndjson")
        let reports = try lines(response)
        #expect(reports.contains { $0["line"] == .integer(2) && $0["error"]?.string == "this line is bad" })
        let end = try #require(reports.last)
        #expect(end["line"] == .integer(3))
        #expect(end["durable"] == .boolean(true))
        #expect(end["end"]?["lines"] == .integer(3))
        #expect(end["end"]?["rejected"] == .integer(1))
        await fixture.gateway.stop()
    }

    @Test func refusedReplayIsAProblem() async throws {
        let fixture = try await GatewayFixture()
        let response = try await fixture.post("/v1/replay?refuse=1", "one\n")
        #expect(response.status == .badRequest)
        #expect(response.fields["Content-Type"] == "application/problem+json")
        await fixture.gateway.stop()
    }

    @Test func progressComesWhileTheBodyGoesUp() async throws {
        let fixture = try await GatewayFixture()
        let socket = RawRequest(port: fixture.gateway.port)
        socket.send("POST /v1/replay HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        socket.send("4\r\none\n\r\n")
        var text = ""
        while !text.contains(#"{"line":1,"durable":true}"#) {
            text += String(decoding: socket.receive(), as: UTF8.self)
        }
        socket.send("4\r\ntwo\n\r\n0\r\n\r\n")
        while !text.contains(#""end":{"lines":2"#) { text += String(decoding: socket.receive(), as: UTF8.self) }
        await fixture.gateway.stop()
    }

    @Test func stoppingTheGatewayEndsAReplayWithItsLastDurableLine() async throws {
        let fixture = try await GatewayFixture { $0.shutdownGrace = .seconds(20) }
        let socket = RawRequest(port: fixture.gateway.port)
        socket.send("POST /v1/replay HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n")
        var text = ""
        while !text.contains(#"{"line":1,"durable":true}"#) {
            text += String(decoding: socket.receive(), as: UTF8.self)
        }
        let gateway = fixture.gateway
        async let stopped: Void = gateway.stop()
        while !text.contains("cut off") { text += String(decoding: socket.receive(), as: UTF8.self) }
        #expect(text.contains(#"{"line":1,"error":"the replay was cut off"#))
        while !socket.receive().isEmpty {}
        await stopped
    }

    @Test func senderThatLeavesCancelsItsReplay() async throws {
        let fixture = try await GatewayFixture()
        fixture.replay.isHeld.store(true, ordering: .relaxed)
        var socket: RawRequest? = RawRequest(port: fixture.gateway.port)
        socket?.send("POST /v1/replay HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n")
        #expect(socket?.receive().isEmpty == false)
        socket = nil
        for _ in 0..<10_000 where fixture.replay.cancelled.value == 0 { _ = try await fixture.get("/health/live") }
        #expect(fixture.replay.cancelled.value == 1)
        await fixture.gateway.stop()
    }
}
