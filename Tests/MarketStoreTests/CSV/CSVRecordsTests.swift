import TestSupport
import Testing

@testable import MarketStore

@Suite("Records of CSV")
struct CSVRecordsTests {
    /// Records as texts, and malformed ones as `line:column`; the bytes are cut as `cut` says.
    static func read(_ text: String, delimiter: Character = ",", cut: Int = .max) -> [[String]] {
        var found: [[String]] = []
        var records = CSVRecords(delimiter: delimiter.asciiValue ?? 0)
        func take(_ result: Result<CSVRecords.Record, CSVRecords.Malformed>) {
            switch result {
            case .success(let record): found.append((0..<record.count).map { record.text($0) })
            case .failure(let error): found.append(["\(error.line):\(error.column)"])
            }
        }
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + min(cut, bytes.count))
            records.feed(bytes[start..<end]) { take($0) }
            start = end
        }
        records.finish { take($0) }
        return found
    }

    @Test(
        "are cut as RFC 4180 has it, wherever the bytes are cut",
        arguments: [
            ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]), ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
            ("a,b\n1,2", [["a", "b"], ["1", "2"]]), ("a,,\n", [["a", "", ""]]), ("\"a,b\",c\n", [["a,b", "c"]]),
            ("\"a\"\"b\"\"\"\n", [["a\"b\""]]), ("\"a\nb\",c\n", [["a\nb", "c"]]), ("\n\na\n\r\n", [["a"]]),
            ("\u{FEFF}a,b\n", [["a", "b"]]), ("\"\"\n", [[""]]), ("a,\"\"\r\n", [["a", ""]]), ("", []),
            ("a\"b,c\nd,e\n", [["1:2"], ["d", "e"]]), ("\"a\"b,c\nd\n", [["1:4"], ["d"]]),
            ("x\n\"a,b\n", [["x"], ["2:1"]]),
            (" a , b \n", [[" a ", " b "]]), ("ä,ö\n", [["ä", "ö"]]),
        ] as [(String, [[String]])]
    )
    func records(text: String, expected: [[String]]) {
        for cut in [1, 2, 3, 1_000] { #expect(Self.read(text, cut: cut) == expected) }
    }

    @Test("have other delimiters, too")
    func delimiters() {
        #expect(Self.read("a;\"b;c\"\n", delimiter: ";") == [["a", "b;c"]])
        for (text, delimiter) in [("a;b;c\n1,5;2;3\n", ";"), ("a\tb\n1\t2\n", "\t"), ("a|b\n", "|"), ("a\n1\n", ",")] {
            #expect(CSVPlan.delimiter(of: Array(text.utf8)) == Character(delimiter).asciiValue)
        }
    }

    @Test("know the line and the column of each field")
    func places() {
        var records = CSVRecords()
        var found: [(line: Int, columns: [Int])] = []
        records.feed(Array("a,bb,c\n\"x\ny\",2\nq,r\n".utf8)) { result in
            guard case .success(let record) = result else { return }
            found.append((record.line, (0..<record.count).map { record.column($0) }))
        }
        #expect(found.map(\.line) == [1, 2, 4])
        #expect(found.map(\.columns) == [[1, 3, 6], [1, 4], [1, 3]])
    }

    @Test("end where they are too long, not the memory")
    func bound() {
        let long = String(repeating: "a", count: CSVRecords.recordBytesMax + 10)
        let found = Self.read("x\n\(long)\ny\n", cut: 4_096)
        #expect(found.first == ["x"] && found.last == ["y"] && found.count == 3)
    }

    @Test("of any bytes are the same however they are cut", arguments: UInt64(1)...40)
    func anyBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let text = String((0..<200).map { _ in random.pick(Array("ab,\"\n\r;ä")) })
        let whole = Self.read(text)
        for cut in [1, 3, 7] { #expect(Self.read(text, cut: cut) == whole) }
    }
}
