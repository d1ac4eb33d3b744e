import NIOCore
import Synchronization
import Testing
import Wire

@Suite struct BackPressureTests {
    /// Writes without end while the socket takes it, and tells how much was written when it no longer does.
    @Test func slowReaderStopsTheWriterAtTheWatermark() throws {
        let stalled = Inbox<Int>()
        let server = try serve { _ in
            .stream { _, _, writer in
                writer.start(.ok, [:])
                let source = EndlessSource(writer: writer, total: 24 << 20, onStall: stalled.put)
                writer.onWritable = { source.fill() }
                source.fill()
            }
        }
        defer { server.stop() }
        let client = RawSocket(port: server.port, receiveBufferBytes: 16_384)
        client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let written = try #require(stalled.take())
        // The kernel's buffers and one watermark, but nowhere near the whole.
        #expect(written < 8 << 20)
        #expect(client.receiveAll().utf8.count > 24 << 20)
    }

    @Test func bodyIsReadOnlyOnDemand() throws {
        let held = Inbox<Held>()
        let server = try serve { _ in
            .stream { _, reader, writer in held.put(Held(reader: reader, writer: writer)) }
        }
        defer { server.stop() }
        let client = HTTPClient(group: sharedGroup)
        let flood = FloodLog()
        var request = HTTPClientRequest(url: server.url(), method: .post)
        request.fields["X-Test"] = "flood"
        client.open(request, streamsBody: true) { Flood(log: flood, total: 24 << 20) }
        let taken = try #require(held.take())
        // Nobody reads: the sender must stop far from the end.
        #expect(flood.stalled.wait())
        #expect(flood.sent.value < 16 << 20)
        taken.writer.eventLoop.execute { taken.drain(0) }
        #expect(flood.ended.take() == "\(24 << 20)")
    }

    @Test func pipeliningPeerThatNeverReadsStopsItself() throws {
        let body = ByteBuffer(repeating: 0x61, count: 100_000)
        let server = try serve { _ in .respond(HTTPResponse(status: .ok, body: body)) }
        defer { server.stop() }
        let client = RawSocket(port: server.port, receiveBufferBytes: 16_384)
        let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        client.send(String(repeating: request, count: 500))
        var total = 0
        for _ in 0..<500 { total += client.receiveResponse().body.utf8.count }
        #expect(total == 500 * 100_000)
    }
}

// @unchecked: used on the writer's loop only.
private final class EndlessSource: @unchecked Sendable {
    let writer: HTTPResponseWriter
    let total: Int
    let onStall: @Sendable (Int) -> Void
    var written = 0
    var hasStalled = false
    let chunk = ByteBuffer(repeating: 0x62, count: 65_536)

    init(writer: HTTPResponseWriter, total: Int, onStall: @escaping @Sendable (Int) -> Void) {
        self.writer = writer
        self.total = total
        self.onStall = onStall
    }

    func fill() {
        while writer.isWritable, written < total {
            writer.write(chunk)
            written += chunk.readableBytes
        }
        if written >= total {
            writer.finish()
        } else if !hasStalled {
            hasStalled = true
            onStall(written)
        }
    }
}

// @unchecked: used on the writer's loop only.
private final class Held: @unchecked Sendable {
    let reader: HTTPBodyReader
    let writer: HTTPResponseWriter
    init(reader: HTTPBodyReader, writer: HTTPResponseWriter) {
        self.reader = reader
        self.writer = writer
    }

    func drain(_ count: Int) {
        reader.read { piece in
            switch piece {
            case .bytes(let bytes): self.drain(count + bytes.readableBytes)
            case .end: self.writer.send(HTTPResponse(status: .ok, contentType: "text/plain", text: "\(count)"))
            case .failed: self.writer.abort()
            }
        }
    }
}

private final class FloodLog: Sendable {
    let sent = Counter()
    let stalled = Ready()
    let ended = Inbox<String>()
}

private final class Flood: HTTPClientDelegate {
    let log: FloodLog
    let total: Int
    var answer = ""
    init(log: FloodLog, total: Int) {
        self.log = log
        self.total = total
    }

    func exchangeDidOpen(_ exchange: HTTPClientExchange) { fill(exchange) }
    func exchangeDidBecomeWritable(_ exchange: HTTPClientExchange) { fill(exchange) }

    private func fill(_ exchange: HTTPClientExchange) {
        let chunk = ByteBuffer(repeating: 0x63, count: 65_536)
        while exchange.isWritable, log.sent.value < total {
            log.sent.add(chunk.readableBytes)
            exchange.write(chunk)
        }
        if log.sent.value >= total { exchange.finish() } else { log.stalled.signal() }
    }

    func exchange(_ exchange: HTTPClientExchange, didReceive status: HTTPStatus, _ fields: HTTPFields) {}
    func exchange(_ exchange: HTTPClientExchange, didReceive bytes: ByteBuffer) { answer += String(buffer: bytes) }
    func exchange(_ exchange: HTTPClientExchange, didEndWith error: WireError?, trailers: HTTPFields) {
        log.ended.put(error.map(String.init(describing:)) ?? answer)
    }
}

@Suite struct EncryptedBackPressureTests {
    @Test func slowReaderStopsTheWriterBehindTLSToo() throws {
        let stalled = Inbox<Int>()
        let certificate = try SelfSignedCertificate()
        let tls = try WireTLS.server(certificateFile: certificate.certificate, keyFile: certificate.key)
        let server = try serve(tls: tls) { _ in
            .stream { _, _, writer in
                writer.start(.ok, [:])
                let source = EndlessSource(writer: writer, total: 24 << 20, onStall: stalled.put)
                writer.onWritable = { source.fill() }
                source.fill()
            }
        }
        defer { server.stop() }
        let reader = PausedReader()
        let client = HTTPClient(group: sharedGroup, tls: try WireTLS.client(caFile: certificate.certificate))
        let exchange = client.open(HTTPClientRequest(url: server.url(scheme: "https")), streamsBody: false) { reader }
        let written = try #require(stalled.take())
        #expect(written < 20 << 20)
        exchange.eventLoop.execute { exchange.setReading(true) }
        #expect(reader.ended.take() == 24 << 20)
    }
}

/// Stops reading at the head; counts what comes once it is resumed.
private final class PausedReader: HTTPClientDelegate, Sendable {
    let ended = Inbox<Int>()
    private let count = Counter()

    func exchange(_ exchange: HTTPClientExchange, didReceive status: HTTPStatus, _ fields: HTTPFields) {
        exchange.setReading(false)
    }
    func exchange(_ exchange: HTTPClientExchange, didReceive bytes: ByteBuffer) { count.add(bytes.readableBytes) }
    func exchange(_ exchange: HTTPClientExchange, didEndWith error: WireError?, trailers: HTTPFields) {
        ended.put(error == nil ? count.value : -1)
    }
}
