/// A technical indicator or a candlestick pattern.
public enum IndicatorFunction: Sendable, Hashable {
    /// An indicator.
    case technical(TechnicalIndicator)
    /// A pattern.
    case pattern(CandlestickPattern)
    /// A rule that says who took of a trade.
    case trade(TradeRule)

    /// What queries call it.
    public var name: String {
        switch self {
        case .technical(let indicator): indicator.rawValue
        case .pattern(let pattern): pattern.rawValue
        case .trade(let rule): rule.rawValue
        }
    }
}

/// One output of an indicator with its parameters.
public struct IndicatorCall: Sendable, Hashable {
    /// Which indicator.
    public var function: IndicatorFunction
    /// All parameters of its ``IndicatorSignature/parameters``, checked and with defaults filled in; an average is the
    /// number of its ``AverageKind``.
    public var parameters: [Double]
    /// Which of its ``IndicatorSignature/outputs``, 0 for the only one.
    public var output: Int

    /// Creates a call.
    public init(function: IndicatorFunction, parameters: [Double], output: Int = 0) {
        self.function = function
        self.parameters = parameters
        self.output = output
    }
}

extension IndicatorCall {
    /// The call for people who read plans: `macd_signal 12 26 9`.
    public var text: String {
        let outputs = IndicatorCatalog.indicator(function)?.outputs ?? []
        let name = outputs.indices.contains(output) ? "\(function.name)_\(outputs[output])" : function.name
        return ([name] + parameters.map { $0 == $0.rounded() ? format($0) : "\($0)" }).joined(separator: " ")
    }

    private func format(_ whole: Double) -> String { Int(exactly: whole).map { "\($0)" } ?? "\(whole)" }
}
