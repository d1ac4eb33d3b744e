import Columnar

/// A dataset that a client sent, checked as far as that can be done without knowing the buckets.
struct DatasetRows {
    /// A column besides `Epoch`.
    private struct Column {
        var name: String
        var type: WireType
        var place: Int
    }

    /// Seconds that may be added to nanoseconds without leaving Int64.
    private static let secondsMax = Int64.max / CivilTime.second - 4

    let rowCount: Int
    private let dataset: Dataset
    private let epoch: Int
    private let columns: [Column]
    /// The place of `Nanoseconds` in `columns`.
    private let nanoseconds: Int?

    init(_ dataset: Dataset) throws(DataServiceError) {
        var columns: [Column] = []
        var names: Set<String> = []
        var epoch: Int?
        guard dataset.rowCount >= 0 else { throw DataServiceError("the length of a dataset is negative") }
        for (place, column) in dataset.columns.enumerated() {
            guard let type = WireType(wire: column.type) else {
                throw DataServiceError(
                    "unsupported type string \(column.type) of column '\(column.name)'; \(WireType.choice)"
                )
            }
            guard names.insert(column.name).inserted else {
                throw DataServiceError("the dataset has two columns '\(column.name)'")
            }
            let (expected, overflow) = dataset.rowCount.multipliedReportingOverflow(by: type.size)
            guard !overflow, column.bytes.count == expected else {
                throw DataServiceError(
                    "column '\(column.name)' has \(column.bytes.count) bytes; \(dataset.rowCount) rows of type "
                        + "\(type.rawValue) have \(type.size) bytes each"
                )
            }
            if column.name == "Epoch" {
                guard type == .epoch else { throw DataServiceError("unexpected data type for Epoch column") }
                epoch = place
            } else {
                guard column.name != "Nanoseconds" || type == .nanoseconds else {
                    throw DataServiceError("unexpected data type for Nanoseconds column")
                }
                columns.append(Column(name: column.name, type: type, place: place))
            }
        }
        guard let epoch else { throw DataServiceError("the dataset has no column 'Epoch' of type i8") }
        self.dataset = dataset
        self.epoch = epoch
        self.columns = columns
        rowCount = dataset.rowCount
        nanoseconds = columns.firstIndex { $0.name == "Nanoseconds" }
    }

    /// The rows of each bucket, which must lie in the dataset; together they must be all that it has.
    func checkSpans() throws(DataServiceError) {
        for span in dataset.spans {
            guard span.start >= 0, span.count >= 0, span.start <= rowCount, span.count <= rowCount - span.start else {
                throw DataServiceError(
                    "startindex and lengths give \"\(span.key)\" \(span.count) rows from row \(span.start); there are "
                        + "\(rowCount) rows"
                )
            }
        }
        let covered = coveredCount
        guard covered == rowCount else {
            throw DataServiceError(
                "row \(covered) of the dataset is of no bucket: startindex and lengths must give each of its "
                    + "\(rowCount) rows to one"
            )
        }
    }

    /// Rows from the first one on that are some bucket's. What is of none would be lost without a word.
    private var coveredCount: Int {
        var end = 0
        // Clients send spans in the order of their rows, one after the other.
        for span in dataset.spans {
            guard span.start <= end else { return Self.covered(by: dataset.spans) }
            end = max(end, span.start + span.count)
        }
        return end
    }

    private static func covered(by spans: [Dataset.Span]) -> Int {
        var end = 0
        for span in spans.sorted(by: { $0.start < $1.start }) where span.count > 0 {
            guard span.start <= end else { break }
            end = max(end, span.start + span.count)
        }
        return end
    }

    // MARK: Columns

    /// The columns that a bucket gets that is made for these rows.
    func newColumns(isVariable: Bool) -> [Bucket.Column] {
        columns.filter { !isVariable || $0.name != "Nanoseconds" }
            .map { Bucket.Column(name: $0.name, type: $0.type) }
    }

    /// For each column of a bucket the place of the column with its name.
    ///
    /// - Parameter isVariable: whether the write says that its rows are a variable bucket's: then its `Nanoseconds` are no
    ///   column of a fixed one.
    private func places(in bucket: Bucket, isVariable: Bool) throws(DataServiceError) -> [Column] {
        let isOwn = bucket.columns.contains { $0.name == "Nanoseconds" }
        let isTime = bucket.isVariable || isVariable && !isOwn
        let given = columns.filter { !isTime || $0.name != "Nanoseconds" }
        var found: [Column] = []
        for column in bucket.columns {
            guard let match = given.first(where: { $0.name == column.name }) else { throw mismatch(bucket) }
            guard (match.type == .string16) == (column.type == .string16) else {
                throw DataServiceError(
                    "column '\(column.name)' of \"\(bucket.key)\" is \(column.type.rawValue); text and numbers do not "
                        + "become each other (\(match.type.rawValue) was sent)"
                )
            }
            found.append(match)
        }
        guard given.count == bucket.columns.count else { throw mismatch(bucket) }
        return found
    }

    private func mismatch(_ bucket: Bucket) -> DataServiceError {
        func list(_ columns: [(String, WireType)]) -> String {
            columns.map { "{\($0.0) \($0.1.label)}" }.joined(separator: " ")
        }
        var sent = columns.map { ($0.name, $0.type) }
        sent.insert(("Epoch", .epoch), at: min(epoch, sent.count))
        let own = [("Epoch", WireType.epoch)] + bucket.columns.map { ($0.name, $0.type) }
        let which = dataset.spans.count > 1 ? " of \"\(bucket.key)\"" : ""
        return DataServiceError(
            "unable to match data columns ([\(list(sent))]) to bucket columns ([\(list(own))])\(which)"
        )
    }

    // MARK: Vectors

    /// All rows as the vectors of a bucket's table: time, nothing for the series, and the bucket's columns.
    func vectors(for bucket: Bucket, isVariable: Bool) throws(DataServiceError) -> [Vector?] {
        let places = try places(in: bucket, isVariable: isVariable)
        var vectors: [Vector?] = [try times(for: bucket), nil]
        for (column, place) in zip(bucket.columns, places) {
            do throws(WireDecoding.Misfit) {
                let bytes = dataset.columns[place.place].bytes
                vectors.append(
                    try WireDecoding.vector(bytes, from: place.type, to: column.type, rows: rowCount)
                )
            } catch {
                throw DataServiceError(
                    "column '\(column.name)' of \"\(bucket.key)\" is \(column.type.rawValue), which cannot hold "
                        + "\(error.value) of row \(error.row)"
                )
            }
        }
        return vectors
    }

    private func times(for bucket: Bucket) throws(DataServiceError) -> Vector {
        var nanoseconds: [UInt8]?
        if bucket.isVariable, let place = self.nanoseconds {
            nanoseconds = dataset.columns[columns[place].place].bytes
        }
        let times = try Self.times(dataset.columns[epoch].bytes, nanoseconds, rows: rowCount)
        guard !bucket.isVariable, let timeframe = Timeframe(bucket.key.timeframe),
            let zone = ZoneRules(named: bucket.zone), timeframe.fixedNanoseconds(in: zone) == nil
        else { return Vector(type: .timestamp, form: .int64(times)) }
        // Tables whose slots have one length floor by themselves.
        return .timestamps(times.array.map { timeframe.floor($0, in: zone) })
    }

    private static func times(
        _ epochs: [UInt8],
        _ nanoseconds: [UInt8]?,
        rows: Int
    ) throws(DataServiceError) -> Buffer<Int64> {
        var builder = BufferBuilder<Int64>(capacity: rows)
        let isInside = epochs.withUnsafeBytes { epochs in
            var isInside = true
            builder.append(count: rows) { target in
                for row in 0..<rows {
                    let epoch = Int64(littleEndian: epochs.loadUnaligned(fromByteOffset: row &* 8, as: Int64.self))
                    isInside = isInside && epoch >= -secondsMax && epoch <= secondsMax
                    (target + row).initialize(to: epoch &* CivilTime.second)
                }
            }
            return isInside
        }
        guard isInside else {
            throw DataServiceError(
                "a value of Epoch is outside of the years 1677 to 2262; Epoch is in seconds since 1970-01-01 in UTC"
            )
        }
        let times = builder.take()
        guard let nanoseconds else { return times }
        nanoseconds.withUnsafeBytes { nanoseconds in
            times.withUnsafeBufferPointer { times in
                builder.append(count: rows) { target in
                    for row in 0..<rows {
                        let part = nanoseconds.loadUnaligned(fromByteOffset: row &* 4, as: Int32.self)
                        (target + row).initialize(to: times[row] &+ Int64(Int32(littleEndian: part)))
                    }
                }
            }
        }
        return builder.take()
    }
}
