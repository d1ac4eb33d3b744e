/// Who is told of the changes of a live plan.
struct LiveSubscribers {
    private struct Subscription {
        let subscriber: any LiveQuerySubscriber
        var isActive = false
    }

    private var all: [ObjectIdentifier: Subscription] = [:]
    /// Those that were given a snapshot: changes go to them.
    private(set) var active: [any LiveQuerySubscriber] = []

    var isEmpty: Bool { all.isEmpty }
    var ids: [ObjectIdentifier] { Array(all.keys) }
    /// Those that are there for the answer itself, see ``LiveQuerySubscriber/isRecorder``.
    var followerCount: Int { all.values.count { !$0.subscriber.isRecorder } }

    /// Adds one that has no snapshot yet.
    mutating func add(_ subscriber: any LiveQuerySubscriber) {
        all[ObjectIdentifier(subscriber)] = Subscription(subscriber: subscriber)
        deactivate(ObjectIdentifier(subscriber))
    }

    /// Takes one away. Returns whether none is left.
    mutating func remove(_ subscriber: any LiveQuerySubscriber) -> Bool {
        all[ObjectIdentifier(subscriber)] = nil
        deactivate(ObjectIdentifier(subscriber))
        return all.isEmpty
    }

    /// Whether one is there and has no snapshot yet.
    func isWaiting(_ id: ObjectIdentifier) -> Bool { all[id].map { !$0.isActive } ?? false }

    /// From now on one is told of changes; nil if it left.
    mutating func activate(_ id: ObjectIdentifier) -> (any LiveQuerySubscriber)? {
        guard let known = all[id] else { return nil }
        if !known.isActive {
            all[id]?.isActive = true
            active.append(known.subscriber)
        }
        return known.subscriber
    }

    /// Forgets all, and gives them.
    mutating func removeAll() -> [any LiveQuerySubscriber] {
        defer { self = LiveSubscribers() }
        return all.values.map(\.subscriber)
    }

    private mutating func deactivate(_ id: ObjectIdentifier) { active.removeAll { ObjectIdentifier($0) == id } }
}
