internal import Columnar

/// The last changes of a followed query, for subscribers that come back.
///
/// Invariants:
/// 1. The changes held are the last ones of `epoch` without a gap: whoever has `floor` (if ``isFloorPlain``), or the `seq` of a
///    change that is held, misses nothing that is not held.
/// 2. They take no more than `bytesMax`, as ``bytes(of:)`` counts; the oldest go first.
struct QueryHistory {
    /// What a subscriber missed.
    enum Answer {
        case changes([StreamQueryRows])
        case tooOld
        case otherEpoch
    }

    private let bytesMax: Int
    private(set) var epoch: String?
    private var floor: Int64 = 0
    /// Whether no change of the `seq` of `floor` had a second part that is not held any more.
    private var isFloorPlain = true
    private var changes = RingBuffer<StreamQueryRows>()
    private(set) var byteCount = 0

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    // MARK: - What happens

    /// Takes over what the query tells.
    mutating func take(_ event: StreamQueryEvent) {
        switch event {
        case .snapshot(let rows):
            clear()
            epoch = rows.epoch
            floor = rows.seq
            isFloorPlain = true
        case .change(let rows):
            guard epoch != nil else { return }
            changes.append(rows)
            byteCount += Self.bytes(of: rows)
            while byteCount > bytesMax, let oldest = changes.first {
                changes.removeFirst()
                byteCount -= Self.bytes(of: oldest)
                isFloorPlain = floor != oldest.seq
                floor = oldest.seq
            }
            // The second part of a change goes with the first: its `seq` names no place between them.
            while let oldest = changes.first, oldest.seq == floor {
                changes.removeFirst()
                byteCount -= Self.bytes(of: oldest)
                isFloorPlain = false
            }
        case .ended: clear()
        }
    }

    private mutating func clear() {
        epoch = nil
        changes.removeAll()
        byteCount = 0
    }

    /// About what a change takes in memory.
    static func bytes(of rows: StreamQueryRows) -> Int {
        var sum = 128 + 8 * (rows.closed.count + rows.removed.count)
        for row in rows.rows {
            sum += 32 + 24 * row.count
            for case .text(let text) in row { sum += text.utf8.count }
        }
        return sum
    }

    // MARK: - Subscribers that come back

    /// The changes after a position, up to that of `last`.
    ///
    /// - Parameter isKeyed: whether rows have keys. One change may come as two messages of one `seq`, in time and revised: a
    ///   subscriber that was cut off there may have both or the first. With keys it gets the second again, which does no harm.
    func changes(after position: StreamPosition, through last: Int64, isKeyed: Bool) -> Answer {
        guard let epoch, position.epoch == epoch else { return .otherEpoch }
        guard isFloorPlain ? position.seq >= floor : position.seq > floor, position.seq <= last else { return .tooOld }
        var missed: [StreamQueryRows] = []
        var isPlace = position.seq == floor
        for index in 0..<changes.count {
            let change = changes[index]
            guard change.seq <= last else { break }
            if change.seq == position.seq {
                let isSecond = isPlace && change.prev == change.seq
                isPlace = true
                guard isSecond else { continue }
                guard isKeyed else { return .tooOld }
            }
            if change.seq >= position.seq { missed.append(change) }
        }
        guard isPlace, (missed.last?.seq ?? position.seq) == last else { return .tooOld }
        return .changes(missed)
    }
}
