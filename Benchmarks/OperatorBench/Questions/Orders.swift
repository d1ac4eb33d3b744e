import Columnar
import OperatorLoops

extension Market {
    /// Rows in some order.
    var orders: [Question] {
        [
            Question("rows by time, \(series.count) series merged", "SELECT time, price FROM trades", merged),
            Question("DISTINCT account", "SELECT DISTINCT account FROM trades", distinct),
            Question("ORDER BY price", "SELECT price, account FROM trades ORDER BY price", sorted),
            Question(
                "ORDER BY price LIMIT \(Self.topCount)",
                "SELECT price, account FROM trades ORDER BY price LIMIT \(Self.topCount)",
                top
            ),
        ]
    }

    /// The last rows of series; what they cost does not depend on how many rows there are.
    var tails: [Question] {
        [
            Question("LATEST BY symbol", "SELECT * FROM quotes LATEST BY symbol"),
            Question("LIMIT -10", "SELECT * FROM trades LIMIT -10"),
        ]
    }

    private static let topCount = 100

    private var merged: Loop {
        let times = OwnedMemory<Int64>(capacity: tradeCount)
        let prices = OwnedMemory<Int64>(capacity: tradeCount)
        return Loop { [self] in
            withUnsafePointer(to: loopTrades) { loop_merge($0, times.base, prices.base) }
        } answer: { [tradeCount] in
            Answer(
                (0..<tradeCount).map { .timestamp(times.base[$0]) },
                (0..<tradeCount).map { .decimal(prices.base[$0], scale: Self.priceScale) }
            )
        }
    }

    private var distinct: Loop {
        let slots = accountSlots
        let table = OwnedMemory<loop_group>(capacity: slots)
        let found = OwnedMemory<Int64>(capacity: accounts.count)
        var count = 0
        return Loop { [self] in
            count = withUnsafePointer(to: loopTrades) { loop_distinct($0, table.base, slots, found.base) }
        } answer: {
            Answer((0..<count).map { .int64(found.base[$0]) })
        }
    }

    private var sorted: Loop {
        let places = OwnedMemory<UInt32>(capacity: tradeCount)
        let scratch = OwnedMemory<UInt32>(capacity: tradeCount)
        let prices = OwnedMemory<Int64>(capacity: tradeCount)
        let accounts = OwnedMemory<Int64>(capacity: tradeCount)
        return Loop { [self] in
            withUnsafePointer(to: loopTrades) {
                loop_sort($0, places.base, scratch.base, prices.base, accounts.base)
            }
        } answer: { [tradeCount] in
            Answer(
                (0..<tradeCount).map { .decimal(prices.base[$0], scale: Self.priceScale) },
                (0..<tradeCount).map { .int64(accounts.base[$0]) }
            )
        }
    }

    private var top: Loop {
        let count = min(Self.topCount, tradeCount)
        let places = OwnedMemory<UInt32>(capacity: count)
        return Loop { [self] in
            withUnsafePointer(to: loopTrades) { loop_top($0, places.base, count) }
        } answer: { [self] in
            let rows = (0..<count).map { Int(places.base[$0]) }
            return Answer(
                rows.map { .decimal(prices[$0], scale: Self.priceScale) },
                rows.map { .int64(tradeAccounts[$0]) }
            )
        }
    }
}
