import Columnar
import QueryLang

/// Window calls over the rows of each series, as they come by time: nothing is sorted, series are independent of each other,
/// and a window that looks back keeps its frame only.
final class SeriesWindow: Relation {
    private let input: any Relation
    private let calls: [WindowCall]

    init(_ input: any Relation, _ calls: [WindowCall]) {
        self.input = input
        self.calls = calls
    }

    var series: [String] { input.series }

    /// Whether the partitions of a call are the series, and its order is the one in which their rows come.
    static func canCompute(_ call: WindowCall, _ shape: PlanShape) -> Bool {
        guard shape.isTimeOrdered, let time = shape.time, let series = shape.series, !call.partition.isEmpty else {
            return false
        }
        func isColumn(_ expression: BoundExpression, _ column: Int) -> Bool {
            if case .column(column, _) = expression { true } else { false }
        }
        return call.partition.allSatisfy { isColumn($0, series) }
            && call.order.allSatisfy { isColumn($0.expression, time) && !$0.isDescending }
    }

    func open(_ index: Int, _ worker: Worker, rowsMax: Int?) throws(QueryError) -> any RowSource {
        let expressions = worker.state(of: self) { WindowExpressions(calls) }
        return try WindowRows(try input.open(index, worker, rowsMax: rowsMax), calls, expressions, worker.context)
    }
}

/// Rows of one series with the values of windows.
final class WindowRows: RowSource {
    private let input: any RowSource
    private let expressions: WindowExpressions
    private let machine: WindowMachine
    private let context: ExecutionContext
    private let windowTypes: [ColumnType]
    /// Batches of which rows wait for their values, and how many rows of the first do not any more.
    private var waiting: [RowBatch] = []
    private var doneCount = 0
    private var isEnded = false

    init(
        _ input: any RowSource,
        _ calls: [WindowCall],
        _ expressions: WindowExpressions,
        _ context: ExecutionContext
    ) throws(QueryError) {
        self.input = input
        self.expressions = expressions
        self.context = context
        self.windowTypes = calls.map(\.type)
        self.machine = WindowMachine(calls, context)
        try machine.beginPartition()
        try context.windows?.add(self)
    }

    deinit {
        // Giving memory back never fails.
        try? context.hold(bytes: -waiting.reduce(0) { $0 + bytes($1) })
    }

    func next() throws(QueryError) -> RowBatch? {
        while true {
            if let head = waiting.first, machine.decidedCount > 0 { return try take(from: head) }
            if isEnded { return nil }
            guard try read() else { return nil }
        }
    }

    func peekTime() throws(QueryError) -> Int64? {
        guard let head = waiting.first else { return isEnded ? nil : try input.peekTime() }
        return try head.times().scalar(at: doneCount).int64
    }

    /// Reads rows, or notes that they have ended; false if there are none for now.
    private func read() throws(QueryError) -> Bool {
        guard let batch = try input.next() else {
            if context.options.isFollowing { return false }
            isEnded = true
            machine.endPartition()
            return true
        }
        try context.checkpoint()
        let times = machine.needsAxis || machine.needsTimes ? try batch.times() : nil
        let windowInput = WindowInput(
            arguments: try expressions.vectors(batch),
            axis: times,
            nextAxis: machine.needsAxis ? try input.peekTime() : nil,
            times: times,
            rowCount: batch.rowCount
        )
        try machine.append(windowInput)
        waiting.append(batch)
        try context.hold(bytes: bytes(batch))
        return true
    }

    /// Bytes that a batch may have decoded: columns that nobody asked for were not read.
    private func bytes(_ batch: RowBatch) -> Int { batch.rowCount * 8 * (windowTypes.count + 1) }

    /// The next rows of the first batch, as many as have their values.
    private func take(from head: RowBatch) throws(QueryError) -> RowBatch {
        let count = min(head.rowCount - doneCount, machine.decidedCount)
        let values = try machine.take(count)
        let rows = count == head.rowCount ? head : head.part(doneCount..<doneCount + count)
        doneCount += count
        if doneCount == head.rowCount {
            waiting.removeFirst()
            doneCount = 0
            try context.hold(bytes: -bytes(head))
        }
        return RowBatch(WindowColumns(rows, values, types: windowTypes))
    }
}

/// The columns of rows, and the values of windows after them.
final class WindowColumns: ColumnSource {
    private let rows: RowBatch
    private let values: [Vector]
    private let types: [ColumnType]

    init(_ rows: RowBatch, _ values: [Vector], types: [ColumnType]) {
        self.rows = rows
        self.values = values
        self.types = types
    }

    private var inputCount: Int { rows.source.columnCount }

    var rowCount: Int { rows.rowCount }
    var columnCount: Int { inputCount + values.count }
    var timeBounds: ClosedRange<Int64>? { rows.source.timeBounds }
    func times() throws(QueryError) -> Vector { try rows.times() }

    func vector(_ column: Int) throws(QueryError) -> Vector {
        column < inputCount ? try rows.column(column) : values[column - inputCount]
    }

    func statistics(_ column: Int) -> ColumnStatistics? {
        rows.isWhole && column < inputCount ? rows.source.statistics(column) : nil
    }

    func isNeeded(_ column: Int) -> Bool { column < inputCount ? rows.source.isNeeded(column) : true }

    func type(of column: Int) -> ColumnType {
        column < inputCount ? rows.source.type(of: column) : types[column - inputCount]
    }
}

extension RowBatch {
    /// Some of the rows, counted in the batch.
    func part(_ range: Range<Int>) -> RowBatch {
        switch selection {
        case .range(let all):
            narrowed(to: .range(all.lowerBound + range.lowerBound..<all.lowerBound + range.upperBound))
        case .rows(let rows): narrowed(to: .rows(rows.slice(range)))
        }
    }
}

extension WindowRows {
    /// Writes the state; nil while rows wait for their values, which come with the next ones.
    func encodeState() -> [UInt8]? {
        var writer = FoldStateWriter()
        guard waiting.isEmpty, !isEnded, machine.encode(into: &writer) else { return nil }
        return writer.bytes
    }

    /// Goes on from a state that was written, before the first row.
    func decodeState(_ bytes: [UInt8]) throws(QueryError) {
        var reader = FoldStateReader(bytes)
        do throws(FoldStateError) {
            try machine.decode(from: &reader)
            guard reader.isAtEnd else { throw .malformed }
        } catch {
            throw QueryError(.storage, "the state of a window cannot be read: \(error)")
        }
        try machine.accountForDecoded()
    }
}
