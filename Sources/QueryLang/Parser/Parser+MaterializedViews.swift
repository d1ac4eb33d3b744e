/// Statements about materialized views.
extension Parser {
    /// `CREATE MATERIALIZED` has been read.
    mutating func createMaterializedView() throws(QueryError) -> CreateMaterializedViewStatement {
        try expect(word: "VIEW")
        let isOptional = try acceptIfNotExists()
        let name = try tableName()
        var base: Identifier?
        if isNext(word: "WITH") {
            try advance()
            try expect(word: "BASE")
            base = try tableName()
        } else {
            expected.append("WITH")
        }
        let refresh = try accept(word: "REFRESH") ? try refreshRule() : nil
        try expect(.as)
        let query: SelectStatement
        if token.kind == .symbol(.leftParenthesis) {
            try advance()
            query = try statementQuery()
            try expect(.rightParenthesis)
        } else {
            query = try statementQuery()
        }
        var create = CreateMaterializedViewStatement(
            name: name,
            isOptional: isOptional,
            base: base,
            refresh: refresh,
            query: query
        )
        while true {
            let span = token.span
            if try accept(.partition) {
                try once(create.partition == nil, "PARTITION BY", span)
                try expect(.by)
                create.partition = try self.name("HOUR, DAY, WEEK, MONTH, YEAR or NONE")
            } else if try accept(word: "TTL") {
                try once(create.timeToLive == nil, "TTL", span)
                create.timeToLive = try timeToLive()
            } else {
                return create
            }
        }
    }

    private mutating func refreshRule() throws(QueryError) -> CreateMaterializedViewStatement.Refresh {
        if try accept(word: "IMMEDIATE") { return .immediate }
        if try accept(word: "MANUAL") { return .manual }
        try expect(word: "EVERY")
        return .every(try interval())
    }

    /// `REFRESH` has been read.
    mutating func refresh() throws(QueryError) -> RefreshStatement {
        try expect(word: "MATERIALIZED")
        try expect(word: "VIEW")
        let name = try tableName()
        if try accept(word: "FULL") { return RefreshStatement(name: name, extent: .full, span: name.span) }
        if try accept(word: "INCREMENTAL") {
            return RefreshStatement(name: name, extent: .incremental, span: name.span)
        }
        guard try accept(word: "RANGE") else {
            return RefreshStatement(name: name, extent: .incremental, span: name.span)
        }
        try expect(.from)
        let start = token.span
        let from = try timeText()
        try expect(word: "TO")
        let end = token.span
        let to = try timeText()
        return RefreshStatement(name: name, extent: .range(from: from, to: to), span: start.union(end))
    }

    private mutating func timeText() throws(QueryError) -> String {
        guard case .string(let text) = token.kind else {
            expected.append("a time such as '2024-03-08'")
            throw unexpected()
        }
        try advance()
        return text
    }
}
