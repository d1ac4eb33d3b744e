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

    /// The rows of a dataset as the columns of a table.
    struct Columns {
        fileprivate let vectors: [Vector?]
        /// Bytes of a row's numbers.
        fileprivate let numberBytes: Int
        /// Where the texts of a row begin and end, of each column of texts.
        fileprivate let offsets: [Buffer<UInt32>]

        init(_ vectors: [Vector?]) {
            self.vectors = vectors
            var texts: [Buffer<UInt32>] = []
            var numbers = 0
            for case let vector? in vectors {
                if case .text(let offsets, _) = vector.form { texts.append(offsets) } else { numbers += 8 }
            }
            (offsets, numberBytes) = (texts, numbers)
        }
    }

    /// - Parameters:
    ///   - first: groups that come before all others, in the first batch.
    ///   - groupCount: how many groups may follow.
    init(first: [AppendGroup], groupCount: Int) {
        batch = AppendBatch(groups: first)
        batch.groups.reserveCapacity(first.count + groupCount)
        bytes = first.count * 1_024
    }

    /// Adds rows of a bucket.
    mutating func add(_ bucket: Bucket, _ columns: Columns, _ rows: Range<Int>) {
        let size = Self.byteCount(columns, rows)
        if size > BucketWriter.batchBytesMax, rows.count > 1 {
            let middle = rows.lowerBound + rows.count / 2
            add(bucket, columns, rows.lowerBound..<middle)
            add(bucket, columns, middle..<rows.upperBound)
            return
        }
        var slices: [Vector?] = []
        slices.reserveCapacity(columns.vectors.count)
        for vector in columns.vectors { slices.append(vector.map { $0.count == rows.count ? $0 : $0.slice(rows) }) }
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

    private static func byteCount(_ columns: Columns, _ rows: Range<Int>) -> Int {
        var bytes = groupBytes + columnBytes * columns.vectors.count + rows.count * columns.numberBytes
        for offsets in columns.offsets {
            bytes += (rows.count + 1) * 4 + Int(offsets[rows.upperBound] - offsets[rows.lowerBound])
        }
        return bytes
    }
}
