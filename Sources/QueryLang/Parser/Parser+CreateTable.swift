/// CREATE TABLE: its columns and the clauses after them.
extension Parser {
    /// `CREATE TABLE` has been read.
    mutating func createTable() throws(QueryError) -> CreateTableStatement {
        let isOptional = try acceptIfNotExists()
        let name = try tableName()
        let content: CreateTableStatement.Content
        if try accept(.as) {
            try expect(.leftParenthesis)
            content = .query(try statementQuery())
            try expect(.rightParenthesis)
        } else {
            content = .columns(try columnDefinitions())
        }
        return CreateTableStatement(name: name, isOptional: isOptional, content: content, options: try options())
    }

    private mutating func columnDefinitions() throws(QueryError) -> [ColumnDefinition] {
        try expect(.leftParenthesis)
        var columns: [ColumnDefinition] = []
        repeat {
            guard columns.count < QueryLimits.outputColumnsMax else {
                throw limit("more than \(QueryLimits.outputColumnsMax) columns")
            }
            columns.append(try columnDefinition())
        } while try accept(.comma)
        try expect(.rightParenthesis)
        // QuestDB also lets the index of a column be said after all columns.
        while token.kind == .symbol(.comma) {
            try advance()
            try expect(word: "INDEX")
            try expect(.leftParenthesis)
            let name = try name("a column")
            guard let index = columns.firstIndex(where: { $0.name.name.lowercased() == name.name.lowercased() }) else {
                throw QueryError(.unknownColumn, "INDEX names no column of the table: '\(name.name)'", at: name.span)
            }
            columns[index].symbol.isIndexed = true
            if try accept(word: "CAPACITY") { columns[index].symbol.indexCapacity = try count() }
            try expect(.rightParenthesis)
        }
        return columns
    }

    /// `name type`, with what QuestDB lets one say of a SYMBOL.
    mutating func columnDefinition() throws(QueryError) -> ColumnDefinition {
        var column = ColumnDefinition(name: try name("a column"), type: try name("a type"))
        while true {
            if try accept(word: "CAPACITY") {
                column.symbol.capacity = try count()
            } else if try accept(word: "CACHE") {
                column.symbol.isCached = true
            } else if try accept(word: "NOCACHE") {
                column.symbol.isCached = false
            } else if try accept(word: "INDEX") {
                column.symbol.isIndexed = true
                if try accept(word: "CAPACITY") { column.symbol.indexCapacity = try count() }
            } else {
                return column
            }
        }
    }

    private mutating func count() throws(QueryError) -> UInt64 {
        guard case .integer(let count) = token.kind else {
            expected.append("a number")
            throw unexpected()
        }
        try advance()
        return count
    }

    // MARK: Clauses

    /// The clauses after the columns, each once, in any order.
    private mutating func options() throws(QueryError) -> CreateTableStatement.Options {
        var options = CreateTableStatement.Options()
        while true {
            let span = token.span
            if try accept(word: "TIMESTAMP") {
                try once(options.timestamp == nil, "TIMESTAMP", span)
                options.timestamp = try choice("a column")
            } else if try accept(word: "SERIES") {
                try once(options.seriesKey == nil, "SERIES KEY", span)
                try expect(word: "KEY")
                options.seriesKey = try choice("a column")
            } else if try accept(word: "TIMEFRAME") {
                try once(options.timeframe == nil, "TIMEFRAME", span)
                options.timeframe = try interval()
            } else if try accept(.partition) {
                try once(options.partition == nil, "PARTITION BY", span)
                try expect(.by)
                options.partition = try name("HOUR, DAY, WEEK, MONTH, YEAR or NONE")
            } else if try accept(word: "TTL") {
                try once(options.timeToLive == nil, "TTL", span)
                options.timeToLive = try timeToLive()
            } else if isNext(word: "WAL") || isNext(word: "BYPASS") {
                try once(options.hasLog == nil, "WAL", span)
                options.hasLog = isNext(word: "WAL")
                try advance()
                if options.hasLog == false { try expect(word: "WAL") }
            } else if try accept(word: "DEDUP") {
                try once(options.dedupKeys == nil, "DEDUP", span)
                try expect(word: "UPSERT")
                try expect(word: "KEYS")
                options.dedupKeys = try nameList("a column")
            } else if isNext(word: "WITH") {
                try once(options.parameters.isEmpty, "WITH", span)
                options.parameters = try settings()
            } else if isNext(word: "IN") {
                throw QueryError(
                    .syntax,
                    "IN VOLUME is not supported: all tables lie in the data directory",
                    at: span,
                    hint: "leave it out; a link can put the data directory on another disk"
                )
            } else {
                expected += ["WAL", "WITH"]
                return options
            }
        }
    }

    func once(_ isFirst: Bool, _ clause: String, _ span: SourceSpan) throws(QueryError) {
        guard isFirst else { throw QueryError(.syntax, "\(clause) stands twice", at: span) }
    }

    /// `(column)` or NONE.
    private mutating func choice(_ what: String) throws(QueryError) -> CreateTableStatement.Choice {
        if try accept(.none) { return .none }
        try expect(.leftParenthesis)
        let name = try name(what)
        try expect(.rightParenthesis)
        return .column(name)
    }

    /// How long rows are kept: hours, days, weeks, months or years, as QuestDB has it, or any other length of time.
    mutating func timeToLive() throws(QueryError) -> Interval { try interval(allowsCalendar: true) }

    private mutating func settings() throws(QueryError) -> [CreateTableStatement.Parameter] {
        try advance()
        var settings: [CreateTableStatement.Parameter] = []
        repeat {
            guard settings.count < QueryLimits.termsMax else {
                throw limit("more than \(QueryLimits.termsMax) parameters")
            }
            let name = try name("a parameter")
            try expect(.equal)
            if case .interval(let interval) = token.kind {
                settings.append(CreateTableStatement.Parameter(name: name, value: .interval(interval)))
            } else if let literal {
                settings.append(CreateTableStatement.Parameter(name: name, value: .literal(literal)))
            } else {
                expected.append("a value")
                throw unexpected()
            }
            try advance()
        } while try accept(.comma)
        return settings
    }
}
