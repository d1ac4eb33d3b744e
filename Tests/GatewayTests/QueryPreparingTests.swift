import Documents
import Engine
import NIOCore
import NIOEmbedded
import QueryLang
import Synchronization
import Testing
import Wire

@testable import Gateway

/// Does what it is given when it is told to.
final class StalledExecutor: LiveExecutor {
    private let waiting = Mutex<[@Sendable () -> Void]>([])

    var count: Int { waiting.withLock { $0.count } }
    func execute(_ work: @escaping @Sendable () -> Void) { waiting.withLock { $0.append(work) } }

    func run() {
        let work = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for piece in work { piece() }
    }
}

@Suite struct QueryPreparingTests {
    private let source = FakeQuerySource()
    private let executor = StalledExecutor()

    private func opened() throws -> (StreamFixture, StreamPeer) {
        let fixture = StreamFixture(queries: source, preparing: executor)
        let peer = try StreamPeer(fixture, .json)
        try peer.receive()
        return (fixture, peer)
    }

    @Test func answersKeepTheOrderOfRequestsWhileAQueryIsPrepared() throws {
        let (fixture, peer) = try opened()
        try peer.send(#"{"op":"subscribe","id":1,"query":"SELECT 1"}"#)
        try peer.send(#"{"op":"ping","id":2}"#)
        try peer.send(#"{"op":"subscribe","id":3,"query":"WRONG"}"#)
        try peer.send(#"{"op":"list","id":4}"#)
        fixture.loops[0].run()
        #expect(try peer.receive().isEmpty)
        #expect(source.opened.value == 0)
        executor.run()
        fixture.loops[0].run()
        #expect(try peer.receive().map { $0["id"] } == [.integer(1), .integer(2)])
        executor.run()
        fixture.loops[0].run()
        let rest = try peer.receive()
        #expect(rest.map { $0["op"]?.string } == ["error", "list"])
        #expect(rest.first?["position"]?["offset"] == .integer(0))
        #expect(rest.last?["subs"]?.array?.count == 1)
    }

    @Test func aSubscriptionThatIsNotReadyYetCanBeEnded() throws {
        let (fixture, peer) = try opened()
        try peer.send(#"{"op":"subscribe","id":1,"query":"SELECT 1"}"#)
        try peer.send(#"{"op":"unsubscribe","id":2,"sid":[-1]}"#)
        executor.run()
        fixture.loops[0].run()
        #expect(try peer.receive().map { $0["op"]?.string } == ["subscribed", "unsubscribed"])
        #expect(source.opened.value == 1)
        #expect(source.cancelled.value == 1)
    }

    @Test func aConnectionMayCloseWhileItsQueryIsPrepared() throws {
        let (fixture, peer) = try opened()
        try peer.send(#"{"op":"subscribe","id":1,"query":"SELECT 1"}"#)
        try peer.send(#"{"op":"ping","id":2}"#)
        _ = try? peer.channel.finish()
        executor.run()
        fixture.loops[0].run()
        #expect(source.opened.value == 0)
    }

    @Test func textsThatWaitAreBounded() throws {
        let (_, peer) = try opened()
        let preparer = QueryPreparer(source, executor)
        for _ in 0..<QueryPreparer.waitingMax { #expect(preparer.prepare("SELECT 1") { _ in }) }
        #expect(!preparer.prepare("SELECT 1") { _ in })
        executor.run()
        #expect(preparer.prepare("SELECT 1") { _ in })
        try peer.send(#"{"op":"subscribe","id":1,"query":"SELECT 1"}"#)
        for id in 2..<80 { try peer.send(#"{"op":"ping","id":\#(id)}"#) }
        #expect(try peer.receive().allSatisfy { $0["code"]?.string == "rate_limited" })
    }
}
