internal import Columnar
internal import Synchronization

/// Committed rows on their way from the thread that writes to the one that makes messages of them. Bounded: the writer never
/// waits, and what does not fit is counted.
final class BucketInbox: Sendable {
    private struct State {
        var groups: [AppendGroup] = []
        var bytes = 0
        var lostRows = 0
        var isScheduled = false
    }

    private let state = Mutex(State())
    private let bytesMax: Int

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Puts groups in; true if the other side has to be woken.
    func put(_ groups: [AppendGroup]) -> Bool {
        state.withLock { state in
            for group in groups {
                let bytes = Self.bytes(of: group)
                if state.bytes + bytes <= bytesMax, state.lostRows == 0 {
                    state.groups.append(group)
                    state.bytes += bytes
                } else {
                    state.lostRows += group.rowCount
                }
            }
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
    }

    /// Takes all that is there, and how many rows did not fit after it.
    func take() -> (groups: [AppendGroup], lostRows: Int) {
        state.withLock { state in
            defer { state = State() }
            return (state.groups, state.lostRows)
        }
    }

    /// About what a group holds: its values, and what is around them.
    private static func bytes(of group: AppendGroup) -> Int {
        var bytes = 256
        for case .some(let column) in group.columns {
            switch column.form {
            case .boolean: bytes += group.rowCount
            case .int64, .float64, .scaledInteger: bytes += 8 * group.rowCount
            case .dictionary: bytes += 4 * group.rowCount
            case .text(let offsets, _):
                if group.rowCount > 0, offsets.count > group.rowCount {
                    bytes += 4 * group.rowCount + Int(offsets[group.rowCount]) - Int(offsets[0])
                }
            case .constant, .sequence: bytes += 32
            }
        }
        return bytes
    }
}
