import Columnar
import QueryLang
import Testing

/// Names, nulls and types by the rules of QuestDB.
@Suite struct QuestDBDialectTests {
    private let catalog = DeclaredCatalog()

    private func bind(_ text: String, _ dialect: QueryDialect = .questdb) throws -> BoundSelect {
        guard case .select(let select) = try QueryCompiler.compile(text, catalog: catalog, dialect: dialect) else {
            throw QueryError(.bug, "no SELECT")
        }
        return select
    }

    @Test(arguments: [
        ("count(*)", ["count()"]), ("sum(i), sum(i), SUM(j)", ["sum(i)", "sum(i)_2", "SUM(j)"]),
        ("i + 1", ["i + 1"]), ("abs(-1.5)", ["\"abs(-(1.5))\""]), ("-i", ["-(i)"]), ("-abs(i)", ["-abs(i)"]),
        ("t.i, T.j, *", ["i", "j", "ts", "i1", "j1", "f", "s", "n"]), ("avg(t.i)", ["\"avg(t.i)\""]),
        ("row_number() OVER (ORDER BY ts)", ["row_number()"]), ("i AS x, j", ["x", "j"]),
        ("sum( i )OVER(ORDER BY ts) + sum( j ) OVER(ORDER BY ts)", ["sum(i) + sum(j)"]),
        (
            "coalesce(f, 11111111111111, 22222222222222, 33333333333333, 44444444444444) > 0",
            ["coalesce(f, 11111111111111, 22222222222222, 33333333333333, 4444"]
        ),
    ])
    func columnsWithoutAnAliasAreCalledByTheirText(items: String, names: [String]) throws {
        #expect(try bind("SELECT \(items) FROM t").columns.map(\.name) == names)
    }

    @Test(arguments: [
        ("s = NULL", "(s null)"), ("s != NULL", "(s !null)"), ("i < NULL", "false:boolean"),
        ("s = 'a'", "(s = 'a':symbol)"), ("s != 'a'", "((s != 'a':symbol) OR (s null))"),
        ("i = j", "((i = j) OR ((i null) AND (j null)))"),
        ("i != j", "((i != j) OR ((i null) != (j null)))"),
        ("s IN ('a', NULL)", "((s in 'a') OR (s null))"), ("s NOT IN ('a')", "((s !in 'a') OR (s null))"),
        ("NOT i < j", "NOT(coalesce((i < j),false:boolean))"),
    ])
    func nullEqualsNullAndNothingIsUnknown(condition: String, bound: String) throws {
        let select = try bind("SELECT i FROM t WHERE \(condition)")
        let names = catalog.table.columns.map(\.name)
        let text = try #require(select.predicate).text(names)
        #expect(text.lowercased() == bound.lowercased())
    }

    @Test func joinsStillFindTheirKeys() throws {
        let select = try bind("SELECT a.i FROM t a ASOF JOIN t b ON a.s = b.s")
        guard case .join(let join) = select.source else { return #expect(Bool(false), "a join") }
        #expect(join.keys == [BoundJoin.Key(left: 4, right: 4)] && join.condition == nil)
    }

    @Test func firstAndLastTakeANullForWhatItIs() throws {
        let functions: (String, QueryDialect) throws -> [AggregateFunction] = { text, dialect in
            guard case .aggregate(let aggregation) = try bind("SELECT \(text) FROM t", dialect).shape else { return [] }
            return aggregation.aggregates.map(\.function)
        }
        #expect(
            try functions("first(i), LAST(i), first_not_null(i), last_not_null(j)", .questdb)
                == [.firstRow, .lastRow, .first, .last]
        )
        #expect(try functions("first(i), last(i)", .tickgate) == [.first, .last])
    }

    @Test(arguments: [
        ("ts, i, j, f, s", "TIMESTAMP INT LONG FLOAT SYMBOL"), ("i + 1, i + j, i + 3000000000", "INT LONG LONG"),
        ("sum(i), min(i), avg(i), first(f), max(ts), count()", "LONG INT DOUBLE FLOAT TIMESTAMP LONG"),
        ("1, 'a', 1.5, i > 1", "INT STRING DOUBLE BOOLEAN"), ("ts + 1", "TIMESTAMP"),
        ("lag(ts) OVER (ORDER BY ts), lag(i) OVER (ORDER BY ts)", "TIMESTAMP LONG"),
    ])
    func typesAreToldByTheirSQLNames(items: String, types: String) throws {
        let columns = try bind("SELECT \(items) FROM (SELECT ts, i, j, f, s FROM t)").columns
        #expect(columns.map { ($0.declared ?? DeclaredType($0.type)).name }.joined(separator: " ") == types)
    }

    @Test(arguments: [
        ("ts + 5", "(ts + 5000:int64)"), ("5 + ts", "(5000:int64 + ts)"), ("n + 5", "(n + 5:int64)"),
        ("ts - j", "(ts - (j * 1000:int64))"), ("ts - ts", "((ts - ts) / 1000:int64)"), ("n - n", "(n - n)"),
        (
            "timestamp_sequence(2, 3)",
            "(1970-01-01T00:00:00.000002Z:timestamp + (((window0 - 1:int64) * 3:int64) * 1000:int64))"
        ),
        (
            "timestamp_sequence_ns('1970-01-02', 3)",
            "(1970-01-02T00:00:00Z:timestamp + ((window0 - 1:int64) * 3:int64))"
        ),
    ])
    func integersBesideATimestampAreMicroseconds(item: String, bound: String) throws {
        let select = try bind("SELECT \(item) AS x FROM t")
        #expect(select.outputs[0].text(catalog.table.columns.map(\.name)) == bound)
    }

    @Test func comparisonsWithIntegersAreInMicroseconds() throws {
        let select = try bind("SELECT i FROM t WHERE ts >= 7")
        #expect(select.pushdown.times.map(\.start) == [7000])
    }

    @Test func twapTakesTheDesignatedTimestamp() throws {
        #expect(try bind("SELECT twap(f, ts) FROM t").columns.map(\.name) == ["twap(f, ts)"])
        #expect(throws: QueryError.self) { try bind("SELECT twap(f, n) FROM t") }
        #expect(throws: QueryError.self) { try bind("SELECT twap(f, ts) FROM t", .tickgate) }
        #expect(throws: QueryError.self) { try bind("SELECT timestamp_sequence('x', 1) FROM t") }
        #expect(throws: QueryError.self) { try bind("SELECT timestamp_sequence(9223372036854775807, 1) FROM t") }
    }

    @Test func anOrderByTimeMakesADesignatedTimestamp() throws {
        #expect(try bind("SELECT i, n FROM t ORDER BY n").timeOutput == 1)
        #expect(try bind("SELECT i, n FROM t ORDER BY n DESC").timeOutput == nil)
        #expect(try bind("SELECT i FROM t ORDER BY n").timeOutput == nil)
        #expect(try bind("SELECT i, n FROM t ORDER BY n", .tickgate).timeOutput == nil)
    }

    @Test(arguments: [("1_000_000", 1_000_000), ("1000L", 1000), ("1_0L", 10), ("7", 7)] as [(String, Int64)])
    func numbersMayBeGroupedAndMarkedAsLong(text: String, value: Int64) throws {
        #expect(try bind("SELECT \(text) AS x FROM t", .tickgate).outputs == [.literal(.int64(value), .int64)])
    }

    @Test(arguments: ["1_", "1__0", "_1.5", "1.5L", "1l", "1_000_x"])
    func numbersWithSomethingElseAreRefused(text: String) {
        #expect(throws: QueryError.self) { try bind("SELECT \(text) AS x FROM t", .tickgate) }
    }

    @Test func ownDialectKeepsTheTypesOfColumnsOnly() throws {
        let columns = try bind("SELECT i, i + 1 AS k, ts FROM t", .tickgate).columns
        #expect(columns.map(\.declared) == [.int, nil, .timestampMicros])
        #expect(columns.map(\.name) == ["i", "k", "ts"])
    }
}

private struct DeclaredCatalog: CatalogReader {
    let table = TableSchema(
        name: "t",
        kind: .event,
        columns: [
            Column("ts", declared: .timestampMicros), Column("i", declared: .int), Column("j", declared: .long),
            Column("f", declared: .float), Column("s", declared: .symbol), Column("n", declared: .timestampNanos),
        ],
        time: "ts",
        series: nil
    )!

    var tables: [TableSchema] { [table] }
    func schema(named name: String) -> TableSchema? { name.lowercased() == "t" ? table : nil }
}
