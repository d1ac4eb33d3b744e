import Columnar

/// Where a SELECT stands that is being bound: how deep, and in which views.
///
/// A text bounds its own depth and sources; views multiply both, so that the binder counts them too.
struct BindingNesting: Sendable {
    /// Sub-queries and views around it: as many as a text may have of sub-queries alone.
    static let depthMax = QueryLimits.nestingDepthMax / QueryLimits.subqueryLevels

    var depth = 0
    /// Names of the views that are being expanded, the outermost first.
    var views: [String] = []
}

extension Binder {
    /// A binder for a sub-query or a view.
    func nested(at span: SourceSpan) throws(QueryError) -> Binder {
        var inner = self
        inner.nesting.depth += 1
        guard inner.nesting.depth <= BindingNesting.depthMax else {
            throw QueryError(
                .limit,
                "more than \(BindingNesting.depthMax) sub-queries and views in one another",
                at: span
            )
        }
        return inner
    }

    /// Checks how many tables are read, those of views included.
    func checkSourceCount(_ source: BoundSource, at span: SourceSpan) throws(QueryError) {
        guard source.tables.count > QueryLimits.sourcesMax else { return }
        throw QueryError(.limit, "more than \(QueryLimits.sourcesMax) tables, those of views included", at: span)
    }

    /// All views.
    func views() throws(QueryError) -> [ViewDefinition] {
        do throws(TableError) {
            return try catalog.views()
        } catch {
            throw QueryError(.storage, "the definitions of views cannot be read: \(error.message)")
        }
    }

    /// The view of this name, unless a table has it; nil if there is none.
    func view(named name: Identifier) throws(QueryError) -> ViewDefinition? {
        guard catalog.schema(named: name.name) == nil else { return nil }
        do throws(TableError) {
            return try catalog.view(named: name.name)
        } catch {
            throw QueryError(.storage, "the definitions of views cannot be read: \(error.message)")
        }
    }

    /// The SELECT of a view. Errors in it point at the view's name.
    func expanded(_ view: ViewDefinition, at name: Identifier) throws(QueryError) -> BoundSelect {
        var inner = try nested(at: name.span).outside
        // The text of a view counts time in nanoseconds.
        if dialect == .marketstore { inner.dialect = .tickgate }
        let key = view.name.lowercased()
        if inner.nesting.views.contains(key) {
            let circle = (inner.nesting.views + [key]).map { "'\(QueryDiagnostic.shortened($0))'" }
            throw QueryError(
                .semantic,
                "the views \(circle.joined(separator: " → ")) read one another in a circle",
                at: name.span
            )
        }
        inner.nesting.views.append(key)
        let bound: BoundSelect
        do throws(QueryError) {
            guard case .select(let select) = try Parser.parse(view.query).kind else {
                throw QueryError(.bug, "BUG: a view is no SELECT")
            }
            bound = try inner.bind(select)
        } catch {
            // The place is one in the view's text. What an inner view says stands as it is.
            var outer = error
            outer.span = name.span
            guard error.code != .limit, !error.message.hasPrefix(Self.viewFailure),
                !error.message.hasPrefix("the views ")
            else { throw outer }
            outer.expected = []
            outer.message = "\(Self.viewFailure)'\(QueryDiagnostic.shortened(view.name))' cannot be read: \(error)"
            let shown = Identifier(view.name, span: name.span).text
            outer.hint = "SHOW CREATE VIEW \(shown) shows its query, CREATE OR REPLACE VIEW changes it"
            throw outer
        }
        try checkSourceCount(.query(bound), at: name.span)
        return bound
    }

    private static let viewFailure = "the view "
}
