import Columnar

/// What waits for the live thread.
struct LiveQueue {
    /// One thing to do.
    enum Item: Sendable {
        /// A plan begins.
        case start(LivePlan)
        /// A subscriber joins a plan that runs.
        case join(LivePlan, ObjectIdentifier)
        /// Rows were committed; the tables right after that.
        case batch(CommittedBatch, any TableSnapshot)
        /// A table was changed otherwise.
        case change(CommittedChange, any TableSnapshot)
        /// Batches were dropped: all plans begin again.
        case overflow

        var isBatch: Bool { if case .batch = self { true } else { false } }
    }

    private var items: [Item] = []
    private var bytes = 0
    private(set) var overflows = 0
    let bytesMax: Int

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    var isEmpty: Bool { items.isEmpty }

    /// Adds what a table's writer tells; drops all of that kind if it is too much.
    mutating func add(_ item: Item, bytes added: Int) {
        guard bytes + added <= bytesMax else {
            items.removeAll { item in
                switch item {
                case .batch, .change, .overflow: true
                case .start, .join: false
                }
            }
            bytes = 0
            overflows += 1
            return items.append(.overflow)
        }
        bytes += added
        items.append(item)
    }

    /// Adds what a caller asks for.
    mutating func add(_ item: Item) { items.append(item) }

    /// Takes everything.
    mutating func take() -> [Item] {
        defer {
            items = []
            bytes = 0
        }
        return items
    }
}
