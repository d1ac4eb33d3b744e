internal import NIOCore

/// Subscriptions that wait for their time, the earliest first.
struct ThrottleQueue {
    private var heap: [(due: NIODeadline, subscription: Subscription)] = []

    var isEmpty: Bool { heap.isEmpty }
    var earliest: NIODeadline? { heap.first?.due }

    mutating func insert(_ subscription: Subscription) {
        heap.append((subscription.due, subscription))
        var child = heap.count - 1
        while child > 0, heap[child].due < heap[(child - 1) / 2].due {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes out the earliest if its time has come.
    mutating func popDue(_ now: NIODeadline) -> Subscription? {
        guard let first = heap.first, first.due <= now else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return first.subscription
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var child = parent * 2 + 1
            guard child < heap.count else { return }
            if child + 1 < heap.count, heap[child + 1].due < heap[child].due { child += 1 }
            guard heap[child].due < heap[parent].due else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}
