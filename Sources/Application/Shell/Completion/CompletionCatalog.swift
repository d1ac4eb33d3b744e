/// The names that a gateway knows, for completion.
struct CompletionCatalog: Equatable, Sendable {
    /// Names of tables and views.
    var tables: [String] = []
    /// Keys of MarketStore's buckets.
    var buckets: [String] = []
    /// Columns by the lower-case name of their table.
    var columns: [String: [String]] = [:]
    var functions: [String] = []
    var symbols: [String] = []
}
