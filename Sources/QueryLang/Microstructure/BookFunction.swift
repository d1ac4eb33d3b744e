public import Columnar

/// The functions of a state of the order book. docs/functions/microstructure.md has their formulas.
public enum BookFunction: String, Sendable, Hashable, CaseIterable {
    /// Price of the bid at a level.
    case bid
    /// Size of the bid at a level.
    case bidSize = "bid_size"
    /// Price of the ask at a level.
    case ask
    /// Size of the ask at a level.
    case askSize = "ask_size"
    /// Best ask less best bid.
    case spread
    /// Spread over mid, in basis points.
    case spreadBps = "spread_bps"
    /// Half way between best bid and best ask.
    case mid
    /// Best bid and best ask, each weighted by the other's size.
    case microprice
    /// The mid and how far it can be expected to move, from a table of the query's rows.
    case stoikovMicroprice = "stoikov_microprice"
    /// Bid size less ask size over their sum, over the best levels.
    case imbalance
    /// The same over all levels, each weighted by its distance from the mid.
    case weightedImbalance = "weighted_imbalance"
    /// Order-flow imbalance that the event made at a level.
    case flow = "ofi"
    /// Order-flow imbalance at a level, summed since the epoch began.
    case cumulativeFlow = "ofi_cum"
    /// Order-flow imbalances of several levels as one: along their first principal component.
    case integratedFlow = "integrated_ofi"
    /// Sizes of the best levels.
    case depth
    /// Sizes within a distance of the mid.
    case liquidity
    /// Prices times sizes within a distance of the mid.
    case liquidityNotional = "liquidity_notional"
    /// Average price of an order that takes a size.
    case fillPrice = "fill_price"
    /// What such an order pays beyond the mid, in basis points.
    case slippage
    /// The same of an order that takes a notional.
    case notionalSlippage = "slippage_notional"
    /// Depth-weighted slope of the book.
    case slope = "book_slope"
    /// Herfindahl index of the sizes of the best levels.
    case concentration = "depth_hhi"
    /// Entropy of the sizes of the best levels.
    case entropy = "depth_entropy"
    /// How many levels there are.
    case levelCount = "level_count"
    /// Whether the best bid is above the best ask.
    case isCrossed = "is_crossed"
    /// Whether the best bid equals the best ask.
    case isLocked = "is_locked"
    /// Size that the event added to levels.
    case added
    /// Size that the event took off levels.
    case removed
    /// How many levels the event changed.
    case changes
    /// How many levels grew in the event, or came.
    case additions
    /// How many levels shrank in the event, or went.
    case removals
    /// Whether the event changed price or size of the best bid or ask: 1 or 0.
    case quoteChanges = "quote_changes"
    /// Seconds since price or size of the best bid or ask changed.
    case quoteAge = "quote_age"

    /// Other names, in small letters.
    public var aliases: [String] {
        switch self {
        case .microprice: ["wmid", "weighted_mid"]
        default: []
        }
    }

    /// What of the events of a bucket stands for it.
    public enum Sampled: Sendable, Hashable {
        /// The last value.
        case last
        /// The sum of all.
        case sum
    }

    /// What of the events of a bucket stands for it.
    public var sampled: Sampled {
        switch self {
        case .flow, .integratedFlow, .added, .removed, .changes, .additions, .removals, .quoteChanges: .sum
        default: .last
        }
    }

    /// Whether the value depends on more than the state of the book: on everything since the epoch began.
    public var countsFromEpoch: Bool { self == .cumulativeFlow || self == .quoteAge }

    /// Whether it needs an estimate over the rows of the query, which is made before the first value.
    public var isEstimated: Bool { self == .stoikovMicroprice || self == .integratedFlow }

    /// The type of the value.
    public var type: ColumnType {
        switch self {
        case .isCrossed, .isLocked: .boolean
        case .levelCount, .changes, .additions, .removals, .quoteChanges: .int64
        default: .float64
        }
    }
}

/// A call of a function of the order book, its arguments checked.
public struct BookCall: Sendable, Hashable {
    /// Which side of the book counts.
    public enum Side: String, Sendable, Hashable, CaseIterable {
        /// Bids: what a seller takes.
        case bid
        /// Asks: what a buyer takes.
        case ask
    }

    /// The function.
    public let function: BookFunction
    /// The side; nil means both, or that the function has none.
    public let side: Side?
    /// Levels, basis points, a size or a decay, as the function has it.
    public let number: Double
    /// Seconds of an interval, if the function has one.
    public let seconds: Double
    /// The call as text: the name of its column.
    public let text: String

    /// Creates a call; ``MicrostructureCatalog`` checks its arguments.
    init(function: BookFunction, side: Side?, number: Double, seconds: Double = 1, text: String) {
        self.function = function
        self.side = side
        self.number = number
        self.seconds = seconds
        self.text = text
    }

    /// ``number`` where it counts levels or basis points.
    public var count: Int { Int(exactly: number) ?? 0 }
}
