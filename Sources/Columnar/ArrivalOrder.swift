/// Tables without a designated timestamp.
///
/// Rows always lie by a time; where a table has none of its own, a column that no query can name stands for it. It holds 0
/// in every row, so that order of arrival is all the order there is, and lies in one partition.
extension TableSchema {
    /// The name of the column that stands for the missing timestamp. No bare name of the query language begins so.
    public static let arrivalColumnName = "@arrival"

    /// The value of that column in every row.
    public static let arrivalTime: Int64 = 0

    /// The schema of a table without a designated timestamp: one series, in order of arrival.
    ///
    /// - Returns: nil if a column is named twice, or as the one that stands for time.
    public static func inOrderOfArrival(name: String, columns: [Column]) -> TableSchema? {
        TableSchema(
            name: name,
            kind: .event,
            columns: [Column(arrivalColumnName, .timestamp)] + columns,
            time: arrivalColumnName,
            series: nil,
            partition: .all
        )
    }

    /// Whether the time by which rows lie is a column that queries see.
    public var hasDesignatedTimestamp: Bool { columns[timeColumn].name != Self.arrivalColumnName }

    /// Indices of the columns that queries see, in the order in which `SELECT *` shows them.
    public var visibleColumns: [Int] {
        hasDesignatedTimestamp ? Array(columns.indices) : columns.indices.filter { $0 != timeColumn }
    }
}
