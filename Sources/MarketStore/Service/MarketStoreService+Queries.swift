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
        let answering = try destination.resolve(catalog, zone: zone)
        guard !answering.isEmpty else { throw DataServiceError("no files returned from query parse") }
        if let limit = query.limit, limit < 0 {
            throw DataServiceError("limit_record_count is \(limit); it must not be negative")
        }
        var (clients, feed): ([Dataset], [Dataset]) = ([], [])
        for group in answering {
            let parts = try answer(query, group, reader)
            if group.buckets[0].isOfFeed { feed += parts } else { clients += parts }
        }
        let isMixed = !clients.isEmpty && !feed.isEmpty
        let whole = isMixed ? Dataset.united(clients: clients, feed: feed) : .joined(clients + feed)
        guard let whole else { throw Self.heterogeneous(destination.symbols?.sorted() ?? ["*"]) }
        return whole
    }

    private func answer(
        _ query: DataQuery,
        _ answering: Answering,
        _ reader: BucketReader
    ) throws(DataServiceError) -> [Dataset] {
        let buckets = answering.buckets
        try Self.checkAlike(buckets, query.columns)
        guard query.functions.isEmpty, answering.coarser == nil else { return try run(query, answering) }
        var parts: [Dataset] = []
        var byteCount = 0
        // A column may be at another place in another bucket; those that are alike are read together.
        for run in Self.runs(of: buckets) {
            let read = BucketRead(
                buckets: Array(run),
                time: query.time,
                limit: query.limit.flatMap { $0 == 0 ? nil : Int(clamping: $0) },
                isLimitFromStart: query.isLimitFromStart,
                columns: run.first?.places(of: query.columns) ?? []
            )
            let part = try reader.read(read)
            byteCount += part.columns.reduce(0) { $0 + $1.bytes.count }
            guard byteCount <= answerBytesMax else {
                throw DataServiceError(
                    "the answer has more than \(answerBytesMax) bytes; ask for a shorter range, or for fewer symbols or columns"
                )
            }
            parts.append(part)
        }
        return parts
    }

    /// Throws unless buckets are of one kind and have the columns that are asked for alike.
    private static func checkAlike(_ buckets: [Bucket], _ names: [String]?) throws(DataServiceError) {
        guard let first = buckets.first else { return }
        let wanted = first.places(of: names).map { first.columns[$0] }
        for bucket in buckets.dropFirst() {
            guard bucket.isVariable == first.isVariable,
                bucket.columns == first.columns || bucket.places(of: names).map({ bucket.columns[$0] }) == wanted
            else { throw heterogeneous(buckets.map(\.key.symbol)) }
        }
    }

    /// Buckets with equal columns that follow one another.
    private static func runs(of buckets: [Bucket]) -> [ArraySlice<Bucket>] {
        var runs: [ArraySlice<Bucket>] = []
        var start = 0
        for index in buckets.indices.dropFirst() where buckets[index].columns != buckets[start].columns {
            runs.append(buckets[start..<index])
            start = index
        }
        return runs + [buckets[start...]]
    }

    private static func heterogeneous(_ symbols: [String]) -> DataServiceError {
        DataServiceError(
            "symbols in a query must have the same data type or be filtered by common columns. "
                + "symbols=[\(symbols.prefix(100).joined(separator: " "))]"
        )
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
