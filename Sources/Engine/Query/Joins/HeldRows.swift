import Columnar
import QueryLang

/// The right side of a join by keys: its rows that can have a partner, those of one key together, in their order.
final class HeldRows: EvaluationInput {
    /// All columns of the right side.
    let columns: [Vector]
    let rowCount: Int
    /// The times of the rows, which ascend within a key; empty where the join does not look at them.
    let times: Buffer<Int64>
    /// First row of each key, and the end of the last.
    private let starts: [Int]
    private var keys: JoinKeys
    private let heldBytes: HeldBytes
    /// The rows as they arrived; nil if they lie so.
    private let order: Buffer<UInt32>?

    fileprivate init(
        _ columns: [Vector],
        times: Buffer<Int64>,
        starts: [Int],
        rowCount: Int,
        _ keys: JoinKeys,
        _ heldBytes: HeldBytes,
        order: Buffer<UInt32>?
    ) {
        self.columns = columns
        self.times = times
        self.starts = starts
        self.rowCount = rowCount
        self.keys = keys
        self.heldBytes = heldBytes
        self.order = order
    }

    /// The places of the rows in the order in which they arrived.
    var arrival: [UInt32] {
        var places = [UInt32](repeating: 0, count: rowCount)
        for place in 0..<rowCount {
            places[order.map { Int($0[place]) } ?? place] = UInt32(truncatingIfNeeded: place)
        }
        return places
    }

    func column(_ index: Int) throws(QueryError) -> Vector { columns[index] }

    /// How many keys there are.
    var groupCount: Int { starts.count - 1 }

    /// The rows of a key by its number, none for ``JoinKeys/none``.
    @inline(__always)
    func rows(of group: UInt32) -> Range<Int> {
        group == JoinKeys.none ? 0..<0 : starts[Int(group)]..<starts[Int(group) + 1]
    }

    /// The numbers of the left side's keys.
    func groups(of vectors: [Vector], rowCount: Int) -> Buffer<UInt32> { keys.find(vectors, rowCount: rowCount) }

    /// Reads a right side to its end.
    ///
    /// - Parameter needsTimes: whether the join looks at times; rows without one then have no partner.
    static func read(
        _ input: any PhysicalOperator,
        _ plan: KeyedJoinPlan,
        needsTimes: Bool,
        _ context: ExecutionContext
    ) throws(QueryError) -> HeldRows {
        let builder = try HeldRowsBuilder(plan, needsTimes: needsTimes, context)
        while let batch = try input.next() {
            try context.checkpoint()
            try builder.append(batch)
        }
        return try builder.finish()
    }
}

/// Collects the rows of a right side.
private final class HeldRowsBuilder {
    private let keyColumns: [Int]
    private let timeColumn: Int?
    private let heldBytes: HeldBytes
    private var keys: JoinKeys
    private var columns: [HeldColumn]
    /// Whether rows are held too that can have no partner, since they are part of the answer.
    private let keepsAll: Bool
    /// The number of each row's key.
    private var groups = BufferBuilder<UInt32>()

    init(_ plan: KeyedJoinPlan, needsTimes: Bool, _ context: ExecutionContext) throws(QueryError) {
        keyColumns = plan.keys.map(\.right)
        timeColumn = needsTimes ? plan.right.time : nil
        if needsTimes, timeColumn == nil { throw QueryError(.bug, "BUG: the right side of a join by time has no time") }
        keys = JoinKeys(plan.keys, left: plan.left.types, right: plan.right.types)
        columns = plan.right.types.map(HeldColumn.init)
        heldBytes = HeldBytes(context)
        keepsAll = plan.kind == .full
    }

    func append(_ batch: RecordBatch) throws(QueryError) {
        let numbers = keys.add(keyColumns.map { batch.columns[$0] }, rowCount: batch.rowCount)
        let time = timeColumn.map { batch.columns[$0] }
        if time?.isNull ?? false { return }
        var kept: [UInt32] = []
        for row in 0..<batch.rowCount
        where (keepsAll || numbers[row] != JoinKeys.none) && time?.validity?[row] ?? true {
            kept.append(UInt32(truncatingIfNeeded: row))
            groups.append(numbers[row])
        }
        for index in columns.indices {
            let vector = batch.columns[index]
            columns[index].append(
                kept.count == batch.rowCount ? vector : kept.withUnsafeBufferPointer { vector.gather($0) }
            )
        }
        guard groups.count < Int(JoinKeys.none) else {
            throw QueryError(.limit, "the right side of a join has more than \(JoinKeys.none) rows")
        }
        let rowBytes = groups.count * MemoryLayout<UInt32>.stride * 2
        try heldBytes.set(columns.reduce(rowBytes + keys.byteCount) { $0 + $1.byteCount })
    }

    func finish() throws(QueryError) -> HeldRows {
        var groups = groups.take()
        if keepsAll {
            // Those without a key are one group more, which no left row is of.
            let last = UInt32(truncatingIfNeeded: keys.count)
            let all = groups
            groups = .filled(count: all.count) { target in
                for row in 0..<all.count { target[row] = all[row] == JoinKeys.none ? last : all[row] }
            }
        }
        var starts = [Int](repeating: 0, count: keys.count + (keepsAll ? 2 : 1))
        var isGrouped = true
        for row in 0..<groups.count {
            starts[Int(groups[row]) + 1] += 1
            if row > 0, groups[row] < groups[row - 1] { isGrouped = false }
        }
        for index in 1..<starts.count { starts[index] += starts[index - 1] }
        var vectors: [Vector] = []
        for index in columns.indices { vectors.append(columns[index].take()) }
        var order: Buffer<UInt32>?
        if !isGrouped {
            let sorted = Self.order(of: groups, starts)
            order = sorted
            // One by one, so that only one column is there twice.
            for index in vectors.indices {
                vectors[index] = sorted.withUnsafeBufferPointer { vectors[index].gather($0) }
            }
        }
        return HeldRows(
            vectors,
            times: timeColumn.map { vectors[$0].int64Values } ?? Buffer([]),
            starts: starts,
            rowCount: groups.count,
            keys,
            heldBytes,
            order: keepsAll ? order : nil
        )
    }

    /// The rows of each key together, in their order: a counting sort.
    private static func order(of groups: Buffer<UInt32>, _ starts: [Int]) -> Buffer<UInt32> {
        var next = starts
        return .filled(count: groups.count) { target in
            for row in 0..<groups.count {
                let group = Int(groups[row])
                target[next[group]] = UInt32(truncatingIfNeeded: row)
                next[group] += 1
            }
        }
    }
}

/// A column that is being collected. One that nobody asks for comes as nulls and takes no room.
private struct HeldColumn {
    private let builder: VectorBuilder
    /// Rows, all without a value, before anything was given to the builder.
    private var nullCount = 0

    init(_ type: ColumnType) { builder = VectorBuilder(type) }

    var byteCount: Int { builder.byteCount }

    mutating func append(_ vector: Vector) {
        if vector.isNull, builder.count == 0 {
            nullCount += vector.count
            return
        }
        if nullCount > 0 { builder.append(.null, count: nullCount) }
        nullCount = 0
        builder.append(vector, 0..<vector.count)
    }

    mutating func take() -> Vector {
        nullCount > 0 ? .nulls(builder.type, count: nullCount) : builder.take()
    }
}
