import Columnar

/// Turns expressions over rows into expressions over groups: keys for columns, the bucket for the timestamp.
struct GroupRewriter {
    /// The group keys, each once.
    private(set) var keys = UniqueList<BoundExpression>()
    /// The designated timestamp under SAMPLE BY, where it means the bucket; nil without.
    let sampledColumn: Int?

    init(sampledColumn: Int?) { self.sampledColumn = sampledColumn }

    /// The columns that are keys, or the bucket, as they are.
    var columns: Set<Int> {
        var columns = Set(keys.elements.compactMap(\.columnIndex))
        if let sampledColumn { columns.insert(sampledColumn) }
        return columns
    }

    /// Makes an expression over rows a key. The designated timestamp is none under SAMPLE BY: it is the bucket.
    mutating func add(key: BoundExpression) {
        if let sampledColumn, key.columnIndex == sampledColumn { return }
        _ = keys.index(of: key)
    }

    /// Makes keys of an item of the select list without aggregates, as GROUP BY is implied.
    mutating func addImplied(_ item: BoundExpression) {
        var columns: [(Int, ColumnType)] = []
        item.forEachColumn { columns.append(($0, $1)) }
        guard !columns.isEmpty, !item.contains(where: { $0.isAggregate || $0.isWindow }) else { return }
        guard let sampledColumn, columns.contains(where: { $0.0 == sampledColumn }) else { return add(key: item) }
        // The bucket is no column of the rows, so what is computed from it cannot be a key; its other columns are.
        for (index, type) in columns { add(key: .column(index, type)) }
    }

    /// The expression over a group; throws what `ungrouped` makes of a column that is no key.
    func rewrite(
        _ expression: BoundExpression,
        ungrouped: (Int) -> QueryError
    ) throws(QueryError) -> BoundExpression {
        if let index = keys.firstIndex(of: expression) { return .key(index, expression.type) }
        switch expression {
        case .column(let index, _):
            if index == sampledColumn { return .bucket }
            throw ungrouped(index)
        case .literal, .bucket, .key, .aggregate, .window:
            return expression
        case .unary(let symbol, let operand, let type):
            return .unary(symbol, try rewrite(operand, ungrouped: ungrouped), type)
        case .binary(let symbol, let left, let right, let type):
            let left = try rewrite(left, ungrouped: ungrouped)
            return .binary(symbol, left, try rewrite(right, ungrouped: ungrouped), type)
        case .inList(let operand, let values, let isNegated):
            return .inList(try rewrite(operand, ungrouped: ungrouped), values, isNegated: isNegated)
        case .isNull(let operand, let isNegated):
            return .isNull(try rewrite(operand, ungrouped: ungrouped), isNegated: isNegated)
        case .call(let function, let arguments, let type):
            var rewritten: [BoundExpression] = []
            for argument in arguments { rewritten.append(try rewrite(argument, ungrouped: ungrouped)) }
            return .call(function, rewritten, type)
        case .query(var query):
            if case .contains(let operand, let isNegated) = query.question {
                let operand = try rewrite(operand, ungrouped: ungrouped)
                query.question = .contains(operand, isNegated: isNegated)
            }
            return .query(query)
        }
    }
}

extension BoundExpression {
    /// The expressions directly below.
    var children: [BoundExpression] {
        switch self {
        case .literal, .column, .bucket, .key, .aggregate, .window: []
        case .unary(_, let operand, _), .inList(let operand, _, _), .isNull(let operand, _): [operand]
        case .binary(_, let left, let right, _): [left, right]
        case .call(_, let arguments, _): arguments
        case .query(let query):
            if case .contains(let operand, _) = query.question { [operand] } else { [] }
        }
    }

    /// The same expression with each column of the source replaced by another.
    func movingColumns(_ place: (Int) -> Int) -> BoundExpression {
        switch self {
        case .column(let index, let type): return .column(place(index), type)
        case .literal, .bucket, .key, .aggregate, .window: return self
        case .unary(let symbol, let operand, let type): return .unary(symbol, operand.movingColumns(place), type)
        case .binary(let symbol, let left, let right, let type):
            return .binary(symbol, left.movingColumns(place), right.movingColumns(place), type)
        case .inList(let operand, let values, let isNegated):
            return .inList(operand.movingColumns(place), values, isNegated: isNegated)
        case .isNull(let operand, let isNegated): return .isNull(operand.movingColumns(place), isNegated: isNegated)
        case .call(let function, let arguments, let type):
            return .call(function, arguments.map { $0.movingColumns(place) }, type)
        case .query(var query):
            if case .contains(let operand, let isNegated) = query.question {
                query.question = .contains(operand.movingColumns(place), isNegated: isNegated)
            }
            return .query(query)
        }
    }

    /// Calls `body` with every column of the source that the expression reads.
    func forEachColumn(_ body: (Int, ColumnType) -> Void) {
        if case .column(let index, let type) = self { body(index, type) }
        for child in children { child.forEachColumn(body) }
    }

    /// Whether the expression, or one in it, is of a kind.
    func contains(where isWanted: (BoundExpression) -> Bool) -> Bool {
        isWanted(self) || children.contains { $0.contains(where: isWanted) }
    }

    /// The column that this is; nil if it is something else.
    var columnIndex: Int? { if case .column(let index, _) = self { index } else { nil } }

    /// Whether this is an output of an aggregate.
    var isAggregate: Bool { if case .aggregate = self { true } else { false } }

    /// Whether this is the value of a window call.
    var isWindow: Bool { if case .window = self { true } else { false } }

    /// Whether it has the same value in every row.
    var isConstant: Bool {
        switch self {
        case .literal: true
        case .column, .bucket, .key, .aggregate, .window: false
        case .query(let query): query.isConstant
        default: children.allSatisfy(\.isConstant)
        }
    }
}
