import Testing

@testable import Application

@Suite("Drawn tables")
struct ResultPagesTests {
    private let columns = [
        AnswerColumn(name: "symbol", type: "symbol"), AnswerColumn(name: "price", type: "float64"),
        AnswerColumn(name: "note", type: "string"),
    ]

    private func draw(_ rows: [[AnswerValue]], _ layout: ResultLayout = ResultLayout()) -> [String] {
        var pages = ResultPages(columns: columns, layout: layout)
        return rows.flatMap { pages.add($0) } + pages.finish()
    }

    @Test("have numbers at the right, show NULL and NaN, and are not bound to any width")
    func table() {
        let rows: [[AnswerValue]] = [
            [.text("BTC"), .double(61_837.63), .text("a")], [.text("ETHEREUM"), .double(.nan), .null],
            [.null, .integer(5), .text("")],
        ]
        #expect(
            draw(rows) == [
                " symbol   │    price │ note", "──────────┼──────────┼──────", " BTC      │ 61837.63 │ a",
                " ETHEREUM │      NaN │ NULL", " NULL     │        5 │",
            ]
        )
    }

    @Test("count the columns of wide characters, marks and emoji")
    func wideCharacters() {
        let rows: [[AnswerValue]] = [
            [.text("東京"), .integer(1), .text("x")], [.text("e\u{301}te\u{301}"), .integer(2), .text("y")],
            [.text("👩‍🔬 ok"), .integer(3), .text("z")], [.text("abcdef"), .integer(4), .text("w")],
        ]
        #expect(
            draw(rows) == [
                " symbol │ price │ note", "────────┼───────┼──────", " 東京   │     1 │ x",
                " e\u{301}te\u{301}    │     2 │ y",
                " 👩‍🔬 ok  │     3 │ z", " abcdef │     4 │ w",
            ]
        )
    }

    @Test("make visible what a terminal would obey")
    func controls() {
        let rows: [[AnswerValue]] = [[.text("a\u{1B}[31mb"), .integer(1), .text("l1\nl2\u{202E}")]]
        #expect(draw(rows)[2] == " a\u{FFFD}[31mb │     1 │ l1⏎l2\u{FFFD}")
    }

    @Test("cut texts, never numbers, to the width of the terminal")
    func narrow() {
        let rows: [[AnswerValue]] = [[.text("a long symbol"), .double(123.456), .text("a longer note than that")]]
        let lines = draw(rows, ResultLayout(width: 36))
        #expect(
            lines == [
                " symbol     │   price │ note", "────────────┼─────────┼─────────────",
                " a long sy… │ 123.456 │ a longer n…",
            ]
        )
        #expect(lines.allSatisfy { DisplayWidth.of($0) <= 36 })
    }

    @Test("leave columns out where even that is not enough")
    func narrower() {
        let rows: [[AnswerValue]] = [[.text("a long symbol"), .double(123.456), .text("a longer note than that")]]
        var pages = ResultPages(columns: columns, layout: ResultLayout(width: 28))
        _ = pages.add(rows[0])
        let lines = pages.finish()
        #expect(pages.columnsLeftOut == 1)
        #expect(lines[0] == " symbol        │   price …")
        #expect(lines[2] == " a long symbol │ 123.456 …")
        for width in 1...40 {
            let lines = draw(rows, ResultLayout(width: width))
            #expect(lines.allSatisfy { DisplayWidth.of($0) <= max(width, 5) }, "\(width): \(lines)")
        }
    }

    @Test("give each value a line of its own, if asked")
    func expanded() {
        let lines = draw(
            [[.text("BTC"), .null, .text("n")], [.text("ETH"), .integer(1), .text("a rather long text")]],
            ResultLayout(width: 20, isExpanded: true)
        )
        #expect(
            lines == [
                "─[ row 1 ]──────────", " symbol │ BTC", " price  │ NULL", " note   │ n", "─[ row 2 ]──────────",
                " symbol │ ETH", " price  │ 1", " note   │ a rather …",
            ]
        )
    }

    @Test("come page by page, with new headings only when columns grow")
    func pages() {
        var pages = ResultPages(columns: columns, layout: ResultLayout())
        var lines: [String] = []
        for index in 0..<ResultPages.pageRows * 3 {
            let text = index < ResultPages.pageRows * 2 ? "same" : "a longer one"
            lines += pages.add([.text(text), .integer(1), .null])
        }
        lines += pages.finish()
        #expect(lines.count == 3 * ResultPages.pageRows + 2 + 3)
        #expect(lines[2 * ResultPages.pageRows + 2] == "")
        #expect(lines[2 * ResultPages.pageRows + 3] == " symbol       │ price │ note")
        #expect(pages.rowsDrawn == 3 * ResultPages.pageRows)
    }

    @Test("without rows have their headings")
    func empty() {
        #expect(draw([]) == [" symbol │ price │ note", "────────┼───────┼──────"])
        #expect(draw([], ResultLayout(isExpanded: true)) == [])
    }

    @Test("tell of an answer what there is to tell")
    func drawing() {
        let layout = ResultLayout()
        var drawing = AnswerDrawing(form: .rows, layout: layout, rowsMax: 2)
        drawing.begin([AnswerColumn(name: "n", type: "int64")])
        _ = drawing.add([.integer(1)])
        _ = drawing.add([.integer(2)])
        #expect(!drawing.isFull)
        _ = drawing.add([.integer(3)])
        #expect(drawing.isFull)
        #expect(drawing.finishEarly().last?.hasPrefix("(the first 2 rows; there are more:") == true)

        var outcome = AnswerDrawing(form: .outcome, layout: layout, rowsMax: nil)
        outcome.begin([AnswerColumn(name: "rows", type: "int64")])
        _ = outcome.add([.integer(1)])
        let summary = AnswerSummary(rows: 1, elapsedMicroseconds: 1_234, rowsScanned: 0, blocksScanned: 0)
        #expect(outcome.finish(summary, total: "2.0 ms") == ["1 row written (1.23 ms on the gateway, 2.0 ms in all)"])

        var singles = AnswerDrawing(form: .rows, layout: layout, rowsMax: nil, singles: ["Open"])
        singles.begin([AnswerColumn(name: "Open", type: "float64"), AnswerColumn(name: "Mid", type: "float64")])
        for value: Float in [1.1, 2, .nan, 1e20] { _ = singles.add([.double(Double(value)), .double(Double(value))]) }
        let lines = singles.finish(summary, total: nil)
        let firsts: [String] = lines[2..<6].map { line in
            String(line.split(separator: "│")[0].filter { $0 != " " })
        }
        #expect(firsts == ["1.1", "2", "NaN", "1e+20"])

        var text = AnswerDrawing(form: .text, layout: layout, rowsMax: 1)
        text.begin([AnswerColumn(name: "plan", type: "string")])
        #expect(text.add([.text("a\n  b")]) == ["a", "  b"])
        #expect(text.add([.text("c")]) == ["c"])
        #expect(text.finish(summary, total: nil) == [])
    }
}
