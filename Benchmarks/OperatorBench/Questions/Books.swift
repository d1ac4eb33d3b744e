import Columnar
import Measurement
import OperatorLoops

/// A book a series, of as many rows as there are trades: four changed levels an event, around the prices of the trades.
extension Market {
    private static let levelsPerEvent = 4
    private static let levelsPerSide = 200

    /// What the replay of a book costs a changed level.
    var books: [Question] {
        [
            Question("book, changes", "SELECT sum(changes()) FROM book", changes),
            Question(
                "book, top and imbalance",
                "SELECT sum(changes()) FROM book WHERE coalesce(spread_bps(), 0) + coalesce(imbalance(5), 0) < 1000000",
                changes
            ),
            Question(
                "book, order flow",
                "SELECT sum(changes()) FROM book WHERE coalesce(ofi(), 0) < 1000000000",
                changes
            ),
            Question(
                "book, estimated micro-price",
                "SELECT sum(changes()) FROM book WHERE coalesce(stoikov_microprice(), 0) < 1000000000",
                changes
            ),
            Question(
                "book, integrated order flow",
                "SELECT sum(changes()) FROM book WHERE coalesce(integrated_ofi(), 0) < 1000000000",
                changes
            ),
            Question(
                "book, age and changes of the quote",
                "SELECT sum(changes()) FROM book WHERE coalesce(quote_age(), 0) + coalesce(quote_changes(), 0) < 1000000000",
                changes
            ),
        ]
    }

    /// What functions of trades cost a trade.
    var tradeFlows: [Question] {
        [
            "signed_volume(side, size)", "trade_imbalance(side, size)", "roll_spread(price)", "vpin(side, size, 500)",
            "vpin_bulk(price, size, 500)", "hawkes_intensity(side, 'buy', 0.5)", "corwin_schultz(price, price)",
            "abdi_ranaldo(price, price, price)",
        ].map { call in
            Question(
                perRow: call,
                "SELECT sum(value) FROM (SELECT symbol, \(call) AS value FROM trades GROUP BY symbol)"
            )
        } + [
            Question(perRow: "tick_rule(price)", "SELECT sum(s) FROM (SELECT tick_rule(price) AS s FROM trades)")
        ]
    }

    /// The number of changes: no replay, only what an answer must look like.
    private var changes: Loop {
        var count = 0
        return Loop { [self] in
            count = loop_count_above(prices.base, prices.count, .min)
        } answer: {
            Answer([.int64(Int64(count))])
        }
    }

    /// The stored events.
    func bookTable() throws(BenchFailure) -> ColumnTable {
        let total = series.count * rows
        var (times, seqs): ([Int64], [Int64]) = ([], [])
        var (levelPrices, levelSizes): ([Int64], [Int64]) = ([], [])
        var levelSides: [UInt32] = []
        var random = SplitMix64(state: 7)
        for place in 0..<total {
            let first = place / Self.levelsPerEvent * Self.levelsPerEvent
            times.append(tradeTimes[max(first, place / rows * rows)])
            seqs.append(Int64(place / Self.levelsPerEvent + 1))
            // Bids below the middle, asks above: most changes are near it.
            let side = UInt32(place % Self.levelsPerEvent < Self.levelsPerEvent / 2 ? 0 : 1)
            let distance = 1 + random.below(1 + random.below(Self.levelsPerSide))
            levelSides.append(side)
            levelPrices.append(Int64(side == 0 ? Self.middle - distance : Self.middle + distance))
            levelSizes.append(random.below(4) == 0 ? 0 : sizes[place])
        }
        let zeros = [UInt32](repeating: 0, count: total)
        return try ColumnTable(
            "book",
            series: series,
            rows: rows,
            times: Buffer(times),
            [
                ("symbol", .symbol, .series), ("seq", .int64, .int64(Buffer(seqs))),
                ("receive_time", .timestamp, .int64(Buffer(times))),
                ("kind", .symbol, .codes(Buffer(zeros), StringDictionary(["change"]))),
                ("side", .symbol, .codes(Buffer(levelSides), StringDictionary(["bid", "ask"]))),
                ("price", .float64, .decimals(Buffer(levelPrices), scale: Self.priceScale)),
                ("size", .float64, .decimals(Buffer(levelSizes), scale: Self.sizeScale)),
                ("update_id", .int64, .int64(Buffer(seqs))),
                ("state", .symbol, .codes(Buffer(zeros), StringDictionary(["live"]))),
                ("reason", .symbol, .codes(Buffer(zeros), StringDictionary([""]))),
            ]
        )
    }
}
