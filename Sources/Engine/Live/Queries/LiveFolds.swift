import Columnar
import QueryLang

/// The states of all aggregates of a live plan, by group. A group that is let go leaves its place to the next one.
final class LiveFolds {
    private let aggregates: [AggregateColumn]
    private let context: ExecutionContext
    private let groupBytes: Int
    private var free: [Int] = []
    private var placeCount = 0
    /// Bytes that the state of each group holds beside itself, as far as they are accounted for.
    private var held: [Int] = []

    init(_ calls: [AggregateCall], _ context: ExecutionContext) {
        self.aggregates = calls.map(AggregateColumn.init)
        self.context = context
        self.groupBytes = aggregates.reduce(Self.groupOverheadBytes) { $0 + $1.states.stateBytes }
    }

    /// Key, bucket and place of a group, about.
    private static let groupOverheadBytes = 192

    /// Groups at hand.
    var count: Int { placeCount - free.count }

    /// A group without rows.
    func allocate() throws(QueryError) -> Int {
        try context.hold(bytes: groupBytes)
        if let group = free.popLast() { return group }
        for aggregate in aggregates { aggregate.states.addGroups(1) }
        held.append(0)
        placeCount += 1
        return placeCount - 1
    }

    /// Lets a group go.
    func release(_ group: Int) throws(QueryError) {
        for aggregate in aggregates { aggregate.states.reset(group) }
        try context.hold(bytes: -groupBytes - held[group])
        held[group] = 0
        free.append(group)
    }

    /// Takes rows, run by run.
    func update(_ batch: RowBatch, _ runs: [FoldRun]) throws(QueryError) {
        if runs.isEmpty { return }
        for aggregate in aggregates {
            if aggregate.needsNothing {
                aggregate.states.update(FoldArguments([], rowCount: batch.rowCount), runs)
                continue
            }
            let times = aggregate.needsTimes ? try batch.times() : nil
            let arguments = FoldArguments(
                try aggregate.argumentVectors(batch),
                times: times,
                rowCount: batch.rowCount
            )
            aggregate.states.update(arguments, runs)
        }
        guard aggregates.contains(where: \.holdsValues) else { return }
        for run in runs {
            let bytes = aggregates.reduce(0) { $0 + ($1.holdsValues ? $1.states.heldBytes([run.group]) : 0) }
            try context.hold(bytes: bytes - held[run.group])
            held[run.group] = bytes
        }
    }

    /// Appends the values of groups to a builder per output of all aggregates.
    func append(_ groups: [Int], to builders: ArraySlice<VectorBuilder>) throws(QueryError) {
        var first = builders.startIndex
        for aggregate in aggregates {
            let end = first + aggregate.states.outputTypes.count
            try aggregate.states.append(groups, to: builders[first..<end])
            first = end
        }
    }
}
