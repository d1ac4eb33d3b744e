import Columnar

/// Keeps the last written of rows that agree in time and dedup key; a slot of a regular table has no other key.
struct DuplicateResolution {
    let runs: [SeriesRun]
    /// The columns of the key beside time and series.
    let columns: [Int]

    /// Of rows in the order of time, then arrival. Rows of different keys at one time keep their order.
    func lastOfEach(_ rows: [MergedRows.Reference]) throws(TableError) -> [MergedRows.Reference] {
        var keys = KeyReader(runs: runs, columns: columns)
        var kept: [MergedRows.Reference] = []
        kept.reserveCapacity(rows.count)
        var start = 0
        while start < rows.count {
            var end = start + 1
            while end < rows.count, rows[end].time == rows[start].time { end += 1 }
            if end - start == 1 || columns.isEmpty {
                kept.append(rows[end - 1])
            } else {
                kept += try Self.lastOfEachKey(rows[start..<end], &keys)
            }
            start = end
        }
        return kept
    }

    private static func lastOfEachKey(
        _ rows: ArraySlice<MergedRows.Reference>,
        _ keys: inout KeyReader
    ) throws(TableError) -> [MergedRows.Reference] {
        var seen: Set<[Scalar]> = []
        var kept: [MergedRows.Reference] = []
        for row in rows.reversed() where seen.insert(try keys.key(of: row)).inserted { kept.append(row) }
        return kept.reversed()
    }

    /// Reads dedup keys; decodes a column of a run when it is first needed.
    private struct KeyReader {
        let runs: [SeriesRun]
        let columns: [Int]
        private var vectors: [UInt32: [Vector]] = [:]

        init(runs: [SeriesRun], columns: [Int]) {
            self.runs = runs
            self.columns = columns
        }

        mutating func key(of row: MergedRows.Reference) throws(TableError) -> [Scalar] {
            if vectors[row.run] == nil {
                var decoded: [Vector] = []
                for column in columns { decoded.append(try runs[Int(row.run)].source.vector(column: column)) }
                vectors[row.run] = decoded
            }
            return (vectors[row.run] ?? []).map { Self.comparable($0.scalar(at: Int(row.row))) }
        }

        /// A key compares NaN as equal to itself, and both zeros as one.
        private static func comparable(_ value: Scalar) -> Scalar {
            guard case .float64(let number) = value else { return value }
            if number.isNaN { return .text("NaN") }
            return number == 0 ? .float64(0) : value
        }
    }
}
