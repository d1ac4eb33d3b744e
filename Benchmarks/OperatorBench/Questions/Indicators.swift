import Columnar
import OperatorLoops
import QueryLang

extension Market {
    /// Each indicator with its defaults over bars, and first what reading the bars alone costs.
    ///
    /// What is measured counts the values, so that nothing but the indicator reads or writes them; the answer that is told and
    /// checked is the sum of the first output. Those that TA-Lib has are compared with its own functions over the same bars
    /// by Benchmarks/bench/indicators.py; the others have a loop here. Both fill arrays for all outputs.
    var indicators: [Question] {
        let inputs = ["open", "high", "low", "close", "volume"].map { "sum(\($0))" }.joined(separator: ", ")
        return [Question(perRow: "bars alone", "SELECT \(inputs) FROM bars")]
            + IndicatorCatalog.all.map { indicator in
                let columns: [String: String] = ["x": "close", "y": "open"]
                let arguments = indicator.inputs.map { columns[$0] ?? $0 }.joined(separator: ", ")
                let name = indicator.outputs.first.map { "\(indicator.name)_\($0)" } ?? indicator.name
                let values = "FROM (SELECT \(name)(\(arguments)) AS value FROM bars)"
                return Question(
                    perRow: indicator.name,
                    "SELECT count(value) \(values)",
                    answer: "SELECT sum(value) \(values)",
                    loop(indicator.name)
                )
            }
    }

    /// The loop for an indicator that TA-Lib does not have, with the same defaults.
    private func loop(_ name: String) -> Loop? {
        switch name {
        case "vidya": loop { loop_variable_index_average($0, 14, $1[0], $2) }
        case "ichimoku": loop { loop_ichimoku($0, $1[0], $1[1], $1[2], $1[3], $2) }
        case "vwap_bands": loop { loop_weighted_bands($0, $1[0], $1[1], $1[2], $2) }
        case "psl": loop { loop_psychological_line($0, 12, $1[0], $2) }
        case "kvo": loop { loop_klinger($0, $1[0], $1[1], $1[2], $1[3], $2) }
        case "vr": loop { loop_range_ratio($0, 10, 20, $1[0], $2) }
        default: nil
        }
    }

    /// A loop is given the bars, memory for four outputs and whether a sum is asked for.
    private func loop(
        _ body: @escaping (UnsafePointer<loop_price_bars>, [UnsafeMutablePointer<Double>], Int32) -> Double
    ) -> Loop {
        let bars = priceBars.loopBars
        let memory = (0..<4).map { _ in OwnedMemory<Double>(capacity: priceBars.rows) }
        return Loop {
            _ = withUnsafePointer(to: bars) { body($0, memory.map(\.base), 0) }
        } answer: {
            Answer([.float64(withUnsafePointer(to: bars) { body($0, memory.map(\.base), 1) })])
        }
    }
}
