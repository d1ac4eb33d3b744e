import Columnar
import QueryLang

/// Answers of SHOW TABLES, SHOW COLUMNS and EXPLAIN.
enum Show {
    static let tablesColumns = [
        ResultColumn(name: "name", type: .string), ResultColumn(name: "kind", type: .string),
        ResultColumn(name: "timeframe", type: .string), ResultColumn(name: "designated_timestamp", type: .string),
        ResultColumn(name: "series_key", type: .string), ResultColumn(name: "columns", type: .int64),
    ]

    static let columnsColumns = [
        ResultColumn(name: "column", type: .string), ResultColumn(name: "type", type: .string),
        ResultColumn(name: "designated", type: .boolean), ResultColumn(name: "series_key", type: .boolean),
    ]

    static func tables(_ tables: [TableSchema]) -> RecordBatch {
        batch(tablesColumns, tables.map(row))
    }

    /// What is told of a table.
    static func row(_ table: TableSchema) -> [Scalar] {
        let timeframe: Int64? = if case .regular(let timeframe) = table.kind { timeframe } else { nil }
        return [
            .text(table.name),
            .text(timeframe == nil ? "event" : "regular"),
            timeframe.map { .text(duration($0)) } ?? .null,
            table.hasDesignatedTimestamp ? .text(table.columns[table.timeColumn].name) : .null,
            table.seriesColumn.map { .text(table.columns[$0].name) } ?? .null,
            .int64(Int64(table.visibleColumns.count)),
        ]
    }

    static func columns(of table: TableSchema) -> RecordBatch {
        batch(columnsColumns, columnRows(of: table))
    }

    /// What is told of the columns of a table.
    static func columnRows(of table: TableSchema) -> [[Scalar]] {
        table.visibleColumns.map { index in
            let column = table.columns[index]
            return [
                .text(column.name), .text(column.type.name), .boolean(index == table.timeColumn),
                .boolean(index == table.seriesColumn),
            ]
        }
    }

    static let planColumns = [ResultColumn(name: "plan", type: .string)]

    static func plan(_ text: String) -> RecordBatch {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return batch(planColumns, lines.map { [.text(String($0))] })
    }

    static func batch(_ columns: [ResultColumn], _ rows: [[Scalar]]) -> RecordBatch {
        let vectors = columns.indices.map { index in
            let builder = VectorBuilder(columns[index].type)
            for row in rows { builder.append(row[index]) }
            return builder.take()
        }
        return RecordBatch(columns: vectors, rowCount: rows.count)
    }

    /// A duration as SAMPLE BY takes it, in the largest unit that divides it: `1m`, `90s`.
    static func duration(_ nanoseconds: Int64) -> String {
        let units: [(Int64, String)] = [
            (CivilTime.day, "d"), (CivilTime.hour, "h"), (CivilTime.minute, "m"), (CivilTime.second, "s"),
            (1_000_000, "ms"), (1_000, "us"),
        ]
        for (unit, name) in units where nanoseconds % unit == 0 { return "\(nanoseconds / unit)\(name)" }
        return "\(nanoseconds)ns"
    }
}
