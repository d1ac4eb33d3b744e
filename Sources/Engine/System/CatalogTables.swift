import Columnar
import QueryLang

/// The virtual tables that every engine has: what a state's catalog says.
enum CatalogTables {
    /// The tables that every engine has.
    static let all: [ComputedTable] = [tables, columns, symbols, views, features, functions]

    private static let tables = ComputedTable(
        "tables",
        Show.tablesColumns.map { Column($0.name, $0.type) }
            + [Column("partition_by", .string), Column("dedup_keys", .string), Column("ttl", .string)]
    ) { snapshot in
        snapshot.catalog.tables.map { table in
            let create = CreateTableStatement(table: table, timeToLive: snapshot.catalog.timeToLive(of: table.name))
            let keys = create.options.dedupKeys.map { $0.map(\.name).joined(separator: ", ") }
            return Show.row(table) + [
                .text(PartitionNames.name(of: table.partition)), keys.map { .text($0) } ?? .null,
                create.options.timeToLive.map { .text($0.text) } ?? .null,
            ]
        }
    }

    private static let columns = ComputedTable(
        "columns",
        [Column("table", .string), Column("position", .int64)] + Show.columnsColumns.map { Column($0.name, $0.type) }
    ) { snapshot in
        snapshot.catalog.tables.flatMap { table in
            Show.columnRows(of: table).enumerated().map { index, row in
                [.text(table.name), .int64(Int64(index + 1))] + row
            }
        }
    }

    private static let symbols = ComputedTable(
        "symbols",
        [Column("table", .string), Column("symbol", .string)]
    ) { snapshot throws(TableError) in
        var rows: [[Scalar]] = []
        for table in snapshot.catalog.tables where table.seriesColumn != nil {
            rows += try Show.symbols(of: table, snapshot)
        }
        return rows
    }

    private static let views = ComputedTable(
        "views",
        [Column("name", .string), Column("query", .string)]
    ) { snapshot throws(TableError) in
        try snapshot.catalog.views().map { [.text($0.name), .text($0.query)] }
    }

    private static let features = ComputedTable("features", FeatureListing.columns) { snapshot throws(TableError) in
        try FeatureListing.rows(snapshot)
    }

    private static let functions = ComputedTable(
        "functions",
        [Column("name", .string), Column("kind", .string), Column("call", .string), Column("summary", .string)]
    ) { _ in
        let ofBook: [[Scalar]] = MicrostructureCatalog.bookFunctions.map {
            [.text($0.function.rawValue), .text("book"), .text($0.text), .text($0.summary)]
        }
        let signatures = FunctionCatalog.all + WindowCatalog.all + IndicatorCatalog.signatures
        let others: [[Scalar]] = signatures.map { function in
            let kind =
                switch function.function {
                case .aggregate: "aggregate"
                case .scalar: "scalar"
                case .window: "window"
                case .indicator: "indicator"
                }
            return [.text(function.name), .text(kind), .text(function.text), .text(function.summary)]
        }
        let ofBuckets: [[Scalar]] = BucketFunction.own.map {
            [.text($0.rawValue), .text("bucket"), .text($0.text), .text($0.summary)]
        }
        return others + ofBook + ofBuckets
    }
}
