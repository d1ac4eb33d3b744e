import Columnar
import QueryLang

/// The states of all aggregates of a live plan, by group. A group that is let go leaves its place to the next one.
///
/// Where a group has rows of several series, and the bits of its values depend on their order, every series has a *part* of it: a
/// state that takes its rows as they come. Parts are joined by series, so that it does not matter which series was told
/// first: the ordered path over history does the same.
final class LiveFolds {
    private struct Part {
        let series: String
        let place: Int
    }

    private let aggregates: [AggregateColumn]
    private let calls: [AggregateCall]
    private let context: ExecutionContext
    private let groupBytes: Int
    /// Whether groups have parts.
    let hasParts: Bool
    private var parts: [Int: [Part]] = [:]
    private var free: [Int] = []
    /// Places that are let go of once what is under way is taken.
    private var leaving: [Int] = []
    private var placeCount = 0
    /// Bytes that the state of each group holds beside itself, as far as they are accounted for.
    private var held: [Int] = []

    init(_ calls: [AggregateCall], hasParts: Bool, _ context: ExecutionContext) {
        self.calls = calls
        self.aggregates = calls.map(AggregateColumn.init)
        self.hasParts = hasParts
        self.context = context
        self.groupBytes = aggregates.reduce(Self.groupOverheadBytes) { $0 + $1.states.stateBytes }
    }

    /// Key, bucket and place of a group, about.
    private static let groupOverheadBytes = 192

    /// Groups at hand, with their parts.
    var count: Int { placeCount - free.count - leaving.count }

    /// A group without rows.
    func allocate() throws(QueryError) -> Int {
        try context.hold(bytes: groupBytes)
        if let group = free.popLast() { return group }
        for aggregate in aggregates { aggregate.states.addGroups(1) }
        held.append(0)
        placeCount += 1
        return placeCount - 1
    }

    /// Where rows of a series of a group go; nil if its part is not there yet.
    func place(of group: Int, _ series: String) -> Int? {
        if !hasParts { return group }
        return parts[group]?.first { $0.series == series }?.place
    }

    /// Adds the part of a series to a group.
    func addPart(of group: Int, _ series: String) throws(QueryError) -> Int {
        let place = try allocate()
        let index = parts[group]?.firstIndex { OrderedText(series) < OrderedText($0.series) }
        parts[group, default: []].insert(Part(series: series, place: place), at: index ?? parts[group]?.count ?? 0)
        return place
    }

    /// Lets the part of a series go. Returns whether the group has others.
    func releasePart(of group: Int, _ series: String) throws(QueryError) -> Bool {
        if let index = parts[group]?.firstIndex(where: { $0.series == series }),
            let part = parts[group]?.remove(at: index)
        {
            try free(part.place)
        }
        return !(parts[group]?.isEmpty ?? true)
    }

    /// Lets a group go.
    func release(_ group: Int) throws(QueryError) {
        for part in parts.removeValue(forKey: group) ?? [] { try free(part.place) }
        try free(group)
    }

    /// Lets a group go once the rows that are under way are taken: some of them may be for it.
    func releaseLater(_ group: Int) {
        for part in parts.removeValue(forKey: group) ?? [] { leaving.append(part.place) }
        leaving.append(group)
    }

    private func free(_ place: Int) throws(QueryError) {
        for aggregate in aggregates { aggregate.states.reset(place) }
        try context.hold(bytes: -groupBytes - held[place])
        held[place] = 0
        free.append(place)
    }

    /// Takes rows, run by run.
    func update(_ batch: RowBatch, _ runs: [FoldRun]) throws(QueryError) {
        if !runs.isEmpty { try take(batch, runs) }
        if leaving.isEmpty { return }
        let places = leaving
        leaving = []
        for place in places { try free(place) }
    }

    private func take(_ batch: RowBatch, _ runs: [FoldRun]) throws(QueryError) {
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

    /// Whether the order in which these rows come matters to the bits of a value: exact sums do not mind.
    func followsOrder(of batch: RowBatch) throws(QueryError) -> Bool {
        for (call, aggregate) in zip(calls, aggregates) where call.followsOrder {
            guard call.isExactOverDecimals else { return true }
            for vector in try aggregate.argumentVectors(batch) where !vector.isExact { return true }
        }
        return false
    }

    /// Appends the values of a group: those of all outputs of all aggregates.
    func appendValues(of group: Int, to values: inout [Scalar]) throws(QueryError) {
        for aggregate in aggregates {
            if hasParts { aggregate.states.join(parts[group]?.map(\.place) ?? [], into: group) }
            try aggregate.states.append(group, to: &values)
            if hasParts { aggregate.states.reset(group) }
        }
    }

    /// Appends the values of groups to a builder per output of all aggregates.
    func append(_ groups: [Int], to builders: ArraySlice<VectorBuilder>) throws(QueryError) {
        var first = builders.startIndex
        for aggregate in aggregates {
            if hasParts {
                for group in groups { aggregate.states.join(parts[group]?.map(\.place) ?? [], into: group) }
            }
            let end = first + aggregate.states.outputTypes.count
            try aggregate.states.append(groups, to: builders[first..<end])
            if hasParts { for group in groups { aggregate.states.reset(group) } }
            first = end
        }
    }
}
