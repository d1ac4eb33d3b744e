import Columnar
import QueryLang

/// Numbers the combinations of group keys that a live plan meets, and remembers their values.
final class LiveKeys {
    /// The keys of the rows of a batch.
    enum Numbers {
        /// All rows have the same.
        case all(Int)
        /// One a row.
        case each([Int])
    }

    private let plan: AggregatePlan
    private let strategy: GroupingStrategy
    private let nodes: [any ExpressionNode]
    private let groups: KeyGroups
    private let keysMax: Int
    private var series: [String: Int] = [:]
    /// The series that was met last, and its number.
    private var last: (name: String, number: Int)?
    private var known: [[Scalar]] = []

    init(_ plan: AggregatePlan, _ limits: LiveQueryLimits) {
        self.plan = plan
        self.strategy = plan.strategy
        self.nodes = plan.keys.map(ExpressionCompiler.compile)
        self.groups = KeyGroups(plan.keys.map(\.type), buckets: nil)
        self.keysMax = limits.groupsMax
    }

    /// The values of a key.
    func values(_ number: Int) -> [Scalar] { number < known.count ? known[number] : [] }

    /// The keys of rows of a series.
    func numbers(_ batch: RowBatch, series name: String) throws(QueryError) -> Numbers {
        switch strategy {
        case .acrossSeries: return .all(0)
        case .bySeries:
            if let last, last.name == name { return .all(last.number) }
            if series[name] == nil {
                try add(plan.keys.map { _ in .text(name) })
                series[name] = known.count - 1
            }
            let number = series[name] ?? 0
            last = (name, number)
            return .all(number)
        case .byKeys:
            var vectors: [Vector] = []
            for node in nodes { vectors.append(try node.evaluate(batch)) }
            let numbers = groups.groups(of: vectors, buckets: .none, rowCount: batch.rowCount) {}
            for (row, number) in numbers.enumerated() where number == known.count {
                try add(vectors.map { $0.scalar(at: row) })
            }
            return .each(numbers)
        }
    }

    private func add(_ values: [Scalar]) throws(QueryError) {
        guard known.count < keysMax else {
            throw QueryError(
                .limit,
                "the live query has met more than \(keysMax) combinations of keys",
                hint: "group by fewer columns, or leave rows out by WHERE"
            )
        }
        known.append(values)
    }
}
