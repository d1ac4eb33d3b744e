internal import NIOCore
internal import QueryLang
internal import Wire

extension StreamSession {
    /// Requests that may wait for one of the same connection that is answered later.
    private static let heldMax = 64

    /// A request that waits.
    struct HeldRequest {
        let bytes: ByteBuffer
        let isMessagePack: Bool
    }

    /// Takes a request; while a query is prepared, or what was missed is made again, it waits, so that answers come in the order
    /// of requests.
    func take(_ bytes: ByteBuffer, isMessagePack: Bool) {
        guard isWaiting else { return handle(bytes, isMessagePack: isMessagePack) }
        guard held.count < Self.heldMax else {
            return refuse(
                nil,
                .init(
                    code: "rate_limited",
                    message: "more than \(Self.heldMax) requests wait for one that is being answered"
                )
            )
        }
        held.append(HeldRequest(bytes: bytes, isMessagePack: isMessagePack))
    }

    /// Has a query understood away from the loop, then subscribes to it.
    func prepare(_ request: StreamRequest.Query, _ id: Int64?) throws(StreamRequest.Refusal) {
        guard let transport, let preparer = hub.context.preparer else { return try subscribe(request, id) }
        let session = WeakSession(self)
        let eventLoop = transport.eventLoop
        let isTaken = preparer.prepare(request.text) { error in
            eventLoop.execute { session.value?.prepared(request, id, error) }
        }
        guard isTaken else {
            throw .init(
                code: "unavailable",
                message: "\(QueryPreparer.waitingMax) queries wait to be prepared",
                hint: "ask again in a second"
            )
        }
        isPreparing = true
    }

    private func prepared(_ request: StreamRequest.Query, _ id: Int64?, _ error: QueryError?) {
        isPreparing = false
        guard transport != nil, !isGoing else { return held.removeAll() }
        hub.settle()
        do throws(StreamRequest.Refusal) {
            if let error { throw StreamRequest.Refusal(error, in: request.text) }
            try subscribe(request, id)
        } catch {
            refuseLast(id, error)
        }
        flush()
        takeHeld()
    }

    private var isWaiting: Bool { isPreparing || isRebuilding }

    /// Takes the requests that waited, up to one that others have to wait for again.
    func takeHeld() {
        while !isWaiting, transport != nil, !held.isEmpty {
            let next = held.removeFirst()
            handle(next.bytes, isMessagePack: next.isMessagePack)
        }
    }
}
