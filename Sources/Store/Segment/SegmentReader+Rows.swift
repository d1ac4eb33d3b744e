import Columnar

/// Reading single rows: what it costs depends on the rows, not on the row group, as far as the encodings allow.
extension SegmentReader {
    /// The values of a column in some rows of a row group.
    ///
    /// The chunk's checksum is verified the first time that some of its rows are read since the file was opened; on every
    /// read, if files are not mapped, since the bytes are then read anew.
    func vector(
        group: Int,
        column: Int,
        type: ColumnType,
        series: String,
        rows: Range<Int>
    ) throws(TableError) -> Vector {
        let rowCount = try self.group(group).rowCount
        precondition(!rows.isEmpty && rows.upperBound <= rowCount, "BUG: rows outside of a row group")
        guard column < columnCount else { return Vector(type: type, form: .constant(.null, count: rows.count)) }
        guard index.chunkNumber(group: group, column: column) != nil else {
            return Vector(type: type, form: .constant(.text(series), count: rows.count))
        }
        guard let entry = try chunkEntry(group: group, column: column), RowDecoder.suits(rows, of: rowCount) else {
            return try vector(group: group, column: column, type: type, series: series).slice(rows)
        }
        let dictionary = entry.kind == .code ? try dictionary(column: column) : Self.noTexts
        if let value = entry.end(rows, of: rowCount, type: type, dictionary) {
            return Vector(type: type, form: .constant(value, count: 1))
        }
        let part = try checkedPart(entry, group: group, column: column)
        return try located(part.offset) { () throws(MalformedBytes) in
            var bytes = part.reader
            let decoder = RowDecoder(entry: entry, type: type, rowCount: rowCount, rows: rows)
            return try decoder.decode(from: &bytes, dictionary)
        }
    }

    /// The rows of a row group of one series that are in a time range, without decoding all times; nil where that cannot be
    /// told, in files of version 1.
    func rows(of number: Int, in time: TimeRange, timeColumn: Int) throws(TableError) -> GroupRows? {
        let group = try group(number)
        guard !group.isPacked, timeColumn < columnCount,
            let entry = try chunkEntry(group: number, column: timeColumn), entry.kind == .int64,
            !entry.facts.contains(.validity)
        else { return nil }
        var found = GroupRows(rows: 0..<group.rowCount, firstTime: group.firstTime, lastTime: group.lastTime)
        let isCutBefore = time.start > group.firstTime
        let isCutAfter = time.end != .max && time.end <= group.lastTime
        guard isCutBefore || isCutAfter else { return found }
        let part = try checkedPart(entry, group: number, column: timeColumn)
        func place(_ time: Int64) throws(TableError) -> IntegerStream.Place {
            try located(part.offset) { () throws(MalformedBytes) in
                var bytes = part.reader
                return try IntegerStream(from: &bytes).place(of: time, count: group.rowCount, from: &bytes)
            }
        }
        var (lower, upper) = (0, group.rowCount)
        if isCutBefore {
            let first = try place(time.start)
            (lower, found.firstTime) = (first.row, first.at)
        }
        if isCutAfter {
            let end = try place(time.end)
            (upper, found.lastTime) = (end.row, end.before)
        }
        found.rows = lower..<max(lower, upper)
        return found
    }
}

/// Rows of a row group, and the times of the first and the last; those mean nothing if there are no rows.
struct GroupRows {
    var rows: Range<Int>
    var firstTime: Int64
    var lastTime: Int64
}

extension ChunkEntry {
    /// The value of the one row that is asked for, if it is the first or the last one and the metadata has it.
    fileprivate func end(
        _ rows: Range<Int>,
        of rowCount: Int,
        type: ColumnType,
        _ dictionary: StringDictionary
    ) -> Scalar? {
        guard rows.count == 1, facts.contains(.ends) else { return nil }
        // Of a chunk that does not go with the column's type the decoder tells.
        switch (kind, type) {
        case (.boolean, .boolean), (.int64, .int64), (.int64, .timestamp), (.float64, .float64),
            (.scaledInteger, .float64), (.code, .symbol):
            break
        default: return nil
        }
        func value(_ isThere: Facts, _ bits: UInt64) -> Scalar? {
            guard facts.contains(isThere) else { return .null }
            return scalar(bits, type: type) { code in
                code < dictionary.values.count ? dictionary.values[Int(code)] : nil
            }
        }
        if rows.upperBound == rowCount { return value(.last, last) }
        return rows.lowerBound == 0 ? value(.first, first) : nil
    }
}
