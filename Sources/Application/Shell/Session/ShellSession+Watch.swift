import Documents
import Foundation
import NIOCore
import Wire

/// `\watch`: a query that can be live is followed, any other statement is run again and again.
extension ShellSession {
    /// How often what cannot be followed is run, in seconds.
    private static let repeatSeconds = 2.0
    /// The gateway sends heartbeats, an hour apart at most; after so long without one it is gone.
    private static let silenceSeconds = 3_700.0

    /// Watches a statement until Ctrl-C, which ends the watch and is no error.
    ///
    /// - Parameter seconds: how often it is run; nil to follow it if it can be.
    func watch(_ statement: String, seconds: Double?) throws(ShellFailure) {
        if let seconds { return try repeated(statement, seconds: seconds, why: "") }
        guard !settings.isCSV, settings.output == nil else {
            return try repeated(statement, seconds: Self.repeatSeconds, why: ": rows are written as CSV")
        }
        guard let refusal = try follow(statement) else { return }
        // What is wrong with the statement itself is told when it is run, with its place.
        let isWrong = ["syntax_error", "type_error", "unknown_"].contains { refusal.code.hasPrefix($0) }
        let why = isWrong ? "" : ": it cannot be followed (\(refusal.reason))"
        try repeated(statement, seconds: Self.repeatSeconds, why: why)
    }

    // MARK: - Again and again

    private func repeated(_ statement: String, seconds: Double, why: String) throws(ShellFailure) {
        let pause = InterruptiblePause()
        while true {
            do throws(ShellFailure) {
                let time = ISO8601DateFormatter().string(from: Date())
                try show(["\(time), every \(seconds) s\(DisplayWidth.printable(why))"])
                try run(statement)
            } catch .interrupted {
                return
            }
            let isInterrupted = interrupts.handling(by: { pause.end() }) { pause.wait(seconds: seconds) }
            if isInterrupted { return }
        }
    }

    // MARK: - Following

    /// Draws what the stream tells of a query; gives the reason if it tells nothing of such a query.
    private func follow(_ statement: String) throws(ShellFailure) -> (code: String, reason: String)? {
        let stream = try connection.follow(statement)
        defer { stream.cancel() }
        return try interrupts.handling(by: { stream.interrupt() }) { () throws(ShellFailure) in
            var answer = FollowedAnswer(layout: layout, rowsMax: settings.rowsMax)
            var events = ServerSentEvents()
            while true {
                switch stream.next(seconds: Self.silenceSeconds) {
                case .head(let status, _):
                    if status.code == 200 { continue }
                    let response = try stream.refusal(status)
                    let problem = try? JSONReader.value(of: Array(response.body.readableBytesView))
                    return (problem?["code"]?.string ?? "", GatewayConnection.text(response))
                case .bytes(let bytes):
                    guard events.feed(bytes.readableBytesView) else {
                        throw .unreachable("the gateway's stream cannot be read: an event without an end")
                    }
                    if let refusal = try draw(&events, &answer) { return refusal }
                case .end: throw .unreachable("the gateway ended the stream")
                case .idle: throw .unreachable("the gateway was silent for \(Int(Self.silenceSeconds)) s")
                case .failed(let error): throw GatewayConnection.failure(error)
                case .interrupted: return nil
                }
            }
        }
    }

    private func draw(
        _ events: inout ServerSentEvents,
        _ answer: inout FollowedAnswer
    ) throws(ShellFailure) -> (code: String, reason: String)? {
        while let event = events.next() {
            guard let message = try? JSONReader.value(of: event.data) else {
                throw .unreachable("the gateway's stream cannot be read: an event is no JSON")
            }
            switch answer.take(message) {
            case .lines(let lines): try show(lines)
            case .refused(let code, let reason): return (code, reason)
            case .ended(let reason): throw .refused(reason)
            }
        }
        return nil
    }
}

/// A wait that another thread can end.
private final class InterruptiblePause: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func end() { semaphore.signal() }

    /// Whether it was ended before its time.
    func wait(seconds: Double) -> Bool { semaphore.wait(timeout: .now() + seconds) == .success }
}
