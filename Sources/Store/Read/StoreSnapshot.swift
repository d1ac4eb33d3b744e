import Columnar

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
        var found: [SeriesContext] = []
        for context in try candidates(request.series, entry, finder) where try finder.hasRows(context) {
            found.append(context)
        }
        found.sort { $0.name < $1.name }
        return StoreScan(series: found.map(\.name), contexts: found, finder: finder, isForward: request.isForward)
    }

    private func candidates(
        _ series: ScanRequest.Series,
        _ entry: TableEntry,
        _ finder: RunFinder
    ) throws(TableError) -> [SeriesContext] {
        switch series {
        case .named(let names):
            return Set(names).compactMap { name in
                entry.series.id(of: name).map { SeriesContext(entry: entry, id: $0, name: name) }
            }
        case .all:
            let names = entry.series.names
            return try finder.candidates(of: entry).compactMap { id in
                Int(id) < names.count ? SeriesContext(entry: entry, id: id, name: names[Int(id)]) : nil
            }
        }
    }
}

/// The series that a request found.
struct StoreScan: TableScan {
    let series: [String]
    let contexts: [SeriesContext]
    let finder: RunFinder
    let isForward: Bool

    func open(series index: Int) throws(TableError) -> any SliceCursor {
        guard contexts.indices.contains(index) else {
            throw TableError(.invalid, "the scan found \(contexts.count) series; there is none at \(index)")
        }
        return WindowedCursor(finder: finder, context: contexts[index], isForward: isForward)
    }
}
