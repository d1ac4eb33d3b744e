/// The bytes of one file: what the kernel shows, what the platter holds, and what lies between.
///
/// `current` is `durable` with all of `pending` applied, unless a sync failed: then what was pending is still shown but
/// counts as written, as on Linux, where the pages of a failed fsync are marked clean.
struct SimulatedInode: Sendable {
    enum Change: Sendable {
        case write(offset: Int, bytes: [UInt8])
        case truncate(length: Int)

        /// Changes bytes; a gap before a write reads as zeros.
        func apply(to target: inout [UInt8]) {
            switch self {
            case .write(let offset, let bytes):
                let end = offset + bytes.count
                if offset == target.count {
                    target.append(contentsOf: bytes)
                } else {
                    if end > target.count { target.append(contentsOf: repeatElement(0, count: end - target.count)) }
                    target.replaceSubrange(offset..<end, with: bytes)
                }
            case .truncate(let length):
                if length < target.count {
                    target.removeLast(target.count - length)
                } else {
                    target.append(contentsOf: repeatElement(0, count: length - target.count))
                }
            }
        }
    }

    var current: [UInt8] = []
    var durable: [UInt8] = []
    var pending: [Change] = []
    /// Names that show it.
    var links = 0

    mutating func change(_ change: Change) {
        change.apply(to: &current)
        pending.append(change)
    }

    mutating func sync() {
        for change in pending { change.apply(to: &durable) }
        pending.removeAll()
    }
}
