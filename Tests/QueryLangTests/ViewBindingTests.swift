import Columnar
import QueryLang
import Testing

/// The test tables, with views.
private struct ViewCatalog: CatalogReader {
    var defined: [String: String] = [:]

    var tables: [TableSchema] { TestCatalog().tables }
    func schema(named name: String) -> TableSchema? { TestCatalog().schema(named: name) }
    func views() -> [ViewDefinition] { defined.sorted { $0.key < $1.key }.map { ViewDefinition(name: $0, query: $1) } }
}

@Suite struct ViewBindingTests {
    private func select(_ text: String, _ views: [String: String]) throws -> BoundSelect {
        guard case .select(let select) = try QueryCompiler.compile(text, catalog: ViewCatalog(defined: views)) else {
            throw QueryError(.bug, "not a SELECT")
        }
        return select
    }

    private func failure(_ text: String, _ views: [String: String]) -> QueryError? {
        do throws(QueryError) {
            _ = try QueryCompiler.compile(text, catalog: ViewCatalog(defined: views))
            return nil
        } catch {
            return error
        }
    }

    @Test func viewIsItsQueryAsASubquery() throws {
        let views = ["buys": "SELECT time, symbol, price FROM trades WHERE side = 'buy'"]
        let expected = try select(
            "SELECT max(price) FROM (SELECT time, symbol, price FROM trades WHERE side = 'buy') b",
            [:]
        )
        #expect(try select("SELECT max(price) FROM BUYS", views) == expected)
        #expect(try select("SELECT max(b.price) FROM buys b", views).source == expected.source)
        // It has the time and the series of its rows.
        _ = try select("SELECT time, avg(buys.price) FROM buys SAMPLE BY 1m", views)
        _ = try select("SELECT t.price FROM trades t ASOF JOIN buys ON (symbol)", views)
    }

    @Test func viewsReadViews() throws {
        let views = ["a": "SELECT price FROM trades", "b": "SELECT price * 2 AS p FROM a", "c": "SELECT max(p) FROM b"]
        #expect(try select("SELECT * FROM c", views).columns.map(\.name) == ["max"])
    }

    @Test func circleIsFound() throws {
        let views = ["a": "SELECT price FROM b", "b": "SELECT price FROM c", "c": "SELECT price FROM a"]
        let error = try #require(failure("SELECT price FROM a", views))
        #expect(error.message == "the views 'a' → 'b' → 'c' → 'a' read one another in a circle")
        #expect(error.span == SourceSpan(start: 18, end: 19))
        // A view cannot be made to read itself.
        let chain = ["a": "SELECT price FROM trades", "b": "SELECT price FROM a"]
        let replaced = try #require(failure("CREATE OR REPLACE VIEW a AS SELECT price FROM b", chain))
        #expect(replaced.message.contains("in a circle"))
        #expect(failure("CREATE OR REPLACE VIEW b AS SELECT price FROM a", chain) == nil)
    }

    @Test func whatDoublesIsBounded() throws {
        var views = ["v0": "SELECT a.time FROM trades a JOIN trades b ON (symbol)"]
        for level in 1...12 {
            views["v\(level)"] = "SELECT a.time FROM v\(level - 1) a JOIN v\(level - 1) b ON (time)"
        }
        #expect(failure("SELECT time FROM v5", views) == nil)
        #expect(failure("SELECT time FROM v6", views)?.code == .limit)
        #expect(failure("SELECT time FROM v12", views)?.code == .limit)
    }

    @Test func depthIsBounded() throws {
        var views = ["v0": "SELECT price FROM trades"]
        for level in 1...60 { views["v\(level)"] = "SELECT price FROM v\(level - 1)" }
        #expect(failure("SELECT price FROM v30", views) == nil)
        #expect(failure("SELECT price FROM v60", views)?.code == .limit)
    }

    @Test func brokenViewIsNamed() throws {
        let views = ["a": "SELECT gone FROM trades", "b": "SELECT gone FROM a"]
        let error = try #require(failure("SELECT * FROM b", views))
        #expect(error.message.hasPrefix("the view 'a' cannot be read: unknown column 'gone'"), "\(error)")
        #expect(error.span == SourceSpan(start: 14, end: 15))
        #expect(error.hint?.contains("SHOW CREATE VIEW a") == true)
    }

    @Test func viewIsNoTableToChange() throws {
        let views = ["v": "SELECT price FROM trades"]
        for text in [
            "INSERT INTO v VALUES (1)", "DELETE FROM v", "TRUNCATE TABLE v", "ALTER TABLE v ADD COLUMN x int64",
        ] {
            #expect(failure(text, views)?.message == "'v' is a view; only tables can be changed", "\(text)")
        }
        #expect(failure("DROP TABLE v", views)?.message == "'v' is a view")
        #expect(failure("CREATE TABLE v (a int64)", views)?.code == .tableExists)
        #expect(failure("CREATE VIEW v AS SELECT price FROM trades", views)?.code == .tableExists)
        #expect(failure("SELECT * FROM buyz", ["buys": "SELECT price FROM trades"])?.hint == "did you mean 'buys'?")
    }
}
