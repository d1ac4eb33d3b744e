import Columnar
import QueryLang

/// Answers of SHOW CREATE and SHOW SYMBOLS.
extension Show {
    /// The columns of an answer.
    static func columns(of show: BoundShow) -> [ResultColumn] {
        switch show {
        case .createTable, .createView, .createMaterializedView, .createFeatureView:
            [ResultColumn(name: "statement", type: .string)]
        case .columns: columnsColumns
        case .symbols: [ResultColumn(name: "table", type: .string), ResultColumn(name: "symbol", type: .string)]
        }
    }

    static func batch(_ show: BoundShow, _ snapshot: any TableSnapshot) throws(QueryError) -> RecordBatch {
        let nowhere = SourceSpan(start: 0, end: 0)
        let rows: [[Scalar]]
        switch show {
        case .createTable(let table, let timeToLive):
            let create = CreateTableStatement(table: table, timeToLive: timeToLive)
            rows = [[.text(Statement(.createTable(create), span: nowhere).text)]]
        case .createView(let view):
            rows = [[.text("CREATE VIEW \(Identifier(view.name, span: nowhere).text) AS \(view.query)")]]
        case .createMaterializedView(let view, let table, let timeToLive):
            var text = "CREATE MATERIALIZED VIEW \(Identifier(view.name, span: nowhere).text)"
            text += " REFRESH \(ViewStatesTable.text(of: view.refresh)) AS (\(view.query))"
            if let table { text += " PARTITION BY \(PartitionNames.name(of: table.partition))" }
            if let timeToLive { text += " TTL \(Interval(nanoseconds: timeToLive).text)" }
            rows = [[.text(text)]]
        case .createFeatureView(let view):
            rows = [[.text(view.statement.isEmpty ? view.query : view.statement)]]
        case .columns(let columns, let time, let series):
            rows = columns.enumerated().map { index, column in
                [
                    .text(column.name), .text(column.type.name), .boolean(index == time), .boolean(index == series),
                ]
            }
        case .symbols(let table, let pattern):
            let tables = table.map { [$0] } ?? snapshot.catalog.tables.filter { $0.seriesColumn != nil }
            let wanted = pattern.flatMap { pattern in
                // A backslash at the end stands for itself.
                LikePattern(pattern, escape: "\\", ignoresCase: false)
                    ?? LikePattern(pattern + "\\", escape: "\\", ignoresCase: false)
            }
            do throws(TableError) {
                var found: [[Scalar]] = []
                for table in tables {
                    found += try symbols(of: table, snapshot).filter { row in
                        wanted?.matches(row.last?.text ?? "") ?? true
                    }
                }
                rows = found
            } catch {
                throw QueryError(error)
            }
        }
        return batch(columns(of: show), rows)
    }

    /// The series of a table, each with the table's name before it.
    static func symbols(of table: TableSchema, _ snapshot: any TableSnapshot) throws(TableError) -> [[Scalar]] {
        let request = ScanRequest(table: table.name, columns: [table.timeColumn])
        return try snapshot.scan(request).series.map { [.text(table.name), .text($0)] }
    }
}
