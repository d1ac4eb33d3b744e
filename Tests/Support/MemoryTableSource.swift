public import Columnar

/// A table's rows in order of arrival, one value a column.
public struct MemoryTable: Sendable {
    public let schema: TableSchema
    public let rows: [[Scalar]]

    public init(_ schema: TableSchema, rows: [[Scalar]]) {
        self.schema = schema
        self.rows = rows
    }
}

/// How a ``MemoryTableSource`` lays values in memory.
public enum MemoryForms: Sendable, CaseIterable {
    /// Integers, doubles, dictionaries, text: nothing else.
    case plain
    /// As `plain`, but columns whose doubles are all decimals of the scale are scaled integers.
    case decimals
    /// Chosen by chance for each slice and column: constants, sequences, decimals, dictionaries of their own.
    case mixed
}

/// The simplest source of tables: filters and sorts rows, then cuts them into slices of any size that is asked for.
public struct MemoryTableSource: TableSource, CatalogReader {
    public var memoryTables: [MemoryTable]
    /// Rows of a slice.
    public var sliceRows: Int
    /// Whether slices tell what is known about their values.
    public var givesStatistics: Bool
    public var forms: MemoryForms
    /// Scale of decimals.
    public var scale: Int

    public init(
        _ tables: [MemoryTable],
        sliceRows: Int = 1024,
        givesStatistics: Bool = true,
        forms: MemoryForms = .plain,
        scale: Int = 4
    ) {
        self.memoryTables = tables
        self.sliceRows = sliceRows
        self.givesStatistics = givesStatistics
        self.forms = forms
        self.scale = scale
    }

    public var tables: [TableSchema] { memoryTables.map(\.schema).sorted { $0.name < $1.name } }

    public func schema(named name: String) -> TableSchema? {
        tables.first { $0.name.lowercased() == name.lowercased() }
    }

    public func snapshot() -> any TableSnapshot { MemorySnapshot(source: self) }
}

private struct MemorySnapshot: TableSnapshot {
    let source: MemoryTableSource
    var catalog: any CatalogReader { source }
    var committed: LSN { 1 }

    func scan(_ request: ScanRequest) throws(TableError) -> any TableScan {
        guard let table = source.memoryTables.first(where: { $0.schema.name == request.table }) else {
            throw TableError(.unknownTable, "no table '\(request.table)'")
        }
        let schema = table.schema
        var series: [String: [[Scalar]]] = [:]
        for row in table.rows {
            guard case .timestamp(let time) = row[schema.timeColumn], request.time.contains(time) else { continue }
            var name = ""
            if let column = schema.seriesColumn, case .text(let text) = row[column] { name = text }
            if case .named(let names) = request.series, !names.contains(name) { continue }
            series[name, default: []].append(row)
        }
        let names = series.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let sorted = names.map { name in
            (series[name] ?? []).enumerated()
                .sorted { (Self.time($0.element, schema), $0.offset) < (Self.time($1.element, schema), $1.offset) }
                .map(\.element)
        }
        // A column is decimal in all its slices or in none, so that sums do not depend on how rows are cut.
        let decimals = schema.columns.indices.filter { column in
            schema.columns[column].type == .float64
                && MemoryVectors.areDecimals(table.rows.map { $0[column] }, scale: source.scale)
        }
        return MemoryScan(
            source: source,
            schema: schema,
            request: request,
            series: names,
            rows: sorted,
            decimalColumns: Set(decimals)
        )
    }

    static func time(_ row: [Scalar], _ schema: TableSchema) -> Int64 {
        if case .timestamp(let time) = row[schema.timeColumn] { time } else { 0 }
    }
}

private struct MemoryScan: TableScan {
    let source: MemoryTableSource
    let schema: TableSchema
    let request: ScanRequest
    let series: [String]
    let rows: [[[Scalar]]]
    let decimalColumns: Set<Int>

    func open(series index: Int) throws(TableError) -> any SliceCursor {
        let rows = rows[index]
        let starts = Array(stride(from: 0, to: rows.count, by: source.sliceRows))
        let slices = starts.map { start in
            MemorySlice(
                source: source,
                schema: schema,
                allowed: Set(request.columns),
                decimalColumns: decimalColumns,
                rows: Array(rows[start..<min(start + source.sliceRows, rows.count)]),
                seed: UInt64(index * 1_000_003 + start)
            )
        }
        return MemoryCursor(slices: request.isForward ? slices.reversed() : slices)
    }
}

private struct MemoryCursor: SliceCursor {
    /// The next is the last.
    var slices: [MemorySlice]

    mutating func next() throws(TableError) -> (any SeriesSlice)? { slices.popLast() }
}

private struct MemorySlice: SeriesSlice {
    let source: MemoryTableSource
    let schema: TableSchema
    let allowed: Set<Int>
    let decimalColumns: Set<Int>
    let rows: [[Scalar]]
    let seed: UInt64

    var count: Int { rows.count }
    var firstTime: Int64 { MemorySnapshot.time(rows[0], schema) }
    var lastTime: Int64 { MemorySnapshot.time(rows[rows.count - 1], schema) }

    func vector(column: Int) throws(TableError) -> Vector {
        guard allowed.contains(column) else {
            throw TableError(.invalid, "column '\(schema.columns[column].name)' was not in the request")
        }
        var generator = SeededGenerator(seed: seed &* 31 &+ UInt64(column))
        var forms: MemoryForms = source.forms == .mixed && generator.oneIn(3) ? .plain : source.forms
        if forms == .decimals, !decimalColumns.contains(column) { forms = .plain }
        return MemoryVectors.vector(
            rows.map { $0[column] },
            schema.columns[column].type,
            forms: forms,
            scale: source.forms == .mixed && generator.oneIn(3) ? source.scale + 1 : source.scale
        )
    }

    func statistics(column: Int) -> ColumnStatistics? {
        guard source.givesStatistics else { return nil }
        let values = rows.map { $0[column] }
        let present = values.filter { value in
            if case .float64(let double) = value { !double.isNaN } else { !value.isNull }
        }
        return ColumnStatistics(
            nullCount: values.count { $0.isNull },
            min: present.min(by: MemoryVectors.isLess),
            max: present.max(by: MemoryVectors.isLess)
        )
    }
}
