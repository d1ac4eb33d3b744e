import Columnar
import QueryLang

extension AggregateCall {
    /// Whether the bits of the value may be others if the same rows come in another order: so with all sums of doubles.
    var followsOrder: Bool {
        switch function {
        case .count, .min, .max, .median, .quantile, .countDistinct, .approximateCountDistinct, .discreteQuantile,
            .interquartileRange, .mode, .valueRange, .regressionCount, .boolAnd, .boolOr, .countIf, .bitAnd, .bitOr,
            .bitXor:
            false
        case .sum: arguments.first?.type == .float64
        default: true
        }
    }

    /// Whether the order does not matter where all arguments are decimals or integers: these are summed exactly.
    var isExactOverDecimals: Bool {
        switch function {
        case .sum, .avg, .vwap: true
        default: !followsOrder
        }
    }
}

extension Vector {
    /// Whether the values are decimals, integers or null: their sums are exact.
    var isExact: Bool {
        switch form {
        case .scaledInteger, .int64, .sequence, .constant(.null, _), .constant(.int64, _): true
        case .float64, .boolean, .dictionary, .text, .constant: false
        }
    }
}
