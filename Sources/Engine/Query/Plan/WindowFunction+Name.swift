import QueryLang

extension WindowFunction {
    /// The name that plans have for it, with its constants.
    var shownName: String {
        switch self {
        case .aggregate(let function): function.rawValue
        case .rowNumber: "row_number"
        case .rank: "rank"
        case .denseRank: "dense_rank"
        case .percentRank: "percent_rank"
        case .cumulativeDistribution: "cume_dist"
        case .tile(let count): "ntile \(count)"
        case .firstValue: "first_value"
        case .lastValue: "last_value"
        case .nthValue(let number): "nth_value \(number)"
        case .nthPresentValue(let number): "nth_value \(number) ignore nulls"
        case .lag(let offset): "lag \(offset)"
        case .lead(let offset): "lead \(offset)"
        case .presentLag(let offset): "lag \(offset) ignore nulls"
        case .presentLead(let offset): "lead \(offset) ignore nulls"
        case .difference(let offset): "diff \(offset)"
        case .cumulativeSum: "cumsum"
        case .simpleMovingAverage(let count): "sma \(count)"
        case .exponentialMovingAverage(let count): "ema \(count)"
        case .indicator(let call): call.text
        }
    }

    /// Whether it looks at the rows of the frame of its call.
    var hasFrame: Bool {
        switch self {
        case .aggregate, .firstValue, .lastValue, .nthValue, .nthPresentValue: true
        case .rowNumber, .rank, .denseRank, .percentRank, .cumulativeDistribution, .tile, .lag, .lead, .presentLag,
            .presentLead, .difference, .cumulativeSum, .simpleMovingAverage, .exponentialMovingAverage, .indicator:
            false
        }
    }
}
