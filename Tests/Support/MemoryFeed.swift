public import Columnar
import Synchronization

/// Tables in memory that tell of their writes.
public final class MemoryFeed: CommitFeed {
    private struct State {
        var source: MemoryTableSource
        var lsn: LSN = 1
        var listeners: [any CommitListener] = []
    }

    private let state: Mutex<State>

    public init(_ source: MemoryTableSource) { state = Mutex(State(source: source)) }

    public func snapshot() -> any TableSnapshot {
        state.withLock { MemoryFeedSnapshot(state: $0.source.snapshot(), committed: $0.lsn) }
    }

    public func addListener(_ listener: any CommitListener) { state.withLock { $0.listeners.append(listener) } }

    public func removeListener(_ listener: any CommitListener) {
        state.withLock { $0.listeners.removeAll { $0 === listener } }
    }

    public var listenerCount: Int { state.withLock { $0.listeners.count } }

    /// Appends rows to a table, in their order, as one batch: one group a series. Rows of regular tables and of those with a
    /// dedup key take the place of others.
    public func append(_ rows: [[Scalar]], to table: String, forms: MemoryForms = .plain, scale: Int = 4) {
        append([(table, rows)], forms: forms, scale: scale)
    }

    /// Appends rows of several tables as one batch.
    public func append(_ tables: [(name: String, rows: [[Scalar]])], forms: MemoryForms = .plain, scale: Int = 4) {
        let (batch, listeners) = state.withLock { state -> (CommittedBatch, [any CommitListener]) in
            var groups: [AppendGroup] = []
            for (name, rows) in tables {
                guard let index = state.source.memoryTables.firstIndex(where: { $0.schema.name == name }) else {
                    continue
                }
                let table = state.source.memoryTables[index]
                groups += Self.groups(rows, table.schema, forms: forms, scale: scale)
                state.source.memoryTables[index] = MemoryTable(
                    table.schema,
                    rows: Self.merged(table.rows, rows, table.schema)
                )
            }
            state.lsn += 1
            return (CommittedBatch(lsn: state.lsn, groups: groups), state.listeners)
        }
        for listener in listeners { listener.committed(batch) }
    }

    /// Changes the tables otherwise.
    public func change(_ table: String, _ body: (inout [MemoryTable]) -> Void) {
        let (change, listeners) = state.withLock { state -> (CommittedChange, [any CommitListener]) in
            body(&state.source.memoryTables)
            state.lsn += 1
            return (CommittedChange(lsn: state.lsn, table: table, kind: .rowsRemoved(.all)), state.listeners)
        }
        for listener in listeners { listener.changed(change) }
    }

    private static func groups(
        _ rows: [[Scalar]],
        _ schema: TableSchema,
        forms: MemoryForms,
        scale: Int
    ) -> [AppendGroup] {
        var order: [String] = []
        var bySeries: [String: [[Scalar]]] = [:]
        for row in rows {
            var name = ""
            if let column = schema.seriesColumn, case .text(let text) = row[column] { name = text }
            if bySeries[name] == nil { order.append(name) }
            bySeries[name, default: []].append(row)
        }
        return order.map { name in
            let rows = bySeries[name] ?? []
            return AppendGroup(
                table: schema.name,
                series: name,
                columns: schema.columns.indices.map { column in
                    if column == schema.seriesColumn { return nil }
                    return MemoryVectors.vector(
                        rows.map { $0[column] },
                        schema.columns[column].type,
                        forms: forms,
                        scale: scale
                    )
                },
                rowCount: rows.count
            )
        }
    }

    private static func merged(_ rows: [[Scalar]], _ added: [[Scalar]], _ schema: TableSchema) -> [[Scalar]] {
        var keys = [schema.timeColumn] + (schema.seriesColumn.map { [$0] } ?? [])
        switch schema.kind {
        case .regular: break
        case .event:
            guard let dedup = schema.dedupColumns else { return rows + added }
            keys += dedup
        }
        var merged = rows
        for row in added {
            merged.removeAll { other in keys.allSatisfy { other[$0] == row[$0] } }
            merged.append(row)
        }
        return merged
    }
}

private struct MemoryFeedSnapshot: TableSnapshot {
    let state: any TableSnapshot
    let committed: LSN

    var catalog: any CatalogReader { state.catalog }
    func scan(_ request: ScanRequest) throws(TableError) -> any TableScan { try state.scan(request) }
}
