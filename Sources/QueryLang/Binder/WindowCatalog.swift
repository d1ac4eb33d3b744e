import Columnar

/// The functions that look at rows around a row, besides the aggregates: each of those with a single output can stand before
/// OVER as well.
public enum WindowCatalog {
    /// The functions.
    public enum Name: String, Sendable, Hashable, CaseIterable {
        /// The number of the row.
        case rowNumber = "row_number"
        /// The number of the first row that is equal.
        case rank
        /// The number of the group of equal rows.
        case denseRank = "dense_rank"
        /// The rank as a share.
        case percentRank = "percent_rank"
        /// The share of rows up to the row.
        case cumulativeDistribution = "cume_dist"
        /// The number of a part of the partition.
        case tile = "ntile"
        /// The value of the first row of the frame.
        case firstValue = "first_value"
        /// The value of the last row of the frame.
        case lastValue = "last_value"
        /// The value of a row of the frame by its number.
        case nthValue = "nth_value"
        /// The sum as float64.
        case compensatedSum = "ksum"
        /// The value of a row before.
        case lag
        /// The value of a row after.
        case lead
        /// The difference to a row before.
        case diff
        /// The sum up to the row.
        case cumsum
        /// The simple moving average.
        case sma
        /// The exponential moving average.
        case ema

        /// Whether a call may stand without OVER: it is then computed per series, in order of time.
        public var standsAlone: Bool {
            switch self {
            case .lag, .lead, .diff, .cumsum, .sma, .ema: true
            case .rowNumber, .rank, .denseRank, .percentRank, .cumulativeDistribution, .tile, .firstValue, .lastValue,
                .nthValue, .compensatedSum:
                false
            }
        }

        /// Whether it looks at the rows of a frame.
        public var hasFrame: Bool {
            switch self {
            case .firstValue, .lastValue, .nthValue, .compensatedSum: true
            case .rowNumber, .rank, .denseRank, .percentRank, .cumulativeDistribution, .tile, .lag, .lead, .diff,
                .cumsum, .sma, .ema:
                false
            }
        }

        /// Whether it can be told to pass over nulls, or to take them.
        public var treatsNulls: Bool {
            switch self {
            case .firstValue, .lastValue, .nthValue, .lag, .lead: true
            case .rowNumber, .rank, .denseRank, .percentRank, .cumulativeDistribution, .tile, .compensatedSum, .diff,
                .cumsum, .sma, .ema:
                false
            }
        }
    }

    /// What the functions take and give.
    public static let all: [FunctionSignature] = Name.allCases.map(signature)

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// The function of this name, without regard to case.
    public static func function(named name: String) -> FunctionSignature? { byName[name.lowercased()] }
}
