public import Columnar

/// Rows of entities (an instrument at a time, with labels), and the features that are wanted of them as they were known then.
public struct TrainingSetRequest: Sendable, Hashable {
    /// A column that comes along with the entities, for example a label.
    public struct Label: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// A value for each entity.
        public var values: [Scalar]

        /// Creates a column.
        public init(name: String, values: [Scalar]) {
            self.name = name
            self.values = values
        }

        /// int64, float64, boolean, timestamp or string; the common one of the values.
        var type: ColumnType {
            var type: ColumnType?
            for value in values {
                let own: ColumnType
                switch value {
                case .null: continue
                case .boolean: own = .boolean
                case .int64: own = .int64
                case .float64: own = .float64
                case .timestamp: own = .timestamp
                case .text: own = .string
                }
                if type == nil || type == own {
                    type = own
                } else {
                    let isNumeric = [.int64, .float64].contains(own) && (type == .int64 || type == .float64)
                    type = isNumeric ? .float64 : .string
                }
            }
            return type ?? .string
        }
    }

    /// Entities at most.
    public static let entitiesMax = 1_000_000
    /// Features and labels at most, each.
    public static let columnsMax = 1_000

    /// What is wanted: `micro:spread_bps`, `micro@v2:spread_bps`, or `micro` for all features of its newest version.
    public var features: [String]
    /// The instrument of each entity.
    public var symbols: [String]
    /// The time of each entity, nanoseconds since the Unix epoch.
    public var times: [Int64]
    /// What comes along.
    public var labels: [Label]
    /// Whether the status of each value is wanted.
    public var hasStatuses = true

    /// Creates a request.
    public init(features: [String], symbols: [String], times: [Int64], labels: [Label] = []) {
        self.features = features
        self.symbols = symbols
        self.times = times
        self.labels = labels
    }
}
