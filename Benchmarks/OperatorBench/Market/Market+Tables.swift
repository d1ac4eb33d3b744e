import Columnar

extension Market {
    /// A time a row for each series: one minute after the other.
    private var minutes: Buffer<Int64> {
        Buffer((0..<series.count * rows).map { Self.start + Int64($0 % rows) * Self.minute })
    }

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
        let decimalBars = try ColumnTable(
            "decimal_bars",
            series: series,
            rows: rows,
            times: tradeTimes,
            [
                ("symbol", .symbol, .series),
                ("open", .float64, .decimals(decimalBarColumns.open, scale: Self.priceScale)),
                ("high", .float64, .decimals(decimalBarColumns.high, scale: Self.priceScale)),
                ("low", .float64, .decimals(decimalBarColumns.low, scale: Self.priceScale)),
                ("close", .float64, .decimals(decimalBarColumns.close, scale: Self.priceScale)),
            ]
        )
        return ColumnTables([
            trades, quotes, accounts, decimalBars, try bookTable(),
            try priceBars.table("bars", times: tradeTimes, series: series),
            try priceBars.table("minute_bars", times: minutes, series: series),
        ])
    }
}
