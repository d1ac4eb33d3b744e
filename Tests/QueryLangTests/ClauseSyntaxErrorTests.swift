import QueryLang
import Testing

/// Mistakes in the words of joins, sub-queries, windows and the clauses of groups.
@Suite struct ClauseSyntaxErrorTests {
    typealias Case = SyntaxErrorTests.Case

    static let cases: [Case] = [
        Case(
            "SELECT t.price FROM trades t JOIN quotes q«»",
            "unexpected end of the query"
        ),
        Case(
            "SELECT t.price FROM trades t LEFT «quotes» q",
            "unexpected 'quotes'"
        ),
        Case(
            "SELECT t.price FROM trades t ASOF «quotes» q",
            "unexpected 'quotes'"
        ),
        Case(
            "SELECT t.price FROM trades t ASOF JOIN quotes q TOLERANCE 5«»",
            "unexpected end of the query"
        ),
        Case(
            "SELECT t.price FROM trades t ASOF JOIN quotes q TOLERANCE «fast»",
            "unexpected 'fast'"
        ),
        Case(
            "SELECT t.price FROM trades t ASOF JOIN quotes q TOLERANCE 5s «ON» (symbol)",
            "ON stands before TOLERANCE"
        ),
        Case(
            "SELECT t.price FROM trades t JOIN quotes q ON (symbol) «TOLERANCE» 5s",
            "unexpected TOLERANCE",
            hint: "TOLERANCE is of ASOF JOIN and LT JOIN"
        ),
        Case(
            "SELECT sum(bid) FROM trades t WINDOW JOIN quotes q ON (symbol)«»",
            "unexpected end of the query"
        ),
        Case(
            "SELECT sum(bid) FROM trades t WINDOW JOIN quotes q ON (symbol) «ROWS» 5 PRECEDING",
            "unexpected ROWS"
        ),
        Case(
            "SELECT sum(price) OVER (ROWS 5«)» FROM trades",
            "unexpected ')'"
        ),
        Case(
            "SELECT sum(price) OVER («ROW» 5 PRECEDING) FROM trades",
            "unexpected ROW",
            hint: "did you mean ROWS?"
        ),
        Case(
            "SELECT DISTINCT «FROM» trades",
            "unexpected FROM"
        ),
        Case(
            "SELECT count() FROM trades SAMPLE BY 1m FILL(«PREVIOUS»)",
            "unexpected 'PREVIOUS'"
        ),
        Case(
            "SELECT count() FROM trades SAMPLE BY 1m FILL(1 «+» 1)",
            "unexpected '+'"
        ),
        Case(
            "SELECT count() FROM trades SAMPLE BY 1m FILL(«)»",
            "unexpected ')'"
        ),
        Case(
            "SELECT count() FROM trades SAMPLE BY 1m FILL «PREV»",
            "unexpected PREV"
        ),
        Case(
            "SELECT count() FROM trades SAMPLE BY 1m ALIGN «CALENDAR»",
            "unexpected CALENDAR"
        ),
        Case(
            "SELECT count() FROM trades SAMPLE BY 1 «fortnight»",
            "unexpected 'fortnight'"
        ),
        Case(
            "SELECT count() FROM trades SAMPLE BY «'x'»",
            "unexpected 'x'"
        ),
        Case(
            "SELECT price FROM (SELECT symbol, price FROM trades WHERE size > 0«»",
            "unexpected end of the query"
        ),
        Case(
            "SELECT price FROM trades LIMIT «99999999999999999999»",
            "the integer 99999999999999999999 is too large"
        ),
        Case(
            "SELECT price FROM trades LIMIT 5 OFFSET«»",
            "unexpected end of the query"
        ),
        Case(
            "EXPLAIN «SHOW» TABLES",
            "unexpected SHOW"
        ),
        Case(
            "EXPLAIN «ANALYSE» SELECT 1 FROM trades",
            "unexpected 'ANALYSE'",
            hint: "did you mean ANALYZE?"
        ),
        Case(
            "SELECT count(DISTINCT«)» FROM trades",
            "unexpected ')'"
        ),
        Case(
            "SELECT count(DISTINCT price«,» size) FROM trades",
            "unexpected ','"
        ),
        Case(
            "SELECT t.price FROM trades t JOIN quotes q «USING» (symbol)",
            "unexpected USING",
            hint: "write ON (columns)"
        ),
        Case(
            "SELECT count() FROM trades «OFFSET» 5",
            "unexpected OFFSET",
            hint: "OFFSET follows LIMIT"
        ),
        Case(
            "SELECT * FROM trades «NATURAL» JOIN quotes",
            "NATURAL JOIN is not supported"
        ),
    ]

    @Test(arguments: cases) func mistakeIsToldWithItsPlaceAndHint(_ case: Case) throws {
        let marked = MarkedText(`case`.marked)
        let error = try #require(failure(marked.text))
        #expect(error.code == .syntax)
        #expect(error.message == `case`.message)
        #expect(error.span == marked.span)
        #expect(error.hint == `case`.hint)
    }
}
