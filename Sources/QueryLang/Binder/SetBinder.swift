import Columnar

/// Binds UNION, EXCEPT and INTERSECT: gives the columns of both sides one type each.
struct SetBinder {
    let binder: Binder

    func bind(_ clause: SetClause) throws(QueryError) -> BoundSet {
        let left = try binder.bind(clause.left)
        let right = try binder.bind(clause.right)
        guard left.columns.count == right.columns.count else {
            func columns(_ count: Int) -> String { "\(count) column\(count == 1 ? "" : "s")" }
            throw QueryError(
                .semantic,
                "the queries of \(clause.name) give \(columns(left.columns.count)) and \(columns(right.columns.count))",
                at: clause.right.items[0].span,
                hint: "both sides need the same number of columns"
            )
        }
        var types: [ColumnType] = []
        for index in left.columns.indices {
            guard let type = Self.common(left, right, index) else {
                let (a, b) = (left.columns[index], right.columns[index])
                throw QueryError(
                    .type,
                    "column \(index + 1) of \(clause.name) is \(a.type.name) on the left ('\(a.name)') and "
                        + "\(b.type.name) on the right ('\(b.name)')",
                    at: Self.span(of: index, in: clause.right),
                    hint: "int64 goes with float64, symbol with string, else only equal types"
                )
            }
            types.append(type)
        }
        return BoundSet(clause.operation, isAll: clause.isAll, left.converted(to: types), right.converted(to: types))
    }

    /// The type that both columns can be turned into; a column of NULLs takes that of the other.
    private static func common(_ left: BoundSelect, _ right: BoundSelect, _ index: Int) -> ColumnType? {
        let (a, b) = (left.columns[index].type, right.columns[index].type)
        if a == b { return a }
        if left.isNull(index) { return b }
        if right.isNull(index) { return a }
        return ColumnType.common(a, b)
    }

    /// Where a column of the answer stands, if the select list says so one by one.
    private static func span(of index: Int, in select: SelectStatement) -> SourceSpan {
        if let set = select.setClause { return span(of: index, in: set.left) }
        let isPlain = select.items.allSatisfy { if case .expression = $0.kind { true } else { false } }
        return isPlain && select.items.indices.contains(index) ? select.items[index].span : select.items[0].span
    }
}

extension ColumnType {
    /// The type that values of both can be turned into without loss of meaning; nil if there is none.
    static func common(_ left: ColumnType, _ right: ColumnType) -> ColumnType? {
        if left == right { return left }
        if left.isNumeric, right.isNumeric { return .float64 }
        if left.isText, right.isText { return .string }
        return nil
    }
}

extension BoundSelect {
    /// Whether a column of the answer is NULL in the text.
    func isNull(_ column: Int) -> Bool {
        if outputs[column].isNullConstant { return true }
        guard case .set(let set) = source, case .column(let index, _) = outputs[column] else {
            guard case .values(let values) = source, case .column(let index, _) = outputs[column] else { return false }
            return values.rows.allSatisfy { $0[index].isNull }
        }
        return set.left.isNull(index) && set.right.isNull(index)
    }

    /// The answer with its columns turned into other types.
    func converted(to types: [ColumnType]) -> BoundSelect {
        guard columns.map(\.type) != types else { return self }
        let outputs = zip(columns.indices, types).map { index, type -> BoundExpression in
            let column = columns[index]
            if column.type == type { return .column(index, type) }
            return isNull(index) ? .null(type) : .call(.coalesce, [.column(index, column.type)], type)
        }
        let converted = zip(columns, types).map { ResultColumn(name: $0.name, type: $1) }
        var select = BoundSelect(source: .query(self), outputs: outputs, columns: converted)
        select.timeOutput = timeOutput
        select.seriesOutput = seriesOutput.flatMap { types[$0] == .symbol ? $0 : nil }
        return select
    }
}
