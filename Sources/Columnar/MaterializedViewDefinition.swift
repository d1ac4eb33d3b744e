/// A query by buckets of time whose answer is kept in a table of its own name.
public struct MaterializedViewDefinition: Sendable, Hashable {
    /// When the table follows the one that the query reads.
    public enum Refresh: Sendable, Hashable {
        /// As soon as rows are written.
        case immediate
        /// After so many nanoseconds.
        case every(Int64)
        /// When a statement says so.
        case manual
    }

    /// The name of the view and of its table.
    public let name: String
    /// The text of the SELECT.
    public let query: String
    /// The name of the dialect that the text was written in.
    public let dialect: String
    /// The table that it reads.
    public let base: String
    /// When it is refreshed.
    public let refresh: Refresh

    /// Creates a definition.
    public init(name: String, query: String, dialect: String, base: String, refresh: Refresh) {
        self.name = name
        self.query = query
        self.dialect = dialect
        self.base = base
        self.refresh = refresh
    }
}
