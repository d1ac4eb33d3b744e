import Columnar

/// Queries that are kept must mean the same later, and where nobody knows of buckets.
extension Binder {
    /// A query with buckets as the rows of their tables, and candles as SAMPLE BY in the time zone of today's buckets.
    func spelledOut(_ query: SelectStatement) throws(QueryError) -> SelectStatement {
        var query = query
        query.source = try spelledOut(query.source, depth: 0)
        let inner = try adding(query.with)
        let from = try SourceBinder(binder: inner).bind(query.source, query.joins)
        guard let expansion = try BucketExpansion(query, from, inner) else { return query }
        let functions = expansion.calls.compactMap { $0?.function }
        guard functions.contains(where: \.isCandler), functions.allSatisfy({ $0 != .gap && $0 != .adjust }) else {
            return query
        }
        return try expansion.candles()
    }

    private func spelledOut(_ source: SourceClause, depth: Int) throws(QueryError) -> SourceClause {
        var source = source
        switch source.kind {
        case .table(let name):
            guard try commonTable(name) == nil, let view = try view(named: name),
                try !views().contains(where: { $0.name.lowercased() == view.name.lowercased() }),
                case .select(let rows) = try Parser.parse(view.query).kind
            else { return source }
            source.kind = .query(rows)
            if source.alias == nil { source.alias = Identifier(name.name, span: name.span, isQuoted: true) }
        case .query(var query) where depth < BindingNesting.depthMax:
            query.source = try spelledOut(query.source, depth: depth + 1)
            source.kind = .query(query)
        case .query, .set, .values, .function, .nothing: break
        }
        return source
    }
}
