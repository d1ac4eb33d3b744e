import QueryLang
import Testing

/// Mistakes with joins and sub-queries, and with the names of their columns.
@Suite struct SourceErrorTests {
    typealias Case = BindingErrorTests.Case

    static let names: [Case] = [
        Case(
            "SELECT «time» FROM trades ASOF JOIN quotes ON (symbol)",
            .semantic,
            "the column 'time' is ambiguous: it is in 'trades' and in 'quotes'",
            hint: "write trades.time or quotes.time"
        ),
        Case(
            "SELECT bid FROM trades t ASOF JOIN quotes q ON (t.symbol = q.symbol) WHERE «symbol» = "
                + "'A'",
            .semantic,
            "the column 'symbol' is ambiguous: it is in 't' and in 'q'",
            hint: "write t.symbol or q.symbol"
        ),
        Case(
            "SELECT «x».price FROM trades t",
            .unknownTable,
            "nothing in FROM is called 'x'",
            hint: "FROM has t"
        ),
        Case(
            "SELECT «trades».price FROM trades t",
            .unknownTable,
            "nothing in FROM is called 'trades'",
            hint: "it is called 't' here"
        ),
        Case(
            "SELECT t.«prize» FROM trades t",
            .unknownColumn,
            "'t' has no column 'prize'",
            hint: "did you mean 'price'?"
        ),
        Case(
            "SELECT q.«volume» FROM trades t ASOF JOIN quotes q ON (symbol)",
            .unknownColumn,
            "'q' has no column 'volume'",
            hint: "SHOW COLUMNS FROM quotes lists the columns"
        ),
        Case(
            "SELECT t.price FROM trades t ASOF JOIN «quotes t» ON (symbol)",
            .semantic,
            "the name 't' stands twice in FROM",
            hint: "give one of them an alias"
        ),
        Case(
            "SELECT price FROM trades ASOF JOIN «trades» ON (symbol)",
            .semantic,
            "the name 'trades' stands twice in FROM",
            hint: "give one of them an alias"
        ),
        Case(
            "SELECT price FROM trades ASOF JOIN quotes ON («side»)",
            .unknownColumn,
            "unknown column 'side'",
            hint: "SHOW COLUMNS FROM quotes lists the columns"
        ),
        Case(
            "SELECT symbol, count() AS c FROM trades WHERE «c» > 1",
            .unknownColumn,
            "unknown column 'c'",
            hint: "'c' is an alias of the select list, which WHERE does not see"
        ),
        Case(
            "SELECT «prise» FROM (SELECT symbol, price FROM trades)",
            .unknownColumn,
            "unknown column 'prise'",
            hint: "did you mean 'price'?"
        ),
        Case(
            "SELECT «volume» FROM (SELECT symbol, price FROM trades)",
            .unknownColumn,
            "unknown column 'volume'",
            hint: "the columns of a sub-query are symbol, price"
        ),
        Case(
            "SELECT price FROM (SELECT symbol, «prise» FROM trades)",
            .unknownColumn,
            "unknown column 'prise'",
            hint: "did you mean 'price'?"
        ),
        Case(
            "SELECT «symbol» FROM (SELECT symbol FROM trades) JOIN (SELECT symbol FROM quotes) ON "
                + "true",
            .semantic,
            "the column 'symbol' is ambiguous: it is in a sub-query and in a sub-query",
            hint: "give the sub-query an alias to qualify its columns by"
        ),
        Case(
            "SELECT t.time FROM trades t ASOF JOIN quotes q ON «symbl»",
            .unknownColumn,
            "unknown column 'symbl'",
            hint: "did you mean 'symbol'?"
        ),
    ]

    static let joins: [Case] = [
        Case(
            "SELECT t.price FROM trades t ASOF JOIN quotes q ON t.symbol = «q.bid»",
            .type,
            "cannot compare symbol with float64",
            hint: "text stands in single quotes, numbers without"
        ),
        Case(
            "SELECT t.price FROM trades t ASOF JOIN quotes q ON «t.time = q.seq»",
            .type,
            "cannot join by timestamp and int64"
        ),
        Case(
            "SELECT t.price FROM trades t JOIN (SELECT symbol AS price FROM quotes) q ON («price»)",
            .type,
            "cannot join by float64 and symbol"
        ),
        Case(
            "SELECT t.price FROM trades t ASOF JOIN quotes q ON t.symbol = q.symbol AND «t.price > "
                + "q.bid»",
            .semantic,
            "ON of ASOF JOIN takes equalities of a left with a right column only",
            hint: "WHERE can ask more of the rows that were joined, a sub-query of those that are to "
                + "be"
        ),
        Case(
            "SELECT t.price FROM trades t JOIN quotes q ON «t.price»",
            .type,
            "ON takes boolean, not float64"
        ),
        Case(
            "SELECT t.price FROM trades t JOIN quotes q ON «sum(t.price)» > 1",
            .semantic,
            "sum() cannot stand in ON"
        ),
        Case(
            "SELECT t.price FROM trades t JOIN quotes q ON «lag(t.price)» > 1",
            .semantic,
            "lag() over a window cannot stand in ON",
            hint: "compute it in a sub-query"
        ),
        Case(
            "SELECT t.price FROM (SELECT price FROM trades) t «ASOF JOIN» quotes q",
            .semantic,
            "the left side of the ASOF JOIN has no designated timestamp",
            hint: "a sub-query has one if it selects that of its source as it is"
        ),
        Case(
            "SELECT t.price FROM trades t ASOF JOIN «(SELECT bid FROM quotes) q»",
            .semantic,
            "the right side of the ASOF JOIN has no designated timestamp",
            hint: "a sub-query has one if it selects that of its source as it is"
        ),
        Case(
            "SELECT «bid» FROM trades t WINDOW JOIN quotes q ON (symbol) RANGE BETWEEN 5s PRECEDING "
                + "AND CURRENT ROW",
            .semantic,
            "'bid' is of the right side of a WINDOW JOIN, of which only aggregates can be had",
            hint: "for example last(bid)"
        ),
        Case(
            "SELECT q.«bid» FROM trades t WINDOW JOIN quotes q ON (symbol) RANGE BETWEEN 5s "
                + "PRECEDING AND CURRENT ROW",
            .semantic,
            "'bid' is of the right side of a WINDOW JOIN, of which only aggregates can be had",
            hint: "for example last(bid)"
        ),
        Case(
            "SELECT «q».* FROM trades t WINDOW JOIN quotes q ON (symbol) RANGE BETWEEN 5s PRECEDING "
                + "AND CURRENT ROW",
            .semantic,
            "of the right side of a WINDOW JOIN only aggregates can be had"
        ),
        Case(
            "SELECT «sum(price)» FROM trades t WINDOW JOIN quotes q ON (symbol) RANGE BETWEEN 5s "
                + "PRECEDING AND CURRENT ROW",
            .semantic,
            "with a WINDOW JOIN sum() takes a column of its right side",
            hint: "an outer SELECT can aggregate the rows of the join"
        ),
        Case(
            "SELECT sum(bid) FROM trades t WINDOW JOIN quotes q ON (symbol) RANGE BETWEEN 5s "
                + "PRECEDING AND CURRENT ROW GROUP BY «t.symbol»",
            .semantic,
            "SAMPLE BY and GROUP BY cannot stand with a WINDOW JOIN",
            hint: "an outer SELECT can group the rows of the join"
        ),
        Case(
            "SELECT sum(bid) FROM trades t WINDOW JOIN quotes q ON (symbol) RANGE BETWEEN 5s "
                + "PRECEDING AND CURRENT ROW «SAMPLE BY 1m»",
            .semantic,
            "SAMPLE BY and GROUP BY cannot stand with a WINDOW JOIN",
            hint: "an outer SELECT can group the rows of the join"
        ),
        Case(
            "SELECT sum(bid) FROM trades t WINDOW JOIN quotes q ON (symbol) «RANGE BETWEEN 5s "
                + "FOLLOWING AND CURRENT ROW»",
            .semantic,
            "the window ends before it begins"
        ),
        Case(
            "SELECT sum(bid) FROM trades t WINDOW JOIN quotes q ON (symbol) «RANGE BETWEEN UNBOUNDED "
                + "PRECEDING AND CURRENT ROW»",
            .semantic,
            "the window of a WINDOW JOIN cannot be unbounded",
            hint: "ASOF JOIN finds the last row before, however long ago"
        ),
        Case(
            "SELECT sum(bid) FROM trades t WINDOW JOIN quotes q ON (symbol) «RANGE BETWEEN 5 "
                + "PRECEDING AND CURRENT ROW»",
            .semantic,
            "a WINDOW JOIN takes intervals of time",
            hint: "write an interval such as 5s"
        ),
        Case(
            "SELECT sum(q.bid) FROM trades t «WINDOW JOIN» quotes q ON (symbol) RANGE BETWEEN 5s "
                + "PRECEDING AND CURRENT ROW ASOF JOIN quotes r",
            .semantic,
            "a WINDOW JOIN has to be the last join",
            hint: "put it into a sub-query to join its rows with others"
        ),
        Case(
            "SELECT sum(«bid») OVER () FROM trades t WINDOW JOIN quotes q ON (symbol) RANGE 5s "
                + "PRECEDING",
            .semantic,
            "'bid' is of the right side of a WINDOW JOIN, of which only aggregates can be had",
            hint: "for example last(bid)"
        ),
        Case(
            "SELECT symbol FROM (SELECT symbol FROM trades) «ASOF JOIN» (SELECT symbol FROM quotes)",
            .semantic,
            "the left side of the ASOF JOIN has no designated timestamp",
            hint: "a sub-query has one if it selects that of its source as it is"
        ),
        Case(
            "SELECT t.time FROM trades t ASOF JOIN quotes q ON («t.symbol»)",
            .semantic,
            "ON of ASOF JOIN takes equalities of a left with a right column only",
            hint: "ON (symbol) asks that column to be equal on both sides"
        ),
        Case(
            "SELECT t.time FROM trades t ASOF JOIN quotes q ON «t.symbol»",
            .semantic,
            "ON of ASOF JOIN takes equalities of a left with a right column only",
            hint: "ON (symbol) asks that column to be equal on both sides"
        ),
    ]

    @Test(arguments: names + joins)
    func mistakeIsToldWithItsPlaceAndHint(_ case: Case) throws {
        let marked = MarkedText(`case`.marked)
        let error = try #require(failure(marked.text))
        #expect(error.code == `case`.code)
        #expect(error.message == `case`.message)
        #expect(error.span == marked.span)
        #expect(error.hint == `case`.hint)
    }
}
