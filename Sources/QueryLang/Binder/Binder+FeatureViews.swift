import Columnar

/// Binds statements about feature views, and their names in FROM.
extension Binder {
    func bind(_ statement: FeatureViewStatement) throws(QueryError) -> BoundFeatureCommand {
        switch statement {
        case .create(let create): return .create(try bind(create))
        case .drop(let name, let isOptional):
            let all = try featureViews().filter { !$0.isBuiltIn }
            let (wanted, version) = FeatureViewDefinition.parts(of: name.name)
            let found = all.filter {
                $0.name.lowercased() == wanted.lowercased() && (version == nil || $0.version == version)
            }
            guard found.isEmpty else { return .drop(found) }
            if let view = try featureViews().named(name.name), view.isBuiltIn {
                throw QueryError(.semantic, "'\(view.id)' is built in", at: name.span)
            }
            guard isOptional else { throw try unknownFeatureView(name) }
            return .absent
        case .backfill(let backfill): return try bind(backfill)
        }
    }

    private func bind(_ create: CreateFeatureViewStatement) throws(QueryError) -> BoundFeatureView {
        let name = create.name
        let parts = FeatureViewDefinition.parts(of: name.name)
        guard parts.version == nil, !name.name.contains("@"), !name.name.contains("/") else {
            throw QueryError(
                .semantic,
                "the name of a feature view has no '@' and no '/'",
                at: name.span,
                hint: "versions are counted: another text of a view makes the next one"
            )
        }
        let known = try featureViews().named(name.name)
        if let known, known.isBuiltIn {
            throw QueryError(.tableExists, "'\(known.id)' is built in", at: name.span, hint: "another name is needed")
        }
        if known == nil { try checkFree(name, hint: "another name is needed") }
        var definition = FeatureViewDefinition(
            name: known?.name ?? name.name,
            version: (known?.version ?? 0) + 1,
            query: Statement(.select(create.query), span: name.span).text,
            statement: try text(of: create, named: known?.name ?? name.name)
        )
        try definition.setOptions(of: create)
        let bound = try FeatureViewBinder(binder: self, definition: definition, name: name).bind(create.query)
        for unit in create.options.units {
            let wanted = unit.field.name.lowercased()
            guard !bound.fields.contains(where: { $0.name.lowercased() == wanted }) else { continue }
            throw QueryError(
                .unknownColumn,
                "the view has no feature '\(QueryDiagnostic.shortened(unit.field.name))'",
                at: unit.field.span,
                expected: bound.fields.map(\.name),
                hint: NearestName.find(wanted, among: bound.fields.map(\.name)).map { "did you mean '\($0)'?" }
            )
        }
        return bound
    }

    private func text(of create: CreateFeatureViewStatement, named name: String) throws(QueryError) -> String {
        var canonical = create
        canonical.name = Identifier(name, span: create.name.span)
        let text = Statement(.featureView(.create(canonical)), span: create.name.span).text
        guard text.utf8.count <= QueryLimits.textBytesMax else {
            throw QueryError(
                .limit,
                "the statement is longer than \(QueryLimits.textBytesMax) bytes",
                at: create.name.span
            )
        }
        return text
    }

    private func bind(_ backfill: BackfillStatement) throws(QueryError) -> BoundFeatureCommand {
        let definition = try knownFeatureView(backfill.name)
        guard !definition.isOfRuntime else {
            throw QueryError(
                .semantic,
                "'\(definition.id)' is stored by the live runtime alone",
                at: backfill.name.span,
                hint: "CREATE FEATURE VIEW with the text that SHOW FEATURES tells makes one that can be backfilled"
            )
        }
        guard definition.storage != .none else {
            throw QueryError(
                .semantic,
                "'\(definition.id)' stores no rows",
                at: backfill.name.span,
                hint: "create it with STORE EVERY 1s or STORE ON CHANGE"
            )
        }
        let range = TimeRange(
            start: try backfill.from.map(Self.time) ?? .min,
            end: try backfill.to.map(Self.time) ?? .max
        )
        guard range.start < range.end else {
            throw QueryError(.semantic, "the range of BACKFILL is empty", at: backfill.to?.span ?? backfill.name.span)
        }
        return .backfill(try bound(definition, at: backfill.name), range)
    }

    private static func time(_ time: BackfillStatement.Time) throws(QueryError) -> Int64 {
        if let value = CivilTime.interval(time.text)?.start { return value }
        throw QueryError(
            .type,
            "'\(QueryDiagnostic.shortened(time.text))' is no time",
            at: time.span,
            hint: "write one like '2024-01-01' or '2024-01-01T09:30:00Z'"
        )
    }

    // MARK: Names

    /// All versions of all feature views.
    func featureViews() throws(QueryError) -> [FeatureViewDefinition] {
        do throws(TableError) {
            return try catalog.featureViews()
        } catch {
            throw QueryError(.storage, "the definitions of feature views cannot be read: \(error.message)")
        }
    }

    /// The feature view that a name means, unless a table has it; nil if there is none that a query says.
    func featureView(named name: Identifier) throws(QueryError) -> FeatureViewDefinition? {
        guard catalog.schema(named: name.name) == nil, let view = try featureViews().named(name.name) else {
            return nil
        }
        return view.query.isEmpty ? nil : view
    }

    /// The feature view of a name, which must be one.
    func knownFeatureView(_ name: Identifier) throws(QueryError) -> FeatureViewDefinition {
        guard let view = try featureViews().named(name.name) else { throw try unknownFeatureView(name) }
        return view
    }

    private func unknownFeatureView(_ name: Identifier) throws(QueryError) -> QueryError {
        let names = try featureViews().map(\.id)
        return QueryError(
            .unknownTable,
            "unknown feature view '\(QueryDiagnostic.shortened(name.name))'",
            at: name.span,
            expected: names,
            hint: NearestName.find(name.name, among: names + (try featureViews().map(\.name))).map {
                "did you mean '\($0)'?"
            } ?? "SHOW FEATURES lists them"
        )
    }

    /// Refuses the name of a feature view.
    func checkNoFeatureView(_ name: Identifier) throws(QueryError) {
        let wanted = name.name.lowercased()
        guard
            let view = try featureViews().first(where: {
                $0.name.lowercased() == wanted || $0.id.lowercased() == wanted
            })
        else { return }
        throw QueryError(
            .tableExists,
            "there is a feature view '\(QueryDiagnostic.shortened(view.name))' already",
            at: name.span,
            hint: "another name is needed"
        )
    }

    /// The query of a feature view in FROM. Errors in it point at the view's name.
    func expanded(_ view: FeatureViewDefinition, at name: Identifier) throws(QueryError) -> BoundSelect {
        let bound = try bound(view, at: name).select
        try checkSourceCount(.query(bound), at: name.span)
        return bound
    }

    /// A definition bound to the tables as they are.
    func bound(_ definition: FeatureViewDefinition, at name: Identifier) throws(QueryError) -> BoundFeatureView {
        // Whatever the dialect of the query around it.
        var inner = Binder(catalog: catalog)
        inner.nesting = try nested(at: name.span).nesting
        do throws(QueryError) {
            guard case .select(let select) = try Parser.parse(definition.query).kind else {
                throw QueryError(.bug, "BUG: a feature view is no SELECT")
            }
            return try FeatureViewBinder(binder: inner, definition: definition, name: name).bind(select)
        } catch {
            var outer = error
            outer.span = name.span
            guard error.code != .limit else { throw outer }
            outer.expected = []
            outer.message = "the feature view '\(QueryDiagnostic.shortened(definition.id))' cannot be read: \(error)"
            outer.hint = "SHOW CREATE FEATURE VIEW \(name.text) shows its query"
            throw outer
        }
    }
}
