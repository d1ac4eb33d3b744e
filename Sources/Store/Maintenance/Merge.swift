import Columnar

/// Segments of one partition, neighbours in the order of arrival, that become one.
struct Merge {
    let core: StoreCore
    let entry: TableEntry
    let partition: Int32
    let sources: [Segment]

    /// Writes the merged segment and puts it in the place of its sources. False if the table is gone meanwhile.
    func run(pace: @escaping (Int) throws(TableError) -> Void) throws(TableError) -> Bool {
        let tombstones = core.state.tombstones[entry.id] ?? []
        var segments = TableSegments()
        for source in sources { segments.insert(source) }
        let state = StoreState(memtables: [], tables: [entry.id: segments], tombstones: [entry.id: tombstones])
        let finder = RunFinder(state: state, committed: .max, time: .all)
        let entries = sources.map(\.entry)
        let build = SegmentBuild(
            core: core,
            entry: entry,
            partition: partition,
            firstLSN: entries.map(\.firstLSN).min() ?? 0,
            lastLSN: entries.map(\.lastLSN).max() ?? 0,
            filteredLSN: max(tombstones.last?.lsn ?? 0, entries.map(\.filteredLSN).min() ?? 0)
        )
        let merged = try build.write(try contexts(finder), finder, pace: pace)
        do throws(ManifestKeeper.Failure) {
            return try replace(by: merged)
        } catch {
            if case .notWritten = error { merged?.retire() }
            if case .unknown(let error) = error { core.turnReadOnly("writing the manifest failed: \(error.message)") }
            throw error.error
        }
    }

    private func contexts(_ finder: RunFinder) throws(TableError) -> [SeriesContext] {
        let names = entry.series.names
        let (certain, possible) = try finder.candidates(of: entry)
        return certain.union(possible).sorted().compactMap { id in
            Int(id) < names.count ? SeriesContext(entry: entry, id: id, name: names[Int(id)]) : nil
        }
    }

    private func replace(by merged: Segment?) throws(ManifestKeeper.Failure) -> Bool {
        let replaced = Set(sources.map(\.entry.id))
        let isDone = try core.manifest.update { manifest in
            let present = manifest.segments.count { replaced.contains($0.id) }
            guard present == replaced.count, core.catalog.state.entry(entry.id) != nil else { return false }
            manifest.segments.removeAll { replaced.contains($0.id) }
            if let merged { manifest.segments.append(merged.entry) }
            return true
        } publish: { manifest in
            core.replaceState { $0.replacing(sources, of: entry.id, by: merged).keepingTombstones(of: manifest) }
        }
        guard isDone else {
            merged?.retire()
            return false
        }
        for source in sources { source.retire() }
        // The table may have been dropped since the manifest named it.
        if core.catalog.state.entry(entry.id) == nil { merged?.retire() }
        return true
    }
}
