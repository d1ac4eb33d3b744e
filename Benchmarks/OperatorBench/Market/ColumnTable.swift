import Columnar

/// A table in memory: each column one array, a series after the other, each of as many rows.
struct ColumnTable: Sendable {
    /// The values of a column.
    enum Values: Sendable {
        /// Integers or timestamps.
        case int64(Buffer<Int64>)
        /// Doubles.
        case float64(Buffer<Double>)
        /// Exact decimals.
        case decimals(Buffer<Int64>, scale: Int)
        /// Codes of a dictionary.
        case codes(Buffer<UInt32>, StringDictionary)
        /// The name of the series.
        case series
    }

    let schema: TableSchema
    /// Names of the series; one empty name for a table without.
    let series: [String]
    /// Rows of each series.
    let rows: Int
    let times: Buffer<Int64>
    let values: [Values]

    /// Creates a table of named columns; `time` is its designated timestamp.
    init(
        _ name: String,
        series: [String],
        rows: Int,
        times: Buffer<Int64>,
        _ columns: [(name: String, type: ColumnType, values: Values)]
    ) throws(BenchFailure) {
        let isKeyed = columns.contains { if case .series = $0.values { true } else { false } }
        guard
            let schema = TableSchema(
                name: name,
                kind: .event,
                columns: [Column("time", .timestamp)] + columns.map { Column($0.name, $0.type) },
                series: isKeyed ? "symbol" : nil
            )
        else { throw BenchFailure("the table \(name) has no valid schema") }
        self.schema = schema
        self.series = series
        self.rows = rows
        self.times = times
        self.values = [.int64(times)] + columns.map(\.values)
    }

    /// The rows of a series within a range of time, as places in the arrays.
    func places(of index: Int, in range: TimeRange) -> Range<Int> {
        let all = index * rows..<(index + 1) * rows
        let start = firstPlace(in: all) { $0 >= range.start }
        return start..<(range.end == .max ? all.upperBound : max(start, firstPlace(in: all) { $0 >= range.end }))
    }

    /// The first place whose time has a property that all later ones have too.
    private func firstPlace(in places: Range<Int>, where isBehind: (Int64) -> Bool) -> Int {
        var (lower, upper) = (places.lowerBound, places.upperBound)
        while lower < upper {
            let middle = (lower + upper) / 2
            if isBehind(times[middle]) { upper = middle } else { lower = middle + 1 }
        }
        return lower
    }
}

/// Gives the rows of tables as segments do: in row groups, each column in the form that it is stored in. No statistics.
struct ColumnTables: TableSource, TableSnapshot, CatalogReader {
    /// Rows of a row group.
    static let groupRows = 8_192
    private let byName: [String: ColumnTable]

    init(_ tables: [ColumnTable]) {
        byName = Dictionary(uniqueKeysWithValues: tables.map { ($0.schema.name, $0) })
    }

    var tables: [TableSchema] { byName.values.map(\.schema).sorted { $0.name < $1.name } }
    var catalog: any CatalogReader { self }
    var committed: LSN { 1 }

    func schema(named name: String) -> TableSchema? { byName[name.lowercased()]?.schema }
    func snapshot() -> any TableSnapshot { self }

    func scan(_ request: ScanRequest) throws(TableError) -> any TableScan {
        guard let table = byName[request.table] else { throw TableError(.unknownTable, "no table '\(request.table)'") }
        let found = table.series.indices.filter { index in
            if case .named(let names) = request.series, !names.contains(table.series[index]) { return false }
            return !table.places(of: index, in: request.time).isEmpty
        }
        return ColumnScan(table: table, request: request, indices: found)
    }
}

private struct ColumnScan: TableScan {
    let table: ColumnTable
    let request: ScanRequest
    /// The series that were found, by their index in the table.
    let indices: [Int]

    var series: [String] { indices.map { table.series[$0] } }

    func open(series index: Int) throws(TableError) -> any SliceCursor {
        let places = table.places(of: indices[index], in: request.time)
        return ColumnCursor(table: table, series: indices[index], isForward: request.isForward, places: places)
    }
}

private struct ColumnCursor: SliceCursor {
    let table: ColumnTable
    let series: Int
    let isForward: Bool
    /// The rows that are left.
    var places: Range<Int>

    mutating func next() throws(TableError) -> (any SeriesSlice)? {
        if places.isEmpty { return nil }
        // Groups begin at fixed places of the series, from whichever end they are read.
        let origin = series * table.rows
        let group = isForward ? places.lowerBound : places.upperBound - 1
        let start = origin + (group - origin) / ColumnTables.groupRows * ColumnTables.groupRows
        let slice = places.clamped(to: start..<start + ColumnTables.groupRows)
        places = isForward ? slice.upperBound..<places.upperBound : places.lowerBound..<slice.lowerBound
        return ColumnSlice(table: table, series: series, places: slice)
    }
}

private struct ColumnSlice: SeriesSlice {
    let table: ColumnTable
    let series: Int
    let places: Range<Int>

    var count: Int { places.count }
    var firstTime: Int64 { table.times[places.lowerBound] }
    var lastTime: Int64 { table.times[places.upperBound - 1] }

    func vector(column: Int) throws(TableError) -> Vector {
        let form: Vector.Form =
            switch table.values[column] {
            case .int64(let values): .int64(values.slice(places))
            case .float64(let values): .float64(values.slice(places))
            case .decimals(let mantissas, let scale): .scaledInteger(mantissas.slice(places), scale: scale)
            case .codes(let codes, let dictionary): .dictionary(codes.slice(places), dictionary)
            case .series: .constant(.text(table.series[series]), count: places.count)
            }
        return Vector(type: table.schema.columns[column].type, form: form)
    }

    func statistics(column: Int) -> ColumnStatistics? { nil }
}
