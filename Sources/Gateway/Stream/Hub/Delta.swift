internal import Engine
internal import Market

/// What a delta says, whatever it is written in.
struct Delta {
    /// A field that changed.
    struct Entry {
        var position: Int
        var value: Double?
        var status: ValueStatus
        var hasStatusChanged: Bool
    }

    var prev: Int64 = 0
    var cause = Cause()
    /// Updates in it; more than 1 if they were merged.
    var count = 1
    /// The book's state, if it changed.
    var book: BookState?
    /// Ascending by position, each once.
    var entries: [Entry] = []
    var statusCount = 0

    mutating func begin(prev: Int64, _ cause: Cause, count: Int, book: BookState?) {
        self.prev = prev
        self.cause = cause
        self.count = count
        self.book = book
        entries.removeAll(keepingCapacity: true)
        statusCount = 0
    }

    mutating func append(_ entry: Entry) {
        entries.append(entry)
        if entry.hasStatusChanged { statusCount += 1 }
    }

    /// Puts entries that came in another order into that of positions; of two of a position, the later one holds.
    mutating func sort() {
        var last: [Int: Entry] = [:]
        for var entry in entries {
            entry.hasStatusChanged = entry.hasStatusChanged || last[entry.position]?.hasStatusChanged ?? false
            last[entry.position] = entry
        }
        entries = last.values.sorted { $0.position < $1.position }
        statusCount = entries.count(where: \.hasStatusChanged)
    }
}
