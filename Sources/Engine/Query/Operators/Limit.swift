import Columnar
import QueryLang

/// LIMIT by places that count from the start: gives those rows and then stops; nothing below it runs any further. An upper
/// place that counts from the end holds back as many rows.
final class Limit: PhysicalOperator {
    private let input: any PhysicalOperator
    private var skipped: Int
    /// Rows still to be given; nil for all.
    private var rest: Int?
    /// Rows that are kept from the answer at the end.
    private let withheld: Int
    /// Batches read and not given.
    private var pending: [RecordBatch] = []
    private var pendingRows = 0
    private let context: ExecutionContext

    /// - Parameters:
    ///   - range: with a lower place that is not negative.
    init(_ input: any PhysicalOperator, _ range: RowRange, _ context: ExecutionContext) {
        self.input = input
        self.skipped = max(range.lower, 0)
        self.context = context
        let upper = range.upper ?? .max
        self.withheld = upper < 0 ? Int(clamping: upper.magnitude) : 0
        self.rest = upper < 0 || range.upper == nil ? nil : max(0, upper - self.skipped)
    }

    func next() throws(QueryError) -> RecordBatch? {
        while rest ?? 1 > 0 {
            if let free = try takeFree() { return free }
            guard var batch = try input.next() else { return nil }
            if skipped > 0 {
                let dropped = min(skipped, batch.rowCount)
                skipped -= dropped
                if dropped == batch.rowCount { continue }
                batch = batch.slice(dropped..<batch.rowCount)
            }
            if let rest {
                let count = min(rest, batch.rowCount)
                self.rest = rest - count
                return count == batch.rowCount ? batch : batch.slice(0..<count)
            }
            if withheld == 0 { return batch }
            try context.hold(bytes: batch.rowCount * batch.columns.count * 8)
            pending.append(batch)
            pendingRows += batch.rowCount
        }
        return nil
    }

    /// Rows of the first batch that cannot be among the last ones any more.
    private func takeFree() throws(QueryError) -> RecordBatch? {
        guard pendingRows > withheld, let first = pending.first else { return nil }
        let free = min(pendingRows - withheld, first.rowCount)
        pendingRows -= free
        if free == first.rowCount {
            pending.removeFirst()
        } else {
            pending[0] = first.slice(free..<first.rowCount)
        }
        try context.hold(bytes: -free * first.columns.count * 8)
        return first.slice(0..<free)
    }
}

/// LIMIT by a lower place that counts from the end: reads everything and holds that many rows.
final class Tail: PhysicalOperator {
    private let input: any PhysicalOperator
    private let range: RowRange
    private let types: [ColumnType]
    private let context: ExecutionContext
    private var result: Values?

    init(_ input: any PhysicalOperator, _ range: RowRange, types: [ColumnType], _ context: ExecutionContext) {
        self.input = input
        self.range = range
        self.types = types
        self.context = context
    }

    func next() throws(QueryError) -> RecordBatch? {
        if result == nil { result = Values(try read(), rowsMax: context.batchRows) }
        return try result?.next()
    }

    private func read() throws(QueryError) -> RecordBatch {
        let wanted = Int(clamping: range.lower.magnitude)
        var held: [RecordBatch] = []
        var heldRows = 0
        var total = 0
        while let batch = try input.next() {
            try context.checkpoint()
            try context.hold(bytes: batch.rowCount * batch.columns.count * 8)
            held.append(batch)
            heldRows += batch.rowCount
            total += batch.rowCount
            while let first = held.first, heldRows - first.rowCount >= wanted {
                held.removeFirst()
                heldRows -= first.rowCount
                try context.hold(bytes: -first.rowCount * first.columns.count * 8)
            }
        }
        let places = range.resolved(count: total)
        let first = total - heldRows
        let rows = max(places.lowerBound - first, 0)..<max(places.upperBound - first, 0)
        let columns = types.indices.map { column in
            let builder = VectorBuilder(types[column])
            var start = 0
            for batch in held {
                let part = rows.clamped(to: start..<start + batch.rowCount)
                builder.append(batch.columns[column], part.lowerBound - start..<part.upperBound - start)
                start += batch.rowCount
            }
            return builder.take()
        }
        return RecordBatch(columns: columns, rowCount: rows.count)
    }
}
