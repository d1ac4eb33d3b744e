import QueryLang

extension Market {
    /// Each indicator with its defaults over bars made of trades, and first what the bars alone cost. None has a loop: TA-Lib's
    /// own time is measured by Benchmarks/bench/indicators.py.
    var indicators: [Question] {
        let inputs = ["open", "high", "low", "close", "volume"].map { "sum(\($0))" }.joined(separator: ", ")
        return [Question(perRow: "bars alone", "SELECT \(inputs) FROM (\(bars))")]
            + IndicatorCatalog.all.map { indicator in
                let columns: [String: String] = ["x": "close", "y": "open", "periods": "volume"]
                let arguments = indicator.inputs.map { columns[$0] ?? $0 }.joined(separator: ", ")
                let name = indicator.outputs.first.map { "\(indicator.name)_\($0)" } ?? indicator.name
                return Question(
                    perRow: indicator.name,
                    "SELECT sum(value) FROM (SELECT \(name)(\(arguments)) AS value FROM (\(bars)))"
                )
            }
    }

    private var bars: String {
        "SELECT time, symbol, price AS open, price + size AS high, price - size AS low, price + 0.01 AS close, "
            + "size AS volume FROM trades"
    }
}
