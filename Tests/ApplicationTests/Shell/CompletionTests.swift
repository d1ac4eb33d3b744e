import Testing

@testable import Application

@Suite("Completion")
struct CompletionTests {
    private let completer = Completer(
        catalog: CompletionCatalog(
            tables: ["trades", "quotes", "1Min/OHLCV", "system.tables", "order"],
            buckets: ["AAPL/1Min/OHLCV", "AAPL/1Min/TICK", "MSFT/1Min/OHLCV"],
            columns: [
                "trades": ["time", "symbol", "price", "size", "Größe x"], "quotes": ["time", "symbol", "bid", "ask"],
                "system.tables": ["name", "kind"],
            ],
            functions: ["avg", "count", "count_distinct", "price_impact"],
            symbols: ["BTC-USDT.BINANCE", "ETH-USDT.BINANCE"]
        ),
        files: { directory in
            switch directory {
            case "": ["bars.csv", "data/", ".hidden", "my bars.csv"]
            case "data/": ["a.csv", "b.csv"]
            default: nil
            }
        }
    )

    private func candidates(_ text: String, after: String = "") -> [String] {
        completer.complete(text, after: after).candidates
    }

    /// The text with its only completion.
    private func completed(_ text: String, after: String = "") -> String? {
        let completion = completer.complete(text, after: after)
        guard completion.candidates.count == 1 else { return nil }
        return String(text.prefix(completion.start)) + completion.candidates[0]
    }

    @Test("knows how statements begin, in the case that is typed")
    func beginnings() {
        #expect(completed("SEL") == "SELECT")
        #expect(completed("  sel") == "  select")
        #expect(completed("SELECT 1; ins") == "SELECT 1; insert")
        #expect(candidates("").contains("SHOW"))
        #expect(completed("SHOW T") == "SHOW TABLES")
        #expect(completed("create m") == "create materialized view")
    }

    @Test("offers tables and buckets behind FROM and JOIN, quoted where they must be")
    func tables() {
        #expect(completed("SELECT * FROM tr") == "SELECT * FROM trades")
        #expect(completed("SELECT * FROM trades t JOIN q") == "SELECT * FROM trades t JOIN quotes")
        #expect(completed("SELECT * FROM MSFT") == "SELECT * FROM `MSFT/1Min/OHLCV`")
        #expect(completed("SELECT * FROM `ms") == "SELECT * FROM `MSFT/1Min/OHLCV`")
        #expect(completed("SELECT * FROM \"1") == "SELECT * FROM \"1Min/OHLCV\"")
        #expect(completed("SELECT * FROM ord") == "SELECT * FROM \"order\"")
        #expect(candidates("SELECT * FROM ").count == 8)
        #expect(candidates("FROM AAPL") == ["`AAPL/1Min/OHLCV`", "`AAPL/1Min/TICK`"])
    }

    @Test("offers the columns of the tables that are named, also behind the cursor")
    func columns() {
        #expect(candidates("SELECT ", after: " FROM quotes") == ["ask", "bid", "symbol", "time"])
        #expect(candidates("SELECT pri", after: " FROM trades") == ["price", "price_impact("])
        #expect(candidates("SELECT * FROM trades t JOIN quotes q ON q.") == ["ask", "bid", "symbol", "time"])
        #expect(completed("SELECT * FROM quotes AS q WHERE q.b") == "SELECT * FROM quotes AS q WHERE q.bid")
        #expect(completed("SELECT quotes.a", after: " FROM quotes") == "SELECT quotes.ask")
        #expect(completed("SELECT \"Gr", after: "\" FROM trades") == "SELECT \"Größe x")
        #expect(completed("SELECT Gr", after: " FROM trades") == nil)
        #expect(candidates("SELECT ki", after: " FROM system.tables") == ["kind"])
        #expect(candidates("SELECT pri") == ["price", "price_impact("])
        #expect(candidates("SELECT ") == ["\"Größe x\"", "ask", "bid", "price", "size", "symbol", "time"])
    }

    @Test("offers functions and keywords")
    func functions() {
        #expect(candidates("SELECT cou") == ["count(", "count_distinct("])
        #expect(completed("SELECT * FROM trades SAMPLE ") == "SELECT * FROM trades SAMPLE BY")
        #expect(completed("select * from trades wher") == "select * from trades where")
    }

    @Test("offers symbols within quotes, and closes them")
    func symbols() {
        #expect(completed("WHERE symbol = 'bt") == "WHERE symbol = 'BTC-USDT.BINANCE'")
        #expect(completed("WHERE symbol = 'bt", after: "'") == "WHERE symbol = 'BTC-USDT.BINANCE")
        #expect(candidates("SELECT 'x' ").isEmpty == false)
    }

    @Test("keeps quiet in comments and behind closed quotes")
    func quiet() {
        #expect(candidates("SELECT 1 -- fr").isEmpty)
        #expect(candidates("SELECT /* fr").isEmpty)
        #expect(candidates("SELECT 'abc'").isEmpty)
    }

    @Test("completes commands, their buckets, files and words")
    func commands() {
        #expect(completed("\\sh") == "\\show")
        #expect(completed("\\show MS") == "\\show MSFT/1Min/OHLCV")
        #expect(completed("\\show MSFT/1Min/OHLCV 2024-01-01 c") == "\\show MSFT/1Min/OHLCV 2024-01-01 csv")
        #expect(candidates("\\load MSFT/1Min/OHLCV ") == ["bars.csv", "data/", "'my bars.csv'"])
        #expect(candidates("\\load MSFT/1Min/OHLCV data/") == ["data/a.csv", "data/b.csv"])
        #expect(completed("\\o .h") == "\\o .hidden")
        #expect(completed("\\o 'my") == "\\o 'my bars.csv'")
        #expect(completed("\\timing of") == "\\timing off")
        #expect(completed("\\create A/1Min/B Open/f4 v") == "\\create A/1Min/B Open/f4 variable")
        #expect(completed("\\help sho") == "\\help \\show")
        #expect(completed("\\watch 2 SELECT * FROM q") == "\\watch 2 SELECT * FROM quotes")
        #expect(completed("\\watch SELECT * FROM q") == "\\watch SELECT * FROM quotes")
        #expect(completed("\\d tra") == "\\d trades")
        #expect(candidates("\\nonsense ").isEmpty)
    }

    @Test("inserts what all candidates share, and shows them in columns")
    func menu() {
        let completion = Completion(start: 0, candidates: ["count", "COUNTER", "counts"])
        #expect(completion.commonPrefix == "count")
        let many = Completion(start: 0, candidates: (1...9).map { "name\($0)" })
        #expect(
            many.menu(width: 22, linesMax: 10) == ["name1  name4  name7", "name2  name5  name8", "name3  name6  name9"]
        )
        #expect(many.menu(width: 22, linesMax: 1) == ["name1  name4  name7", "… 9 in all; type more of it"])
    }
}
