import Columnar
import QueryLang

/// Turns a plan into operators over one snapshot.
struct OperatorBuilder {
    let snapshot: any TableSnapshot
    let worker: Worker
    /// Counts what each step gives; nil unless somebody wants to know.
    var meters: PlanMeters?

    private var context: ExecutionContext { worker.context }

    /// The operator of a stream.
    func stream(_ plan: PhysicalPlan) throws(QueryError) -> any PhysicalOperator {
        let meter = meters?.next()
        let built = try unmetered(plan)
        return meter.map { MeteredOperator(built, $0, context) } ?? built
    }

    private func unmetered(_ plan: PhysicalPlan) throws(QueryError) -> any PhysicalOperator {
        switch plan {
        case .merge(let input, let types):
            let rows = try relation(input)
            // One series is in order as it is.
            return rows.series.count <= 1 ? Concatenate(rows, worker) : try Merge(rows, types: types, worker)
        case .concatenate(let input, let appendsTimes):
            return Concatenate(try relation(input), worker, appendsTimes: appendsTimes)
        case .newest(let input, let types, let limit, let order):
            return NewestFirst(try relation(input), types: types, limit: limit, order, worker)
        case .latest(let input, let types): return Latest(try relation(input), types: types, worker)
        case .latestByKeys(let input, let keys, let types):
            return LatestByKeys(try stream(input), keys: keys, types: types, context)
        case .aggregate(let input, let aggregate): return Aggregate(try relation(input), aggregate, worker)
        case .sortedWindow(let input, let calls, let types, let time):
            return SortedWindow(try stream(input), calls, types: types, time: time, context)
        case .keyedJoin(let left, let right, let join):
            return KeyedJoin(try stream(left), try stream(right), join, context)
        case .distinct(let input, let types): return Distinct(try stream(input), types: types, context)
        case .sort(let input, let terms, let types, let limit):
            return Sort(try stream(input), terms, types: types, limit: limit, context)
        case .limit(let input, let range): return Limit(try stream(input), range, context)
        case .tail(let input, let range, let types): return Tail(try stream(input), range, types: types, context)
        case .keep(let input, let count): return DropColumns(try stream(input), keeping: count)
        case .union(let arms):
            var streams: [any PhysicalOperator] = []
            for arm in arms { streams.append(try stream(arm)) }
            return Union(streams)
        case .combine(let left, let right, let set, let types):
            return Combine(try stream(left), try stream(right), set, types: types, context)
        case .values(let values): return Values(RecordBatch(values), rowsMax: context.batchRows)
        case .sequence(let sequence): return SequenceRows(sequence, context)
        case .empty: return Values(RecordBatch(columns: [], rowCount: 0), rowsMax: 1)
        case .tables: return Values(Show.tables(snapshot.catalog.tables), rowsMax: context.batchRows)
        case .columns(let table): return Values(Show.columns(of: table), rowsMax: context.batchRows)
        case .scan, .filter, .project, .seriesAsof, .seriesWindowJoin, .seriesWindow, .seriesAggregate, .stream:
            throw QueryError(.bug, "BUG: a relation in place of a stream")
        }
    }

    /// The operator of a relation.
    private func relation(_ plan: PhysicalPlan) throws(QueryError) -> any Relation {
        let meter = meters?.next()
        let built = try unmeteredRelation(plan)
        return meter.map { MeteredRelation(built, $0, context) } ?? built
    }

    private func unmeteredRelation(_ plan: PhysicalPlan) throws(QueryError) -> any Relation {
        switch plan {
        case .scan(let scan) where !scan.book.isEmpty: return try BookReplay(scan, snapshot, context)
        case .scan(let scan): return try Scan(scan, snapshot, context)
        case .filter(let input, let predicate): return Filter(try relation(input), predicate)
        case .project(let input, let expressions): return Project(try relation(input), expressions)
        case .seriesAsof(let left, let right, let asof):
            return SeriesAsof(try relation(left), try relation(right), asof)
        case .seriesWindowJoin(let left, let right, let window):
            return SeriesWindowJoin(try relation(left), try relation(right), window)
        case .seriesWindow(let input, let calls): return SeriesWindow(try relation(input), calls)
        case .seriesAggregate(let input, let aggregate): return SeriesAggregate(try relation(input), aggregate)
        case .stream(let input, let timeColumn):
            return StreamRelation(try stream(input), timeColumn: timeColumn)
        default: throw QueryError(.bug, "BUG: a stream in place of a relation")
        }
    }
}
