/// The rows of a moving window that may yet be its extreme, each better than all after it (Lemire 2006): the front is the
/// extreme, and taking a row in or out is O(1) on average.
struct MonotonicQueue<Value: Comparable & Sendable & Hashable, Direction: ExtremeDirection>: Sendable, Hashable {
    private struct Entry: Sendable, Hashable {
        var number: Int64
        var value: Value
    }

    /// Candidates from ``head`` on; what stands before is spent.
    private var entries: [Entry] = []
    private var head = 0
    /// Rows taken and rows evicted so far: a row's number says when it leaves.
    private var taken: Int64 = 0
    private var evicted: Int64 = 0

    init() {}

    /// The extreme; nil if no row in the window has a value.
    var extreme: Value? { head < entries.count ? entries[head].value : nil }

    /// Bytes of the entries.
    var byteCount: Int { entries.capacity * MemoryLayout<Entry>.stride }

    /// Takes a row; nil and what is not equal to itself count as rows, but are never the extreme.
    mutating func append(_ value: Value?) {
        if let value, value == value {
            while entries.count > head, !Direction.prefers(entries[entries.count - 1].value, to: value) {
                entries.removeLast()
            }
            entries.append(Entry(number: taken, value: value))
        }
        taken &+= 1
    }

    /// The oldest row leaves.
    mutating func removeFirst() {
        if head < entries.count, entries[head].number <= evicted { head += 1 }
        evicted &+= 1
        // Spent entries go when they are as many as those that count: O(1) on average.
        if head * 2 >= entries.count {
            entries.removeFirst(head)
            head = 0
        }
        if evicted == taken { self = MonotonicQueue() }
    }

    func encode(into writer: inout FoldStateWriter, _ write: (inout FoldStateWriter, Value) -> Void) {
        writer.write(taken)
        writer.write(evicted)
        writer.write(UInt32(entries.count - head))
        for entry in entries[head...] {
            writer.write(entry.number)
            write(&writer, entry.value)
        }
    }

    init(
        from reader: inout FoldStateReader,
        _ read: (inout FoldStateReader) throws(FoldStateError) -> Value
    ) throws(FoldStateError) {
        taken = try reader.readInt64()
        evicted = try reader.readInt64()
        for _ in 0..<(try reader.read(UInt32.self)) {
            let number = try reader.readInt64()
            entries.append(Entry(number: number, value: try read(&reader)))
        }
    }
}
