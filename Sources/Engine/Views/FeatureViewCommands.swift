import Columnar
import QueryLang

/// Does what statements about feature views say.
struct FeatureViewCommands {
    let executor: CommandExecutor

    /// Versions of all feature views at most.
    static let definitionsMax = 10_000

    func run(_ command: BoundFeatureCommand) throws(QueryError) -> Scalar {
        switch command {
        case .absent: return .text("absent")
        case .create(let view): return .text(try create(view))
        case .drop(let views):
            for view in views { try drop(view) }
            return .text("dropped")
        case .backfill(let view, let range):
            let backfill = FeatureBackfill(
                plan: try FeatureViewPlan(view),
                range: range,
                writer: executor.writer,
                snapshot: executor.source.snapshot(),
                context: executor.context
            )
            return .int64(Int64(try backfill.run()))
        }
    }

    private func create(_ view: BoundFeatureView) throws(QueryError) -> String {
        _ = try FeatureViewPlan(view)
        let wanted = view.definition
        return try executor.lock.hold { () throws(QueryError) in
            let snapshot = executor.source.snapshot()
            let catalog = snapshot.catalog
            guard catalog.schema(named: wanted.name) == nil else {
                throw QueryError(.tableExists, "a table '\(wanted.name)' was created meanwhile")
            }
            let (known, last) = try versions(of: wanted.name, snapshot)
            if let newest = known.max(by: { $0.version < $1.version }), newest.statement == wanted.statement {
                return "exists \(newest.id)"
            }
            let id = "\(wanted.name)@v\(last + 1)"
            let definition = try FeatureViewDefinition(id: id, statement: wanted.statement)
            if definition.storage != .none {
                let schema = try FeatureStorage.schema(view, table: definition.storedTable)
                try executor.change { writer throws(TableError) in try writer.createTable(schema) }
            }
            try executor.change { writer throws(TableError) in try writer.createTable(FeatureViewTable.schema) }
            try FeatureViewTable.write(id: id, statement: wanted.statement, executor.writer, executor.context)
            return "created \(id)"
        }
    }

    /// The versions of a name that there are, and the number of the last that there ever was.
    private func versions(
        of name: String,
        _ snapshot: any TableSnapshot
    ) throws(QueryError) -> ([FeatureViewDefinition], last: Int) {
        do throws(TableError) {
            let all = try snapshot.catalog.featureViews()
            let ever = try FeatureViewTable.statements(snapshot, snapshot.catalog)
            guard ever.count < Self.definitionsMax else {
                throw TableError(.invalid, "more than \(Self.definitionsMax) versions of feature views were made")
            }
            let last = ever.compactMap { id, _ in
                let parts = FeatureViewDefinition.parts(of: id)
                return parts.name.lowercased() == name.lowercased() ? parts.version : nil
            }.max()
            return (all.filter { $0.name.lowercased() == name.lowercased() }, last ?? 0)
        } catch {
            throw QueryError(writing: error)
        }
    }

    private func drop(_ view: FeatureViewDefinition) throws(QueryError) {
        try FeatureViewTable.write(id: view.id, statement: "", executor.writer, executor.context)
        guard executor.source.snapshot().catalog.schema(named: view.storedTable) != nil else { return }
        try executor.change { writer throws(TableError) in try writer.dropTable(view.storedTable) }
    }
}
