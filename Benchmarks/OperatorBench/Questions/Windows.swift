import Columnar
import OperatorLoops

extension Market {
    /// A value a row from the rows around it, summed so that no order of rows has to be made.
    var windows: [Question] {
        let frame = Self.frameRows
        let queue = OwnedMemory<Int>(capacity: frame)
        return [
            Question(
                "avg, ROWS \(frame - 1) PRECEDING, sum",
                windowText("avg(price) \(over("ROWS \(frame - 1) PRECEDING"))"),
                .double(over: self) { [pricePower] in loop_mean_of_rows($0, frame, pricePower) }
            ),
            Question(
                "avg, RANGE 10s PRECEDING, sum",
                windowText("avg(price) \(over("RANGE 10s PRECEDING"))"),
                .double(over: self) { [pricePower] in loop_mean_of_range($0, 10 * Self.second, pricePower) }
            ),
            Question(
                "min, ROWS \(frame - 1) PRECEDING, sum",
                windowText("min(price) \(over("ROWS \(frame - 1) PRECEDING"))"),
                .decimal(over: self, scale: Self.priceScale) { loop_min_of_rows($0, frame, queue.base) }
            ),
            Question(
                "lag, sum",
                windowText("lag(price)"),
                .decimal(over: self, scale: Self.priceScale) { loop_lag($0) }
            ),
            Question(
                "ema, sum",
                windowText("ema(price, \(Self.emaLength))"),
                .double(over: self) { [pricePower] in loop_exponential_average($0, Self.emaLength, pricePower) }
            ),
        ]
    }

    private static let frameRows = 100
    private static let emaLength = 20

    private func over(_ frame: String) -> String { "OVER (PARTITION BY symbol ORDER BY time \(frame))" }

    private func windowText(_ call: String) -> String {
        "SELECT sum(value) FROM (SELECT \(call) AS value FROM trades)"
    }
}
