import Columnar

/// `system.marketstore_buckets`: which buckets there are, as durable as their rows.
///
/// One row a bucket, the newest one of a key counts; an empty table says that the bucket was destroyed. The columns are
/// written a line each, type first: `f4 Open`. Names hold no line ends.
enum BucketRegistry {
    static let schema: TableSchema = {
        let columns = [
            Column(TableSchema.arrivalColumnName, .timestamp), Column("bucket", .symbol), Column("columns", .string),
            Column("is_variable", .boolean), Column("zone", .string), Column("table", .string),
        ]
        let schema = TableSchema(
            name: VirtualTables.prefix + "marketstore_buckets",
            kind: .event,
            columns: columns,
            time: TableSchema.arrivalColumnName,
            series: "bucket",
            partition: .all,
            dedup: []
        )
        guard let schema else { preconditionFailure("BUG: the table of buckets has no valid schema") }
        return schema
    }()

    /// The row that says that a bucket exists, or that it does no more.
    static func row(_ bucket: Bucket, isDestroyed: Bool = false) -> AppendGroup {
        let columns = bucket.columns.map { "\($0.type.rawValue) \($0.name)" }.joined(separator: "\n")
        return AppendGroup(
            table: schema.name,
            series: bucket.key.description,
            columns: [
                .timestamps([TableSchema.arrivalTime]), nil, .strings([columns]),
                Vector(type: .boolean, form: .constant(.boolean(bucket.isVariable), count: 1)),
                .strings([bucket.zone]), .strings([isDestroyed ? "" : bucket.table]),
            ],
            rowCount: 1
        )
    }

    /// The buckets of a state, sorted by key; none if the table was never made.
    static func buckets(_ snapshot: any TableSnapshot) throws(TableError) -> [Bucket] {
        guard let stored = snapshot.catalog.schema(named: schema.name) else { return [] }
        guard stored == schema else {
            throw TableError(.invalid, "the table '\(schema.name)' was made by another version of Tickgate")
        }
        let scan = try snapshot.scan(ScanRequest(table: schema.name, columns: [2, 3, 4, 5], isForward: false))
        var buckets: [Bucket] = []
        // Most buckets have the columns of another: kept once, they compare at a glance.
        var known: [String: [Bucket.Column]] = [:]
        for (index, name) in scan.series.enumerated() {
            var cursor = try scan.open(series: index)
            guard let slice = try cursor.next(), let key = BucketKey(name) else { continue }
            var row: [Scalar] = []
            for column in 2...5 { row.append(try slice.vector(column: column).scalar(at: slice.count - 1)) }
            guard case .text(let list) = row[0], case .text(let zone) = row[2], case .text(let table) = row[3],
                !table.isEmpty, let columns = known[list] ?? columns(list)
            else { continue }
            known[list] = columns
            let isVariable = row[1] == .boolean(true)
            buckets.append(Bucket(key: key, columns: columns, isVariable: isVariable, table: table, zone: zone))
        }
        return buckets.sorted { $0.key < $1.key }
    }

    /// The bucket that a row tells of, and whether it tells that it was destroyed. Nil for a row that is none of ours.
    static func bucket(_ group: AppendGroup) -> (bucket: Bucket, isDestroyed: Bool)? {
        let last = group.rowCount - 1
        let row = group.columns.map { $0.flatMap { last >= 0 && last < $0.count ? $0.scalar(at: last) : nil } ?? .null }
        guard row.count == schema.columns.count, let key = BucketKey(group.series), case .text(let list) = row[2],
            let columns = columns(list), case .text(let zone) = row[4], case .text(let table) = row[5]
        else { return nil }
        let isVariable = row[3] == .boolean(true)
        let bucket = Bucket(key: key, columns: columns, isVariable: isVariable, table: table, zone: zone)
        return (bucket, table.isEmpty)
    }

    private static func columns(_ text: String) -> [Bucket.Column]? {
        var columns: [Bucket.Column] = []
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let type = WireType(rawValue: String(parts[0])) else { return nil }
            columns.append(Bucket.Column(name: String(parts[1]), type: type))
        }
        return columns
    }
}
