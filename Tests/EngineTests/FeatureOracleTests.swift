import Columnar
import Foundation
import QueryLang
import QuerySupport
import TestSupport
import Testing

@testable import Engine

/// Every line of the file of acceptance values that a function of the language answers: the query beside its name.
@Suite(
    "The acceptance values of features",
    .enabled(if: Recordings.isPresent, "TICKGATE_SHARED is absent")
)
struct FeatureOracleTests {
    /// The bars that the first lines are about: the first day of the file.
    private static let barCount = 1440

    private static let lines: [(name: String, value: Double)] = {
        let path = "\(Recordings.shared)/data/golden/feature_oracle.txt"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 2, let value = Double(words[1]) else { return nil }
            return (String(words[0]), value)
        }
    }()

    /// Logarithmic returns of the bars, and what was traded.
    private static let returns = "(SELECT time, ln(close / lag(close)) AS r, close * volume AS notional FROM bars)"

    /// Deviations of returns from their mean, of returns so many bars before, and of those over so many bars.
    private static func deviations(_ lag: Int) -> String {
        "(SELECT r - avg(r) OVER () AS d, lag(r, \(lag)) - avg(r) OVER () AS e, s - \(lag) * avg(r) OVER () AS f FROM "
            + "(SELECT time, ln(close / lag(close)) AS r, ln(close / lag(close, \(lag))) AS s FROM bars))"
    }

    private static func correlation(_ lag: Int) -> String { "SELECT sum(d * e) / sum(d * d) FROM \(deviations(lag))" }

    static let ofBars: [String: String] = [
        "n_bars": "SELECT count() FROM bars",
        "rv_sum_r2": "SELECT realized_variance(close) FROM bars",
        "bipower": "SELECT bipower_variation(close) FROM bars",
        "jump_rel": "SELECT jump_ratio(close) FROM bars",
        "minRV": "SELECT min_rv(close) FROM bars",
        "medRV": "SELECT med_rv(close) FROM bars",
        "parkinson_var": "SELECT parkinson(high, low) FROM bars",
        "garman_klass_var": "SELECT garman_klass(open, high, low, close) FROM bars",
        "rogers_satchell_var": "SELECT rogers_satchell(open, high, low, close) FROM bars",
        "yang_zhang_var": "SELECT yang_zhang(open, high, low, close) FROM bars",
        "ewma_var_0.94_seed_r0sq": "SELECT pow(ewma_volatility(close, 0.94), 2) FROM bars",
        "skew_G1": "SELECT skewness(r) FROM \(returns)",
        "kurt_excess_G2": "SELECT kurtosis(r) FROM \(returns)",
        "skew_g1": "SELECT skew_pop(r) FROM \(returns)",
        "kurt_g2": "SELECT kurt_pop(r) FROM \(returns)",
        "acf1": correlation(1),
        "acf5": correlation(5),
        "acf20": correlation(20),
        "variance_ratio_5_lo_mackinlay":
            "SELECT sum(f * f) / (5.0 * (count(d) - 4) * (1 - 5.0 / count(d))) / (sum(d * d) / (count(d) - 1)) "
            + "FROM \(deviations(5))",
        "perm_entropy_m3_norm": "SELECT permutation_entropy(r) FROM \(returns)",
        "hurst_RS_first1024": "SELECT hurst(r) FROM (SELECT r FROM \(returns) WHERE r IS NOT NULL LIMIT 1024)",
        "dfa_alpha_first1024": "SELECT dfa(r) FROM (SELECT r FROM \(returns) WHERE r IS NOT NULL LIMIT 1024)",
        "sign_entropy_bits": "SELECT entropy(sign(r)) FROM \(returns)",
        "amihud_mean_abs_r_per_dollar": "SELECT amihud(r, notional) FROM \(returns)",
        "roll_spread_bars": "SELECT roll_spread(close) FROM bars",
    ]

    private static let trades = "FROM trades WHERE symbol = 'BTC-USDT.BINANCE'"

    /// Changes of the price, and what was bought less what was sold, by seconds.
    private static let seconds =
        "(SELECT time, diff(p) AS d, v FROM (SELECT time, last(price) AS p, signed_volume(side, size) AS v \(trades) "
        + "SAMPLE BY 1s FILL(PREV, 0)))"

    private static func flows(_ step: String) -> String {
        "(SELECT time, diff(m) AS d, f FROM (SELECT time, mid() AS m, ofi() AS f FROM book WHERE symbol = "
            + "'BTC-USDT.BINANCE' AND kind = 'change' AND state = 'live' SAMPLE BY \(step)))"
    }

    static let ofTrades: [String: String] = [
        "trades": "SELECT count() \(trades)",
        "buy_vol": "SELECT sum(size) \(trades) AND side = 'buy'",
        "sell_vol": "SELECT sum(size) \(trades) AND side = 'sell'",
        "trade_flow_imb": "SELECT trade_imbalance(side, size) \(trades)",
        "vwap": "SELECT vwap(price, size) \(trades)",
        "twap_trades_lastvalue": "SELECT twap(price) \(trades)",
        "roll_spread_trades": "SELECT roll_spread(price) \(trades)",
        "kyle_lambda_1s_slope": "SELECT kyle_lambda(d, v) FROM \(seconds)",
        "kyle_r2": "SELECT regr_r2(d, v) FROM \(seconds)",
        "vpin_buckets": "SELECT floor(sum(size) / 5) \(trades)",
        "vpin_last50": "SELECT vpin(side, size, 5, 50) \(trades)",
        "ofi_1s_regression_slope": "SELECT regr_slope(d, f) FROM \(flows("1s"))",
        "ofi_1s_r2": "SELECT regr_r2(d, f) FROM \(flows("1s"))",
        "ofi_10s_r2": "SELECT regr_r2(d, f) FROM \(flows("10s"))",
    ]

    private static let barTable: Result<MemoryTable, any Error> = Result {
        let lines = try Recordings.lines("\(Recordings.shared)/data/bars/btc-perp-20211231-20220201_1m.csv.gz")
        let columns = [Column("time", .timestamp), Column("symbol", .symbol)]
        let schema = TableSchema(
            name: "bars",
            kind: .event,
            columns: columns + ["open", "high", "low", "close", "volume"].map { Column($0, .float64) }
        )
        let rows: [[Scalar]] = lines.dropFirst().prefix(barCount).enumerated().map { index, line in
            let fields = line.split(separator: ",").dropFirst().map { Scalar.float64(Double($0) ?? .nan) }
            return [.timestamp(Int64(index) * CivilTime.minute), .text("BTC-PERP")] + fields
        }
        return MemoryTable(try #require(schema), rows: rows)
    }

    private func value(of name: String) throws -> Scalar? {
        if let text = Self.ofTrades[name] { return try RecordedRun.bitcoin.get().rows(text).first?.first }
        guard let text = Self.ofBars[name] else { return nil }
        let engine = QueryEngine(source: MemoryTableSource([try Self.barTable.get()]))
        return try EngineAnswer(engine, try engine.prepare(text)).rows.first?.first
    }

    @Test("are in the file, each with a query")
    func linesAreAnswered() {
        #expect(Self.lines.count == 39)
        let names = Set(Self.lines.map(\.name))
        #expect(names == Set(Self.ofBars.keys).union(Self.ofTrades.keys))
    }

    /// The file has twelve digits; a value that is none there is NULL here.
    @Test("equal what queries give", arguments: (Array(ofBars.keys) + ofTrades.keys).sorted())
    func valuesAreEqual(name: String) throws {
        let expected = try #require(Self.lines.first { $0.name == name }).value
        let value = try #require(try value(of: name))
        guard !expected.isNaN else {
            #expect(value == .null)
            return
        }
        let number = value.double ?? value.int64.map(Double.init) ?? .nan
        #expect(abs(number - expected) <= 1e-10 * abs(expected), "\(name): \(value), not \(expected)")
    }
}
