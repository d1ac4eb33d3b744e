public import Columnar
import QueryLang

/// What there is to know of one version of a feature view.
public struct FeatureViewInfo: Sendable, Hashable {
    /// One feature of it.
    public struct Field: Sendable, Hashable {
        /// The name.
        public var name: String
        /// The type of its values in queries.
        public var type: ColumnType
        /// The unit; nil if it was not told.
        public var unit: String?

        /// Creates a field.
        public init(name: String, type: ColumnType, unit: String? = nil) {
            self.name = name
            self.type = type
            self.unit = unit
        }
    }

    /// The name without its version.
    public var name: String
    /// The version, from 1.
    public var version: Int
    /// The SHA-256 of the canonical statement.
    public var hash: String
    /// The SELECT; nil if no SELECT says what is computed.
    public var query: String?
    /// `REALTIME` or `BATCH`.
    public var tier: String
    /// `NONE`, `ON CHANGE` or `EVERY 1s`.
    public var storage: String
    /// The table of its stored rows.
    public var storedTable: String
    /// Nanoseconds after which a value is out of date; nil for never.
    public var timeToLive: Int64?
    /// Nanoseconds between the last input and the moment from which a row counts as known.
    public var latency: Int64
    /// Who answers for it.
    public var owner: String?
    /// What it is for.
    public var summary: String?
    /// The features, in the order of their indices in updates.
    public var fields: [Field]
    /// The tables that it reads.
    public var inputs: [String]
    /// Whether it ships with the process.
    public var isBuiltIn: Bool
    /// Whether it is computed as events arrive.
    public var isLive = false
    /// Why it is not, or why it cannot be read at all; nil if all is well.
    public var problem: String?

    init(_ definition: FeatureViewDefinition, fields: [Field], inputs: [String]) {
        name = definition.name
        version = definition.version
        hash = definition.hash
        query = definition.query.isEmpty ? nil : definition.query
        tier = definition.tier.rawValue
        storage =
            switch definition.storage {
            case .none: "NONE"
            case .onChange: "ON CHANGE"
            case .every(let nanoseconds): "EVERY \(Show.duration(nanoseconds))"
            }
        storedTable = definition.storedTable
        timeToLive = definition.timeToLive
        latency = definition.latency
        owner = definition.owner
        summary = definition.summary
        self.fields = fields
        self.inputs = inputs
        isBuiltIn = definition.isBuiltIn
    }

    /// The name with its version: `micro@v3`.
    public var id: String { "\(name)@v\(version)" }
}
