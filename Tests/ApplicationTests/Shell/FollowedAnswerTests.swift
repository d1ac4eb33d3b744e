import Documents
import Testing

@testable import Application

@Suite("Server-sent events")
struct ServerSentEventsTests {
    private static let body =
        "retry: 2000\n\nevent: a\nid: 1\ndata: {\"x\":\ndata: 1}\n\n: heartbeat\n\ndata:2\r\n\r\nevent: b\n"

    @Test("are read however their bytes arrive", arguments: [1, 2, 5, 1_000])
    func pieces(size: Int) {
        var events = ServerSentEvents()
        var found: [ServerSentEvents.Event] = []
        var rest = Array(Self.body.utf8)[...]
        while !rest.isEmpty {
            let isBounded = events.feed(rest.prefix(size))
            #expect(isBounded)
            rest = rest.dropFirst(size)
            while let event = events.next() { found.append(event) }
        }
        #expect(found.map(\.name) == ["a", ""])
        #expect(found.map { String(decoding: $0.data, as: UTF8.self) } == ["{\"x\":\n1}", "2"])
    }
}

@Suite("Answers that are followed")
struct FollowedAnswerTests {
    private func lines(_ answer: inout FollowedAnswer, _ text: String) throws -> [String] {
        guard case .lines(let lines) = answer.take(try JSONReader.value(of: Array(text.utf8))) else {
            Issue.record("no lines: \(text)")
            return []
        }
        return lines
    }

    private static let columns = """
        [{"name":"time","type":"timestamp"},{"name":"symbol","type":"symbol"},{"name":"price","type":"float64"}]
        """

    private func subscribed(key: String) -> String {
        #"{"op":"subscribed","subs":[{"sid":-1,"columns":\#(Self.columns),"key":\#(key)}],"rejected":[]}"#
    }

    @Test("begin with the rows there are, of which the last are drawn, and go on with those that come")
    func appended() throws {
        var answer = FollowedAnswer(layout: ResultLayout(), rowsMax: 1)
        #expect(
            try lines(&answer, subscribed(key: "[]")) == ["followed until Ctrl-C: rows come as they are written"]
        )
        let rows = #"[[1000000,"A",1],[2000000,"B",null]]"#
        #expect(
            try lines(&answer, #"{"op":"snap","rows":\#(rows)}"#) == [
                "(1 rows before these are not drawn)",
                " time                 │ symbol │ price",
                "──────────────────────┼────────┼───────",
                " 1970-01-01T00:00:02Z │ B      │  NULL",
            ]
        )
        #expect(
            try lines(&answer, #"{"op":"d","rows":[[3000000,"C",2.5]]}"#) == [" 1970-01-01T00:00:03Z │ C      │   2.5"]
        )
        #expect(try lines(&answer, #"{"op":"hb"}"#) == [])
    }

    @Test("tell of keys, of rows that are gone, of late ones, and of a new beginning")
    func keyed() throws {
        var answer = FollowedAnswer(layout: ResultLayout(), rowsMax: nil)
        #expect(
            try lines(&answer, subscribed(key: "[0,1]"))
                == ["followed until Ctrl-C: a row stands for the one before it of the same time, symbol"]
        )
        #expect(try lines(&answer, #"{"op":"snap","rows":[],"whole":false}"#).count == 3)
        let change = #"{"op":"d","rows":[[1000000,"A",1],[1000000,"B",null]],"removed":[1]}"#
        #expect(try lines(&answer, change).last == "(in the answer no more: 1970-01-01T00:00:01Z, B)")
        #expect(
            try lines(&answer, #"{"op":"rev","rows":[[1000000,"A",7]]}"#)
                == ["(late rows changed what was closed)", " 1970-01-01T00:00:01Z │ A      │     7"]
        )
        #expect(try lines(&answer, #"{"op":"lag"}"#).count == 1)
        #expect(try lines(&answer, #"{"op":"snap","rows":[[1000000,"A",8]]}"#).first == "(all rows anew)")
        let error = try JSONReader.value(of: Array(#"{"op":"error","code":"x","message":"m","hint":"h"}"#.utf8))
        #expect(answer.take(error) == .ended(reason: "m; h"))
    }

    @Test("are none where the query cannot be live")
    func refused() throws {
        var answer = FollowedAnswer(layout: ResultLayout(), rowsMax: nil)
        let error = try JSONReader.value(of: Array(#"{"op":"error","code":"semantic_error","message":"m"}"#.utf8))
        #expect(answer.take(error) == .refused(code: "semantic_error", reason: "m"))
    }

    @Test("do not trap on any message")
    func anyMessage() throws {
        for text in [
            "1", "{}", #"{"op":"snap"}"#, #"{"op":"d","rows":[1,[],[[]]],"removed":[9,-1,"x"]}"#,
            #"{"op":"subscribed","subs":[{"columns":[1,{}],"key":[5,-1,9223372036854775807]}]}"#,
            #"{"op":"d","rows":[[9223372036854775807]]}"#,
        ] {
            var answer = FollowedAnswer(layout: ResultLayout(), rowsMax: 2)
            _ = answer.take(try JSONReader.value(of: Array(subscribed(key: "[0]").utf8)))
            _ = answer.take(try JSONReader.value(of: Array(text.utf8)))
        }
    }
}
