/// One line of the report: how many queries there are, and what they ask of.
struct Case {
    /// What distinct queries have in common.
    enum Shape: String {
        /// All ask for the rows of all four instruments.
        case every
        /// All ask for the one instrument that there is.
        case one
        /// Each asks for an instrument of its own, as bots do.
        case own
    }

    let shape: Shape
    let queries: Int
    let subscribers: Int

    /// What is measured, the smoke test's or all.
    static func all(isSmoke: Bool) -> [Case] {
        if isSmoke {
            return [
                Case(shape: .every, queries: 0, subscribers: 0), Case(shape: .every, queries: 3, subscribers: 1),
                Case(shape: .every, queries: 1, subscribers: 5), Case(shape: .one, queries: 3, subscribers: 1),
                Case(shape: .own, queries: 3, subscribers: 1),
            ]
        }
        let distinct = [1, 10, 100, 1_000]
        return [Case(shape: .every, queries: 0, subscribers: 0)]
            + distinct.map { Case(shape: .every, queries: $0, subscribers: 1) }
            + [Case(shape: .every, queries: 1, subscribers: 1_000)]
            + distinct.map { Case(shape: .one, queries: $0, subscribers: 1) }
            + [Case(shape: .own, queries: 0, subscribers: 0)]
            + distinct.map { Case(shape: .own, queries: $0, subscribers: 1) }
    }

    var instruments: Int {
        switch shape {
        case .every: 4
        case .one: 1
        // Without queries as many as with most, to compare with.
        case .own: queries == 0 ? 1_000 : max(4, queries)
        }
    }

    /// The text of one of the queries.
    func text(_ query: Int) -> String {
        let size = "size > 0.0\(query)"
        let condition =
            switch shape {
            case .every: size
            case .one: "symbol = '\(Self.symbol(0)).\(Self.venue)' AND \(size)"
            case .own: "symbol = '\(Self.symbol(query)).\(Self.venue)' AND \(size)"
            }
        return "SELECT time, symbol, ohlcv(price, size), count() AS n FROM trades WHERE \(condition) SAMPLE BY 1m"
    }

    /// The instrument whose rows a query is told of; nil if all are.
    func instrument(_ query: Int) -> Int? {
        switch shape {
        case .every: nil
        case .one: 0
        case .own: query
        }
    }

    static let venue = "T"
    static func symbol(_ instrument: Int) -> String { "S\(instrument)-USDT" }

    /// Queries that each event is for, and subscribers that are told of it, as far as they weigh.
    private var heavy: Int { max(shape == .own ? 1 : queries, subscribers / 100, 1) }

    /// As many events as take about a second.
    var events: Int { max(4_000, 200_000 / heavy) }
}
