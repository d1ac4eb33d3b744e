import Columnar
import OperatorLoops

extension Market {
    /// One answer from all rows.
    var aggregates: [Question] {
        let price = Self.middle / 100
        return [
            Question(
                "sum",
                "SELECT sum(size) FROM trades",
                .decimal(over: self, scale: Self.sizeScale) { loop_sum($0.pointee.size, $0.pointee.count) }
            ),
            Question("min and max", "SELECT min(price), max(price) FROM trades", extremes),
            Question("filter by price, count", "SELECT count() FROM trades WHERE price > \(price)", countAbove),
            Question(
                "filter by price and side, sum",
                "SELECT sum(size) FROM trades WHERE price > \(price) AND side = '\(Self.sideNames[0])'",
                .decimal(over: self, scale: Self.sizeScale) { loop_sum_where($0, Int64(Self.middle), 0) }
            ),
            Question(
                "price * size, sum",
                "SELECT sum(price * size) FROM trades",
                .double(over: self) { [pricePower, sizePower] in loop_sum_products($0, pricePower, sizePower) }
            ),
        ]
    }

    private var extremes: Loop {
        var (low, high): (Int64, Int64) = (0, 0)
        return Loop { [self] in
            loop_min_max(prices.base, prices.count, &low, &high)
        } answer: {
            Answer([.decimal(low, scale: Self.priceScale)], [.decimal(high, scale: Self.priceScale)])
        }
    }

    private var countAbove: Loop {
        var count = 0
        return Loop { [self] in
            count = loop_count_above(prices.base, prices.count, Int64(Self.middle))
        } answer: {
            Answer([.int64(Int64(count))])
        }
    }
}

extension loop_trades {
    /// Rows of all series.
    var count: Int { series * rows }
}
