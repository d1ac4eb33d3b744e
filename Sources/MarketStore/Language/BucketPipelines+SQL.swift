import Columnar
import Engine
import QueryLang

/// Statements in MarketStore's dialect: the same parser, binder and engine as for every other.
extension BucketPipelines {
    /// The answer of a statement, under the key `STATEMENT:SQL`. Of a SELECT its rows, of an EXPLAIN the lines of the plan, of an
    /// INSERT how many rows were written.
    public func run(sql: String) throws(DataServiceError) -> Dataset {
        do throws(QueryError) {
            let statement = try Parser.parse(sql)
            switch statement.kind {
            case .select, .showTables, .showColumns, .show:
                return try answer(of: try engine.prepare(statement, dialect: .marketstore), key: sql)
            case .explain: return try plan(of: statement, key: sql)
            case .insert(let insert): return try written(insert, key: sql)
            default:
                throw QueryError(
                    .semantic,
                    "unsupported statement type: \(QueryText.firstWord(of: sql) ?? "statement")",
                    hint: "SELECT, INSERT and EXPLAIN are answered here; buckets are created and destroyed by calls"
                )
            }
        } catch {
            throw DataServiceError(Self.message(error, in: sql))
        }
    }

    private static func key(_ sql: String) -> String { "\(sql):SQL" }

    private func answer(of prepared: PreparedQuery, key sql: String) throws(QueryError) -> Dataset {
        let answer = try read(prepared, wireTypes.columns(of: prepared))
        let span = Dataset.Span(key: Self.key(sql), start: 0, count: answer.rowCount)
        return Dataset(columns: answer.columns, rowCount: answer.rowCount, spans: [span])
    }

    private func read(_ prepared: PreparedQuery, _ columns: [WireTypes.Column]) throws(QueryError) -> WireAnswer {
        var reader = WireReader(columns, symbols: nil)
        var engine = engine
        if case .select(let select) = prepared.statement, select.tables.count <= 1 { engine = engine.serial }
        try reader.read(try engine.execute(prepared))
        return reader.answer
    }

    /// The lines of a plan, with an `Epoch` before them: clients take the first column for one.
    private func plan(of statement: Statement, key sql: String) throws(QueryError) -> Dataset {
        let prepared = try engine.prepare(statement, dialect: .marketstore)
        var dataset = try answer(of: prepared, key: sql)
        dataset.columns.insert(Self.now(rows: dataset.rowCount), at: 0)
        return dataset
    }

    /// The second that it is, in every row.
    private static func now(rows: Int) -> Dataset.Column {
        let second = floorDivide(WallClock.now(), CivilTime.second)
        let bytes = WireValues.bytes(of: [Int64](repeating: second, count: rows))
        return Dataset.Column(name: BucketText.epoch, type: WireType.int64.rawValue, bytes: bytes)
    }

    // MARK: INSERT

    private func written(_ insert: InsertStatement, key sql: String) throws(QueryError) -> Dataset {
        guard let write else { throw QueryError(.unavailable, "these buckets can only be read") }
        guard let key = BucketKey(insert.table.name), let bucket = directory.bucket(key) else {
            throw QueryError(
                .unknownTable,
                "bucket \(insert.table.name) not found in catalog",
                at: insert.table.span,
                hint: "INSERT takes one that exists: create it, or write to it first"
            )
        }
        let select = Self.rows(of: insert, into: bucket)
        let statement = Statement(.select(select), span: insert.table.span)
        let prepared = try engine.prepare(statement, dialect: .marketstore)
        let columns = try InsertColumns(insert, bucket, prepared.columns)
        let answer = try read(prepared, columns.read)
        let dataset = columns.dataset(answer, key: key.description)
        if dataset.rowCount > 0, let error = write(DataWrite(dataset: dataset, isVariable: bucket.isVariable)) {
            throw QueryError(.storage, error.message)
        }
        let count = WireValues.bytes(of: [Int64(dataset.rowCount)])
        return Dataset(
            columns: [
                Self.now(rows: 1),
                Dataset.Column(name: "Rows Written", type: WireType.int64.rawValue, bytes: count),
            ],
            rowCount: 1,
            spans: [Dataset.Span(key: Self.key(sql), start: 0, count: 1)]
        )
    }

    /// The rows to write; those of VALUES get the names of the columns that they are for.
    private static func rows(of insert: InsertStatement, into bucket: Bucket) -> SelectStatement {
        switch insert.content {
        case .query(let select): return select
        case .values(let rows):
            let span = insert.table.span
            let names = insert.columns ?? InsertColumns.names(of: bucket).map { Identifier($0, span: span) }
            let source = SourceClause(
                .values(rows.map(\.values)),
                alias: Identifier("rows", span: span),
                columns: names,
                span: span
            )
            return SelectStatement(items: [SelectItem(.all(of: nil), span: span)], source: source)
        }
    }

    // MARK: Errors

    /// What a client is told: of a text that is no statement with line and column, as MarketStore counts them.
    private static func message(_ error: QueryError, in sql: String) -> String {
        guard error.code == .syntax, let start = error.span?.start else { return message(error) }
        let before = sql.utf8.prefix(start)
        let line = before.reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
        let column = before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count
        return "syntax Error[\(line):\(column)]: \(error.description)"
    }
}
