import Columnar

/// Binds INSERT.
extension Binder {
    func bind(_ insert: InsertStatement) throws(QueryError) -> BoundInsert {
        let table = try changeableTable(insert.table)
        let columns = try targets(insert, table)
        switch insert.content {
        case .values(let rows):
            var bound: [[BoundExpression]] = []
            bound.reserveCapacity(rows.count)
            for row in rows { bound.append(try values(row, columns, table)) }
            return BoundInsert(table: table, columns: columns, content: .values(bound))
        case .query(let select):
            let query = try bind(select)
            let span = insert.table.span
            guard query.columns.count == columns.count else {
                throw QueryError(
                    .semantic,
                    "the SELECT gives \(Self.count(query.columns.count, "column")), and \(columns.count) are wanted",
                    at: span,
                    hint: Self.wanted(columns, table)
                )
            }
            for (source, column) in zip(query.columns, columns.map({ table.columns[$0] })) {
                guard Self.converts(source.type, to: column.type) else {
                    throw QueryError(
                        .type,
                        "column '\(QueryDiagnostic.shortened(column.name))' takes \(column.type.name), and the SELECT's "
                            + "'\(QueryDiagnostic.shortened(source.name))' is \(source.type.name)",
                        at: span
                    )
                }
            }
            return BoundInsert(table: table, columns: columns, content: .query(query))
        }
    }

    /// The columns that get values, by index.
    private func targets(_ insert: InsertStatement, _ table: TableSchema) throws(QueryError) -> [Int] {
        let visible = table.visibleColumns
        guard let names = insert.columns else { return visible }
        var columns: [Int] = []
        for name in names {
            let shown = QueryDiagnostic.shortened(name.name)
            guard let index = table.index(of: name.name), visible.contains(index) else {
                let known = visible.map { table.columns[$0].name }
                let near = NearestName.find(name.name, among: known)
                throw QueryError(
                    .unknownColumn,
                    "'\(QueryDiagnostic.shortened(table.name))' has no column '\(shown)'",
                    at: name.span,
                    expected: known,
                    hint: near.map { "did you mean '\(QueryDiagnostic.shortened($0))'?" }
                        ?? "SHOW COLUMNS FROM \(insert.table.text) lists the columns"
                )
            }
            guard !columns.contains(index) else {
                throw QueryError(.semantic, "the column '\(shown)' stands twice", at: name.span)
            }
            columns.append(index)
        }
        if table.hasDesignatedTimestamp, !columns.contains(table.timeColumn) {
            throw missing(table.timeColumn, "the designated timestamp", table, insert)
        }
        if let series = table.seriesColumn, !columns.contains(series) {
            throw missing(series, "the series key", table, insert)
        }
        return columns
    }

    private func missing(
        _ column: Int,
        _ what: String,
        _ table: TableSchema,
        _ insert: InsertStatement
    ) -> QueryError {
        let name = QueryDiagnostic.shortened(table.columns[column].name)
        return QueryError(.semantic, "\(what) '\(name)' needs a value in every row", at: insert.table.span)
    }

    // MARK: VALUES

    private func values(
        _ row: ValuesRow,
        _ columns: [Int],
        _ table: TableSchema
    ) throws(QueryError) -> [BoundExpression] {
        guard row.values.count == columns.count else {
            throw QueryError(
                .semantic,
                "the row has \(Self.count(row.values.count, "value")), and \(columns.count) are wanted",
                at: row.span,
                hint: Self.wanted(columns, table)
            )
        }
        var binder = ExpressionBinder(scope: Scope(name: nil, table: nil, columns: [], time: nil, series: nil), dialect)
        var bound: [BoundExpression] = []
        bound.reserveCapacity(columns.count)
        for (value, index) in zip(row.values, columns) {
            let operand = Operand(expression: try binder.bind(value, in: .values), span: value.span)
            bound.append(try fitted(operand, to: index, of: table))
        }
        return bound
    }

    /// A value as one of its column; a constant already has the column's type.
    private func fitted(
        _ operand: Operand,
        to index: Int,
        of table: TableSchema
    ) throws(QueryError) -> BoundExpression {
        let column = table.columns[index]
        if operand.expression.isNullConstant, index == table.timeColumn || index == table.seriesColumn {
            let what = index == table.timeColumn ? "designated timestamp" : "series key"
            throw QueryError(
                .semantic,
                "the \(what) '\(QueryDiagnostic.shortened(column.name))' cannot be NULL",
                at: operand.span
            )
        }
        if dialect == .questdb, let value = QuestDBRules.moment(operand.expression, declared: column.declared) {
            return value
        }
        if let value = try TypeRules.converted(operand, to: column.type) { return value }
        guard Self.converts(operand.type, to: column.type) else {
            let isText = operand.type.isText && column.type.isNumeric || operand.type.isNumeric && column.type.isText
            throw QueryError(
                .type,
                "column '\(QueryDiagnostic.shortened(column.name))' takes \(column.type.name), not \(operand.typeName)",
                at: operand.span,
                hint: isText ? "text stands in single quotes, numbers without" : nil
            )
        }
        return operand.expression
    }

    /// Whether values of a type turn into those of a column, as they do in comparisons.
    private static func converts(_ type: ColumnType, to column: ColumnType) -> Bool {
        switch (type, column) {
        case (.int64, .float64), (.int64, .timestamp), (.timestamp, .int64): true
        case (.symbol, .string), (.string, .symbol): true
        default: type == column
        }
    }

    private static func count(_ number: Int, _ what: String) -> String { "\(number) \(what)\(number == 1 ? "" : "s")" }

    private static func wanted(_ columns: [Int], _ table: TableSchema) -> String {
        let names = columns.prefix(20).map { QueryDiagnostic.shortened(table.columns[$0].name) }
        return "the columns are " + names.joined(separator: ", ") + (columns.count > 20 ? ", …" : "")
    }
}
