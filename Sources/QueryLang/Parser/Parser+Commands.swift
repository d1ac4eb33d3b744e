/// Statements that change something, and those of SHOW.
extension Parser {
    /// The statement that is next, if it is one that changes something; nil, without moving, if it is not.
    mutating func command() throws(QueryError) -> Statement.Kind? {
        if try accept(word: "CREATE") { return try create() }
        if try accept(word: "INSERT") { return .insert(try insert()) }
        if try accept(word: "ALTER") { return .alterTable(try alterTable()) }
        if try accept(word: "DROP") {
            if try accept(word: "FEATURE") { return .featureView(try dropFeatureView()) }
            return .drop(try drop())
        }
        if try accept(word: "TRUNCATE") {
            try expect(word: "TABLE")
            return .truncate(try tableName())
        }
        if isNext(word: "REFRESH"), isFollowed(byWord: "MATERIALIZED") {
            try advance()
            return .refresh(try refresh())
        }
        if try accept(word: "DELETE") {
            try expect(.from)
            let table = try tableName()
            return .delete(DeleteStatement(table: table, filter: try accept(.where) ? try expression() : nil))
        }
        if try accept(word: "BACKFILL") { return .featureView(try backfill()) }
        return nil
    }

    private mutating func create() throws(QueryError) -> Statement.Kind {
        if try accept(word: "TABLE") { return .createTable(try createTable()) }
        if try accept(word: "VIEW") { return .createView(try createView(replaces: false)) }
        if try accept(word: "MATERIALIZED") { return .createMaterializedView(try createMaterializedView()) }
        if try accept(word: "FEATURE") { return .featureView(try createFeatureView()) }
        if try accept(.or) {
            try expect(word: "REPLACE")
            try expect(word: "VIEW")
            return .createView(try createView(replaces: true))
        }
        throw unexpected()
    }

    private mutating func createView(replaces: Bool) throws(QueryError) -> CreateViewStatement {
        let name = try tableName()
        try expect(.as)
        return CreateViewStatement(name: name, replaces: replaces, query: try statementQuery())
    }

    // MARK: Rows

    private mutating func insert() throws(QueryError) -> InsertStatement {
        try expect(word: "INTO")
        let table = try tableName()
        var columns: [Identifier]?
        if token.kind == .symbol(.leftParenthesis), !isFollowed(byWord: "SELECT") {
            columns = try nameList("a column")
        }
        if try accept(word: "VALUES") {
            var rows: [ValuesRow] = []
            repeat { rows.append(try valuesRow()) } while try accept(.comma)
            return InsertStatement(table: table, columns: columns, content: .values(rows))
        }
        return InsertStatement(table: table, columns: columns, content: .query(try statementQuery()))
    }

    private mutating func valuesRow() throws(QueryError) -> ValuesRow {
        let start = token.span.start
        try expect(.leftParenthesis)
        var values: [Expression] = []
        repeat {
            guard values.count < QueryLimits.outputColumnsMax else {
                throw limit("more than \(QueryLimits.outputColumnsMax) values in a row")
            }
            values.append(try expression())
        } while try accept(.comma)
        try expect(.rightParenthesis)
        return ValuesRow(values, span: SourceSpan(start: start, end: previousEnd))
    }

    // MARK: Tables

    private mutating func alterTable() throws(QueryError) -> AlterTableStatement {
        try expect(word: "TABLE")
        let table = try tableName()
        try refuseAlterations(of: table)
        if try accept(word: "SET") {
            try expect(word: "TTL")
            let isEndless = try accept(.none)
            return AlterTableStatement(table: table, change: .setTimeToLive(isEndless ? nil : try timeToLive()))
        }
        try expect(word: "ADD")
        // COLUMN may be left out, unless the column is called so.
        _ = try accept(word: "COLUMN")
        let isOptional = try acceptIfNotExists()
        var columns: [ColumnDefinition] = []
        repeat { columns.append(try columnDefinition()) } while try accept(.comma)
        return AlterTableStatement(table: table, change: .addColumns(columns, isOptional: isOptional))
    }

    /// What a table on disk cannot have done to it is told as such.
    private func refuseAlterations(of table: Identifier) throws(QueryError) {
        let copy = "CREATE TABLE … AS (SELECT …) makes a copy with other columns; then DROP TABLE \(table.text)"
        let refused: [(word: String, next: String?, what: String, hint: String)] = [
            ("DROP", "COLUMN", "DROP COLUMN", copy), ("RENAME", "COLUMN", "RENAME COLUMN", copy),
            ("RENAME", "TO", "RENAME TO", "CREATE VIEW gives a table another name; " + copy),
            ("DROP", "PARTITION", "DROP PARTITION", "DELETE FROM \(table.text) WHERE <times> removes rows"),
            ("ALTER", "COLUMN", "ALTER COLUMN", copy),
        ]
        for refusal in refused where isNext(word: refusal.word) {
            guard refusal.next.map(isFollowed(byWord:)) ?? true else { continue }
            throw QueryError(
                .syntax,
                "ALTER TABLE … \(refusal.what) is not supported",
                at: token.span,
                expected: ["ADD", "SET"],
                hint: refusal.hint
            )
        }
    }

    private mutating func drop() throws(QueryError) -> DropStatement {
        let object: DropStatement.Object
        if try accept(word: "TABLE") {
            object = .table
        } else if try accept(word: "MATERIALIZED") {
            try expect(word: "VIEW")
            object = .materializedView
        } else {
            try expect(word: "VIEW")
            object = .view
        }
        let isOptional = try acceptIfExists()
        return DropStatement(object, name: try tableName(), isOptional: isOptional)
    }

    // MARK: Looking

    /// What follows SHOW, aside from TABLES and COLUMNS; nil, without moving, if it is none of these.
    mutating func otherShow() throws(QueryError) -> ShowStatement? {
        if try accept(word: "VIEWS") { return .views }
        if try accept(word: "MATERIALIZED") {
            try expect(word: "VIEWS")
            return .materializedViews
        }
        if try accept(word: "FUNCTIONS") { return .functions }
        if try accept(word: "QUERIES") { return .queries }
        if try accept(word: "FEATURES") { return .features }
        if try accept(word: "CREATE") {
            if try accept(word: "VIEW") { return .createView(try tableName()) }
            if try accept(word: "MATERIALIZED") {
                try expect(word: "VIEW")
                return .createMaterializedView(try tableName())
            }
            if try accept(word: "FEATURE") {
                try expect(word: "VIEW")
                return .createFeatureView(try tableName())
            }
            try expect(word: "TABLE")
            return .createTable(try tableName())
        }
        guard try accept(word: "SYMBOLS") else { return nil }
        let table = try accept(.from) ? try tableName() : nil
        guard try accept(word: "LIKE") else { return .symbols(table: table, pattern: nil) }
        guard case .string(let pattern) = token.kind else {
            expected.append("a pattern such as 'BTC%'")
            throw unexpected()
        }
        try advance()
        return .symbols(table: table, pattern: pattern)
    }
}
