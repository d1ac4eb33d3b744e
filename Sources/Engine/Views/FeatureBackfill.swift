import Columnar
import QueryLang

/// Computes rows of a view over history, and stores those that its table lacks.
///
/// What is there already is left alone, so that a backfill that was broken off can be run again.
struct FeatureBackfill {
    let plan: FeatureViewPlan
    let range: TimeRange
    let writer: any TableWriter
    let snapshot: any TableSnapshot
    let context: ExecutionContext

    /// Rows before the range that say what its first ones differ from.
    private static let lead = CivilTime.minute

    /// Returns how many rows were written.
    func run() throws(QueryError) -> Int {
        let view = plan.view
        let schema = try FeatureStorage.schema(view, table: view.definition.storedTable)
        do throws(TableError) {
            try writer.createTable(schema)
        } catch {
            throw QueryError(writing: error)
        }
        var written = 0
        for symbol in try BookAnchor.reading({ () throws(TableError) in
            try snapshot.scan(ScanRequest(table: view.inputs[0].name, columns: [view.inputs[0].timeColumn])).series
        }) where plan.symbols?.contains(symbol) ?? true {
            try context.checkpoint()
            written += try run(symbol, schema)
        }
        return written
    }

    private func run(_ symbol: String, _ schema: TableSchema) throws(QueryError) -> Int {
        let stored = try storedNumbers(symbol, schema)
        var batcher = RowBatcher(
            schema,
            columns: Array(schema.columns.indices),
            writer: writer,
            context: context
        )
        var storage = FeatureStorage(plan.view.definition.storage)
        var buffer = FeatureRowBuffer(plan.view)
        func keep(_ chosen: (rows: FeatureRows, row: Int)) throws(QueryError) {
            guard !stored.contains(chosen.rows.seqs[chosen.row]) else { return }
            buffer.append(chosen.rows, chosen.row)
            if buffer.count >= 8_192 { try batcher.add(buffer.takeRecord(symbol)) }
        }
        let (start, overflow) = range.start.subtractingReportingOverflow(Self.lead)
        let wide = TimeRange(start: overflow ? .min : start, end: range.end)
        let history = FeatureHistory(plan: plan, snapshot: snapshot, context: context)
        try history.forEach(symbol, wide) { (rows, row) throws(QueryError) in
            let isInside = range.contains(rows.times[row])
            if let chosen = storage.take(rows, row, isOffered: isInside) { try keep(chosen) }
        }
        if let chosen = storage.rest(before: range.end) { try keep(chosen) }
        if buffer.count > 0 { try batcher.add(buffer.takeRecord(symbol)) }
        try batcher.finish()
        return batcher.writtenRows
    }

    /// The numbers of the events whose rows are stored.
    private func storedNumbers(_ symbol: String, _ schema: TableSchema) throws(QueryError) -> Set<Int64> {
        let seq = BoundFeatureView.Head.seq
        let request = ScanRequest(
            table: schema.name,
            series: .named([symbol]),
            time: range,
            columns: [schema.timeColumn, seq]
        )
        var numbers: Set<Int64> = []
        // The table may have been made after the snapshot.
        guard snapshot.catalog.schema(named: schema.name) != nil else { return numbers }
        try BookAnchor.reading { () throws(TableError) in
            let scan = try snapshot.scan(request)
            guard !scan.series.isEmpty else { return }
            var cursor = try scan.open(series: 0)
            while let slice = try cursor.next() {
                let values = try slice.vector(column: seq).int64Values
                for row in 0..<slice.count { numbers.insert(values[row]) }
            }
        }
        return numbers
    }
}

extension FeatureRowBuffer {
    /// Gives the rows away as rows of an answer.
    fileprivate mutating func takeRecord(_ symbol: String) -> RecordBatch {
        let rows = count
        let group = take(table: "", series: symbol)
        let columns = group.columns.map { column in
            column ?? Vector(type: .symbol, form: .constant(.text(symbol), count: rows))
        }
        return RecordBatch(columns: columns, rowCount: rows)
    }
}

/// Rows of a view over what is stored.
struct FeatureHistory {
    private let plan: FeatureViewPlan
    private let snapshot: any TableSnapshot
    private let context: ExecutionContext

    init(plan: FeatureViewPlan, snapshot: any TableSnapshot, context: ExecutionContext) {
        self.plan = plan
        self.snapshot = snapshot
        self.context = ExecutionContext(ordered: context)
    }

    /// Calls `body` for each row of an instrument whose time is in a range, in the order of its events.
    func forEach(
        _ symbol: String,
        _ range: TimeRange,
        _ body: (FeatureRows, Int) throws(QueryError) -> Void
    ) throws(QueryError) {
        let table = plan.view.inputs[0]
        let ends = try StoredEnds(table, symbol, snapshot)
        guard ends.lastTime != nil else { return }
        let start = range.start == .min ? .min : try ends.start(plan, from: range.start, snapshot)
        let reading = plan.reading(.named([symbol]), TimeRange(start: start, end: range.end))
        let stream = try OperatorBuilder(snapshot: snapshot, worker: Worker(context)).stream(reading)
        while let batch = try stream.next() {
            try context.checkpoint()
            let rows = FeatureRows(batch, plan.view)
            for row in 0..<rows.count where range.contains(rows.times[row]) { try body(rows, row) }
        }
    }
}
