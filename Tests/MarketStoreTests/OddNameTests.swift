import Columnar
import Testing

@testable import MarketStore

@Suite("Columns and symbols with odd names")
struct OddNameTests {
    private static let names = [
        "a b", "x\"y", "x`y", "x'y", "select", "time", "symbol", "Epoch0", "row place", "TIME", "é", "a,b", "a::b", "0",
        "Open",
        "OPEN", "*", "end",
    ]

    private static func columns(_ rows: Int) -> [Dataset.Column] {
        [.epoch((0..<rows).map { Int64($0) * 60 })]
            + names.enumerated().map { index, name in
                .of(name, "i8", (0..<rows).map { Int64(index * 100 + $0) })
            }
    }

    @Test(
        "have all their rows under their own names, stored or made into bars",
        arguments: ["a'b", "a`b", "a\"b", "a;b--", "%"]
    )
    func whole(symbol: String) throws {
        let fixture = try ServiceFixture()
        let columns = Self.columns(4)
        for symbol in [symbol, "Z"] { #expect(fixture.write("\(symbol)/1Min/X", columns) == nil) }
        #expect(try fixture.query("\(symbol)/1Min/X").columns == columns)
        for destination in ["\(symbol)/2Min/X", "\(symbol),Z/2Min/X"] {
            for limit in [nil, 1] as [Int64?] {
                let bars = try fixture.query(destination) { $0.limit = limit }
                #expect(bars.names == ["Epoch"] + Self.names, "\(destination)")
                #expect(bars.epochs.first == (limit == nil ? 0 : 120))
                // The last of each slot; the first where the column is one of opening prices.
                let place = Self.names.firstIndex(of: "row place") ?? 0
                #expect(try bars.int64("row place").last == Int64(place * 100 + 3))
                #expect(try bars.int64("symbol").last == Int64(600 + 3))
                #expect(try bars.int64("Open").last == Int64(1_400 + 2))
            }
        }
        let adjusted = try fixture.query("\(symbol),Z/1Min/X") {
            $0.functions = ["adjust()"]
            $0.limit = 2
        }
        #expect(adjusted.names == ["Epoch"] + Self.names && adjusted.rowCount == 4)
        #expect(
            try fixture.query("\(symbol)/2Min/X") { $0.columns = ["time", "row place"] }.names == [
                "Epoch", "time", "row place",
            ]
        )
    }

    @Test("go from bucket to bucket as they are")
    func inserted() throws {
        let fixture = try ServiceFixture()
        #expect(fixture.write("A/1Min/X", Self.columns(3)) == nil)
        let creation = BucketCreation(
            key: "B/1Min/X\(BucketKey.category)",
            names: Self.names,
            types: Self.names.map { _ in "i8" },
            isVariable: false
        )
        #expect(fixture.service.create([creation]) == [nil])
        var query = DataQuery()
        query.sql = "INSERT INTO `B/1Min/X` SELECT * FROM `A/1Min/X`;"
        #expect(try fixture.service.query([query])[0].int64("Rows Written") == [3])
        #expect(try fixture.query("B/1Min/X").columns == fixture.query("A/1Min/X").columns)
    }
}
