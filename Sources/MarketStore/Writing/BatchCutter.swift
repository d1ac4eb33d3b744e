import Columnar

/// Puts groups of rows into as few batches as the store's bound on a batch allows.
struct BatchCutter {
    /// About what a group and a column of it take beside their values, as the store counts.
    private static let groupBytes = 352
    private static let columnBytes = 32

    private var batches: [AppendBatch] = []
    private var batch: AppendBatch
    private var bytes: Int
    private let stream = AppendStream()

    /// - Parameter first: groups that come before all others, in the first batch.
    init(first: [AppendGroup]) {
        batch = AppendBatch(groups: first)
        bytes = first.count * 1_024
    }

    /// Adds rows of a bucket.
    mutating func add(_ bucket: Bucket, _ vectors: [Vector?], _ rows: Range<Int>) {
        let slices = vectors.map { vector in
            vector.map { $0.count == rows.count ? $0 : $0.slice(rows) }
        }
        let size = slices.reduce(Self.groupBytes) { $0 + Self.columnBytes + ($1.map(Self.byteCount) ?? 0) }
        if size > BucketWriter.batchBytesMax, rows.count > 1 {
            let middle = rows.lowerBound + rows.count / 2
            add(bucket, vectors, rows.lowerBound..<middle)
            add(bucket, vectors, middle..<rows.upperBound)
            return
        }
        if bytes + size > BucketWriter.batchBytesMax { cut() }
        bytes += size
        batch.groups.append(
            AppendGroup(table: bucket.table, series: bucket.key.symbol, columns: slices, rowCount: rows.count)
        )
    }

    /// The batches. If there are several, none is kept after one that was not.
    mutating func finish() -> [AppendBatch] {
        if !batch.groups.isEmpty { cut() }
        guard batches.count > 1 else { return batches }
        for index in batches.indices { batches[index].stream = stream }
        return batches
    }

    private mutating func cut() {
        if !batch.groups.isEmpty { batches.append(batch) }
        batch = AppendBatch()
        bytes = 0
    }

    private static func byteCount(_ vector: Vector) -> Int {
        guard case .text(let offsets, _) = vector.form else { return vector.count * 8 }
        return offsets.count * 4 + Int(offsets[offsets.count - 1] - offsets[0])
    }
}
