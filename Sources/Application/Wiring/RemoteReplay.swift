import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Wire

/// Replays through a running gateway: `POST /v1/replay`, whose answer tells line by line what is on disk.
final class RemoteReplay: ReplayTarget {
    private let exchange: HTTPClientExchange
    private let answer: ReplayAnswer

    /// Connects; throws what the gateway or the network says against it.
    init(base: String, symbols: String?) async throws {
        var target = "/v1/replay"
        if let symbols {
            target += "?symbols=\(symbols.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? symbols)"
        }
        let url = try WireURL(base).with(target: target)
        let client = HTTPClient(
            group: MultiThreadedEventLoopGroup.singleton,
            tls: url.isTLS ? try WireTLS.client() : nil
        )
        let answer = ReplayAnswer()
        let request = HTTPClientRequest(
            url: url,
            method: .post,
            fields: ["Content-Type": "text/plain; charset=utf-8", "Accept": "application/x-ndjson"]
        )
        self.answer = answer
        exchange = client.open(request, streamsBody: true) { answer }
        try await answer.waitUntilWritable()
    }

    func send(_ bytes: [UInt8]) async throws {
        try await answer.waitUntilWritable()
        let buffer = ByteBuffer(bytes: bytes)
        try await exchange.eventLoop.submit { [exchange, answer] in
            exchange.write(buffer)
            answer.wrote(exchange)
        }.get()
    }

    func finish() async throws -> String {
        exchange.eventLoop.execute { [exchange] in exchange.finish() }
        return try await answer.waitUntilEnd()
    }

    func abandon() async { exchange.cancel() }
}

/// Reads the answer of a replay and wakes the sender.
final class ReplayAnswer: HTTPClientDelegate, Sendable {
    private struct State {
        var isWritable = false
        var status: HTTPStatus?
        var text: [UInt8] = []
        var durableLine = 0
        var lastError: String?
        var end: String?
        var failure: (any Error)?
        var isOver = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Waits until the connection takes more.
    func waitUntilWritable() async throws { try await wait { $0.isWritable } }

    /// Waits for the last line; says what the replay was.
    func waitUntilEnd() async throws -> String {
        try await wait { $0.isOver }
        return state.withLock { $0.end ?? "the gateway's answer has no end" }
    }

    /// Holds the sender back if the connection is full.
    func wrote(_ exchange: HTTPClientExchange) {
        let isWritable = exchange.isWritable
        state.withLock { $0.isWritable = isWritable }
    }

    private func wait(for condition: @escaping @Sendable (borrowing State) -> Bool) async throws {
        while true {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if condition(state) || state.isOver { return true }
                    state.waiter = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
            let (isDone, failure, isOver) = state.withLock { (condition($0), $0.failure, $0.isOver) }
            if let failure { throw failure }
            if isDone { return }
            if isOver { throw CommandError.Failure("the gateway ended the replay early") }
        }
    }

    private func update(_ change: (inout State) -> Void) {
        let waiter = state.withLock { state in
            change(&state)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    func exchangeDidOpen(_ exchange: HTTPClientExchange) { update { $0.isWritable = true } }

    func exchangeDidBecomeWritable(_ exchange: HTTPClientExchange) { update { $0.isWritable = true } }

    func exchange(_ exchange: HTTPClientExchange, didReceive status: HTTPStatus, _ fields: HTTPFields) {
        update { $0.status = status }
    }

    func exchange(_ exchange: HTTPClientExchange, didReceive bytes: ByteBuffer) {
        update { state in
            state.text += bytes.readableBytesView
            guard state.status?.code == 200 else { return }
            while let newline = state.text.firstIndex(of: UInt8(ascii: "\n")) {
                Self.take(Data(state.text[..<newline]), &state)
                state.text.removeFirst(newline + 1)
            }
        }
    }

    private static func take(_ line: Data, _ state: inout State) {
        guard let object = try? JSONSerialization.jsonObject(with: line) as? [String: Any] else { return }
        let number = object["line"] as? Int ?? 0
        if object["durable"] as? Bool == true { state.durableLine = number }
        if let error = object["error"] as? String {
            // A line that was refused, or the reason why the replay cannot go on: then no end follows.
            state.lastError = "line \(number): \(error)"
            FileHandle.standardError.write(Data("line \(number): \(error)\n".utf8))
        }
        if let end = object["end"] as? [String: Any] {
            let lines = end["lines"] as? Int ?? 0
            state.end = "\(lines) lines, \(end["rejected"] as? Int ?? 0) of them rejected; all durable"
        }
    }

    func exchange(_ exchange: HTTPClientExchange, didEndWith error: WireError?, trailers: HTTPFields) {
        update { state in
            state.isOver = true
            guard state.failure == nil, state.end == nil else { return }
            if let status = state.status, status.code != 200 {
                state.failure = CommandError.Failure(
                    "the gateway refused: \(String(decoding: state.text, as: UTF8.self))"
                )
            } else if let lastError = state.lastError {
                state.failure = CommandError.Failure("\(lastError); durable up to line \(state.durableLine)")
            } else {
                let reason = error?.message ?? "the gateway ended the replay early"
                state.failure = CommandError.Failure("\(reason); durable up to line \(state.durableLine)")
            }
        }
    }
}
