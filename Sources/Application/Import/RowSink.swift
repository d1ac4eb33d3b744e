import Columnar
import MarketStore

/// What became of the rows of one bucket.
struct RowCounts: Equatable {
    /// Rows that were read.
    var read = 0
    /// Rows that were written now.
    var written = 0
    /// Rows that were there already, from a run before or another writer.
    var unchanged = 0

    static func + (left: RowCounts, right: RowCounts) -> RowCounts {
        RowCounts(
            read: left.read + right.read,
            written: left.written + right.written,
            unchanged: left.unchanged + right.unchanged
        )
    }
}

/// Writes rows to buckets so that doing it again changes nothing.
///
/// Where a bucket has rows of a batch's time already, they are read first, and only what is missing is written: rows of a
/// variable bucket as often as they are in the source, whatever an earlier run, whole or cut short, brought.
///
/// Writes of several buckets wait for each other until they are worth a sync.
final class RowSink {
    /// Rows of one write: a sync costs as much as some thousand of them.
    static let writeRows = 32_768
    /// Bytes of the rows of one write, far below what a gateway takes in a request.
    static let writeBytes = 16 << 20
    /// As many rows of so many bytes as are written together.
    static func rowsAtATime(rowBytes: Int) -> Int { max(1, min(writeRows, writeBytes / max(1, rowBytes))) }

    /// Writes that may wait for more.
    private static let writesMax = 256

    private let service: any DataService
    private let failed: (String, String) -> Void
    private var waiting: [(key: BucketKey, write: DataWrite)] = []
    private var waitingRows = 0
    /// Buckets that were not there before this run.
    private var made: Set<BucketKey> = []
    /// Whether nobody else has rows in the times of the file that is read.
    private var isEmpty = false
    /// What became of the rows, by bucket.
    private(set) var counts: [BucketKey: RowCounts] = [:]
    /// Rows by bucket and time that must be there at the end.
    private(set) var expected: [BucketKey: [(times: ClosedRange<Int64>, rows: Int)]] = [:]

    /// A sink that tells `failed` of a bucket's key and why rows of it were not written.
    init(_ service: any DataService, failed: @escaping (String, String) -> Void) {
        self.service = service
        self.failed = failed
    }

    /// Makes sure that rows of a file fit their bucket; throws why they do not.
    ///
    /// - Parameter span: the times that the rows may have.
    func begin(
        _ key: BucketKey,
        columns: [Bucket.Column],
        isVariable: Bool,
        span: (start: Int64, end: Int64)
    ) throws(DataServiceError) {
        guard let bucket = service.directory.bucket(key) else {
            made.insert(key)
            isEmpty = true
            return
        }
        guard bucket.columns == columns, bucket.isVariable == isVariable else {
            throw DataServiceError(
                "the bucket is there with \(Self.text(bucket.columns, bucket.isVariable)), and the file has "
                    + "\(Self.text(columns, isVariable)); destroy it first, or leave this file out"
            )
        }
        let times = span.start...max(span.start, span.end - 1)
        isEmpty = made.contains(key)
        if !isEmpty { isEmpty = try stored(key, times, limit: 1) == 0 }
    }

    /// Takes rows of one bucket: all that its source has of their slots.
    func add(_ key: BucketKey, _ rows: BucketRows) throws(DataServiceError) {
        guard let first = rows.times.min(), let last = rows.times.max() else { return }
        counts[key, default: RowCounts()].read += rows.count
        expected[key, default: []].append((first...last, rows.count))
        let missing = isEmpty ? rows : try missing(of: rows, in: key, first...last)
        counts[key, default: RowCounts()].unchanged += rows.count - missing.count
        let most = Self.rowsAtATime(rowBytes: missing.rowBytes)
        var start = 0
        while start < missing.count {
            let end = min(missing.count, start + most)
            queue(key, start == 0 && end == missing.count ? missing : missing.rows(start..<end))
            start = end
            if waitingRows >= most || waiting.count >= Self.writesMax { flush() }
        }
    }

    private func queue(_ key: BucketKey, _ rows: BucketRows) {
        let write = DataWrite(dataset: rows.dataset(key: key.description), isVariable: rows.isVariable)
        waiting.append((key, write))
        waitingRows += rows.count
    }

    /// Writes what waits; it is durable then.
    func flush() {
        guard !waiting.isEmpty else { return }
        let results = service.write(waiting.map(\.write))
        for (index, (key, write)) in waiting.enumerated() {
            if index < results.count, let error = results[index] {
                failed(key.description, error.message)
            } else {
                counts[key, default: RowCounts()].written += write.dataset.rowCount
            }
        }
        waiting.removeAll(keepingCapacity: true)
        waitingRows = 0
    }

    /// Makes a bucket that has no rows; says why it could not.
    func create(_ key: BucketKey, columns: [Bucket.Column], isVariable: Bool) -> DataServiceError? {
        guard service.directory.bucket(key) == nil else { return nil }
        let creation = BucketCreation(
            key: key.description + BucketKey.category,
            names: columns.map(\.name),
            types: columns.map(\.type.rawValue),
            isVariable: isVariable
        )
        return service.create([creation]).first.flatMap { $0 }
    }

    // MARK: What is there

    /// Number of stored rows in a range of times.
    func stored(_ key: BucketKey, _ times: ClosedRange<Int64>, limit: Int64? = nil) throws(DataServiceError) -> Int {
        // A query of a bucket that is not there would be answered by bars of a shorter timeframe.
        guard service.directory.bucket(key) != nil else { return 0 }
        var query = Self.query(key, times)
        query.columns = ["Epoch"]
        query.limit = limit
        return try answers(query).reduce(0) { $0 + $1.rowCount }
    }

    private func answers(_ query: DataQuery) throws(DataServiceError) -> [Dataset] {
        do throws(DataServiceError) {
            return try service.query([query])
        } catch {
            // A bucket without rows has none in the range.
            if error.message.contains("no files returned") { return [] }
            throw error
        }
    }

    private static func query(_ key: BucketKey, _ times: ClosedRange<Int64>) -> DataQuery {
        var query = DataQuery()
        query.destination = key.description
        func parts(_ time: Int64) -> (second: Int64, rest: Int64) {
            let second = floorDivide(time, CivilTime.second)
            return (second, time &- second &* CivilTime.second)
        }
        let (start, end) = (parts(times.lowerBound), parts(times.upperBound))
        query.epochStart = start.second
        query.epochStartNanos = start.rest
        query.epochEnd = end.second
        query.epochEndNanos = end.rest
        return query
    }

    /// The rows that are not stored as often as they are in `rows`.
    private func missing(
        of rows: BucketRows,
        in key: BucketKey,
        _ times: ClosedRange<Int64>
    ) throws(DataServiceError) -> BucketRows {
        var left: [Row: Int] = [:]
        for dataset in try answers(Self.query(key, times)) where dataset.rowCount > 0 {
            guard let stored = BucketRows(dataset, columns: rows.columns, isVariable: rows.isVariable) else {
                throw DataServiceError("the rows that are there have other columns than the file")
            }
            for row in 0..<stored.count { left[Row(stored, row), default: 0] += 1 }
        }
        guard !left.isEmpty else { return rows }
        var missing = BucketRows(columns: rows.columns, isVariable: rows.isVariable)
        for row in 0..<rows.count {
            if let count = left[Row(rows, row)], count > 0 {
                left[Row(rows, row)] = count - 1
            } else {
                missing.append(row, of: rows)
            }
        }
        return missing
    }

    private struct Row: Hashable {
        let time: Int64
        let bytes: ArraySlice<UInt8>

        init(_ rows: BucketRows, _ row: Int) {
            time = rows.times[row]
            bytes = rows.row(row)
        }
    }

    private static func text(_ columns: [Bucket.Column], _ isVariable: Bool) -> String {
        let list = columns.map { "\($0.name) \($0.type.rawValue)" }.joined(separator: ", ")
        return "\(isVariable ? "variable" : "fixed") rows of (\(list))"
    }
}

extension BucketRows {
    /// Some of the rows.
    fileprivate func rows(_ range: Range<Int>) -> BucketRows {
        var part = BucketRows(columns: columns, isVariable: isVariable)
        for row in range { part.append(row, of: self) }
        return part
    }
}
