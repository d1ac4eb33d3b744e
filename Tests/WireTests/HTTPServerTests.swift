import NIOCore
import Testing
import Wire

@Suite struct HTTPServerTests {
    @Test func connectionIsKeptForTheNextRequest() throws {
        let server = try serve(echo)
        defer { server.stop() }
        let client = RawSocket(port: server.port)
        for turn in 1...3 {
            client.send("POST /turn/\(turn) HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n0\(turn)")
            let (head, body) = client.receiveResponse()
            #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(head.contains("X-Path: /turn/\(turn)"))
            #expect(head.contains("Connection: keep-alive"))
            #expect(body == "0\(turn)")
        }
        #expect(server.counters.connections.value == 1)
        #expect(server.counters.requests.value == 3)
    }

    @Test func pipelinedRequestsAreAnsweredInOrderThoughLaterOnesAreReadyFirst() throws {
        let held = Inbox<HTTPResponseWriter>()
        let server = try serve { request in
            .collect(bodyBytesMax: 10) { request, writer in
                if request.path == "/slow" {
                    held.put(writer)
                } else {
                    writer.send(HTTPResponse(status: .ok, contentType: "text/plain", text: request.path))
                }
            }
        }
        defer { server.stop() }
        let client = RawSocket(port: server.port)
        client.send((["/slow"] + (1...20).map { "/\($0)" }).map { "GET \($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined())
        let writer = try #require(held.take())
        writer.eventLoop.execute { writer.send(HTTPResponse(status: .ok, contentType: "text/plain", text: "slow")) }
        #expect(client.receiveResponse().body == "slow")
        for turn in 1...20 { #expect(client.receiveResponse().body == "/\(turn)") }
    }

    @Test func requestsThatArriveByteByByteAreUnderstood() throws {
        let server = try serve(echo)
        defer { server.stop() }
        let client = RawSocket(port: server.port)
        for byte in Array(
            "POST /a%20b?x=%41+1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
                .utf8
        ) {
            client.send([byte])
        }
        let (head, body) = client.receiveResponse()
        #expect(head.contains("X-Path: /a b"))
        #expect(body == "abcde")
    }

    @Test func chunkedBodiesGoBothWaysInPieces() throws {
        let server = try serve { _ in
            .stream { request, reader, writer in
                writer.start(.ok, ["Trailer": "X-Status"])
                pump(reader, to: writer)
            }
        }
        defer { server.stop() }
        let client = RawSocket(port: server.port)
        client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        let (head, _) = client.receiveResponse(hasBody: false)
        #expect(head.contains("Transfer-Encoding: chunked"))
        client.send("3\r\nabc\r\n")
        #expect(String(decoding: client.receive(exactly: 8), as: UTF8.self) == "3\r\nabc\r\n")
        client.send("1\r\nd\r\n0\r\n\r\n")
        #expect(client.receiveAll() == "1\r\nd\r\n0\r\nX-Status: ok\r\n\r\n")
    }

    private static let post = "POST / HTTP/1.1\r\nHost: x\r\n"
    private static let refused: [String: (request: String, status: String)] = [
        "long field": ("GET / HTTP/1.1\r\nX-Big: \(String(repeating: "a", count: 70_000))\r\n\r\n", "431"),
        "long target": ("GET /\(String(repeating: "a", count: 70_000)) HTTP/1.1\r\nHost: x\r\n\r\n", "431"),
        "many fields": ("GET / HTTP/1.1\r\n" + (0..<200).map { "X-\($0): 1\r\n" }.joined() + "\r\n", "431"),
        "announced body": (post + "Content-Length: 2000000\r\n\r\n", "413"),
        "chunked body": (
            post + "Transfer-Encoding: chunked\r\n\r\n180000\r\n" + String(repeating: "b", count: 0x180000), "413"
        ),
        "endless field": ("GET / HTTP/1.1\r\nX-Big: " + String(repeating: "a", count: 1 << 20), "431"),
        "no request line": ("NONSENSE\r\n\r\n", "400"),
        "field without colon": ("GET / HTTP/1.1\r\nHost x\r\n\r\n", "400"),
        "length and chunks": (post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
        "two lengths": (post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "400"),
        "broken chunk": (post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "400"),
        "bare line feeds": ("GET / HTTP/1.1\nHost: x\n\n", "400"),
        "no host": ("GET / HTTP/1.1\r\n\r\n", "400"),
        "coding that is not known": (post + "Transfer-Encoding: gzip, chunked\r\n\r\n", "501"),
        "another version": ("GET / HTTP/3.0\r\nHost: x\r\n\r\n", "505"),
        "broken escape": ("GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
        "target without slash": ("GET * HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
    ]

    @Test(arguments: refused.keys.sorted()) func badRequestIsRefused(name: String) throws {
        let (request, status) = try #require(Self.refused[name])
        let server = try serve(echo)
        defer { server.stop() }
        let client = RawSocket(port: server.port)
        client.send(request)
        let (head, body) = client.receiveResponse()
        #expect(head.hasPrefix("HTTP/1.1 \(status) "), "got \(head.prefix(60))")
        #expect(head.contains("Connection: close"))
        #expect(!body.isEmpty)
    }

    @Test func bodyOfAnswersToHeadIsLeftOut() throws {
        let server = try serve { request in
            if request.path == "/whole" { return .respond(HTTPResponse(status: .ok, contentType: "a/b", text: "four")) }
            return .stream { _, _, writer in
                writer.start(.ok, [:])
                writer.write(ByteBuffer(string: "body"))
                writer.finish()
            }
        }
        defer { server.stop() }
        let client = RawSocket(port: server.port)
        client.send("HEAD /whole HTTP/1.1\r\nHost: x\r\n\r\nHEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(client.receiveResponse(hasBody: false).head.contains("Content-Length: 4"))
        let (head, _) = client.receiveResponse(hasBody: false)
        #expect(head.contains("chunked"))
        client.send("GET /whole HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(client.receiveAll().hasSuffix("\r\n\r\nfour"))
    }

    @Test(arguments: [204, 304]) func statusWithoutABodyGetsNoneThoughItIsWritten(code: Int) throws {
        let server = try serve { _ in
            .stream { _, _, writer in
                writer.start(HTTPStatus(code), [:])
                writer.write(ByteBuffer(string: "body"))
                writer.finish(trailers: ["X-Status": "ok"])
            }
        }
        defer { server.stop() }
        let client = RawSocket(port: server.port)
        let request = "GET / HTTP/1.1\r\nHost: x\r\n"
        client.send(request + "\r\n" + request + "Connection: close\r\n\r\n")
        let heads = client.receiveAll().components(separatedBy: "\r\n\r\n")
        #expect(heads.count == 3 && heads[2].isEmpty)
        #expect(heads.dropLast().allSatisfy { $0.hasPrefix("HTTP/1.1 \(code) ") && !$0.contains("chunked") })
    }

    @Test func expectContinueIsAnsweredOnlyWhenTheBodyIsWanted() throws {
        let server = try serve { request in
            .collect(bodyBytesMax: 5) { request, writer in
                writer.send(HTTPResponse(status: .ok, body: request.body))
            }
        }
        defer { server.stop() }
        let client = RawSocket(port: server.port)
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        #expect(client.receiveResponse(hasBody: false).head == "HTTP/1.1 100 Continue")
        client.send("hello")
        #expect(client.receiveResponse().body == "hello")
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n")
        #expect(client.receiveResponse().head.hasPrefix("HTTP/1.1 413 "))
    }

    @Test func abortedResponseIsVisiblyIncomplete() throws {
        let server = try serve { _ in
            .stream { _, _, writer in
                writer.start(.ok, [:])
                writer.write(ByteBuffer(string: "part"))
                writer.eventLoop.execute { writer.abort() }
            }
        }
        defer { server.stop() }
        let client = RawSocket(port: server.port)
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        let all = client.receiveAll()
        #expect(all.hasSuffix("4\r\npart\r\n"))
        let error = #expect(throws: WireError.self) {
            try HTTPClient(group: sharedGroup).execute(HTTPClientRequest(url: server.url())).wait()
        }
        #expect(error?.code == .closed || error?.code == .protocolViolation)
    }

    @Test func forgottenRequestIsAnsweredAsAFault() throws {
        let server = try serve { _ in .collect(bodyBytesMax: 5) { _, _ in } }
        defer { server.stop() }
        let response = try HTTPClient(group: sharedGroup).execute(HTTPClientRequest(url: server.url())).wait()
        #expect(response.status == .internalServerError)
    }

    @Test func handlerHearsThatThePeerLeft() throws {
        let left = Ready()
        let started = Ready()
        let server = try serve { _ in
            .stream { _, _, writer in
                writer.start(.ok, [:])
                writer.onClose = {
                    _ = writer
                    left.signal()
                }
                started.signal()
            }
        }
        defer { server.stop() }
        let client = RawSocket(port: server.port)
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(started.wait())
        client.close()
        #expect(left.wait())
    }

    @Test func connectionsBeyondTheLimitAreClosed() throws {
        var limits = HTTPLimits()
        limits.connectionsMax = 1
        let server = try serve(limits: limits, echo)
        defer { server.stop() }
        let first = RawSocket(port: server.port)
        first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(first.receiveResponse().head.hasPrefix("HTTP/1.1 200"))
        let second = RawSocket(port: server.port)
        #expect(second.receiveAll() == "")
        #expect(server.counters.connectionsOverLimit.value == 1)
    }

    @Test func shutdownLetsARunningResponseFinish() throws {
        let held = Inbox<HTTPResponseWriter>()
        let server = try serve { _ in .collect(bodyBytesMax: 0) { _, writer in held.put(writer) } }
        let idle = RawSocket(port: server.port)
        let busy = RawSocket(port: server.port)
        busy.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        let writer = try #require(held.take())
        let done = server.shutdown(grace: .seconds(20))
        #expect(idle.receiveAll() == "")
        writer.eventLoop.execute { writer.send(HTTPResponse(status: .ok, contentType: "a/b", text: "done")) }
        #expect(busy.receiveAll().hasSuffix("done"))
        try done.wait()
    }
}

/// Copies a body to a response.
func pump(_ reader: HTTPBodyReader, to writer: HTTPResponseWriter) {
    reader.read { piece in
        switch piece {
        case .bytes(let bytes):
            writer.write(bytes)
            pump(reader, to: writer)
        case .end: writer.finish(trailers: ["X-Status": "ok"])
        case .failed: writer.abort()
        }
    }
}
