import Columnar

/// Binds CREATE TABLE.
extension Binder {
    /// What a timestamp or series key is called if nothing else is said.
    private static let usualTime = "time"
    private static let usualSeries = "symbol"

    func bind(_ create: CreateTableStatement) throws(QueryError) -> BoundCreateTable {
        try checkFree(create.name, isTableAllowed: create.isOptional)
        var columns: [Column] = []
        var query: BoundSelect?
        switch create.content {
        case .columns(let definitions):
            for definition in definitions {
                let column = try ColumnTypeNames.column(definition, dialect)
                guard !columns.contains(where: { $0.name.lowercased() == column.name.lowercased() }) else {
                    let shown = QueryDiagnostic.shortened(column.name)
                    throw QueryError(.semantic, "the column '\(shown)' stands twice", at: definition.name.span)
                        .inQuestDB("Duplicate column [name=\(definition.name.name)]")
                }
                columns.append(column)
            }
        case .query(let select):
            let bound = try bind(select)
            columns = bound.columns.map { column in
                column.declared.map { Column(column.name, declared: $0) } ?? Column(column.name, column.type)
            }
            query = bound
        }
        let schema = try schema(create, columns, query)
        if create.options.timeToLive != nil, !schema.hasDesignatedTimestamp {
            throw QueryError(
                .semantic,
                "TTL needs a designated timestamp",
                at: create.name.span,
                hint: Self.timestampHint
            )
        }
        return BoundCreateTable(
            schema: schema,
            timeToLive: try create.options.timeToLive.map { interval throws(QueryError) in
                try timeToLive(interval, of: "TTL", at: create.name.span)
            },
            isOptional: create.isOptional,
            query: query
        )
    }

    private static let timestampHint = "TIMESTAMP(column) names one"

    /// Refuses a name that something has, or that is reserved.
    func checkFree(
        _ name: Identifier,
        isTableAllowed: Bool = false,
        isViewAllowed: Bool = false,
        hint: String = "CREATE TABLE IF NOT EXISTS leaves it as it is"
    ) throws(QueryError) {
        let shown = QueryDiagnostic.shortened(name.name)
        guard !VirtualTables.isReserved(name.name) else {
            throw QueryError(
                .semantic,
                "names that begin with 'system.' are those of the process itself",
                at: name.span
            )
        }
        if let ending = ["~1", "~*"].first(where: { Self.isOfFamily(name.name, $0) }) {
            throw QueryError(
                .semantic,
                "names with a slash that end in '\(ending)' are reserved: they are those of families of buckets",
                at: name.span
            )
        }
        if let table = catalog.schema(named: name.name) {
            guard !isTableAllowed else { return }
            let command = isViewAllowed ? "another name is needed" : hint
            throw QueryError(
                .tableExists,
                "there is a table '\(QueryDiagnostic.shortened(table.name))' already",
                at: name.span,
                hint: command
            ).inQuestDB("table already exists")
        }
        try checkNoFeatureView(name)
        guard !isViewAllowed, try view(named: name) != nil else { return }
        throw QueryError(
            .tableExists,
            "there is a view '\(shown)' already",
            at: name.span,
            hint: "DROP VIEW \(name.text) removes it"
        )
    }

    /// How long TTL keeps rows, in nanoseconds. Months count 31 days and years 366, so that no row goes too early.
    func timeToLive(_ interval: Interval, of clause: String, at span: SourceSpan) throws(QueryError) -> Int64 {
        let days: UInt64 =
            switch interval.unit {
            case .months: 31
            case .years: 366
            default: 1
            }
        guard interval.isCalendar else { return try nanoseconds(interval, of: clause, at: span) }
        let (count, overflow) = interval.count.multipliedReportingOverflow(by: days)
        guard !overflow, Interval(count: count, unit: .days).nanoseconds != nil else {
            throw QueryError(.semantic, "the interval is longer than 292 years", at: span)
        }
        return try nanoseconds(Interval(count: count, unit: .days), of: clause, at: span)
    }

    /// A length that is positive and fits.
    func nanoseconds(_ interval: Interval, of clause: String, at span: SourceSpan) throws(QueryError) -> Int64 {
        guard let nanoseconds = interval.nanoseconds, nanoseconds > 0 else {
            throw QueryError(.semantic, "\(clause) takes a length of time that is not zero", at: span)
        }
        return nanoseconds
    }

    // MARK: Order

    private func schema(
        _ create: CreateTableStatement,
        _ columns: [Column],
        _ query: BoundSelect?
    ) throws(QueryError) -> TableSchema {
        let options = create.options
        let time = try timeColumn(options, columns, query, create.name.span)
        guard let time else { return try inOrderOfArrival(create, columns) }
        var kind = TableKind.event
        if let timeframe = options.timeframe {
            kind = .regular(timeframe: try nanoseconds(timeframe, of: "TIMEFRAME", at: create.name.span))
        }
        if kind != .event, let key = options.dedupKeys?.first {
            throw QueryError(
                .semantic,
                "a table with a TIMEFRAME has one row a slot, so it takes no DEDUP",
                at: key.span
            )
        }
        let series = try seriesColumn(options, columns, query)
        var dedup: [String]?
        if let keys = options.dedupKeys {
            dedup = try keys.map { key throws(QueryError) in try column(key, columns).name }
            guard let names = dedup, names.contains(time) else {
                throw QueryError(
                    .semantic,
                    "DEDUP UPSERT KEYS must name the designated timestamp '\(QueryDiagnostic.shortened(time))'",
                    at: keys.first?.span ?? create.name.span
                )
            }
        }
        let schema = TableSchema(
            name: create.name.name,
            kind: kind,
            columns: columns,
            time: time,
            series: series,
            partition: try options.partition.map(partition),
            dedup: dedup
        )
        guard let schema else { throw QueryError(.bug, "BUG: a checked schema is none", at: create.name.span) }
        return schema
    }

    private func inOrderOfArrival(
        _ create: CreateTableStatement,
        _ columns: [Column]
    ) throws(QueryError) -> TableSchema {
        let options = create.options
        var clause: (name: String, span: SourceSpan)?
        if options.timeframe != nil { clause = ("TIMEFRAME", create.name.span) }
        if case .column(let key) = options.seriesKey { clause = ("SERIES KEY", key.span) }
        if let key = options.dedupKeys?.first { clause = ("DEDUP", key.span) }
        if let unit = options.partition, try partition(unit) != .all { clause = ("PARTITION BY", unit.span) }
        if let clause {
            throw QueryError(
                .semantic,
                "\(clause.name) needs a designated timestamp",
                at: clause.span,
                hint: Self.timestampHint
            )
        }
        guard let schema = TableSchema.inOrderOfArrival(name: create.name.name, columns: columns) else {
            throw QueryError(.bug, "BUG: a checked schema is none", at: create.name.span)
        }
        return schema
    }

    /// The designated timestamp: what TIMESTAMP names, that of the SELECT, or a column `time` of the type.
    private func timeColumn(
        _ options: CreateTableStatement.Options,
        _ columns: [Column],
        _ query: BoundSelect?,
        _ span: SourceSpan
    ) throws(QueryError) -> String? {
        switch options.timestamp {
        case .some(.none): return nil
        case .column(let name):
            let found = try column(name, columns)
            guard found.type == .timestamp else {
                throw QueryError(
                    .type,
                    "the designated timestamp has to be of type timestamp, not \(found.type.name)",
                    at: name.span
                )
            }
            return found.name
        case nil:
            if let time = query?.timeOutput { return columns[time].name }
            return columns.first { $0.name.lowercased() == Self.usualTime && $0.type == .timestamp }?.name
        }
    }

    /// The series key: what SERIES KEY names; if neither it nor TIMESTAMP stands, that of the SELECT, or a column `symbol` of
    /// the type. QuestDB's tables, which have TIMESTAMP, have none.
    private func seriesColumn(
        _ options: CreateTableStatement.Options,
        _ columns: [Column],
        _ query: BoundSelect?
    ) throws(QueryError) -> String? {
        switch options.seriesKey {
        case .some(.none): return nil
        case .column(let name):
            let found = try column(name, columns)
            guard found.type == .symbol else {
                throw QueryError(
                    .type,
                    "the series key has to be of type symbol, not \(found.type.name)",
                    at: name.span
                )
            }
            return found.name
        case nil:
            guard options.timestamp == nil else { return nil }
            if let series = query?.seriesOutput, columns[series].type == .symbol { return columns[series].name }
            return columns.first { $0.name.lowercased() == Self.usualSeries && $0.type == .symbol }?.name
        }
    }

    private func column(_ name: Identifier, _ columns: [Column]) throws(QueryError) -> Column {
        if let found = columns.first(where: { $0.name.lowercased() == name.name.lowercased() }) { return found }
        let names = columns.map(\.name)
        throw QueryError(
            .unknownColumn,
            "the table has no column '\(QueryDiagnostic.shortened(name.name))'",
            at: name.span,
            expected: names,
            hint: NearestName.find(name.name, among: names).map { "did you mean '\(QueryDiagnostic.shortened($0))'?" }
        )
    }

    func partition(_ unit: Identifier) throws(QueryError) -> PartitionUnit {
        switch unit.name.lowercased() {
        case "hour": return .hour
        case "day": return .day
        case "week": return .week
        case "month": return .month
        case "year": return .year
        case "none": return .all
        default:
            throw QueryError(
                .syntax,
                "unexpected '\(QueryDiagnostic.shortened(unit.name))'",
                at: unit.span,
                expected: ["HOUR", "DAY", "WEEK", "MONTH", "YEAR", "NONE"]
            )
        }
    }
}
