public import Columnar

/// A statement about a feature view.
public enum FeatureViewStatement: Sendable, Hashable {
    /// `CREATE FEATURE VIEW …`.
    case create(CreateFeatureViewStatement)
    /// `DROP FEATURE VIEW [IF EXISTS] name`: of `micro` all versions, of `micro@v1` that one.
    case drop(Identifier, isOptional: Bool)
    /// `BACKFILL name …`.
    case backfill(BackfillStatement)
}

/// `CREATE FEATURE VIEW name options AS SELECT …`.
public struct CreateFeatureViewStatement: Sendable, Hashable {
    /// `STORE …`.
    public enum Storage: Sendable, Hashable {
        /// `STORE NONE`.
        case none
        /// `STORE ON CHANGE`.
        case onChange
        /// `STORE EVERY 1s`.
        case every(Interval)
    }

    /// `field 'unit'`, one of UNITS.
    public struct Unit: Sendable, Hashable {
        /// The feature.
        public var field: Identifier
        /// Its unit.
        public var unit: String

        /// Creates a unit.
        public init(field: Identifier, unit: String) {
            self.field = field
            self.unit = unit
        }
    }

    /// What stands between the name and AS, each once, in any order; nil without it.
    public struct Options: Sendable, Hashable {
        /// `TIER`.
        public var tier: FeatureViewDefinition.Tier?
        /// `STORE`.
        public var storage: Storage?
        /// `TTL`.
        public var timeToLive: Interval?
        /// `LATENCY`.
        public var latency: Interval?
        /// `OWNER`.
        public var owner: String?
        /// `DESCRIPTION`.
        public var summary: String?
        /// `UNITS`; empty without it.
        public var units: [Unit] = []

        /// Creates options of which none is written.
        public init() {}
    }

    /// The name, without a version.
    public var name: Identifier
    /// What stands between the name and AS.
    public var options: Options
    /// The query.
    public var query: SelectStatement

    /// Creates a statement.
    public init(name: Identifier, options: Options = Options(), query: SelectStatement) {
        self.name = name
        self.options = options
        self.query = query
    }
}

/// `BACKFILL name [FROM 'time'] [TO 'time']`.
public struct BackfillStatement: Sendable, Hashable {
    /// A time as text, and where it stands.
    public struct Time: Sendable, Hashable {
        /// The text.
        public var text: String
        /// Where it stands.
        @IgnoredInComparison public var span: SourceSpan

        /// Creates a time.
        public init(_ text: String, span: SourceSpan) {
            self.text = text
            self._span = IgnoredInComparison(wrappedValue: span)
        }
    }

    /// The view.
    public var name: Identifier
    /// The first time; nil for the beginning.
    public var from: Time?
    /// The time after the last; nil for the end.
    public var to: Time?

    /// Creates a statement.
    public init(name: Identifier, from: Time? = nil, to: Time? = nil) {
        self.name = name
        self.from = from
        self.to = to
    }
}
