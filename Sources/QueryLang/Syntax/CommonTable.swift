/// `name [(columns)] AS (query)`, one of the queries of WITH.
public struct CommonTable: Sendable, Hashable {
    /// What FROM calls it.
    public var name: Identifier
    /// What its columns are called instead of by the query; empty for as the query has it.
    public var columns: [Identifier]
    /// What it is.
    public var query: SelectStatement

    /// Creates one.
    public init(_ name: Identifier, columns: [Identifier] = [], _ query: SelectStatement) {
        self.name = name
        self.columns = columns
        self.query = query
    }
}
