public import NIOCore
import Wire

extension ExchangeSimulator {
    /// Faults of a kind that may wait: a control client gone wild.
    private static let pendingMax = 1_000

    /// Makes something go wrong. Completes with false if the fault names an unknown symbol.
    public func inject(_ fault: SimulatorFault) -> EventLoopFuture<Bool> {
        eventLoop.submit { [self] in apply(fault) }
    }

    /// Applies a fault on the loop; false if its symbol is unknown.
    func apply(_ fault: SimulatorFault) -> Bool {
        var place = Self.anyPlace
        if let symbol = fault.symbol {
            guard let known = indices[symbol.uppercased().filter { $0 != "-" }] else { return false }
            place = known
        }
        switch fault.kind {
        case .gap: pendingGaps.append(place)
        case .malformed: pendingMalformed.append(place)
        case .limit, .oldSnapshot: pendingSnapshotFaults.append((fault.kind, place))
        case .disconnect: for subscriber in concerned(place) { subscriber.cut() }
        case .silence: for subscriber in concerned(place) { subscriber.isSilent = true }
        case .shutdown: announceShutdown(place)
        }
        pendingGaps.removeFirst(max(0, pendingGaps.count - Self.pendingMax))
        pendingMalformed.removeFirst(max(0, pendingMalformed.count - Self.pendingMax))
        pendingSnapshotFaults.removeFirst(max(0, pendingSnapshotFaults.count - Self.pendingMax))
        return true
    }

    private func announceShutdown(_ place: Int) {
        for subscriber in concerned(place) {
            var text = MessageText()
            if subscriber.isCombined { text.text("{\"stream\":\"!serverShutdown\",\"data\":") }
            text.text("{\"e\":\"serverShutdown\",\"E\":")
            text.time(clock(), subscriber.unit)
            text.text(subscriber.isCombined ? "}}" : "}")
            subscriber.append(WebSocketFrameWriter.frame(.text, text.bytes))
            subscriber.flush()
        }
    }

    private func concerned(_ place: Int) -> [StreamSubscriber] {
        guard place != Self.anyPlace else { return Array(subscribers.values) }
        let names = names[place].flatMap { $0 }
        return subscribers.values.filter { !$0.streams.isDisjoint(with: names) }
    }

    /// The snapshot fault that waits for a symbol, once.
    func takeSnapshotFault(_ place: Int) -> SimulatorFault.Kind? {
        let index = pendingSnapshotFaults.firstIndex { $0.place == place || $0.place == Self.anyPlace }
        return index.map { pendingSnapshotFaults.remove(at: $0).kind }
    }
}
