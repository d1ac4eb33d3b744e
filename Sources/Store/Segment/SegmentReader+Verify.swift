import Columnar

extension SegmentReader {
    /// Reads and decodes all there is: every checksum, code and offset, the order of series and times, the counts.
    func verify() throws(TableError) {
        let schema = try schema()
        var rowsOfSeries = 0
        var before: SeriesID?
        for place in 0..<seriesCount {
            let series = try series(at: place)
            guard before.map({ $0 < series.id }) ?? true else {
                throw TableError.damagedSegment(path, 0, "series that ascend by number, not \(series.id) here")
            }
            before = series.id
            rowsOfSeries += series.rowCount
            try verify(series, timeColumn: schema.timeColumn)
        }
        var rowsOfGroups = 0
        for number in 0..<groupCount {
            rowsOfGroups += try group(number).rowCount
            for (column, type) in schema.columns.map(\.type).enumerated() {
                _ = try vector(group: number, column: column, type: type, series: "")
            }
        }
        guard rowsOfGroups == rowCount, rowsOfSeries == rowCount else {
            throw TableError.damagedSegment(
                path,
                0,
                "\(rowCount) rows, not \(rowsOfGroups) in row groups and \(rowsOfSeries) in series"
            )
        }
    }

    /// Times ascend, and are those that the index gives.
    private func verify(_ series: SegmentSeries, timeColumn: Int) throws(TableError) {
        var before = series.firstTime
        var rows = 0
        for number in series.groups {
            let group = try group(number)
            let vector = try vector(group: number, column: timeColumn, type: .timestamp, series: series.name)
            let range = group.isPacked ? series.firstRow..<series.firstRow + series.rowCount : 0..<group.rowCount
            let times = Plain.int64(vector).slice(range)
            let bounds = group.isPacked ? (series.firstTime, series.lastTime) : (group.firstTime, group.lastTime)
            rows += times.count
            guard times[0] == bounds.0, times[times.count - 1] == bounds.1 else {
                throw TableError.damagedSegment(path, 0, "the times of series \(series.id) as in the index")
            }
            for row in 0..<times.count {
                guard times[row] >= before else {
                    throw TableError.damagedSegment(path, 0, "times of series \(series.id) that ascend")
                }
                before = times[row]
            }
        }
        guard rows == series.rowCount, before == series.lastTime else {
            throw TableError.damagedSegment(path, 0, "the rows of series \(series.id) as in the index")
        }
    }
}

extension SegmentReader {
    /// Bytes of all chunks of a column, and of its dictionary; 0 for one that the segment does not know.
    func byteCount(ofColumn column: Int) throws(TableError) -> UInt64 {
        guard column < columnCount else { return 0 }
        var bytes = UInt64(index.dictionary(column: column).byteCount)
        for group in 0..<groupCount { bytes += UInt64(index.chunkByteCount(group: group, column: column)) }
        return bytes
    }
}
