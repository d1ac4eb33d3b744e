import Columnar
import QueryLang

/// INNER, LEFT and FULL JOIN: every pair of rows with equal keys for which the condition is true.
///
/// Pairs are tried a batch at a time, also where one left row has millions of partners, and those that are left over are put
/// together to batches again.
final class PairProbe: JoinProbe {
    private let held: HeldRows
    /// Whether a left row without a pair comes too, with nulls.
    private let keepsUnmatched: Bool
    /// Which held rows were in a pair; nil where nobody asks.
    private var isHeldMatched: [Bool]?
    /// How many of the held rows without a pair were given.
    private var restCount = 0
    /// Those in the order of arrival.
    private var rest: [UInt32] = []
    private let conditions: FilterConditions?
    private let types: (left: [ColumnType], right: [ColumnType])
    private let context: ExecutionContext

    private var left: LeftRows?
    /// The left row whose partners are being tried, and how many of them were.
    private var row = 0
    private var triedCount = 0
    /// Whether a pair of this row is left.
    private var isMatched = false
    /// Pairs of the left rows at hand that wait to be handed on.
    private var leftRows: [UInt32] = []
    private var rightRows: [UInt32] = []

    init(
        _ held: HeldRows,
        _ plan: KeyedJoinPlan,
        keepsUnmatched: Bool,
        keepsUnmatchedHeld: Bool = false,
        _ context: ExecutionContext
    ) {
        self.held = held
        self.isHeldMatched = keepsUnmatchedHeld ? [Bool](repeating: false, count: held.rowCount) : nil
        self.keepsUnmatched = keepsUnmatched
        self.conditions = plan.condition.map(FilterConditions.init)
        self.types = (plan.left.types, plan.right.types)
        self.context = context
    }

    func begin(_ rows: LeftRows) {
        left = rows
        row = 0
        triedCount = 0
        isMatched = false
    }

    func next() throws(QueryError) -> RecordBatch? {
        guard let left else { return nil }
        while row < left.rowCount, leftRows.count < context.batchRows {
            try context.checkpoint()
            try keep(candidates(of: left), left)
        }
        if !leftRows.isEmpty { return try flush(left) }
        self.left = nil
        return nil
    }

    /// Pairs that have equal keys.
    private struct Candidates {
        var left: [UInt32] = []
        var right: [UInt32] = []
        /// Left rows all of whose partners are among these pairs or pairs before, with the end of their pairs.
        var finished: [(row: Int, end: Int)] = []
    }

    /// The next pairs, as many as a batch may have rows.
    private func candidates(of left: LeftRows) -> Candidates {
        var found = Candidates()
        var room = context.batchRows
        while row < left.rowCount, room > 0 {
            let partners = held.rows(of: left.groups[row])
            let count = min(partners.count - triedCount, room)
            let start = partners.lowerBound + triedCount
            for partner in start..<start + count {
                found.left.append(UInt32(truncatingIfNeeded: row))
                found.right.append(UInt32(truncatingIfNeeded: partner))
            }
            room -= count
            triedCount += count
            guard triedCount == partners.count else { break }
            if keepsUnmatched {
                found.finished.append((row, found.left.count))
                // It takes a row of the answer.
                if partners.isEmpty { room -= 1 }
            }
            row += 1
            triedCount = 0
        }
        return found
    }

    /// Keeps the pairs for which the condition is true, and left rows that turn out to have none.
    private func keep(_ candidates: Candidates, _ left: LeftRows) throws(QueryError) {
        let kept = try selected(candidates, left)
        guard keepsUnmatched else {
            kept.forEach(0..<kept.count) { add(candidates, $0) }
            return
        }
        var position = 0
        func keepPairs(before end: Int) {
            let rest = kept.end(of: position, before: end)
            kept.forEach(position..<rest) { add(candidates, $0) }
            if rest > position { isMatched = true }
            position = rest
        }
        for (row, end) in candidates.finished {
            keepPairs(before: end)
            if !isMatched {
                leftRows.append(UInt32(truncatingIfNeeded: row))
                rightRows.append(Partners.none)
            }
            isMatched = false
        }
        keepPairs(before: candidates.left.count)
    }

    private func selected(_ candidates: Candidates, _ left: LeftRows) throws(QueryError) -> Selection {
        let count = candidates.left.count
        guard let conditions, count > 0 else { return .range(0..<count) }
        let pairs = PairColumns(left, Buffer(candidates.left), held, Buffer(candidates.right), types: types)
        return try conditions.apply(RowBatch(pairs)).selection
    }

    private func add(_ candidates: Candidates, _ pair: Int) {
        leftRows.append(candidates.left[pair])
        rightRows.append(candidates.right[pair])
        isHeldMatched?[Int(candidates.right[pair])] = true
    }

    func unmatched() -> RecordBatch? {
        guard let isHeldMatched else { return nil }
        if restCount == 0 { rest = held.arrival.filter { !isHeldMatched[Int($0)] } }
        let rows = rest[min(restCount, rest.count)...].prefix(context.batchRows)
        guard !rows.isEmpty else { return nil }
        restCount += rows.count
        let nulls = types.left.map { Vector.nulls($0, count: rows.count) }
        let columns = rows.withUnsafeBufferPointer { rows in held.columns.map { $0.gather(rows) } }
        return RecordBatch(columns: nulls + columns, rowCount: rows.count)
    }

    /// Gives the first pairs, a batch of them at most.
    private func flush(_ left: LeftRows) throws(QueryError) -> RecordBatch {
        let count = min(leftRows.count, context.batchRows)
        let partners = Partners(Buffer(rightRows[..<count]))
        let columns =
            isEveryRowOnce(count, of: left)
            ? left.batch.columns
            : leftRows[..<count].withUnsafeBufferPointer { rows in left.batch.columns.map { $0.gather(rows) } }
        leftRows.removeFirst(count)
        rightRows.removeFirst(count)
        return RecordBatch(columns: columns + held.columns.map(partners.gather), rowCount: count)
    }

    /// Whether the first pairs are of all left rows, one of each.
    private func isEveryRowOnce(_ count: Int, of left: LeftRows) -> Bool {
        count == left.rowCount && (0..<count).allSatisfy { leftRows[$0] == $0 }
    }
}

extension Selection {
    /// Calls `body` with the selected rows whose places are in a range.
    fileprivate func forEach(_ places: Range<Int>, _ body: (Int) -> Void) {
        switch self {
        case .range(let range): for place in places { body(range.lowerBound + place) }
        case .rows(let rows): for place in places { body(Int(rows[place])) }
        }
    }

    /// The first place from `start` on whose row is not before another.
    fileprivate func end(of start: Int, before row: Int) -> Int {
        switch self {
        case .range(let range): return max(start, min(row - range.lowerBound, count))
        case .rows(let rows):
            var place = start
            while place < rows.count, rows[place] < row { place += 1 }
            return place
        }
    }
}
