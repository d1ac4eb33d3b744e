import Foundation
import NIOCore
import Wire

/// The answer to one request, read by blocking. What arrives is held up to a bound; then the gateway has to wait.
final class AnswerStream: HTTPClientDelegate, @unchecked Sendable {
    // @unchecked: `condition` guards all state; the loop of the connection puts parts in, one reader takes them out.

    /// What comes next.
    enum Part {
        case head(HTTPStatus, HTTPFields)
        case bytes(ByteBuffer)
        /// The answer is whole.
        case end(HTTPFields)
        case failed(WireError)
        /// Nothing came in time.
        case idle
        /// ``interrupt()`` was called; told once for each call.
        case interrupted
    }

    /// Bytes that are held before the gateway has to wait, and bytes at which it may go on.
    private static let heldBytesMax = 4 << 20
    private static let heldBytesLow = 1 << 20
    /// What a gateway says of a refusal is short.
    private static let refusalBytesMax = 1 << 20

    private let condition = NSCondition()
    private var parts: [Part] = []
    private var heldBytes = 0
    private var isHeld = false
    private var interruptions = 0
    private var exchange: HTTPClientExchange?

    init(_ request: HTTPClientRequest, client: HTTPClient) {
        let exchange = client.open(request, streamsBody: false) { self }
        condition.withLock { self.exchange = exchange }
    }

    /// The next part; waits for it, at most so many seconds if a number is given.
    func next(seconds: Double? = nil) -> Part {
        condition.lock()
        defer { condition.unlock() }
        let deadline = seconds.map { Date(timeIntervalSinceNow: $0) }
        while true {
            if interruptions > 0 {
                interruptions -= 1
                return .interrupted
            }
            if !parts.isEmpty { return take() }
            if let deadline {
                if !condition.wait(until: deadline), parts.isEmpty, interruptions == 0 { return .idle }
            } else {
                condition.wait()
            }
        }
    }

    private func take() -> Part {
        let part = parts.removeFirst()
        if case .bytes(let bytes) = part { heldBytes -= bytes.readableBytes }
        if isHeld, heldBytes <= Self.heldBytesLow, let exchange {
            isHeld = false
            exchange.eventLoop.execute { exchange.setReading(true) }
        }
        return part
    }

    /// Wakes the reader, who is told. From any thread.
    func interrupt() {
        condition.withLock {
            interruptions += 1
            condition.broadcast()
        }
    }

    /// Hangs up, which stops a query that runs.
    func cancel() { condition.withLock { exchange }?.cancel() }

    /// Waits for the whole answer.
    func collect(bytesMax: Int) throws(ShellFailure) -> HTTPResponse {
        var response = HTTPResponse(status: .ok)
        while true {
            switch next() {
            case .head(let status, let fields):
                response.status = status
                response.fields = fields
            case .bytes(let bytes):
                guard response.body.readableBytes + bytes.readableBytes <= bytesMax else {
                    cancel()
                    throw .refused("the answer is larger than \(bytesMax) bytes; ask for less of it")
                }
                response.body.writeImmutableBuffer(bytes)
            case .end: return response
            case .failed(let error): throw GatewayConnection.failure(error)
            case .idle: continue
            case .interrupted:
                cancel()
                throw .interrupted
            }
        }
    }

    /// The rest of an answer whose status says that there are no rows: it is short.
    func refusal(_ status: HTTPStatus) throws(ShellFailure) -> HTTPResponse {
        var response = try collect(bytesMax: Self.refusalBytesMax)
        response.status = status
        return response
    }

    // MARK: - From the connection

    private func put(_ part: Part) {
        condition.withLock {
            parts.append(part)
            condition.broadcast()
        }
    }

    func exchange(_ exchange: HTTPClientExchange, didReceive status: HTTPStatus, _ fields: HTTPFields) {
        put(.head(status, fields))
    }

    func exchange(_ exchange: HTTPClientExchange, didReceive bytes: ByteBuffer) {
        put(.bytes(bytes))
        let mustWait = condition.withLock {
            heldBytes += bytes.readableBytes
            guard heldBytes > Self.heldBytesMax, !isHeld else { return false }
            isHeld = true
            return true
        }
        if mustWait { exchange.setReading(false) }
    }

    func exchange(_ exchange: HTTPClientExchange, didEndWith error: WireError?, trailers: HTTPFields) {
        put(error.map(Part.failed) ?? .end(trailers))
    }
}
