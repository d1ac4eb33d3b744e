import NIOCore
import NIOSSL
import Testing

@testable import Wire

/// Sends back what it receives; `close N reason` closes.
private final class EchoDelegate: WebSocketDelegate {
    func webSocket(_ connection: WebSocketConnection, didReceive message: WebSocketMessage) {
        switch message {
        case .text(let bytes):
            let words = String(buffer: bytes).split(separator: " ")
            if words.first == "close", words.count == 3, let code = UInt16(words[1]) {
                connection.close(WebSocketCloseCode(rawValue: code), reason: String(words[2]))
            } else {
                connection.send(text: bytes)
            }
        case .binary(let bytes): connection.send(binary: bytes)
        }
    }
    func webSocket(_ connection: WebSocketConnection, didClose closure: WebSocketClosure) {}
}

/// Puts everything into inboxes.
private final class Recorder: WebSocketDelegate {
    let messages: Inbox<WebSocketMessage>
    let closures: Inbox<WebSocketClosure>
    init(_ messages: Inbox<WebSocketMessage>, _ closures: Inbox<WebSocketClosure>) {
        self.messages = messages
        self.closures = closures
    }
    func webSocket(_ connection: WebSocketConnection, didReceive message: WebSocketMessage) { messages.put(message) }
    func webSocket(_ connection: WebSocketConnection, didClose closure: WebSocketClosure) { closures.put(closure) }
}

/// Speaks as soon as it may, and then closes if it is told to.
private final class EagerDelegate: WebSocketDelegate {
    let recorder: Recorder
    let closesAtOnce: Bool
    init(_ recorder: Recorder, closesAtOnce: Bool) {
        self.recorder = recorder
        self.closesAtOnce = closesAtOnce
    }
    func webSocketDidOpen(_ connection: WebSocketConnection) {
        connection.send(text: "first")
        connection.ping()
        if closesAtOnce { connection.close(.normal) } else { connection.send(text: "second") }
    }
    func webSocket(_ connection: WebSocketConnection, didReceive message: WebSocketMessage) {
        recorder.webSocket(connection, didReceive: message)
    }
    func webSocket(_ connection: WebSocketConnection, didClose closure: WebSocketClosure) {
        recorder.webSocket(connection, didClose: closure)
    }
}

private let echoSocket: @Sendable (HTTPRequest) -> HTTPDisposition = { request in
    guard request.path == "/echo" else { return .respond(HTTPResponse(status: .notFound)) }
    var limits = WebSocketLimits()
    limits.messageBytesMax = 100_000
    let subprotocol = request.webSocketSubprotocols.first { $0 == "echo.v1" }
    return .webSocket(WebSocketAcceptance(subprotocol: subprotocol, limits: limits) { _ in EchoDelegate() })
}

@Suite struct WebSocketTests {
    private let messages = Inbox<WebSocketMessage>()
    private let closures = Inbox<WebSocketClosure>()

    private func connect(
        _ server: HTTPServer,
        tls: NIOSSLContext? = nil,
        path: String = "/echo"
    ) throws -> WebSocketConnection {
        let (messages, closures) = (self.messages, self.closures)
        return try WebSocketClient(group: sharedGroup, tls: tls)
            .connect(
                to: server.url(path, scheme: tls == nil ? "ws" : "wss"),
                subprotocols: ["other", "echo.v1"]
            ) { _ in Recorder(messages, closures) }
            .wait()
    }

    @Test(arguments: [false, true])
    func aClientMaySpeakAsSoonAsItIsOpen(closesAtOnce: Bool) throws {
        let server = try serve(echoSocket)
        defer { server.stop() }
        let (messages, closures) = (self.messages, self.closures)
        _ = try WebSocketClient(group: sharedGroup).connect(to: server.url("/echo", scheme: "ws")) { _ in
            EagerDelegate(Recorder(messages, closures), closesAtOnce: closesAtOnce)
        }
        .wait()
        if closesAtOnce {
            #expect(closures.take()?.code == .normal)
        } else {
            #expect(messages.take() == .text(ByteBuffer(string: "first")))
            #expect(messages.take() == .text(ByteBuffer(string: "second")))
        }
    }

    @Test func messagesOfEverySizeComeBack() throws {
        let server = try serve(echoSocket)
        defer { server.stop() }
        let socket = try connect(server)
        #expect(socket.subprotocol == "echo.v1")
        for count in [0, 1, 125, 126, 127, 65_535, 65_536, 100_000] {
            let text = String(repeating: "é", count: count / 2)
            socket.eventLoop.execute {
                socket.send(text: text)
                socket.send(binary: ByteBuffer(repeating: 7, count: count))
            }
            #expect(messages.take() == .text(ByteBuffer(string: text)))
            #expect(messages.take() == .binary(ByteBuffer(repeating: 7, count: count)))
        }
        socket.eventLoop.execute { socket.close(.normal, reason: "bye") }
        #expect(closures.take() == WebSocketClosure(code: .normal, reason: "bye", isByPeer: false))
    }

    @Test(arguments: [false, true], [8, 15]) func compressedMessagesComeBack(keepsContext: Bool, windowBits: Int) throws
    {
        var options = WebSocketCompressionOptions()
        options.keepsServerContext = keepsContext
        options.keepsClientContext = keepsContext
        options.serverWindowBitsMax = windowBits
        options.clientWindowBitsMax = windowBits
        let agreed = Inbox<WebSocketCompression?>()
        let accepted = options
        let server = try serve { _ in
            .webSocket(
                WebSocketAcceptance(compression: accepted) { connection in
                    agreed.put(connection.compression)
                    return EchoDelegate()
                }
            )
        }
        defer { server.stop() }
        let (messages, closures) = (self.messages, self.closures)
        let client = WebSocketClient(group: sharedGroup, compression: options)
        let socket = try client.connect(to: server.url("/", scheme: "ws")) { _ in Recorder(messages, closures) }.wait()
        #expect(socket.isCompressed)
        #expect(agreed.take() == .some(keepsContext ? nil : WebSocketCompression(windowBits: windowBits)))
        for count in [0, 10, 255, 256, 5_000, 90_000, 90_000] {
            let text = String(String(repeating: "{\"price\": 1.25}", count: count / 15 + 1).prefix(count))
            socket.eventLoop.execute { socket.send(text: text) }
            #expect(messages.take() == .text(ByteBuffer(string: text)))
        }
        socket.eventLoop.execute { socket.close(.normal) }
        #expect(closures.take()?.code == .normal)
    }

    @Test func compressionThatNobodyAskedForIsNotAgreedOn() throws {
        let server = try serve(echoSocket)
        defer { server.stop() }
        let (messages, closures) = (self.messages, self.closures)
        let client = WebSocketClient(group: sharedGroup, compression: WebSocketCompressionOptions())
        let socket = try client.connect(to: server.url("/echo", scheme: "ws")) { _ in Recorder(messages, closures) }
            .wait()
        #expect(!socket.isCompressed && socket.compression == nil)
    }

    @Test func serverClosesWithItsCodeAndReason() throws {
        let server = try serve(echoSocket)
        defer { server.stop() }
        let socket = try connect(server)
        socket.eventLoop.execute { socket.send(text: "close 4008 slow") }
        #expect(closures.take() == WebSocketClosure(code: .init(rawValue: 4008), reason: "slow", isByPeer: true))
    }

    @Test func refusedUpgradeIsAnError() throws {
        let server = try serve(echoSocket)
        defer { server.stop() }
        let error = #expect(throws: WireError.self) { try connect(server, path: "/nothing") }
        #expect(error?.code == .refused)
        #expect(error?.message.contains("404") == true)
    }

    @Test func connectingToNothingIsAnError() throws {
        let server = try serve(echoSocket)
        server.stop()
        let error = #expect(throws: WireError.self) { try connect(server) }
        #expect(error?.code == .connectFailed)
    }

    @Test func selfSignedServerIsRefusedAndThenAcceptedWithItsCA() throws {
        let certificate = try SelfSignedCertificate()
        let server = try serve(
            tls: try WireTLS.server(certificateFile: certificate.certificate, keyFile: certificate.key)
        ) {
            request in request.isWebSocketUpgrade ? echoSocket(request) : echo(request)
        }
        defer { server.stop() }
        let refused = #expect(throws: WireError.self) { try connect(server, tls: try WireTLS.client()) }
        #expect(refused?.code == .tls)
        let request = HTTPClientRequest(url: server.url(scheme: "https"), method: .post, body: ByteBuffer(string: "hi"))
        let refusedToo = #expect(throws: WireError.self) { try HTTPClient(group: sharedGroup).execute(request).wait() }
        #expect(refusedToo?.code == .tls)

        let trusting = try WireTLS.client(caFile: certificate.certificate)
        let socket = try connect(server, tls: trusting)
        socket.eventLoop.execute { socket.send(text: "private") }
        #expect(messages.take() == .text(ByteBuffer(string: "private")))
        let response = try HTTPClient(group: sharedGroup, tls: trusting).execute(request).wait()
        #expect(String(buffer: response.body) == "hi")
    }

    @Test func missingFileOfCertificatesIsAnError() {
        #expect(throws: WireError.self) { try WireTLS.client(caFile: "/nonexistent/ca.pem") }
        #expect(throws: WireError.self) { try WireTLS.server(certificateFile: "/nonexistent", keyFile: "/nonexistent") }
    }
}

/// What peers must not do, byte by byte.
@Suite struct WebSocketViolationTests {
    private static let handshake =
        "GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

    private func open(_ server: HTTPServer) -> RawSocket {
        let socket = RawSocket(port: server.port)
        socket.send(Self.handshake)
        let (head, _) = socket.receiveResponse(hasBody: false)
        // The example of RFC 6455 §1.3.
        #expect(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
        return socket
    }

    private static func frame(_ first: UInt8, _ payload: [UInt8], isMasked: Bool = true) -> [UInt8] {
        var bytes = [first]
        let mask: UInt8 = isMasked ? 0x80 : 0
        if payload.count < 126 {
            bytes.append(mask | UInt8(payload.count))
        } else if payload.count < 65_536 {
            bytes += [mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        } else {
            bytes += [mask | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
        guard isMasked else { return bytes + payload }
        let key: [UInt8] = [1, 2, 3, 4]
        return bytes + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
    }

    private static let violations: [String: (bytes: [UInt8], code: Int)] = [
        "unmasked frame": (frame(0x81, [0x61], isMasked: false), 1002),
        "reserved bit": (frame(0xC1, [0x61]), 1002),
        "reserved opcode": (frame(0x83, [0x61]), 1002),
        "continuation of nothing": (frame(0x80, [0x61]), 1002),
        "message within a message": (frame(0x01, [0x61]) + frame(0x81, [0x62]), 1002),
        "fragmented ping": (frame(0x09, [0x61]), 1002),
        "long ping": (frame(0x89, [UInt8](repeating: 1, count: 126)), 1002),
        "text that is not UTF-8": (frame(0x81, [0xC3, 0x28]), 1007),
        "text cut within a character": (frame(0x01, [0xC3]) + frame(0x80, [0x28]), 1007),
        "large frame": (frame(0x82, [UInt8](repeating: 1, count: 100_001)), 1009),
        "large sum": (
            frame(0x02, [UInt8](repeating: 1, count: 60_000)) + frame(0x80, [UInt8](repeating: 1, count: 60_000)), 1009
        ),
        "close code of one byte": (frame(0x88, [3]), 1002),
        "close code that must not be sent": (frame(0x88, [0x03, 0xED]), 1002),
        "close reason that is not UTF-8": (frame(0x88, [0x03, 0xE8, 0xFF]), 1007),
    ]

    @Test(arguments: violations.keys.sorted()) func violationIsAnsweredByItsCode(name: String) throws {
        let (bytes, code) = try #require(Self.violations[name])
        let server = try serve(echoSocket)
        defer { server.stop() }
        let socket = open(server)
        socket.send(bytes)
        let answer = socket.receive(exactly: 4)
        #expect(answer.first == 0x88)
        #expect(answer.count == 4 && Int(answer[2]) << 8 | Int(answer[3]) == code, "\(name): \(answer)")
        // Behind the reason the server's side ends; it waits for ours.
        #expect(!socket.receiveAll().isEmpty)
        #expect(socket.send(Self.frame(0x88, [0x03, 0xE8])))
    }

    @Test func fragmentsWithAPingBetweenThemBecomeOneMessage() throws {
        let server = try serve(echoSocket)
        defer { server.stop() }
        let socket = open(server)
        let bytes =
            Self.frame(0x01, Array("he".utf8)) + Self.frame(0x89, [9, 9]) + Self.frame(0x00, Array("l".utf8))
            + Self.frame(0x80, Array("lo".utf8))
        for byte in bytes { socket.send([byte]) }
        #expect(socket.receive(exactly: 4) == [0x8A, 2, 9, 9])
        #expect(socket.receive(exactly: 7) == [0x81, 5] + Array("hello".utf8))
        socket.send(Self.frame(0x88, [0x03, 0xE8]))
        #expect(socket.receive(exactly: 4) == [0x88, 2, 0x03, 0xE8])
        #expect(socket.receive().isEmpty)
    }

    @Test func framesBehindTheHandshakeAreNotLost() throws {
        let server = try serve(echoSocket)
        defer { server.stop() }
        let socket = RawSocket(port: server.port)
        socket.send(Array(Self.handshake.utf8) + Self.frame(0x81, [0x61]) + Self.frame(0x81, [0x62]))
        _ = socket.receiveResponse(hasBody: false)
        #expect(socket.receive(exactly: 6) == [0x81, 1, 0x61, 0x81, 1, 0x62])
    }

    @Test(arguments: [
        (
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
            "426"
        ),
        (
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n",
            "400"
        ),
        ("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n", "400"),
        ("X: y\r\n", "426"),
    ])
    func brokenHandshakesAreRefused(fields: String, status: String) throws {
        let server = try serve(echoSocket)
        defer { server.stop() }
        let socket = RawSocket(port: server.port)
        socket.send("GET /echo HTTP/1.1\r\nHost: x\r\n\(fields)\r\n")
        #expect(socket.receiveResponse().head.hasPrefix("HTTP/1.1 \(status) "))
    }
}
