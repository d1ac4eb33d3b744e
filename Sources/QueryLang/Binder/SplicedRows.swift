import Columnar

/// `a SPLICE JOIN b`: each row of either side, with the last row of the other side that is not later.
///
/// It is two ASOF JOINs: `a` with `b`, and `b` with `a` without those rows that the first one has with a left row of the same
/// instant; then both in the order of time, the left side's first.
struct SplicedRows {
    let left: BoundSource
    let right: BoundSource
    let keys: [BoundJoin.Key]

    /// A query whose columns are those of the left side, then those of the right.
    func query(_ names: [String], _ dialect: QueryDialect) -> BoundSelect {
        var taken = OutputNames(dialect)
        let columns = zip(names, left.types + right.types).map { ResultColumn(name: taken.column($0), type: $1) }
        // The instant of the row that leads is a column more of either part.
        let instant = ResultColumn(name: taken.column("instant"), type: .timestamp)
        let parts = BoundSet(.union, isAll: true, leftRows(columns + [instant]), rightRows(columns + [instant]))
        let types = columns.map(\.type) + [.timestamp]
        var whole = BoundSelect(
            source: .set(parts),
            outputs: types.indices.map { .column($0, types[$0]) },
            columns: columns
        )
        whole.orderBy = [OrderTerm(output: columns.count, isDescending: false)]
        return whole
    }

    private func leftRows(_ columns: [ResultColumn]) -> BoundSelect {
        let join = BoundJoin(kind: .asof(tolerance: nil), left: left, right: right, keys: keys)
        let types = left.types + right.types
        var outputs = types.indices.map { BoundExpression.column($0, types[$0]) }
        outputs.append(.column(left.timeColumn ?? 0, .timestamp))
        return BoundSelect(source: .join(join), outputs: outputs, columns: columns)
    }

    private func rightRows(_ columns: [ResultColumn]) -> BoundSelect {
        let (own, other) = (right.types, left.types)
        let keys = keys.map { BoundJoin.Key(left: $0.right, right: $0.left) }
        let join = BoundJoin(kind: .asof(tolerance: nil), left: right, right: left, keys: keys)
        var outputs = other.indices.map { BoundExpression.column(own.count + $0, other[$0]) }
        outputs += own.indices.map { .column($0, own[$0]) }
        let time = BoundExpression.column(right.timeColumn ?? 0, .timestamp)
        let otherTime = BoundExpression.column(own.count + (left.timeColumn ?? 0), .timestamp)
        outputs.append(time)
        var select = BoundSelect(source: .join(join), outputs: outputs, columns: columns)
        select.predicate = .binary(
            .or,
            .isNull(otherTime, isNegated: false),
            .binary(.less, otherTime, time, .boolean),
            .boolean
        )
        return select
    }
}
