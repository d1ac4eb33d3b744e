import Columnar
import QueryLang

/// Right rows that lie together, by time within each key, with what was computed over them for all windows that they are in.
final class WindowChunk {
    let rows: any EvaluationInput
    /// Types of their columns.
    let types: [ColumnType]
    private let readTimes: () throws(QueryError) -> Vector
    private var values: [Int: Vector] = [:]
    private var sums: [Int: HeldPrefixSums?] = [:]
    private var validRows: [Int: HeldValidRows] = [:]

    init(_ rows: any EvaluationInput, types: [ColumnType], times: @escaping () throws(QueryError) -> Vector) {
        self.rows = rows
        self.types = types
        self.readTimes = times
    }

    /// The times of the rows.
    func times() throws(QueryError) -> Vector { try readTimes() }

    /// The values of an argument in all rows.
    func values(of argument: WindowArgument) throws(QueryError) -> Vector {
        if let known = values[argument.index] { return known }
        var vector = try argument.node.evaluate(rows)
        // Folds want doubles in memory and would write them there for every batch of windows.
        if case .constant(.float64, _) = vector.form {
            vector = Vector(type: .float64, form: .float64(vector.float64Values), validity: vector.validity)
        }
        values[argument.index] = vector
        return vector
    }

    /// Sums of an argument's values; nil if sums of them are not sums of integers.
    func sums(of argument: WindowArgument) throws(QueryError) -> HeldPrefixSums? {
        if let known = sums[argument.index] { return known }
        let made = HeldPrefixSums(try values(of: argument))
        sums[argument.index] = .some(made)
        return made
    }

    /// Which rows have a value of an argument.
    func validRows(of argument: WindowArgument) throws(QueryError) -> HeldValidRows {
        if let known = validRows[argument.index] { return known }
        let made = HeldValidRows(try values(of: argument))
        validRows[argument.index] = made
        return made
    }
}

/// An argument of aggregates, over columns of the right side alone.
struct WindowArgument {
    /// Its place among the arguments.
    let index: Int
    let type: ColumnType
    let node: any ExpressionNode
}

/// The rows of a chunk in the windows of some left rows that follow each other.
struct WindowSpan {
    let chunk: WindowChunk
    /// The left rows.
    let leftRows: Range<Int>
    /// For each of the left rows the first right row in its window.
    let starts: Buffer<UInt32>
    /// The end of the right rows in its window; not before its start.
    let ends: Buffer<UInt32>

    /// Right rows in the window of the left row at a place of ``leftRows``.
    @inline(__always)
    func rows(_ place: Int) -> Range<Int> { Int(starts.base[place])..<Int(ends.base[place]) }

    /// Rows of the longest window.
    var longest: Int {
        var longest = 0
        for place in 0..<leftRows.count { longest = max(longest, rows(place).count) }
        return longest
    }
}

/// Windows around the rows of a left batch.
struct LeftWindows {
    /// The left rows.
    let left: any EvaluationInput
    /// Right rows by time; those of one left row may lie in several of them.
    let spans: [WindowSpan]

    /// The number of left rows.
    var count: Int { left.rowCount }

    /// The number of right rows in each window.
    func rowCounts() -> Buffer<Int64> {
        totals { span, totals in HeldValidRows.all.addCounts(of: span, to: totals) }
    }

    /// How many rows in each window have a value of an argument.
    func valueCounts(of argument: WindowArgument) throws(QueryError) -> Buffer<Int64> {
        try totals { (span, totals) throws(QueryError) in
            try span.chunk.validRows(of: argument).addCounts(of: span, to: totals)
        }
    }

    /// For each left row the sum of what `add` adds for each span, at the places of its left rows.
    func totals<Failure: Error>(
        _ add: (WindowSpan, UnsafeMutablePointer<Int64>) throws(Failure) -> Void
    ) throws(Failure) -> Buffer<Int64> {
        let totals = OwnedMemory<Int64>(capacity: count)
        totals.base.initialize(repeating: 0, count: count)
        for span in spans { try add(span, totals.base + span.leftRows.lowerBound) }
        return Buffer(base: UnsafePointer(totals.base), count: count, owner: totals)
    }

    /// Where a count is not 0; nil if none is.
    static func validity(_ counts: Buffer<Int64>) -> Validity? {
        counts.withUnsafeBufferPointer { $0.contains(0) } ? .filled(count: counts.count) { counts[$0] > 0 } : nil
    }
}
