import Columnar

extension MarketStoreService {
    /// See ``DataService/query(_:)``. All queries of a call see the same state.
    public func query(_ queries: [DataQuery]) throws(DataServiceError) -> [Dataset] {
        let reader = BucketReader(snapshot: store.snapshot())
        var answers: [Dataset] = []
        var byteCount = 0
        for query in queries {
            let rows: Dataset
            if let sql = query.sql {
                rows = try pipelines.run(sql: sql)
            } else {
                rows = try answer(query, reader)
            }
            // Each is bounded by itself, but a short call may ask many times for a long bucket.
            byteCount += rows.columns.reduce(0) { $0 + $1.bytes.count }
            guard byteCount <= answerBytesMax else {
                throw DataServiceError(
                    "the answers of the first \(answers.count + 1) of \(queries.count) queries have \(byteCount) bytes, and a "
                        + "call may have \(answerBytesMax); ask in several calls"
                )
            }
            answers.append(rows)
        }
        return answers
    }

    private func answer(_ query: DataQuery, _ reader: BucketReader) throws(DataServiceError) -> Dataset {
        let destination = try Destination(query.destination, category: query.keyCategory)
        let answering = destination.resolve(catalog, zone: zone)
        guard !answering.isEmpty else { throw DataServiceError("no files returned from query parse") }
        if let limit = query.limit, limit < 0 {
            throw DataServiceError("limit_record_count is \(limit); it must not be negative")
        }
        var parts: [Dataset] = []
        for group in answering { parts += try answer(query, group, reader) }
        return try Self.joined(parts, destination)
    }

    private func answer(
        _ query: DataQuery,
        _ answering: Answering,
        _ reader: BucketReader
    ) throws(DataServiceError) -> [Dataset] {
        let buckets = answering.buckets
        let columns = try Self.commonColumns(buckets, query.columns)
        guard query.functions.isEmpty, answering.coarser == nil else { return try run(query, answering) }
        let read = BucketRead(
            buckets: buckets,
            time: query.time,
            limit: query.limit.flatMap { $0 == 0 ? nil : Int(clamping: $0) },
            isLimitFromStart: query.isLimitFromStart,
            columns: columns
        )
        return [try reader.read(read)]
    }

    /// The places of the columns that are asked for, which all buckets must have alike.
    private static func commonColumns(_ buckets: [Bucket], _ names: [String]?) throws(DataServiceError) -> [Int] {
        guard let first = buckets.first else { return [] }
        let isAsked = names.map { names in
            let set = Set(names)
            return { @Sendable (column: Bucket.Column) in set.contains(column.name) }
        }
        let columns = first.columns.indices.filter { isAsked?(first.columns[$0]) ?? true }
        for bucket in buckets.dropFirst() {
            let isAlike = bucket.columns == first.columns && bucket.isVariable == first.isVariable
            guard
                isAlike
                    || isAsked != nil && bucket.isVariable == first.isVariable
                        && bucket.columns.filter({ isAsked?($0) ?? true }) == columns.map({ first.columns[$0] })
            else { throw heterogeneous(buckets.map(\.key.symbol)) }
        }
        return columns
    }

    private static func heterogeneous(_ symbols: [String]) -> DataServiceError {
        DataServiceError(
            "symbols in a query must have the same data type or be filtered by common columns. "
                + "symbols=[\(symbols.prefix(100).joined(separator: " "))]"
        )
    }

    /// Answers of buckets of several timeframes as one.
    private static func joined(_ parts: [Dataset], _ destination: Destination) throws(DataServiceError) -> Dataset {
        guard parts.count > 1, var whole = parts.first else { return parts.first ?? Dataset() }
        for part in parts.dropFirst() {
            guard part.columns.map(\.name) == whole.columns.map(\.name),
                part.columns.map(\.type) == whole.columns.map(\.type)
            else { throw heterogeneous(destination.symbols?.sorted() ?? ["*"]) }
            for index in whole.columns.indices { whole.columns[index].bytes += part.columns[index].bytes }
            whole.spans += part.spans.map { span in
                Dataset.Span(key: span.key, start: span.start + whole.rowCount, count: span.count)
            }
            whole.rowCount += part.rowCount
        }
        return whole
    }

    // MARK: Functions

    /// What the query engine answers: one selection for each table.
    private func run(_ query: DataQuery, _ answering: Answering) throws(DataServiceError) -> [Dataset] {
        var answers: [Dataset] = []
        let tables = Dictionary(grouping: answering.buckets, by: \.table)
        for (_, buckets) in tables.sorted(by: { $0.value[0].key < $1.value[0].key }) {
            let selection = BucketSelection(
                buckets: buckets,
                time: query.time,
                limit: query.limit.flatMap { $0 == 0 ? nil : $0 },
                isLimitFromStart: query.isLimitFromStart,
                columns: query.columns,
                timeframe: answering.coarser,
                functions: query.functions
            )
            answers.append(try pipelines.run(selection))
        }
        return answers
    }
}

extension DataQuery {
    /// The times that are asked for: both ends belong to it, to the nanosecond.
    var time: TimeRange {
        let start = epochStart.map { Self.time($0, epochStartNanos) } ?? .min
        let last = epochEnd.map { Self.time($0, epochEndNanos) } ?? .max
        return TimeRange(start: start, end: last == .max ? .max : last + 1)
    }

    /// Seconds and nanoseconds as one; the nearest that Int64 holds.
    private static func time(_ seconds: Int64, _ nanoseconds: Int64?) -> Int64 {
        let (whole, isBeyond) = seconds.multipliedReportingOverflow(by: CivilTime.second)
        if isBeyond { return seconds < 0 ? .min : .max }
        let (time, overflow) = whole.addingReportingOverflow(nanoseconds ?? 0)
        return overflow ? (whole < 0 ? .min : .max) : time
    }
}
