import Dispatch
import Foundation
import QueryLang
import Testing

/// The deepest texts that are allowed, compiled on less stack than a thread usually has (8 MiB), without optimisation.
@Suite struct StackTests {
    static let stackBytes = 6 * 1024 * 1024

    static let deepest: [String] = {
        func nested(_ open: String, _ core: String, _ close: String, _ count: Int = 195) -> String {
            String(repeating: open, count: count) + core + String(repeating: close, count: count)
        }
        let condition = "SELECT 1 FROM trades WHERE "
        return [
            condition + nested("(", "is_maker", ")"),
            condition + nested("NOT ", "is_maker", ""),
            condition + nested("NOT (", "is_maker", ")", 98),
            condition + nested("(is_maker OR id = 1 AND ", "is_maker", ")", 65),
            condition + nested("(", "is_maker", " IS NULL)", 190),
            condition + nested("1 BETWEEN 0 AND (", "id", ")", 98),
            condition + nested("id IN (", "1", ")", 190),
            "SELECT " + nested("abs(", "price", ")") + " FROM trades ORDER BY -" + nested("abs(", "price", ")", 190),
            "SELECT " + nested("- ", "price", "") + " FROM trades",
            "SELECT " + nested("(1 + ", "price", ")", 99) + " FROM trades",
            "SELECT sum(" + nested("coalesce(1, ", "price", ")", 190) + "), symbol FROM trades GROUP BY symbol",
            "SELECT " + nested("coalesce(price, ", "1", ")", 190) + ", count() FROM trades SAMPLE BY 1m",
            nested("SELECT * FROM (", "SELECT * FROM trades", ")", 39),
            nested("SELECT time, max(price) AS price FROM (", "SELECT * FROM trades", ") SAMPLE BY 1m", 39),
            nested("SELECT a.price FROM trades a JOIN (", "SELECT price FROM trades", ") b ON a.price = b.price", 31),
            nested("SELECT price FROM (", "SELECT \(nested("abs(", "price", ")", 90)) AS price FROM trades", ")", 20),
            "SELECT " + nested("sum(", "price", ") OVER ()", 190) + " FROM trades",
            "SELECT " + nested("CASE WHEN id > 1 THEN ", "price", " END", 190) + " FROM trades",
            "SELECT " + nested("CASE ", "price", " WHEN 1 THEN 2 END", 190) + " FROM trades",
            "SELECT " + nested("CAST(", "price", " AS int)", 190) + " FROM trades",
            "SELECT price" + String(repeating: " || 'x'", count: 190) + " FROM trades",
            "SELECT sum(price) OVER (PARTITION BY " + nested("abs(", "price", ")", 190) + ") FROM trades",
            "SELECT " + nested("f(a) OVER (ORDER BY ", "price", ")", 190) + " FROM trades",
            "SELECT symbol FROM trades GROUP BY symbol HAVING " + nested("NOT (", "max(price) > 1", ")", 97),
            "SELECT t.id FROM trades t JOIN quotes q ON " + nested("NOT (", "t.price > q.bid", ")", 97),
        ]
    }()

    /// Runs `body` to its end on a thread of its own.
    private func onSmallStack(_ body: @escaping @Sendable () -> Void) {
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            body()
            done.signal()
        }
        thread.stackSize = Self.stackBytes
        thread.start()
        done.wait()
    }

    @Test(arguments: deepest.indices) func deepestTextsFitASmallStack(index: Int) {
        let text = Self.deepest[index]
        onSmallStack {
            do throws(QueryError) {
                let statement = try Parser.parse(text)
                #expect((try? Parser.parse(statement.text)) == statement)
                _ = try Binder(catalog: TestCatalog()).bind(statement).hashValue
            } catch {
                // A list holds constants; that it is told is enough.
                #expect(error.code != .limit, "\(error)")
            }
        }
    }
}
