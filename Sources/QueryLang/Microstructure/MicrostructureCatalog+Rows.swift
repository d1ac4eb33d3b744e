import Columnar

/// Functions of rows of trades and quotes.
extension MicrostructureCatalog {
    private static func numbers(_ names: String...) -> [FunctionSignature.Parameter] {
        names.map { FunctionSignature.Parameter(name: $0, accepts: .numeric) }
    }

    private static let side = [FunctionSignature.Parameter(name: "side", accepts: .taker)]

    /// What an aggregate of trades or quotes takes.
    static func signature(of function: AggregateFunction) -> FunctionSignature {
        let (parameters, required, summary): ([FunctionSignature.Parameter], Int, String) =
            switch function {
            case .signedVolume: (side + numbers("size"), 2, "What buyers took less what sellers took.")
            case .tradeImbalance:
                (side + numbers("size"), 2, "What buyers took less what sellers took, over what both took.")
            case .kyleLambda:
                (
                    numbers("price_change", "signed_volume"), 2,
                    "Slope of the least-squares line of price changes over signed volumes."
                )
            case .amihud:
                (numbers("return", "notional"), 2, "Mean of |return| / notional, where the notional is above 0.")
            case .rollSpread:
                (numbers("price"), 1, "2 √(−cov(Δp, Δp before)); null where the covariance is not below 0.")
            case .quoteFlow:
                (
                    numbers("bid", "bid_size", "ask", "ask_size"), 4,
                    "Order-flow imbalance between the quotes of a group."
                )
            case .bulkVPIN:
                (
                    numbers("price", "size", "bucket_volume", "buckets"), 3,
                    "VPIN with trades classed in bulk: by how far the price moved over each bucket."
                )
            case .hawkesIntensity:
                (
                    side + [.init(name: "taker", accepts: .text)] + numbers("decay"), 3,
                    "Trades that a side took, each counting e to the −decay × seconds since it."
                )
            case .corwinSchultz:
                (
                    numbers("high", "low", "close"), 2,
                    "Spread as a share of the price by the ranges of one and two bars (Corwin, Schultz 2012)."
                )
            case .abdiRanaldo:
                (
                    numbers("high", "low", "close"), 3,
                    "Spread as a share of the price by closes and middles of ranges (Abdi, Ranaldo 2017)."
                )
            default:
                (
                    side + numbers("size", "bucket_volume", "buckets"), 3,
                    "Mean of |bought − sold| / volume over buckets of equal volume: the last of them, or all."
                )
            }
        return make(function.rawValue, .aggregate(function), parameters, required, summary)
    }

    /// The functions of one trade or quote.
    static let scalars: [FunctionSignature] = [
        ScalarFunction.mid, .spreadBps, .wmid, .microprice, .imbalance, .effectiveSpread, .realizedSpread, .priceImpact,
    ].map(signature)

    /// What a function of one trade or quote takes.
    static func signature(of function: ScalarFunction) -> FunctionSignature {
        let (parameters, summary): ([FunctionSignature.Parameter], String) =
            switch function {
            case .mid: (numbers("bid", "ask"), "(bid + ask) / 2.")
            case .spreadBps: (numbers("bid", "ask"), "(ask − bid) / mid × 10,000; null if the mid is 0.")
            case .wmid:
                (
                    numbers("bid_size", "bid", "ask", "ask_size"),
                    "ask × i + bid × (1 − i), i = bid_size / (bid_size + ask_size)."
                )
            case .microprice:
                (
                    numbers("bid", "bid_size", "ask", "ask_size"),
                    "(bid × ask_size + ask × bid_size) / (bid_size + ask_size)."
                )
            case .imbalance: (numbers("bid_size", "ask_size"), "(bid_size − ask_size) / (bid_size + ask_size).")
            case .effectiveSpread:
                (side + numbers("price", "mid"), "2 s (price − mid) / mid, s = 1 for a buyer, else −1.")
            case .realizedSpread:
                (side + numbers("price", "mid", "later_mid"), "2 s (price − later_mid) / mid.")
            default: (side + numbers("mid", "later_mid"), "2 s (later_mid − mid) / mid.")
            }
        return make(function.rawValue, .scalar(function), parameters, parameters.count, summary)
    }

    private static func make(
        _ name: String,
        _ function: FunctionSignature.Function,
        _ parameters: [FunctionSignature.Parameter],
        _ required: Int,
        _ summary: String
    ) -> FunctionSignature {
        FunctionSignature(
            name: name,
            function: function,
            parameters: parameters,
            requiredCount: required,
            isVariadic: false,
            result: .fixed(.float64),
            columns: [],
            summary: summary
        )
    }
}
