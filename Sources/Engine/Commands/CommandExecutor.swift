import Columnar
import QueryLang
import Synchronization

/// Lets one statement at a time look at the catalog and change it.
final class CatalogLock: Sendable {
    private let mutex = Mutex<Void>(())

    func hold<Result: Sendable>(_ body: () throws(QueryError) -> Result) throws(QueryError) -> Result {
        try mutex.withLock { _ throws(QueryError) in try body() }
    }
}

/// Does what a statement that changes something says.
struct CommandExecutor {
    let writer: any TableWriter
    /// The tables as the engine sees them.
    let source: any TableSource
    let lock: CatalogLock
    let context: ExecutionContext
    /// Runs a SELECT over the snapshot that the statement began with.
    let select: (BoundSelect) throws(QueryError) -> any PhysicalOperator

    /// Runs a command. Returns the count of rows that were written, or a word for what was done.
    func run(_ command: BoundCommand) throws(QueryError) -> Scalar {
        switch command {
        case .nothing(let word): return .text(word)
        case .createTable(let create): return try createTable(create)
        case .insert(let insert): return .int64(Int64(try self.insert(insert)))
        case .addColumns(let columns, let table):
            for column in columns {
                try change { writer throws(TableError) in try writer.addColumn(column, to: table.name) }
            }
            return .text(columns.isEmpty ? "exists" : "added")
        case .setTimeToLive(let timeToLive, let table):
            try change { writer throws(TableError) in try writer.setTimeToLive(timeToLive, of: table.name) }
            return .text("set")
        case .dropTable(let table):
            try change { writer throws(TableError) in try writer.dropTable(table.name) }
            return .text("dropped")
        case .truncate(let table):
            try change { writer throws(TableError) in try writer.dropRows(of: table.name, series: .all, time: .all) }
            return .text("truncated")
        case .deleteRows(let delete): return try deleteRows(delete)
        case .createView(let view, let replaces): return try createView(view, replaces: replaces)
        case .createMaterializedView(let view): return try createMaterializedView(view)
        case .dropMaterializedView(let view):
            try change { writer throws(TableError) in
                try append(MaterializedViewTables.row(view, isDropped: true), to: writer)
                try writer.dropTable(view.name)
            }
            return .text("dropped")
        case .refresh(let view, let extent): return try refresh(view, extent)
        case .dropView(let view):
            try ViewTable.write(ViewDefinition(name: view.name, query: ""), writer, context)
            return .text("dropped")
        case .featureView(let command): return try FeatureViewCommands(executor: self).run(command)
        }
    }

    func change(_ body: (any TableWriter) throws(TableError) -> Void) throws(QueryError) {
        do throws(TableError) {
            try body(writer)
        } catch {
            throw QueryError(writing: error)
        }
    }

    // MARK: Tables

    private func createTable(_ create: BoundCreateTable) throws(QueryError) -> Scalar {
        let name = create.schema.name
        let isNew = try lock.hold { () throws(QueryError) in
            let catalog = source.snapshot().catalog
            if catalog.schema(named: name) != nil {
                guard create.isOptional else {
                    throw QueryError(.tableExists, "a table '\(name)' was created meanwhile")
                }
                return false
            }
            try checkNoView(name, catalog)
            try change { writer throws(TableError) in try writer.createTable(create.schema) }
            if let timeToLive = create.timeToLive {
                try change { writer throws(TableError) in try writer.setTimeToLive(timeToLive, of: name) }
            }
            return true
        }
        guard let query = create.query else { return .text(isNew ? "created" : "exists") }
        guard isNew else { return .int64(0) }
        do throws(QueryError) {
            let columns = create.schema.visibleColumns
            return .int64(Int64(try copy(query, to: create.schema, columns: columns)))
        } catch {
            // The table was not there before: nothing is left of it.
            do throws(TableError) {
                try writer.dropTable(name)
            } catch let second {
                var error = error
                error.message += "; the table '\(name)' could not be dropped again: \(second.message)"
                throw error
            }
            var error = error
            error.message += "; the table '\(name)' was not created"
            throw error
        }
    }

    func checkNoView(_ name: String, _ catalog: any CatalogReader) throws(QueryError) {
        let wanted = name.lowercased()
        do throws(TableError) {
            guard try catalog.views().contains(where: { $0.name.lowercased() == wanted }) else { return }
        } catch {
            throw QueryError(error)
        }
        throw QueryError(.tableExists, "a view '\(name)' was created meanwhile")
    }

    private func deleteRows(_ delete: BoundDelete) throws(QueryError) -> Scalar {
        let series: ScanRequest.Series =
            switch delete.series {
            case .all: .all
            case .named(let names): .named(names)
            }
        guard !delete.times.isEmpty else { return .text("deleted") }
        try change { writer throws(TableError) in
            try writer.dropRows(of: delete.table.name, series: series, times: delete.times)
        }
        return .text("deleted")
    }

    // MARK: Rows

    private func insert(_ insert: BoundInsert) throws(QueryError) -> Int {
        switch insert.content {
        case .query(let query): return try copy(query, to: insert.table, columns: insert.columns)
        case .values(let rows):
            let types = insert.columns.map { insert.table.columns[$0].type }
            let batch = try ConstantRows.batch(rows, types: types, context)
            var batcher = RowBatcher(
                insert.table,
                columns: insert.columns,
                writer: writer,
                context: context,
                isAtomic: true
            )
            try batcher.add(batch)
            try batcher.finish()
            return batcher.writtenRows
        }
    }

    private func copy(_ query: BoundSelect, to table: TableSchema, columns: [Int]) throws(QueryError) -> Int {
        let rows = try select(query)
        var batcher = RowBatcher(table, columns: columns, writer: writer, context: context)
        while let batch = try rows.next() { try batcher.add(batch) }
        try batcher.finish()
        return batcher.writtenRows
    }

    // MARK: Views

    private func createView(_ view: ViewDefinition, replaces: Bool) throws(QueryError) -> Scalar {
        try lock.hold { () throws(QueryError) in
            let catalog = source.snapshot().catalog
            guard catalog.schema(named: view.name) == nil else {
                throw QueryError(.tableExists, "a table '\(view.name)' was created meanwhile")
            }
            // Whoever may only write must not replace what came between.
            if !replaces { try checkNoView(view.name, catalog) }
            try change { writer throws(TableError) in try writer.createTable(ViewTable.schema) }
            try ViewTable.write(view, writer, context)
        }
        return .text(replaces ? "replaced" : "created")
    }
}
