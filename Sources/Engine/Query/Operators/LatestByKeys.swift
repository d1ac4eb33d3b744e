import Columnar
import QueryLang

/// The last row for each combination of values in some columns, of rows that come by time. Reads everything; holds a few
/// rows a combination.
final class LatestByKeys: PhysicalOperator {
    private let input: any PhysicalOperator
    private let keys: [Int]
    private let types: [ColumnType]
    private let context: ExecutionContext
    private let groups: KeyGroups
    private var result: Values?
    /// Candidates, as they came; their groups in the first column.
    private let buffer: RowBuffer

    init(_ input: any PhysicalOperator, keys: [Int], types: [ColumnType], _ context: ExecutionContext) {
        self.input = input
        self.keys = keys
        self.types = types
        self.context = context
        self.groups = KeyGroups(keys.map { types[$0] }, buckets: nil)
        self.buffer = RowBuffer([.int64] + types, context)
    }

    /// Candidates over the number of combinations before those that are out of date are dropped.
    private static let candidatesMin = 65_536

    func next() throws(QueryError) -> RecordBatch? {
        if result == nil { result = Values(try read(), rowsMax: context.batchRows) }
        return try result?.next()
    }

    private func read() throws(QueryError) -> RecordBatch {
        while let batch = try input.next() {
            try context.checkpoint()
            let numbers = groups.groups(
                of: keys.map { batch.columns[$0] },
                buckets: .none,
                rowCount: batch.rowCount
            ) {}
            try append(batch, numbers)
            if buffer.count > 2 * groups.count + Self.candidatesMin { try compact() }
        }
        try compact()
        let count = buffer.count
        return RecordBatch(columns: Array(buffer.take().dropFirst()), rowCount: count)
    }

    /// Keeps the last row of each combination in the batch.
    private func append(_ batch: RecordBatch, _ numbers: [Int]) throws(QueryError) {
        let rows = Self.lastRows(numbers.count, groups.count) { numbers[$0] }
        let kept = Vector.int64(rows.map { Int64(numbers[Int($0)]) })
        let columns = rows.withUnsafeBufferPointer { rows in batch.columns.map { $0.gather(rows) } }
        try buffer.append(RecordBatch(columns: [kept] + columns, rowCount: rows.count))
    }

    private func compact() throws(QueryError) {
        let count = buffer.count
        let columns = buffer.take()
        let numbers = columns[0].int64Values
        let rows = Self.lastRows(count, groups.count) { Int(numbers[$0]) }
        let kept = rows.withUnsafeBufferPointer { rows in columns.map { $0.gather(rows) } }
        try buffer.append(RecordBatch(columns: kept, rowCount: rows.count))
    }

    /// Rows of which no later one is in the same group, ascending.
    private static func lastRows(_ count: Int, _ groupCount: Int, _ group: (Int) -> Int) -> [UInt32] {
        var isSeen = [Bool](repeating: false, count: groupCount)
        var rows: [UInt32] = []
        for row in (0..<count).reversed() where !isSeen[group(row)] {
            isSeen[group(row)] = true
            rows.append(UInt32(truncatingIfNeeded: row))
        }
        rows.reverse()
        return rows
    }
}
