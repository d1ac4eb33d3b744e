public import Columnar

/// A feature view, bound: its query gives a row for each event of an instrument.
public struct BoundFeatureView: Sendable, Hashable {
    /// The columns that rows of every feature view begin with, by their places.
    public enum Head {
        /// The venue's time of the event; the start of a bar.
        public static let time = 0
        /// The instrument.
        public static let symbol = 1
        /// The number of the event; of a bar the number of its slot since the Unix epoch.
        public static let seq = 2
        /// When the event was received; the end of a bar.
        public static let receiveTime = 3
        /// From when on the row counts as known.
        public static let availableTime = 4
        /// The state of the book, if the view has one.
        public static let bookState = 5
    }

    /// What it was made from.
    public let definition: FeatureViewDefinition
    /// The query: the columns of ``Head``, then the features.
    public let select: BoundSelect
    /// The tables that it reads; the first one has the events.
    public let inputs: [TableSchema]
    /// Whether ``Head/bookState`` is there.
    public let hasBookState: Bool

    init(
        definition: FeatureViewDefinition,
        select: BoundSelect,
        inputs: [TableSchema],
        hasBookState: Bool
    ) {
        self.definition = definition
        self.select = select
        self.inputs = inputs
        self.hasBookState = hasBookState
    }

    /// How many columns come before the features.
    public var headCount: Int { hasBookState ? Head.bookState + 1 : Head.bookState }

    /// The features: numbers or truth values.
    public var fields: [ResultColumn] { Array(select.columns.dropFirst(headCount)) }

    /// Binds the query of a definition to the tables of a catalog.
    public static func bind(
        _ definition: FeatureViewDefinition,
        _ catalog: any CatalogReader
    ) throws(QueryError) -> BoundFeatureView {
        let name = Identifier(definition.id, span: SourceSpan(start: 0, end: 0))
        return try Binder(catalog: catalog).bound(definition, at: name)
    }
}

/// A statement about a feature view, bound.
public enum BoundFeatureCommand: Sendable, Hashable {
    /// CREATE: the version is the executor's to give.
    case create(BoundFeatureView)
    /// DROP: these versions.
    case drop([FeatureViewDefinition])
    /// BACKFILL: rows of a range of time.
    case backfill(BoundFeatureView, TimeRange)
    /// DROP IF EXISTS of none.
    case absent

    /// What a caller must be allowed to do.
    public var statementClass: StatementClass {
        switch self {
        case .create, .backfill: .write
        case .drop, .absent: .admin
        }
    }
}
