import Columnar
import Testing

@testable import MarketStore

@Suite("What the service refuses")
struct RefusalTests {
    private static let one: [Int64] = [1]

    @Test(
        "is told with the timeframe that was meant",
        arguments: [
            ("1min", "1Min"), ("1MIN", "1Min"), ("15 minutes", "15Min"), ("1d", "1D"), ("D", "1D"), ("h", "1H"),
            ("5sec", "5Sec"), ("3mo", "3M"), ("1Week", "1W"),
        ]
    )
    func timeframes(text: String, meant: String) {
        #expect(Timeframe(text) == nil)
        #expect(Timeframe.explanation(of: text) == "'\(text)' is no timeframe; did you mean \(meant)?")
    }

    @Test(
        "is told without a guess where nothing is near",
        arguments: ["", "foo", "5m", "0Min", "1.5H", "Mine", "99999999999999Y"]
    )
    func farTimeframes(text: String) {
        #expect(Timeframe.nearest(to: text) == nil)
        #expect(Timeframe.explanation(of: text).hasSuffix("such as 5Min"))
    }

    @Test("is a destination without a symbol", arguments: ["/1Min/X", ",/1Min/X", ",,/1Min/X"])
    func symbols(destination: String) throws {
        let fixture = try ServiceFixture()
        fixture.write("A/1Min/X", [.epoch([0]), .of("V", "i8", Self.one)])
        #expect(
            fixture.failure(destination) == "\"\(destination)\" names no symbol; it should be like: TSLA/1Min/OHLCV"
        )
        #expect(try fixture.query(",A/1Min/X").rowCount == 1)
    }

    @Test("are attribute groups that look like tables of a family", arguments: ["X~1", "X~12", "X~*"])
    func familyNames(attribute: String) throws {
        let fixture = try ServiceFixture()
        fixture.write("A/1Min/X", [.epoch([0]), .of("V", "i8", Self.one)])
        let rows = Dataset(
            columns: [.epoch([0]), .of("W", "i8", Self.one)],
            rowCount: 1,
            spans: [
                Dataset.Span(key: "B/1Min/\(attribute)", start: 0, count: 1)
            ]
        )
        let failure = fixture.service.write([DataWrite(dataset: rows, isVariable: false)])[0]?.message
        #expect(failure?.contains("ends with ~ and a number") == true, "\(failure ?? "nil")")
        #expect(try fixture.query("A/1Min/X").rowCount == 1)
    }

    @Test("is no range whose end is before its start: it is empty, also where bars are made")
    func emptyRange() throws {
        let fixture = try ServiceFixture()
        fixture.write("A/1Min/X", [.epoch([0, 60, 120]), .of("V", "i8", [1, 2, 3] as [Int64])])
        #expect(try fixture.query("A,A/1Min/X").rowCount == 3)
        for destination in ["A/1Min/X", "A/1H/X"] {
            var query = DataQuery()
            query.destination = destination
            (query.epochStart, query.epochEnd) = (120, 60)
            let answers = try fixture.service.query([query])
            #expect(answers[0].rowCount == 0)
        }
    }

    @Test("are rows of a dataset that are no bucket's")
    func lostRows() throws {
        let fixture = try ServiceFixture()
        let columns: [Dataset.Column] = [.epoch([0, 60, 120, 180]), .of("V", "i8", [1, 2, 3, 4] as [Int64])]
        func write(_ spans: [(Int, Int)]) -> String? {
            let spans = spans.enumerated().map { index, span in
                Dataset.Span(key: "S\(index)/1Min/X", start: span.0, count: span.1)
            }
            let dataset = Dataset(columns: columns, rowCount: 4, spans: spans)
            return fixture.service.write([DataWrite(dataset: dataset, isVariable: false)])[0]?.message
        }
        for (spans, row) in [([], 0), ([(0, 3)], 3), ([(1, 3)], 0), ([(0, 1), (2, 2)], 1), ([(2, 2), (0, 1)], 1)] {
            #expect(write(spans)?.hasPrefix("row \(row) of the dataset is of no bucket") == true, "\(spans)")
        }
        #expect(fixture.service.list(.symbol).isEmpty)
        // In any order, and more than once.
        for spans in [[(0, 4)], [(2, 2), (0, 2)], [(0, 3), (1, 3)], [(0, 4), (4, 0), (0, 0)]] {
            #expect(write(spans) == nil)
        }
    }

    @Test("is named in calls of several writes, and so is the bucket in writes of several")
    func places() throws {
        let fixture = try ServiceFixture()
        let server = RPCServer(fixture.service)
        fixture.write("B/1Min/X", [.epoch([0]), .of("W", "i8", Self.one)])
        func reply(_ writes: String...) throws -> String {
            let body =
                #"{"jsonrpc":"2.0","id":1,"method":"DataService.Write","params":{"requests":[\#(writes.joined(separator: ","))]}}"#
            return String(decoding: server.reply(to: Array(body.utf8), .json).body.flatMap { $0 }, as: UTF8.self)
        }
        func write(_ spans: String, _ lengths: String) -> String {
            #"""
            {"dataset":{"types":["i8","i8"],"names":["Epoch","V"],"data":["AAAAAAAAAAA=","AQAAAAAAAAA="],
             "length":1,"startindex":{\#(spans)},"lengths":{\#(lengths)}}}
            """#
        }
        let (good, bad) = (write(#""A/1Min/X":0"#, #""A/1Min/X":1"#), write(#""B/1Min/X":0"#, #""B/1Min/X":1"#))
        #expect(try reply(good, good).contains(#""Responses":null"#))
        #expect(try reply(bad).contains(#"{"Error":"unable to match data columns"#))
        #expect(try !reply(bad).contains("of \\\"B/1Min/X"))
        #expect(try reply(good, bad, "{}", good).contains(#"[{"Error":"requests[1]: unable to match"#))
        #expect(try reply(good, bad, "{}", good).contains(#"{"Error":"requests[2]: a write has no dataset"#))
        let both = write(#""A/1Min/X":0,"B/1Min/X":0"#, #""A/1Min/X":1,"B/1Min/X":1"#)
        #expect(try reply(both).contains(#"{W INT64}]) of \"B/1Min/X\""#))
    }

    @Test(
        "is a function of more than columns",
        arguments: ["max(V + 1)", "max('V')", "count(DISTINCT V)", "avg(-V)", "min(1)"]
    )
    func functions(call: String) throws {
        let fixture = try ServiceFixture()
        fixture.write("A/1Min/X", [.epoch([0]), .of("V", "i8", Self.one)])
        let message = fixture.failure("A/1Min/X") { $0.functions = [call] }
        #expect(message?.hasPrefix("unable to parse function call \(call); it is ") == true, "\(message ?? "answered")")
        #expect(try fixture.query("A/1Min/X") { $0.functions = ["count(*)"] }.names == ["Epoch", "Count"])
    }

    @Test(
        "is told with parameters as clients spell them",
        arguments: [
            (#"{"limit_record_count":"1"}"#, "limit_record_count must be a whole number of 64 bits"),
            (#"{"EpochStart":1.5}"#, "epoch_start must be a whole number"),
            (#"{"limitfromstart":1}"#, "limit_from_start must be true or false"),
            (#"{"key_category":1}"#, "key_category must be text"),
            (#"{"columns":"V"}"#, "columns must be a list of texts"),
        ]
    )
    func parameters(query: String, words: String) throws {
        let server = RPCServer(try ServiceFixture().service)
        for (query, words) in [(query, "requests[0]: \(words)"), ("7", "requests[0] must be a map")] {
            let body = #"{"jsonrpc":"2.0","id":1,"method":"DataService.Query","params":{"requests":[\#(query)]}}"#
            let reply = String(decoding: server.reply(to: Array(body.utf8), .json).body.flatMap { $0 }, as: UTF8.self)
            #expect(reply.contains(#""message":"\#(words)"#))
        }
    }
}
