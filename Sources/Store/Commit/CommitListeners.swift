import Columnar
import Synchronization

/// Who is told of commits. Nobody, most of the time: then a commit costs one load.
final class CommitListeners: Sendable {
    private let listeners = Mutex<[any CommitListener]>([])
    private let hasAny = Atomic<Bool>(false)

    func add(_ listener: any CommitListener) {
        listeners.withLock { listeners in
            listeners.append(listener)
            hasAny.store(true, ordering: .releasing)
        }
    }

    func remove(_ listener: any CommitListener) {
        listeners.withLock { listeners in
            listeners.removeAll { $0 === listener }
            hasAny.store(!listeners.isEmpty, ordering: .releasing)
        }
    }

    /// Tells of a batch that is visible.
    func committed(_ batch: PreparedBatch, lsn: LSN) {
        guard hasAny.load(ordering: .acquiring) else { return }
        let groups = batch.groups.map { group in
            AppendGroup(
                table: group.table.schema.name,
                series: group.series,
                columns: group.columns,
                rowCount: group.rowCount
            )
        }
        let committed = CommittedBatch(lsn: lsn, groups: groups)
        for listener in listeners.withLock({ $0 }) { listener.committed(committed) }
    }

    /// Tells of a change of a table that is visible.
    func changed(_ change: CommittedChange) {
        guard hasAny.load(ordering: .acquiring) else { return }
        for listener in listeners.withLock({ $0 }) { listener.changed(change) }
    }
}
