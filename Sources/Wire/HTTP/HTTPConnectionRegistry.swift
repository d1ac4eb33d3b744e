internal import NIOCore
internal import Synchronization

/// The open connections of a server, to end them in order.
final class HTTPConnectionRegistry: Sendable {
    /// How to end one connection; both are called on its loop.
    struct Entry: Sendable {
        let eventLoop: any EventLoop
        let drain: @Sendable () -> Void
        let close: @Sendable () -> Void
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var isDraining = false
        var whenEmpty: EventLoopPromise<Void>?
    }

    private let state = Mutex(State())

    /// Adds a connection; false if the server is shutting down.
    func add(_ owner: AnyObject, _ entry: Entry) -> Bool {
        state.withLock { state in
            state.entries[ObjectIdentifier(owner)] = entry
            return !state.isDraining
        }
    }

    func remove(_ owner: AnyObject) {
        let promise = state.withLock { state -> EventLoopPromise<Void>? in
            state.entries[ObjectIdentifier(owner)] = nil
            guard state.entries.isEmpty, let promise = state.whenEmpty else { return nil }
            state.whenEmpty = nil
            return promise
        }
        promise?.succeed(())
    }

    /// Asks every connection to end; the future completes when the last has.
    func drain(on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        let entries = state.withLock { state -> [Entry] in
            state.isDraining = true
            if !state.entries.isEmpty { state.whenEmpty = promise }
            return Array(state.entries.values)
        }
        if entries.isEmpty { promise.succeed(()) }
        for entry in entries { entry.eventLoop.execute(entry.drain) }
        return promise.futureResult
    }

    /// Closes every connection.
    func closeAll() {
        let entries = state.withLock { Array($0.entries.values) }
        for entry in entries { entry.eventLoop.execute(entry.close) }
    }
}
