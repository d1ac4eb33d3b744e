import Testing

@testable import Application

@Suite("Lines become statements")
struct StatementReaderTests {
    private func items(_ lines: String...) -> [StatementReader.Item] {
        var reader = StatementReader()
        return lines.flatMap { reader.add($0) } + (reader.finish().map { [$0] } ?? [])
    }

    @Test("at semicolons, over several lines, and at the end")
    func statements() {
        #expect(
            items("SELECT 1; SELECT", "  2", ";;", "  SELECT 3 ") == [
                .statement("SELECT 1", line: 1), .statement("SELECT\n  2", line: 1), .statement("SELECT 3", line: 4),
            ]
        )
        #expect(items("", "   ", ";").isEmpty)
    }

    @Test("whose quotes and comments may hold semicolons and backslashes")
    func quotes() {
        #expect(
            items("SELECT 'a;b', \"c;\", `d;`; x") == [
                .statement("SELECT 'a;b', \"c;\", `d;`", line: 1), .statement("x", line: 1),
            ]
        )
        #expect(items("SELECT 'a", "\\q", "b';") == [.statement("SELECT 'a\n\\q\nb'", line: 1)])
        #expect(items("SELECT 1 -- one; two", "+ 1;") == [.statement("SELECT 1 -- one; two\n+ 1", line: 1)])
        #expect(items("SELECT /* ; '", "; */ 1;") == [.statement("SELECT /* ; '\n; */ 1", line: 1)])
    }

    @Test("after comments, which belong to the statement behind them")
    func comments() {
        #expect(items("-- nothing").isEmpty)
        #expect(items("/* a; */", "-- b;", "SELECT 1;") == [.statement("/* a; */\n-- b;\nSELECT 1", line: 1)])
    }

    @Test("or commands, which end with their line")
    func commands() {
        #expect(
            items("\\show A/1Min/B ;", "SELECT 1;") == [
                .command("\\show A/1Min/B", line: 1), .statement("SELECT 1", line: 2),
            ]
        )
        #expect(
            items("exit", "QUIT;", "help") == [
                .command("\\exit", line: 1), .command("\\quit", line: 2), .command("\\help", line: 3),
            ]
        )
        #expect(items("SELECT", "exit;") == [.statement("SELECT\nexit", line: 1)])
        #expect(
            items("SELECT 1", "\\timing", "+ 1;") == [
                .command("\\timing", line: 2), .statement("SELECT 1\n+ 1", line: 1),
            ]
        )
    }

    @Test(
        "and a text is complete when nothing waits",
        arguments: [
            ("", true), ("SELECT 1;", true), ("SELECT 1", false), ("SELECT ';", false), ("SELECT 1; x", false),
            ("\\q", true),
            ("/* a", false), ("-- a", true), ("SELECT 1; -- a", true), ("exit", true), ("SELECT\n1;\n", true),
        ]
    )
    func completeness(text: String, expected: Bool) { #expect(StatementReader.isComplete(text) == expected) }

    @Test("whatever ends a line")
    func lineEnds() {
        #expect(StatementReader.lines(of: "a\r\nb\nc\r\n") == ["a", "b", "c", ""])
    }
}
