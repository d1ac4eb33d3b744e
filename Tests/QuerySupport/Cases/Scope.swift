import Columnar

/// The columns that an expression may name.
struct Scope {
    struct Column {
        /// How a text names it.
        var name: String
        var type: ColumnType
    }

    var columns: [Column]
    /// The designated timestamp; nil if there is none.
    var time: String?
    /// The series key; nil if there is none.
    var series: String?

    init(_ columns: [Column], time: String?, series: String?) {
        self.columns = columns
        self.time = time
        self.series = series
    }

    init(_ schema: TableSchema) {
        columns = schema.columns.map { Column(name: $0.name, type: $0.type) }
        time = schema.columns[schema.timeColumn].name
        series = schema.seriesColumn.map { schema.columns[$0].name }
    }

    /// The same columns under a qualifier.
    func qualified(_ alias: String) -> Scope {
        Scope(
            columns.map { Column(name: "\(alias).\($0.name)", type: $0.type) },
            time: time.map { "\(alias).\($0)" },
            series: series.map { "\(alias).\($0)" }
        )
    }

    /// These columns, then those of the other.
    func joined(_ other: Scope) -> Scope {
        Scope(columns + other.columns, time: time, series: series)
    }

    func names(_ types: ColumnType...) -> [String] {
        columns.filter { types.contains($0.type) }.map(\.name)
    }
}
