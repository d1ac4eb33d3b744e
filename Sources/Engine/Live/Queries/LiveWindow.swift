import Columnar
import QueryLang

/// Window calls over the rows of each series as they arrive: the same machine as in queries over history, never at its end.
///
/// A row is told once its frames are known: at once where they look back by rows; with the next later row where a frame takes
/// in all rows of the same time.
final class LiveWindow {
    /// One series' machine, and the rows that wait for their values.
    private struct Partition {
        let machine: WindowMachine
        var waiting: [RowBatch] = []
    }

    private let calls: [WindowCall]
    private let expressions: WindowExpressions
    private let types: [ColumnType]
    private let context: ExecutionContext
    private var partitions: [String: Partition] = [:]

    init(_ calls: [WindowCall], _ context: ExecutionContext) {
        self.calls = calls
        self.expressions = WindowExpressions(calls)
        self.types = calls.map(\.type)
        self.context = context
    }

    /// Refuses a call whose values are known only when all rows are.
    static func check(_ call: WindowCall, _ shape: PlanShape, isOneSeries: Bool) throws(LiveRefusal) {
        let name = call.function.shownName
        var partitioned = call
        if call.partition.isEmpty, isOneSeries, let series = shape.series {
            partitioned.partition = [.column(series, shape.types[series])]
        }
        let isWhole = call.partition.isEmpty && isOneSeries && shape.series == nil
        guard isWhole || SeriesWindow.canCompute(partitioned, shape) else {
            throw LiveRefusal(
                "\(name) over anything but one series by time",
                "write OVER (PARTITION BY symbol ORDER BY time …), or ask for one symbol",
                .window(call)
            )
        }
        if call.waitsForPartition || call.kernelFrame.end == .unboundedFollowing {
            throw LiveRefusal(
                "\(name) over rows to come",
                "end the frame at CURRENT ROW or a row before",
                .window(call)
            )
        }
    }

    /// Takes the next rows of a series, and gives those whose values are known.
    func apply(_ batch: RowBatch, series: String) throws(QueryError) -> [RowBatch] {
        var partition = try partition(series)
        let machine = partition.machine
        let times = machine.needsAxis || machine.needsTimes ? try batch.times() : nil
        try machine.append(
            WindowInput(
                arguments: try expressions.vectors(batch),
                axis: times,
                nextAxis: nil,
                times: times,
                rowCount: batch.rowCount
            )
        )
        partition.waiting.append(batch)
        try context.hold(bytes: bytes(batch.rowCount))
        var known: [RowBatch] = []
        while let head = partition.waiting.first, machine.decidedCount > 0 {
            let count = min(head.rowCount, machine.decidedCount)
            let values = try machine.take(count)
            if count == head.rowCount {
                partition.waiting.removeFirst()
            } else {
                partition.waiting[0] = head.part(count..<head.rowCount)
            }
            try context.hold(bytes: -bytes(count))
            known.append(RowBatch(WindowColumns(head.part(0..<count), values, types: types)))
        }
        partitions[series] = partition
        return known
    }

    private func partition(_ series: String) throws(QueryError) -> Partition {
        if let known = partitions[series] { return known }
        let machine = WindowMachine(calls, context)
        try machine.beginPartition()
        return Partition(machine: machine)
    }

    private func bytes(_ rows: Int) -> Int { rows * 8 * (types.count + 1) }
}
