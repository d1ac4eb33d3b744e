public import Columnar

/// Resolves the names and types of statements by a catalog.
public struct Binder: Sendable {
    let catalog: any CatalogReader
    /// What is being bound around this: sub-queries and views.
    var nesting = BindingNesting()
    /// Queries that have names here, by name in small letters.
    private var commonTables: [String: BoundCommonTable] = [:]
    /// What the queries around a sub-query in an expression read, from the inside out: for errors alone.
    private(set) var outerScopes: [Scope] = []
    /// By whose rules.
    var dialect: QueryDialect
    /// Whether the name of a family of buckets means all of its tables; otherwise it is the table of that name.
    private(set) var readsFamilies = true

    /// Creates a binder for the tables of a catalog.
    public init(catalog: any CatalogReader, dialect: QueryDialect = .tickgate) {
        self.catalog = catalog
        self.dialect = dialect
    }

    /// Resolves a statement.
    public func bind(_ statement: Statement) throws(QueryError) -> BoundStatement {
        switch statement.kind {
        case .showTables: .showTables
        case .showColumns(let table): try columns(of: table)
        case .select(let select): .select(try bind(select))
        case .explain(let select, let isAnalyze): .explain(try bind(select), isAnalyze: isAnalyze)
        case .show(let show): try bind(show, at: statement.span)
        case .createTable(let create): .command(.createTable(try bind(create)))
        case .createView(let create): .command(try bind(create))
        case .createMaterializedView(let create): .command(try bind(create))
        case .refresh(let refresh): .command(try bind(refresh))
        case .alterTable(let alter): .command(try bind(alter))
        case .drop(let drop): .command(try bind(drop))
        case .truncate(let table): .command(.truncate(try changeableTable(table)))
        case .insert(let insert): .command(.insert(try bind(insert)))
        case .delete(let delete): .command(try bind(delete))
        case .featureView(let statement): .command(.featureView(try bind(statement)))
        }
    }

    /// Resolves a SELECT, of a statement or a sub-query.
    func bind(_ select: SelectStatement) throws(QueryError) -> BoundSelect {
        let select = NestedWindows.lifted(select)
        let inner = try adding(select.with)
        let from = try SourceBinder(binder: inner).bind(select.source, select.joins)
        let bound = try inner.bind(select, over: from)
        // Each table of WITH is bound where it is used, so that a short text can name very many tables.
        guard bound.source.leafCount <= QueryLimits.sourcesMax, bound.depth <= QueryLimits.queryDepthMax else {
            throw QueryError(
                .limit,
                "with the queries of WITH put in, more than \(QueryLimits.sourcesMax) tables are read, or "
                    + "\(QueryLimits.queryDepthMax) queries stand in one another",
                at: select.items[0].span
            )
        }
        return bound
    }

    /// A binder of sub-queries of expressions over a scope.
    func within(_ scope: Scope) -> Binder {
        var inner = self
        inner.outerScopes.insert(scope, at: 0)
        return inner
    }

    /// A binder that knows nothing of the query around it: for the text of a view.
    var outside: Binder {
        var inner = self
        inner.commonTables = [:]
        inner.outerScopes = []
        return inner
    }

    /// A binder to which names of families are those of tables: for what follows one table row by row.
    var overTables: Binder {
        var inner = self
        inner.readsFamilies = false
        return inner
    }

    // MARK: WITH

    /// A binder that knows the queries of WITH too; each sees those before it.
    func adding(_ tables: [CommonTable]) throws(QueryError) -> Binder {
        var binder = self
        var seen: Set<String> = []
        for table in tables {
            let name = table.name.name.lowercased()
            guard seen.insert(name).inserted else {
                throw QueryError(
                    .semantic,
                    "the name '\(QueryDiagnostic.shortened(table.name.name))' stands twice in WITH",
                    at: table.name.span
                )
            }
            var inner = binder
            // A query that hides a table or another query reads that under its own name.
            if binder.commonTables[name] == nil, catalog.schema(named: table.name.name) == nil {
                inner.commonTables[name] = .unfinished
            }
            let query = try inner.bind(table.query)
            let names = try ColumnNames.renamed(query.columns.map(\.name), by: table.columns, of: table.name)
            binder.commonTables[name] = .bound(query.renamed(names))
        }
        return binder
    }

    /// The query of WITH of this name; nil if there is none.
    func commonTable(_ name: Identifier) throws(QueryError) -> BoundSelect? {
        switch commonTables[name.name.lowercased()] {
        case nil: return nil
        case .bound(let query): return query
        case .unfinished:
            throw QueryError(
                .semantic,
                "the query '\(QueryDiagnostic.shortened(name.name))' of WITH reads itself",
                at: name.span,
                hint: "WITH RECURSIVE is not supported"
            )
        }
    }

    /// The table that a name means; nil if there is none.
    func storedSchema(named name: String) -> TableSchema? {
        // The first table of a family by a name of its own.
        var found: TableSchema?
        if Self.isOfFamily(name, "~1") { found = catalog.schema(named: String(name.dropLast(2))) }
        guard let schema = found ?? catalog.schema(named: name) else { return nil }
        // A whole family is no table, and only plans call it so.
        guard Self.isOfFamily(schema.name, "~*") else { return schema }
        return catalog.tables.contains { $0.name == schema.name } ? schema : nil
    }

    /// Whether a name is that of a family of buckets with an ending.
    static func isOfFamily(_ name: String, _ ending: String) -> Bool {
        name.hasSuffix(ending) && name.utf8.contains(UInt8(ascii: "/"))
    }

    /// The table of this name.
    func schema(of table: Identifier) throws(QueryError) -> TableSchema {
        if let schema = storedSchema(named: table.name) { return schema }
        let names = catalog.tables.map(\.name)
        let features = try featureViews()
        let others = try views().map(\.name) + features.map(\.name) + features.map(\.id)
        let near = NearestName.find(table.name, among: names + commonTables.keys + others)
        throw QueryError(
            .unknownTable,
            "unknown table '\(QueryDiagnostic.shortened(table.name))'",
            at: table.span,
            expected: names,
            hint: near.map { "did you mean '\($0)'?" }
                ?? (table.name.contains("/")
                    ? "not found in catalog: no bucket has this key" : "SHOW TABLES lists the tables")
        ).inQuestDB("table does not exist [table=\(table.name)]")
    }
}

/// A query of WITH, as others see it.
private enum BoundCommonTable {
    /// It is being bound.
    case unfinished
    case bound(BoundSelect)
}

extension BoundSelect {
    /// The same query with other names of its columns.
    func renamed(_ names: [String]) -> BoundSelect {
        var select = self
        select.columns = zip(columns, names).map { ResultColumn(name: $1, type: $0.type) }
        return select
    }

    /// Queries on the longest way down.
    var depth: Int {
        var below = source.depth
        forEachExpression { below = max(below, $0.depth) }
        return 1 + below
    }
}

extension BoundSource {
    /// Tables and other sources that rows come from in the end, each as often as it stands in the query.
    fileprivate var leafCount: Int {
        switch self {
        case .table, .values, .sequence, .book: 1
        case .query(let select): select.source.leafCount
        case .set(let set): set.left.source.leafCount + set.right.source.leafCount
        case .join(let join): join.left.leafCount + join.right.leafCount
        }
    }

    fileprivate var depth: Int {
        switch self {
        case .table, .values, .sequence, .book: 0
        case .query(let select): select.depth
        case .set(let set): max(set.left.depth, set.right.depth)
        case .join(let join): max(join.left.depth, join.right.depth)
        }
    }
}

extension BoundExpression {
    fileprivate var depth: Int {
        var depth = 0
        if case .query(let query) = self { depth = query.select.depth }
        return children.reduce(depth) { max($0, $1.depth) }
    }
}

/// New names of columns, as `t (a, b)` gives them.
enum ColumnNames {
    /// The names with the first ones replaced.
    static func renamed(
        _ names: [String],
        by replacements: [Identifier],
        of owner: Identifier
    ) throws(QueryError) -> [String] {
        guard replacements.count <= names.count else {
            throw QueryError(
                .semantic,
                "'\(QueryDiagnostic.shortened(owner.name))' has \(names.count) columns, not \(replacements.count)",
                at: replacements[names.count].span
            )
        }
        var seen: Set<String> = []
        for name in replacements where !seen.insert(name.name.lowercased()).inserted {
            throw QueryError(
                .semantic,
                "the column '\(QueryDiagnostic.shortened(name.name))' stands twice",
                at: name.span
            )
        }
        let rest = names.dropFirst(replacements.count)
        if let taken = rest.first(where: { seen.contains($0.lowercased()) }) {
            throw QueryError(
                .semantic,
                "'\(QueryDiagnostic.shortened(owner.name))' has a column '\(taken)' already",
                at: owner.span,
                hint: "name all of its columns"
            )
        }
        return replacements.map(\.name) + rest
    }
}
