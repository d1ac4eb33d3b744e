import Columnar

extension RunFinder {
    /// A time inside the range that leaves about `rowsMax` rows on the side that a scan begins at, or more; nil if nothing is
    /// gained. Any time would do: it only decides what is looked at first.
    func cut(_ context: SeriesContext, rowsMax: Int, isForward: Bool) throws(TableError) -> Int64? {
        var best: Int64?
        for partition in partitions(of: context.entry) {
            for segment in partition.segments where segment.overlaps(time) {
                // A series of several row groups has one that is full.
                guard segment.entry.rowCount > UInt64(SegmentFormat.groupRowsMax),
                    let cut = try cut(try segment.reader(), context.id, rowsMax: rowsMax, isForward: isForward)
                else { continue }
                best = best.map { isForward ? min($0, cut) : max($0, cut) } ?? cut
            }
        }
        return best
    }

    /// Where one of the segment's row groups begins.
    private func cut(
        _ reader: SegmentReader,
        _ id: SeriesID,
        rowsMax: Int,
        isForward: Bool
    ) throws(TableError) -> Int64? {
        guard let series = try reader.series(id), series.groupCount > 1 else { return nil }
        let groups = try reader.groups(of: series, in: time)
        guard groups.count > 1 else { return nil }
        var rows = 0
        for place in 0..<groups.count - 1 {
            let number = isForward ? groups.lowerBound + place : groups.upperBound - 1 - place
            let group = try reader.group(number)
            rows += group.rowCount
            guard rows >= rowsMax else { continue }
            let cut = isForward ? try reader.group(number + 1).firstTime : group.firstTime
            return cut > time.start && cut < time.end ? cut : nil
        }
        return nil
    }
}
