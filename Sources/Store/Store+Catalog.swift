public import Columnar

extension Store: CatalogEditor {
    /// See ``CatalogEditor/createTable(_:)``. Must not be called from a completion.
    public func createTable(_ schema: TableSchema) throws(TableError) {
        try SchemaRules.check(schema)
        try change(.createTable(schema))
    }

    /// See ``CatalogEditor/dropTable(_:)``. Must not be called from a completion.
    public func dropTable(_ name: String) throws(TableError) { try change(.dropTable(name)) }

    /// See ``CatalogEditor/addColumn(_:to:)``. Must not be called from a completion.
    public func addColumn(_ column: Column, to table: String) throws(TableError) {
        try change(.addColumn(column, table: table))
    }

    /// See ``CatalogEditor/dropRows(of:series:times:)``. Must not be called from a completion.
    public func dropRows(of table: String, series: ScanRequest.Series, times: [TimeRange]) throws(TableError) {
        try change(.dropRows(table: table, series: series, times: times))
    }

    /// See ``CatalogEditor/setTimeToLive(_:of:)``. Must not be called from a completion.
    public func setTimeToLive(_ nanoseconds: Int64?, of table: String) throws(TableError) {
        try change(.setTimeToLive(nanoseconds, table: table))
        core.maintenance.wake()
    }

    /// How long rows of a table are kept, in nanoseconds; nil for ever, also if there is no such table.
    public func timeToLive(of table: String) -> Int64? { core.catalog.state.entry(named: table)?.timeToLive }

    private func change(_ change: CatalogChange) throws(TableError) {
        try waitFor { done in self.core.queue.admit(.change(change, done)) == .queued }
    }
}
