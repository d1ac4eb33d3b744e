import QueryLang

/// What a request to QuestDB's `/exec` or `/exp` asks of the form of its answer.
public struct QuestDBForm: Sendable, Hashable {
    /// The two forms.
    public enum Kind: Sendable, Hashable {
        /// `/exec`: one JSON document.
        case json
        /// `/exp`: CSV.
        case csv
    }

    /// Which of the two.
    public var kind: Kind
    /// The statement, which the JSON repeats.
    public var query: String
    /// The number of the first row that is written, from 1 (`limit=lower,upper`).
    public var firstRow = 1
    /// The number of the last one; nil for all.
    public var lastRow: Int?
    /// Whether rows are counted past the last one that is written (`count=true`).
    public var countsAllRows = false
    /// Whether names and types of columns are told (`nm=true` leaves them out).
    public var hasMetadata = true
    /// Whether times are told (`timings=true`).
    public var hasTimings = false
    /// Whether it is told how the statement ran (`explain=true`).
    public var hasExplanation = false
    /// Whether `LONG` stands in quotes, for readers whose numbers are doubles (`quoteLargeNum=true`).
    public var quotesLargeNumbers = false

    /// Creates a form.
    public init(_ kind: Kind, query: String) {
        self.kind = kind
        self.query = query
    }

    /// Rows that have to be computed; nil for all.
    public var rowsNeeded: Int? { countsAllRows ? nil : lastRow }

    /// What a statement that changes something is answered by, `{"ddl":"OK"}` or `{"dml":"OK"}`; nil for one that gives rows.
    public func acknowledgement(of prepared: PreparedQuery) -> String? {
        guard prepared.statementClass != .read else { return nil }
        return QueryText.firstWord(of: query).map(Self.changesRows) ?? false ? "dml" : "ddl"
    }

    private static func changesRows(_ word: String) -> Bool { ["INSERT", "UPDATE", "DELETE"].contains(word) }

    /// Appends the answer to such a statement.
    public func acknowledge(_ word: String, into bytes: inout [UInt8]) {
        QuestDBResultWriter.acknowledge(word, into: &bytes)
    }
}
