import QueryLang
import Testing

@Suite struct QueryDiagnosticTests {
    private func rendered(_ text: String) throws -> String {
        QueryDiagnostic.render(try #require(failure(text)), in: text)
    }

    @Test func errorIsShownUnderItsText() throws {
        #expect(
            try rendered("SELECT prize FROM trades") == """
                SELECT prize FROM trades
                       ^^^^^ unknown column 'prize'; did you mean 'price'?
                """
        )
    }

    @Test func syntaxErrorSaysWhatWasExpected() throws {
        #expect(
            try rendered("SELECT price FROM trades ORDER price") == """
                SELECT price FROM trades ORDER price
                                               ^^^^^ unexpected 'price', expected BY
                """
        )
        #expect(
            try rendered("EXPLAIN") == """
                EXPLAIN
                       ^ unexpected end of the query, expected ANALYZE or SELECT
                """
        )
    }

    @Test func textOfSeveralLinesGetsLineAndColumn() throws {
        let text = "SELECT price\r\n  FROM trades -- größe\r\n\tWHERE größe > 1 AND sizee > 2\n  LIMIT 1"
        #expect(
            try rendered(text.replacing("größe >", with: "size >")) == """
                line 3, column 21:
                 WHERE size > 1 AND sizee > 2
                                    ^^^^^ unknown column 'sizee'; did you mean 'size'?
                """
        )
        #expect(
            try rendered(text) == """
                line 3, column 8:
                 WHERE größe > 1 AND sizee > 2
                       ^^^^^ unknown column 'größe'; SHOW COLUMNS FROM trades lists the columns
                line 3, column 22:
                 WHERE größe > 1 AND sizee > 2
                                     ^^^^^ unknown column 'sizee'; did you mean 'size'?
                """
        )
    }

    @Test func spanOverSeveralLinesIsMarkedOnItsFirst() throws {
        #expect(
            try rendered("SELECT sum(size)\nFROM trades WHERE sum(\nsize) > 1") == """
                line 2, column 19:
                FROM trades WHERE sum(
                                  ^^^^ sum() cannot stand in WHERE
                """
        )
    }

    @Test func positionCountsBytesLinesAndScalars() {
        let text = "aé\n😀b"
        func position(_ start: Int, _ end: Int) -> QueryDiagnostic.Position {
            QueryDiagnostic.position(of: SourceSpan(start: start, end: end), in: text)
        }
        #expect([position(0, 1).line, position(0, 1).column, position(0, 1).length] == [1, 1, 1])
        #expect([position(3, 4).line, position(3, 4).column] == [1, 3])
        #expect([position(8, 9).offset, position(8, 9).line, position(8, 9).column] == [8, 2, 2])
        #expect([position(9, 9).line, position(9, 9).column, position(9, 9).length] == [2, 3, 0])
        // Outside the text, and within a character.
        #expect([position(-5, 100).offset, position(-5, 100).length] == [0, 9])
        #expect([position(50, 60).offset, position(50, 60).length] == [9, 0])
        #expect([position(5, 6).line, position(5, 6).offset] == [2, 5])
        #expect(position(2, 1).length == 0)
    }

    @Test func longLineIsCutAroundTheMark() throws {
        let before = String(repeating: "price, ", count: 100)
        let after = String(repeating: ", size", count: 100)
        let lines = try rendered("SELECT \(before)prize\(after) FROM trades").split(separator: "\n")
        #expect(lines[0].count <= QueryDiagnostic.snippetWidth + 2)
        #expect(lines[0].hasPrefix("…") && lines[0].hasSuffix("…"))
        let column = lines[1].prefix { $0 == " " }.count
        #expect(lines[0].dropFirst(column).hasPrefix("prize"))
        #expect(lines[1].dropFirst(column).hasPrefix("^^^^^ unknown column"))
    }

    @Test func everyPlaceOfALongLineIsMarkedInWhatIsShown() {
        let text = (0..<400).map { String($0 % 10) }.joined()
        for start in 0...400 {
            for length in [0, 1, 30, 400] {
                let error = QueryError(.syntax, "x", at: SourceSpan(start: start, end: start + length))
                let lines = QueryDiagnostic.snippet(error, in: text)!.split(separator: "\n")
                let column = lines[1].prefix { $0 == " " }.count
                let width = lines[1].count - column
                #expect(width >= 1 && column + width <= lines[0].count + 1)
                if start < 400 { #expect(lines[0].dropFirst(column).first == Character(String(start % 10))) }
            }
        }
    }

    @Test func controlCharactersReachNoTerminal() throws {
        let shown = try rendered("SELECT 'a\u{1B}[31m\u{7}', prize FROM trades")
        #expect(shown.hasPrefix("SELECT 'a [31m ', prize FROM trades\n"))
        #expect(try !rendered("SELECT \"a\u{1B}[31m\" FROM trades").contains("\u{1B}"))
        #expect(try !rendered("SELECT * FROM \"\u{1B}[31m\"").contains("\u{1B}"))
    }

    @Test func longNamesAreShortened() throws {
        let error = try #require(failure("SELECT \(String(repeating: "x", count: 5_000)) FROM trades"))
        #expect(error.message.utf8.count < 100)
    }

    @Test func errorWithoutAPlaceIsASentence() {
        let error = QueryError(.timeout, "the query ran out of time", hint: "ask for less")
        #expect(QueryDiagnostic.render(error, in: "SELECT 1") == "the query ran out of time; ask for less")
        #expect(QueryDiagnostic.snippet(error, in: "SELECT 1") == nil)
    }
}
