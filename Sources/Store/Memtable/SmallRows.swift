import Columnar

/// The rows of one small series that a snapshot sees, out of its table's arena, by time, then arrival.
///
/// Brings together the rows of this series alone: what it costs does not depend on what else lies in the chunks.
final class SmallRows: RowSource {
    /// The rows' times, ascending.
    let times: Buffer<Int64>
    /// Whether rows of equal time are among them that may replace each other.
    let hasDuplicates: Bool

    private let found: [FoundRow]
    private let chunks: [ArenaChunk]
    private let table: MemtableTable
    private let context: SeriesContext

    var rowCount: Int { found.count }

    /// Nil if the snapshot sees none.
    init?(_ last: ArenaRow, upTo lsn: LSN, table: MemtableTable, context: SeriesContext) {
        let chunks = table.arena.chunks
        var found: [FoundRow] = []
        table.arena.visit(from: last, in: chunks, upTo: lsn, timeColumn: table.entry.schema.timeColumn) { time, row in
            if found.isEmpty { found.reserveCapacity(16) }
            found.append(FoundRow(time: time, row: row))
            return true
        }
        guard !found.isEmpty else { return nil }
        found.reverse()
        Self.sortByTime(&found)
        var times = BufferBuilder<Int64>(capacity: found.count)
        var hasDuplicates = false
        for (index, row) in found.enumerated() {
            if index > 0, found[index - 1].time == row.time { hasDuplicates = table.resolvesDuplicates }
            times.append(row.time)
        }
        self.times = times.take()
        self.found = found
        self.hasDuplicates = hasDuplicates
        self.chunks = chunks
        self.table = table
        self.context = context
    }

    private struct FoundRow {
        let time: Int64
        let row: ArenaRow
    }

    /// By insertion, which keeps the order of arrival among equal times: few rows, and mostly in order.
    private static func sortByTime(_ rows: inout [FoundRow]) {
        for index in rows.indices.dropFirst() {
            let row = rows[index]
            var place = index
            while place > 0, rows[place - 1].time > row.time {
                rows[place] = rows[place - 1]
                place -= 1
            }
            rows[place] = row
        }
    }

    func statistics(column: Int) -> ColumnStatistics? { nil }

    func vector(column: Int) throws(TableError) -> Vector {
        let schema = context.schema
        let type = schema.columns[column].type
        if column == schema.timeColumn { return Vector(type: type, form: .int64(times)) }
        if column == schema.seriesColumn {
            return Vector(type: type, form: .constant(.text(context.name), count: rowCount))
        }
        guard column < table.symbols.count else {
            return Vector(type: type, form: .constant(.null, count: rowCount))
        }
        var parts: [Vector] = []
        var start = 0
        while start < found.count {
            let kind = kind(of: column, at: start)
            var end = start + 1
            while end < found.count, self.kind(of: column, at: end) == kind { end += 1 }
            parts.append(gather(found[start..<end], column, kind, type))
            start = end
        }
        return VectorConcatenation.concatenate(parts, type: type)
    }

    private func kind(of column: Int, at index: Int) -> ColumnLayout.Kind {
        chunks[found[index].row.chunk].rows.layouts[column].kind
    }

    /// The values of rows that lie in chunks of the same kind.
    private func gather(
        _ rows: ArraySlice<FoundRow>,
        _ column: Int,
        _ kind: ColumnLayout.Kind,
        _ type: ColumnType
    ) -> Vector {
        let form: Vector.Form
        switch kind {
        case .none: return Vector(type: type, form: .constant(.null, count: rows.count))
        case .boolean: form = .boolean(pick(rows, column))
        case .int64: form = .int64(pick(rows, column))
        case .float64: form = .float64(pick(rows, column))
        case .scaledInteger(let scale): form = .scaledInteger(pick(rows, column), scale: scale)
        case .code: form = .dictionary(pick(rows, column), table.symbols[column]?.stable ?? StringDictionary([]))
        case .text: form = text(rows, column)
        }
        return Vector(type: type, form: form, validity: validity(rows, column))
    }

    private func pick<Element>(_ rows: ArraySlice<FoundRow>, _ column: Int) -> Buffer<Element> {
        let memory = OwnedMemory<Element>(capacity: rows.count)
        var target = memory.base
        for found in rows {
            target.initialize(to: chunks[found.row.chunk].rows.values(column, Element.self)[found.row.row])
            target += 1
        }
        return Buffer(base: memory.base, count: rows.count, owner: memory)
    }

    private func text(_ rows: ArraySlice<FoundRow>, _ column: Int) -> Vector.Form {
        var offsets = BufferBuilder<UInt32>(capacity: rows.count + 1)
        var bytes = BufferBuilder<UInt8>(capacity: rows.count * 16)
        offsets.append(0)
        for found in rows {
            let chunk = chunks[found.row.chunk].rows
            let ends = chunk.values(column, UInt32.self) + found.row.row
            if let arena = chunk.texts[column] {
                bytes.append(
                    contentsOf: UnsafeBufferPointer(start: arena.base + Int(ends[0]), count: Int(ends[1] - ends[0]))
                )
            }
            offsets.append(UInt32(truncatingIfNeeded: bytes.count))
        }
        return .text(offsets: offsets.take(), bytes: bytes.take())
    }

    /// Nil if every row has a value.
    private func validity(_ rows: ArraySlice<FoundRow>, _ column: Int) -> Validity? {
        guard rows.contains(where: { chunks[$0.row.chunk].rows.layouts[column].isNullable }) else { return nil }
        var nulls = BufferBuilder<UInt8>(capacity: rows.count)
        for found in rows {
            let chunk = chunks[found.row.chunk].rows
            nulls.append(chunk.layouts[column].isNullable ? chunk.nulls(column)[found.row.row] : 0)
        }
        return nulls.take().withUnsafeBufferPointer { ValidityBits.fromNullBytes($0) }
    }
}

extension MemtableTable {
    /// The rows of a series that lie in the arena and came with batches up to `lsn`; nil if there are none. They arrived
    /// before those in the series' own chunks.
    func smallRows(of series: MemtableSeries, _ context: SeriesContext, upTo lsn: LSN) -> SmallRows? {
        let last = series.lastSmallRow
        return last == .none ? nil : SmallRows(last, upTo: lsn, table: self, context: context)
    }

    /// Whether there is such a row in a time range. Brings nothing together.
    func hasSmallRows(of series: MemtableSeries, in time: TimeRange, upTo lsn: LSN) -> Bool {
        let last = series.lastSmallRow
        guard last != .none else { return false }
        var isFound = false
        arena.visit(from: last, in: arena.chunks, upTo: lsn, timeColumn: entry.schema.timeColumn) { rowTime, _ in
            isFound = time.contains(rowTime)
            return !isFound
        }
        return isFound
    }
}
