import Columnar
import QueryLang

/// A materialized view that was understood: how to compute some of its buckets.
struct ViewPlan: Sendable {
    let select: BoundSelect
    let base: TableSchema
    let target: TableSchema
    let buckets: Buckets
    /// Whether a row can take another's place in the base, so that buckets can lose rows.
    let isRewritable: Bool

    /// Buckets that are computed in one go: of a minute, some days.
    private static let bucketsPerQuery: Int64 = 4_096

    init(_ definition: MaterializedViewDefinition, _ catalog: any CatalogReader) throws(QueryError) {
        guard let dialect = QueryDialect(rawValue: definition.dialect) else {
            throw QueryError(.semantic, "a later version wrote the view, in the dialect '\(definition.dialect)'")
        }
        let statement = try QueryCompiler.compile(
            definition.query,
            catalog: catalog,
            dialect: dialect,
            readsFamilies: false
        )
        guard case .select(let select) = statement, case .aggregate(let aggregation) = select.shape,
            let sampling = aggregation.sampling, let base = select.tables.first, select.tables.count == 1
        else { throw QueryError(.semantic, "the query does not group the rows of one table by time any more") }
        guard let target = catalog.schema(named: definition.name) else {
            throw QueryError(.unknownTable, "the view's table '\(definition.name)' does not exist any more")
        }
        let columns = select.columns.map { ($0.name, $0.type) }
        guard columns.elementsEqual(target.columns.map { ($0.name, $0.type) }, by: ==) else {
            throw QueryError(
                .semantic,
                "the query's columns are not those of the view any more: the table that it reads was changed"
            )
        }
        self.select = select
        self.base = base
        self.target = target
        self.buckets = Buckets(sampling)
        self.isRewritable = base.kind != .event || base.dedupColumns != nil
    }

    /// Whether each group has rows of one series, so that one series can be computed alone.
    var isBySeries: Bool {
        base.seriesColumn != nil && select.source.seriesColumn != nil && select.seriesOutput != nil
            && target.seriesColumn != nil
    }

    // MARK: Parts

    /// Some buckets of some series; nil for all series.
    struct Part: Sendable, Hashable {
        var buckets: ClosedRange<Int64>
        var series: [String]?
    }

    /// What has to be computed, so that everything dirty is: series with the same buckets together.
    func parts(of dirty: DirtyBuckets) -> [Part] {
        var series: [ClosedRange<Int64>: [String]] = [:]
        for (name, buckets) in dirty.bySeries {
            for range in buckets.ranges { series[range, default: []].append(name) }
        }
        var parts = series.map { Part(buckets: $0.key, series: $0.value.sorted()) }
        for range in dirty.ofAll.ranges { parts.append(Part(buckets: range, series: nil)) }
        return parts.sorted {
            ($0.buckets.lowerBound, $0.buckets.upperBound) < ($1.buckets.lowerBound, $1.buckets.upperBound)
        }
    }

    /// The part itself, or its first buckets if it has too many for one query.
    func first(of part: Part) -> Part {
        let (last, overflow) = part.buckets.lowerBound.addingReportingOverflow(Self.bucketsPerQuery - 1)
        guard !overflow, last < part.buckets.upperBound else { return part }
        return Part(buckets: part.buckets.lowerBound...last, series: part.series)
    }

    // MARK: Queries

    /// The times of a part.
    func times(of part: Part) -> TimeRange {
        let isFirst = part.buckets.lowerBound <= buckets.first
        let start = isFirst ? Int64.min : buckets.start(part.buckets.lowerBound)
        let (next, overflow) = part.buckets.upperBound.addingReportingOverflow(1)
        return TimeRange(start: start, end: overflow ? .max : buckets.start(next))
    }

    /// The query of a part.
    func query(of part: Part) -> BoundSelect {
        var query = select
        guard let time = select.source.timeColumn else { return query }
        for term in terms(times(of: part), time: time, part.series, series: select.source.seriesColumn) {
            query.predicate = query.predicate.map { .binary(.and, $0, term, .boolean) } ?? term
        }
        return query
    }

    /// The rows of the view's table in a part: those columns that name them.
    func storedKeys(of part: Part) -> BoundSelect {
        let columns = keyColumns
        var query = BoundSelect(
            source: .table(target),
            outputs: columns.map { .column($0, target.columns[$0].type) },
            columns: columns.map { ResultColumn(name: target.columns[$0].name, type: target.columns[$0].type) }
        )
        let terms = terms(times(of: part), time: target.timeColumn, part.series, series: target.seriesColumn)
        for term in terms { query.predicate = query.predicate.map { .binary(.and, $0, term, .boolean) } ?? term }
        return query
    }

    /// Columns of the view's table that name a row.
    var keyColumns: [Int] {
        [target.timeColumn] + (target.seriesColumn.map { [$0] } ?? []) + (target.dedupColumns ?? [])
    }

    private func terms(
        _ times: TimeRange,
        time: Int,
        _ names: [String]?,
        series: Int?
    ) -> [BoundExpression] {
        var terms: [BoundExpression] = []
        let column = BoundExpression.column(time, .timestamp)
        if times.start != .min {
            terms.append(.binary(.greaterOrEqual, column, .literal(.timestamp(times.start), .timestamp), .boolean))
        }
        if times.end != .max {
            terms.append(.binary(.less, column, .literal(.timestamp(times.end), .timestamp), .boolean))
        }
        if let names, let series {
            terms.append(.inList(.column(series, .symbol), names.map { .text($0) }, isNegated: false))
        }
        return terms
    }
}
