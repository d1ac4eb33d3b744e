/// MarketStore's functions over the rows of a bucket, which the binder spells out in clauses and aggregates.
public enum BucketFunction: String, Sendable, Hashable, CaseIterable {
    /// Candles of prices.
    case tickCandler = "tickcandler"
    /// Candles of shorter candles.
    case candleCandler = "candlecandler"
    /// Rows.
    case count
    /// Smallest value.
    case min
    /// Largest value.
    case max
    /// Mean.
    case avg
    /// Stretches of time without rows.
    case gap
    /// Prices and volumes as if splits and dividends had always been.
    case adjust

    /// The function of a name, in any case; nil if there is none.
    public init?(named name: String) {
        guard name.utf8.count <= 16 else { return nil }
        self.init(rawValue: name.lowercased())
    }

    /// Whether the name means this function in every dialect; the others are aggregates elsewhere.
    var isOwnName: Bool {
        switch self {
        case .tickCandler, .candleCandler, .gap, .adjust: true
        case .count, .min, .max, .avg: false
        }
    }

    /// Whether it makes candles.
    var isCandler: Bool { self == .tickCandler || self == .candleCandler }

    /// The columns that it needs, by the names of its parameters.
    var required: [String] {
        switch self {
        case .tickCandler: ["CandlePrice"]
        case .candleCandler: ["Open", "High", "Low", "Close"]
        case .count, .min, .max, .avg: ["*"]
        case .gap, .adjust: []
        }
    }

    /// The columns that it can use besides.
    var optional: [String] { isCandler ? ["Sum", "Avg"] : [] }

    /// The name of the one column besides `Epoch` that an aggregate gives.
    var column: String {
        switch self {
        case .count: "Count"
        case .min: "Min"
        case .max: "Max"
        case .avg: "Avg"
        case .tickCandler, .candleCandler, .gap, .adjust: rawValue
        }
    }

    /// How it is called.
    public var text: String {
        switch self {
        case .tickCandler: "tickcandler('timeframe', price, [Sum::column], [Avg::column])"
        case .candleCandler: "candlecandler('timeframe', open, high, low, close, [Sum::column], [Avg::column])"
        case .count, .min, .max, .avg: "\(rawValue)(column)"
        case .gap: "gap(['timeframe'])"
        case .adjust: "adjust(['split'], ['dividend'])"
        }
    }

    /// What it is for, in a sentence.
    public var summary: String {
        switch self {
        case .tickCandler: "Candles of prices: Epoch, Open, High, Low, Close, and sums and means of other columns."
        case .candleCandler: "Longer candles of shorter ones: Epoch, Open, High, Low, Close, sums and means."
        case .count: "Rows."
        case .min: "Smallest value."
        case .max: "Largest value."
        case .avg: "Mean."
        case .gap:
            "Stretches without rows that are longer than a timeframe, or by 3 standard deviations: Epoch, End, Length."
        case .adjust: "All columns, prices over and volumes times the rates of later splits and stock dividends."
        }
    }

    /// Those that are functions in every dialect: items of a select list that give several columns.
    public static let own = allCases.filter(\.isOwnName)
}
