import Columnar
import QueryLang

/// Turns a plan into operators over one snapshot.
struct OperatorBuilder {
    let snapshot: any TableSnapshot
    let context: ExecutionContext

    func build(_ plan: QueryPlan) throws(QueryError) -> any PhysicalOperator {
        switch plan {
        case .scan, .filter: throw QueryError(.bug, "BUG: a plan without a shape")
        case .concatenate(let input, let expressions):
            let (scan, filter) = try rows(input)
            return Concatenate(scan, filter, Projection(expressions))
        case .merge(let input, let expressions):
            let (scan, filter) = try rows(input)
            // One series is in order as it is.
            if scan.series.count <= 1 { return Concatenate(scan, filter, Projection(expressions)) }
            return try Merge(scan, filter, Projection(expressions), types: expressions.map(\.type), context)
        case .newestFirst(let input, let expressions, let limit):
            let (scan, filter) = try rows(input)
            return NewestFirst(
                scan,
                filter,
                Projection(expressions),
                types: expressions.map(\.type),
                limit: limit,
                context
            )
        case .latest(let input, let expressions):
            let (scan, filter) = try rows(input)
            return Latest(scan, filter, Projection(expressions), types: expressions.map(\.type), context)
        case .aggregate(let input, let aggregate):
            let (scan, filter) = try rows(input)
            return Aggregate(scan, filter, aggregate, context)
        case .sort(let input, let terms, let types, let limit):
            return Sort(try build(input), terms, types: types, limit: limit, context)
        case .dropColumns(let input, let count): return DropColumns(try build(input), keeping: count)
        case .limit(let input, let count): return Limit(try build(input), count)
        case .tables: return Values(Show.tables(snapshot.catalog.tables))
        case .columns(let table): return Values(Show.columns(of: table))
        }
    }

    private func rows(_ plan: QueryPlan) throws(QueryError) -> (Scan, FilterConditions?) {
        switch plan {
        case .scan(let scan): return (try Scan(scan, snapshot, context), nil)
        case .filter(.scan(let scan), let predicate):
            return (try Scan(scan, snapshot, context), FilterConditions(predicate))
        default: throw QueryError(.bug, "BUG: rows that come from no scan")
        }
    }
}
