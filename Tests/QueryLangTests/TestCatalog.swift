import Columnar
import QueryLang

/// Tables like those of a running gateway.
struct TestCatalog: CatalogReader {
    var tables: [TableSchema] = [
        table("1Min/OHLCV", .regular(timeframe: CivilTime.minute), "open:f high:f low:f close:f volume:f"),
        table("book_features@v1", .event, "seq:i receive_time:t state:y mid:f spread:f"),
        table("quotes", .event, "seq:i receive_time:t update_id:i bid:f bid_size:f ask:f ask_size:f"),
        table("trades", .event, "seq:i receive_time:t id:i side:y price:f size:f note:s is_maker:b"),
        TableSchema(
            name: "plain",
            kind: .event,
            columns: [Column("ts", .timestamp), Column("value", .float64), Column("order", .int64)],
            time: "ts",
            series: nil
        )!,
    ].sorted { $0.name < $1.name }

    /// The tables that the reference speaks of, with the columns that a gateway gives them.
    static var reference: TestCatalog {
        let trades = "seq:i receive_time:t id:i side:y price:f size:f"
        let book = "seq:i receive_time:t kind:y side:y price:f size:f update_id:i state:y reason:y"
        var catalog = TestCatalog()
        catalog.tables.removeAll { $0.name == "trades" || $0.name == "plain" }
        catalog.tables += [table("trades", .event, trades), table("book", .event, book)]
        let system: [String: [Column]] = [
            "system.tables": [Column("name", .string), Column("kind", .string), Column("columns", .int64)],
            "system.materialized_views": [Column("name", .string), Column("base", .string)],
            "system.features": [Column("view", .string), Column("feature", .string)],
            "system.symbols": [Column("table", .string), Column("symbol", .string)],
        ]
        catalog.tables += system.compactMap { TableSchema.inOrderOfArrival(name: $0, columns: $1) }
        return catalog
    }

    /// One of MarketStore's buckets, as the server makes them.
    func view(named name: String) throws(TableError) -> ViewDefinition? {
        guard name == "AAPL/1Min/OHLCV" else { return nil }
        let query = "SELECT time AS Epoch, open AS Open, high AS High, low AS Low, close AS Close, volume AS Volume"
        return ViewDefinition(name: name, query: "\(query) FROM \"1Min/OHLCV\" WHERE symbol = 'AAPL'")
    }

    func schema(named name: String) -> TableSchema? {
        tables.first { $0.name.lowercased() == name.lowercased() }
    }

    private static func table(_ name: String, _ kind: TableKind, _ columns: String) -> TableSchema {
        let types: [Substring: ColumnType] = [
            "b": .boolean, "i": .int64, "f": .float64, "t": .timestamp, "y": .symbol, "s": .string,
        ]
        let rest = columns.split(separator: " ").map { column in
            let parts = column.split(separator: ":")
            return Column(String(parts[0]), types[parts[1]]!)
        }
        return TableSchema(
            name: name,
            kind: kind,
            columns: [Column("time", .timestamp), Column("symbol", .symbol)] + rest
        )!
    }
}

/// Binds a SELECT of the test tables.
func boundSelect(_ text: String) throws -> BoundSelect {
    guard case .select(let select) = try QueryCompiler.compile(text, catalog: TestCatalog()) else {
        throw QueryError(.bug, "not a SELECT")
    }
    return select
}

/// A text whose offending part stands between `«` and `»`.
struct MarkedText {
    let text: String
    let span: SourceSpan

    init(_ marked: String) {
        let parts = marked.split(separator: "«", maxSplits: 1, omittingEmptySubsequences: false)
        let rest = parts[1].split(separator: "»", maxSplits: 1, omittingEmptySubsequences: false)
        self.text = String(parts[0] + rest[0] + rest[1])
        let start = parts[0].utf8.count
        self.span = SourceSpan(start: start, end: start + rest[0].utf8.count)
    }
}

/// The error that a text gives; nil if it gives none.
func failure(_ text: String, catalog: TestCatalog = TestCatalog()) -> QueryError? {
    do throws(QueryError) {
        _ = try QueryCompiler.compile(text, catalog: catalog)
        return nil
    } catch {
        return error
    }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// True once in `times`.
    mutating func oneIn(_ times: Int) -> Bool { Int.random(in: 0..<times, using: &self) == 0 }

    mutating func pick<Element>(_ choices: [Element]) -> Element { choices.randomElement(using: &self)! }
}
