import Columnar
import Store

/// The bytes of each column on disk.
enum ColumnBytes {
    /// One count.
    struct Count {
        let column: String
        let bytes: Double
    }

    /// The counts of a table's columns, in the schema's order, and of what is no column's.
    static func counts(_ store: Store, table: String) throws(TableError) -> [Count] {
        try store.tableStatistics().filter { $0.name == table }.flatMap { table in
            table.columns.map { Count(column: $0.name, bytes: Double($0.bytes)) }
        }
    }
}
