import Columnar

extension Market {
    /// The tables that the questions are asked of.
    func tables() throws(BenchFailure) -> ColumnTables {
        let trades = try ColumnTable(
            "trades",
            series: series,
            rows: rows,
            times: tradeTimes,
            [
                ("symbol", .symbol, .series),
                ("price", .float64, .decimals(prices, scale: Self.priceScale)),
                ("size", .float64, .decimals(sizes, scale: Self.sizeScale)),
                ("side", .symbol, .codes(sides, StringDictionary(Self.sideNames))),
                ("account", .int64, .int64(tradeAccounts)),
            ]
        )
        let quotes = try ColumnTable(
            "quotes",
            series: series,
            rows: rows,
            times: quoteTimes,
            [
                ("symbol", .symbol, .series),
                ("bid", .float64, .decimals(bids, scale: Self.priceScale)),
                ("bid_size", .float64, .decimals(bidSizes, scale: Self.sizeScale)),
            ]
        )
        let accounts = try ColumnTable(
            "accounts",
            series: [""],
            rows: accounts.count,
            times: accountTimes,
            [
                ("account", .int64, .int64(accounts)),
                ("fee", .float64, .decimals(fees, scale: Self.feeScale)),
            ]
        )
        return ColumnTables([trades, quotes, accounts, try bookTable()])
    }
}
