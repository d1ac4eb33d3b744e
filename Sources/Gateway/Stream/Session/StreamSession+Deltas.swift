internal import NIOCore
internal import Wire

extension StreamSession {
    // MARK: - Deltas

    /// Takes new deltas of a shape, whose bytes all its subscribers share.
    func deliver(_ delivery: Delivery, to subscription: Subscription) {
        // Closed by what was delivered to another of its subscriptions a moment ago.
        guard transport != nil, !isGoing else { return }
        switch subscription.backlog {
        case .snapshot, .delta, .throttled: return
        case .lag(let from, _):
            subscription.backlog = .lag(from: from, to: subscription.shape.head.seq)
            return
        case .none: break
        }
        if subscription.shape.key.mode == .conflate {
            conflate(delivery, subscription)
        } else if delivery.isMerged {
            lag(subscription, from: delivery.prev + 1, to: subscription.shape.head.seq)
        } else if isDirect {
            send(delivery, subscription)
        } else {
            enqueue(delivery, subscription)
        }
    }

    private func conflate(_ delivery: Delivery, _ subscription: Subscription) {
        guard isDirect else { return hold(subscription, .delta) }
        guard let interval = subscription.interval else {
            return delivery.count > Burst.conflatedCountMax ? sendMerged(subscription) : send(delivery, subscription)
        }
        let now = hub.eventLoop.now
        guard now >= subscription.due else {
            subscription.backlog = .throttled
            hub.throttle(subscription)
            return
        }
        subscription.due = now + interval
        if delivery.count == 1 { send(delivery, subscription) } else { sendMerged(subscription) }
    }

    /// The time of a subscription that was throttled has come.
    func release(_ subscription: Subscription, _ now: NIODeadline) {
        // Woken for a delta that a snapshot has replaced, it has a later time of its own.
        guard transport != nil, case .throttled = subscription.backlog, now >= subscription.due else { return }
        subscription.backlog = .none
        guard isDirect else { return hold(subscription, .delta) }
        if let interval = subscription.interval { subscription.due = now + interval }
        sendMerged(subscription)
    }

    /// The last deltas of a stream that goes away do not wait for their time.
    func releaseAll() {
        for subscription in subscriptions.values {
            guard case .throttled = subscription.backlog else { continue }
            subscription.due = hub.eventLoop.now
            release(subscription, subscription.due)
        }
    }

    private func send(_ delivery: Delivery, _ subscription: Subscription) {
        hub.counters.deltas.add(delivery.count)
        subscription.reachedHead()
        write(delivery.frames)
    }

    private func sendMerged(_ subscription: Subscription) {
        let count = subscription.shape.deltaCount - subscription.countAtLast
        let frame = hub.mergedDelta(subscription)
        hub.counters.deltas.add()
        hub.counters.conflated.add(max(0, count - 1))
        subscription.reachedHead()
        write(frame)
    }

    private func hold(_ subscription: Subscription, _ backlog: Subscription.Backlog) {
        subscription.backlog = backlog
        backlogged.append(subscription)
    }

    /// Queues deltas of a subscription that wants them all.
    private func enqueue(_ delivery: Delivery, _ subscription: Subscription) {
        guard makeRoom(delivery.frames.readableBytes, for: subscription, from: delivery.prev + 1) else { return }
        hub.counters.deltas.add(delivery.count)
        subscription.reachedHead()
        append(delivery.entry(subscription))
    }

    /// Whether bytes fit into the budget; if not, the subscription is closed or lags.
    private func makeRoom(_ bytes: Int, for subscription: Subscription, from: Int64) -> Bool {
        guard queue.byteCount + bytes > hub.limits.queueBytesMax else { return true }
        guard !subscription.closesOnLag else {
            closeForLag()
            return false
        }
        let before = queue.byteCount
        let dropped = queue.remove { !$0.closesOnLag }
        hub.counters.queueBytes.add(queue.byteCount - before)
        for (other, from) in dropped where other !== subscription { lag(other, from: from, to: other.last) }
        let first = dropped.first { $0.subscription === subscription }?.from ?? from
        lag(subscription, from: first, to: subscription.shape.head.seq)
        return false
    }

    private func lag(_ subscription: Subscription, from: Int64, to: Int64) {
        if subscription.closesOnLag {
            closeForLag()
        } else {
            hub.counters.lags.add()
            hold(subscription, .lag(from: from, to: to))
        }
        drain()
    }

    // MARK: - Snapshots

    /// Sends the present state, in its order among what waits; older merged deltas are no longer needed.
    func sendSnapshot(_ subscription: Subscription) {
        guard transport != nil else { return }
        switch subscription.backlog {
        case .snapshot, .lag: return
        case .delta: subscription.backlog = .snapshot
        case .none, .throttled:
            guard !isGoing else { return }
            subscription.backlog = .none
            if isDirect {
                writeSnapshot(subscription)
            } else if subscription.shape.key.mode == .conflate {
                hold(subscription, .snapshot)
            } else {
                let head = subscription.shape.head.seq
                let frame = hub.snapshot(subscription.shape, subscription.lane)
                guard makeRoom(frame.readableBytes, for: subscription, from: head) else { return }
                subscription.reachedHead()
                append(.init(frame: frame, joined: nil, subscription: subscription, from: head))
                hub.counters.snapshots.add()
            }
        }
    }

    private func writeSnapshot(_ subscription: Subscription) {
        hub.counters.snapshots.add()
        subscription.reachedHead()
        write(hub.snapshot(subscription.shape, subscription.lane))
    }

    // MARK: - What was missed

    /// Sends the deltas that a subscriber of old missed. They fit into the budget.
    func send(_ replay: Replay, from position: StreamPosition, to subscription: Subscription) {
        guard transport != nil else { return }
        subscription.reached(position.seq, missing: replay.count)
        for piece in replay.pieces {
            if isDirect {
                write(piece.delivery.frames)
            } else if subscription.shape.key.mode == .conflate {
                // The rest is merged: its values are those of the present state.
                return hold(subscription, .delta)
            } else {
                append(piece.delivery.entry(subscription))
            }
            hub.counters.deltas.add(piece.delivery.count)
            subscription.reached(piece.last, missing: piece.missing)
        }
    }

    // MARK: - Backlogs

    /// Writes what a subscription has yet to get.
    func settle(_ subscription: Subscription) {
        let backlog = subscription.backlog
        subscription.backlog = .none
        switch backlog {
        case .none, .throttled: break
        case .snapshot: writeSnapshot(subscription)
        case .delta:
            if let interval = subscription.interval { subscription.due = hub.eventLoop.now + interval }
            sendMerged(subscription)
        case .lag(let from, let to):
            write(hub.lag(subscription.shape, subscription.lane.kind.encoding, from: from, to: to))
            writeSnapshot(subscription)
        }
    }
}

extension Delivery {
    func entry(_ subscription: Subscription) -> OutboundQueue.Entry {
        .init(frame: frames, joined: joined.map { ($0, count) }, subscription: subscription, from: prev + 1)
    }
}
