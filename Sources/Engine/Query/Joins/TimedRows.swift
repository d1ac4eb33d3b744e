import CKernels
import Columnar
import QueryLang

/// Rows of a series that a join by time looks at. Their times are read only if what is known of them does not suffice.
final class TimedRows {
    let rows: RowBatch
    private var readTimes: Buffer<Int64>?

    init(_ rows: RowBatch) { self.rows = rows }

    /// The times, which ascend.
    func times() throws(QueryError) -> Buffer<Int64> {
        if let readTimes { return readTimes }
        let times = try rows.times().int64Values
        readTimes = times
        return times
    }

    /// Whether the first row comes before something. What comes before it is all that is earlier than some time.
    func begins(_ comesBefore: (Int64) -> Bool) throws(QueryError) -> Bool {
        // Bounds need not be met: no row may have such a time.
        if let bounds = rows.source.timeBounds {
            if comesBefore(bounds.upperBound) { return true }
            if !comesBefore(bounds.lowerBound) { return false }
        }
        return comesBefore(try times()[0])
    }

    /// Whether the last row, so every row, comes before something.
    func ends(_ comesBefore: (Int64) -> Bool) throws(QueryError) -> Bool {
        if let bounds = rows.source.timeBounds {
            if comesBefore(bounds.upperBound) { return true }
            if !comesBefore(bounds.lowerBound) { return false }
        }
        return comesBefore(try times()[rows.rowCount - 1])
    }
}

extension TimedRows {
    /// The first of ascending times, from a place on, that the first row comes before; their count if there is none.
    ///
    /// - Parameter isStrict: whether a row comes before a time only if it is earlier, else also if it is no later.
    func firstPlace(in others: Buffer<Int64>, from start: Int, isStrict: Bool) throws(QueryError) -> Int {
        func place(after time: Int64) -> Int {
            others.withUnsafeBufferPointer { others in
                Gallop.end(in: others, from: start) { isStrict ? $0 <= time : $0 < time }
            }
        }
        if let bounds = rows.source.timeBounds {
            let earliest = place(after: bounds.lowerBound)
            if earliest == others.count || earliest == place(after: bounds.upperBound) { return earliest }
        }
        return place(after: try times()[0])
    }
}

/// The merge of two columns of times.
enum TimeMerge {
    /// For each left time how many right times come before it: are not later, or (if `isStrict`) are earlier. Both ascend.
    static func counts(_ left: Buffer<Int64>, _ right: Buffer<Int64>, isStrict: Bool) -> Buffer<UInt32> {
        withExtendedLifetime((left, right)) {
            .filled(count: left.count) { target in
                tickgate_asof_counts(left.base, left.count, right.base, right.count, isStrict ? 1 : 0, target)
            }
        }
    }
}
