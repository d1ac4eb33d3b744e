/// What the functions of the order book, of trades and of quotes take and mean.
public enum MicrostructureCatalog {
    /// What a parameter takes; each is a constant.
    public enum Accepted: Sendable, Hashable {
        /// A whole number of levels or of basis points, in a range.
        case count(ClosedRange<Int>)
        /// A number above 0.
        case positive
        /// Seconds, in a range.
        case seconds(ClosedRange<Double>)
        /// `'bid'` or `'ask'`.
        case side
        /// `'buy'` or `'sell'`.
        case taker

        /// What an error says it takes.
        var text: String {
            switch self {
            case .count(let range):
                range.upperBound == .max
                    ? "a constant whole number, \(range.lowerBound) or more"
                    : "a constant whole number from \(range.lowerBound) to \(range.upperBound)"
            case .positive: "a constant number above 0"
            case .seconds(let range): "a constant number from \(range.lowerBound) to \(range.upperBound)"
            case .side: "'bid' or 'ask'"
            case .taker: "'buy' or 'sell'"
            }
        }
    }

    /// One parameter.
    public struct Parameter: Sendable, Hashable {
        /// Its name, for messages and documentation.
        public let name: String
        /// What it takes.
        public let accepts: Accepted
    }

    /// A function of the order book.
    public struct Signature: Sendable, Hashable {
        /// The function.
        public let function: BookFunction
        /// The parameters.
        public let parameters: [Parameter]
        /// How many of them must be given.
        public let requiredCount: Int
        /// What a number is if it is not given.
        public let defaultNumber: Double
        /// One sentence.
        public let summary: String

        /// The call with its parameters, `imbalance([levels])`.
        public var text: String {
            let parts = parameters.enumerated().map {
                $0.offset < requiredCount ? $0.element.name : "[\($0.element.name)]"
            }
            return "\(function.rawValue)(\(parts.joined(separator: ", ")))"
        }
    }

    /// The functions.
    public static let bookFunctions: [Signature] = BookFunction.allCases.map(signature)

    /// Their names.
    static let bookNames: [String] = bookFunctions.map(\.function.rawValue)

    private static let byName: [String: Signature] = {
        var found = Dictionary(uniqueKeysWithValues: bookFunctions.map { ($0.function.rawValue, $0) })
        for function in BookFunction.allCases {
            for alias in function.aliases { found[alias] = signature(of: function) }
        }
        return found
    }()

    /// The function of the book of this name or alias, without regard to case.
    public static func bookFunction(named name: String) -> Signature? { byName[name.lowercased()] }

    /// What a function of the book takes.
    public static func signature(of function: BookFunction) -> Signature {
        let level = Parameter(name: "level", accepts: .count(1...Int.max))
        let levels = Parameter(name: "levels", accepts: .count(1...Int.max))
        let side = Parameter(name: "side", accepts: .side)
        let taker = Parameter(name: "taker", accepts: .taker)
        let distance = Parameter(name: "basis_points", accepts: .count(0...10_000))
        let flowLevel = Parameter(name: "level", accepts: .count(1...flowLevels))
        return switch function {
        case .bid: make(function, [level], "Price of the bid at a level, 1 being the best.")
        case .bidSize: make(function, [level], "Size of the bid at a level.")
        case .ask: make(function, [level], "Price of the ask at a level.")
        case .askSize: make(function, [level], "Size of the ask at a level.")
        case .spread: make(function, [], "Best ask less best bid.")
        case .spreadBps: make(function, [], "Spread over mid, times 10,000.")
        case .mid: make(function, [], "Half way between best bid and best ask.")
        case .microprice: make(function, [], "Best bid and best ask, each weighted by the other's size.")
        case .stoikovMicroprice:
            make(
                function,
                [Parameter(name: "spreads", accepts: .count(1...spreadsMax))],
                default: 2,
                "The mid and how far it can be expected to move, by imbalance and spread (Stoikov 2018)."
            )
        case .imbalance: make(function, [levels], "Bid size less ask size over their sum, over the best levels.")
        case .weightedImbalance:
            make(
                function,
                [Parameter(name: "decay", accepts: .positive)],
                required: 1,
                "The same over all levels, weighted by e to the -decay × distance from the mid in basis points."
            )
        case .flow: make(function, [flowLevel], "Order-flow imbalance of the event at a level; of a bucket, the sum.")
        case .cumulativeFlow: make(function, [flowLevel], "Order-flow imbalance at a level since the epoch began.")
        case .integratedFlow:
            make(
                function,
                [
                    Parameter(name: "levels", accepts: .count(1...flowLevels)),
                    Parameter(name: "seconds", accepts: .seconds(flowSeconds)),
                ],
                default: Double(flowLevels),
                "Order-flow imbalances of levels along their first principal component; of a bucket, the sum."
            )
        case .depth: make(function, [levels, side], "Sizes of the best levels, of one side or both.")
        case .liquidity:
            make(function, [distance, side], required: 1, "Sizes within a distance of the mid, of one side or both.")
        case .liquidityNotional:
            make(function, [distance, side], required: 1, "Prices times sizes within a distance of the mid.")
        case .fillPrice:
            make(
                function,
                [taker, Parameter(name: "size", accepts: .positive)],
                required: 2,
                "Average price of an order that takes a size; null if the book has less."
            )
        case .slippage:
            make(
                function,
                [taker, Parameter(name: "size", accepts: .positive)],
                required: 2,
                "What an order that takes a size pays beyond the mid, in basis points."
            )
        case .notionalSlippage:
            make(
                function,
                [taker, Parameter(name: "notional", accepts: .positive)],
                required: 2,
                "What an order that takes a notional pays beyond the mid, in basis points."
            )
        case .slope:
            make(function, [levels], default: 5, "Slope of the cumulative size over the price (Næs, Skjeltorp 2006).")
        case .concentration:
            make(function, [levels, side], default: 10, "Σ share² of the sizes of the best levels.")
        case .entropy:
            make(function, [levels, side], default: 10, "−Σ share ln share of the sizes of the best levels.")
        case .levelCount: make(function, [side], "How many levels there are.")
        case .isCrossed: make(function, [], "Whether the best bid is above the best ask.")
        case .isLocked: make(function, [], "Whether the best bid equals the best ask.")
        case .added: make(function, [side], "Size that the event added to levels; of a bucket, the sum.")
        case .removed: make(function, [side], "Size that the event took off levels; of a bucket, the sum.")
        case .changes: make(function, [], "How many levels the event changed; of a bucket, the sum.")
        case .additions: make(function, [side], "How many levels grew or came in the event; of a bucket, the sum.")
        case .removals: make(function, [side], "How many levels shrank or went in the event; of a bucket, the sum.")
        case .quoteChanges:
            make(function, [], "1 if the event changed the best bid or ask, else 0; of a bucket, the sum.")
        case .quoteAge: make(function, [], "Seconds since the best bid or ask changed, in price or size.")
        }
    }

    /// Levels whose order flow is followed.
    public static let flowLevels = 5

    /// Spreads that a micro-price tells apart: Stoikov's table has two or three.
    public static let spreadsMax = 3

    /// Lengths of the intervals over which the components of order flow are found: from a millisecond to a day.
    public static let flowSeconds = 0.001...86_400.0

    private static func make(
        _ function: BookFunction,
        _ parameters: [Parameter],
        required: Int = 0,
        default defaultNumber: Double = 1,
        _ summary: String
    ) -> Signature {
        Signature(
            function: function,
            parameters: parameters,
            requiredCount: required,
            defaultNumber: defaultNumber,
            summary: summary
        )
    }
}
