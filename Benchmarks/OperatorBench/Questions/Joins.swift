import Columnar
import OperatorLoops

extension Market {
    /// Rows of two tables.
    var joins: [Question] {
        [
            Question(
                "ASOF JOIN, price - bid, sum",
                "SELECT sum(t.price - q.bid) FROM trades t ASOF JOIN quotes q ON (symbol)",
                asof(isStrict: false)
            ),
            Question(
                "LT JOIN, price - bid, sum",
                "SELECT sum(t.price - q.bid) FROM trades t LT JOIN quotes q ON (symbol)",
                asof(isStrict: true)
            ),
            Question(
                "WINDOW JOIN ± 1 s, sum",
                "SELECT sum(near) FROM (SELECT t.time, sum(q.bid_size) AS near FROM trades t "
                    + "WINDOW JOIN quotes q ON (symbol) "
                    + "RANGE BETWEEN 1s PRECEDING AND 1s FOLLOWING EXCLUDE PREVAILING)",
                .decimal(over: self, scale: Self.sizeScale) { [self] trades in
                    withUnsafePointer(to: loopQuotes) { loop_window_join(trades, $0, Self.second) }
                }
            ),
            Question(
                "JOIN by account, sum",
                "SELECT sum(a.fee) FROM trades t JOIN accounts a ON (account)",
                hashJoin
            ),
        ]
    }

    private func asof(isStrict: Bool) -> Loop {
        .decimal(over: self, scale: Self.priceScale) { [self] trades in
            withUnsafePointer(to: loopQuotes) { loop_asof(trades, $0, isStrict ? 1 : 0) }
        }
    }

    private var hashJoin: Loop {
        let slots = accountSlots
        let table = OwnedMemory<loop_group>(capacity: slots)
        return .decimal(over: self, scale: Self.feeScale) { [self] trades in
            withUnsafePointer(to: loopAccounts) { loop_hash_join(trades, $0, table.base, slots) }
        }
    }
}
