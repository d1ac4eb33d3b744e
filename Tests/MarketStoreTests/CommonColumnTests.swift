import Columnar
import Testing

@testable import MarketStore

@Suite("Columns that buckets have in common")
struct CommonColumnTests {
    /// Buckets with the same columns at different places, or with others besides; a value tells its symbol and column.
    private static let layouts = [
        "A": ["Ask", "Bid", "Size"], "B": ["Size", "Bid", "Ask"], "C": ["Ask", "Bid", "Size"],
        "D": ["Other", "Bid", "Ask", "Size"], "E": ["Bid", "Ask", "More", "Size"],
    ]

    private static func value(_ symbol: String, _ column: String, row: Int) -> Double {
        Double(symbol.utf8.first ?? 0) * 1_000 + Double(column.utf8.first ?? 0) + Double(row) / 4
    }

    private static func fixture(isVariable: Bool) throws -> ServiceFixture {
        let fixture = try ServiceFixture()
        for (symbol, names) in layouts {
            let columns = names.map { name in
                Dataset.Column.of(name, "f8", (0..<4).map { value(symbol, name, row: $0) })
            }
            let message = fixture.write(
                "\(symbol)/1Min/Q",
                [.epoch([0, 60, 120, 180])] + columns,
                isVariable: isVariable
            )
            #expect(message == nil)
        }
        return fixture
    }

    private static let asked = [
        ["Ask"], ["Bid", "Ask"], ["Ask", "Bid"], ["Size", "Epoch", "Ask"], ["Size", "Ask", "Bid", "Nope"],
        ["Ask", "Ask"],
    ]

    @Test("are those of their names, in the order in which they are asked for", arguments: asked, [false, true])
    func values(names: [String], isVariable: Bool) throws {
        let fixture = try Self.fixture(isVariable: isVariable)
        var expected: [String] = []
        for name in names where !["Epoch", "Nope"].contains(name) && !expected.contains(name) { expected.append(name) }
        for destination in ["*", "A,B,C,D,E", "B", "D,A", "E,B"] {
            for timeframe in ["1Min", "2Min"] {
                let answer = try fixture.query("\(destination)/\(timeframe)/Q") {
                    $0.columns = names
                    $0.limit = 1
                }
                let hasNanoseconds = isVariable && timeframe == "1Min"
                #expect(answer.names == ["Epoch"] + expected + (hasNanoseconds ? ["Nanoseconds"] : []))
                let symbols = answer.spans.map { String($0.key.prefix(1)) }
                #expect(
                    Set(symbols)
                        == (destination == "*"
                            ? Set(Self.layouts.keys) : Set(destination.filter { $0 != "," }.map(String.init)))
                )
                for name in expected {
                    #expect(try answer.column(name).values(Double.self) == symbols.map { Self.value($0, name, row: 3) })
                }
            }
        }
    }

    @Test("must be alike in kind and type, also where they are asked for")
    func others() throws {
        let fixture = try Self.fixture(isVariable: false)
        fixture.write("F/1Min/Q", [.epoch([0]), .of("Ask", "f4", [1] as [Float])])
        fixture.write("G/1Min/Q", [.epoch([0]), .of("Ask", "f8", [1] as [Double])], isVariable: true)
        for other in ["F", "G"] {
            let message = fixture.failure("A,\(other)/1Min/Q") { $0.columns = ["Ask"] }
            #expect(message?.hasPrefix("symbols in a query must have the same data type") == true)
        }
        #expect(fixture.failure("A,B/1Min/Q") != nil, "all columns differ in their order")
        #expect(try fixture.query("A,C/1Min/Q").rowCount == 8)
    }

    @Test("leave a fixed bucket its own Nanoseconds, which must be i4")
    func nanoseconds() throws {
        let fixture = try ServiceFixture()
        let columns: [Dataset.Column] = [
            .epoch([0]), .of("Nanoseconds", "i4", [7] as [Int32]), .of("Ask", "f8", [1] as [Double]),
        ]
        #expect(fixture.write("A/1Min/Q", columns) == nil)
        for timeframe in ["1Min", "2Min"] {
            let answer = try fixture.query("A/\(timeframe)/Q") { $0.columns = ["Ask"] }
            #expect(answer.names == ["Epoch", "Ask", "Nanoseconds"])
            #expect(try answer.column("Nanoseconds").values(Int32.self) == [7])
        }
        for isVariable in [false, true] {
            let wide = fixture.write(
                "B/1Min/Q",
                [.epoch([0]), .of("Nanoseconds", "i8", [7] as [Int64])],
                isVariable: isVariable
            )
            #expect(wide == "unexpected data type for Nanoseconds column")
        }
    }
}
