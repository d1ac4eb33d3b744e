import Columnar
import QueryLang
import Testing

/// Calls of indicators: which columns they give, which constants they take.
@Suite struct IndicatorBindingTests {
    private func calls(_ text: String) throws -> [IndicatorCall] {
        try boundSelect(text).windows.compactMap { window in
            if case .indicator(let call) = window.function { call } else { nil }
        }
    }

    @Test func defaultsAreFilledIn() throws {
        let calls = try calls("SELECT rsi(price), rsi(price, 5), stoch(price, price, price, 9, 4, 'ema') FROM trades")
        #expect(calls.map(\.parameters) == [[14], [5], [9, 4, 1, 3, 0], [9, 4, 1, 3, 0]])
        #expect(calls.map(\.output) == [0, 0, 0, 1])
    }

    @Test func severalOutputsExpandToColumns() throws {
        let select = try boundSelect(
            "SELECT time, macd(price), macd(price, 3, 8) AS x, macd_signal(price) AS s FROM trades"
        )
        let names = ["time", "macd", "signal", "histogram", "x_macd", "x_signal", "x_histogram", "s"]
        #expect(select.columns.map(\.name) == names)
        // The output alone is the one of the call that has the same parameters.
        #expect(select.windows.count == 6)
    }

    @Test func overAndNamesInAnyCaseWork() throws {
        let text = "SELECT BBands(price, 5) OVER (PARTITION BY side ORDER BY time) FROM trades"
        let select = try boundSelect(text)
        #expect(select.columns.map(\.name) == ["upper", "middle", "lower"])
        #expect(select.windows[0].partition.count == 1)
    }

    @Test func indicatorsOfAggregatesGoByBuckets() throws {
        let select = try boundSelect("SELECT time, rsi(last(price), 5) + 1 FROM trades SAMPLE BY 1m")
        #expect(select.windows.count == 1)
        #expect(select.columns[1].type == .float64)
    }

    @Test func averagesHaveNamesAndNumbers() throws {
        let calls = try calls("SELECT ma(price, 5, 'HMA'), ma(price, 5, 9), ma(price, 5) FROM trades")
        #expect(calls.map(\.parameters) == [[5, 9], [5, 0]])
    }

    static let errors: [(String, String)] = [
        ("SELECT rsi(price, 0) FROM trades", "period of rsi() is a constant, a whole number from 2 to 100000"),
        ("SELECT rsi(price, 100001) FROM trades", "period of rsi() is a constant, a whole number from 2 to 100000"),
        ("SELECT rsi(price, id) FROM trades", "period of rsi() is a constant, a whole number from 2 to 100000"),
        ("SELECT rsi(price, NULL) FROM trades", "period of rsi() is a constant, a whole number from 2 to 100000"),
        ("SELECT rsi(price, 1.5) FROM trades", "rsi() takes int64, not float64"),
        ("SELECT rsi(side) FROM trades", "rsi() takes numeric, not symbol"),
        ("SELECT rsi() FROM trades", "rsi() does not take 0 arguments"),
        ("SELECT rsi(price, 3, 4) FROM trades", "rsi() does not take 3 arguments"),
        ("SELECT t3(price, 5, 1.5) FROM trades", "factor of t3() is a constant, a number from 0.0 to 1.0"),
        ("SELECT ma(price, 5, 'nope') FROM trades", "average of ma() is a constant, one of 'sma', 'ema', 'wma'"),
        ("SELECT ma(price, 5, 11) FROM trades", "average of ma() is a constant, one of 'sma', 'ema', 'wma'"),
        ("SELECT macd(price) + 1 FROM trades", "macd() expands to several columns (macd, signal, histogram)"),
        ("SELECT rsi(price) OVER (ROWS 5 PRECEDING) FROM trades", "rsi() takes no frame"),
        ("SELECT price FROM trades WHERE rsi(price) > 70", "rsi() over a window cannot stand in WHERE"),
        ("SELECT rsi(macd(price)) FROM trades", "macd() expands to several columns (macd, signal, histogram)"),
        ("SELECT rzi(price) FROM trades", "unknown function 'rzi'"),
    ]

    @Test(arguments: errors) func anErrorSaysWhatIsWrong(_ text: String, _ message: String) throws {
        let error = try #require(failure(text))
        #expect(error.message.hasPrefix(message), "\(error.message)")
    }

    @Test func hintsNameWhatIsNear() throws {
        #expect(try #require(failure("SELECT rzi(price) FROM trades")).hint?.contains("rsi") == true)
        #expect(try #require(failure("SELECT cdl_hamer(price) FROM trades")).hint?.contains("cdl_hammer") == true)
        #expect(try #require(failure("SELECT 1 + macd(price) FROM trades")).hint?.contains("macd_macd") == true)
    }

    @Test func theCatalogIsConsistent() {
        let functions =
            TechnicalIndicator.allCases.map { IndicatorFunction.technical($0) }
            + CandlestickPattern.allCases.map { IndicatorFunction.pattern($0) }
        #expect(Set(IndicatorCatalog.all.map(\.function)) == Set(functions))
        #expect(IndicatorCatalog.all.count == functions.count)
        #expect(CandlestickPattern.allCases.count == 61)
        let others = FunctionCatalog.all.map(\.name) + WindowCatalog.all.map(\.name)
        let names = IndicatorCatalog.signatures.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(Set(names).isDisjoint(with: others + AggregateFunction.allCases.flatMap(\.aliases)))
        for indicator in IndicatorCatalog.all {
            #expect(!indicator.inputs.isEmpty)
            #expect(indicator.summary.hasSuffix("."), "\(indicator.name)")
            for parameter in indicator.parameters {
                switch parameter.values {
                case .whole(let range): #expect(range.contains(Int(parameter.default)), "\(indicator.name)")
                case .real(let range): #expect(range.contains(parameter.default), "\(indicator.name)")
                case .average: #expect(AverageKind(rawValue: Int(parameter.default)) != nil, "\(indicator.name)")
                }
            }
        }
    }
}
