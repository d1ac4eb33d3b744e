import Columnar
import Testing

@testable import QueryLang

@Suite struct ParameterTests {
    private func select(_ text: String, _ parameters: QueryParameters) throws -> BoundSelect {
        guard case .select(let select) = try QueryCompiler.compile(text, catalog: TestCatalog(), parameters: parameters)
        else { throw QueryError(.bug, "not a SELECT") }
        return select
    }

    @Test func parametersArePushedDownAsConstantsAre() throws {
        let given = try select(
            "SELECT price FROM trades WHERE symbol = $1 AND time >= $2 AND time < :end AND price > :least",
            QueryParameters(
                [.text("A"), .text("2024-08-08")],
                named: ["end": .timestamp(1_723_161_600_000_000_000), "least": .int64(5)]
            )
        )
        let written = try boundSelect(
            "SELECT price FROM trades WHERE symbol = 'A' AND time >= '2024-08-08' AND time < '2024-08-09' AND price > 5"
        )
        #expect(given == written)
    }

    @Test func aTextAfterInIsTheWholeIntervalThatItNames() throws {
        let given = try select("SELECT price FROM trades WHERE time IN ($1)", QueryParameters([.text("2024-08")]))
        #expect(given == (try boundSelect("SELECT price FROM trades WHERE time IN '2024-08'")))
    }

    @Test func everyTypeOfValueFits() throws {
        let bound = try select(
            "SELECT $1, $2, $3, $4, $5, coalesce($6, price), :t FROM trades",
            QueryParameters(
                [.int64(1), .float64(2.5), .boolean(true), .text("it's"), .timestamp(0), .null],
                named: ["t": .null]
            )
        )
        let types = bound.columns.map(\.type)
        #expect(types == [.int64, .float64, .boolean, .string, .timestamp, .float64, .string])
    }

    @Test func nullHasTheTypeThatItIsGiven() throws {
        let bound = try select(
            "SELECT $1 FROM trades",
            QueryParameters(positional: [QueryParameters.Value(.null, .timestamp)])
        )
        #expect(bound.outputs == [.literal(.null, .timestamp)])
    }

    struct Mistake: Sendable {
        let text: String
        let parameters: QueryParameters
        let message: String
        var hint: String?
    }

    static let mistakes = [
        Mistake(
            text: "SELECT price FROM trades WHERE id = «$2»",
            parameters: QueryParameters([.int64(1)]),
            message: "there is no value for the parameter $2",
            hint: "given are $1"
        ),
        Mistake(
            text: "SELECT price FROM trades WHERE id = «:idd»",
            parameters: QueryParameters([], named: ["ide": .int64(1)]),
            message: "there is no value for the parameter :idd",
            hint: "did you mean :ide?"
        ),
        Mistake(
            text: "SELECT price FROM trades WHERE id = «$1»",
            parameters: QueryParameters(),
            message: "there is no value for the parameter $1",
            hint: "none were given"
        ),
        Mistake(
            text: "SELECT price FROM trades WHERE id = $1",
            parameters: QueryParameters([.int64(1), .int64(2)]),
            message: "the parameter $2 does not stand in the text",
            hint: "leave its value out, or write $2 where it belongs"
        ),
        Mistake(
            text: "SELECT price FROM trades WHERE id = «$1»",
            parameters: QueryParameters([.text("x")]),
            message: "cannot compare int64 with string",
            hint: "text stands in single quotes, numbers without"
        ),
    ]

    @Test(arguments: mistakes.indices) func mistakesAreToldWithTheirPlace(index: Int) throws {
        let mistake = Self.mistakes[index]
        let marked = mistake.text.replacing("«", with: "").replacing("»", with: "")
        let error = #expect(throws: QueryError.self) {
            try QueryCompiler.compile(marked, catalog: TestCatalog(), parameters: mistake.parameters)
        }
        #expect(error?.message == mistake.message && error?.hint == mistake.hint)
        let start = mistake.text.utf8.count == marked.utf8.count ? nil : mistake.text.prefix { $0 != "«" }.utf8.count
        #expect(error?.span?.start == start)
    }

    @Test func aTextWithoutValuesIsReadAndPrinted() throws {
        let statement = try Parser.parse("SELECT $1 + :Größe FROM t WHERE a::int = $12")
        #expect(try Parser.parse(statement.text) == statement)
        #expect(throws: QueryError.self) { try Binder(catalog: TestCatalog()).bind(statement) }
    }
}
