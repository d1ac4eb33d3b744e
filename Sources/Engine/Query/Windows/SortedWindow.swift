import Columnar
import QueryLang

/// Window calls over rows in any order: holds all rows, sorts them by partition and order, computes, and gives them back as
/// they came.
final class SortedWindow: PhysicalOperator {
    private let input: any PhysicalOperator
    private let calls: [WindowCall]
    private let types: [ColumnType]
    private let timeColumn: Int?
    private let context: ExecutionContext
    private var answer: Values?

    /// - Parameters:
    ///   - types: those of the input's columns.
    ///   - time: the column of the designated timestamp, for folds that look at it.
    init(
        _ input: any PhysicalOperator,
        _ calls: [WindowCall],
        types: [ColumnType],
        time: Int?,
        _ context: ExecutionContext
    ) {
        self.input = input
        self.calls = calls
        self.types = types
        self.timeColumn = time
        self.context = context
    }

    func next() throws(QueryError) -> RecordBatch? {
        if let answer { return try answer.next() }
        let answer = Values(try compute(), rowsMax: context.batchRows)
        self.answer = answer
        return try answer.next()
    }

    private func compute() throws(QueryError) -> RecordBatch {
        let buffer = RowBuffer(types, context)
        while let batch = try input.next() {
            try context.checkpoint()
            try buffer.append(batch)
        }
        let count = buffer.count
        let columns = buffer.take()
        // Values, and while an order is computed: keys, row numbers both ways, arguments in order.
        try context.hold(bytes: count * 8 * (2 * calls.count + 4))
        let rows = RowBatch(MaterializedColumns(columns, times: nil, rowCount: count))
        var values = [Vector?](repeating: nil, count: calls.count)
        var pending = Array(calls.indices)
        while let first = pending.first {
            let alike = pending.filter {
                calls[$0].partition == calls[first].partition && calls[$0].order == calls[first].order
            }
            pending.removeAll { alike.contains($0) }
            let sorted = try PartitionedRows(rows, calls[first], context)
            let computed = try compute(alike.map { calls[$0] }, sorted, rows)
            for (index, vector) in zip(alike, computed) { values[index] = vector }
        }
        return RecordBatch(columns: columns + values.compactMap(\.self), rowCount: count)
    }

    /// The values of calls that have one order, for the rows as they came.
    private func compute(
        _ calls: [WindowCall],
        _ sorted: PartitionedRows,
        _ rows: RowBatch
    ) throws(QueryError) -> [Vector] {
        let machine = WindowMachine(calls, context)
        let arguments = try WindowExpressions(calls).vectors(rows).map { $0.map(sorted.inOrder) }
        let axis = machine.needsAxis ? sorted.axis() : nil
        var times: Vector?
        if machine.needsTimes, let timeColumn { times = sorted.inOrder(try rows.column(timeColumn)) }
        let builders = calls.map { VectorBuilder($0.type) }
        func take() throws(QueryError) {
            let count = machine.decidedCount
            if count == 0 { return }
            for (builder, vector) in zip(builders, try machine.take(count)) { builder.append(vector, 0..<count) }
        }
        for partition in sorted.partitions {
            try machine.beginPartition()
            var row = partition.lowerBound
            while row < partition.upperBound {
                try context.checkpoint()
                let part = row..<min(row + context.batchRows, partition.upperBound)
                let input = WindowInput(
                    arguments: arguments.map { $0.map { $0.slice(part) } },
                    axis: axis?.slice(part),
                    times: times?.slice(part),
                    rowCount: part.count
                )
                try machine.append(input)
                try take()
                row = part.upperBound
            }
            machine.endPartition()
            try take()
        }
        return builders.map { sorted.asTheyCame($0.take()) }
    }
}

/// Rows by the partitions of a window, and within a partition in the window's order.
struct PartitionedRows {
    /// The rows of the partitions, one after the other, as numbers in ``order``.
    let partitions: [Range<Int>]
    /// The row at each place; nil if rows came in this order.
    private let order: [UInt32]?
    private let orderKeys: SortKeys
    /// What ``axis()`` is made of, if distances can be measured on it.
    private let places: Vector?
    private let count: Int

    init(_ rows: RowBatch, _ call: WindowCall, _ context: ExecutionContext) throws(QueryError) {
        count = rows.rowCount
        let partitionTerms = try Projection(call.partition).vectors(rows).map { ($0, false) }
        let orderVectors = try Projection(call.order.map(\.expression)).vectors(rows)
        let orderTerms = zip(orderVectors, call.order).map { ($0, $1.isDescending) }
        orderKeys = SortKeys(orderTerms, rowCount: count)
        places = orderTerms.count == 1 ? Self.places(orderTerms[0].0, isDescending: orderTerms[0].1) : nil
        if partitionTerms.isEmpty, orderTerms.isEmpty {
            order = nil
            partitions = count > 0 ? [0..<count] : []
            return
        }
        let terms = SortKeys(partitionTerms + orderTerms, rowCount: count)
        var sorted = try terms.sortedRows { () throws(QueryError) in try context.checkpoint() }
        if call.order.last?.reversesTies ?? false { Self.reverseTies(&sorted, terms) }
        order = sorted
        let keys = SortKeys(partitionTerms, rowCount: count)
        var partitions: [Range<Int>] = []
        var start = 0
        for place in 1..<max(count, 1) where !keys.areEqual(Int(sorted[place - 1]), Int(sorted[place])) {
            partitions.append(start..<place)
            start = place
        }
        if start < count { partitions.append(start..<count) }
        self.partitions = partitions
    }

    private static func reverseTies(_ rows: inout [UInt32], _ terms: SortKeys) {
        var start = 0
        for place in 1...max(rows.count, 1)
        where place >= rows.count || !terms.areEqual(Int(rows[start]), Int(rows[place])) {
            rows[start..<min(place, rows.count)].reverse()
            start = place
        }
    }

    /// Values of rows as they came, put in order.
    func inOrder(_ vector: Vector) -> Vector {
        guard let order, vector.constant == nil else { return vector }
        return order.withUnsafeBufferPointer { vector.gather($0) }
    }

    /// Values in order, put as the rows came.
    func asTheyCame(_ vector: Vector) -> Vector {
        guard let order, vector.constant == nil else { return vector }
        let places = Buffer<UInt32>.filled(count: count) { places in
            for (place, row) in order.enumerated() { places[Int(row)] = UInt32(truncatingIfNeeded: place) }
        }
        return places.withUnsafeBufferPointer { vector.gather($0) }
    }

    /// Timestamps and integers as they ascend in the window's order, with their distances; nil of other types.
    private static func places(_ vector: Vector, isDescending: Bool) -> Vector? {
        guard vector.type == .timestamp || vector.type == .int64 else { return nil }
        if !isDescending || vector.isNull { return vector }
        let values = vector.int64Values
        // Unlike the negative, the complement is there for every value.
        let complements = Buffer<Int64>.filled(count: vector.count) { target in
            for row in 0..<vector.count { target[row] = ~values.base[row] }
        }
        withExtendedLifetime(values) {}
        return Vector(type: .int64, form: .int64(complements), validity: vector.validity)
    }

    /// Timestamps or integers of the rows in order, ascending; where the order is another one, numbers that are equal for
    /// peers.
    func axis() -> Vector {
        if let places { return inOrder(places) }
        let numbers = Buffer<Int64>.filled(count: count) { target in
            var number: Int64 = 0
            for place in 0..<count {
                if place > 0, !orderKeys.areEqual(row(place - 1), row(place)) { number += 1 }
                target[place] = number
            }
        }
        return Vector(type: .int64, form: .int64(numbers))
    }

    private func row(_ place: Int) -> Int { order.map { Int($0[place]) } ?? place }
}
