import Columnar

/// Technical indicators and candlestick patterns with TA-Lib's conventions.
///
/// They are functions of the rows of a series in their order, as `lag` and `ema` are: without OVER they are computed
/// per series, by time; OVER may partition and order otherwise, and takes no frame. An indicator of several outputs
/// expands to columns where it is an item of the select list; `name_output` gives one of them, anywhere.
public enum IndicatorCatalog {
    /// The largest number of rows that a parameter can ask for, as in TA-Lib.
    public static let rowsMax = 100_000

    /// All indicators.
    public static let all: [IndicatorSignature] =
        averages + bands + momentum + oscillators + trends + volumes + volatilities + cycles + statistics + patterns

    /// The candlestick patterns.
    static let patterns = CandlestickPattern.allCases.map { IndicatorSignature($0) }

    /// All functions that queries can call: each indicator, and for those of several outputs one for each.
    public static let signatures: [FunctionSignature] = (all + TradeRule.signatures).flatMap { indicator in
        [signature(of: indicator)] + indicator.outputs.indices.map { signature(of: indicator, output: $0) }
    }

    private static let byName = Dictionary(signatures.map { ($0.name, $0) }) { first, _ in first }
    private static let byFunction = Dictionary(
        uniqueKeysWithValues: (all + TradeRule.signatures).map { ($0.function, $0) }
    )

    /// The function of this name, without regard to case.
    public static func function(named name: String) -> FunctionSignature? { byName[name.lowercased()] }

    /// What an indicator takes and gives; nil if the catalog has forgotten it.
    public static func indicator(_ function: IndicatorFunction) -> IndicatorSignature? { byFunction[function] }

    private static func signature(of indicator: IndicatorSignature, output: Int? = nil) -> FunctionSignature {
        let inputs = indicator.inputs.map { FunctionSignature.Parameter(name: $0, accepts: .numeric) }
        let constants = indicator.parameters.map { parameter in
            let accepts: FunctionSignature.Accepted =
                switch parameter.values {
                case .whole: .integer
                case .real: .numeric
                case .average: .any
                }
            return FunctionSignature.Parameter(name: parameter.name, accepts: accepts)
        }
        let isWhole = output == nil && !indicator.outputs.isEmpty
        return FunctionSignature(
            name: output.map { "\(indicator.name)_\(indicator.outputs[$0])" } ?? indicator.name,
            function: .indicator(indicator.function, output: isWhole ? nil : output ?? 0),
            parameters: inputs + constants,
            requiredCount: inputs.count,
            isVariadic: false,
            result: .fixed(indicator.type),
            columns: isWhole ? indicator.outputs : [],
            summary: indicator.summary
        )
    }

    static let x = ["x"]
    static let highLow = ["high", "low"]
    static let highLowClose = ["high", "low", "close"]
    static let openClose = ["open", "close"]
    static let candle = ["open", "high", "low", "close"]
    static let traded = ["high", "low", "close", "volume"]
    static let closeVolume = ["close", "volume"]
    static let lines = ["upper", "middle", "lower"]
}
