/// A query with a name, which can stand where a table can.
public struct ViewDefinition: Sendable, Hashable {
    /// The name, unique among views and tables without regard to case.
    public let name: String
    /// The text of the SELECT.
    public let query: String

    /// Creates a definition.
    public init(name: String, query: String) {
        self.name = name
        self.query = query
    }
}
