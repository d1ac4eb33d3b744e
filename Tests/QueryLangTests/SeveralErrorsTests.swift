import QueryLang
import Testing

/// Errors that do not follow from one another come together.
@Suite struct SeveralErrorsTests {
    private func errors(_ text: String) -> [QueryError] {
        do {
            _ = try QueryCompiler.compile(text, catalog: TestCatalog())
            return []
        } catch {
            return error.all
        }
    }

    @Test(arguments: [
        ("SELECT prize, sise FROM trades", ["prize", "sise"]),
        ("SELECT prize + sise FROM trades WHERE tine > 0", ["prize", "sise", "tine"]),
        (
            "SELECT smu(prize), price FROM trades WHERE simbol = 'A' AND symbol = 'B' AND sids = 'C'",
            ["smu", "prize", "simbol", "sids"]
        ),
        ("SELECT round(prize, digts) FROM trades", ["prize", "digts"]),
        ("SELECT price FROM trades WHERE prize BETWEEN lowr AND uper", ["prize", "lowr", "uper"]),
        ("SELECT 1 FROM trade t JOIN qoutes q ON t.symbol = q.symbol", ["trade", "qoutes"]),
        ("SELECT prize, prize FROM trades", ["prize", "prize"]),
    ])
    func eachIsToldWithItsPlace(text: String, names: [String]) {
        let bytes = Array(text.utf8)
        let shown = errors(text).map { error in
            error.span.map { String(decoding: bytes[$0.start..<$0.end], as: UTF8.self) } ?? "nowhere"
        }
        #expect(shown == names)
    }

    @Test func whatFollowsFromAnErrorIsNotTold() {
        #expect(errors("SELECT prize AS p FROM trades ORDER BY p").count == 1)
        #expect(errors("SELECT price FROM trade WHERE prize > 1").count == 1)
    }

    @Test func tenAreEnough() {
        let text = "SELECT " + (0..<30).map { "nope\($0)" }.joined(separator: ", ") + " FROM trades"
        #expect(errors(text).count == 10)
    }

    @Test func eachHasItsCarets() throws {
        let text = "SELECT prize,\n sise FROM trades"
        let error = try #require(errors(text).first)
        var whole = error
        whole.further = Array(errors(text).dropFirst())
        #expect(
            QueryDiagnostic.render(whole, in: text) == """
                line 1, column 8:
                SELECT prize,
                       ^^^^^ unknown column 'prize'; did you mean 'price'?
                line 2, column 2:
                 sise FROM trades
                 ^^^^ unknown column 'sise'; did you mean 'side'?
                """
        )
    }
}
