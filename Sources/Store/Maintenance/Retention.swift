import Columnar
import Synchronization

/// Drops partitions that are older than their table keeps rows.
struct Retention {
    let core: StoreCore

    /// A latest time further ahead than this is taken for a mistake: one wrong row must not empty a table.
    private static let aheadMax = CivilTime.day

    /// Drops what is too old. Whether there was something.
    func run() throws(ManifestKeeper.Failure) -> Bool {
        var hasDropped = false
        for entry in core.catalog.state.entries {
            guard let timeToLive = entry.timeToLive else { continue }
            let partitions = core.state.segments(of: entry.id).partitions
            let latest = partitions.flatMap(\.segments).map(\.entry.lastTime).max() ?? .min
            let now = core.wallClock()
            let bound = min(latest, now > .max - Self.aheadMax ? .max : now + Self.aheadMax)
            let (limit, overflow) = bound.subtractingReportingOverflow(timeToLive)
            guard !overflow else { continue }
            for partition in partitions where isOver(partition.index, entry, before: limit) {
                if try drop(partition.segments, of: entry) { hasDropped = true }
            }
        }
        return hasDropped
    }

    private func isOver(_ partition: Int32, _ entry: TableEntry, before limit: Int64) -> Bool {
        let range = entry.schema.partition.range(of: partition)
        return range.end != .max && range.end <= limit
    }

    private func drop(_ segments: [Segment], of entry: TableEntry) throws(ManifestKeeper.Failure) -> Bool {
        let dropped = Set(segments.map(\.entry.id))
        let isDone = try core.manifest.update { manifest in
            let before = manifest.segments.count
            manifest.segments.removeAll { dropped.contains($0.id) }
            return manifest.segments.count < before
        } publish: { manifest in
            core.replaceState { $0.replacing(segments, of: entry.id, by: nil).keepingTombstones(of: manifest) }
        }
        guard isDone else { return false }
        for segment in segments { segment.retire() }
        core.counters.partitionsDropped.add(1, ordering: .relaxed)
        return true
    }
}
