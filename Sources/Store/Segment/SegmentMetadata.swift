import Columnar

/// The metadata of a segment while it is written: series, row groups and chunks (docs/segment-format.md, "Metadata").
struct SegmentMetadata {
    /// Where a column's dictionary lies.
    struct Dictionary {
        let offset: UInt64
        let byteCount: UInt32
        let checksum: UInt32
        let textCount: UInt32
    }

    /// A row group.
    struct Group {
        /// The series, or ``SegmentFormat/none`` for a packed group.
        let series: SeriesID
        let rowCount: Int
        let firstTime: Int64
        let lastTime: Int64
        let isPacked: Bool
    }

    /// A series and its row groups.
    struct Series {
        let id: SeriesID
        let name: String
        let firstGroup: Int
        var groupCount: Int
        let firstRow: Int
        var rowCount: Int
        let firstTime: Int64
        var lastTime: Int64
    }

    private(set) var groups: [Group] = []
    private(set) var series: [Series] = []
    /// By row group, then column, without the series key.
    var chunks: [ChunkEntry] = []

    /// Rows of all groups.
    var rowCount: UInt64 { groups.reduce(0) { $0 + UInt64($1.rowCount) } }

    /// Notes a row group of one series, which has no other or was the last one.
    mutating func add(series id: SeriesID, name: String, rowCount: Int, firstTime: Int64, lastTime: Int64) {
        if let last = series.last, last.id == id, groups.last?.isPacked == false {
            series[series.count - 1].groupCount += 1
            series[series.count - 1].rowCount += rowCount
            series[series.count - 1].lastTime = lastTime
        } else {
            series.append(
                Series(
                    id: id,
                    name: name,
                    firstGroup: groups.count,
                    groupCount: 1,
                    firstRow: 0,
                    rowCount: rowCount,
                    firstTime: firstTime,
                    lastTime: lastTime
                )
            )
        }
        groups.append(
            Group(series: id, rowCount: rowCount, firstTime: firstTime, lastTime: lastTime, isPacked: false)
        )
    }

    /// Notes a row group of several series, none of which has another.
    mutating func addPacked(_ members: [PackedMember], times: Buffer<Int64>) {
        var row = 0
        var bounds = (first: Int64.max, last: Int64.min)
        for member in members {
            precondition(member.rowCount > 0, "BUG: a series without rows in a packed row group")
            let first = times[row]
            let last = times[row + member.rowCount - 1]
            series.append(
                Series(
                    id: member.series,
                    name: member.name,
                    firstGroup: groups.count,
                    groupCount: 1,
                    firstRow: row,
                    rowCount: member.rowCount,
                    firstTime: first,
                    lastTime: last
                )
            )
            bounds = (min(bounds.first, first), max(bounds.last, last))
            row += member.rowCount
        }
        groups.append(
            Group(
                series: SegmentFormat.none,
                rowCount: row,
                firstTime: bounds.first,
                lastTime: bounds.last,
                isPacked: true
            )
        )
    }

    /// Schema, dictionaries, series, row groups, chunks, names: in the order of the format.
    mutating func put(schema: TableSchema, dictionaries: [Dictionary], to writer: inout ByteWriter) {
        series.sort { $0.id < $1.id }
        let start = writer.count
        writer.put(UInt32(0))
        SchemaCoding.put(schema, to: &writer)
        writer.patch(UInt32(writer.count - start - 4), at: start)
        writer.pad()
        for dictionary in dictionaries {
            writer.put(dictionary.offset)
            writer.put(dictionary.byteCount)
            writer.put(dictionary.checksum)
            writer.put(dictionary.textCount)
            writer.put(UInt32(0))
        }
        var names = ByteWriter()
        for (index, entry) in series.enumerated() {
            precondition(index == 0 || series[index - 1].id < entry.id, "BUG: a series' row groups lie apart")
            let nameOffset = names.count
            names.put(Buffer(Array(entry.name.utf8)))
            writer.put(entry.id)
            writer.put(UInt32(entry.firstGroup))
            writer.put(UInt32(entry.groupCount))
            writer.put(UInt32(names.count - nameOffset))
            writer.put(UInt64(nameOffset))
            writer.put(UInt32(entry.rowCount))
            writer.put(UInt32(entry.firstRow))
            writer.put(entry.firstTime)
            writer.put(entry.lastTime)
        }
        for group in groups {
            writer.put(group.series)
            writer.put(UInt32(group.rowCount))
            writer.put(group.firstTime)
            writer.put(group.lastTime)
            writer.put(group.isPacked ? SegmentFormat.packedFlag : 0)
            writer.put(UInt32(0))
        }
        for chunk in chunks { chunk.put(to: &writer) }
        writer.put(names.bytes)
        writer.pad()
    }
}
