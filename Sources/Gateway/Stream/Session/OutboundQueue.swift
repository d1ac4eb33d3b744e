internal import NIOCore

/// Frames that wait for a slow socket, first in, first out. Bounded by its owner, which knows what to do at the bound.
struct OutboundQueue {
    struct Entry {
        var frame: ByteBuffer
        /// Payloads that may become an array with others, and how many they are; then `frame` is of them alone.
        var joined: (bytes: ByteBuffer, count: Int)?
        /// The subscription of a delta or snapshot; nil for an answer.
        var subscription: Subscription?
        /// The first `seq` that the subscriber misses without it.
        var from: Int64
    }

    private var entries: [Entry?] = []
    private var start = 0
    private(set) var byteCount = 0

    var isEmpty: Bool { start == entries.count }

    mutating func append(_ entry: Entry) {
        entries.append(entry)
        byteCount += entry.frame.readableBytes
    }

    mutating func popFirst() -> Entry? {
        guard start < entries.count, let entry = entries[start] else { return nil }
        entries[start] = nil
        start += 1
        byteCount -= entry.frame.readableBytes
        // Give memory back once half of the array is spent, so that a long backlog costs linear time.
        if start == entries.count || start > 1024 && start * 2 > entries.count {
            entries.removeFirst(start)
            start = 0
        }
        return entry
    }

    /// The next entry, if it may become an array with others.
    var firstJoined: (bytes: ByteBuffer, count: Int)? { start < entries.count ? entries[start]?.joined : nil }

    mutating func removeAll() {
        entries.removeAll()
        start = 0
        byteCount = 0
    }

    /// Takes out all entries of some subscriptions, and gives for each from where the subscriber misses them.
    mutating func remove(where isDropped: (Subscription) -> Bool) -> [(subscription: Subscription, from: Int64)] {
        var dropped: [(subscription: Subscription, from: Int64)] = []
        var seen: Set<ObjectIdentifier> = []
        var kept: [Entry?] = []
        for entry in entries[start...] {
            guard let entry else { continue }
            guard let subscription = entry.subscription, isDropped(subscription) else {
                kept.append(entry)
                continue
            }
            byteCount -= entry.frame.readableBytes
            if seen.insert(ObjectIdentifier(subscription)).inserted { dropped.append((subscription, entry.from)) }
        }
        entries = kept
        start = 0
        return dropped
    }
}
