import Columnar
import Testing

@testable import MarketStore

@Suite("Plans for CSV files")
struct CSVPlanTests {
    private static func records(_ text: String) -> [CSVRecords.Record] {
        var found: [CSVRecords.Record] = []
        var records = CSVRecords(delimiter: CSVPlan.delimiter(of: Array(text.utf8)))
        records.feed(Array(text.utf8)) { if case .success(let record) = $0 { found.append(record) } }
        return found
    }

    private static func plan(_ text: String, _ change: (inout CSVHints) -> Void = { _ in }) throws -> CSVPlan {
        var hints = CSVHints()
        change(&hints)
        return try CSVPlan(records(text), hints)
    }

    /// Times of all rows as texts.
    private static func times(_ text: String, _ plan: CSVPlan) throws -> [String] {
        var rows = BucketRows(columns: plan.bucketColumns, isVariable: true)
        for record in records(text).dropFirst(plan.hasHeader ? 1 : 0) { try plan.append(record, to: &rows) }
        return rows.times.map(CivilTime.text)
    }

    @Test(
        "find header, times and types",
        arguments: [
            ("Epoch,Open,Volume\n1704189600,1.5,10\n", "2024-01-02T10:00:00Z", ["Open f8", "Volume i8"]),
            (
                "time,price,venue\n2024-01-02 10:00:00.25,1,XNAS\n", "2024-01-02T10:00:00.250Z",
                ["price i8", "venue U16"]
            ),
            ("a;t;b\n1;1704189600123;x\n", "2024-01-02T10:00:00.123Z", ["a i8", "b U16"]),
            ("20240102 10:00:00,1,2\n", "2024-01-02T10:00:00Z", ["Column1 i8", "Column2 i8"]),
            ("1704189600123456789,1.0\n", "2024-01-02T10:00:00.123456789Z", ["Column1 f8"]),
            ("Date,Time,Close\n1/2/2024,10:00:00 AM,3\n", "2024-01-02T10:00:00Z", ["Close i8"]),
            ("Epoch,Nanoseconds,Price\n1704189600,5000,1\n", "2024-01-02T10:00:00.000005Z", ["Price i8"]),
            ("date,x\n20240102,1.25\n20240103,\n", "2024-01-02T00:00:00Z", ["x f8"]),
        ] as [(String, String, [String])]
    )
    func inference(text: String, time: String, columns: [String]) throws {
        let plan = try Self.plan(text)
        #expect(try Self.times(text, plan).first == time)
        #expect(plan.columns.map { "\($0.column.name) \($0.column.type.rawValue)" } == columns)
    }

    @Test("name columns by the bucket's attribute where nothing else does")
    func attributes() throws {
        let plan = try Self.plan("2024-01-02,1,2,3,4,5\n") { $0.attribute = "OHLCV" }
        #expect(plan.columns.map(\.column.name) == ["Open", "High", "Low", "Close", "Volume"])
    }

    @Test("take names and types of the bucket, and of a map")
    func given() throws {
        let columns: [Bucket.Column] = [.init(name: "Ask", type: .float32), .init(name: "Bid", type: .float32)]
        let text = "when,BID,ask,more\n2024-01-02,1,2,3\n"
        let plan = try Self.plan(text) { hints in
            hints.columns = columns
            hints.names = ["Epoch"]
            hints.hasHeader = true
        }
        #expect(plan.columns.map(\.field) == [2, 1])
        #expect(plan.bucketColumns == columns)
        #expect(
            performing: { try Self.plan("time,bid\n2024-01-02,1\n") { $0.columns = columns } },
            throws: { ($0 as? CSVPlan.Problem)?.message.contains("no field for column 'Ask'") == true }
        )
    }

    @Test(
        "say why there is none",
        arguments: [
            ("", "no records"), ("a,b\n1,2\n", "no field is a time"), ("time,b\nnoon,2\n", "'noon' is not known"),
        ]
    )
    func failures(text: String, words: String) {
        #expect(
            performing: { try Self.plan(text) },
            throws: { ($0 as? CSVPlan.Problem)?.message.contains(words) == true }
        )
    }

    @Test(
        "refuse values that a type does not hold",
        arguments: [
            ("i1", "128"), ("i2", "1.5"), ("u4", "-1"), ("i8", ""), ("f8", "1,5"), ("U16", "12345678901234567"),
        ]
    )
    func values(type: String, field: String) throws {
        let type = try #require(WireType(rawValue: type))
        var bytes: [UInt8] = []
        #expect(CSVValue.append(ArraySlice(field.utf8), type, to: &bytes) != nil)
    }

    @Test(
        "take values as they are",
        arguments: [("i1", "-128"), ("u8", "18446744073709551615"), ("f4", " 1e3 "), ("f8", ""), ("U16", "Börse")]
    )
    func goodValues(type: String, field: String) throws {
        let type = try #require(WireType(rawValue: type))
        var bytes: [UInt8] = []
        #expect(CSVValue.append(ArraySlice(field.utf8), type, to: &bytes) == nil)
        #expect(bytes.count == type.size)
    }
}
