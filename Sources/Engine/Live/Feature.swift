/// Whether a value can be used, and why not. One list for stream, REST and tables.
public enum ValueStatus: UInt8, Sendable, Hashable, CaseIterable {
    /// A value.
    case present = 0
    /// Undefined for the input at hand, for example a ratio with an empty side.
    case null = 1
    /// Not enough input yet.
    case warming = 2
    /// Computed from input that is out of date.
    case stale = 3
    /// The book is being rebuilt.
    case resync = 4
    /// No such feature or instrument.
    case notFound = 5
    /// This instrument's feed cannot give it.
    case notAvailable = 6

    /// The word on the wire and in tables.
    public var name: String {
        switch self {
        case .present: "PRESENT"
        case .null: "NULL"
        case .warming: "WARMING"
        case .stale: "STALE"
        case .resync: "RESYNC"
        case .notFound: "NOT_FOUND"
        case .notAvailable: "NOT_AVAILABLE"
        }
    }
}

/// A named number per instrument at a time.
public struct Feature: Sendable, Hashable {
    /// The name, for example `spread_bps`.
    public let name: String
    /// The unit, for example `basis points`.
    public let unit: String
    /// The feature view that yields it.
    public let view: String
    /// What it means, in a sentence.
    public let summary: String

    /// Creates a definition.
    public init(name: String, unit: String, view: String, summary: String) {
        self.name = name
        self.unit = unit
        self.view = view
        self.summary = summary
    }
}
