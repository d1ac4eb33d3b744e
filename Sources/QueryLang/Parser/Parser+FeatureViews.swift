import Columnar

/// Statements about feature views.
extension Parser {
    /// What follows CREATE FEATURE.
    mutating func createFeatureView() throws(QueryError) -> FeatureViewStatement {
        try expect(word: "VIEW")
        let name = try tableName()
        let options = try featureViewOptions()
        try expect(.as)
        return .create(CreateFeatureViewStatement(name: name, options: options, query: try statementQuery()))
    }

    /// What follows DROP FEATURE.
    mutating func dropFeatureView() throws(QueryError) -> FeatureViewStatement {
        try expect(word: "VIEW")
        let isOptional = try acceptIfExists()
        return .drop(try tableName(), isOptional: isOptional)
    }

    /// What follows BACKFILL.
    mutating func backfill() throws(QueryError) -> FeatureViewStatement {
        var statement = BackfillStatement(name: try tableName())
        if try accept(.from) { statement.from = try backfillTime() }
        if try accept(.to) { statement.to = try backfillTime() }
        return .backfill(statement)
    }

    private mutating func backfillTime() throws(QueryError) -> BackfillStatement.Time {
        let span = token.span
        return BackfillStatement.Time(try quotedText("a time such as '2024-01-01'"), span: span)
    }

    private mutating func quotedText(_ what: String) throws(QueryError) -> String {
        guard case .string(let text) = token.kind else {
            expected.append(what)
            throw unexpected()
        }
        try advance()
        return text
    }

    private mutating func featureViewOptions() throws(QueryError) -> CreateFeatureViewStatement.Options {
        var options = CreateFeatureViewStatement.Options()
        while true {
            let span = token.span
            if try accept(word: "TIER") {
                try once(options.tier == nil, "TIER", span)
                options.tier = try accept(word: "BATCH") ? .batch : .realtime
                if options.tier == .realtime { try expect(word: "REALTIME") }
            } else if try accept(word: "STORE") {
                try once(options.storage == nil, "STORE", span)
                options.storage = try storage()
            } else if try accept(word: "TTL") {
                try once(options.timeToLive == nil, "TTL", span)
                options.timeToLive = try timeToLive()
            } else if try accept(word: "LATENCY") {
                try once(options.latency == nil, "LATENCY", span)
                options.latency = try interval()
            } else if try accept(word: "OWNER") {
                try once(options.owner == nil, "OWNER", span)
                options.owner = try quotedText("a name such as 'research'")
            } else if try accept(word: "DESCRIPTION") {
                try once(options.summary == nil, "DESCRIPTION", span)
                options.summary = try quotedText("a text in single quotes")
            } else if try accept(word: "UNITS") {
                try once(options.units.isEmpty, "UNITS", span)
                options.units = try units()
            } else {
                return options
            }
        }
    }

    private mutating func storage() throws(QueryError) -> CreateFeatureViewStatement.Storage {
        if try accept(.none) { return .none }
        if try accept(.on) {
            try expect(word: "CHANGE")
            return .onChange
        }
        try expect(word: "EVERY")
        return .every(try interval())
    }

    private mutating func units() throws(QueryError) -> [CreateFeatureViewStatement.Unit] {
        try expect(.leftParenthesis)
        var units: [CreateFeatureViewStatement.Unit] = []
        repeat {
            guard units.count < QueryLimits.outputColumnsMax else {
                throw limit("more than \(QueryLimits.outputColumnsMax) units")
            }
            let field = try name("a feature")
            units.append(
                CreateFeatureViewStatement.Unit(field: field, unit: try quotedText("its unit in single quotes"))
            )
        } while try accept(.comma)
        try expect(.rightParenthesis)
        return units
    }
}
