import Columnar
import Measurement
import OperatorLoops

/// Trades, quotes and accounts, the same in every run: each column one array, a series after the other.
///
/// A series has a row a second on average, at times that never repeat; prices go around 100.00 on a tick of 0.01, half of
/// them above; sizes have three decimals. There are ten trades an account, in no order.
final class Market {
    let series: [String]
    /// Rows of each series of trades, and of quotes.
    let rows: Int

    let tradeTimes: Buffer<Int64>
    let prices: Buffer<Int64>
    let sizes: Buffer<Int64>
    let sides: Buffer<UInt32>
    let tradeAccounts: Buffer<Int64>

    let quoteTimes: Buffer<Int64>
    let bids: Buffer<Int64>
    let bidSizes: Buffer<Int64>

    /// From each trade's price to the next one's, with room around both.
    let decimalBarColumns: Bars

    /// Prices of bars, one a trade.
    struct Bars {
        let open, high, low, close: Buffer<Int64>
    }

    let accounts: Buffer<Int64>
    let accountTimes: Buffer<Int64>
    let fees: Buffer<Int64>
    /// Bars for indicators, at the times of the trades.
    let priceBars: PriceBars

    static let sideNames = ["buy", "sell"]
    static let priceScale = 2
    static let sizeScale = 3
    static let feeScale = 2
    /// The price in the middle, as a mantissa.
    static let middle = 10_000
    static let second: Int64 = 1_000_000_000
    static let minute: Int64 = 60 * second
    /// 2024-01-01T00:00:00Z.
    static let start: Int64 = 1_704_067_200 * second
    private static let tradesPerAccount = 10

    init(series count: Int, rows: Int) {
        series = (0..<count).map { "S" + ($0 < 10 ? "00" : $0 < 100 ? "0" : "") + String($0) }
        self.rows = rows
        let total = count * rows

        var random = SplitMix64(state: 42)
        let known = (0..<max(1, total / Self.tradesPerAccount)).map { _ in Int64(random.next() >> 20) }
        accounts = Buffer(known)
        accountTimes = Buffer(known.indices.map { Self.start + Int64($0) })
        fees = Buffer(known.map { _ in Int64(1 + random.below(100)) })

        let trades = Self.walk(count, rows, &random)
        tradeTimes = Buffer(trades.times)
        prices = Buffer(trades.prices)
        let closes = trades.prices.dropFirst() + [trades.prices[total - 1]]
        decimalBarColumns = Bars(
            open: prices,
            high: Buffer(zip(trades.prices, closes).enumerated().map { max($1.0, $1.1) + Int64($0 % 4) }),
            low: Buffer(zip(trades.prices, closes).enumerated().map { min($1.0, $1.1) - Int64($0 % 3) }),
            close: Buffer(Array(closes))
        )
        sizes = Buffer((0..<total).map { _ in Int64(1 + random.below(5_000)) })
        sides = Buffer((0..<total).map { _ in UInt32(random.below(Self.sideNames.count)) })
        tradeAccounts = Buffer((0..<total).map { _ in known[random.below(known.count)] })

        let quotes = Self.walk(count, rows, &random)
        quoteTimes = Buffer(quotes.times)
        bids = Buffer(quotes.prices)
        bidSizes = Buffer((0..<total).map { _ in Int64(1 + random.below(5_000)) })
        priceBars = PriceBars(series: count, rows: rows)
    }

    /// Times and prices: a middle that walks and is drawn back, and some noise around it.
    private static func walk(
        _ series: Int,
        _ rows: Int,
        _ random: inout SplitMix64
    ) -> (times: [Int64], prices: [Int64]) {
        var times: [Int64] = []
        var prices: [Int64] = []
        for _ in 0..<series {
            var time = start
            var distance = 0
            for _ in 0..<rows {
                time += Int64(1 + random.below(Int(2 * second)))
                distance += random.below(21) - 10 - distance / 128
                times.append(time)
                prices.append(Int64(middle + distance + random.below(11) - 5))
            }
        }
        return (times, prices)
    }

    /// The trades as the loops take them.
    var loopTrades: loop_trades {
        loop_trades(
            time: tradeTimes.base,
            price: prices.base,
            size: sizes.base,
            account: tradeAccounts.base,
            side: sides.base,
            series: series.count,
            rows: rows
        )
    }

    /// The quotes as the loops take them.
    var loopQuotes: loop_quotes {
        loop_quotes(time: quoteTimes.base, bid: bids.base, bid_size: bidSizes.base, series: series.count, rows: rows)
    }

    /// The accounts as the loops take them.
    var loopAccounts: loop_accounts {
        loop_accounts(account: accounts.base, fee: fees.base, count: accounts.count)
    }
}
