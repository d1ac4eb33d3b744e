public import Columnar

extension CreateTableStatement {
    /// The statement that makes a table like one that is there.
    ///
    /// - Parameters:
    ///   - table: the table.
    ///   - timeToLive: how long its rows are kept, in nanoseconds; nil for ever.
    public init(table: TableSchema, timeToLive: Int64?) {
        func identifier(_ name: String) -> Identifier { Identifier(name, span: SourceSpan(start: 0, end: 0)) }
        func name(_ column: Int) -> Identifier { identifier(table.columns[column].name) }
        let columns = table.visibleColumns.map { index in
            ColumnDefinition(name: name(index), type: identifier(table.columns[index].type.name))
        }
        var options = Options()
        options.timestamp = table.hasDesignatedTimestamp ? .column(name(table.timeColumn)) : Choice.none
        options.seriesKey = table.seriesColumn.map { .column(name($0)) }
        if case .regular(let timeframe) = table.kind { options.timeframe = Interval(nanoseconds: timeframe) }
        options.partition = identifier(PartitionNames.name(of: table.partition))
        options.timeToLive = timeToLive.map { Interval(nanoseconds: $0) }
        if let dedup = table.dedupColumns {
            let keys = [table.timeColumn] + (table.seriesColumn.map { [$0] } ?? []) + dedup
            options.dedupKeys = keys.map(name)
        }
        self.init(name: identifier(table.name), content: .columns(columns), options: options)
    }
}

/// What PARTITION BY calls the units.
public enum PartitionNames {
    /// The word of a unit.
    public static func name(of unit: PartitionUnit) -> String {
        switch unit {
        case .hour: "HOUR"
        case .day: "DAY"
        case .week: "WEEK"
        case .month: "MONTH"
        case .year: "YEAR"
        case .all: "NONE"
        }
    }
}

extension Interval {
    /// A length in the largest unit that divides it.
    public init(nanoseconds: Int64) {
        let units: [Unit] = [.days, .hours, .minutes, .seconds, .milliseconds, .microseconds]
        let unit = units.first { nanoseconds % ($0.nanoseconds ?? 1) == 0 } ?? .nanoseconds
        self.init(count: UInt64(max(nanoseconds, 0) / (unit.nanoseconds ?? 1)), unit: unit)
    }
}
