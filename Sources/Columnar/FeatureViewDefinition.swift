/// A named, versioned query that yields features: a row for each event of an instrument.
///
/// Immutable: another text makes another version.
public struct FeatureViewDefinition: Sendable, Hashable {
    /// Where a view is computed.
    public enum Tier: String, Sendable, Hashable, CaseIterable {
        /// As events arrive, and over history.
        case realtime = "REALTIME"
        /// Over history only.
        case batch = "BATCH"
    }

    /// Which rows are stored.
    public enum Storage: Sendable, Hashable {
        /// None.
        case none
        /// Those in which a feature differs from the row before.
        case onChange
        /// The last one of each interval of so many nanoseconds, counted from the Unix epoch.
        case every(Int64)
    }

    /// The unit of a feature.
    public struct Unit: Sendable, Hashable {
        /// The feature's name.
        public let field: String
        /// Its unit, for example `basis points`.
        public let unit: String

        /// Creates a unit.
        public init(field: String, unit: String) {
            self.field = field
            self.unit = unit
        }
    }

    /// The name without its version.
    public let name: String
    /// Counts the definitions that had the name, from 1.
    public let version: Int
    /// The SELECT in its canonical form; empty for folds of the live runtime that no SELECT says.
    public let query: String
    /// The statement that made it, in its canonical form; empty for what is built in.
    public let statement: String
    /// Where it is computed.
    public var tier = Tier.realtime
    /// Which rows are stored.
    public var storage = Storage.every(1_000_000_000)
    /// Nanoseconds after which a value is out of date; nil for never.
    public var timeToLive: Int64?
    /// Nanoseconds between the last input and the moment from which a row counts as known.
    public var latency: Int64 = 0
    /// Who answers for it.
    public var owner: String?
    /// What it is for.
    public var summary: String?
    /// Units of its features, as far as they are known.
    public var units: [Unit] = []
    /// Whether it ships with the process.
    public var isBuiltIn = false
    /// Whether the live runtime computes it by folds of its own, and stores it under its own name.
    public var isOfRuntime = false

    /// Creates a definition; its options have their defaults.
    public init(name: String, version: Int, query: String, statement: String = "") {
        self.name = name
        self.version = version
        self.query = query
        self.statement = statement
    }

    /// The name with its version: `micro@v3`.
    public var id: String { "\(name)@v\(version)" }

    /// The table of its stored rows.
    public var storedTable: String { isOfRuntime ? id : id + "/stored" }

    /// The parts of `micro@v3`: the name, and the version if there is one.
    public static func parts(of text: String) -> (name: String, version: Int?) {
        guard let at = text.lastIndex(of: "@") else { return (text, nil) }
        let suffix = text[text.index(after: at)...]
        guard let letter = suffix.first, letter == "v" || letter == "V", let version = Int(suffix.dropFirst()),
            version > 0, suffix.dropFirst().allSatisfy({ $0.isASCII && $0.isNumber })
        else { return (text, nil) }
        return (String(text[..<at]), version)
    }
}

extension [FeatureViewDefinition] {
    /// The definition that a name means: of `micro` the newest one, of `micro@v3` that one. Case does not count.
    public func named(_ text: String) -> FeatureViewDefinition? {
        let (name, version) = FeatureViewDefinition.parts(of: text)
        let wanted = name.lowercased()
        let versions = filter { $0.name.lowercased() == wanted }
        guard let version else { return versions.max { $0.version < $1.version } }
        return versions.first { $0.version == version }
    }
}
