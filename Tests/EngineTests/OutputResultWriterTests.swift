import Columnar
import Engine
import Foundation
import QueryLang
import TestSupport
import Testing

@Suite("Answers as text")
struct OutputResultWriterTests {
    private static let columns = [
        ResultColumn(name: "time", type: .timestamp), ResultColumn(name: "sym\"bol", type: .symbol),
        ResultColumn(name: "n", type: .int64), ResultColumn(name: "x", type: .float64),
        ResultColumn(name: "p", type: .float64), ResultColumn(name: "t", type: .string),
        ResultColumn(name: "b", type: .boolean),
    ]

    private static let rows: [[Scalar]] = [
        [.timestamp(0), .text("A,1"), .int64(-5), .float64(.nan), .float64(1.25), .text(""), .boolean(true)],
        [.timestamp(1_500_000_000), .null, .null, .null, .null, .null, .null],
        [
            .timestamp(1), .text("Zü\u{1}"), .int64(.max), .float64(-.infinity), .float64(100),
            .text("a\"b\\c\n\r\t\u{7F}é😀"), .boolean(false),
        ],
    ]

    private static func batches(_ forms: MemoryForms, sizes: [Int]) -> [RecordBatch] {
        var start = 0
        return sizes.map { size in
            let part = rows[start..<start + size]
            start += size
            return RecordBatch(
                columns: columns.indices.map { index in
                    MemoryVectors.vector(part.map { $0[index] }, columns[index].type, forms: forms)
                },
                rowCount: size
            )
        }
    }

    private static let statistics: QueryStatistics = {
        var statistics = QueryStatistics()
        statistics.rowsScanned = 7000
        statistics.slicesScanned = 3
        statistics.slicesSkipped = 5
        statistics.slicesAnswered = 1
        statistics.rowsReturned = 2
        statistics.elapsedNanoseconds = 12_345
        return statistics
    }()

    private func write(
        _ format: ResultFormat,
        _ forms: MemoryForms = .mixed,
        sizes: [Int] = [2, 1],
        fails: Bool = false
    ) -> String {
        var writer = ResultWriter(format: format, columns: Self.columns)
        var bytes: [UInt8] = []
        writer.begin(into: &bytes)
        for batch in Self.batches(forms, sizes: sizes) { writer.write(batch, into: &bytes) }
        if fails {
            writer.fail(QueryError(.timeout, "too \"slow\""), into: &bytes)
        } else {
            var statistics = Self.statistics
            statistics.rowsReturned = sizes.reduce(0, +)
            writer.end(statistics, into: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("in JSON read back as what was written", arguments: MemoryForms.allCases, [[3], [2, 1], [1, 1, 1]])
    func jsonReadsBack(forms: MemoryForms, sizes: [Int]) throws {
        let text = write(.json, forms, sizes: sizes)
        let document = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let columns = try #require(document["columns"] as? [[String: String]])
        #expect(columns.map { $0["name"] } == Self.columns.map(\.name))
        #expect(columns.map { $0["type"] } == Self.columns.map(\.type.name))
        #expect(document["rows_count"] as? Int == 3)
        #expect(document["elapsed_us"] as? Int == 12)
        let rows = try #require(document["rows"] as? [[Any]])
        #expect(rows.count == 3)
        #expect(rows[0][0] as? String == "1970-01-01T00:00:00Z")
        #expect(rows[0][1] as? String == "A,1")
        #expect(rows[0][2] as? Int == -5)
        #expect(rows[0][3] is NSNull)
        #expect(rows[0][4] as? Double == 1.25)
        #expect(rows[0][5] as? String == "")
        #expect(rows[0][6] as? Bool == true)
        #expect(rows[1][0] as? String == "1970-01-01T00:00:01.500Z")
        #expect(rows[1].dropFirst().allSatisfy { $0 is NSNull })
        #expect(rows[2][1] as? String == "Zü\u{1}")
        #expect(rows[2][2] as? Int64 == .max)
        #expect(rows[2][3] is NSNull)
        #expect(rows[2][5] as? String == "a\"b\\c\n\r\t\u{7F}é😀")
    }

    @Test("in JSON have the documented shape")
    func jsonShape() {
        var writer = ResultWriter(format: .json, columns: [ResultColumn(name: "a", type: .int64)])
        var bytes: [UInt8] = []
        writer.begin(into: &bytes)
        writer.end(Self.statistics, into: &bytes)
        let expected =
            #"{"columns":[{"name":"a","type":"int64"}],"rows":[],"rows_count":2,"elapsed_us":12,"#
            + #""stats":{"rows_scanned":7000,"blocks_scanned":3,"blocks_skipped":5,"blocks_answered":1}}"# + "\n"
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test("in NDJSON are an object a line and an end")
    func ndjson() throws {
        let lines = write(.ndjson).split(separator: "\n")
        #expect(lines.count == 4)
        let objects = try lines.map {
            try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(Set(objects[0].keys) == Set(Self.columns.map(\.name)))
        #expect(objects[0]["sym\"bol"] as? String == "A,1")
        let end = try #require(objects[3]["end"] as? [String: Any])
        #expect(Set(end.keys) == ["rows", "elapsed_us", "stats"])
        #expect(end["rows"] as? Int == 3)
        #expect(end["elapsed_us"] as? Int == 12)
        let stats = ["rows_scanned": 7000, "blocks_scanned": 3, "blocks_skipped": 5, "blocks_answered": 1]
        #expect(end["stats"] as? [String: Int] == stats)
    }

    @Test("in CSV quote what needs it")
    func csv() {
        let lines = write(.csv).components(separatedBy: "\r\n")
        #expect(lines[0] == "time,\"sym\"\"bol\",n,x,p,t,b")
        #expect(lines[1] == "1970-01-01T00:00:00Z,\"A,1\",-5,NaN,1.25,\"\",true")
        #expect(lines[2] == "1970-01-01T00:00:01.500Z,,,,,,")
        #expect(
            lines[3].hasPrefix("1970-01-01T00:00:00.000000001Z,Zü\u{1},9223372036854775807,-Infinity,100,\"a\"\"b\\c\n")
        )
    }

    @Test("as a table are aligned")
    func table() {
        let columns = [ResultColumn(name: "symbol", type: .symbol), ResultColumn(name: "n", type: .int64)]
        var writer = ResultWriter(format: .table, columns: columns)
        var bytes: [UInt8] = []
        let batch = RecordBatch(columns: [.symbols(["A", "LONGER-ONE"]), .int64([1, 1234])], rowCount: 2)
        writer.write(batch, into: &bytes)
        #expect(bytes.isEmpty)
        var statistics = QueryStatistics()
        statistics.rowsReturned = 2
        statistics.elapsedNanoseconds = 1_230_000
        writer.end(statistics, into: &bytes)
        let expected = """
            symbol         n
            ----------  ----
            A              1
            LONGER-ONE  1234
            (2 rows, 1.23 ms)

            """
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test(
        "as a table say what was scanned",
        arguments: [
            (7000, 3, 5, 1, "(2 rows, 0.01 ms; 7000 rows in 3 blocks scanned, 1 of them by statistics, 5 skipped)"),
            (1, 1, 0, 0, "(2 rows, 0.01 ms; 1 row in 1 block scanned)"), (0, 0, 0, 0, "(2 rows, 0.01 ms)"),
        ]
    )
    func footer(rows: Int, scanned: Int, skipped: Int, answered: Int, expected: String) {
        var statistics = Self.statistics
        statistics.rowsScanned = rows
        (statistics.slicesScanned, statistics.slicesSkipped) = (scanned, skipped)
        statistics.slicesAnswered = answered
        var writer = ResultWriter(format: .table, columns: [ResultColumn(name: "a", type: .int64)])
        var bytes: [UInt8] = []
        writer.write(RecordBatch(columns: [.int64([1, 2])], rowCount: 2), into: &bytes)
        writer.end(statistics, into: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self).hasSuffix("\n\(expected)\n"))
    }

    @Test("have the extremes of every type digit by digit", arguments: [ResultFormat.csv, .json, .ndjson])
    func extremes(format: ResultFormat) {
        let columns = [
            ResultColumn(name: "time", type: .timestamp), ResultColumn(name: "n", type: .int64),
            ResultColumn(name: "x", type: .float64),
        ]
        let times: [Int64] = [.min, -1, 0, 1, .max]
        let batch = RecordBatch(
            columns: [
                .timestamps(times), .int64([.min, -1, 0, 9_999_999_999_999_999, .max]),
                .float64([-0.0, 1e-7, .leastNonzeroMagnitude, 1.7976931348623157e308, -0.000001]),
            ],
            rowCount: times.count
        )
        var writer = ResultWriter(format: format, columns: columns)
        var bytes: [UInt8] = []
        writer.write(batch, into: &bytes)
        let expected = [
            ["1677-09-21T00:12:43.145224192Z", "-9223372036854775808", "-0"],
            ["1969-12-31T23:59:59.999999999Z", "-1", "1e-7"], ["1970-01-01T00:00:00Z", "0", "5e-324"],
            ["1970-01-01T00:00:00.000000001Z", "9999999999999999", "1.7976931348623157e+308"],
            ["2262-04-11T23:47:16.854775807Z", "9223372036854775807", "-0.000001"],
        ]
        let text =
            switch format {
            case .csv: expected.map { $0.joined(separator: ",") + "\r\n" }.joined()
            case .json: expected.map { "[\"\($0[0])\",\($0[1]),\($0[2])]" }.joined(separator: ",")
            default: expected.map { "{\"time\":\"\($0[0])\",\"n\":\($0[1]),\"x\":\($0[2])}\n" }.joined()
            }
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test("that failed are visibly incomplete")
    func failures() throws {
        let json = write(.json, fails: true)
        #expect(throws: (any Error).self) { try JSONSerialization.jsonObject(with: Data(json.utf8)) }
        let last = try #require(write(.ndjson, fails: true).split(separator: "\n").last)
        let object = try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: [String: String]]
        #expect(object == ["error": ["code": "timeout", "message": "too \"slow\""]])
        #expect(write(.table, fails: true).contains("INCOMPLETE: too \"slow\""))
    }
}
