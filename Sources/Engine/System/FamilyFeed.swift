public import Columnar
import Synchronization

/// A store whose families of buckets are tables, too: for those who follow rows as they are committed.
///
/// Rows of a table of a family are told twice: as that table's, and as the whole family's.
public final class FamilyFeed: CommitFeed {
    private let store: any CommitFeed
    private let source: SystemSource
    private let listeners = Mutex<[ObjectIdentifier: FamilyListener]>([:])

    /// Creates a feed of what a store tells.
    public init(_ store: any CommitFeed) {
        self.store = store
        source = SystemSource(stored: store, tables: VirtualTables())
    }

    /// See ``TableSource/snapshot()``.
    public func snapshot() -> any TableSnapshot { source.snapshot() }

    /// See ``CommitFeed/addListener(_:)``.
    public func addListener(_ listener: any CommitListener) {
        let wrapped = FamilyListener(listener, store)
        let former = listeners.withLock { listeners in
            defer { listeners[ObjectIdentifier(listener)] = wrapped }
            return listeners[ObjectIdentifier(listener)]
        }
        if let former { store.removeListener(former) }
        store.addListener(wrapped)
    }

    /// See ``CommitFeed/removeListener(_:)``.
    public func removeListener(_ listener: any CommitListener) {
        let wrapped = listeners.withLock { $0.removeValue(forKey: ObjectIdentifier(listener)) }
        if let wrapped { store.removeListener(wrapped) }
    }
}

/// Tells a listener what a store tells, and of families.
private final class FamilyListener: CommitListener {
    private let listener: any CommitListener
    private let source: any TableSource
    /// Families, and by table in which one it is; nil until it is needed, and after tables have come or gone.
    private let known = Mutex<Known?>(nil)

    private struct Known {
        let families: [TableFamily]
        let places: [String: (family: Int, member: Int)]
    }

    init(_ listener: any CommitListener, _ source: any TableSource) {
        self.listener = listener
        self.source = source
    }

    /// Tables of buckets have a slash in their names.
    private static func mayBeOfFamily(_ table: String) -> Bool { table.utf8.contains(UInt8(ascii: "/")) }

    private func families() -> Known {
        if let known = known.withLock({ $0 }) { return known }
        let families = TableFamily.all(source.snapshot().catalog)
        var places: [String: (family: Int, member: Int)] = [:]
        for (index, family) in families.enumerated() {
            for (number, member) in family.members.enumerated() { places[member.table.name] = (index, number) }
        }
        let made = Known(families: families, places: places)
        known.withLock { $0 = made }
        return made
    }

    func committed(_ batch: CommittedBatch) {
        var groups: [AppendGroup] = []
        var changed: Set<String> = []
        var after: (any TableSnapshot)?
        for group in batch.groups where Self.mayBeOfFamily(group.table) {
            let known = families()
            guard let place = known.places[group.table] else { continue }
            let family = known.families[place.family]
            if family.isMixed {
                changed.insert(family.schema.name)
                continue
            }
            let snapshot = after ?? source.snapshot()
            after = snapshot
            do throws(TableError) {
                guard try family.hidden([group.series], behind: place.member, snapshot).isEmpty else { continue }
                if try family.takesOver(group, of: batch, place.member, snapshot) {
                    changed.insert(family.schema.name)
                } else {
                    groups.append(family.group(group, of: family.members[place.member]))
                }
            } catch {
                // What cannot be looked up is looked at anew.
                changed.insert(family.schema.name)
            }
        }
        // Before the rows: who begins again does so with all of the batch, and passes it over then.
        for table in changed.sorted() {
            listener.changed(CommittedChange(lsn: batch.lsn, table: table, kind: .rowsRemoved(.all)))
        }
        groups.removeAll { changed.contains($0.table) }
        listener.committed(groups.isEmpty ? batch : CommittedBatch(lsn: batch.lsn, groups: batch.groups + groups))
    }

    func changed(_ change: CommittedChange) {
        listener.changed(change)
        guard Self.mayBeOfFamily(change.table) else { return }
        var names = Set(names(of: change.table))
        if case .rowsRemoved = change.kind {
        } else {
            known.withLock { $0 = nil }
            names.formUnion(self.names(of: change.table))
        }
        for name in names.sorted() {
            let kind: CommittedChange.Kind = if case .rowsRemoved = change.kind { change.kind } else { .altered }
            listener.changed(CommittedChange(lsn: change.lsn, table: name, kind: kind))
        }
    }

    /// The family that a table is in.
    private func names(of table: String) -> [String] {
        let known = families()
        return known.places[table].map { [known.families[$0.family].schema.name] } ?? []
    }
}
