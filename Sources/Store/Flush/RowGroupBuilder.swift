import Columnar

/// Joins the slices of series, one series after the other, into row groups of a segment.
///
/// A series of at least ``SegmentFormat/packedRowsMax`` rows gets groups of its own. Smaller ones are gathered and share
/// a packed group; one that stays alone there gets a group of its own too.
struct RowGroupBuilder {
    private let schema: TableSchema
    /// The series that is being added.
    private var current: SeriesContext?
    private var slices: [Part] = []
    private var rowCount = 0
    private var textBytes = 0
    /// Whether the current series has a row group already, so that it cannot be packed.
    private var isWritten = false
    private var packed: [Part] = []
    private var members: [PackedMember] = []
    private var packedRowCount = 0
    private var packedTextBytes = 0

    private struct Part {
        let slice: any SeriesSlice
        let rows: Range<Int>
    }

    /// A change between decimals and doubles ends a row group only if it has this many rows already; a smaller one
    /// takes both, as doubles.
    private static let mixedRowsMin = 256
    /// Text of a row group: far below the 4 GiB that its offsets reach, and what a reader gets at once.
    private static let textBytesMax = 16 << 20

    /// Builds groups of a table's rows.
    init(schema: TableSchema) { self.schema = schema }

    /// Adds the next rows of a series. All slices of a series come one after the other, in order.
    mutating func add(
        _ slice: any SeriesSlice,
        of context: SeriesContext,
        to writer: inout SegmentWriter
    ) throws(TableError) {
        if current?.id != context.id {
            try endSeries(to: &writer)
            current = context
        }
        if rowCount >= Self.mixedRowsMin, let last = slices.last, try !hasSameForms(last.slice, slice) {
            try flush(to: &writer)
        }
        textBytes += try textBytes(of: slice)
        var start = 0
        while start < slice.count {
            let end = min(slice.count, start + SegmentFormat.groupRowsMax - rowCount)
            slices.append(Part(slice: slice, rows: start..<end))
            rowCount += end - start
            start = end
            if rowCount == SegmentFormat.groupRowsMax || textBytes > Self.textBytesMax { try flush(to: &writer) }
        }
    }

    /// Writes all that is left.
    mutating func finish(to writer: inout SegmentWriter) throws(TableError) {
        try endSeries(to: &writer)
        try flushPacked(to: &writer)
    }

    /// Packs the current series if it is small, else writes the rest of it.
    private mutating func endSeries(to writer: inout SegmentWriter) throws(TableError) {
        guard let context = current else { return }
        if rowCount > 0, !isWritten, rowCount < SegmentFormat.packedRowsMax {
            let isFull =
                packedRowCount + rowCount > SegmentFormat.groupRowsMax
                || packedTextBytes + textBytes > Self.textBytesMax
            if isFull { try flushPacked(to: &writer) }
            packed += slices
            members.append(PackedMember(series: context.id, name: context.name, rowCount: rowCount))
            packedRowCount += rowCount
            packedTextBytes += textBytes
        } else {
            try flush(to: &writer)
        }
        (slices, rowCount, textBytes) = ([], 0, 0)
        current = nil
        isWritten = false
    }

    /// Writes what was added of the current series as one row group.
    private mutating func flush(to writer: inout SegmentWriter) throws(TableError) {
        guard rowCount > 0, let context = current else { return }
        let columns = try columns(of: slices)
        try writer.append(series: context.id, name: context.name, columns: columns, rowCount: rowCount)
        (slices, rowCount, textBytes) = ([], 0, 0)
        isWritten = true
    }

    private mutating func flushPacked(to writer: inout SegmentWriter) throws(TableError) {
        guard let first = members.first else { return }
        let columns = try columns(of: packed)
        if members.count == 1 {
            try writer.append(series: first.series, name: first.name, columns: columns, rowCount: first.rowCount)
        } else {
            try writer.appendPacked(members, columns: columns)
        }
        (packed, members, packedRowCount, packedTextBytes) = ([], [], 0, 0)
    }

    private func columns(of parts: [Part]) throws(TableError) -> [Vector?] {
        var columns: [Vector?] = []
        for (index, column) in schema.columns.enumerated() {
            guard index != schema.seriesColumn else {
                columns.append(nil)
                continue
            }
            var vectors: [Vector] = []
            vectors.reserveCapacity(parts.count)
            for part in parts {
                let vector = try part.slice.vector(column: index)
                vectors.append(part.rows.count == part.slice.count ? vector : vector.slice(part.rows))
            }
            columns.append(VectorConcatenation.concatenate(vectors, type: column.type))
        }
        return columns
    }

    private func textBytes(of slice: any SeriesSlice) throws(TableError) -> Int {
        var bytes = 0
        for (index, column) in schema.columns.enumerated() where column.type == .string {
            switch try slice.vector(column: index).form {
            case .text(let offsets, _): bytes += Int(offsets[offsets.count - 1] - offsets[0])
            case .constant(.text(let text), let count): bytes += text.utf8.count * count
            default: continue
            }
        }
        return bytes
    }

    /// Whether no column changes between decimals and doubles.
    private func hasSameForms(_ first: any SeriesSlice, _ second: any SeriesSlice) throws(TableError) -> Bool {
        for (index, column) in schema.columns.enumerated() where column.type == .float64 {
            switch (try first.vector(column: index).form, try second.vector(column: index).form) {
            case (.scaledInteger, .float64), (.float64, .scaledInteger): return false
            default: continue
            }
        }
        return true
    }
}
