import Columnar

/// Which rows of which buckets are read as they are stored.
struct BucketRead {
    /// Buckets of one family with equal columns and kind, by series, none twice.
    var buckets: [Bucket]
    /// Times of the rows.
    var time: TimeRange
    /// Rows a bucket at most; nil for all.
    var limit: Int?
    /// Whether the limit counts from the start of the range, not from its end.
    var isLimitFromStart = false
    /// Places of the columns that are read, in the bucket's columns.
    var columns: [Int]
}

/// Reads rows of buckets straight from slices of the store to the bytes that clients get: no plan, no batch in between.
struct BucketReader {
    /// Bytes that an answer may have: what a message of MarketStore's gRPC clients may.
    static let answerBytesMax = 1 << 30

    let snapshot: any TableSnapshot

    /// The rows of each bucket, in the order of the buckets and of time; buckets without rows have an empty span.
    func read(_ read: BucketRead) throws(DataServiceError) -> Dataset {
        guard let first = read.buckets.first else { return Dataset() }
        do throws(TableError) {
            var found = [[BucketSlice]](repeating: [], count: read.buckets.count)
            if read.buckets.allSatisfy({ $0.table == first.table }) {
                try find(read, first.table, Array(read.buckets.indices), &found)
            } else {
                let tables = Dictionary(grouping: read.buckets.indices) { read.buckets[$0].table }
                for (table, members) in tables { try find(read, table, members, &found) }
            }
            var dataset = Dataset()
            dataset.spans.reserveCapacity(found.count)
            let family = "/\(first.key.timeframe)/\(first.key.attribute)\(BucketKey.category)"
            for (bucket, slices) in zip(read.buckets, found) {
                let count = slices.reduce(0) { $0 + $1.count }
                dataset.spans.append(
                    Dataset.Span(key: bucket.key.symbol + family, start: dataset.rowCount, count: count)
                )
                dataset.rowCount += count
            }
            let width = read.columns.reduce(12) { $0 + first.columns[$1].type.size }
            guard dataset.rowCount <= Self.answerBytesMax / width else {
                throw TableError(
                    .invalid,
                    "the answer would have \(dataset.rowCount) rows of \(width) bytes; ask for a shorter range, fewer "
                        + "symbols or columns, or set limit_record_count"
                )
            }
            dataset.columns = try columns(read, first, found, rowCount: dataset.rowCount)
            return dataset
        } catch {
            throw DataServiceError(error)
        }
    }

    /// The time of a bucket's last row; nil if it has none.
    func lastTime(_ bucket: Bucket) throws(TableError) -> Int64? {
        guard snapshot.catalog.schema(named: bucket.table) != nil else { return nil }
        let request = ScanRequest(
            table: bucket.table,
            series: .named([bucket.series]),
            columns: [0],
            isForward: false,
            rowsMax: 1
        )
        let scan = try snapshot.scan(request)
        guard !scan.series.isEmpty else { return nil }
        var cursor = try scan.open(series: 0)
        return try cursor.next()?.lastTime
    }

    // MARK: Slices

    /// Finds the slices of some buckets, all in one table. `members` ascend, as do the series that a scan finds.
    private func find(
        _ read: BucketRead,
        _ table: String,
        _ members: [Int],
        _ found: inout [[BucketSlice]]
    ) throws(TableError) {
        // A statement may have dropped it.
        guard snapshot.catalog.schema(named: table) != nil else { return }
        let isBackward = read.limit != nil && !read.isLimitFromStart
        let request = ScanRequest(
            table: table,
            series: .named(members.map { read.buckets[$0].series }),
            time: read.time,
            columns: [0] + read.columns.map { $0 + BucketTable.firstColumn },
            isForward: !isBackward,
            rowsMax: read.limit
        )
        let scan = try snapshot.scan(request)
        var next = 0
        for (index, series) in scan.series.enumerated() {
            while next < members.count, read.buckets[members[next]].series != series { next += 1 }
            guard next < members.count else { return }
            var cursor = try scan.open(series: index)
            found[members[next]] = try slices(&cursor, limit: read.limit, isBackward: isBackward)
            next += 1
        }
    }

    private func slices(
        _ cursor: inout any SliceCursor,
        limit: Int?,
        isBackward: Bool
    ) throws(TableError) -> [BucketSlice] {
        var slices: [BucketSlice] = []
        var left = limit ?? .max
        while left > 0, let slice = try cursor.next() {
            let count = min(slice.count, left)
            let rows = isBackward ? slice.count - count..<slice.count : 0..<count
            slices.append(BucketSlice(slice: slice, rows: rows))
            left -= count
        }
        if isBackward { slices.reverse() }
        return slices
    }

    // MARK: Columns

    private func columns(
        _ read: BucketRead,
        _ bucket: Bucket,
        _ found: [[BucketSlice]],
        rowCount: Int
    ) throws(TableError) -> [Dataset.Column] {
        let slices = found.flatMap { $0 }
        let (seconds, nanoseconds) = try times(slices, rowCount: rowCount, hasNanoseconds: bucket.isVariable)
        var columns = [Dataset.Column(name: "Epoch", type: WireType.epoch.rawValue, bytes: seconds)]
        for place in read.columns {
            let column = bucket.columns[place]
            let index = place + BucketTable.firstColumn
            let bytes = try Self.bytes(rowCount * column.type.size) { target throws(TableError) in
                var offset = 0
                for slice in slices {
                    WireEncoding.write(try slice.vector(column: index), as: column.type, to: target + offset)
                    offset += slice.count * column.type.size
                }
            }
            columns.append(Dataset.Column(name: column.name, type: column.type.rawValue, bytes: bytes))
        }
        if let nanoseconds {
            let type = WireType.nanoseconds.rawValue
            columns.append(Dataset.Column(name: "Nanoseconds", type: type, bytes: nanoseconds))
        }
        return columns
    }

    private func times(
        _ slices: [BucketSlice],
        rowCount: Int,
        hasNanoseconds: Bool
    ) throws(TableError) -> (seconds: [UInt8], nanoseconds: [UInt8]?) {
        var nanoseconds: [UInt8]? = hasNanoseconds ? [] : nil
        let seconds = try Self.bytes(rowCount * 8) { seconds throws(TableError) in
            func fill(_ parts: UnsafeMutableRawPointer?) throws(TableError) {
                var row = 0
                for slice in slices {
                    let times = try slice.vector(column: 0)
                    WireEncoding.write(
                        times: times,
                        seconds: seconds + row * 8,
                        nanoseconds: parts.map { $0 + row * 4 }
                    )
                    row += slice.count
                }
            }
            if hasNanoseconds {
                nanoseconds = try Self.bytes(rowCount * 4) { parts throws(TableError) in try fill(parts) }
            } else {
                try fill(nil)
            }
        }
        return (seconds, nanoseconds)
    }

    /// An array of which `fill` writes every byte.
    private static func bytes(
        _ count: Int,
        _ fill: (UnsafeMutableRawPointer) throws(TableError) -> Void
    ) throws(TableError) -> [UInt8] {
        var failure: TableError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            guard count > 0, let base = buffer.baseAddress else { return }
            do throws(TableError) {
                try fill(UnsafeMutableRawPointer(base))
                initialized = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}

/// Rows of a slice.
private struct BucketSlice {
    let slice: any SeriesSlice
    let rows: Range<Int>

    var count: Int { rows.count }

    func vector(column: Int) throws(TableError) -> Vector {
        try rows.count == slice.count ? slice.vector(column: column) : slice.vector(column: column, rows: rows)
    }
}
