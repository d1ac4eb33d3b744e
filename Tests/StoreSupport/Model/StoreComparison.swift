public import Columnar

/// Compares what a snapshot shows to what a model says it should.
public struct StoreComparison {
    private let snapshot: any TableSnapshot
    private let model: StoreModel

    /// Creates a comparison.
    public init(_ snapshot: any TableSnapshot, to model: StoreModel) {
        self.snapshot = snapshot
        self.model = model
    }

    /// Every table with every row; a ``ModelViolation`` tells the first difference.
    public func run() throws {
        try compareCatalogs()
        for table in model.tables.values.sorted(by: { $0.schema.name < $1.schema.name }) {
            try compare(ScanRequest(table: table.schema.name, columns: Array(table.schema.columns.indices)))
        }
    }

    /// Names and schemas.
    public func compareCatalogs() throws {
        let found = snapshot.catalog.tables
        let expected = model.tables.values.map(\.schema).sorted { $0.name < $1.name }
        guard found != expected else { return }
        let names = "\(found.map(\.name)), expected \(expected.map(\.name))"
        let changed = zip(found, expected).filter { $0 != $1 && $0.name == $1.name }.map { pair in
            "\(Self.text(pair.0)) is not \(Self.text(pair.1))"
        }
        throw ModelViolation("the catalog has \(names) \(changed.joined(separator: "; "))")
    }

    /// The answer to one request.
    public func compare(_ request: ScanRequest) throws {
        let found = try SnapshotReader(snapshot).rows(request)
        try compare(found, request)
    }

    /// Rows that were read, by series, against the model.
    public func compare(_ found: SnapshotReader.Rows, _ request: ScanRequest) throws {
        guard let table = model.tables[request.table] else { throw ModelViolation("no table \(request.table)") }
        let expected = table.answer(request.time, request.series)
        for name in Set(found.keys).union(expected.keys).sorted() {
            try compare(found[name] ?? [], expected[name] ?? [], table, name, request)
        }
    }

    /// Rows of one series. Those that are past their time to live may be missing.
    public func compare(
        _ found: [[Scalar]],
        _ expected: ArraySlice<TableModel.Row>,
        _ table: TableModel,
        _ series: String,
        _ request: ScanRequest
    ) throws {
        var next = 0
        for row in expected {
            if next < found.count, Self.isSame(found[next], row.values, request.columns) {
                next += 1
            } else if !table.isExpired(row) {
                let actual = next < found.count ? Self.text(found[next]) : "nothing"
                throw ModelViolation(
                    """
                    \(request.table)/\(series): row \(next) of \(found.count) is \(actual), expected \
                    \(Self.text(row.values)), one of \(expected.count); request \(Self.text(request))
                    """
                )
            }
        }
        guard next == found.count else {
            throw ModelViolation(
                """
                \(request.table)/\(series): row \(next) of \(found.count) is \(Self.text(found[next])), \
                expected none after \(expected.count); request \(Self.text(request))
                """
            )
        }
    }

    private static func isSame(_ found: [Scalar], _ expected: [Scalar], _ columns: [Int]) -> Bool {
        guard found.count == columns.count else { return false }
        for (index, column) in columns.enumerated() where !found[index].isSame(as: expected[column]) { return false }
        return true
    }

    private static func text(_ row: [Scalar]) -> String { row.map { "\($0)" }.joined(separator: "|") }

    private static func text(_ schema: TableSchema) -> String {
        let columns = schema.columns.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
        return "\(schema.name) \(schema.kind) by \(schema.partition) dedup \(schema.dedupColumns ?? []) (\(columns))"
    }

    private static func text(_ request: ScanRequest) -> String {
        "\(request.series) \(request.time.start)..<\(request.time.end) \(request.isForward ? "forward" : "backward")"
    }
}
