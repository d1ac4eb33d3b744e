import Synchronization

/// A table whose rows are made when somebody reads it: what the parts of a process know of themselves.
public protocol VirtualTable: Sendable {
    /// Its name, which begins with ``VirtualTables/prefix``, and its columns. Without a designated timestamp
    /// (``TableSchema/inOrderOfArrival(name:columns:)``).
    var schema: TableSchema { get }
    /// The rows now: a value for each of ``TableSchema/visibleColumns``, of its type or null. Called on a query's thread; the
    /// tables that it may look at are those of the snapshot.
    func rows(_ snapshot: any TableSnapshot) throws(TableError) -> [[Scalar]]
}

/// A virtual table whose rows a closure gives.
public struct ComputedTable: VirtualTable {
    /// See ``VirtualTable/schema``.
    public let schema: TableSchema
    private let make: @Sendable (any TableSnapshot) throws(TableError) -> [[Scalar]]

    /// Creates a table.
    ///
    /// - Parameters:
    ///   - name: its name after ``VirtualTables/prefix``.
    ///   - columns: its columns; no two have one name.
    ///   - make: the rows now, as ``VirtualTable/rows(_:)`` gives them.
    public init(
        _ name: String,
        _ columns: [Column],
        _ make: @escaping @Sendable (any TableSnapshot) throws(TableError) -> [[Scalar]]
    ) {
        guard let schema = TableSchema.inOrderOfArrival(name: VirtualTables.prefix + name, columns: columns) else {
            preconditionFailure("BUG: the table system.\(name) has no valid schema")
        }
        self.schema = schema
        self.make = make
    }

    /// See ``VirtualTable/rows(_:)``.
    public func rows(_ snapshot: any TableSnapshot) throws(TableError) -> [[Scalar]] { try make(snapshot) }
}

/// Views that are made when somebody names them, as MarketStore's buckets are: too many to be listed.
public protocol NamedViews: Sendable {
    /// The view that a name stands for, if no table and no stored view has it; nil for none. Any thread may ask.
    func view(named name: String) -> ViewDefinition?
    /// The time zone whose calendar the days of MarketStore's buckets follow.
    var zone: ZoneRules { get }
}

/// The virtual tables of a process, and the views that are made for names: each part adds its own when it starts.
public final class VirtualTables: Sendable {
    /// What the names of virtual tables begin with. No stored table can be created under such a name by a statement.
    public static let prefix = "system."

    private let tables = Mutex<[String: any VirtualTable]>([:])
    private let namedViews = Mutex<(any NamedViews)?>(nil)

    /// Creates an empty set.
    public init() {}

    /// Whether a name is one that virtual tables have.
    public static func isReserved(_ name: String) -> Bool { name.lowercased().hasPrefix(prefix) }

    /// Adds a table, in place of an earlier one of its name.
    public func add(_ table: any VirtualTable) {
        tables.withLock { $0[table.schema.name.lowercased()] = table }
    }

    /// The table of this name, without regard to case.
    public func table(named name: String) -> (any VirtualTable)? { tables.withLock { $0[name.lowercased()] } }

    /// Sets what makes views for names that nothing else has, in place of an earlier one.
    public func setViews(_ views: any NamedViews) { namedViews.withLock { $0 = views } }

    /// What makes views for names; nil if nothing does.
    public var views: (any NamedViews)? { namedViews.withLock { $0 } }

    /// All tables, sorted by name.
    public var all: [any VirtualTable] {
        tables.withLock { Array($0.values) }.sorted { $0.schema.name < $1.schema.name }
    }
}
