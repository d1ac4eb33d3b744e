import Columnar
import Synchronization

/// A consistent state to read: lists of memtables and segments, and the last batch that counts.
struct StoreSnapshot: TableSnapshot {
    let state: StoreState
    let committed: LSN
    let catalogState: CatalogState

    var catalog: any CatalogReader { catalogState }

    func scan(_ request: ScanRequest) throws(TableError) -> any TableScan {
        guard let entry = catalogState.entry(named: request.table) else {
            throw TableError(.unknownTable, "there is no table '\(request.table)'")
        }
        guard request.columns.allSatisfy({ entry.schema.columns.indices.contains($0) }) else {
            throw TableError(.invalid, "a scan of '\(entry.schema.name)' asks for columns it does not have")
        }
        let finder = RunFinder(state: state, committed: committed, time: request.time)
        var found = try candidates(request, entry, finder)
        if !SeriesOrder.ascends(found.lazy.map(\.name)) { found.sort { SeriesOrder.precedes($0.name, $1.name) } }
        return StoreScan(
            series: found.map(\.name),
            contexts: found,
            finder: finder,
            isForward: request.isForward,
            rowsMax: request.rowsMax
        )
    }

    func number(of table: String) -> UInt32? { catalogState.entry(named: table)?.id.rawValue }

    /// By the bounds of segments and memtables that hold later batches.
    func changes(of table: String, since lsn: LSN) -> TableChanges {
        guard committed > lsn, let entry = catalogState.entry(named: table) else { return TableChanges() }
        var bounds = TimeBounds()
        for segment in state.segments(of: entry.id).all where segment.entry.lastLSN > lsn {
            bounds.add(segment.entry.firstTime, segment.entry.lastTime)
        }
        for memtable in state.memtables where memtable.sealedLSN.load(ordering: .acquiring) > lsn {
            guard let rows = memtable.table(entry.id) else { continue }
            bounds.add(rows.firstTime.load(ordering: .relaxed), rows.lastTime.load(ordering: .relaxed))
        }
        var removed = TimeBounds()
        for tombstone in state.tombstones[entry.id] ?? [] where tombstone.lsn > lsn && !tombstone.time.isEmpty {
            removed.add(tombstone.time.start, tombstone.time.end == .max ? .max : tombstone.time.end - 1)
        }
        return TableChanges(written: bounds.range, removed: removed.range)
    }

    /// The series with rows in the range, in no order. Who asks for a few rows opens each anyway and sees which have none.
    private func candidates(
        _ request: ScanRequest,
        _ entry: TableEntry,
        _ finder: RunFinder
    ) throws(TableError) -> [SeriesContext] {
        func isFound(_ context: SeriesContext) throws(TableError) -> Bool {
            request.rowsMax != nil ? true : try finder.hasRows(context)
        }
        switch request.series {
        case .named(let names):
            var found: [SeriesContext] = []
            found.reserveCapacity(names.count)
            for name in SeriesOrder.ascends(names) ? names : Array(Set(names)) {
                guard let id = entry.series.id(of: name) else { continue }
                let context = SeriesContext(entry: entry, id: id, name: name)
                if try isFound(context) { found.append(context) }
            }
            return found
        case .all:
            let names = entry.series.names
            let (certain, possible) = try finder.candidates(of: entry)
            var found: [SeriesContext] = []
            found.reserveCapacity(certain.count + possible.count)
            for id in certain where Int(id) < names.count {
                found.append(SeriesContext(entry: entry, id: id, name: names[Int(id)]))
            }
            for id in possible where Int(id) < names.count {
                let context = SeriesContext(entry: entry, id: id, name: names[Int(id)])
                if try isFound(context) { found.append(context) }
            }
            return found
        }
    }
}

/// The least and the greatest of some times.
private struct TimeBounds {
    private var first = Int64.max
    private var last = Int64.min

    mutating func add(_ first: Int64, _ last: Int64) {
        guard first <= last else { return }
        self.first = min(self.first, first)
        self.last = max(self.last, last)
    }

    /// Nil without times.
    var range: TimeRange? {
        first <= last ? TimeRange(start: first, end: last == .max ? .max : last + 1) : nil
    }
}

/// The order of the names of series: that of their UTF-8 bytes.
enum SeriesOrder {
    static func precedes(_ left: String, _ right: String) -> Bool {
        var (left, right) = (left, right)
        return left.withUTF8 { left in
            right.withUTF8 { right in left.lexicographicallyPrecedes(right) }
        }
    }

    /// Whether names are in order and none is there twice.
    static func ascends(_ names: some Sequence<String>) -> Bool {
        var before: String?
        for name in names {
            if let before, !precedes(before, name) { return false }
            before = name
        }
        return true
    }
}

/// The series that a request found.
struct StoreScan: TableScan {
    let series: [String]
    let contexts: [SeriesContext]
    let finder: RunFinder
    let isForward: Bool
    let rowsMax: Int?

    func open(series index: Int) throws(TableError) -> any SliceCursor {
        guard contexts.indices.contains(index) else {
            throw TableError(.invalid, "the scan found \(contexts.count) series; there is none at \(index)")
        }
        return WindowedCursor(
            finder: finder,
            context: contexts[index],
            isForward: isForward,
            rowsMax: rowsMax
        )
    }
}
