import Columnar
import QueryLang

/// Turns rows of an INSERT into batches of a store, and writes them.
///
/// Rows of one series stay in their order. Each batch is waited for; what is written is durable, unless told otherwise.
struct RowBatcher {
    /// Rows that are written together at least, if there are so many: one `fdatasync` for all of them.
    static let batchRows = 65_536
    /// Bytes that are written together at most, half of what the WAL takes in a record of rows.
    static let batchBytesMax = 16 << 20

    private let table: TableSchema
    private let columns: [Int]
    private let writer: any TableWriter
    private let context: ExecutionContext
    /// Whether all rows go in one batch, or are refused by the store as too many.
    private let isAtomic: Bool
    private let durability: Durability
    private var batch = AppendBatch()
    private var heldRows = 0
    private var heldBytes = 0
    /// Rows that are on disk.
    private(set) var writtenRows = 0

    /// - Parameters:
    ///   - table: where the rows go.
    ///   - columns: the column of the table for each column of the rows.
    ///   - writer: the store.
    ///   - context: of the statement.
    ///   - isAtomic: whether all rows that are added belong in one batch.
    ///   - durability: when a batch counts as written.
    init(
        _ table: TableSchema,
        columns: [Int],
        writer: any TableWriter,
        context: ExecutionContext,
        isAtomic: Bool = false,
        durability: Durability = .sync
    ) {
        self.table = table
        self.columns = columns
        self.writer = writer
        self.context = context
        self.isAtomic = isAtomic
        self.durability = durability
    }

    /// Adds rows, and writes them with those before as soon as there are enough.
    mutating func add(_ rows: RecordBatch) throws(QueryError) {
        let vectors = try vectors(of: rows)
        let names = table.seriesColumn.flatMap { vectors[$0] }
        let places = names.map(Self.places) ?? []
        let groupBytes = Self.groupBytes + table.columns.count * Self.columnBytes
        let bytes = Self.byteCount(rows) + max(places.count, 1) * groupBytes
        if bytes > Self.batchBytesMax, rows.rowCount > 1, !isAtomic {
            let middle = rows.rowCount / 2
            try add(rows.slice(0..<middle))
            try add(rows.slice(middle..<rows.rowCount))
            return
        }
        if heldBytes + bytes > Self.batchBytesMax, !isAtomic { try write() }
        hold(vectors, rowCount: rows.rowCount, places)
        heldRows += rows.rowCount
        heldBytes += bytes
        if heldRows >= Self.batchRows, !isAtomic { try write() }
    }

    /// Writes what is left.
    mutating func finish() throws(QueryError) { try write() }

    /// Writes what is left, and in the same batch one more group, of any table.
    mutating func finish(with last: AppendGroup) throws(QueryError) {
        batch.groups.append(last)
        try writeBatch()
    }

    /// About what a group and a column of it take beside their values.
    private static let groupBytes = 128
    private static let columnBytes = 32

    private static func byteCount(_ rows: RecordBatch) -> Int {
        rows.columns.reduce(0) { total, column in
            switch column.form {
            case .text(let offsets, _): total + offsets.count * 4 + Int(offsets[offsets.count - 1] - offsets[0])
            case .constant(.text(let text), let count): total + count * (4 + text.utf8.count)
            default: total + column.count * 8
            }
        }
    }

    // MARK: Series

    /// A vector for each column of the table that has values.
    private func vectors(of rows: RecordBatch) throws(QueryError) -> [Vector?] {
        var vectors = [Vector?](repeating: nil, count: table.columns.count)
        for (vector, column) in zip(rows.columns, columns) {
            vectors[column] = vector.converted(to: table.columns[column].type)
        }
        if !table.hasDesignatedTimestamp {
            let time = Scalar.timestamp(TableSchema.arrivalTime)
            vectors[table.timeColumn] = Vector(type: .timestamp, form: .constant(time, count: rows.rowCount))
        }
        try checkHasValues(vectors[table.timeColumn], "designated timestamp", table.timeColumn)
        if let series = table.seriesColumn { try checkHasValues(vectors[series], "series key", series) }
        return vectors
    }

    private mutating func hold(_ vectors: [Vector?], rowCount: Int, _ places: [(name: String, rows: [UInt32])]) {
        var vectors = vectors
        guard let series = table.seriesColumn else {
            batch.groups.append(AppendGroup(table: table.name, series: "", columns: vectors, rowCount: rowCount))
            return
        }
        vectors[series] = nil
        for (name, rows) in places {
            let group = rows.withUnsafeBufferPointer { rows in
                AppendGroup(
                    table: table.name,
                    series: name,
                    columns: rows.count == rowCount ? vectors : vectors.map { $0?.gather(rows) },
                    rowCount: rows.count
                )
            }
            batch.groups.append(group)
        }
    }

    private func checkHasValues(_ vector: Vector?, _ what: String, _ column: Int) throws(QueryError) {
        if let vector, !vector.isNull, (vector.validity?.nullCount ?? 0) == 0 { return }
        let name = table.columns[column].name
        throw QueryError(
            .semantic,
            "the \(what) '\(name)' of a row is NULL\(written)",
            hint: "leave such rows out with WHERE … IS NOT NULL"
        )
    }

    /// The rows of each series, series in the order in which they come.
    private static func places(of names: Vector) -> [(name: String, rows: [UInt32])] {
        var places: [(name: String, rows: [UInt32])] = []
        if case .dictionary(let codes, let dictionary) = names.form {
            var groups = [Int](repeating: -1, count: dictionary.values.count)
            codes.withUnsafeBufferPointer { codes in
                for row in codes.indices {
                    let code = Int(codes[row])
                    if groups[code] < 0 {
                        groups[code] = places.count
                        places.append((dictionary.values[code], []))
                    }
                    places[groups[code]].rows.append(UInt32(row))
                }
            }
            return places
        }
        var groups: [String: Int] = [:]
        for row in 0..<names.count {
            let name = names.scalar(at: row).text ?? ""
            let group = groups[name] ?? places.count
            if group == places.count {
                groups[name] = group
                places.append((name, []))
            }
            places[group].rows.append(UInt32(row))
        }
        return places
    }

    // MARK: Writing

    /// How long a write waits for room in the store's queue before it gives up.
    private static let roomWaitNanoseconds: Int64 = 60_000_000_000

    /// Writes the rows that are held, if there are some.
    mutating func write() throws(QueryError) {
        if heldRows > 0 { try writeBatch() }
    }

    private mutating func writeBatch() throws(QueryError) {
        let began = MonotonicClock.now()
        while true {
            do throws(QueryError) {
                try context.checkpoint()
            } catch {
                throw told(error)
            }
            let answer = Answer<Result<LSN, TableError>>()
            writer.append(batch, durability: durability) { answer.give($0) }
            switch answer.wait() {
            case .success:
                writtenRows += heldRows
                batch = AppendBatch()
                heldRows = 0
                heldBytes = 0
                return
            case .failure(let error):
                guard error.code == .congested, MonotonicClock.now() - began < Self.roomWaitNanoseconds else {
                    throw told(QueryError(writing: error))
                }
                Pause.milliseconds(5)
            }
        }
    }

    /// What an error says of the rows before it.
    private var written: String {
        writtenRows == 0 ? "; no row was written" : "; \(writtenRows) rows before were written, and stay"
    }

    private func told(_ error: QueryError) -> QueryError {
        var error = error
        error.message += written
        return error
    }
}

extension QueryError {
    /// What a store reported that was to be changed, as the failure of a statement.
    init(writing error: TableError) {
        switch error.code {
        case .unknownTable: self.init(.unknownTable, error.message)
        case .tableExists: self.init(.tableExists, error.message)
        case .invalid: self.init(.semantic, error.message)
        case .diskFull, .readOnly, .congested, .closed: self.init(.unavailable, error.message)
        case .corrupt, .io: self.init(.storage, error.message)
        }
    }
}
