import Columnar
import MarketStore
import Store
import Testing

@Suite("MarketStore's service")
struct ServiceTests {
    private let key = "AAPL/1Min/OHLCV"

    @Test("gives back what was written, by the columns' names, with the last write in a slot")
    func roundTrip() throws {
        let fixture = try ServiceFixture()
        #expect(
            fixture.write(
                key,
                [.epoch([60, 120]), .of("A", "f4", [1, 2] as [Float]), .of("B", "i8", [3, 4] as [Int64])]
            ) == nil
        )
        // Another order of columns, a time within the slot, one row out of order.
        #expect(
            fixture.write(
                key,
                [.epoch([179, 90]), .of("B", "i4", [7, 8] as [Int32]), .of("A", "f8", [0.1, -1] as [Double])]
            ) == nil
        )
        let rows = try fixture.query(key)
        #expect(rows.names == ["Epoch", "A", "B"])
        #expect(rows.types == ["i8", "f4", "i8"])
        #expect(rows.epochs == [60, 120])
        #expect(try rows.float("A") == [-1, 0.1])
        #expect(try rows.int64("B") == [8, 7])
        #expect(rows.spans == [.init(key: key + BucketKey.category, start: 0, count: 2)])
        try fixture.reopen()
        #expect(try fixture.query(key) == rows)
        #expect(
            try fixture.sql("SELECT symbol, A, B FROM \"1Min/OHLCV\"") == [
                "text(\"AAPL\") float64(-1.0) int64(8)", "text(\"AAPL\") float64(0.10000000149011612) int64(7)",
            ]
        )
    }

    @Test("keeps every type to the bit")
    func types() throws {
        let fixture = try ServiceFixture()
        let columns: [Dataset.Column] = [
            .epoch([0, 86_400, 172_800]),
            .of("i1", "i1", [-5, .min, .max] as [Int8]), .of("i2", "i2", [-5, .min, .max] as [Int16]),
            .of("i4", "i4", [-5, .min, .max] as [Int32]), .of("i8", "i8", [-5, .min, .max] as [Int64]),
            .of("u1", "u1", [5, .min, .max] as [UInt8]), .of("u2", "u2", [5, .min, .max] as [UInt16]),
            .of("u4", "u4", [5, .min, .max] as [UInt32]), .of("u8", "u8", [5, .min, .max] as [UInt64]),
            .of("f4", "f4", [.nan, -.infinity, 1e-45] as [Float]),
            .of("f8", "f8", [.nan, .infinity, 5e-324] as [Double]),
            .texts("U16", ["", "0123456789abcdef", "é😀a"]),
        ]
        #expect(fixture.write("X/1D/ALL", columns) == nil)
        let rows = try fixture.query("X/1D/ALL")
        #expect(rows.columns == columns)
        fixture.store.close()
        try fixture.reopen()
        #expect(try fixture.query("X/1D/ALL").columns == columns)
    }

    @Test("keeps each tick of a variable bucket to the nanosecond")
    func ticks() throws {
        let fixture = try ServiceFixture()
        let nanoseconds: [Int32] = [5_000, 500_000_000, 999_999_999, 5_000]
        let columns: [Dataset.Column] = [
            .epoch([10, 10, 59, 10]), .of("Bid", "f4", [1, 2, 3, 4] as [Float]), .of("Nanoseconds", "i4", nanoseconds),
        ]
        #expect(fixture.write("A/1D/TICK", columns, isVariable: true) == nil)
        #expect(fixture.write("A/1D/TICK", [.epoch([11]), .of("Bid", "f4", [9] as [Float])], isVariable: true) == nil)
        let rows = try fixture.query("A/1D/TICK")
        #expect(rows.names == ["Epoch", "Bid", "Nanoseconds"])
        #expect(rows.epochs == [10, 10, 10, 11, 59])
        #expect(try rows.float("Bid") == [1, 4, 2, 9, 3])
        #expect(try rows.column("Nanoseconds").values(Int32.self) == [5_000, 5_000, 500_000_000, 0, 999_999_999])
        let some = try fixture.query("A/1D/TICK") {
            $0.epochStart = 10
            $0.epochStartNanos = 5_001
            $0.epochEnd = 11
            $0.epochEndNanos = 0
        }
        #expect(try some.float("Bid") == [2, 9])
        #expect(try fixture.query("A/1D/TICK") { $0.columns = ["Nope"] }.names == ["Epoch", "Nanoseconds"])
    }

    @Test(
        "reads every timeframe that it writes, the first of January too",
        arguments: [
            "1S", "1Sec", "5Sec", "1T", "1Min", "3Min", "60Min", "1H", "4H", "24H", "1D", "2D", "1W", "1M", "1Y",
        ]
    )
    func timeframes(text: String) throws {
        for zone in ["UTC", "America/New_York", "Asia/Kolkata"] {
            let fixture = try ServiceFixture(zone: zone)
            let rules = try #require(ZoneRules(named: zone))
            let timeframe = try #require(Timeframe(text))
            // 1965-03-04, 2024-01-01 in New York and in UTC, 2024-12-31.
            let epochs: [Int64] = [-152_409_600, 1_704_067_200, 1_704_085_200, 1_735_603_201]
            let values: [Double] = [1, 2, 3, 4]
            #expect(fixture.write("A/\(text)/X", [.epoch(epochs), .of("V", "f8", values)]) == nil)
            var expected: [Int64: Double] = [:]
            for (epoch, value) in zip(epochs, values) {
                expected[timeframe.floor(epoch * 1_000_000_000, in: rules) / 1_000_000_000] = value
            }
            let rows = try fixture.query("A/\(text)/X")
            #expect(rows.epochs == expected.keys.sorted())
            #expect(try rows.column("V").values(Double.self) == expected.keys.sorted().map { expected[$0] ?? .nan })
            // What is made in one zone stays in it.
            try fixture.reopen(zone: "Asia/Tokyo")
            #expect(fixture.write("A/\(text)/X", [.epoch([1_704_085_200]), .of("V", "f8", [9] as [Double])]) == nil)
            #expect(try fixture.query("A/\(text)/X").epochs == expected.keys.sorted())
        }
    }

    @Test("starts and ends a range exactly where it is told, in fixed buckets too")
    func ranges() throws {
        let fixture = try ServiceFixture()
        let epochs: [Int64] = [-60, 0, 60, 120, 180]
        #expect(fixture.write(key, [.epoch(epochs), .of("V", "i8", epochs)]) == nil)
        #expect(try fixture.query(key) { $0.epochStart = 61 }.epochs == [120, 180])
        #expect(try fixture.query(key) { $0.epochStart = 60 }.epochs == [60, 120, 180])
        #expect(try fixture.query(key) { $0.epochEnd = 60 }.epochs == [-60, 0, 60])
        #expect(try fixture.query(key) { $0.epochEnd = 59 }.epochs == [-60, 0])
        #expect(
            try fixture.query(key) {
                $0.epochStart = 120
                $0.epochEnd = 60
            }.epochs == []
        )
        #expect(
            try fixture.query(key) {
                $0.epochStart = .min
                $0.epochEnd = .max
            }.epochs == epochs
        )
        #expect(try fixture.query(key) { $0.limit = 2 }.epochs == [120, 180])
        #expect(
            try fixture.query(key) {
                $0.limit = 2
                $0.isLimitFromStart = true
            }.epochs == [-60, 0]
        )
        #expect(try fixture.query(key) { $0.limit = 200_000_000_000 }.epochs == epochs)
        #expect(try fixture.query(key) { $0.limit = 0 }.epochs == epochs)
        #expect(fixture.failure(key) { $0.limit = -1 }?.contains("must not be negative") == true)
    }

    @Test("answers lists and * by symbol, and tells of columns that differ")
    func symbols() throws {
        let fixture = try ServiceFixture()
        for symbol in ["B", "A", "C"] {
            #expect(fixture.write("\(symbol)/1Min/Q", [.epoch([0, 60]), .of("V", "i8", [1, 2] as [Int64])]) == nil)
        }
        let all = try fixture.query("*/1Min/Q") { $0.limit = 1 }
        #expect(all.spans.map { "\($0.key.prefix(1))\($0.start)\($0.count)" } == ["A01", "B11", "C21"])
        #expect(all.epochs == [60, 60, 60])
        let some = try fixture.query("C,NOPE,A,C/1Min/Q") { $0.epochEnd = -1 }
        #expect(some.spans.map { "\($0.key.prefix(1))\($0.start)\($0.count)" } == ["A00", "C00"])
        #expect(some.names == ["Epoch", "V"])
        #expect(fixture.failure("NOPE/1Min/Q") == "no files returned from query parse")
        #expect(
            fixture.write("D/1Min/Q", [.epoch([0]), .of("V", "i8", [1] as [Int64]), .of("W", "i8", [1] as [Int64])])
                == nil
        )
        let text = "symbols in a query must have the same data type or be filtered by common columns. symbols=[A D]"
        #expect(fixture.failure("D,A/1Min/Q") == text)
        let common = try fixture.query("D,A/1Min/Q") { $0.columns = ["V", "Epoch", "Nope"] }
        #expect(common.names == ["Epoch", "V"])
        #expect(common.epochs == [0, 60, 0])
    }

    @Test("refuses keys that could not be asked for, and says why")
    func keys() throws {
        let fixture = try ServiceFixture()
        for (key, part) in [
            ("../1Min/A", "'..'"), ("A/1Min/..", "'..'"), ("A,B/1Min/X", "comma"), ("/1Min/X", "empty"),
            ("A/1Min/", "empty"), ("A\u{1}/1Min/X", "control"), ("A/B/1Min/X", "proper format"),
            ("A:B/1Min/X", "proper format"), ("A/foo/X", "error: Unable to get timeframe from key"),
            ("", "proper format"),
            ("*/1Min/X", "*"), ("A/1min/X", "error: Unable to get timeframe from key"),
        ] {
            let message = fixture.write(key, [.epoch([0]), .of("V", "i8", [1] as [Int64])])
            #expect(message?.contains(part) == true, "\(key): \(message ?? "accepted")")
        }
        #expect(fixture.failure("A/B")?.contains("proper format") == true)
        #expect(fixture.service.list(.bucketKey).isEmpty)
    }

    @Test("refuses rows that do not fit, whole")
    func misfits() throws {
        let fixture = try ServiceFixture()
        let one: [Int64] = [1]
        let types = "a column is one of i1, i2, i4, i8, u1, u2, u4, u8, f4, f8, U16, numbers with the low byte first"
        #expect(
            fixture.write(key, [.epoch([0]), .of("V", "c8", one)])
                == "unsupported type string c8 of column 'V'; \(types)"
        )
        #expect(fixture.write(key, [.of("Epoch", "f8", one)]) == "unexpected data type for Epoch column")
        #expect(
            fixture.write(key, [.epoch([0]), .of("Nanoseconds", "i8", one)], isVariable: true)
                == "unexpected data type for Nanoseconds column"
        )
        #expect(fixture.write(key, [.epoch([0]), .of("V", "i4", one)])?.contains("8 bytes; 1 rows of type i4") == true)
        #expect(fixture.write(key, [.epoch([.max]), .of("V", "i8", one)])?.contains("1677 to 2262") == true)
        #expect(fixture.write(key, [.epoch([0]), .of("V", "i2", [7] as [Int16]), .of("S", "i8", one)]) == nil)
        #expect(
            fixture.write(key, [.epoch([0]), .of("V", "i4", [40_000] as [Int32]), .of("S", "i8", one)])
                == "column 'V' of \"AAPL/1Min/OHLCV\" is i2, which cannot hold 40000 of row 0"
        )
        #expect(
            fixture.write(key, [.epoch([0]), .of("V", "f8", [Double.nan]), .of("S", "i8", one)])?.contains("nan")
                == true
        )
        #expect(
            fixture.write(key, [.epoch([0]), .of("W", "f4", [1] as [Float]), .of("S", "i8", one)]) == """
                unable to match data columns ([{Epoch INT64} {W FLOAT32} {S INT64}]) to bucket columns \
                ([{Epoch INT64} {V INT16} {S INT64}])
                """
        )
        #expect(fixture.write(key, [.epoch([0]), .texts("V", ["x"]), .of("S", "i8", one)])?.contains("text") == true)
        #expect(try fixture.query(key).column("V").values(Int16.self) == [7])
        let short = Dataset(columns: [.epoch([0])], rowCount: 1, spans: [.init(key: key, start: 1, count: 1)])
        #expect(fixture.service.write([DataWrite(dataset: short, isVariable: false)])[0] != nil)
    }

    @Test("makes buckets of either kind, lists and describes them, and removes them with their rows")
    func catalogue() throws {
        let fixture = try ServiceFixture()
        func create(_ key: String, _ types: [String], isVariable: Bool = false) -> String? {
            let names = ["Epoch", "V"]
            let creation = BucketCreation(key: key, names: names, types: types, isVariable: isVariable)
            return fixture.service.create([creation])[0]?.message
        }
        #expect(create("A/1Min/T\(BucketKey.category)", ["i8", "f4"], isVariable: true) == nil)
        #expect(create("B/1Min/T\(BucketKey.category)", ["i8", "f4"]) == nil)
        #expect(
            create("B/1Min/T\(BucketKey.category)", ["i8", "f4"])?.hasSuffix("File is already in directory") == true
        )
        #expect(create("C/1Min/T", ["i8", "f4"])?.contains("not in proper format") == true)
        #expect(
            create("C/1Min/T\(BucketKey.category)", ["i8", "zz"])?.hasPrefix("unexpected data type:zz of column 'V'; ")
                == true
        )
        #expect(fixture.service.list(.symbol) == ["A", "B"])
        #expect(fixture.service.list(.bucketKey) == ["A/1Min/T", "B/1Min/T"])
        #expect(
            fixture.write("A/1Min/T", [.epoch([1_000_000, 1_000_000]), .of("V", "f4", [1, 2] as [Float])]) == nil
        )
        let info = fixture.service.info(["A/1Min/T", "X/1Min/T"])
        #expect(try info[0].get().latestYear == 1970)
        #expect(try info[0].get().bucket.isVariable)
        #expect(throws: DataServiceError.self) { try info[1].get() }
        #expect(try fixture.query("A/1Min/T").rowCount == 2)
        #expect(try fixture.query("B/1Min/T").rowCount == 0)
        #expect(
            fixture.service.destroy(["A/1Min/T", "A/1Min/T", "B/1H/T", "B/1Min/U"]).map { $0?.message } == [
                nil, "removal of catalog entry failed: Unable to find level item: A in directory",
                "removal of catalog entry failed: Unable to find level item: 1H in directory",
                "removal of catalog entry failed: Unable to find level item: U in directory",
            ]
        )
        #expect(fixture.failure("A/1Min/T") == "no files returned from query parse")
        try fixture.reopen()
        #expect(fixture.service.list(.bucketKey) == ["B/1Min/T"])
        #expect(fixture.write("A/1Min/T", [.epoch([0]), .of("V", "f4", [3] as [Float])], isVariable: true) == nil)
        #expect(try fixture.query("A/1Min/T").rowCount == 1)
    }

    @Test("puts buckets of other columns, and of names that differ in case, into tables of their own")
    func tables() throws {
        let fixture = try ServiceFixture()
        #expect(fixture.write("A/1Min/X", [.epoch([0]), .of("V", "f4", [1] as [Float])]) == nil)
        #expect(fixture.write("B/1Min/X", [.epoch([0]), .of("V", "f8", [2] as [Double])]) == nil)
        #expect(fixture.write("A/1Min/x", [.epoch([0]), .of("V", "f4", [3] as [Float])]) == nil)
        #expect(
            fixture.write(
                "A/1Min/Y",
                [.epoch([0]), .of("Time", "i8", [4] as [Int64]), .of("symbol", "i8", [5] as [Int64])]
            ) == nil
        )
        let tables = fixture.store.catalog.tables.map(\.name).filter { !$0.hasPrefix("system.") }
        #expect(tables.sorted() == ["1Min/X", "1Min/X~2", "1Min/Y", "1Min/x~3"])
        #expect(try fixture.query("A/1Min/X").float("V") == [1])
        #expect(try fixture.query("A/1Min/x").float("V") == [3])
        #expect(try fixture.query("A/1Min/Y").int64("symbol") == [5])
        try fixture.reopen()
        #expect(try fixture.query("B/1Min/X").column("V").values(Double.self) == [2])
        #expect(try fixture.query("A/1Min/Y").int64("Time") == [4])
        try fixture.store.dropTable("1Min/X~2")
        #expect(fixture.service.list(.bucketKey) == ["A/1Min/X", "A/1Min/Y", "A/1Min/x"])
    }

    @Test("writes a bar of a thousand symbols in one call, and more than fits one batch of the store")
    func large() throws {
        let fixture = try ServiceFixture()
        let count = 1_000
        let values = (0..<count).map { Double($0) }
        let spans = (0..<count).map { Dataset.Span(key: "S\($0)/1Min/B", start: $0, count: 1) }
        let columns: [Dataset.Column] = [.epoch(.init(repeating: 60, count: count)), .of("V", "f8", values)]
        let bars = Dataset(columns: columns, rowCount: count, spans: spans)
        for _ in 0..<2 {
            #expect(fixture.service.write([DataWrite(dataset: bars, isVariable: false)])[0] == nil)
        }
        let rows = try fixture.query("*/1Min/B") { $0.limit = 1 }
        #expect(rows.rowCount == count)
        #expect(try rows.column("V").values(Double.self).sorted() == values)
        let many = 1_500_000
        let long: [Dataset.Column] = [
            .epoch((0..<many).map { Int64($0) }), .of("V", "i8", (0..<many).map { Int64($0) }),
            .of("W", "i8", (0..<many).map { Int64(-$0) }),
        ]
        #expect(fixture.write("L/1Sec/B", long) == nil)
        #expect(try fixture.query("L/1Sec/B").columns == long)
    }

    @Test("refuses a call whose queries would have more bytes together than an answer may, and says what to do")
    func longAnswers() throws {
        let fixture = try ServiceFixture()
        #expect(fixture.write("A/1Min/B", [.epoch([0, 60, 120]), .of("V", "f8", [1, 2, 3] as [Double])]) == nil)
        let service = try MarketStoreService(
            store: fixture.store,
            engine: fixture.engine,
            zone: .utc,
            version: "test",
            answerBytesMax: 3 * 48
        )
        var query = DataQuery()
        query.destination = "A/1Min/B"
        #expect(try service.query([query, query, query]).map(\.rowCount) == [3, 3, 3])
        let error = #expect(throws: DataServiceError.self) { try service.query([query, query, query, query]) }
        #expect(error?.message.hasSuffix("a call may have 144; ask in several calls") == true)
    }
}
